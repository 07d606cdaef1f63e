"""The event hash: own vectors, confirmed text by text against the order of CBV 2.0; the same event in other clothes; the published facts about keys."""

import json
import random
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.life.tracing.rules.epcis import identifiers, values
from pinzhi.life.tracing.rules.epcis.hashing import event_hash, prehash
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.tests.epcis_events import OURS, XML_OBJECT, base, document, events, xml


def hashes(data, **options):
    return [event_hash(e.fields, e.names, **options) for e in read_document(data).events]


def texts(data, **options):
    return [prehash(e.fields, e.names, **options) for e in read_document(data).events]


PLAIN = (
    "eventType=ObjectEventeventTime=2026-03-01T00:30:00.000ZeventTimeZoneOffset=+08:00"
    "epcListepc=https://id.gs1.org/01/06901234567892/21/A1action=OBSERVE"
)


def test_a_plain_event():
    assert texts(document(base())) == [PLAIN]
    assert hashes(document(base())) == [f"ni:///sha-256;{sha256(PLAIN.encode()).hexdigest()}?ver=CBV2.0"]
    assert hashes(document(base())) == [
        "ni:///sha-256;0115658e5b7d9cc3d97745ddc4e3abc1a8d7785a0de1207eac0acb2776e3dac4?ver=CBV2.0"
    ]


FULL = base(
    "TransformationEvent",
    eventTime="2026-03-01T08:30:00.1415+08:00",
    inputQuantityList=[
        {"epcClass": "urn:epc:class:lgtin:6901234.056789.L1", "quantity": 5.50, "uom": "KGM"},
        {"epcClass": "https://id.pinzhi.example/01/06901234567892/10/L0?17=270101", "quantity": 20},
    ],
    transformationID="urn:epc:id:gdti:6901234.00001.7",
    bizStep="commissioning",
    disposition="in_progress",
    persistentDisposition={"unset": ["completeness_inferred"], "set": ["conformant", "available"]},
    readPoint={"id": "urn:epc:id:sgln:6901234.00001.0", "pz:gate": "G2"},
    bizLocation={"id": "urn:epc:id:sgln:6901234.00001.D7"},
    bizTransactionList=[
        {"type": "prodorder", "bizTransaction": "urn:epc:id:gdti:6901234.00002.8"},
        {"bizTransaction": "https://tx.pinzhi.example/9"},
    ],
    sourceList=[{"type": "owning_party", "source": "urn:epc:id:pgln:6901234.00000"}],
    destinationList=[{"type": "location", "destination": "urn:epc:id:sgln:6901234.00003.0"}],
    sensorElementList=[
        {
            "sensorMetadata": {
                "time": "2026-03-01T00:00:00Z",
                "deviceID": "urn:epc:id:giai:6901234.S1",
                "pz:cal": "2025",
            },
            "sensorReport": [
                {"type": "Temperature", "value": 4.0, "uom": "CEL", "pz:cv": "0.10"},
                {"type": "gs1:RelativeHumidity", "value": 61.50, "uom": "A93"},
            ],
            "pz:rack": {"pz:row": "3", "pz:col": ["B", "A"]},
        }
    ],
    ilmd={"cbvmda:lotNumber": "L2", "pz:best": "2027-03-01"},
    certificationInfo="https://cert.pinzhi.example/1",
    eventID="urn:uuid:1",
    recordTime="2026-03-03T00:00:00Z",
    errorDeclaration={"declarationTime": "2026-03-04T00:00:00Z"},
    **{"pz:shift": "2", "rdfs:comment": "told to people"},
)
FULL_TEXT = (
    "eventType=TransformationEventeventTime=2026-03-01T00:30:00.142ZeventTimeZoneOffset=+08:00"
    "inputQuantityListquantityElementepcClass=https://id.gs1.org/01/06901234567892/10/L0quantity=20"
    "quantityElementepcClass=https://id.gs1.org/01/06901234567892/10/L1quantity=5.5uom=KGM"
    "outputEPCListepc=https://id.gs1.org/01/06901234567892/21/A1"
    "transformationID=https://id.gs1.org/253/69012340000167"
    "bizStep=https://ref.gs1.org/cbv/BizStep-commissioningdisposition=https://ref.gs1.org/cbv/Disp-in_progress"
    "persistentDispositionset=https://ref.gs1.org/cbv/Disp-availableset=https://ref.gs1.org/cbv/Disp-conformant"
    "unset=https://ref.gs1.org/cbv/Disp-completeness_inferred"
    "readPointid=https://id.gs1.org/414/6901234000016bizLocationid=https://id.gs1.org/414/6901234000016/254/D7"
    "bizTransactionListbizTransaction=https://tx.pinzhi.example/9"
    "type=https://ref.gs1.org/cbv/BTT-prodorderbizTransaction=https://id.gs1.org/253/69012340000238"
    "sourceListtype=https://ref.gs1.org/cbv/SDT-owning_partysource=https://id.gs1.org/417/6901234000009"
    "destinationListtype=https://ref.gs1.org/cbv/SDT-locationdestination=https://id.gs1.org/414/6901234000030"
    "sensorElementsensorMetadatatime=2026-03-01T00:00:00.000ZdeviceID=https://id.gs1.org/8004/6901234S1"
    "sensorReporttype=https://ref.gs1.org/voc/RelativeHumidityvalue=61.5uom=A93"
    "sensorReporttype=https://ref.gs1.org/voc/Temperaturevalue=4uom=CEL"
    f"ilmd{{{OURS}}}best=2027-03-01{{urn:epcglobal:cbv:mda}}lotNumber=L2"
    f"readPoint{{{OURS}}}gate=G2"
    f"sensorElementsensorMetadata{{{OURS}}}cal=2025sensorReport{{{OURS}}}cv=0.1"
    f"{{{OURS}}}rack{{{OURS}}}col=A{{{OURS}}}col=B{{{OURS}}}row=3"
    f"{{{OURS}}}shift=2"
)


def test_every_field_in_its_place():
    assert texts(document(FULL)) == [FULL_TEXT]


def test_cbv_2_1_names_the_list_and_keeps_extensions_in_their_field():
    (text,) = texts(document(FULL), version="2.1")
    assert f"readPointid=https://id.gs1.org/414/6901234000016{{{OURS}}}gate=G2bizLocation" in text
    assert (
        f"sensorElementListsensorElementsensorMetadatatime=2026-03-01T00:00:00.000ZdeviceID=https://id.gs1.org/8004/6901234S1{{{OURS}}}cal=2025sensorReport"
        in text
    )
    assert text.endswith(f"ilmd{{{OURS}}}best=2027-03-01{{urn:epcglobal:cbv:mda}}lotNumber=L2{{{OURS}}}shift=2")
    assert hashes(document(FULL), version="2.1")[0].endswith("?ver=CBV2.1")


def test_json_and_xml_of_the_same_event():
    (event,) = texts(
        xml(
            XML_OBJECT.format(
                "<bizStep>urn:epcglobal:cbv:bizstep:shipping</bizStep><readPoint><id>urn:epc:id:sgln:6901234.00001.0</id>"
                "<pz:gate>G2</pz:gate></readPoint><quantityList><quantityElement><epcClass>urn:epc:class:lgtin:6901234.056789.L1</epcClass>"
                "<quantity>7.500</quantity><uom>KGM</uom></quantityElement></quantityList><sensorElementList><sensorElement>"
                '<sensorMetadata time="2026-03-01T08:00:00+08:00" pz:cal="2025"/><sensorReport type="gs1:Temperature" value="4.0" uom="CEL"/>'
                "</sensorElement></sensorElementList><ilmd><cbvmda:lotNumber>L2</cbvmda:lotNumber></ilmd>"
                '<pz:weight unit="KGM">3.50</pz:weight><pz:tag>a</pz:tag><pz:tag>b</pz:tag>'
            )
        )
    )
    same = base(
        bizStep="shipping",
        readPoint={"id": "urn:epc:id:sgln:6901234.00001.0", "pz:gate": "G2"},
        quantityList=[{"epcClass": "urn:epc:class:lgtin:6901234.056789.L1", "quantity": 7.5, "uom": "KGM"}],
        sensorElementList=[
            {
                "sensorMetadata": {"time": "2026-03-01T00:00:00.000Z", "pz:cal": "2025"},
                "sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}],
            }
        ],
        ilmd={"cbvmda:lotNumber": "L2"},
        **{"pz:weight": {"#text": "3.5", "unit": "KGM"}, "pz:tag": ["b", "a"]},
    )
    assert [event] == texts(document(same))


def test_edition_1_2_wraps_what_edition_2_0_does_not():
    wrapped = XML_OBJECT.replace(
        "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset>",
        "<eventTimeZoneOffset>+08:00</eventTimeZoneOffset><baseExtension><eventID>urn:uuid:1</eventID></baseExtension>",
    ).format("<extension><ilmd><cbvmda:lotNumber>L2</cbvmda:lotNumber></ilmd></extension>")
    flat = XML_OBJECT.format("<ilmd><cbvmda:lotNumber>L2</cbvmda:lotNumber></ilmd>")
    assert hashes(xml(wrapped, version="1.2")) == hashes(xml(flat))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"eventTime": "2026-03-01T08:30:00+08:00"}, {"eventTime": "2026-03-01T00:30:00.0001Z"}),
        ({"bizStep": "shipping"}, {"bizStep": "urn:epcglobal:cbv:bizstep:shipping"}),
        ({"bizStep": "shipping"}, {"bizStep": "cbv:BizStep-shipping"}),
        ({"bizStep": "shipping"}, {"bizStep": " https://ref.gs1.org/cbv/BizStep-shipping "}),
        ({"epcList": ["a:1", "a:2"]}, {"epcList": ["a:2", "a:1"]}),
        (
            {"epcList": ["urn:epc:id:sgtin:6901234.056789.A1"]},
            {"epcList": ["http://x.example/a/01/6901234567892/21/A1?q=1"]},
        ),
        ({"pz:x": "7"}, {"pz:x": "7.000"}),
        ({"pz:x": 7}, {"pz:x": "+7"}),
        ({"pz:x": True}, {"pz:x": "true"}),
        ({"pz:x": "1"}, {OURS + "x": "1"}),
        ({"pz:x": "1"}, {"@context": {"other": OURS}, "other:x": "1"}),
        ({"pz:x": {"pz:a": "1", "pz:b": "2"}}, {"pz:x": {"pz:b": "2", "pz:a": "1"}}),
        (
            {},
            {"eventID": "urn:uuid:7", "recordTime": "2026-03-01T09:00:00Z", "certificationInfo": "https://c.example/1"},
        ),
        ({}, {"errorDeclaration": {"declarationTime": "2026-03-01T09:00:00Z"}, "rdfs:comment": "x"}),
        ({}, {"quantityList": [], "readPoint": {}, "bizTransactionList": [], "pz:list": []}),
        (
            {"ilmd": {"cbvmda:lotNumber": "1"}},
            {"@context": {"m": "urn:epcglobal:cbv:mda"}, "ilmd": {"m:lotNumber": "1"}},
        ),
    ],
)
def test_the_same_event_in_other_words(one, other):
    assert hashes(document(base(**one))) == hashes(document(base(**other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"eventTime": "2026-03-01T08:30:00+08:00"}, {"eventTime": "2026-03-01T08:30:00.001+08:00"}),
        ({}, {"eventTimeZoneOffset": "+07:00"}),
        ({}, {"action": "DELETE"}),
        ({"pz:x": "12E5"}, {"pz:x": "1200000"}),
        ({"pz:x": "1"}, {"pz:y": "1"}),
        ({"pz:x": ""}, {}),
        ({"epcList": ["a:1"]}, {"epcList": ["a:1", "a:1"]}),
    ],
)
def test_another_event(one, other):
    assert hashes(document(base(**one))) != hashes(document(base(**other)))


def test_a_field_that_a_repository_added_can_be_left_out():
    data = document(base(**{"pz:stored": "2026"}))
    assert hashes(data, ignore=frozenset({f"{{{OURS}}}stored"})) == hashes(document(base()))


def test_query_documents_single_events_and_lists():
    event = base()
    query = document(
        type="EPCISQueryDocument",
        epcisBody={"queryResults": {"queryName": "SimpleEventQuery", "resultsBody": {"eventList": [event, event]}}},
    )
    one = hashes(document(event))
    assert hashes(query) == one * 2
    assert hashes(json.dumps({"@context": "https://ref.gs1.org/standards/epcis/x.jsonld"} | event).encode()) == one
    assert hashes(json.dumps([event, event]).encode()) == one * 2
    assert hashes(document(epcisBody={"event": event})) == one


def _shuffled(value, chance):
    if isinstance(value, dict):
        pairs = [(k, _shuffled(v, chance)) for k, v in value.items()]
        chance.shuffle(pairs)
        return dict(pairs)
    if isinstance(value, list):
        inner = [_shuffled(v, chance) for v in value]
        chance.shuffle(inner)
        return inner
    return value


@settings(max_examples=30, deadline=None)
@given(events(), st.integers())
def test_order_says_nothing(event, seed):
    assert hashes(document(event)) == hashes(document(_shuffled(event, random.Random(seed))))


# --- identifiers: facts of the Tag Data Standard and of the published tests of the reference implementation --------------------------------


@pytest.mark.parametrize(
    ("uri", "canonical"),
    [
        ("urn:epc:id:sgtin:6901234.056789.98%22", "01/06901234567892/21/98%22"),
        ("urn:epc:id:sgtin:690123405678.9.1", "01/96901234056788/21/1"),
        ("urn:epc:id:sscc:6901234.3111111111", "00/369012341111111111"),
        ("urn:epc:id:sgln:6901234.00005.122", "414/6901234000054/254/122"),
        ("urn:epc:id:sgln:690123400005..0", "414/6901234000054"),
        ("urn:epc:id:pgln:690123400005.", "417/6901234000054"),
        ("urn:epc:id:grai:6901234.00022.334455", "8003/06901234000221334455"),
        ("urn:epc:id:giai:6901234.ABC345", "8004/6901234ABC345"),
        ("urn:epc:id:gsrn:6901234.0000006765", "8018/690123400000067653"),
        ("urn:epc:id:gsrnp:6901234.0000000007", "8017/690123400000000070"),
        ("urn:epc:id:gdti:6901234.00009.PO-4711", "253/6901234000092PO-4711"),
        ("urn:epc:id:sgcn:6901234.99999.44", "255/690123499999044"),
        ("urn:epc:id:cpi:6901234.11-A%23%2F.1234", "8010/690123411-A%23%2F/8011/1234"),
        ("urn:epc:id:ginc:6901234.xyz47%2F11", "401/6901234xyz47%2F11"),
        ("urn:epc:id:gsin:6901234.222333444", "402/69012342223334442"),
        ("urn:epc:id:itip:6901234.056789.01.02.987", "8006/069012345678920102/21/987"),
        ("urn:epc:id:upui:6901234.056789.51qIgY)%3C%26Jp3*j7", "01/06901234567892/235/51qIgY)%3C%26Jp3*j7"),
        ("urn:epc:class:lgtin:6901234.056789.Lot987", "01/06901234567892/10/Lot987"),
        ("urn:epc:idpat:sgtin:6901234.056789.*", "01/06901234567892"),
        ("urn:epc:idpat:grai:6901234.99999.*", "8003/06901234999990"),
        ("urn:epc:idpat:cpi:6901234.AB12.*", "8010/6901234AB12"),
        ("urn:epc:idpat:itip:6901234.056789.01.02.*", "8006/069012345678920102"),
        ("https://id.gs1.org/gtin/6901234567892/cpv/344/lot/1223/ser/765tz", "01/06901234567892/21/765tz"),
        ("http://shop.example/a/b/01/6901234567892/22/AB/10/L?17=270101#x", "01/06901234567892/10/L"),
        ("https://id.gs1.org/414/6901234000054/254/12", "414/6901234000054/254/12"),
        ("HTTPS://ID.EXAMPLE/01/06901234567892/21/A", "01/06901234567892/21/A"),
    ],
)
def test_one_form_for_every_identifier(uri, canonical):
    assert identifiers.read(uri) == ("https://id.gs1.org/" + canonical, "")


@pytest.mark.parametrize(
    ("uri", "fault"),
    [
        ("https://id.gs1.org/01/06901234567893", "check_digit"),
        ("https://id.gs1.org/01/06901234567892/21/A/10/B", "link_order"),
        ("https://id.gs1.org/01/06901234567892/254/A", "link_qualifier"),
        ("https://id.gs1.org/01/123", "link_value"),
        ("urn:epc:id:sgtin:6901234.056789", "epc_syntax"),
        ("urn:epc:id:sgtin:69012.05678901.1", "epc_syntax"),
        ("urn:epc:id:sscc:6901234.0000000017.1", "epc_syntax"),
        ("urn:epc:id:sgtin:6901234.056789.123456789012345678901", "epc_syntax"),
        ("urn:epc:id:nonsense:6901234.1", "epc_unknown_scheme"),
        ("https://shop.example/goods/17", ""),
        ("urn:epc:id:gid:1.2.3", ""),
    ],
)
def test_what_is_wrong_with_an_identifier(uri, fault):
    assert identifiers.read(uri)[1] == fault


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("1.0", "1"), ("0.3434000", "0.3434"), ("+007", "7"), ("1e3", "1000"), ("1.5E-2", "0.015"), (".5", "0.5"), ("5.", "5"), ("-0.0", "0"),
        ("-12.50", "-12.5"), ("1e999", "1e999"), ("12a", "12a"), ("1" * 40 + ".10", "1" * 40 + ".1"),
    ],
)  # fmt: skip
def test_numbers(given, canonical):
    assert values.number(given) == canonical


@pytest.mark.parametrize(
    ("given", "canonical"),
    [
        ("2026-03-01T08:30:00+08:00", "2026-03-01T00:30:00.000Z"),
        ("2026-03-01T00:30:00.1415Z", "2026-03-01T00:30:00.142Z"),
        ("2026-03-01T00:30:00.1414999Z", "2026-03-01T00:30:00.141Z"),
        ("2026-12-31T23:59:59.9995Z", "2027-01-01T00:00:00.000Z"),
        ("2026-12-31T24:00:00Z", "2027-01-01T00:00:00.000Z"),
        ("2026-03-01T00:30:00", "2026-03-01T00:30:00"),
        ("2026-02-30T00:30:00Z", "2026-02-30T00:30:00Z"),
        ("9999-12-31T23:59:59.9999Z", "9999-12-31T23:59:59.9999Z"),
    ],
)
def test_times(given, canonical):
    assert values.time(given) == canonical
