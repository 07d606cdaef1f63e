"""
EPCIS: event hashes beside the reference implementation (epcis-event-hash-generator from PyPI), checks beside jsonschema. `python -m bench tracing_epcis`.

One hundred documents of two events each (all five types, quantities, sensors, extensions), drawn with a fixed seed, as JSON and as XML; everything from the
bytes on. Events per second of processor time, the best of three passes; caches of identifiers are filled by the first pass, as they are in a service, and the
row «cold» has them emptied before every pass. The schema that jsonschema judges by asks for less than our check: types, required fields, words, names.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Callable
from time import process_time
from typing import Any

from bench.ledger import Row

from pinzhi.life.tracing.rules.epcis import checking, identifiers, judging, shape, terms, values
from pinzhi.life.tracing.rules.epcis.hashing import event_hash
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.rules.epcis.writing import write
from pinzhi.life.tracing.rules.gs1.digits import check_digit

CONTEXT = "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"
DOCUMENTS, EVENTS = 100, 2
PEER_DOCUMENTS = 12
"""The reference needs about 7 ms an event."""


def drawn(chance: random.Random, kind: str) -> dict[str, Any]:
    """One event of a type."""

    def piece() -> str:
        body = f"690{chance.randrange(10**10):010d}"
        if chance.random() < 0.5:
            return f"urn:epc:id:sgtin:6901234.{chance.randrange(10**6):06d}.{chance.randrange(10**9)}"
        return f"https://id.gs1.org/01/{body}{check_digit(body)}/21/{chance.randrange(10**9)}"

    def lot() -> dict[str, Any]:
        name = f"urn:epc:class:lgtin:6901234.{chance.randrange(10**6):06d}.L{chance.randrange(999)}"
        return {"epcClass": name, "quantity": chance.randrange(1, 999) + 0.5, "uom": "KGM"}

    def place() -> dict[str, str]:
        return {"id": f"urn:epc:id:sgln:6901234.{chance.randrange(99999):05d}.0"}

    event: dict[str, Any] = {
        "type": kind,
        "eventTime": f"2026-0{chance.randrange(1, 10)}-1{chance.randrange(10)}T08:3{chance.randrange(10)}:00.{chance.randrange(999):03d}+08:00",
        "eventTimeZoneOffset": "+08:00",
        "bizStep": "inspecting",
        "disposition": "in_progress",
        "readPoint": place(),
        "bizLocation": place(),
        "bizTransactionList": [
            {"type": "po", "bizTransaction": f"urn:epcglobal:cbv:bt:6901234000009:{chance.randrange(9999)}"}
        ],
        "pz:shift": str(chance.randrange(1, 4)),
        "pz:crew": {"pz:lead": "W", "pz:size": str(chance.randrange(9))},
        "sensorElementList": [
            {
                "sensorMetadata": {"time": "2026-03-01T00:00:00Z", "deviceID": "urn:epc:id:giai:6901234.S1"},
                "sensorReport": [
                    {"type": "Temperature", "value": chance.randrange(80) / 10, "uom": "CEL"},
                    {"type": "RelativeHumidity", "value": chance.randrange(1000) / 10, "uom": "A93"},
                ],
            }
        ],
    }
    pieces, lots = [piece() for _ in range(6)], [lot(), lot()]
    event |= {
        "ObjectEvent": {"epcList": pieces, "quantityList": lots, "action": "OBSERVE"},
        "AggregationEvent": {"parentID": "urn:epc:id:sscc:6901234.0000000017", "childEPCs": pieces, "action": "ADD"},
        "TransactionEvent": {"epcList": pieces, "quantityList": lots, "action": "ADD"},
        "TransformationEvent": {"inputQuantityList": lots, "outputEPCList": pieces, "ilmd": {"cbvmda:lotNumber": "L7"}},
        "AssociationEvent": {"parentID": "urn:epc:id:grai:6901234.00001.9", "childEPCs": pieces, "action": "ADD"},
    }[kind]
    return event


def documents() -> list[bytes]:
    """The documents as JSON."""
    chance = random.Random(7)
    return [
        json.dumps(
            {
                "@context": [CONTEXT, {"pz": "https://ns.pinzhi.example/epcis/"}],
                "type": "EPCISDocument",
                "schemaVersion": "2.0",
                "creationDate": "2026-03-02T00:00:00Z",
                "epcisBody": {"eventList": [drawn(chance, chance.choice(shape.EVENTS)) for _ in range(EVENTS)]},
            }
        ).encode()
        for _ in range(DOCUMENTS)
    ]


def best(
    data: list[bytes], work: Callable[[bytes], Any], passes: int = 3, before: Callable[[], None] | None = None
) -> float:
    """Events per second of processor time, the best pass."""
    times = []
    for _ in range(passes):
        if before:
            before()
        start = process_time()
        for one in data:
            work(one)
        times.append(process_time() - start)
    return len(data) * EVENTS / min(times)


def hashed(data: bytes) -> list[str]:
    return [event_hash(e.fields, e.names, version="2.1") for e in read_document(data).events]


def checked(data: bytes) -> int:
    return len(checking.faults(read_document(data)))


def cold() -> None:
    """Empty every cache that knows values."""
    for cached in (
        identifiers.read,
        values.canonical,
        values.number,
        values.time,
        values.moment,
        judging.uri,
        judging.level,
        judging.word,
    ):
        cached.cache_clear()


def schema() -> dict[str, Any]:
    """What a JSON schema can say of it, in the shape of GS1's: fields by type, required ones, words or URIs, names with a prefix."""
    uri = {"type": "string", "pattern": "^[A-Za-z][A-Za-z0-9+.-]*:"}

    def words(found: frozenset[str]) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": sorted(found)}, uri]}

    def objects(**fields: Any) -> dict[str, Any]:
        return {"type": "array", "items": {"type": "object", "properties": fields, "additionalProperties": False}}

    time = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$"}
    fields: dict[str, Any] = {
        "eventTime": time,
        "eventTimeZoneOffset": {"type": "string", "pattern": r"^[+-](0\d|1[0-4]):[0-5]\d$"},
        "action": {"enum": sorted(shape.ACTIONS)},
        "bizStep": words(terms.BIZ_STEPS),
        "disposition": words(terms.DISPOSITIONS),
        "readPoint": {"type": "object", "properties": {"id": uri}, "required": ["id"]},
        "bizLocation": {"type": "object", "properties": {"id": uri}, "required": ["id"]},
        "parentID": uri,
        "bizTransactionList": objects(type=words(terms.TRANSACTION_TYPES), bizTransaction=uri),
        "ilmd": {"type": "object", "propertyNames": uri},
        "sensorElementList": objects(
            sensorMetadata={"type": "object", "properties": {"time": time, "deviceID": uri}},
            sensorReport=objects(type=words(terms.MEASUREMENTS), value={"type": "number"}, uom={"type": "string"}),
        ),
    }
    fields |= {name: {"type": "array", "items": uri, "uniqueItems": True} for name in shape.EPC_LISTS}
    quantity = objects(epcClass=uri, quantity={"type": "number"}, uom={"type": "string", "pattern": "^[A-Z0-9]{2,3}$"})
    fields |= dict.fromkeys(shape.QUANTITY_LISTS, quantity)
    kinds = [
        {
            "if": {"properties": {"type": {"const": kind}}},
            "then": {
                "properties": {n: f for n, f in fields.items() if n in shape.FIELDS[kind]},
                "required": ["eventTime", "eventTimeZoneOffset"],
                "propertyNames": {"anyOf": [{"enum": ["type", *shape.ORDER[kind]]}, uri]},
            },
        }
        for kind in shape.EVENTS
    ]
    events = {"type": "array", "items": {"type": "object", "required": ["type"], "allOf": kinds}}
    body = {"type": "object", "properties": {"eventList": events}, "required": ["eventList"]}
    return {"type": "object", "properties": {"epcisBody": body}, "required": ["@context", "type", "epcisBody"]}


def run() -> list[Row]:
    """All figures."""
    import jsonschema
    from epcis_event_hash_generator.hash_generator import epcis_hashes_from_events
    from epcis_event_hash_generator.json_to_py import event_list_from_epcis_document_str as read_json
    from epcis_event_hash_generator.xml_to_py import event_list_from_epcis_document_str as read_xml

    logging.disable(logging.CRITICAL)
    data = documents()
    as_xml = [write(read_document(d).events, "xml", created="2026-03-02T00:00:00Z").data for d in data]
    assert [hashed(x) for x in as_xml] == [hashed(d) for d in data], "JSON and XML of the same events"
    assert not any(map(checked, data)), "all documents are valid"
    validator = jsonschema.Draft7Validator(schema())
    assert all(map(validator.is_valid, map(json.loads, data))), "all documents are valid by the schema"
    few = data[:PEER_DOCUMENTS]
    peer_json = best(few, lambda d: epcis_hashes_from_events(read_json(d.decode())), passes=2)
    peer_xml = best(as_xml[:PEER_DOCUMENTS], lambda d: epcis_hashes_from_events(read_xml(d.decode())), passes=2)
    peer_schema = best(data, lambda d: list(validator.iter_errors(json.loads(d))), passes=2)
    reference, draft = "epcis-event-hash-generator 1.9.3", "jsonschema, less asked"
    return [
        Row("event hash from JSON", "events/s", best(data, hashed), peer_json, reference),
        Row("event hash from JSON, cold", "events/s", best(data, hashed, before=cold), peer_json, reference),
        Row("event hash from XML", "events/s", best(as_xml, hashed), peer_xml, reference),
        Row("check of JSON", "events/s", best(data, checked), peer_schema, draft),
        Row("check of JSON, cold", "events/s", best(data, checked, before=cold), peer_schema, draft),
        Row("check of XML", "events/s", best(as_xml, checked), 0, "none"),
    ]
