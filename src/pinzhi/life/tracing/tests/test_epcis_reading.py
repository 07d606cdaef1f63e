"""Reading: what cannot be read is refused in words, what is hostile is not followed, and one bad event never stops the rest."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis import checking, documents
from pinzhi.life.tracing.rules.epcis.faults import UNREADABLE, sentence
from pinzhi.life.tracing.rules.epcis.hashing import event_hash
from pinzhi.life.tracing.rules.epcis.reading import open_document, read_document
from pinzhi.life.tracing.tests.epcis_events import XML_OBJECT, base, document, xml


def refused(data):
    with pytest.raises(RefusedError) as no:
        read_document(data)
    assert no.value.refusal.code in UNREADABLE
    assert no.value.refusal.remedy
    return no.value.refusal.code


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", "epcis_empty"),
        (b" \n", "epcis_empty"),
        (b"{", "epcis_json_invalid"),
        (b"nonsense", "epcis_json_invalid"),
        (b'"text"', "epcis_json_invalid"),
        (b'{"type": NaN}', "epcis_json_invalid"),
        (b"[" * 100_000, "epcis_json_invalid"),
        (b'{"a":' * 100_000 + b"1" + b"}" * 100_000, "epcis_json_invalid"),
        (b"<", "epcis_xml_invalid"),
        (b"<a><b></a>", "epcis_xml_invalid"),
        (xml()[:-10], "epcis_xml_invalid"),
        (b"<a>&lol;</a>", "epcis_xml_invalid"),
        (b"<a>\x00</a>", "epcis_xml_invalid"),
        (b"<a>" * 2000 + b"</a>" * 2000, "epcis_too_deep"),
        (b"<?xml version='1.0' encoding='ebcdic-cp-us'?><a/>", "epcis_encoding"),
        (b"<a>\xff</a>", "epcis_encoding"),
        (b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "epcis_xml_doctype"),
        (b"<!DOCTYPE a SYSTEM 'file:///etc/passwd'><a/>", "epcis_xml_doctype"),
        (b"<?xml version='1.0'?><!-- c --><!DOCTYPE a PUBLIC 'x' 'http://127.0.0.1/x.dtd'><a/>", "epcis_xml_doctype"),
    ],
)  # fmt: skip
def test_what_cannot_be_read(data, code):
    assert refused(data) == code


def test_a_part_that_is_no_text_is_named():
    found = read_document(b'{"type": "\xff\xfe", "epcisBody": {}}')
    assert next((f.code, f.path) for f in found.head.faults) == ("json_unreadable", "/type")


@pytest.mark.parametrize("place", [b'"eventList"', b'"ObjectEvent"', b'"OBSERVE"', b'"pz"'])
def test_bytes_that_are_no_text_are_a_fault_wherever_they_stand(place):
    spoilt = document(base(), base()).replace(place, place[:3] + b"\x80" + place[3:], 1)
    assert checking.faults(read_document(spoilt))
    assert refused(document(base()).replace(b'"epcisBody"', b'"ep\x80"')) == "epcis_json_invalid"


def test_entities_hidden_in_another_encoding_are_found():
    bomb = "<?xml version='1.0' encoding='utf-16'?><!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>".encode("utf-16")
    assert refused(bomb) == "epcis_xml_doctype"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "utf-32"])
def test_entities_behind_an_encoding_that_only_the_parser_would_guess(encoding):
    bomb = "<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"
    for text in (bomb, f"<?xml version='1.0' encoding='{encoding[:6]}'?>{bomb}", f" {bomb}"):
        assert refused(text.encode(encoding)) == "epcis_encoding"
    assert refused(document(base()).decode().encode(encoding)) == "epcis_encoding"


def test_a_document_type_that_is_only_named_does_no_harm():
    assert len(read_document(b"<!DOCTYPE project>\n" + xml(XML_OBJECT.format(""))).events) == 1


def test_too_big(monkeypatch):
    monkeypatch.setattr("pinzhi.life.tracing.rules.epcis.reading.BIGGEST", 100)
    assert refused(document(base())) == "epcis_too_big"


def test_other_encodings_and_marks():
    text = xml(XML_OBJECT.format("<pz:note>茶叶</pz:note>")).decode()
    plain = [event_hash(e.fields, e.names) for e in read_document(text.encode()).events]
    for data in (
        b"\xef\xbb\xbf" + text.encode(),
        text.encode("utf-16"),
        b"<?xml version='1.0' encoding='GB2312'?>" + text.encode("gb18030"),
        b"<?xml version='1.0' encoding='UTF-8'?>" + text.encode(),
    ):
        assert [event_hash(e.fields, e.names) for e in read_document(data).events] == plain
    assert read_document(b"\xef\xbb\xbf" + document(base())).head.kind == "EPCISDocument"


def test_one_bad_event_never_stops_the_rest():
    deep = {"pz:a": 1}
    for _ in range(documents.DEEPEST + 2):
        deep = {"pz:a": deep}
    body = json.loads(document(base(), 7, None, [], base() | deep, {}, base(bizStep="flying"), base()))
    document_ = read_document(json.dumps(body).encode())
    by_event = [[f.code for f in checking.event_faults(e)] for e in document_.events]
    assert by_event == [
        [],
        ["type_object"],
        ["type_object"],
        ["type_object"],
        ["too_deep"],
        ["empty"],
        ["word_unknown"],
        [],
    ]
    assert [e.path for e in document_.events][-1] == "/epcisBody/eventList/7"
    assert [e.number for e in document_.events] == list(range(8))


def test_events_come_one_by_one():
    head, stream = open_document(document(*[base(eventID=f"urn:uuid:{n}") for n in range(50)]))
    assert next(stream).fields["eventID"] == "urn:uuid:0"
    assert sum(1 for _ in stream) == 49
    assert head.kind == "EPCISDocument"
    head, stream = open_document(xml(*[XML_OBJECT.format("")] * 5000))
    assert sum(1 for _ in stream) == 5000
    assert (head.kind, head.version) == ("EPCISDocument", "2.0")


def test_numbers_keep_their_digits():
    data = document(base()).replace(b'"OBSERVE"', b'"OBSERVE", "pz:x": 0.1000000000000000055511151231257827')
    (event,) = read_document(data).events
    assert event.fields["pz:x"] == "0.1000000000000000055511151231257827"
    huge = document(base()).replace(b'"OBSERVE"', b'"OBSERVE", "pz:x": ' + b"9" * 6000)
    for event in read_document(huge).events:
        assert event_hash(event.fields or base(), event.names).startswith("ni:///")


def test_xml_of_edition_1_with_its_wrappers():
    wrapped = (
        "<extension><TransformationEvent><eventTime>2026-03-01T00:00:00Z</eventTime><eventTimeZoneOffset>+08:00</eventTimeZoneOffset>"
        "<outputEPCList><epc>a:1</epc></outputEPCList></TransformationEvent></extension>"
    )
    found = read_document(xml(XML_OBJECT.format(""), wrapped, XML_OBJECT.format(""), version="1.2"))
    assert [e.kind for e in found.events] == ["ObjectEvent", "TransformationEvent", "ObjectEvent"]
    assert found.events[1].path == "/EPCISDocument/EPCISBody/EventList/extension/TransformationEvent[1]"
    assert found.events[2].path == "/EPCISDocument/EPCISBody/EventList/ObjectEvent[2]"


def test_one_event_as_the_root_and_names_under_the_epcis_namespace():
    data = XML_OBJECT.format("").replace("<", "<e:").replace("<e:/", "</e:")
    data = data.replace("<e:ObjectEvent>", '<e:ObjectEvent xmlns:e="urn:epcglobal:epcis:xsd:2">')
    (event,) = read_document(data.encode()).events
    assert event.fields["action"] == "OBSERVE"
    assert (event.path, read_document(data.encode()).head.kind) == ("/ObjectEvent", "Event")


# --- whatever comes in -------------------------------------------------------------------------------------------------------------------


def judged(data):
    """All of the reading, checking and hashing; nothing but a refusal may come out of it."""
    try:
        found = read_document(data)
    except RefusedError:
        return
    for fault in checking.faults(found):
        sentence(fault)
    for event in found.events:
        event_hash(event.fields, event.names)
        event_hash(event.fields, event.names, version="2.1")


_names = st.sampled_from(
    (*base(), "readPoint", "quantityList", "sensorElementList", "persistentDisposition", "errorDeclaration", "ilmd", "id", "set", "sensorReport",
     "@context", "pz:x", "type", "#text", "bizTransactionList", "parentID", "no:x", "epcisBody", "eventList", "", "{a}b", ":")
)  # fmt: skip
_leaves = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20), _names,
    st.sampled_from(("https://id.gs1.org/01/06901234567892", "urn:epc:id:sgtin:", "urn:epc:id:sgtin:..", "https://id.gs1.org/01/", "gs1:", "Z")),
)  # fmt: skip
_anything = st.recursive(
    _leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=4), max_leaves=12
)


@settings(max_examples=60, deadline=None)
@given(
    st.dictionaries(_names, _anything, max_size=6),
    st.sampled_from(("ObjectEvent", "AssociationEvent", "TransformationEvent", "x")),
)
def test_any_object_for_an_event(fields, kind):
    judged(document(fields | {"type": kind}))
    judged(json.dumps(fields).encode())


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_any_bytes_put_into_a_good_document(data):
    good = data.draw(st.sampled_from((document(base()), xml(XML_OBJECT.format("<pz:a>1</pz:a>")))))
    cut = data.draw(st.integers(0, len(good)))
    skip = data.draw(st.integers(0, 12))
    judged(good[:cut] + data.draw(st.binary(max_size=8)) + good[cut + skip :])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=200), st.sampled_from((b"", b"{", b"[", b"<", b"\xff\xfe", b"<?xml ")))
def test_any_bytes(data, start):
    judged(start + data)
