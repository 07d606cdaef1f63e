"""
Codes for single pieces: twenty characters that fill AI (21), without a stored row for each.

    100 bits = 5 of the key's epoch, 35 of the hidden serial, 60 of the tag

    tag    = PRF(K2, serial)            shown = serial XOR PRF(K1, tag)

This is the SIV construction (Rogaway and Shrimpton 2006): the tag is the initialisation vector of the encryption. Decoding inverts the XOR and computes the tag
again; a code that nobody issued passes with probability 2^-60 a guess, two codes of one batch cannot be told to be neighbours, and no two serials give one
code. K1, K2 and K3 come from the epoch's secret by HKDF for each GTIN. The PRFs are AES-256 on one block, truncated: a batch is two calls of AES.

Digits only (where the printer or the law wants them): one digit of the epoch, then 63 bits = 30 of the serial and 33 of the tag. A guess passes with 2^-33:
there the limit on look-ups carries the security.

The second factor under the scratch-off is 8 characters (40 bits) of PRF(K3, serial); it is never in the symbol, and activates ownership once.

A code can always be copied. Nothing here says that a piece is genuine; it says that the number was issued.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext, algorithms, modes
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from numpy.typing import NDArray

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: I, L, O and U are left out. All of it is in the alphanumeric mode of QR and in GS1's character set 82."""
LENGTH = 20
PORTION = 1 << 15
"""Codes made at once: what fits into the second cache."""
MOST_EPOCHS = 32
MOST_DIGIT_EPOCHS = 10

_VALUE = {c: v for v, c in enumerate(ALPHABET)}
_AS_READ = str.maketrans("ILO", "110")
_TAG_BITS, _SERIAL_BITS = 60, 35
_DIGIT_TAG_BITS, _DIGIT_SERIAL_BITS = 33, 30
_PAIRS = np.array([ALPHABET[i >> 5].encode() + ALPHABET[i & 31].encode() for i in range(1024)], dtype="S2").view(
    np.uint16
)
"""Ten bits → two characters, as one 16-bit word."""


class Form(StrEnum):
    """How the codes of an epoch look."""

    LETTERS = "letters"
    DIGITS = "digits"


SERIALS = {Form.LETTERS: 1 << _SERIAL_BITS, Form.DIGITS: 1 << _DIGIT_SERIAL_BITS}
"""How many serials a GTIN has in one epoch."""


@dataclass(frozen=True)
class CodeKeys:
    """The keys of one GTIN in one epoch. Holds secrets: never printed, never stored."""

    gtin: str
    epoch: int
    form: Form
    hide: CipherContext
    tag: CipherContext
    cover: CipherContext

    def __repr__(self) -> str:
        return f"CodeKeys(gtin={self.gtin}, epoch={self.epoch})"


def derive(secret: bytes, gtin: str, epoch: int, form: Form = Form.LETTERS) -> CodeKeys:
    """
    The keys of a GTIN from the epoch's secret (at least 32 bytes of chance).

    Raises ValueError for an epoch that the form cannot show, and for a secret that is too short.
    """
    if not 0 <= epoch < (MOST_EPOCHS if form is Form.LETTERS else MOST_DIGIT_EPOCHS):
        raise ValueError(f"no epoch {epoch} in {form.value}")
    if len(secret) < 32:
        raise ValueError("a secret has at least 32 bytes")
    info = f"pinzhi codes v1/{form.value}/{epoch}/{gtin}".encode()
    keys = HKDF(SHA256(), 96, salt=None, info=info).derive(secret)
    # One block at a time, each independent: this is AES as a function, not ECB as a mode for messages.
    hide, tag, cover = (Cipher(algorithms.AES256(keys[i : i + 32]), modes.ECB()).encryptor() for i in (0, 32, 64))  # noqa: S305
    return CodeKeys(gtin, epoch, form, hide, tag, cover)


def issue(keys: CodeKeys, first: int, count: int) -> NDArray[np.bytes_]:
    """
    `count` codes for the serials from `first`: an array of twenty ASCII characters each (dtype `S20`).

    Raises ValueError where the range leaves the serials of the form.
    """
    if count < 0 or not 0 <= first <= SERIALS[keys.form] - count:
        raise ValueError("the range leaves the serials of this form")
    out = np.empty(count, dtype=f"S{LENGTH}")
    made = _digits if keys.form is Form.DIGITS else _letters
    for start in range(0, count, PORTION):
        size = min(PORTION, count - start)
        out[start : start + size] = made(keys, np.arange(first + start, first + start + size, dtype=np.uint64))
    return out


def _letters(keys: CodeKeys, serials: NDArray[np.uint64]) -> NDArray[np.bytes_]:
    tags = _prf(keys.tag, serials) >> np.uint64(64 - _TAG_BITS)
    shown = serials ^ (_prf(keys.hide, tags) >> np.uint64(64 - _SERIAL_BITS))
    head = shown | np.uint64(keys.epoch << _SERIAL_BITS)
    words = np.empty((len(serials), LENGTH // 2), dtype=np.uint16)
    for at, shift in enumerate((30, 20, 10, 0)):
        words[:, at] = _PAIRS[(head >> np.uint64(shift)).astype(np.uint16) & np.uint16(1023)]
    for at, shift in enumerate((50, 40, 30, 20, 10, 0), 4):
        words[:, at] = _PAIRS[(tags >> np.uint64(shift)).astype(np.uint16) & np.uint16(1023)]
    return words.view(f"S{LENGTH}").ravel()


def _digits(keys: CodeKeys, serials: NDArray[np.uint64]) -> NDArray[np.bytes_]:
    tags = _prf(keys.tag, serials) >> np.uint64(64 - _DIGIT_TAG_BITS)
    shown = serials ^ (_prf(keys.hide, tags) >> np.uint64(64 - _DIGIT_SERIAL_BITS))
    rest = (shown << np.uint64(_DIGIT_TAG_BITS)) | tags
    figures = np.empty((len(serials), LENGTH), dtype=np.uint8)
    figures[:, 0] = 48 + keys.epoch
    for at in range(LENGTH - 1, 0, -1):
        rest, last = np.divmod(rest, np.uint64(10))
        figures[:, at] = last + np.uint8(48)
    return figures.view(f"S{LENGTH}").ravel()


def _prf(cipher: CipherContext, values: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The first 64 bits of AES over one block for each value."""
    blocks = np.zeros((len(values), 2), dtype=">u8")
    blocks[:, 1] = values
    out = np.frombuffer(cipher.update(blocks.tobytes()), dtype=">u8")
    return out[::2].astype(np.uint64)


def normal(code: str) -> str:
    """A code as it was printed, from what a person typed: capitals, I and L as 1, O as 0, no spaces or hyphens."""
    return code.upper().translate(_AS_READ).replace(" ", "").replace("-", "")


def epoch_of(code: str) -> int | None:
    """The epoch that a normal code names; None where it has not the form of a code."""
    if len(code) != LENGTH or any(c not in _VALUE for c in code):
        return None
    return _VALUE[code[0]]


def serial_of(keys: CodeKeys, code: str) -> int | None:
    """The serial inside a normal code, or None where these keys never issued it."""
    if keys.form is Form.DIGITS:
        return _serial_of_digits(keys, code)
    if epoch_of(code) != keys.epoch:
        return None
    number = 0
    for c in code[1:]:
        number = number << 5 | _VALUE[c]
    shown, tag = number >> _TAG_BITS, number & ((1 << _TAG_BITS) - 1)
    serial = shown ^ (_one(keys.hide, tag) >> (64 - _SERIAL_BITS))
    return serial if _equal(tag, _one(keys.tag, serial) >> (64 - _TAG_BITS)) else None


def _serial_of_digits(keys: CodeKeys, code: str) -> int | None:
    if len(code) != LENGTH or not (code.isascii() and code.isdigit()) or int(code[0]) != keys.epoch:
        return None
    number = int(code[1:])
    shown, tag = number >> _DIGIT_TAG_BITS, number & ((1 << _DIGIT_TAG_BITS) - 1)
    if shown >> _DIGIT_SERIAL_BITS:
        return None
    serial = shown ^ (_one(keys.hide, tag) >> (64 - _DIGIT_SERIAL_BITS))
    return serial if _equal(tag, _one(keys.tag, serial) >> (64 - _DIGIT_TAG_BITS)) else None


def _one(cipher: CipherContext, value: int) -> int:
    return int.from_bytes(cipher.update(value.to_bytes(16))[:8])


def _equal(a: int, b: int) -> bool:
    """Without telling by its time how many bits were right."""
    return hmac.compare_digest(a.to_bytes(8), b.to_bytes(8))


def second_factor(keys: CodeKeys, serial: int) -> str:
    """The eight characters under the scratch-off."""
    number = _one(keys.cover, serial) >> 24
    return "".join(ALPHABET[number >> shift & 31] for shift in range(35, -1, -5))


def second_factors(keys: CodeKeys, first: int, count: int) -> NDArray[np.bytes_]:
    """The same for a range: an array of eight ASCII characters each (dtype `S8`)."""
    numbers = _prf(keys.cover, np.arange(first, first + count, dtype=np.uint64)) >> np.uint64(24)
    words = np.empty((count, 4), dtype=np.uint16)
    for at, shift in enumerate((30, 20, 10, 0)):
        words[:, at] = _PAIRS[(numbers >> np.uint64(shift)).astype(np.uint16) & np.uint16(1023)]
    return words.view("S8").ravel()


@lru_cache(maxsize=4096)
def _cached(secret: bytes, gtin: str, epoch: int, form: Form) -> CodeKeys:
    return derive(secret, gtin, epoch, form)


@dataclass(frozen=True)
class Epoch:
    """One secret of the ring. `revoked` says since when its codes count no longer, because the secret is known to others."""

    number: int
    form: Form
    secret: bytes
    made_on: str
    revoked: str = ""

    def __repr__(self) -> str:
        return f"Epoch({self.number}, {self.form.value}, revoked={self.revoked!r})"

    def keys(self, gtin: str) -> CodeKeys:
        """The keys of a GTIN, kept for the next call."""
        return _cached(self.secret, gtin, self.number, self.form)


@dataclass(frozen=True)
class Read:
    """What a code says. `reason`: empty, or why it is not valid (`code_form`, `epoch_unknown`, `epoch_revoked`, `not_issued`)."""

    gtin: str
    code: str
    epoch: int | None
    serial: int | None
    reason: str

    @property
    def valid(self) -> bool:
        """Whether a key of ours made it."""
        return not self.reason


def read(ring: tuple[Epoch, ...], gtin: str, typed: str) -> Read:
    """
    Read a code of a GTIN with the ring of secrets: no storage, about five microseconds.

    A code of a revoked epoch still gives its serial, for those who follow it up; it is not valid.
    """
    code = normal(typed)
    number = epoch_of(code)
    if number is None:
        return Read(gtin, code, None, None, "code_form")
    known = next((e for e in ring if e.number == number), None)
    if known is None:
        return Read(gtin, code, number, None, "epoch_unknown")
    serial = serial_of(known.keys(gtin), code)
    if serial is None:
        return Read(gtin, code, number, None, "not_issued")
    return Read(gtin, code, number, serial, "epoch_revoked" if known.revoked else "")
