"""Gathering the faults of one event, each with its place: JSON Pointer or XPath."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pinzhi.life.tracing.rules.epcis import judging, terms
from pinzhi.life.tracing.rules.epcis.documents import XML, Fault, Read, pointer
from pinzhi.life.tracing.rules.epcis.names import KEYWORDS, SILENT, Names

_EACH = {
    "epcList": "epc", "childEPCs": "epc", "inputEPCList": "epc", "outputEPCList": "epc", "quantityList": "quantityElement",
    "childQuantityList": "quantityElement", "inputQuantityList": "quantityElement", "outputQuantityList": "quantityElement",
    "bizTransactionList": "bizTransaction", "sourceList": "source", "destinationList": "destination", "sensorElementList": "sensorElement",
    "correctiveEventIDs": "correctiveEventID",
}  # fmt: skip
_ATTRIBUTED = frozenset({"bizTransaction", "source", "destination", "sensorMetadata", "sensorReport"})


def xpath(tokens: tuple[object, ...]) -> str:
    """The steps of an XPath for what stands at `tokens` in the JSON form."""
    steps: list[str] = []
    last = ""
    for token in tokens:
        if isinstance(token, int):
            if last in _EACH:
                steps.append(f"{_EACH[last]}[{token + 1}]")
                last = _EACH[last]
            else:
                steps[-1] += f"[{token + 1}]"
            continue
        name = str(token)
        if last in _ATTRIBUTED:
            if name != last:
                steps.append("@" + name)
        else:
            steps.append(name)
        last = name
    return "".join("/" + s for s in steps)


class Found:
    """The faults of one event so far, and small judgements that add to them."""

    __slots__ = ("faults", "fields", "names", "path", "xml")

    def __init__(self, read: Read, names: Names) -> None:
        self.fields = read.fields
        self.path = read.path
        self.xml = read.form == XML
        self.names = names
        self.faults: list[Fault] = []

    def no(self, code: str, *tokens: object, value: str = "", warning: bool = False) -> None:
        """Something is wrong at `tokens` below the event."""
        place = self.path + (xpath(tokens) if self.xml else pointer(*tokens))
        self.faults.append(Fault(code, place, value, warning=warning or code in judging.WARNINGS))

    def text(self, name: str, *, required: bool) -> str | None:
        """A field of text; None where there is none, and it is said why."""
        value = self.fields.get(name)
        if value is None:
            if required:
                self.no("field_missing", name, value=name)
            return None
        if not isinstance(value, str):
            self.no("type_text", name)
            return None
        return value

    def uri(self, value: Any, *tokens: object) -> bool:
        """A URI; whether it holds."""
        if not isinstance(value, str):
            self.no("null_value" if value is None else "type_text", *tokens)
            return False
        if code := judging.uri(value):
            self.no(code, *tokens, value=value)
            return False
        return True

    def word(self, value: Any, words: terms.Vocabulary, *tokens: object) -> None:
        """A word of a vocabulary."""
        if not isinstance(value, str):
            self.no("null_value" if value is None else "type_text", *tokens)
        elif code := judging.word(value, words, xml=self.xml):
            self.no(code, *tokens, value=value)

    def rest(self, fields: Mapping[str, Any], standard: frozenset[str], at: tuple[object, ...]) -> None:
        """Whatever stands beside the fields of the standard must be an extension."""
        if not standard.issuperset(fields):
            for name, value in fields.items():
                if name not in standard:
                    self.extension(name, value, (*at, name), bare="field_unknown")

    def extension(self, name: str, value: Any, at: tuple[object, ...], *, bare: str) -> None:
        """A field of one's own: under a declared namespace, and not under EPCIS's own."""
        key = self.names.key(name)
        if key is None:
            self.no("prefix_undeclared", *at, value=name, warning=self.names.remote)
        elif not key.startswith("{"):
            self.no(bare, *at, value=name)
        elif key.startswith(("{" + terms.EPCIS, "{urn:epcglobal:epcis:xsd:")):
            self.no("field_unknown", *at, value=name)
        if isinstance(value, (Mapping, list)):
            self._inside(value, at, self.names)

    def _inside(self, value: Any, at: tuple[object, ...], names: Names) -> None:
        """Names inside an extension: an undeclared prefix is wrong; a bare name is merely said, because JSON-LD drops it where no term maps it."""
        if isinstance(value, list):
            for i, one in enumerate(value):
                if isinstance(one, (Mapping, list)):
                    self._inside(one, (*at, i), names)
            return
        if "@context" in value:
            names = names.under(value["@context"])
        for name, inner in value.items():
            if name in KEYWORDS or name in SILENT or name in _JSON_LD:
                continue
            key = names.key(name)
            if key is None:
                self.no("prefix_undeclared", *at, name, value=name, warning=names.remote)
            elif not key.startswith("{") and not self.xml and not names.remote:
                self.no("name_unmapped", *at, name, value=name)
            if isinstance(inner, (Mapping, list)):
                self._inside(inner, (*at, name), names)


_JSON_LD = frozenset({"id", "type"})
