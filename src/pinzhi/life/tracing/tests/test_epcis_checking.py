"""The checks: what the standard allows passes, what it does not is refused with its place, in JSON and in XML."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from pinzhi.life.tracing.rules.epcis import checking
from pinzhi.life.tracing.rules.epcis.faults import FAULTS, sentence
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.rules.epcis.shape import EVENTS
from pinzhi.life.tracing.tests.epcis_events import OURS, XML_OBJECT, base, document, events, xml
from pinzhi.life.tracing.tests.test_epcis_hash import FULL


def found(data, **options):
    return [(f.code, f.path) for f in checking.faults(read_document(data), **options) if not f.warning]


def warned(data, **options):
    return [(f.code, f.path) for f in checking.faults(read_document(data), **options) if f.warning]


def at(*places):
    return [(code, f"/epcisBody/eventList/0{path}") for code, path in places]


@pytest.mark.parametrize("kind", EVENTS)
def test_plain_events_pass(kind):
    assert found(document(base(kind))) == []


def test_an_event_with_everything_passes():
    assert found(document(FULL)) == []
    assert warned(document(FULL)) == []


@settings(max_examples=40, deadline=None)
@given(events())
def test_drawn_events_pass(event):
    assert found(document(event)) == []


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        # words
        ({"bizStep": "flying"}, [("word_unknown", "/bizStep")]),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:flying"}, [("word_unknown", "/bizStep")]),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-flying"}, [("word_unknown", "/bizStep")]),
        ({"bizStep": "cbv:BizStep-flying"}, [("word_unknown", "/bizStep")]),
        ({"bizStep": "in_transit"}, [("word_unknown", "/bizStep")]),
        ({"bizStep": 7}, [("type_text", "/bizStep")]),
        ({"bizStep": "https://ns.pinzhi.example/step/flying"}, []),
        ({"disposition": "lost"}, [("word_unknown", "/disposition")]),
        ({"persistentDisposition": {"set": ["lost"]}}, [("word_unknown", "/persistentDisposition/set/0")]),
        ({"persistentDisposition": {}}, [("list_empty", "/persistentDisposition")]),
        ({"persistentDisposition": {"set": "recalled"}}, [("type_list", "/persistentDisposition/set")]),
        (
            {"persistentDisposition": {"set": ["recalled"], "unset": ["recalled"]}},
            [("disposition_set_and_unset", "/persistentDisposition/unset/0")],
        ),
        ({"action": "CREATE"}, [("action", "/action")]),
        ({"action": "add"}, [("action", "/action")]),
        ({"action": None}, [("field_missing", "/action")]),
        # times
        ({"eventTime": None}, [("field_missing", "/eventTime")]),
        ({"eventTime": "22-07-2026"}, [("time_form", "/eventTime")]),
        ({"eventTime": "2026-03-01T08:30:00"}, [("time_form", "/eventTime")]),
        ({"eventTime": "2026-02-30T08:30:00Z"}, [("time_form", "/eventTime")]),
        ({"eventTime": 1772325000}, [("type_text", "/eventTime")]),
        ({"eventTimeZoneOffset": None}, [("field_missing", "/eventTimeZoneOffset")]),
        ({"eventTimeZoneOffset": "Z"}, [("offset_form", "/eventTimeZoneOffset")]),
        ({"eventTimeZoneOffset": "+8:00"}, [("offset_form", "/eventTimeZoneOffset")]),
        ({"eventTimeZoneOffset": "+14:30"}, [("offset_form", "/eventTimeZoneOffset")]),
        ({"recordTime": "yesterday"}, [("time_form", "/recordTime")]),
        # identifiers
        ({"epcList": ["https://id.gs1.org/01/06901234567893/21/A"]}, [("check_digit", "/epcList/0")]),
        ({"epcList": ["https://id.gs1.org/00/069012340000000178"]}, [("check_digit", "/epcList/0")]),
        ({"epcList": ["https://id.gs1.org/8003/06901234000015A"]}, [("check_digit", "/epcList/0")]),
        ({"epcList": ["https://id.gs1.org/01/06901234567892/21/A/10/B"]}, [("link_order", "/epcList/0")]),
        ({"epcList": ["urn:epc:id:sgtin:6901234.0567.A"]}, [("epc_syntax", "/epcList/0")]),
        ({"epcList": ["A1"]}, [("uri_form", "/epcList/0")]),
        ({"epcList": ["a:1", None, 7]}, [("null_value", "/epcList/1"), ("type_text", "/epcList/2")]),
        ({"epcList": ["a:1", "a:1"]}, [("repeated", "/epcList/1")]),
        ({"epcList": "a:1"}, [("type_list", "/epcList")]),
        ({"readPoint": {"id": "https://id.gs1.org/414/6901234000055"}}, [("check_digit", "/readPoint/id")]),
        ({"readPoint": "urn:epc:id:sgln:6901234.00005.0"}, [("type_object", "/readPoint")]),
        ({"bizLocation": {}}, [("field_missing", "/bizLocation/id")]),
        ({"certificationInfo": 42}, [("type_text", "/certificationInfo")]),
        ({"certificationInfo": ["https://c.example/1", "c"]}, [("uri_form", "/certificationInfo/1")]),
        # what
        ({"epcList": None}, [("what_missing", "")]),
        ({"epcList": []}, [("what_missing", "")]),
        ({"epcList": [], "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4}]}]}, []),
        ({"ilmd": {"pz:a": "1"}}, [("ilmd_not_allowed", "/ilmd")]),
        ({"action": "ADD", "ilmd": {"materialType": "cotton"}}, [("extension_without_namespace", "/ilmd/materialType")]),
        ({"action": "ADD", "ilmd": {"no:a": "1"}}, [("prefix_undeclared", "/ilmd/no:a")]),
        ({"parentID": "a:1"}, [("field_not_allowed", "/parentID")]),
        ({"madeUp": "1"}, [("field_unknown", "/madeUp")]),
        ({"epcis:madeUp": "1"}, [("field_unknown", "/epcis:madeUp")]),
        ({"no:x": "1"}, [("prefix_undeclared", "/no:x")]),
        ({"pz:x": {"no:y": "1"}}, [("prefix_undeclared", "/pz:x/no:y")]),
        ({"pz:x": {"@context": {"no": "https://no.example/"}, "no:y": "1"}}, []),
        ({"@context": {"no": "https://no.example/"}, "no:x": "1"}, []),
        ({"bizStep": None, "disposition": "active"}, []),
        # quantities
        ({"quantityList": [{"quantity": 1}]}, [("field_missing", "/quantityList/0/epcClass")]),
        (
            {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L", "quantity": "5"}]},
            [("type_number", "/quantityList/0/quantity")],
        ),
        (
            {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L", "quantity": True}]},
            [("type_number", "/quantityList/0/quantity")],
        ),
        (
            {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L", "quantity": -1}]},
            [("quantity_negative", "/quantityList/0/quantity")],
        ),
        (
            {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L", "uom": "KGM"}]},
            [("uom_without_quantity", "/quantityList/0/uom")],
        ),
        (
            {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L", "quantity": 1.5, "uom": "kg"}]},
            [("uom_form", "/quantityList/0/uom")],
        ),
        (
            {"quantityList": [{"epcClass": "urn:epc:class:lgtin:6901234.056789.L", "colour": "red"}]},
            [("field_unknown", "/quantityList/0/colour")],
        ),
        # transactions and parties
        ({"bizTransactionList": [{"type": "po"}]}, [("field_missing", "/bizTransactionList/0/bizTransaction")]),
        ({"bizTransactionList": [{"type": "xx", "bizTransaction": "a:1"}]}, [("word_unknown", "/bizTransactionList/0/type")]),
        ({"bizTransactionList": [{"bizTransaction": "a:1"}]}, []),
        ({"sourceList": [{"source": "a:1"}]}, [("field_missing", "/sourceList/0/type")]),
        ({"sourceList": [{"type": "place", "source": "a:1"}]}, [("word_unknown", "/sourceList/0/type")]),
        ({"destinationList": [{"type": "location"}]}, [("field_missing", "/destinationList/0/destination")]),
        # sensors
        ({"sensorElementList": []}, [("list_empty", "/sensorElementList")]),
        ({"sensorElementList": [{}]}, [("field_missing", "/sensorElementList/0/sensorReport")]),
        ({"sensorElementList": [{"sensorReport": [{"value": 4}]}]}, [("field_missing", "/sensorElementList/0/sensorReport/0/type")]),
        (
            {"sensorElementList": [{"sensorReport": [{"type": "Heat", "value": "4", "booleanValue": "yes", "hexBinaryValue": "xy"}]}]},
            [
                ("word_unknown", "/sensorElementList/0/sensorReport/0/type"),
                ("type_number", "/sensorElementList/0/sensorReport/0/value"),
                ("type_boolean", "/sensorElementList/0/sensorReport/0/booleanValue"),
                ("type_hex", "/sensorElementList/0/sensorReport/0/hexBinaryValue"),
            ],
        ),
        (
            {"sensorElementList": [{"sensorMetadata": {"time": "noon", "who": "me"}, "sensorReport": [{"type": "Temperature"}]}]},
            [
                ("time_form", "/sensorElementList/0/sensorMetadata/time"),
                ("field_unknown", "/sensorElementList/0/sensorMetadata/who"),
            ],
        ),
        # declarations of error
        ({"errorDeclaration": {}}, [("field_missing", "/errorDeclaration/declarationTime")]),
        (
            {"errorDeclaration": {"declarationTime": "2026-03-02T00:00:00Z", "reason": "typo", "correctiveEventIDs": ["7"]}},
            [("word_unknown", "/errorDeclaration/reason"), ("uri_form", "/errorDeclaration/correctiveEventIDs/0")],
        ),
    ],
)  # fmt: skip
def test_object_events(fields, expected):
    assert found(document(base(**fields))) == at(*expected)


@pytest.mark.parametrize(
    ("kind", "fields", "expected"),
    [
        ("AggregationEvent", {"parentID": None}, [("parent_missing", "/parentID")]),
        ("AggregationEvent", {"parentID": None, "action": "OBSERVE"}, []),
        ("AggregationEvent", {"childEPCs": None}, [("what_missing", "")]),
        ("AggregationEvent", {"childEPCs": [], "action": "DELETE"}, []),
        ("AggregationEvent", {"epcList": ["a:1"]}, [("field_not_allowed", "/epcList")]),
        ("AssociationEvent", {"parentID": None, "action": "OBSERVE"}, [("parent_missing", "/parentID")]),
        ("TransactionEvent", {"bizTransactionList": None}, [("field_missing", "/bizTransactionList")]),
        ("TransactionEvent", {"bizTransactionList": []}, [("field_missing", "/bizTransactionList")]),
        ("TransactionEvent", {"epcList": []}, [("what_missing", "")]),
        ("TransactionEvent", {"epcList": [], "action": "DELETE"}, []),
        ("TransformationEvent", {"inputQuantityList": None}, [("inputs_missing", "")]),
        ("TransformationEvent", {"outputEPCList": []}, [("outputs_missing", "")]),
        ("TransformationEvent", {"outputEPCList": None, "transformationID": "a:1"}, []),
        ("TransformationEvent", {"action": "ADD"}, [("field_not_allowed", "/action")]),
        ("TransformationEvent", {"ilmd": {"pz:a": "1"}}, []),
    ],
)
def test_the_other_types(kind, fields, expected):
    assert found(document(base(kind, **fields))) == at(*expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"type": None}, [("field_missing", "/type")]),
        ({"type": "QuantityEvent"}, [("event_type", "/type")]),
        ({"type": "objectEvent"}, [("event_type", "/type")]),
        ({"type": "pz:Weighing", "pz:kg": "4"}, []),
        ({"type": "no:Weighing"}, [("prefix_undeclared", "/type")]),
    ],
)
def test_types_of_events(fields, expected):
    assert found(document(base(**fields))) == at(*expected)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"@context": None}, [("context_missing", "/@context")]),
        ({"type": "Document"}, [("document_type", "/type")]),
        ({"schemaVersion": None}, [("field_missing", "/schemaVersion")]),
        ({"schemaVersion": "1.2"}, [("schema_version", "/schemaVersion")]),
        ({"creationDate": "today"}, [("time_form", "/creationDate")]),
        ({"creationDate": None}, [("field_missing", "/creationDate")]),
        ({"made": 1}, [("field_unknown", "/made")]),
        ({"no:x": 1}, [("prefix_undeclared", "/no:x")]),
        ({"pz:x": 1, "sender": "urn:epc:id:sgln:6901234.00005.0"}, []),
        ({"epcisBody": {}}, [("field_missing", "/epcisBody/eventList")]),
        ({"epcisBody": {"eventList": {}}}, [("type_list", "/epcisBody/eventList")]),
        ({"epcisBody": []}, [("type_object", "/epcisBody")]),
        ({"epcisBody": None}, [("field_missing", "/epcisBody")]),
        (
            {"epcisHeader": {"epcisMasterData": {"vocabularyList": [{"vocabularyElementList": [{"id": "x"}, {}]}]}}},
            [
                ("uri_form", "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/0/id"),
                ("field_missing", "/epcisHeader/epcisMasterData/vocabularyList/0/vocabularyElementList/1/id"),
            ],
        ),
    ],
)
def test_documents(fields, expected):
    events = [] if fields.get("@context", 1) is not None else [base()]
    assert found(document(*events, **fields)) == expected


def test_query_documents():
    body = {"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [base(action="X")]}}}
    data = document(type="EPCISQueryDocument", epcisBody=body)
    assert found(data) == [("action", "/epcisBody/queryResults/resultsBody/eventList/0/action")]
    assert found(document(type="EPCISQueryDocument", epcisBody={"eventList": []})) == [
        ("field_unknown", "/epcisBody/eventList"),
        ("field_missing", "/epcisBody/queryResults"),
    ]


def test_an_event_by_itself_and_a_list_of_events():
    assert found(json.dumps(base(action="X")).encode()) == [("action", "/action")]
    assert found(json.dumps([base(), base(action="X")]).encode()) == [("action", "/1/action")]


def test_the_same_event_id_twice_but_not_with_its_declaration_of_error():
    declared = {"errorDeclaration": {"declarationTime": "2026-03-02T00:00:00Z"}}
    twice = document(base(eventID="urn:uuid:1"), base(eventID="urn:uuid:1", **declared))
    assert found(twice) == []
    thrice = document(base(eventID="urn:uuid:1"), base(eventID="urn:uuid:2"), base(eventID="urn:uuid:1"))
    assert found(thrice) == [("event_id_repeated", "/epcisBody/eventList/2/eventID")]


def test_what_is_only_said():
    late = datetime(2026, 3, 1, tzinfo=UTC)
    assert warned(document(base()), as_of=late) == at(("time_future", "/eventTime"))
    assert warned(document(base()), as_of=datetime(2026, 3, 2, tzinfo=UTC)) == []
    lot = "urn:epc:class:lgtin:6901234.056789.L"
    assert warned(document(base(epcList=[lot]))) == at(("piece_expected", "/epcList/0"))
    piece = {"epcClass": "urn:epc:id:sgtin:6901234.056789.L"}
    assert warned(document(base(quantityList=[piece]))) == at(("class_expected", "/quantityList/0/epcClass"))
    assert warned(document(base(quantityList=[{"epcClass": lot, "quantity": 1.5}]))) == at(
        ("count_not_whole", "/quantityList/0/quantity")
    )
    assert warned(document(base(**{"pz:x": {"y": "1"}}))) == at(("name_unmapped", "/pz:x/y"))
    assert warned(document(base(**{"far:x": "1"}), context=["https://far.example/context.jsonld"])) == at(
        ("prefix_undeclared", "/far:x")
    )


# --- XML ----------------------------------------------------------------------------------------------------------------------------------

PLACE = "/EPCISDocument/EPCISBody/EventList/ObjectEvent[1]"


@pytest.mark.parametrize(
    ("inside", "expected"),
    [
        ("", []),
        ("<pz:x pz:y='1'><pz:z>2</pz:z></pz:x>", []),
        ("<bizStep>shipping</bizStep>", [("word_bare", "/bizStep")]),
        ("<bizStep>urn:epcglobal:cbv:bizstep:flying</bizStep>", [("word_unknown", "/bizStep")]),
        ("<madeUp>1</madeUp>", [("field_unknown", "/madeUp")]),
        ("<disposition>https://ns.example/a</disposition><bizStep>https://ns.example/b</bizStep>", [("xml_order", "/bizStep")]),
        ("<action>ADD</action>", [("xml_repeated", "/action")]),
        ("<readPoint><id>https://id.gs1.org/414/6901234000055</id></readPoint>", [("check_digit", "/readPoint/id")]),
        (
            ("<quantityList><quantityElement><epcClass>urn:epc:class:lgtin:6901234.056789.L</epcClass><quantity>many</quantity>"
            "</quantityElement></quantityList>"),
            [("type_number", "/quantityList/quantityElement[1]/quantity")],
        ),
        ("<sourceList><source type='urn:epcglobal:cbv:sdt:place'>a:1</source></sourceList>", [("word_unknown", "/sourceList/source[1]/@type")]),
        ("<sourceList><source type='urn:epcglobal:cbv:sdt:location'>x</source></sourceList>", [("uri_form", "/sourceList/source[1]")]),
        (
            "<sensorElementList><sensorElement><sensorReport type='gs1:Temperature' value='warm'/></sensorElement></sensorElementList>",
            [("type_number", "/sensorElementList/sensorElement[1]/sensorReport[1]/@value")],
        ),
        (
            "<persistentDisposition><set>urn:epcglobal:cbv:disp:lost</set></persistentDisposition>",
            [("word_unknown", "/persistentDisposition/set[1]")],
        ),
        ("<extension><extension><madeUp/></extension></extension>", []),
    ],
)  # fmt: skip
def test_xml(inside, expected):
    assert found(xml(XML_OBJECT.format(inside))) == [(code, PLACE + path) for code, path in expected]


def test_xml_of_the_document():
    assert found(xml().replace(b'schemaVersion="2.0"', b'schemaVersion="3.0"')) == [
        ("schema_version", "/EPCISDocument/@schemaVersion")
    ]
    assert found(b"<note/>")[0] == ("xml_root", "/note")
    second = XML_OBJECT.format("") + XML_OBJECT.replace("OBSERVE", "SEE").format("")
    assert found(xml(second)) == [("action", PLACE.replace("[1]", "[2]") + "/action")]
    header = "<EPCISHeader><extension><EPCISMasterData><VocabularyList><Vocabulary><VocabularyElementList><VocabularyElement/>"
    header += "</VocabularyElementList></Vocabulary></VocabularyList></EPCISMasterData></extension></EPCISHeader>"
    assert [c for c, _ in found(xml(header=header))] == ["field_missing", "field_missing"]


def test_quantity_events_of_edition_1():
    event = (
        "<QuantityEvent><eventTime>2010-01-01T00:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
        "<epcClass>urn:epc:idpat:sgtin:6901234.056789.*</epcClass><quantity>{}</quantity></QuantityEvent>"
    )
    assert found(xml(event.format(20), version="1.2")) == []
    assert [c for c, _ in warned(xml(event.format(20), version="1.2"))] == ["event_type_withdrawn"]
    assert [c for c, _ in found(xml(event.format("x"), version="1.2"))] == ["type_number"]


def test_every_sentence_is_in_both_languages_and_names_its_value():
    data = document(base(bizStep="flying", **{OURS + "fine": "1"}))
    (fault,) = checking.faults(read_document(data))
    assert sentence(fault).zh == "CBV 中没有「flying」"
    assert sentence(fault).en == "the CBV has no word «flying»"
    assert all("{value}" not in t.zh or "{value}" in t.en for t in FAULTS.values())
