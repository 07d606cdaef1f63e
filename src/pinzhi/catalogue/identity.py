"""
Personal particulars of a merchant, as keyed hashes and masked forms. The raw value is never stored: it is normalised, sealed and forgotten.

Two merchants who give the same telephone number get the same seal, so that links can be found; nobody without the installation's key can test a guess.
`masked` is what a screen shows (个人信息保护法 51: de-identification). Pure: the key is an argument.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum


class Particular(StrEnum):
    """The kinds of personal particulars of the merchant columns."""

    LEGAL_REPRESENTATIVE = "legal_representative"
    ID_NUMBER = "id_number"
    PHONE = "phone"
    EMAIL = "email"
    BANK_ACCOUNT = "bank_account"
    ADDRESS = "address"
    DEVICE = "device"


@dataclass(frozen=True, slots=True, order=True)
class IdentityKey:
    """One sealed particular: its kind, the keyed hash (64 hex digits) and the form that may be shown."""

    kind: str
    seal: str
    masked: str


def normalised(kind: Particular, raw: str) -> str:
    """The form in which two spellings of the same thing are equal: width, case, blanks, country code and punctuation removed."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if kind is Particular.PHONE:
        digits = re.sub(r"\D", "", text)
        return re.sub(r"^(?:0086|86)(?=1\d{10}$)", "", digits)
    if kind is Particular.BANK_ACCOUNT:
        return re.sub(r"[\s\-]", "", text).upper()
    if kind is Particular.ID_NUMBER:
        return re.sub(r"\s", "", text).upper()
    if kind in (Particular.EMAIL, Particular.DEVICE):
        return re.sub(r"\s", "", text).lower()
    if kind is Particular.ADDRESS:
        return re.sub(r"[\s,，.。;；:：()\[\]【】\-—]", "", text).lower()
    return re.sub(r"[\s·•．.]", "", text).casefold()


def masked(kind: Particular, raw: str) -> str:
    """What may be shown: enough to recognise one's own, too little to learn another's."""
    text = unicodedata.normalize("NFKC", raw).strip()
    if kind is Particular.LEGAL_REPRESENTATIVE:
        return text[:1] + "*" * min(len(text) - 1, 3)
    if kind is Particular.EMAIL and "@" in text:
        name, _, host = text.partition("@")
        return f"{name[:1]}***@{host}"
    if kind is Particular.ADDRESS:
        return text[:6] + "***" if len(text) > 8 else "***"
    plain = normalised(kind, raw)
    if kind is Particular.PHONE and len(plain) == 11:
        return f"{plain[:3]}****{plain[-4:]}"
    return f"***{plain[-4:]}" if len(plain) > 8 else "***"


def sealed(kind: Particular, raw: str, key: bytes) -> IdentityKey:
    """The sealed form of a raw particular. The kind is part of what is hashed: a telephone never equals a bank account."""
    text = f"{kind.value}\x1f{normalised(kind, raw)}".encode()
    return IdentityKey(kind.value, hmac.new(key, text, hashlib.sha256).hexdigest(), masked(kind, raw))
