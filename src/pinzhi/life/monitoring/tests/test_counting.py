"""Complaints of the own desk are counted once, without words and buyers, whatever breaks in between."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.facts_complaints import ComplaintOpened
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.monitoring import counting
from pinzhi.life.monitoring.models import Counted
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
NOW = datetime(2026, 11, 26, 2, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def market(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="小家电")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], HOUSE)


def opened(number, **more):
    given = {
        "kind": "Q1",
        "level": 3,
        "channel": "web",
        "merchant_id": "M1",
        "listing_id": "L1",
        "order_id": f"O{number}",
    }
    with act("complaints.open", HOUSE, now=NOW) as a:
        a.fact(ComplaintOpened(subject=Subject(Kind.MERCHANT, "M1"), complaint_id=f"C{number}", **{**given, **more}))


def stored():
    rows = [r for table in open_store().events() for r in table.to_pylist()]
    return {r["event_id"]: {k: v for k, v in r.items() if v is not None and k != "arrived"} for r in rows}


def test_a_complaint_is_an_event_of_ids_and_the_code_of_its_kind():
    opened(1)
    opened(2, listing_id="", batch_id="B1")
    assert counting.count_complaints(now=NOW) == 2
    assert stored()["C1"] == {
        "source": "complaints", "event_id": "C1", "kind": "complaint", "at": NOW, "listing_id": "L1", "merchant_id": "M1", "category": "小家电", "order_id": "O1",
        "quantity": 1, "reason": "Q1",
    }  # fmt: skip
    assert (stored()["C2"]["listing_id"], stored()["C2"]["batch_id"]) == ("L1", "B1")


def test_the_marketplaces_own_and_what_nobody_can_place_are_left_out():
    opened(1, channel="api")
    opened(2, listing_id="", merchant_id="")
    opened(3, listing_id="L9")
    assert (counting.count_complaints(now=NOW), stored()) == (0, {})
    opened(4)
    assert (counting.count_complaints(now=NOW), set(stored())) == (1, {"C4"})


def test_counted_again_after_a_crash_each_stands_once():
    for n in range(5):
        opened(n)
    assert counting.count_complaints(now=NOW) == 5
    Counted.objects.update(seq=0)  # died before the place was moved
    opened(5)
    assert (counting.count_complaints(now=NOW), len(stored())) == (1, 6)
    assert counting.count_complaints(now=NOW) == 0


def test_in_portions(monkeypatch):
    monkeypatch.setattr(counting, "AT_ONCE", 2)
    for n in range(5):
        opened(n)
    assert (counting.count_complaints(now=NOW), len(stored())) == (5, 5)
