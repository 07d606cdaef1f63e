"""
Certificates in an event: the file stays with its owner, the event carries its digest. Pure.

    stated(certificates)          →  the fields that an event of ours carries
    named(fields, names)          →  the certificates that the event hash binds
    digest_of("ni:///sha-256;…")  →  the SHA-256 in hexadecimal digits

`certificationInfo` holds `ni` URIs (RFC 6920: base64url without padding). The event hash of CBV 2.0 leaves that field out (section 8.9), so the same digests
stand in an extension of the event, `{https://ns.pinzhi.example/epcis/}certificate`, which the hash covers (decision 45).
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pinzhi.life.tracing.rules.epcis import shape
from pinzhi.life.tracing.rules.epcis.found import Found
from pinzhi.life.tracing.rules.epcis.names import SILENT, Names

PREFIX = "pinzhi"
NAMESPACE = "https://ns.pinzhi.example/epcis/"
"""A name, not an address: it is the same in every installation, and nothing is ever fetched from it."""
FIELD = f"{{{NAMESPACE}}}certificate"
DIGEST, KIND, NUMBER, ISSUED = (f"{{{NAMESPACE}}}{name}" for name in ("digest", "kind", "number", "issued"))
LONGEST = {KIND: 40, NUMBER: 128}
MOST = 100
"""Certificates of one event."""
_NI = re.compile(
    r"ni://[A-Za-z0-9._~%!$&'()*+,;=:@\[\]-]*/([A-Za-z0-9._~-]+);([A-Za-z0-9_-]+)(?:\?[^\s#]*)?", re.IGNORECASE
)
_BITS = {"sha-256": 256, "sha-256-128": 128, "sha-256-120": 120, "sha-256-96": 96, "sha-256-64": 64, "sha-256-32": 32}
"""The hash algorithms of RFC 6920, 9.4. Others are registered since; their length is not judged."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """A report or certificate that an event names: `sha256` of the file in hexadecimal digits, the rest as its sender wrote it."""

    sha256: str
    kind: str = ""
    number: str = ""
    issued_on: date | None = None


def ni(sha256: str) -> str:
    """The `ni` URI of a SHA-256 in hexadecimal digits."""
    return "ni:///sha-256;" + base64.urlsafe_b64encode(bytes.fromhex(sha256)).rstrip(b"=").decode()


def digest_of(uri: str) -> str:
    """
    The SHA-256, in hexadecimal digits, that a `ni` URI names; empty where it is of another algorithm or a truncated one.

    Raises ValueError where the URI is not written as RFC 6920 demands: its parts, base64url without padding and without stray bits, the length of the digest.
    """
    match = _NI.fullmatch(uri.strip())
    if match is None:
        raise ValueError(uri)
    algorithm, text = match[1].lower(), match[2]
    try:
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as why:
        raise ValueError(uri) from why
    if base64.urlsafe_b64encode(raw).rstrip(b"=").decode() != text:
        raise ValueError(uri)
    if len(raw) * 8 != _BITS.get(algorithm, len(raw) * 8):
        raise ValueError(uri)
    return raw.hex() if algorithm == "sha-256" else ""


def stated(certificates: Iterable[Certificate]) -> dict[str, Any]:
    """The fields of an event that carries these certificates; the prefix is declared in the context of the document. Nothing where there are none."""
    held = list(certificates)
    if not held:
        return {}
    return {
        "certificationInfo": [ni(c.sha256) for c in held],
        f"{PREFIX}:certificate": [_written(c) for c in held],
    }


def _written(one: Certificate) -> dict[str, str]:
    parts = {
        "digest": ni(one.sha256),
        "kind": one.kind,
        "number": one.number,
        "issued": one.issued_on.isoformat() if one.issued_on else "",
    }
    return {f"{PREFIX}:{name}": text for name, text in parts.items() if text}


def named(fields: Mapping[str, Any], names: Names) -> tuple[Certificate, ...]:
    """What the hash binds: the certificates of our extension in an event in which `judge` found no fault; each digest once."""
    names = names.under(fields["@context"]) if "@context" in fields else names
    found: dict[str, Certificate] = {}
    for _, value in _stated(fields, names):
        if isinstance(value, Mapping):
            one = _read(value, names)
            if one is not None:
                found.setdefault(one.sha256, one)
    return tuple(found.values())


def mentioned(fields: Mapping[str, Any]) -> tuple[str, ...]:
    """The digests of `certificationInfo`: what the event names, bound by its hash or not. What cannot be read is left out."""
    found: dict[str, None] = {}
    for _, uri in _uris(fields):
        try:
            digest = digest_of(uri)
        except ValueError:
            continue
        if digest:
            found[digest] = None
    return tuple(found)


def judge(found: Found) -> None:
    """Add what is wrong: `ni` URIs that are none, entries of our extension that cannot be read, and a URI whose digest the extension does not have."""
    entries = list(_stated(found.fields, found.names))
    if len(entries) > MOST:
        found.no("certificates_many", entries[0][0][0], value=str(len(entries)))
        return
    bound = {digest for at, value in entries if (digest := _entry(found, at, value))}
    for at, uri in _uris(found.fields):
        try:
            digest = digest_of(uri)
        except ValueError:
            found.no("ni_form", *at, value=uri)
            continue
        if digest and entries and digest not in bound:
            found.no("certificate_differs", *at, value=uri)


def _entry(found: Found, at: tuple[object, ...], value: Any) -> str:
    """Judge one entry; its digest where it holds."""
    if not isinstance(value, Mapping):
        found.no("type_object", *at)
        return ""
    digest = ""
    parts = {key: (name, inner) for name, inner in value.items() if (key := _key(found.names, value, name))}
    for key in (DIGEST, KIND, NUMBER, ISSUED):
        if key not in parts:
            continue
        name, inner = parts[key]
        if not isinstance(inner, str):
            found.no("null_value" if inner is None else "type_text", *at, name)
        elif key == DIGEST:
            digest = _whole(inner)
            if not digest:
                found.no("ni_form", *at, name, value=inner)
        elif key == ISSUED:
            if _day(inner) is None:
                found.no("day_form", *at, name, value=inner)
        elif len(inner) > LONGEST[key]:
            found.no("identifier_too_long", *at, name, value=inner[:80])
    if DIGEST not in parts:
        found.no("field_missing", *at, value=f"{PREFIX}:digest")
    return digest


def _read(value: Mapping[str, Any], names: Names) -> Certificate | None:
    parts = {
        key: inner.strip()
        for name, inner in value.items()
        if isinstance(inner, str) and (key := _key(names, value, name))
    }
    digest = _whole(parts.get(DIGEST, ""))
    if not digest:
        return None
    return Certificate(digest, parts.get(KIND, ""), parts.get(NUMBER, ""), _day(parts.get(ISSUED, "")))


def _key(names: Names, value: Mapping[str, Any], name: str) -> str | None:
    if name in SILENT:
        return None
    return (names.under(value["@context"]) if "@context" in value else names).key(name)


def _whole(uri: str) -> str:
    try:
        return digest_of(uri)
    except ValueError:
        return ""


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip()) if len(text.strip()) == 10 else None
    except ValueError:
        return None


def _stated(fields: Mapping[str, Any], names: Names) -> Iterator[tuple[tuple[object, ...], Any]]:
    for name, value in fields.items():
        if name not in shape.ANY_FIELD and names.key(name) == FIELD:
            for i, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
                yield (name,) if i is None else (name, i), one


def _uris(fields: Mapping[str, Any]) -> Iterator[tuple[tuple[object, ...], str]]:
    value = fields.get("certificationInfo")
    for i, one in enumerate(value) if isinstance(value, list) else [(None, value)]:
        if isinstance(one, str) and one.strip()[:3].lower() == "ni:":
            yield ("certificationInfo",) if i is None else ("certificationInfo", i), one
