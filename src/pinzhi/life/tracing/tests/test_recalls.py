"""Levels and clocks of recalls: exact moments on the official calendar, acts that write and acts that are refused."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.law.tables import official, statutes
from pinzhi.life.tracing import capture, recall
from pinzhi.life.tracing.models import Recall
from pinzhi.life.tracing.rules.recalls import COMPLETED, STARTED, State, clocks
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, NOW, document, made, seen, unit
from pinzhi.people.roles import Actor, Role

HOUSE = Actor.system("test")
MANAGER = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
MERCHANT = Actor("person", "person:shop", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
KNOWN = datetime(2026, 9, 21, 1, 0, tzinfo=UTC)  # Monday, 09:00 in China


def ticking(level, opened, now, closed=None, known=KNOWN):
    found = clocks(level, known, opened, closed, now, statutes().in_force, official())
    return {c.name: c for c in found}


@pytest.mark.parametrize(
    ("level", "hours", "last"),
    [
        # Ten working days after Monday 21 September 2026: the national holiday and its exchanged days are not counted.
        ("food_1", 24, official().add_working_days(date(2026, 9, 21), 10).due),
        ("food_2", 48, official().add_working_days(date(2026, 9, 21), 20).due),
        ("food_3", 72, official().add_working_days(date(2026, 9, 21), 30).due),
    ],
)
def test_a_grade_has_hours_to_start_and_working_days_to_end(level, hours, last):
    found = ticking(level, KNOWN + timedelta(hours=1), KNOWN + timedelta(hours=2))
    assert found[STARTED].until == KNOWN + timedelta(hours=hours)
    assert found[STARTED].state is State.MET
    assert found[COMPLETED].deadline.due == last
    assert found[COMPLETED].state is State.RUNNING
    assert not any(c.row.verified for c in found.values())


def test_the_holiday_of_october_does_not_count():
    # 22, 23, 24 September; 25 to 27 Mid-Autumn off; 28 to 30; 1 to 7 October off; 8 to 10 (10: a worked Saturday); Monday 12.
    assert ticking("food_1", KNOWN, KNOWN)[COMPLETED].deadline.due == date(2026, 10, 12)


def test_a_start_on_the_last_second_is_in_time_and_one_second_later_is_late():
    edge = KNOWN + timedelta(hours=24)
    assert ticking("food_1", edge, edge)[STARTED].state is State.MET
    assert ticking("food_1", edge + timedelta(seconds=1), edge)[STARTED].state is State.LATE


def test_a_recall_is_overdue_on_the_day_after_its_last_and_late_when_closed_then():
    last_evening = datetime(2026, 10, 12, 15, 59, tzinfo=UTC)
    midnight = datetime(2026, 10, 12, 16, 0, tzinfo=UTC)
    assert ticking("food_1", KNOWN, last_evening)[COMPLETED].state is State.RUNNING
    assert ticking("food_1", KNOWN, midnight)[COMPLETED].state is State.OVERDUE
    assert ticking("food_1", KNOWN, midnight, closed=last_evening)[COMPLETED].state is State.MET
    assert ticking("food_1", KNOWN, midnight, closed=midnight)[COMPLETED].state is State.LATE


def test_where_the_calendar_is_not_published_the_last_day_is_a_range():
    late = datetime(2026, 12, 20, 1, 0, tzinfo=UTC)
    deadline = ticking("food_3", late, late, known=late)[COMPLETED].deadline
    assert deadline.due is None
    assert deadline.earliest < deadline.latest


@pytest.mark.parametrize("level", ["", "product"])
def test_other_goods_have_no_clock_in_our_files(level):
    assert ticking(level, KNOWN, KNOWN) == {}


# --- acts ----------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def goods(tmp_path, settings, db):
    settings.EVENT_STORE = tmp_path / "events"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="食品")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("L7", "M1", listing_id="L1", gtin=GTIN)], HOUSE)
    capture.capture(document(made(1, [unit(f"A{n}") for n in range(5)], "L7")), HOUSE, now=NOW)


def test_a_recall_is_opened_at_once_and_graded_afterwards(goods):
    row = recall.recall("L7", MANAGER, "检出沙门氏菌", now=NOW)
    assert (row.level, row.known_at, row.plan, recall.clocks_of(row, NOW)) == ("", NOW, "", ())
    known = NOW - timedelta(hours=30)
    recall.grade(row.pk, MANAGER, "food_1", known_at=known, plan="停止食用，凭订单全额退款", now=NOW)
    row.refresh_from_db()
    assert (row.level, row.known_at, row.plan) == ("food_1", known, "停止食用，凭订单全额退款")
    assert [c.state for c in recall.clocks_of(row, NOW)] == [
        State.LATE,
        State.RUNNING,
    ]  # known for thirty hours, not twenty-four
    recall.grade(row.pk, MANAGER, "food_2", now=NOW)
    row.refresh_from_db()
    assert (row.level, row.known_at, row.plan) == ("food_2", known, "停止食用，凭订单全额退款")
    assert [c.state for c in recall.clocks_of(row, NOW)] == [State.MET, State.RUNNING]
    assert recall.overdue(row, NOW + timedelta(days=60))
    d = recall.standing(row)
    assert (d["level"], d["plan"], d["listings"], d["closing"]) == ("food_2", row.plan, ["L1"], None)
    assert [c["law"] for c in d["clocks"]] == ["recall.food_2_start", "recall.food_2_end"]
    assert recall.about_listing("L1") == [row.pk]
    assert recall.about_listing("L2") == []


def test_closing_counts_once_more(goods):
    row = recall.recall("L7", MANAGER, "检出沙门氏菌", level="food_1", plan="退货", now=NOW)
    later = NOW + timedelta(days=2)
    gone = seen(40, [unit("A0"), unit("A1")], "destroying", FACTORY, disposition="destroyed")
    capture.capture(document(gone), HOUSE, now=later)
    recall.close(row.pk, MANAGER, "两件销毁，三件封存", now=later)
    row.refresh_from_db()
    assert row.found["destroyed"] == 0
    assert row.closing == {
        "made": 5, "sold": 0, "located": 3, "under_way": 0, "returned": 0, "destroyed": 2, "unaccounted": 0,
        "words": "两件销毁，三件封存", "by": "person:manager",
    }  # fmt: skip
    assert recall.close(row.pk, MANAGER, "再次", now=later).closing["words"] == "两件销毁，三件封存"
    assert not recall.overdue(row, NOW + timedelta(days=90))
    with pytest.raises(RefusedError) as no:
        recall.grade(row.pk, MANAGER, "food_3", now=later)
    assert no.value.refusal.code == "recall_closed"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda pk: recall.grade(pk, MANAGER, "food_9", now=NOW), "recall_level_unknown"),
        (
            lambda pk: recall.grade(pk, MANAGER, "food_1", known_at=NOW + timedelta(minutes=1), now=NOW),
            "known_in_future",
        ),
        (lambda pk: recall.grade("0" * 32, MANAGER, "food_1", now=NOW), "recall_unknown"),
        (lambda pk: recall.grade(pk, MERCHANT, "food_1", now=NOW), "not_permitted"),
        (lambda pk: recall.close(pk, MANAGER, " ", now=NOW), "closing_without_words"),
        (lambda pk: recall.close("0" * 32, MANAGER, "完", now=NOW), "recall_unknown"),
        (lambda pk: recall.close(pk, MERCHANT, "完", now=NOW), "not_permitted"),
    ],
)
def test_a_refused_act_changes_nothing(goods, act, code):
    row = recall.recall("L7", MANAGER, "检出沙门氏菌", now=NOW)
    before = Recall.objects.values().get()
    with pytest.raises(RefusedError) as no:
        act(row.pk)
    assert no.value.refusal.code == code
    assert Recall.objects.values().get() == before


@pytest.mark.parametrize(
    ("level", "ahead", "code"), [("x", 0, "recall_level_unknown"), ("food_1", 1, "known_in_future")]
)
def test_a_recall_with_a_wrong_grade_stops_nothing(goods, level, ahead, code):
    with pytest.raises(RefusedError) as no:
        recall.recall("L7", MANAGER, "x", level=level, known_at=NOW + timedelta(hours=ahead), now=NOW)
    assert no.value.refusal.code == code
    assert not Recall.objects.exists()
