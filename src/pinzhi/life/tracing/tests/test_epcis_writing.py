"""Conversion: the hash of every event stays the same in both directions, and what the other form cannot hold is named, not lost."""

import json

import pytest
from hypothesis import given, settings

from pinzhi.life.tracing.rules.epcis import checking
from pinzhi.life.tracing.rules.epcis.hashing import event_hash
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.rules.epcis.writing import write
from pinzhi.life.tracing.tests.epcis_events import XML_OBJECT, base, document, events, xml
from pinzhi.life.tracing.tests.test_epcis_hash import FULL

CREATED = "2026-03-02T00:00:00Z"


def hashes(data):
    return [event_hash(e.fields, e.names) for e in read_document(data).events]


def faults(data):
    return [f for f in checking.faults(read_document(data)) if not f.warning]


def there_and_back(data):
    before = hashes(data)
    as_xml = write(read_document(data).events, "xml", created=CREATED)
    assert as_xml.left_out == []
    assert hashes(as_xml.data) == before
    as_json = write(read_document(as_xml.data).events, "json", created=CREATED)
    assert as_json.left_out == []
    assert hashes(as_json.data) == before
    return as_xml.data, as_json.data


def test_an_event_with_everything():
    as_xml, as_json = there_and_back(document(FULL))
    assert faults(as_xml) == faults(as_json) == []
    (event,) = json.loads(as_json)["epcisBody"]["eventList"]
    assert event["bizStep"] == "commissioning"
    assert event["inputQuantityList"][0] == {
        "epcClass": "urn:epc:class:lgtin:6901234.056789.L1",
        "quantity": 5.5,
        "uom": "KGM",
    }
    assert event["sensorElementList"][0]["sensorReport"][0]["type"] == "Temperature"
    assert event["ilmd"] == {"cbvmda:lotNumber": "L2", "ext1:best": "2027-03-01"}
    assert event["errorDeclaration"] == {"declarationTime": "2026-03-04T00:00:00Z"}
    assert event["eventID"] == "urn:uuid:1"


@settings(max_examples=60, deadline=None)
@given(events(), events())
def test_any_valid_events_there_and_back(one, other):
    as_xml, as_json = there_and_back(document(one, other))
    assert faults(as_xml) == faults(as_json) == []


def test_edition_1_2_becomes_edition_2_0():
    wrapped = XML_OBJECT.format("<extension><ilmd><pz:a unit='KGM'>1</pz:a></ilmd></extension>").replace(
        "OBSERVE", "ADD"
    )
    data = xml(wrapped, version="1.2")
    as_xml, as_json = there_and_back(data)
    assert b"<extension>" not in as_xml
    assert json.loads(as_json)["epcisBody"]["eventList"][0]["ilmd"] == {"ext1:a": {"#text": "1", "unit": "KGM"}}


def test_types_and_contexts_of_ones_own():
    own = base(type="pz:Weighing", **{"@context": {"w": "https://w.example/"}, "w:kg": {"w:net": [1.50, True]}})
    there_and_back(document(own))


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"no:x": "1"}, "no:x"),
        ({"pz:2x": "1"}, "{https://ns.pinzhi.example/epcis/}2x"),
        ({"pz:x": "\x01"}, "'\\x01'"),
        ({"pz:x": {"@id": "a:1"}}, "@id"),
        (
            {"sensorElementList": [{"sensorReport": [{"type": "Temperature", "pz:x": ["1", "2"]}]}]},
            "{https://ns.pinzhi.example/epcis/}x",
        ),
        ({"epcList": "a:1"}, "a:1"),
        ({"readPoint": 7}, "[7]"),
    ],
)
def test_what_xml_cannot_hold_is_named_and_the_rest_written(fields, named):
    found = write(read_document(document(base(**fields), base())).events, "xml", created=CREATED)
    assert [(f.code, f.path, f.value) for f in found.left_out] == [("not_writable", "/epcisBody/eventList/0", named)]
    assert (found.events, hashes(found.data)) == (1, hashes(document(base())))
