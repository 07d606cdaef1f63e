"""One event as an element of EPCIS 2.0 XML, in the order of its schema."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape, quoteattr

from pinzhi.life.tracing.rules.epcis import shape, terms
from pinzhi.life.tracing.rules.epcis.names import TEXT
from pinzhi.life.tracing.rules.epcis.values import Literal, quantity

if TYPE_CHECKING:
    from pinzhi.life.tracing.rules.epcis.writing import Prefixes

_NAME = re.compile(r"[A-Za-z_][\w.\-]*")
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_ALL = tuple(dict.fromkeys(n for order in shape.ORDER.values() for n in order))
_WORDS = {
    "bizStep": terms.BIZ_STEP,
    "disposition": terms.DISPOSITION,
    "set": terms.DISPOSITION,
    "unset": terms.DISPOSITION,
    "reason": terms.ERROR_REASON,
}
_PAIR_WORDS = {
    "bizTransactionList": terms.TRANSACTION_TYPE,
    "sourceList": terms.PARTY_TYPE,
    "destinationList": terms.PARTY_TYPE,
}
_REPORT_WORDS = {"type": terms.MEASUREMENT, "exception": terms.EXCEPTION, "component": terms.COMPONENT}


class Unwritable(Exception):  # noqa: N818 - an expected «no» about one event, not an error
    """The other form cannot hold this: the name or value says what."""


def element(fields: Mapping[str, Any], prefixes: Prefixes) -> str:
    """The element. Raises Unwritable."""
    return _Writer(prefixes).event(fields)


class _Writer:
    def __init__(self, prefixes: Prefixes) -> None:
        self.prefixes = prefixes

    def event(self, fields: Mapping[str, Any]) -> str:
        kind = str(fields.get("type", ""))
        tag = self.name(kind)
        parts = [self.field(name, fields[name]) for name in shape.ORDER.get(kind, _ALL) if fields.get(name) is not None]
        written = {*shape.ORDER.get(kind, _ALL), "type"}
        parts += [self.extension(name, value) for name, value in fields.items() if name not in written]
        return f"<{tag}>{''.join(parts)}</{tag}>"

    def field(self, name: str, value: Any) -> str:
        if name in shape.EPC_LISTS:
            return self.wrapped(name, "".join(f"<epc>{self.text(e)}</epc>" for e in _list(value)))
        if name in shape.QUANTITY_LISTS:
            inner = "".join(self.flat("quantityElement", e, ("epcClass", "quantity", "uom")) for e in _objects(value))
            return self.wrapped(name, inner)
        if name in shape.PAIR_LISTS:
            return self.wrapped(name, "".join(self.pair(name, e) for e in _objects(value))) if value else ""
        if name in ("readPoint", "bizLocation"):
            (place,) = _objects([value])
            return self.flat(name, place, ("id",)) if place else ""
        if name == "sensorElementList":
            return self.wrapped(name, "".join(map(self.sensor, _objects(value)))) if value else ""
        return self.rest(name, value)

    def rest(self, name: str, value: Any) -> str:
        if name == "persistentDisposition":
            (both,) = _objects([value])
            each = (f"<{n}>{self.word(n, w)}</{n}>" for n in ("set", "unset") for w in _list(both.get(n, [])))
            return self.wrapped(name, "".join(each))
        if name == "errorDeclaration":
            return self.error(value)
        if name == "ilmd":
            (inner,) = _objects([value])
            return self.wrapped(name, "".join(self.extension(k, v) for k, v in inner.items()))
        if name == "certificationInfo":
            return "".join(f"<{name}>{self.text(v)}</{name}>" for v in (value if isinstance(value, list) else [value]))
        return f"<{name}>{self.word(name, value)}</{name}>"

    def wrapped(self, name: str, inner: str) -> str:
        return f"<{name}>{inner}</{name}>"

    def flat(self, name: str, fields: Mapping[str, Any], order: tuple[str, ...]) -> str:
        parts = [f"<{n}>{self.text(fields[n])}</{n}>" for n in order if fields.get(n) is not None]
        parts += [self.extension(k, v) for k, v in fields.items() if k not in order]
        return self.wrapped(name, "".join(parts))

    def pair(self, listing: str, fields: Mapping[str, Any]) -> str:
        name = shape.PAIR_LISTS[listing]
        kind = fields.get("type")
        attribute = (
            "" if kind is None else f" type={quoteattr(self.checked(_PAIR_WORDS[listing].uri(str(kind).strip())))}"
        )
        return f"<{name}{attribute}>{self.text(fields.get(name, ''))}</{name}>"

    def error(self, value: Any) -> str:
        (fields,) = _objects([value])
        parts = [f"<{n}>{self.word(n, fields[n])}</{n}>" for n in ("declarationTime", "reason") if n in fields]
        if "correctiveEventIDs" in fields:
            ids = (
                f"<correctiveEventID>{self.text(i)}</correctiveEventID>" for i in _list(fields["correctiveEventIDs"])
            )
            parts.append(self.wrapped("correctiveEventIDs", "".join(ids)))
        parts += [self.extension(k, v) for k, v in fields.items() if k not in shape.ERROR]
        return self.wrapped("errorDeclaration", "".join(parts))

    def sensor(self, fields: Mapping[str, Any]) -> str:
        parts = []
        if "sensorMetadata" in fields:
            (metadata,) = _objects([fields["sensorMetadata"]])
            parts.append(f"<sensorMetadata{self.attributes(metadata)}/>")
        parts += [f"<sensorReport{self.attributes(r)}/>" for r in _objects(fields.get("sensorReport", []))]
        parts += [
            self.extension(k, v) for k, v in fields.items() if k not in ("sensorMetadata", "sensorReport", "type")
        ]
        return self.wrapped("sensorElement", "".join(parts))

    def attributes(self, fields: Mapping[str, Any]) -> str:
        found = ""
        for key, value in fields.items():
            if isinstance(value, (Mapping, list)):
                raise Unwritable(key)
            words = _REPORT_WORDS.get(key)
            text = self.plain(value)
            found += f" {self.name(key)}={quoteattr(words.uri(text) if words else text)}"
        return found

    def extension(self, key: str, value: Any) -> str:
        if isinstance(value, list):
            return "".join(self.extension(key, v) for v in value)
        tag = self.name(key)
        if not isinstance(value, Mapping):
            return f"<{tag}>{self.text(value)}</{tag}>"
        inner = self.text(value[TEXT]) if TEXT in value and not isinstance(value[TEXT], (Mapping, list)) else ""
        inner += "".join(self.extension(k, v) for k, v in value.items() if k != TEXT)
        return f"<{tag}>{inner}</{tag}>"

    def name(self, key: str) -> str:
        local = key.rpartition("}")[2]
        if not _NAME.fullmatch(local):
            raise Unwritable(key)
        return self.prefixes.name(key)

    def word(self, name: str, value: Any) -> str:
        words = _WORDS.get(name)
        return self.text(words.uri(value.strip()) if words and isinstance(value, str) else value)

    def text(self, value: Any) -> str:
        if isinstance(value, (Mapping, list)):
            raise Unwritable(str(value)[:40])
        return escape(self.plain(value))

    def plain(self, value: Any) -> str:
        if isinstance(value, str) and not isinstance(value, Literal):
            return self.checked(value.strip())
        return quantity(value)

    def checked(self, text: str) -> str:
        if _FORBIDDEN.search(text):
            raise Unwritable(repr(text[:40]))
        return text


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise Unwritable(str(value)[:40])
    return value


def _objects(value: Any) -> list[Mapping[str, Any]]:
    found = _list(value)
    if not all(isinstance(v, Mapping) for v in found):
        raise Unwritable(str(value)[:40])
    return found
