"""The query language over HTTP: every parameter against a small chain, pages, both forms, who sees what."""

from urllib.parse import quote

import pytest

from pinzhi.catalogue.models import Listing, Merchant
from pinzhi.doors.epcis.tests.conftest import listed
from pinzhi.life.tracing import selecting
from pinzhi.life.tracing.models import Event, HandedIn
from pinzhi.life.tracing.rules.epcis import hashing
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.tests.chains import (
    BREAD,
    CRATE,
    FACTORY,
    GTIN,
    NOW,
    PALLET,
    SHOP,
    WAREHOUSE,
    at,
    baked,
    counted,
    document,
    lot,
    made,
    packed,
    seen,
    unit,
)

pytestmark = pytest.mark.django_db
SGTIN = "urn:epc:id:sgtin:6901234.056789"
ORDER = "urn:epc:id:gdti:6901234.00002.PO7"
CHAIN = {
    "made": made(1, [unit("A1"), unit("A2")], "L7"),
    "packed": packed(2, [unit("A1"), unit("A2")]),
    "shipped": seen(3, [PALLET], "shipping", FACTORY, bizTransactionList=[{"type": "po", "bizTransaction": ORDER}]),
    "received": seen(9, [PALLET], "receiving", WAREHOUSE, readPoint={"id": WAREHOUSE}),
    "baked": baked(10, {lot("F1"): 5}, [unit("B1", BREAD)], transformationID="urn:uuid:t1"),
    "counted": counted(11, {lot("L7"): 2}, "cycle_counting", SHOP, **{"https://shop.example/ns/shift": "2"}),
    "sold": seen(
        12,
        [unit("A1")],
        "retail_selling",
        SHOP,
        disposition="retail_sold",
        persistentDisposition={"set": ["completeness_verified"]},
    ),
}
CHAIN = {name: event | {"eventID": f"urn:uuid:{name}"} for name, event in CHAIN.items()}
CHAIN["wrong"] = CHAIN["sold"] | {
    "errorDeclaration": {
        "declarationTime": at(13),
        "reason": "incorrect_data",
        "correctiveEventIDs": ["urn:uuid:fixed"],
    }
}
IDS = [name for name in CHAIN if name != "wrong"]


@pytest.fixture
def chain(platform):
    assert platform.job(platform.post("capture", document(*CHAIN.values())))["accepted"] == len(CHAIN)
    return platform


def names(events):
    return ["wrong" if "errorDeclaration" in e else e["eventID"].removeprefix("urn:uuid:") for e in events]


def q(**parameters):
    return "?" + "&".join(f"{quote(k)}={quote(v, safe='')}" for k, v in parameters.items())


ASKED = {
    "nothing": ({}, list(CHAIN)),
    "type": ({"eventType": "AggregationEvent|TransformationEvent"}, ["packed", "baked"]),
    "types with a comma": ({"eventType": "AggregationEvent,TransformationEvent"}, ["packed", "baked"]),
    "from": ({"GE_eventTime": at(10)}, ["baked", "counted", "sold", "wrong"]),
    "until": ({"LT_eventTime": at(2)}, ["made"]),
    "another zone": ({"LT_eventTime": "2026-11-01T10:00:00+08:00"}, ["made"]),
    "recorded before": ({"LT_recordTime": NOW.isoformat()}, []),
    "recorded from": ({"GE_recordTime": NOW.isoformat(), "EQ_action": "ADD"}, ["made", "packed"]),
    "step": ({"EQ_bizStep": "shipping|receiving"}, ["shipped", "received"]),
    "step as URI": ({"EQ_bizStep": "https://ref.gs1.org/cbv/BizStep-shipping"}, ["shipped"]),
    "step as URN": ({"EQ_bizStep": "urn:epcglobal:cbv:bizstep:shipping"}, ["shipped"]),
    "disposition": ({"EQ_disposition": "retail_sold"}, ["sold", "wrong"]),
    "read point": ({"EQ_readPoint": WAREHOUSE}, ["received"]),
    "location": ({"EQ_bizLocation": SHOP}, ["counted", "sold", "wrong"]),
    "location as URN": ({"WD_bizLocation": "urn:epc:id:sgln:6901234.00002.0"}, ["counted", "sold", "wrong"]),
    "EPC": ({"MATCH_epc": unit("A1")}, ["made", "packed", "sold", "wrong"]),
    "EPC as URN": ({"MATCH_epc": SGTIN + ".A1"}, ["made", "packed", "sold", "wrong"]),
    "pattern": ({"MATCH_epc": "urn:epc:idpat:sgtin:6901234.056789.*", "EQ_action": "ADD"}, ["made", "packed"]),
    "pattern of a link": (
        {"MATCH_epc": f"https://id.gs1.org/01/{GTIN}/21/*", "EQ_action": "OBSERVE"},
        ["sold", "wrong"],
    ),
    "parent": ({"MATCH_parentID": PALLET}, ["packed"]),
    "input": ({"MATCH_inputEPCClass": lot("F1")}, ["baked"]),
    "output": ({"MATCH_outputEPC": unit("B1", BREAD)}, ["baked"]),
    "output that is an input": ({"MATCH_outputEPCClass": lot("F1")}, []),
    "any EPC": ({"MATCH_anyEPC": PALLET}, ["packed", "shipped", "received"]),
    "class": ({"MATCH_epcClass": lot("L7")}, ["counted"]),
    "class by pattern": ({"MATCH_anyEPCClass": "urn:epc:class:lgtin:6901234.056789.*"}, ["baked", "counted"]),
    "id": ({"EQ_eventID": "urn:uuid:made|urn:uuid:sold"}, ["made", "sold", "wrong"]),
    "transformation": ({"EQ_transformationID": "urn:uuid:t1"}, ["baked"]),
    "declared wrong": ({"EXISTS_errorDeclaration": ""}, ["wrong"]),
    "reason": ({"EQ_errorReason": "incorrect_data"}, ["wrong"]),
    "corrected by": ({"EQ_correctiveEventID": "urn:uuid:fixed"}, ["wrong"]),
    "order": ({"EQ_bizTransaction_po": ORDER}, ["shipped"]),
    "order of another kind": ({"EQ_bizTransaction_inv": ORDER}, []),
    "master data": ({"EQ_ILMD_cbvmda:lotNumber": "L7"}, ["made"]),
    "master data of 1.2": ({"EQ_ILMD_urn:epcglobal:cbv:mda#lotNumber": "L7"}, ["made"]),
    "master data there": ({"EXISTS_ILMD_cbvmda:lotNumber": "true"}, ["made"]),
    "set for good": ({"EQ_persistentDisposition_set": "completeness_verified"}, ["sold", "wrong"]),
    "newest first": ({"orderBy": "eventTime", "eventCountLimit": "2"}, ["wrong", "sold"]),
    "oldest first": ({"orderBy": "eventTime", "orderDirection": "ASC", "eventCountLimit": "2"}, ["made", "packed"]),
    "as many as allowed": ({"maxEventCount": "8"}, list(CHAIN)),
}


@pytest.mark.parametrize("name", ASKED)
def test_what_a_query_finds(chain, name):
    parameters, wanted = ASKED[name]
    assert names(chain.events(q(**parameters))) == wanted


@pytest.mark.parametrize("name", ["nothing", "order", "EPC", "newest first"])
def test_pages_together_are_the_whole(chain, name):
    parameters, wanted = ASKED[name]
    found, query = [], "events" + q(**parameters, perPage="1")
    for _ in range(20):
        answer = chain.get(query)
        found += names(listed(answer))
        if "Link" not in answer:
            break
        assert answer["Link"].endswith('rel="next"')
        query = answer["Link"].partition("<")[2].partition(">")[0].partition("/epcis/")[2]
    assert found == wanted


def test_what_comes_between_two_pages_is_in_none(chain):
    first = chain.get("events?perPage=3")
    chain.post("capture", document(made(0, [unit("Z1")])))
    following = (
        first["Link"].partition("<")[2].partition(">")[0].partition("/epcis/")[2].replace("perPage=3", "perPage=30")
    )
    assert len(listed(first)) + len(listed(chain.get(following))) == len(CHAIN)


def test_a_page_that_looked_at_enough_goes_on(chain, monkeypatch):
    monkeypatch.setattr(selecting, "MOST_LOOKED_AT", 3)
    first = chain.get("events" + q(EQ_errorReason="incorrect_data"))
    assert (listed(first), "Link" in first) == ([], True)
    told = chain.get("events" + q(EQ_errorReason="incorrect_data", maxEventCount="5"))
    assert (told.status_code, told.json()["type"]) == (413, "epcisException:QueryTooComplexException")


REFUSED = {
    "unknown": ("?EQ_bizSteps=shipping", 400, "QueryParameterException", "query_parameter_unknown"),
    "a time without zone": (
        "?GE_eventTime=2026-11-01T00:00:00",
        400,
        "QueryParameterException",
        "query_parameter_invalid",
    ),
    "star in the middle": (
        "?MATCH_epc=urn:epc:idpat:sgtin:6901234.*.*",
        400,
        "QueryParameterException",
        "query_pattern_unsupported",
    ),
    "star before a check digit": (
        "?MATCH_epc=urn:epc:idpat:sscc:6901234.*",
        400,
        "QueryParameterException",
        "query_pattern_unsupported",
    ),
    "order": ("?orderBy=bizStep", 400, "QueryParameterException", "query_parameter_invalid"),
    "both counts": ("?eventCountLimit=1&maxEventCount=1", 400, "QueryParameterException", "query_parameter_invalid"),
    "no number": ("?perPage=many", 400, "QueryParameterException", "query_parameter_invalid"),
    "too many": ("?maxEventCount=7", 413, "QueryTooLargeException", "query_too_large"),
    "token": ("?nextPageToken=x", 400, "QueryParameterException", "page_token_invalid"),
    "a field without namespace": ("?EQ_ILMD_lotNumber=L7", 400, "QueryParameterException", "query_parameter_invalid"),
    "existence denied": ("?EXISTS_errorDeclaration=false", 400, "QueryParameterException", "query_parameter_invalid"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_understood_is_refused(chain, name):
    query, status, exception, code = REFUSED[name]
    told = chain.get("events" + query)
    assert (told.status_code, told.json()["type"], told.json()["code"]) == (status, f"epcisException:{exception}", code)


def test_a_token_of_another_question_is_refused(chain):
    first = chain.get("events?perPage=2")
    token = first["Link"].partition("nextPageToken=")[2].partition(">")[0]
    assert chain.get(f"events?perPage=2&EQ_action=ADD&nextPageToken={token}").status_code == 400


def test_xml_carries_the_same_events_with_the_time_of_capture(chain):
    answer = chain.get("events", HTTP_ACCEPT="application/xml")
    assert answer["Content-Type"] == "application/xml"
    found = read_document(answer.content)
    assert found.head.kind == "EPCISQueryDocument"
    assert [e.fields["recordTime"] for e in found.events] == ["2026-11-20T00:00:00.000Z"] * len(CHAIN)
    assert [e.fields["eventID"] for e in found.events] == [e["eventID"] for e in chain.events()]
    assert chain.get("events", HTTP_ACCEPT="text/csv").status_code == 406


def test_the_answer_can_be_captured_again_and_nothing_is_new(chain):
    for kind in ("application/ld+json", "application/xml"):
        again = chain.job(chain.post("capture", chain.get("events", HTTP_ACCEPT=kind).content, kind=kind))
        assert (again["accepted"], again["duplicate"], again["errors"]) == (0, len(CHAIN), [])


def test_collections_and_their_members(chain):
    assert chain.get("bizSteps").json()["member"] == sorted({e["bizStep"] for e in CHAIN.values()})
    assert chain.get("eventTypes").json()["member"] == ["AggregationEvent", "ObjectEvent", "TransformationEvent"]
    assert chain.get("readPoints").json()["member"] == [WAREHOUSE]
    first = chain.get("epcs?perPage=4")
    more = chain.get(
        first["Link"].partition("<")[2].partition(">")[0].partition("/epcis/")[2].replace("perPage=4", "perPage=9")
    )
    assert first.json()["member"] + more.json()["member"] == sorted(
        [PALLET, unit("A1"), unit("A2"), unit("B1", BREAD), lot("L7"), lot("F1")]
    )
    assert names(listed(chain.get(f"epcs/{quote(PALLET, safe='')}/events"))) == ["packed", "shipped", "received"]
    assert names(listed(chain.get("bizSteps/shipping/events"))) == ["shipped"]
    assert names(listed(chain.get(f"bizLocations/{quote(SHOP, safe='')}/events?EQ_disposition=retail_sold"))) == [
        "sold",
        "wrong",
    ]
    assert names(listed(chain.get(f"epcs/{quote(CRATE, safe='')}/events"))) == []
    assert chain.get("bizSteps/shipping").json()["member"] == ["events"]
    assert chain.get("bizSteps/shipping/events?EQ_steps=x").status_code == 400


def test_one_event_is_had_by_its_id_or_its_hash(chain):
    assert names(listed(chain.get("events/urn:uuid:sold"))) == ["sold", "wrong"]
    row = Event.objects.get(event_id="urn:uuid:made")
    assert names(listed(chain.get("events/" + quote(hashing.uri(bytes(row.hash)), safe="")))) == ["made"]
    told = chain.get("events/urn:uuid:nothing")
    assert (told.status_code, told.json()["type"]) == (404, "epcisException:NoSuchResourceException")


def test_an_erased_event_is_not_shown(chain):
    Event.objects.filter(event_id="urn:uuid:made").update(body=None)
    assert "made" not in names(chain.events())
    assert chain.get("events/urn:uuid:made").status_code == 404


# --- who sees what ---------------------------------------------------------------------------------------------------------------------------


def listing(merchant, id_, gtin):
    Merchant.objects.get_or_create(id=merchant, defaults={"name": merchant, "first_seen": NOW, "valid_from": NOW})
    Listing.objects.create(id=id_, merchant_id=merchant, gtin=gtin, first_seen=NOW, valid_from=NOW)


def test_a_merchant_sees_what_it_handed_in(chain, m1, m2):
    m1.post("capture", document(made(1, [unit("M1", BREAD)]) | {"eventID": "urn:uuid:mine"}))
    assert names(m1.events()) == ["mine"]
    assert m2.events() == []
    assert m2.get("events/urn:uuid:mine").status_code == 404
    assert m2.get("epcs").json()["member"] == []
    assert m1.get("epcs").json()["member"] == [unit("M1", BREAD)]
    assert len(chain.events()) == len(CHAIN) + 1


def test_a_merchant_sees_events_about_goods_that_it_alone_lists(chain, m1, m2):
    listing("M1", "L1", BREAD)
    assert names(m1.events()) == ["baked"]
    assert m2.events() == []
    listing("M2", "L2", BREAD.lstrip("0"))
    assert m1.events() == []
    assert m2.events() == []


def test_whoever_hands_in_what_is_known_sees_it_too(m1, m2):
    same = document(CHAIN["made"])
    m1.post("capture", same)
    assert m2.job(m2.post("capture", same))["duplicate"] == 1
    m2.post("capture", same)
    assert (names(m1.events()), names(m2.events())) == (["made"], ["made"])
    assert (Event.objects.count(), HandedIn.objects.count()) == (1, 1)


def test_a_merchant_cannot_declare_wrong_what_another_handed_in(m1, m2, platform):
    m1.post("capture", document(CHAIN["sold"]))
    assert m2.job(m2.post("capture", document(CHAIN["wrong"])))["accepted"] == 1
    assert Event.objects.get(event_id="urn:uuid:sold", error=False).voided is False


def test_the_platform_may_declare_anything_wrong(m1, platform):
    m1.post("capture", document(CHAIN["sold"]))
    platform.post("capture", document(CHAIN["wrong"]))
    assert Event.objects.get(event_id="urn:uuid:sold", error=False).voided is True


def test_a_declaration_of_another_merchant_that_came_first_voids_nothing(m1, m2):
    m2.post("capture", document(CHAIN["wrong"]))
    m1.post("capture", document(CHAIN["sold"]))
    assert Event.objects.get(event_id="urn:uuid:sold", error=False).voided is False
