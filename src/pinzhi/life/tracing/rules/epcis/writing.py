"""
Writing events as JSON-LD or XML of EPCIS 2.0, whatever they were read from. The hash of an event stays the same.

    found = write(reads, "xml", created="2026-03-02T00:00:00Z")    # the bytes, and what could not be written

Events are carried over; what surrounds them (header, query) is written anew. An event that the other form cannot hold is left out and named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import msgspec

from pinzhi.life.tracing.rules.epcis import shape, terms
from pinzhi.life.tracing.rules.epcis.documents import JSON, Fault, Read
from pinzhi.life.tracing.rules.epcis.names import SILENT, TEXT, Names
from pinzhi.life.tracing.rules.epcis.values import Literal, quantity, written
from pinzhi.life.tracing.rules.epcis.writing_xml import Unwritable, element

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
_KNOWN = {namespace: prefix for prefix, namespace in terms.PREFIXES.items()}
_WORDS = {
    "bizStep": terms.BIZ_STEP,
    "disposition": terms.DISPOSITION,
    "set": terms.DISPOSITION,
    "unset": terms.DISPOSITION,
    "reason": terms.ERROR_REASON,
    "exception": terms.EXCEPTION,
    "component": terms.COMPONENT,
}
_TYPES = {
    "bizTransactionList": terms.TRANSACTION_TYPE,
    "sourceList": terms.PARTY_TYPE,
    "destinationList": terms.PARTY_TYPE,
    "sensorReport": terms.MEASUREMENT,
}
_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?", re.ASCII)


@dataclass(slots=True)
class Written:
    """The document, how many events it holds, and the events that it does not hold."""

    data: bytes = b""
    events: int = 0
    left_out: list[Fault] = field(default_factory=list)


class Prefixes:
    """One prefix for every namespace of a document, in the order in which they come."""

    def __init__(self) -> None:
        self.by_namespace: dict[str, str] = {}

    def name(self, key: str) -> str:
        """`prefix:name` of `{namespace}name`; a bare name as it is."""
        if key[:1] != "{":
            return key
        namespace, _, local = key[1:].partition("}")
        if not namespace:
            raise Unwritable(local)
        prefix = self.by_namespace.get(namespace)
        if prefix is None:
            prefix = _KNOWN.get(namespace) or f"ext{sum(p.startswith('ext') for p in self.by_namespace.values()) + 1}"
            self.by_namespace[namespace] = prefix
        return f"{prefix}:{local}"


def write(reads: Iterable[Read], form: str, *, created: str) -> Written:
    """All events in one EPCISDocument of the form (`json` or `xml`); `created` becomes its creationDate."""
    found, prefixes = Written(), Prefixes()
    pieces: list[Any] = []
    for read in reads:
        try:
            if not read.fields or read.kind == shape.QUANTITY:
                raise Unwritable(read.kind or "-")
            fields = expanded(read)
            pieces.append(plain(fields, prefixes) if form == JSON else element(fields, prefixes))
        except Unwritable as no:
            found.left_out.append(Fault("not_writable", read.path, str(no)))
    found.events = len(pieces)
    found.data = _json(pieces, prefixes, created) if form == JSON else _xml(pieces, prefixes, created)
    return found


@dataclass(frozen=True, slots=True)
class Asked:
    """The query that an EPCISQueryDocument answers."""

    query: str
    subscription: str = ""


def answer(events: Iterable[Mapping[str, Any]], form: str, *, created: str, asked: Asked) -> Written:
    """An EPCISQueryDocument of events whose names are expanded (`expanded`)."""
    found, prefixes = Written(), Prefixes()
    pieces: list[Any] = []
    for number, fields in enumerate(events):
        try:
            pieces.append(plain(fields, prefixes) if form == JSON else element(fields, prefixes))
        except Unwritable as no:
            found.left_out.append(Fault("not_writable", str(number), str(no)))
    found.events = len(pieces)
    if form == JSON:
        found.data = _json(pieces, prefixes, created, asked)
    else:
        found.data = _xml(pieces, prefixes, created, asked)
    return found


def _json(pieces: list[Any], prefixes: Prefixes, created: str, asked: Asked | None = None) -> bytes:
    own = {p: n for n, p in prefixes.by_namespace.items() if terms.PREFIXES.get(p) != n}
    body: dict[str, Any] = {"eventList": pieces}
    if asked is not None:
        told = {"subscriptionID": asked.subscription} if asked.subscription else {}
        body = {"queryResults": {"queryName": asked.query, **told, "resultsBody": body}}
    document = {
        "@context": [CONTEXT, own] if own else [CONTEXT],
        "type": "EPCISDocument" if asked is None else "EPCISQueryDocument",
        "schemaVersion": "2.0",
        "creationDate": created,
        "epcisBody": body,
    }
    return msgspec.json.encode(document)


def _xml(pieces: list[str], prefixes: Prefixes, created: str, asked: Asked | None = None) -> bytes:
    spaces = "".join(f" xmlns:{p}={quoteattr(n)}" for n, p in prefixes.by_namespace.items())
    listed = f"<EventList>{''.join(pieces)}</EventList>"
    root, space, body = "epcis:EPCISDocument", 'xmlns:epcis="urn:epcglobal:epcis:xsd:2"', listed
    if asked is not None:
        told = f"<subscriptionID>{escape(asked.subscription)}</subscriptionID>" if asked.subscription else ""
        root, space = "epcisq:EPCISQueryDocument", 'xmlns:epcisq="urn:epcglobal:epcis-query:xsd:2"'
        body = (
            f"<epcisq:QueryResults><queryName>{escape(asked.query)}</queryName>{told}<resultsBody>{listed}</resultsBody>"
            "</epcisq:QueryResults>"
        )
    return (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<{root} {space}{spaces} "
        f'schemaVersion="2.0" creationDate={quoteattr(created)}><EPCISBody>{body}</EPCISBody></{root}>\n'
    ).encode()


# --- one form for both -------------------------------------------------------------------------------------------------------------------


def expanded(read: Read) -> dict[str, Any]:
    """The event with every extension under `{namespace}name`. Raises Unwritable for a prefix that is declared nowhere."""
    names = read.names.under(read.fields["@context"]) if "@context" in read.fields else read.names
    fields = {k: v for k, v in read.fields.items() if k not in SILENT}
    kind = read.kind
    if "isA" in fields:
        fields["type"] = fields.pop("isA")
    if kind not in shape.FIELDS:
        fields["type"] = names.key(kind) or kind
    return {(_key(k, names) if k not in shape.ANY_FIELD else k): _inner(v, names) for k, v in fields.items()}


def _inner(value: Any, names: Names) -> Any:
    if type(value) is str:  # nine of ten; the question whether something is a mapping is a slow one
        return value
    if isinstance(value, list):
        return [v if type(v) is str else _inner(v, names) for v in value]
    if not isinstance(value, Mapping):
        return value
    if "@context" in value:
        names = names.under(value["@context"])
    return {_key(k, names): _inner(v, names) for k, v in value.items() if k not in SILENT}


def _key(name: str, names: Names) -> str:
    if name == "@value":
        return TEXT
    key = names.key(name)
    if key is None or key.startswith("@"):
        raise Unwritable(name)
    return key


# --- JSON --------------------------------------------------------------------------------------------------------------------------------


def plain(fields: Mapping[str, Any], prefixes: Prefixes) -> dict[str, Any]:
    """The JSON form of an event: words bare, numbers as numbers, extensions under prefixes."""
    found = {}
    for name, value in fields.items():
        if name[:1] == "{" or (name not in shape.ANY_FIELD and name != "type"):
            found[prefixes.name(name)] = _extension(value, prefixes)
        elif name == "type":
            found[name] = prefixes.name(value)
        else:
            found[name] = _standard(value, name, "", prefixes)
    return found


def _standard(value: Any, name: str, parent: str, prefixes: Prefixes) -> Any:
    if isinstance(value, list):
        return [_standard(v, name, parent, prefixes) for v in value]
    if isinstance(value, Mapping):
        if name == "ilmd":
            return {prefixes.name(k): _extension(v, prefixes) for k, v in value.items()}
        return {
            prefixes.name(k): _extension(v, prefixes) if k[:1] == "{" else _standard(v, k, name, prefixes)
            for k, v in value.items()
        }
    return _single(value, name, parent)


def _single(value: Any, name: str, parent: str) -> Any:
    if name in shape.NUMBERS or name == "quantity":
        return _number(value)
    if not isinstance(value, str):
        return value
    text = value.strip()
    words = _WORDS.get(name) or (_TYPES.get(parent) if name == "type" else None)
    if words is not None:
        return words.word(text) or text
    return text in ("true", "1") if name == "booleanValue" else text


def _number(value: Any) -> Any:
    text = quantity(value)
    return msgspec.Raw(text.encode()) if _NUMBER.fullmatch(text) else value


def _extension(value: Any, prefixes: Prefixes) -> Any:
    if isinstance(value, list):
        return [_extension(v, prefixes) for v in value]
    if isinstance(value, Mapping):
        return {prefixes.name(k): _extension(v, prefixes) for k, v in value.items()}
    if isinstance(value, Literal):
        return _number(value)
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= 2**63:
        return written(value)
    return value
