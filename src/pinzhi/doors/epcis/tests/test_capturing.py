"""Capture over HTTP: documents and single events, jobs, limits, and every «no» as a problem document that has stored nothing."""

import gzip
import json

import pytest

from pinzhi.doors.epcis import access
from pinzhi.doors.epcis.tests.conftest import Caller, token_of
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing.models import CaptureJob, Event
from pinzhi.life.tracing.rules.epcis import writing
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.tests.chains import FACTORY, PALLET, document, made, packed, seen, unit

pytestmark = pytest.mark.django_db
STORY = (
    made(1, [unit("A1"), unit("A2")], "L7"),
    packed(2, [unit("A1"), unit("A2")]),
    seen(3, [PALLET], "shipping", FACTORY),
)
PROCEED = {"HTTP_GS1_CAPTURE_ERROR_BEHAVIOUR": "proceed"}


def bare(event):
    return {"@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"], **event}


def counts(job):
    return job["accepted"], job["duplicate"], job["refused"]


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_document_is_stored_and_its_job_tells(platform, form):
    body = document(*STORY)
    if form == "xml":
        body = writing.write(read_document(body).events, "xml", created="2026-11-01T00:00:00Z").data
    answer = platform.post("capture", body, kind=f"application/{form}")
    job = platform.job(answer)
    assert answer["Location"] == f"/epcis/capture/{job['captureID']}"
    assert counts(job) == (3, 0, 0)
    assert (job["running"], job["success"], job["captureErrorBehaviour"], job["errors"]) == (
        False,
        True,
        "rollback",
        [],
    )
    assert job["createdAt"] == job["finishedAt"] == "2026-11-20T00:00:00.000Z"
    assert Event.objects.count() == Leaf.objects.filter(kind="event").count() == 3


def test_rollback_is_what_holds_unless_proceed_is_said(platform):
    bad = made(2, [unit("B1")]) | {"bizStep": "nonsense"}
    job = platform.job(platform.post("capture", document(*STORY, bad)))
    assert (counts(job), job["success"], Event.objects.count()) == ((0, 0, 4), False, 0)
    (error,) = job["errors"]
    assert (error["type"], error["code"], error["event"], error["instance"]) == (
        "epcisException:ValidationException",
        "word_unknown",
        3,
        "/epcisBody/eventList/3/bizStep",
    )
    assert error["reason_zh"] == "CBV 中没有「nonsense」"
    job = platform.job(platform.post("capture", document(*STORY, bad), **PROCEED))
    assert (counts(job), job["success"], job["captureErrorBehaviour"], Event.objects.count()) == (
        (3, 0, 1),
        False,
        "proceed",
        3,
    )


def test_the_same_document_again_doubles_nothing(platform):
    platform.post("capture", document(*STORY))
    assert counts(platform.job(platform.post("capture", document(*STORY)))) == (0, 3, 0)
    assert Event.objects.count() == 3


def test_one_event_has_an_address_of_its_own(platform):
    event = bare(STORY[0]) | {"eventID": "urn:uuid:6f1b-1/ä"}
    first, again = platform.post("events", event), platform.post("events", event)
    assert (first.status_code, again.status_code, first["Location"]) == (
        201,
        200,
        "/epcis/events/urn%3Auuid%3A6f1b-1%2F%C3%A4",
    )
    found = platform.get(first["Location"].removeprefix("/epcis/"))
    assert [e["eventID"] for e in found.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]] == [
        "urn:uuid:6f1b-1/ä"
    ]


def test_an_event_without_an_id_is_known_by_its_hash(platform):
    where = platform.post("events", bare(STORY[0]))["Location"]
    assert where.startswith("/epcis/events/ni%3A%2F%2F%2Fsha-256%3B")
    assert platform.get(where.removeprefix("/epcis/")).status_code == 200


def test_a_packed_body_is_unpacked_up_to_the_limit(platform, settings):
    body = gzip.compress(document(*STORY))
    assert counts(platform.job(platform.post("capture", body, HTTP_CONTENT_ENCODING="gzip"))) == (3, 0, 0)
    settings.FEED_BODY_BYTES = 100_000
    told = platform.post("capture", gzip.compress(b" " * 10_000_000), HTTP_CONTENT_ENCODING="gzip")
    assert (told.status_code, told.json()["type"]) == (413, "epcisException:CaptureLimitExceededException")
    assert told["GS1-EPCIS-Capture-File-Size-Limit"] == "100000"


def test_more_events_than_the_limit_store_nothing(platform, monkeypatch):
    monkeypatch.setattr("pinzhi.doors.epcis.capturing.MOST_EVENTS", 2)
    told = platform.post("capture", document(*STORY), **PROCEED)
    assert (told.status_code, told.json()["code"]) == (413, "too_many_events")
    assert (Event.objects.exists(), CaptureJob.objects.exists()) == (False, False)


BOMB = (
    b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    b'<epcis:EPCISDocument xmlns:epcis="urn:epcglobal:epcis:xsd:2" schemaVersion="2.0" creationDate="2026-11-01T00:00:00Z">&b;</epcis:EPCISDocument>'
)
REFUSED = {
    "no JSON": (b'{"type": ', "application/json", 400, "ValidationException", "epcis_json_invalid"),
    "no XML": (b"<a><b></a>", "application/xml", 400, "ValidationException", "epcis_xml_invalid"),
    "entities": (BOMB, "application/xml", 400, "ValidationException", "epcis_xml_doctype"),
    "empty": (b" ", "application/json", 400, "ValidationException", "epcis_empty"),
    "CSV": (b"a,b", "text/csv", 415, "UnsupportedMediaTypeException", "media_type_unknown"),
    "XML said to be JSON": (b"<a/>", "application/json", 400, "ValidationException", "body_differs"),
    "JSON said to be XML": (b"{}", "application/xml", 400, "ValidationException", "body_differs"),
    "too large": (b" " * 5000, "application/json", 413, "CaptureLimitExceededException", "body_too_large"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_read_is_a_problem_and_stores_nothing(platform, settings, name):
    body, kind, status, exception, code = REFUSED[name]
    settings.FEED_BODY_BYTES = 4000
    told = platform.post("capture", body, kind=kind, **PROCEED)
    said = told.json()
    assert (told.status_code, said["status"], said["type"], said["code"]) == (
        status,
        status,
        f"epcisException:{exception}",
        code,
    )
    assert told["Content-Type"] == "application/problem+json"
    assert said["remedy"]
    assert not Event.objects.exists()


def test_a_packing_that_is_not_known_and_a_behaviour_that_is_none(platform):
    told = platform.post("capture", document(*STORY), HTTP_CONTENT_ENCODING="br")
    assert (told.status_code, told.json()["code"]) == (415, "content_encoding_unknown")
    told = platform.post("capture", document(*STORY), HTTP_GS1_CAPTURE_ERROR_BEHAVIOUR="hope")
    assert (told.status_code, told.json()["code"]) == (400, "error_behaviour_unknown")
    assert not Event.objects.exists()


ONE_REFUSED = {
    "future": (bare(made(1, [unit("A1")])) | {"eventTime": "2026-12-24T00:00:00+00:00"}, 400, "time_future"),
    "word": (bare(made(1, [unit("A1")])) | {"bizStep": "nonsense"}, 400, "word_unknown"),
    "two": (json.loads(document(*STORY)), 400, "one_event"),
    "none": (json.loads(document()), 400, "one_event"),
    "other content": (bare(made(1, [unit("A9")])) | {"eventID": "urn:uuid:1"}, 409, "event_id_conflict"),
}


@pytest.mark.parametrize("name", ONE_REFUSED)
def test_a_single_event_that_is_refused_leaves_nothing(platform, name):
    platform.post("events", bare(made(1, [unit("A1")])) | {"eventID": "urn:uuid:1"})
    event, status, code = ONE_REFUSED[name]
    told = platform.post("events", event)
    assert (told.status_code, told.json()["code"]) == (status, code)
    assert Event.objects.count() == 1


def test_jobs_are_listed_newest_first_in_pages(platform, monkeypatch):
    for n in range(3):
        platform.post("capture", document(made(1, [unit(f"A{n}")])))
    first = platform.get("capture?perPage=2")
    assert len(first.json()) == 2
    following = first["Link"].partition("<")[2].partition(">")[0].partition("/epcis/")[2]
    second = platform.get(following)
    assert len({j["captureID"] for j in first.json() + second.json()}) == 3
    assert "Link" not in second
    told = platform.get("capture?perPage=2&nextPageToken=made-up")
    assert (told.status_code, told.json()["type"]) == (400, "epcisException:QueryParameterException")


def test_a_merchant_sees_only_its_own_jobs(platform, m1, m2):
    mine = m1.job(m1.post("capture", document(STORY[0])))
    assert m2.get(f"capture/{mine['captureID']}").status_code == 404
    assert m2.get("capture").json() == []
    assert [j["captureID"] for j in m1.get("capture").json()] == [mine["captureID"]]
    assert platform.get(f"capture/{mine['captureID']}").status_code == 200


def test_scopes_and_tokens(client, platform):
    reader = Caller(client, token_of(name="reader", scopes=["tracing:read"]))
    told = reader.post("capture", document(*STORY))
    assert (told.status_code, told.json()["type"]) == (403, "epcisException:SecurityException")
    nobody = client.post("/epcis/capture", document(*STORY), content_type="application/json")
    assert (nobody.status_code, nobody.json()["code"], nobody["WWW-Authenticate"]) == (401, "token_missing", "Bearer")
    writer = Caller(client, token_of(name="writer", scopes=["tracing:write"]))
    assert writer.get("events").status_code == 403
    assert not Event.objects.exists()


def test_the_door_says_what_it_speaks(client, platform):
    told = client.options("/epcis/capture")
    assert told.status_code == 204
    assert told["Allow"] == "OPTIONS, GET, POST, HEAD"
    assert (told["GS1-EPCIS-Version"], told["GS1-EPCIS-Min"], told["GS1-EPCIS-Max"], told["GS1-CBV-Version"]) == (
        "2.0.0",
    ) * 4
    assert (told["GS1-EPCIS-Capture-Limit"], told["GS1-Capture-Error-Behaviour"]) == (
        str(access.MOST_EVENTS),
        "rollback",
    )
    assert platform.get("events", HTTP_GS1_EPCIS_MIN="2.1").status_code == 406
    assert platform.get("events", HTTP_GS1_EPCIS_MAX="1.2").status_code == 406
    assert platform.get("events", HTTP_GS1_EPCIS_MIN="1.2", HTTP_GS1_EPCIS_MAX="2.0").status_code == 200
    assert platform.get("events", HTTP_GS1_EPC_FORMAT="Always_EPC_URN").status_code == 406
    put = client.put("/epcis/events", b"{}", content_type="application/json")
    assert (put.status_code, put["Allow"]) == (405, "OPTIONS, GET, POST, HEAD")
    nowhere = platform.get("nowhere")
    assert (nowhere.status_code, nowhere.json()["type"]) == (404, "epcisException:NoSuchResourceException")
