"""
The event hash of CBV 2.0, section 8.9: a fingerprint of what an event says, whatever it was written in.

    event_hash(fields, names)  →  ni:///sha-256;<64 hexadecimal digits>?ver=CBV2.0

The text that is hashed lists the fields in the canonical order, every value in its canonical form (`values`), members of lists sorted, extensions under
`{namespace}name`. Not hashed: eventID, recordTime, errorDeclaration, certificationInfo, comments.

CBV 2.1 writes two things otherwise, both under its own name: the word `sensorElementList` before the sensor elements, and extensions inside a standard
field right there instead of in a block at the end. The rules are the standard's; vectors of the reference implementation (RalphTro/
epcis-event-hash-generator) were used as facts to check them. Where that implementation and the rules part, the rules hold: see docs/life/02-tracing.md.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Literal

from pinzhi.life.tracing.rules.epcis import shape, terms, web_vocabulary
from pinzhi.life.tracing.rules.epcis.names import SILENT, STANDARD, TEXT, Names
from pinzhi.life.tracing.rules.epcis.values import canonical, quantity, time, written

Version = Literal["2.0", "2.1"]
_SCHEME = "ni:///sha-256;"
_URI = re.compile(re.escape(_SCHEME) + r"([0-9a-fA-F]{64})\?ver=CBV2\.0")
DEEPEST = 64
"""Extensions may be nested so deep; what is deeper is refused when it is read."""
_IGNORED = frozenset({"type", "isA", "eventID", "recordTime", "errorDeclaration", "certificationInfo"}) | SILENT
_KNOWN = _IGNORED | shape.ANY_FIELD
_PERSISTENT = (("set", terms.DISPOSITION), ("unset", terms.DISPOSITION))
_REPORT_WORDS = {"type": terms.MEASUREMENT, "exception": terms.EXCEPTION, "component": terms.COMPONENT}
_PAIR_WORDS = {
    "bizTransactionList": terms.TRANSACTION_TYPE,
    "sourceList": terms.PARTY_TYPE,
    "destinationList": terms.PARTY_TYPE,
}
Fields = Mapping[str, Any]


def event_hash(
    fields: Fields, names: Names = STANDARD, *, version: Version = "2.0", ignore: frozenset[str] = frozenset()
) -> str:
    """The hash as a `ni` URI (RFC 6920). `ignore` holds expanded names of extensions of the event that are left out."""
    return uri(event_digest(fields, names, version=version, ignore=ignore), version)


def event_digest(
    fields: Fields, names: Names = STANDARD, *, version: Version = "2.0", ignore: frozenset[str] = frozenset()
) -> bytes:
    """The same as 32 bytes, in which form it is stored."""
    text = prehash(fields, names, version=version, ignore=ignore)
    return sha256(text.encode("utf-8", "surrogatepass")).digest()


def uri(digest: bytes, version: Version = "2.0") -> str:
    """The `ni` URI of a hash."""
    return f"{_SCHEME}{digest.hex()}?ver=CBV{version}"


def digest(name: str) -> bytes | None:
    """The bytes of such a URI of CBV 2.0; None where it is none."""
    found = _URI.fullmatch(name)
    return None if found is None else bytes.fromhex(found[1])


def prehash(
    fields: Fields, names: Names = STANDARD, *, version: Version = "2.0", ignore: frozenset[str] = frozenset()
) -> str:
    """The text that is hashed."""
    names = names.under(fields["@context"]) if "@context" in fields else names
    inline = version == "2.1"
    parts: list[str] = ["eventType=", _kind(fields, names)]
    later: list[str] = []
    get = fields.get
    for name, put, how in _PLAN if get("type") != shape.QUANTITY else _QUANTITY_PLAN:
        value = get(name)
        if value is not None:
            put(parts, name, value, how)
    for place in ("readPoint", "bizLocation"):
        _place(parts, later, place, get(place), names, inline=inline)
    for listing in shape.PAIR_LISTS:
        if listing in fields:
            _pairs(parts, listing, fields[listing])
    if "sensorElementList" in fields:
        _sensors(parts, later, fields["sensorElementList"], names, inline=inline)
    ilmd = get("ilmd")
    if isinstance(ilmd, dict) and ilmd:
        parts += ["ilmd", *_extensions(ilmd, names)]
    parts += later
    parts += _extensions(fields, names, without=_KNOWN, ignore=ignore)
    return "".join(parts)


def _kind(fields: Fields, names: Names) -> str:
    kind = str(fields.get("type", fields.get("isA", "")))
    if kind in shape.FIELDS or ":" not in kind:
        return kind
    return names.key(kind) or kind


def _one(parts: list[str], name: str, value: Any, form: Any) -> None:
    text = form(value.strip()) if type(value) is str else written(value) if _plain(value) else ""
    if text:
        parts.append(f"{name}={text}")


def _plain(value: Any) -> bool:
    return not isinstance(value, (dict, list))


def _listed(value: Any) -> list[Any]:
    """A list, or the one thing that stands where a list of one may be written without brackets."""
    return value if isinstance(value, list) else [] if value is None else [value]


def _epcs(parts: list[str], name: str, value: Any, _how: None = None) -> None:
    found = sorted(
        [
            "epc=" + (canonical(e.strip()) if type(e) is str else written(e))
            for e in _listed(value)
            if _plain(e) and e != ""
        ]
    )
    if found:
        parts.append(name)
        parts += found


def _quantities(parts: list[str], name: str, value: Any, _how: None = None) -> None:
    found = []
    for element in _listed(value):
        if not isinstance(element, dict):
            continue
        one: list[str] = []
        _one(one, "epcClass", element.get("epcClass"), canonical)
        _one(one, "quantity", element.get("quantity"), quantity)
        _one(one, "uom", element.get("uom"), canonical)
        if one:
            found.append("quantityElement" + "".join(one))
    if found:
        parts.append(name)
        parts += sorted(found)


def _word(parts: list[str], name: str, value: Any, words: terms.Vocabulary) -> None:
    if isinstance(value, str):
        value = words.uri(value.strip())
    _one(parts, name, value, canonical)


def _persistent(parts: list[str], _name: str, value: Any, _how: None = None) -> None:
    if not isinstance(value, dict):
        return
    found: list[str] = []
    for name, words in _PERSISTENT:
        each = []
        for term in _listed(value.get(name)):
            one: list[str] = []
            _word(one, name, term, words)
            each.append("".join(one))
        found += sorted(each)
    if text := "".join(found):
        parts += ["persistentDisposition", text]


_PLAN: tuple[tuple[str, Any, Any], ...] = (
    ("eventTime", _one, time),
    ("eventTimeZoneOffset", _one, canonical),
    ("epcList", _epcs, None),
    ("parentID", _one, canonical),
    ("inputEPCList", _epcs, None),
    ("childEPCs", _epcs, None),
    ("quantityList", _quantities, None),
    ("childQuantityList", _quantities, None),
    ("inputQuantityList", _quantities, None),
    ("outputEPCList", _epcs, None),
    ("outputQuantityList", _quantities, None),
    ("action", _one, canonical),
    ("transformationID", _one, canonical),
    ("bizStep", _word, terms.BIZ_STEP),
    ("disposition", _word, terms.DISPOSITION),
    ("persistentDisposition", _persistent, None),
)
"""The fields before the places, in the order of the hash, each with how it is written."""
_QUANTITY_PLAN = (*_PLAN[:11], ("epcClass", _one, canonical), ("quantity", _one, quantity), *_PLAN[11:])


def _place(parts: list[str], later: list[str], name: str, value: Any, names: Names, *, inline: bool) -> None:
    if value is None:
        return
    if isinstance(value, str):
        value = {"id": value}
    if not isinstance(value, dict):
        return
    one: list[str] = []
    _one(one, "id", value.get("id"), canonical)
    extra = _extensions(value, names, without=_ID)
    if inline:
        one += extra
    elif extra:
        later += [name, *extra]
    if one:
        parts += [name, *one]


_ID = frozenset({"id"}) | SILENT


def _pairs(parts: list[str], listing: str, value: Any) -> None:
    name, words = shape.PAIR_LISTS[listing], _PAIR_WORDS[listing]
    found = []
    for element in _listed(value):
        if isinstance(element, dict):
            one: list[str] = []
            _word(one, "type", element.get("type"), words)
            _one(one, name, element.get(name), canonical)
            if one:
                found.append("".join(one))
    if found:
        parts.append(listing)
        parts += sorted(found)


# --- sensors -------------------------------------------------------------------------------------------------------------------------------

_META = frozenset(shape.METADATA) | SILENT
_REPORTED = frozenset(shape.REPORT) | SILENT
_ELEMENT = frozenset({"sensorMetadata", "sensorReport", "type"}) | SILENT


def _sensors(parts: list[str], later: list[str], value: Any, names: Names, *, inline: bool) -> None:
    found: list[str] = []
    extra: list[str] = []
    for element in _listed(value):
        if isinstance(element, dict):
            standard, more = _sensor(element, names, inline=inline)
            if standard:
                found.append("sensorElement" + standard)
            if more:
                extra.append("sensorElement" + more)
    if found:
        parts += ["sensorElementList"] if inline else []
        parts += sorted(found)
    later += sorted(extra)


def _sensor(element: Fields, names: Names, *, inline: bool) -> tuple[str, str]:
    """One sensor element: its standard part, and its extensions with the names of the fields that they stand in."""
    parts: list[str] = []
    later: list[str] = []
    metadata = element.get("sensorMetadata")
    if isinstance(metadata, dict):
        one = _measured(metadata, _METADATA)
        _hang(parts, later, "sensorMetadata", one, _extensions(metadata, names, without=_META), inline=inline)
    reports: list[str] = []
    extra: list[str] = []
    for report in _listed(element.get("sensorReport")):
        if isinstance(report, dict):
            one = _measured(report, _REPORT)
            _hang(reports, extra, "sensorReport", one, _extensions(report, names, without=_REPORTED), inline=inline)
    parts += sorted(reports)
    later += sorted(extra)
    direct = _extensions(element, names, without=_ELEMENT)
    (parts if inline else later).extend(direct)
    return "".join(parts), "".join(later)


def _hang(parts: list[str], later: list[str], name: str, one: str, extra: list[str], *, inline: bool) -> None:
    if inline:
        one += "".join(extra)
    elif extra:
        later.append(name + "".join(extra))
    if one:
        parts.append(name + one)


_BOOLEANS = {"1": "true", "0": "false"}
"""The other two texts of `xsd:boolean`."""


def _boolean(parts: list[str], name: str, value: Any, _how: None = None) -> None:
    _one(parts, name, _BOOLEANS.get(value, value) if isinstance(value, str) else value, canonical)


def _ways(order: tuple[str, ...], words: Mapping[str, terms.Vocabulary]) -> tuple[tuple[str, Any, Any], ...]:
    return tuple(
        (name, _word, words[name])
        if name in words
        else (name, _boolean, None)
        if name == "booleanValue"
        else (name, _one, quantity if name in shape.NUMBERS else time if name in shape.TIMES else canonical)
        for name in order
    )


_METADATA = _ways(shape.METADATA, {})
_REPORT = _ways(shape.REPORT, _REPORT_WORDS)


def _measured(fields: Fields, ways: tuple[tuple[str, Any, Any], ...]) -> str:
    parts: list[str] = []
    for name, put, how in ways:
        if name in fields:
            put(parts, name, fields[name], how)
    return "".join(parts)


# --- extensions ----------------------------------------------------------------------------------------------------------------------------


def _extensions(
    fields: Fields,
    names: Names,
    *,
    without: frozenset[str] = SILENT,
    ignore: frozenset[str] = frozenset(),
    coded: bool = False,
) -> list[str]:
    """Every extension of an object as `{namespace}name=value…`, sorted; deeper ones within their parent, sorted there."""
    if without.issuperset(fields):
        return []
    if without is not _KNOWN and "@context" in fields:
        names = names.under(fields["@context"])
    found: list[str] = []
    for name, value in fields.items():
        if name in without or name == TEXT:
            continue
        key = names.key(name) or name
        if key in ignore or key in SILENT or key.startswith(_NO_CONTENT):
            continue
        for one in value if isinstance(value, list) else (value,):
            _extension(found, key, one, names, coded=coded)
    found.sort()
    return found


_NO_CONTENT = "{" + terms.XSI + "}"
"""Attributes of XML Schema instances tell a parser the type, they say nothing of the event."""


def _extension(found: list[str], key: str, value: Any, names: Names, *, coded: bool) -> None:
    """`coded`: within master data in the terms of the GS1 Web Vocabulary."""
    if isinstance(value, dict):
        text = written(value.get(TEXT, value.get("@value")))
        coded = coded or key == web_vocabulary.MASTER_DATA
        inner = "".join(_extensions({k: v for k, v in value.items() if k not in _TEXTS}, names, coded=coded))
        found.append(f"{key}={text}{inner}" if text else key + inner)
    elif isinstance(value, list):
        for one in value:
            _extension(found, key, one, names, coded=coded)
    else:
        text = written(value)
        if coded:
            text = web_vocabulary.code(key, text)
        found.append(f"{key}={text}" if text else key)


_TEXTS = frozenset({TEXT, "@value"})
