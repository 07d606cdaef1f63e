"""Capture: what is stored, what is known already, what is refused, and what a refused document leaves behind: nothing."""

import json

import pytest

from pinzhi.engine import openings
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing import capture, storing
from pinzhi.life.tracing.models import CaptureJob, Event, Mention, Thing
from pinzhi.life.tracing.rules.epcis import hashing
from pinzhi.life.tracing.rules.epcis.reading import read_document
from pinzhi.life.tracing.tests.chains import (
    FACTORY,
    NOW,
    PALLET,
    WAREHOUSE,
    baked,
    counted,
    document,
    lot,
    made,
    packed,
    seen,
    unit,
)
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

HOUSE = Actor.system("test")
MERCHANT = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
STORY = (
    made(1, [unit("A1"), unit("A2")], "L7"),
    packed(2, [unit("A1"), unit("A2")]),
    seen(3, [PALLET], "shipping", FACTORY),
    seen(9, [PALLET], "receiving", WAREHOUSE),
)


def take(*events, by=HOUSE, **more):
    return capture.capture(document(*events), by, now=NOW, **more)


def counts(job):
    return job.accepted, job.duplicate, job.refused


def test_events_are_stored_with_things_mentions_leaves_and_one_fact():
    job = take(*STORY, by=MERCHANT)
    assert counts(job) == (4, 0, 0)
    assert (Event.objects.count(), Thing.objects.count(), Mention.objects.count()) == (4, 4, 7)
    assert {t.uri for t in Thing.objects.filter(lot__uri=lot("L7"))} == {unit("A1"), unit("A2")}
    assert set(Event.objects.values_list("owner", flat=True)) == {"M1"}
    assert Leaf.objects.filter(kind="event").count() == 4
    (fact,) = FactRow.objects.filter(name="EventsCaptured")
    assert (fact.payload["events"], fact.payload["job"], fact.payload["owner"]) == (4, job.pk, "M1")


def test_an_event_is_known_by_the_hash_of_the_cbv():
    take(*STORY)
    wanted = [hashing.event_hash(r.fields, r.names) for r in read_document(document(*STORY)).events]
    assert [
        f"ni:///sha-256;{bytes(h).hex()}?ver=CBV2.0"
        for h in Event.objects.order_by("pk").values_list("hash", flat=True)
    ] == wanted


def test_the_same_document_again_stores_nothing():
    take(*STORY)
    assert counts(take(*STORY)) == (0, 4, 0)
    assert (Event.objects.count(), Leaf.objects.filter(kind="event").count()) == (4, 4)


def test_an_event_twice_in_one_document_is_stored_once():
    assert counts(take(STORY[0], STORY[0], STORY[1])) == (2, 1, 0)


def test_the_same_event_in_urn_and_in_link_is_one():
    take(made(1, ["urn:epc:id:sgtin:6901234.056789.A9"]))
    assert counts(take(made(1, [unit("A9")]))) == (0, 1, 0)


def test_one_bad_event_is_named_and_the_others_are_stored():
    bad = made(2, [unit("B1")]) | {"bizStep": "nonsense"}
    job = take(STORY[0], bad, STORY[1])
    assert counts(job) == (2, 0, 1)
    assert [(e["number"], e["path"], e["code"]) for e in job.errors] == [
        (1, "/epcisBody/eventList/1/bizStep", "word_unknown")
    ]
    assert not Thing.objects.filter(uri=unit("B1")).exists()


def test_with_rollback_one_bad_event_refuses_all_and_leaves_nothing():
    bad = made(2, [unit("B1")]) | {"eventTime": "2026-12-24T00:00:00+00:00"}
    job = take(STORY[0], bad, rollback=True)
    assert counts(job) == (0, 0, 2)
    assert [e["code"] for e in job.errors] == ["time_future"]
    assert not (Event.objects.exists())
    assert not (Thing.objects.exists())
    assert not (Leaf.objects.exists())
    assert not (FactRow.objects.exists())


def test_an_id_that_is_known_with_other_content_is_refused():
    first = made(1, [unit("A1")]) | {"eventID": "urn:uuid:1"}
    other = made(1, [unit("A2")]) | {"eventID": "urn:uuid:1"}
    take(first)
    job = take(other)
    assert counts(job) == (0, 0, 1)
    assert job.errors[0]["code"] == "event_id_conflict"
    assert counts(take(first)) == (0, 1, 0)


def test_an_event_that_is_declared_wrong_no_longer_counts_whatever_comes_first():
    right = made(1, [unit("A1")]) | {"eventID": "urn:uuid:1"}
    wrong = right | {"errorDeclaration": {"declarationTime": "2026-11-02T00:00:00+00:00", "reason": "incorrect_data"}}
    take(right)
    assert counts(take(wrong)) == (1, 0, 0)
    assert [(e.error, e.voided) for e in Event.objects.order_by("pk")] == [(False, True), (True, False)]


def test_a_declaration_that_comes_before_its_event_voids_it_too():
    right = made(1, [unit("A1")]) | {"eventID": "urn:uuid:1"}
    wrong = right | {"errorDeclaration": {"declarationTime": "2026-11-02T00:00:00+00:00"}}
    take(wrong)
    take(right)
    assert [(e.error, e.voided) for e in Event.objects.order_by("pk")] == [(True, False), (False, True)]


def test_what_cannot_be_read_is_refused_and_noted():
    with pytest.raises(RefusedError) as no:
        capture.capture(b"{", HOUSE, now=NOW)
    assert no.value.refusal.code == "epcis_json_invalid"
    assert not Event.objects.exists()


def test_what_breaks_off_keeps_the_events_before_and_says_so():
    whole = document(*STORY)
    broken = whole[: whole.index(b'"bizStep": "receiving"')]
    with pytest.raises(RefusedError):
        capture.capture(broken, HOUSE, now=NOW)
    assert not Event.objects.exists()


def test_nobody_without_the_right_stores_anything():
    nobody = Actor("person", "person:reviewer", roles=frozenset({Role.REVIEWER}))
    with pytest.raises(RefusedError) as no:
        take(*STORY, by=nobody)
    assert no.value.refusal.code == "not_permitted"
    assert not (CaptureJob.objects.exists())
    assert not (Event.objects.exists())


def test_the_leaf_of_an_event_opens_to_its_hash_and_an_erased_body_leaves_it_whole():
    take(STORY[0])
    index = Leaf.objects.get(kind="event").pk
    row = Event.objects.get()
    said = openings.open_leaf(index).what()
    assert said["value"] == {"hash": f"ni:///sha-256;{bytes(row.hash).hex()}?ver=CBV2.0", "owner": "", "error": False}
    Event.objects.update(body=None)
    assert openings.open_leaf(index).what() == said


def test_what_is_on_the_ledger_holds_no_word_of_the_event():
    take(STORY[0] | {"ilmd": {"cbvmda:lotNumber": "L7", "https://shop.example/buyer": "王小明"}})
    on_the_log = json.dumps([bytes(x.commitment).hex() for x in Leaf.objects.all()])
    assert "王小明" not in on_the_log
    assert len(bytes(Leaf.objects.filter(kind="event").get().commitment)) == 32


def test_many_portions_of_a_document_are_numbered_through(monkeypatch):
    monkeypatch.setattr(capture, "PORTION", 2)
    bad = made(3, [unit("B1")]) | {"action": "MAYBE"}
    job = take(*STORY, bad, counted(4, {lot("L9"): 5}, "commissioning", FACTORY, action="ADD"))
    assert counts(job) == (5, 0, 1)
    assert job.errors[0]["number"] == 4
    assert FactRow.objects.filter(name="EventsCaptured").count() == 3


def test_quantities_are_kept_exactly():
    take(baked(1, {lot("L9"): 5.125}, {lot("B1"): 3}))
    kept = dict(Mention.objects.values_list("part", "quantity"))
    assert (str(kept["input"].normalize()), int(kept["output"])) == ("5.125", 3)


def test_a_portion_is_stored_with_few_statements(django_assert_max_num_queries):
    many = [
        made(1, [unit(f"A{n}")], "L7") | {"eventTime": f"2026-11-01T00:{n // 60:02}:{n % 60:02}+00:00"}
        for n in range(400)
    ]
    with django_assert_max_num_queries(60):
        assert counts(take(*many)) == (400, 0, 0)


LARGE = {
    "quantity": ({"quantityList": [{"epcClass": lot("L1"), "quantity": 10**17}]}, "quantity_out_of_range"),
    "step": ({"bizStep": "https://shop.example/" + "x" * 200}, "identifier_too_long"),
    "zero": ({"https://shop.example/note": "a\u0000b"}, "zero_character"),
}


@pytest.mark.parametrize("name", LARGE)
def test_what_no_column_holds_is_named_and_stops_no_other(name):
    more, code = LARGE[name]
    job = take(STORY[0], seen(2, [unit("A1")], "shipping") | more)
    assert (counts(job), [e["code"] for e in job.errors]) == ((1, 0, 1), [code])


def test_numbers_and_texts_of_a_body_are_kept():
    note = {
        "https://shop.example/n": 2**70,
        "https://shop.example/t": "\u2028 «童装» \U0001f9e6",
        "https://shop.example/f": 1.5,
    }
    take(STORY[0] | note)
    body = Event.objects.get().body
    assert [body["{https://shop.example/}" + k] for k in "ntf"] == [2**70, "\u2028 «童装» \U0001f9e6", "1.5"]


def test_the_name_of_a_declaration_fits_its_leaf():
    """PostgreSQL refuses what SQLite lets pass."""
    assert len(storing.reference(bytes(32), error=True)) <= Leaf._meta.get_field("ref").max_length
