"""
Forms that published documents have (GS1's examples, OpenEPCIS's documents, vectors of the reference), told again in texts of our own: what they say, whether
they are valid, and what is hashed of them.
"""

import json

import pytest

from pinzhi.life.tracing.rules.epcis import checking, web_vocabulary
from pinzhi.life.tracing.rules.epcis.hashing import prehash
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.rules.epcis.writing import write
from pinzhi.life.tracing.tests.epcis_events import OURS, XML_OBJECT, base, document, xml

VOC = "https://ref.gs1.org/voc/"


def texts(data, **options):
    return [prehash(e.fields, e.names, **options) for e in read_document(data).events]


def found(data):
    """(errors, warnings) by code and the end of the place."""
    faults = checking.faults(read_document(data))
    return [(f.code, f.path.split("ObjectEvent[1]")[-1]) for f in faults if not f.warning], [
        (f.code, f.path.removeprefix("/epcisBody/eventList/0")) for f in faults if f.warning
    ]


# --- what is said but refuses nothing --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "warned"),
    [
        (
            {
                "sensorElementList": [
                    {"sensorReport": [{"type": "Mass", "value": 1, "bizRules": "https://r.example/1"}]}
                ]
            },
            ("field_misplaced", "/sensorElementList/0/sensorReport/0/bizRules"),
        ),
        ({"epcList": ["https://shop.example/01/06901234567893/21/A"]}, ("check_digit_elsewhere", "/epcList/0")),
        (
            {"destinationList": [{"type": "cbv:our_party", "destination": "urn:epc:id:pgln:6901234.00000"}]},
            ("word_in_gs1_namespace", "/destinationList/0/type"),
        ),
        ({"bizStep": "notifying"}, ("word_draft", "/bizStep")),
        ({"bizStep": "https://ref.gs1.org/cbv/BizStep-notifying"}, ("word_draft", "/bizStep")),
        ({"certificationInfo": {"gs1:certificationAgency": "X"}}, ("certification_inline", "/certificationInfo")),
        (
            {"certificationInfo": ["https://c.example/1", {"pz:a": "1"}]},
            ("certification_inline", "/certificationInfo/1"),
        ),
    ],
)
def test_valid_but_not_as_it_should_be(fields, warned):
    assert found(document(base(**fields))) == ([], [warned])


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"sensorElementList": [{"sensorReport": [{"type": "Mass", "bizRules": 7}]}]}, "type_text"),
        ({"epcList": ["https://id.gs1.org/01/06901234567893/21/A"]}, "check_digit"),
        ({"bizStep": "cbv:BizStep-flying"}, "word_unknown"),
        ({"bizStep": "urn:epcglobal:cbv:bizstep:flying"}, "word_unknown"),
        ({"certificationInfo": {"agency": "X"}}, "field_unknown"),
        ({"certificationInfo": {}}, "type_text"),
        ({"certificationInfo": 42}, "type_text"),
    ],
)
def test_still_refused(fields, error):
    assert [code for code, _ in found(document(base(**fields)))[0]] == [error]


def test_certification_details_in_xml():
    inside = '<certificationInfo><gs1:CertificationDetails xmlns:gs1="https://gs1.org/voc/">x</gs1:CertificationDetails></certificationInfo>'
    data = xml(XML_OBJECT.format(inside))
    assert found(data)[0] == []
    assert [c for c, _ in found(data)[1]] == ["certification_inline"]
    assert texts(data) == texts(xml(XML_OBJECT.format("")))


# --- extension points of the XML schema ------------------------------------------------------------------------------------------------------

LATER = "<extension><extension><later><step>1</step><step>2</step></later></extension></extension>"


def test_elements_of_a_later_edition_are_kept_not_checked():
    data = xml(XML_OBJECT.format(LATER))
    errors, warnings = found(data)
    assert errors == []
    assert [(c, p.rsplit("/", 1)[1]) for c, p in warnings] == [("element_of_later_edition", "later")]
    assert texts(data)[0].endswith("{}laterstep=1step=2")
    left = write(read_document(data).events, "json", created="2026-03-02T00:00:00Z").left_out
    assert [f.value for f in left] == ["later"]


def test_an_extension_point_in_ilmd():
    inside = "<ilmd><pz:a>1</pz:a><extension><later>2</later></extension></ilmd>"
    data = xml(XML_OBJECT.replace("OBSERVE", "ADD").format(inside))
    assert found(data)[0] == []
    assert texts(data)[0].endswith("ilmd{" + OURS + "}a=1{}later=2")


# --- names -----------------------------------------------------------------------------------------------------------------------------------


def test_a_prefix_means_what_the_document_says():
    of_gs1 = document(base(action="ADD", ilmd={"cbvmda:lotNumber": "1"}))
    with_colon = document(
        base(action="ADD", ilmd={"cbvmda:lotNumber": "1"}), context=[{"cbvmda": "urn:epcglobal:cbv:mda:"}]
    )
    elsewhere = document(base(action="ADD", ilmd={"cbvmda:lotNumber": "1"}), context=[{"cbvmda": OURS}])
    assert [texts(d)[0].rsplit("ilmd", 1)[1] for d in (of_gs1, with_colon, elsewhere)] == [
        "{urn:epcglobal:cbv:mda}lotNumber=1",
        "{urn:epcglobal:cbv:mda:}lotNumber=1",
        "{" + OURS + "}lotNumber=1",
    ]


def test_drafts_of_edition_2_wrote_is_a():
    event = base(**{"pz:n": 10, "pz:f": 20.0})
    old = {"isA" if k == "type" else k: v for k, v in event.items()}
    data = json.loads(document(old))
    data["isA"] = data.pop("type")
    assert found(json.dumps(data).encode())[0] == []
    assert texts(json.dumps(data).encode()) == texts(document(event))
    as_xml = write(read_document(json.dumps(data).encode()).events, "xml", created="2026-03-02T00:00:00Z")
    assert texts(as_xml.data) == texts(document(event))


# --- master data in the terms of the GS1 Web Vocabulary --------------------------------------------------------------------------------------

MASTER = [
    {
        "id": "https://shop.example/414/6901234000054",
        "locationRoleType": "WAREHOUSE",
        "pz:note": "WAREHOUSE",
        "regulatoryInformation": [{"regulationType": "FOOD_SAFETY", "regulatoryAct": "GB 7718"}],
    }
]


def test_words_of_code_lists_in_master_data():
    text = texts(document(base(**{"gs1:masterDataAvailableFor": MASTER})))[0]
    assert text.endswith(
        f"{{{VOC}}}masterDataAvailableForid=https://id.gs1.org/414/6901234000054locationRoleType={VOC}LocationRoleType-WAREHOUSE"
        f"regulatoryInformationregulationType={VOC}RegulationTypeCode-FOOD_SAFETYregulatoryAct=GB 7718{{{OURS}}}note=WAREHOUSE"
    )
    inside = (
        f'<gs1:masterDataAvailableFor xmlns:gs1="{VOC}"><id>https://shop.example/414/6901234000054</id><locationRoleType>WAREHOUSE</locationRoleType>'
        "<pz:note>WAREHOUSE</pz:note><regulatoryInformation><regulationType>FOOD_SAFETY</regulationType><regulatoryAct>GB 7718</regulatoryAct>"
        "</regulatoryInformation></gs1:masterDataAvailableFor>"
    )
    plain = xml(XML_OBJECT.format(inside))
    assert texts(plain)[0].rsplit("}masterData", 1)[1] == text.rsplit("}masterData", 1)[1]
    assert "LocationRoleType-" not in texts(document(base(**{"pz:masterDataAvailableFor": MASTER})))[0]


@pytest.mark.parametrize(
    ("key", "value", "said"),
    [
        ("locationRoleType", "BACKROOM", VOC + "LocationRoleType-BACKROOM"),
        ("{" + VOC + "}locationRoleType", "BACKROOM", VOC + "LocationRoleType-BACKROOM"),
        ("colourCodeList", "PANTONE", VOC + "ColourCodeList-PANTONE"),
        ("locationRoleType", "back room", "back room"),
        ("locationRoleType", VOC + "LocationRoleType-BACKROOM", VOC + "LocationRoleType-BACKROOM"),
        ("expirationDate", "2026", "2026"),
    ],
)
def test_codes(key, value, said):
    assert web_vocabulary.code(key, value) == said
    assert len(web_vocabulary.CODES) == 85


# --- documents without events ----------------------------------------------------------------------------------------------------------------


def query(inside):
    return (
        '<q:EPCISQueryDocument xmlns:q="urn:epcglobal:epcis-query:xsd:2" schemaVersion="2.0" creationDate="2026-03-02T00:00:00Z">'
        f"<EPCISBody><q:Poll>{inside}</q:Poll></EPCISBody></q:EPCISQueryDocument>"
    ).encode()


PARAM = "<param><name>EQ_action</name><value><string>ADD</string></value></param>"


@pytest.mark.parametrize(
    ("inside", "errors"),
    [
        (f"<queryName>SimpleEventQuery</queryName><params>{PARAM}</params>", []),
        (f"<params>{PARAM}</params>", [("field_missing", "/queryName")]),
        ("<queryName>SimpleEventQuery</queryName>", [("field_missing", "/params")]),
        ("<queryName> </queryName><params/>", [("empty", "/queryName")]),
        (
            f"<queryName>Q</queryName><params>{PARAM}<param><name>EQ_bizStep</name></param></params>",
            [("field_missing", "/params/param[2]/value")],
        ),
    ],
)
def test_requests_of_the_query_interface(inside, errors):
    assert found(query(inside))[0] == [(c, "/EPCISQueryDocument/EPCISBody/Poll" + p) for c, p in errors]


JOB = (
    '<e:EPCISCaptureJob xmlns:e="urn:epcglobal:epcis:xsd:2" running="false" success="1" captureID="7">'
    "<captureErrorBehaviour>rollback</captureErrorBehaviour><createdAt>2026-03-02T00:00:00Z</createdAt></e:EPCISCaptureJob>"
)


@pytest.mark.parametrize(
    ("old", "new", "errors"),
    [
        ("", "", []),
        (' captureID="7"', "", [("field_missing", "/EPCISCaptureJob/@captureID")]),
        ('"false"', '"no"', [("type_boolean", "/EPCISCaptureJob/@running")]),
        ("rollback", "retry", [("capture_behaviour", "/EPCISCaptureJob/captureErrorBehaviour")]),
        ("00Z", "00", [("time_form", "/EPCISCaptureJob/createdAt")]),
    ],
)
def test_reports_of_capture_jobs(old, new, errors):
    data = JOB.replace(old, new).encode() if old else JOB.encode()
    assert found(data)[0] == errors
    assert read_document(data).events == ()


def test_small_and_large_documents_are_read_alike(monkeypatch):
    from pinzhi.life.tracing.rules.epcis import reading_xml

    event = XML_OBJECT.format(LATER + "<pz:x><pz:y>1</pz:y></pz:x><action>ADD</action>")
    data = xml(event, event, "<AggregationEvent/>")
    whole = read_document(data)
    monkeypatch.setattr(reading_xml, "WHOLE", 0)
    assert read_document(data) == whole
    assert len(whole.events) == 3
