"""
What is wrong in a document: the standard's rules beyond the JSON schema and the XML schema.

    faults(document, as_of=…)   →  one `Fault` for everything found, in the order of the document

Sources: EPCIS 2.0, sections 7.3 and 7.4 (fields of each type), 9 and 10 (XML, JSON); CBV 2.0, sections 7 and 8. Fields of one's own are accepted under
any declared namespace; words of one's own as URIs outside GS1's namespaces.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from pinzhi.life.tracing.rules.epcis import certificates, judging, shape, terms
from pinzhi.life.tracing.rules.epcis.documents import (
    EVENT,
    EVENT_LIST,
    JOB,
    JSON,
    XML,
    Document,
    Fault,
    Head,
    Read,
    pointer,
)
from pinzhi.life.tracing.rules.epcis.found import Found
from pinzhi.life.tracing.rules.epcis.names import KEYWORDS, SILENT
from pinzhi.life.tracing.rules.epcis.sensors import sensor
from pinzhi.life.tracing.rules.epcis.values import moment

_EVENT_IDS = tuple[str, bool]
_VERSIONS = {JSON: ("2",), XML: ("1", "2")}


def faults(document: Document, *, as_of: datetime | None = None) -> list[Fault]:
    """Everything that is wrong with a document and its events. `as_of` is the moment against which a future time is measured; without it none is."""
    seen: set[_EVENT_IDS] = set()
    found = list(document.head.faults)
    found += head_faults(document.head)
    for event in document.events:
        found += event_faults(event, as_of=as_of, seen=seen)
    return found


def iterate(head: Head, events: Iterable[Read], *, as_of: datetime | None = None) -> Iterator[Fault]:
    """The same for events that are read one by one; the faults of the document come last."""
    seen: set[_EVENT_IDS] = set()
    for event in events:
        yield from event_faults(event, as_of=as_of, seen=seen)
    yield from head.faults
    yield from head_faults(head)


# --- the document --------------------------------------------------------------------------------------------------------------------------

_HEAD = frozenset(
    {
        "@context",
        "type",
        "isA",
        "id",
        "schemaVersion",
        "creationDate",
        "instanceIdentifier",
        "sender",
        "receiver",
        "epcisHeader",
    }
)


def head_faults(head: Head) -> list[Fault]:
    """What surrounds the events: kind, version, date, context, names."""
    found: list[Fault] = []
    if head.kind in (EVENT, EVENT_LIST, JOB):
        return found
    stem = pointer if head.form == JSON else (lambda name: f"/{head.kind}/@{name}")
    if head.form == JSON:
        found += _json_head(head)
    version = head.fields.get("schemaVersion")
    if version is None:
        found.append(Fault("field_missing", stem("schemaVersion"), "schemaVersion"))
    elif str(version).split(".")[0] not in _VERSIONS[head.form]:
        found.append(Fault("schema_version", stem("schemaVersion"), str(version)))
    created = head.fields.get("creationDate")
    if created is None:
        if head.kind != "EPCISQueryDocument":
            found.append(Fault("field_missing", stem("creationDate"), "creationDate"))
    elif not isinstance(created, str):
        found.append(Fault("type_text", stem("creationDate")))
    elif code := judging.time(created):
        found.append(Fault(code, stem("creationDate"), created))
    return found


def _json_head(head: Head) -> Iterator[Fault]:
    if head.kind not in shape.DOCUMENT:
        yield Fault("document_type", pointer("type"), head.kind)
    if "@context" not in head.fields:
        yield Fault("context_missing", pointer("@context"))
    for name, value in head.fields.items():
        if name in _HEAD or name in SILENT:
            if value is None:
                yield Fault("null_value", pointer(name))
            continue
        key = head.names.key(name)
        if key is None:
            yield Fault("prefix_undeclared", pointer(name), name, warning=head.names.remote)
        elif not key.startswith("{"):
            yield Fault("field_unknown", pointer(name), name)
    header = head.fields.get("epcisHeader")
    if header is not None:
        yield from _master_data(header)


def _master_data(header: Any) -> Iterator[Fault]:
    """The ids of vocabulary elements and of their attributes."""
    if not isinstance(header, Mapping):
        yield Fault("type_object", pointer("epcisHeader"))
        return
    data = header.get("epcisMasterData")
    if data is None:
        return
    at = ("epcisHeader", "epcisMasterData")
    lists = data.get("vocabularyList") if isinstance(data, Mapping) else None
    if not isinstance(lists, list):
        yield Fault("type_list", pointer(*at, "vocabularyList"))
        return
    for i, vocabulary in enumerate(lists):
        elements = vocabulary.get("vocabularyElementList", []) if isinstance(vocabulary, Mapping) else None
        if not isinstance(elements, list):
            yield Fault("type_list", pointer(*at, "vocabularyList", i, "vocabularyElementList"))
            continue
        for j, element in enumerate(elements):
            place = (*at, "vocabularyList", i, "vocabularyElementList", j)
            identity = element.get("id") if isinstance(element, Mapping) else None
            if not isinstance(identity, str):
                yield Fault("field_missing", pointer(*place, "id"), "id")
            elif code := judging.uri(identity):
                yield Fault(code, pointer(*place, "id"), identity)


# --- the event -----------------------------------------------------------------------------------------------------------------------------

_VOCABULARIES = {"bizStep": terms.BIZ_STEP, "disposition": terms.DISPOSITION}
_PAIR_VOCABULARIES = {
    "bizTransactionList": terms.TRANSACTION_TYPE,
    "sourceList": terms.PARTY_TYPE,
    "destinationList": terms.PARTY_TYPE,
}
_PLAIN_URIS = ("eventID", "parentID", "transformationID")
_QUANTITY_FIELDS = frozenset({"epcClass", "quantity", "uom"})


def event_faults(read: Read, *, as_of: datetime | None = None, seen: set[_EVENT_IDS] | None = None) -> list[Fault]:
    """What is wrong with one event. `seen` gathers the event IDs of the document."""
    if not read.fields:
        return list(read.faults) or [Fault("empty", read.path)]
    names = read.names.under(read.fields["@context"]) if "@context" in read.fields else read.names
    found = Found(read, names)
    found.faults += read.faults
    _Event(found).check(as_of, seen if seen is not None else set())
    return found.faults


class _Event:
    """The rules for one event, over what was found so far."""

    def __init__(self, found: Found) -> None:
        self.found = found
        self.fields = found.fields
        self.xml = found.xml

    def check(self, as_of: datetime | None, seen: set[_EVENT_IDS]) -> None:
        kind = self._kind()
        self._names(shape.FIELDS.get(kind) if self.xml or kind != shape.QUANTITY else None)
        self._when(as_of)
        self._identity(seen)
        self._why(kind)
        for name in shape.EPC_LISTS:
            if name in self.fields:
                self._epcs(name)
        for name in shape.QUANTITY_LISTS:
            if name in self.fields:
                self._quantities(name)
        for name, each in shape.PAIR_LISTS.items():
            if name in self.fields:
                self._pairs(name, each)
        for name in ("readPoint", "bizLocation"):
            if name in self.fields:
                self._place(name)
        if "sensorElementList" in self.fields:
            self._sensors()
        if "ilmd" in self.fields:
            self._ilmd()
        self._whole(kind)

    # type and names

    def _kind(self) -> str:
        kind = self.fields.get("type", self.fields.get("isA"))
        no = self.found.no
        if kind is None:
            no("field_missing", "type", value="type")
        elif not isinstance(kind, str):
            no("type_text", "type")
        elif kind == shape.QUANTITY and self.xml:
            no("event_type_withdrawn", value=kind)
        elif kind not in shape.ORDER or kind == shape.QUANTITY:
            key = self.found.names.key(kind) if ":" in kind or kind.startswith("{") else kind
            if key is None:
                no("prefix_undeclared", "type", value=kind, warning=self.found.names.remote)
            elif not key.startswith("{"):
                no("event_type", "type", value=kind)
        return kind if isinstance(kind, str) else ""

    def _names(self, allowed: frozenset[str] | None) -> None:
        for name, value in self.fields.items():
            if allowed is not None and name in allowed:
                if value is None:
                    self.found.no("null_value", name)
            elif name in _ALWAYS or (allowed is None and name in shape.ANY_FIELD):
                continue
            elif name in shape.ANY_FIELD:
                self.found.no("field_not_allowed", name, value=name)
            else:
                self.found.extension(name, value, (name,), bare="field_unknown")

    # when, which event

    def _when(self, as_of: datetime | None) -> None:
        for name in ("eventTime", "recordTime"):
            value = self.found.text(name, required=name == "eventTime")
            if value is not None and (code := judging.time(value)):
                self.found.no(code, name, value=value)
            elif value is not None and name == "eventTime" and as_of is not None:
                at = moment(value.strip())
                if at is not None and at > as_of:
                    self.found.no("time_future", name, value=value)
        value = self.found.text("eventTimeZoneOffset", required=True)
        if value is not None and (code := judging.offset(value)):
            self.found.no(code, "eventTimeZoneOffset", value=value)

    def _identity(self, seen: set[_EVENT_IDS]) -> None:
        """An event and the declaration that it was wrong bear the same ID; two such events must not."""
        for name in _PLAIN_URIS:
            if name in self.fields:
                self.found.uri(self.fields[name], name)
        identity = self.fields.get("eventID")
        if isinstance(identity, str):
            key = (identity, "errorDeclaration" in self.fields)
            if key in seen:
                self.found.no("event_id_repeated", "eventID", value=identity)
            seen.add(key)
        certified = self.fields.get("certificationInfo")
        for at, one in enumerate(certified) if isinstance(certified, list) else [(None, certified)]:
            if one is not None:
                self._certified(one, "certificationInfo", *(() if at is None else (at,)))
        certificates.judge(self.found)
        if "errorDeclaration" in self.fields:
            self._error(self.fields["errorDeclaration"])

    def _certified(self, value: Any, *at: object) -> None:
        """A URI; details of the GS1 Web Vocabulary in its place are common, but not the standard's."""
        if isinstance(value, Mapping) and value:
            self.found.no("certification_inline", *at)
            self.found.rest(value, SILENT, at)
        else:
            self.found.uri(value, *at)

    def _error(self, declared: Any) -> None:
        no = self.found.no
        if not isinstance(declared, Mapping):
            no("type_object", "errorDeclaration")
            return
        at = declared.get("declarationTime")
        if at is None:
            no("field_missing", "errorDeclaration", "declarationTime", value="declarationTime")
        elif not isinstance(at, str):
            no("type_text", "errorDeclaration", "declarationTime")
        elif code := judging.time(at):
            no(code, "errorDeclaration", "declarationTime", value=at)
        if "reason" in declared:
            self.found.word(declared["reason"], terms.ERROR_REASON, "errorDeclaration", "reason")
        ids = declared.get("correctiveEventIDs", [])
        if not isinstance(ids, list):
            no("type_list", "errorDeclaration", "correctiveEventIDs")
        else:
            for i, one in enumerate(ids):
                self.found.uri(one, "errorDeclaration", "correctiveEventIDs", i)
        self.found.rest(declared, _ERROR, ("errorDeclaration",))

    # why and where

    def _why(self, kind: str) -> None:
        if kind in _WITH_ACTION or "action" in self.fields:
            action = self.found.text("action", required=kind in _WITH_ACTION)
            if action is not None and action.strip() not in shape.ACTIONS:
                self.found.no("action", "action", value=action)
        for name, words in _VOCABULARIES.items():
            if name in self.fields:
                self.found.word(self.fields[name], words, name)
        if "persistentDisposition" in self.fields:
            self._persistent(self.fields["persistentDisposition"])

    def _persistent(self, value: Any) -> None:
        no = self.found.no
        if not isinstance(value, Mapping):
            no("type_object", "persistentDisposition")
            return
        if not value.get("set") and not value.get("unset"):
            no("list_empty", "persistentDisposition")
        for name, words in value.items():
            if name not in ("set", "unset"):
                no("field_unknown", "persistentDisposition", name, value=name)
            elif not isinstance(words, list):
                no("type_list", "persistentDisposition", name)
            else:
                for i, one in enumerate(words):
                    self.found.word(one, terms.DISPOSITION, "persistentDisposition", name, i)
                    if name == "unset" and isinstance(value.get("set"), list) and one in value["set"]:
                        no("disposition_set_and_unset", "persistentDisposition", name, i, value=str(one))

    def _place(self, name: str) -> None:
        value = self.fields[name]
        if not isinstance(value, Mapping):
            self.found.no("type_object", name)
        elif "id" not in value:
            self.found.no("field_missing", name, "id", value="id")
        else:
            self.found.uri(value["id"], name, "id")
        if isinstance(value, Mapping):
            self.found.rest(value, _PLACE, (name,))

    # what

    def _epcs(self, name: str) -> None:
        value = self.fields[name]
        if not isinstance(value, list):
            self.found.no("type_list", name)
            return
        uri, level, places = judging.uri, judging.level, set()
        for i, epc in enumerate(value):
            if not isinstance(epc, str):
                self.found.no("null_value" if epc is None else "type_text", name, i)
                continue
            if code := uri(epc):
                self.found.no(code, name, i, value=epc)
            elif level(epc) == "class":
                self.found.no("piece_expected", name, i, value=epc)
            places.add(epc)
        if len(places) < len(value):
            self._repeated(name, value)

    def _repeated(self, name: str, value: list[Any]) -> None:
        known: set[str] = set()
        for i, epc in enumerate(value):
            if isinstance(epc, str):
                if epc in known:
                    self.found.no("repeated", name, i, value=epc)
                known.add(epc)

    def _quantities(self, name: str) -> None:
        value = self.fields[name]
        if not isinstance(value, list):
            self.found.no("type_list", name)
            return
        for i, element in enumerate(value):
            if isinstance(element, Mapping):
                self._quantity(element, name, i)
            else:
                self.found.no("type_object", name, i)

    def _quantity(self, element: Mapping[str, Any], *at: object) -> None:
        no = self.found.no
        kind = element.get("epcClass")
        if kind is None:
            no("field_missing", *at, "epcClass", value="epcClass")
        elif self.found.uri(kind, *at, "epcClass") and judging.level(kind) == "piece":
            no("class_expected", *at, "epcClass", value=kind)
        unit, number = element.get("uom"), element.get("quantity")
        if unit is not None:
            if not isinstance(unit, str):
                no("type_text", *at, "uom")
            elif code := judging.unit(unit):
                no(code, *at, "uom", value=unit)
            if "quantity" not in element:
                no("uom_without_quantity", *at, "uom")
        if "quantity" in element:
            if code := judging.figure(number, xml=self.xml):
                no(code, *at, "quantity", value=str(number))
            elif judging.negative(number):
                no("quantity_negative", *at, "quantity", value=str(number))
            elif unit is None and not judging.whole(number):
                no("count_not_whole", *at, "quantity", value=str(number))
        for key in element.keys() - _QUANTITY_FIELDS - SILENT:
            no("field_unknown", *at, key, value=key)

    def _pairs(self, name: str, each: str) -> None:
        value = self.fields[name]
        no = self.found.no
        if not isinstance(value, list):
            no("type_list", name)
            return
        for i, pair in enumerate(value):
            if not isinstance(pair, Mapping):
                no("type_object", name, i)
                continue
            if each not in pair:
                no("field_missing", name, i, each, value=each)
            else:
                self.found.uri(pair[each], name, i, each)
            if "type" in pair:
                self.found.word(pair["type"], _PAIR_VOCABULARIES[name], name, i, "type")
            elif name != "bizTransactionList":
                no("field_missing", name, i, "type", value="type")
            for key in pair.keys() - {each, "type"} - SILENT:
                no("field_unknown", name, i, key, value=key)

    def _sensors(self) -> None:
        value = self.fields["sensorElementList"]
        if not isinstance(value, list):
            self.found.no("type_list", "sensorElementList")
        elif not value:
            self.found.no("list_empty", "sensorElementList")
        else:
            for i, element in enumerate(value):
                sensor(self.found, element, i)

    def _ilmd(self) -> None:
        value = self.fields["ilmd"]
        if not isinstance(value, Mapping):
            self.found.no("type_object", "ilmd")
            return
        for name, inner in value.items():
            if name not in SILENT:
                self.found.extension(name, inner, ("ilmd", name), bare="extension_without_namespace")

    # the event as a whole

    def _some(self, *names: str) -> bool:
        return any(self.fields.get(n) for n in names)

    def _whole(self, kind: str) -> None:
        no, action = self.found.no, str(self.fields.get("action", "")).strip()
        if kind == shape.QUANTITY and self.xml:
            self._quantity({k: self.fields[k] for k in ("epcClass", "quantity") if k in self.fields})
        elif kind == shape.OBJECT:
            if not self._some("epcList", "quantityList", "sensorElementList"):
                no("what_missing")
            if "ilmd" in self.fields and action in ("OBSERVE", "DELETE"):
                no("ilmd_not_allowed", "ilmd")
        elif kind == shape.TRANSFORMATION:
            self._transformed()
        elif kind == shape.TRANSACTION:
            if not self._some("bizTransactionList"):
                no("field_missing", "bizTransactionList", value="bizTransactionList")
            if action != "DELETE" and not self._some("epcList", "quantityList", "parentID", "sensorElementList"):
                no("what_missing")
        elif kind in (shape.AGGREGATION, shape.ASSOCIATION):
            if not self._some("parentID") and (kind == shape.ASSOCIATION or action in ("ADD", "DELETE")):
                no("parent_missing", "parentID", value=action)
            if action != "DELETE" and not self._some("childEPCs", "childQuantityList"):
                no("what_missing")

    def _transformed(self) -> None:
        inputs, outputs = (
            self._some("inputEPCList", "inputQuantityList"),
            self._some("outputEPCList", "outputQuantityList"),
        )
        if self._some("transformationID"):
            if not inputs and not outputs:
                self.found.no("what_missing")
            return
        if not inputs:
            self.found.no("inputs_missing")
        if not outputs:
            self.found.no("outputs_missing")


_ALWAYS = frozenset({"type", "isA", "@context", "id"}) | SILENT | KEYWORDS
_ERROR = frozenset(shape.ERROR) | SILENT
_PLACE = frozenset({"id"}) | SILENT
_WITH_ACTION = frozenset({shape.OBJECT, shape.AGGREGATION, shape.TRANSACTION, shape.ASSOCIATION})
