"""Temperatures on the way against the limit of the goods: exact breaks, whom they concern, and the case that a person decides."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework.models import Case
from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.decisions.models import DecisionRow
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture, cold, cold_picture, recall
from pinzhi.life.tracing.models import CaptureJob
from pinzhi.life.tracing.rules.cold import ColdFigures, Reading, breaks, limit_of, readings
from pinzhi.life.tracing.tests.chains import (
    CRATE,
    FACTORY,
    GTIN,
    NOW,
    PALLET,
    T0,
    WAREHOUSE,
    at,
    document,
    made,
    packed,
    seen,
    unit,
)
from pinzhi.people.roles import Actor

HOUSE = Actor.system("test")
FIGURES = ColdFigures(Decimal(-15), Decimal(10), 30, 120)
START = datetime(2026, 11, 1, tzinfo=UTC)


def course(*values, step=30, start=START):
    return [Reading(start + timedelta(minutes=step * n), Decimal(str(v)), "W", 7) for n, v in enumerate(values)]


def spans(*values, step=30, most=10):
    return [(b.minutes, b.worst, b.back) for b in breaks(course(*values, step=step), Decimal(most), FIGURES)]


@pytest.mark.parametrize(
    ("values", "found"),
    [
        ((3, 4, 5, 10), []),  # at the limit is within it
        ((3, 12, 4), []),  # half an hour is let pass
        ((3, 12, 13, 4), [(60, Decimal(13), True)]),  # from the first reading above to the first one within
        ((3, 12, 13, 11), [(60, Decimal(13), False)]),  # never seen within again: until the last reading
        ((12, 12, 3, 15, 15, 15, 2), [(60, Decimal(12), True), (90, Decimal(15), True)]),
        ((), []),
        ((30,), []),  # one reading is no time
    ],
)
def test_breaks_are_what_the_readings_show(values, found):
    assert spans(*values) == found


def test_nothing_is_said_of_the_time_between_readings_far_apart():
    assert spans(12, 12, step=121) == []
    assert spans(12, 12, step=120) == [(120, Decimal(12), False)]


def test_a_break_names_when_where_and_in_which_event():
    (one,) = breaks(course(3, 12, 14, 9), Decimal(10), FIGURES)
    assert (one.since, one.until, one.where, one.event) == (
        START + timedelta(minutes=30),
        START + timedelta(minutes=90),
        "W",
        7,
    )


@given(st.lists(st.integers(-30, 40), max_size=40), st.randoms())
def test_the_order_of_the_reports_does_not_matter_and_breaks_never_overlap(values, chance):
    ordered = course(*values)
    mixed = ordered[:]
    chance.shuffle(mixed)
    found = breaks(ordered, Decimal(10), FIGURES)
    assert breaks(mixed, Decimal(10), FIGURES) == found
    assert all(a.until <= b.since for a, b in zip(found, found[1:], strict=False))
    assert all(b.worst > 10 and b.minutes > 30 for b in found)


@pytest.mark.parametrize(
    ("words", "most"),
    [
        ("生鲜 冷冻虾仁", -15),
        ("食品/速冻 水饺", -15),
        ("生鲜 鲜鸡蛋", 10),
        ("食品 巴氏鲜奶", 10),
        ("食品 牛肉干", None),
        ("女装 连衣裙", None),
    ],
)
def test_the_limit_follows_from_category_and_title(words, most):
    assert limit_of(words, FIGURES) == (None if most is None else Decimal(most))


def test_reports_are_read_in_every_unit_and_form():
    fields = {
        "eventTime": "2026-11-01T08:00:00Z",
        "sensorElementList": [
            {
                "sensorMetadata": {"time": "2026-11-01T07:00:00Z"},
                "sensorReport": [
                    {"type": "Temperature", "value": "4.5", "uom": "CEL"},
                    {"type": "gs1:Temperature", "value": 277.65, "uom": "KEL", "time": "2026-11-01T07:30:00Z"},
                    {"type": "Temperature", "minValue": 30, "maxValue": 41, "uom": "FAH"},
                    {"type": "AbsoluteHumidity", "value": 12, "uom": "A93"},
                    {"type": "Temperature", "value": "warm", "uom": "CEL"},
                    {"type": "Temperature", "value": 5, "uom": "XXX"},
                    {"type": "Temperature"},
                ],
            },
            {"sensorReport": [{"type": "Temperature", "value": 1, "uom": "CEL"}]},
            "nothing",
        ],
    }
    found = [(r.at.strftime("%H:%M"), r.celsius) for r in readings(fields)]
    assert found == [
        ("07:00", Decimal("4.5")), ("07:30", Decimal("4.50")), ("07:00", Decimal("5.00")), ("08:00", Decimal(1)),
    ]  # fmt: skip
    assert readings({}) == []


@pytest.mark.parametrize(
    ("minutes", "zh", "en"),
    [(0, "0 分钟", "0 min"), (45, "45 分钟", "45 min"), (60, "1 小时", "1 h"), (450, "7 小时 30 分钟", "7 h 30 min")],
)
def test_a_span_as_people_say_it(minutes, zh, en):
    assert (cold.span(minutes).zh, cold.span(minutes).en) == (zh, en)


# --- over stored events --------------------------------------------------------------------------------------------------------------------


def journey(hours, thing, *values):
    reports = [
        {"type": "Temperature", "time": at(hours + n / 2), "value": v, "uom": "CEL"} for n, v in enumerate(values)
    ]
    return seen(
        hours + len(values) / 2, [thing], "transporting", WAREHOUSE, sensorElementList=[{"sensorReport": reports}]
    )


@pytest.fixture
def told(db):
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="生鲜", title="冷冻虾仁")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("L7", "M1", listing_id="L1", gtin=GTIN)], HOUSE)
    return capture.capture(
        document(
            made(1, [unit("A"), unit("B")], "L7"),
            packed(2, [unit("A")], PALLET),
            packed(2, [unit("B")], CRATE),
            journey(3, PALLET, -20, -19, -8, -3, 1.5, -9, -18, -20),
            journey(3, CRATE, -20, -20.5, -19),
        ),
        HOUSE,
        now=NOW,
    )


def test_a_piece_has_the_temperatures_of_the_pallet_that_it_was_on(told):
    warm, fine = cold.of_thing(unit("A")), cold.of_thing(unit("B"))
    (one,) = warm.breaks
    assert (warm.most, warm.minutes, one.worst, one.since) == (-15, 120, Decimal("1.5"), T0 + timedelta(hours=4))
    assert (fine.breaks, [r.celsius for r in fine.readings]) == ((), [Decimal(-20), Decimal("-20.5"), Decimal(-19)])


def test_a_batch_has_every_journey_by_itself(told):
    from pinzhi.catalogue import queries

    found = cold.of_batch(queries.batch("L7"))
    assert sorted(len(c.readings) for c in found) == [3, 8]
    assert sum(len(c.breaks) for c in found) == 1


def test_goods_without_a_limit_have_temperatures_and_no_break(told):
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L2", "M1", category="女装", title="连衣裙")], HOUSE)
    assert cold.of_history(cold.history.of(PALLET)).most is None


def test_a_break_opens_one_case_that_stops_nothing(told):
    job = CaptureJob.objects.get()
    assert cold.look_at_captured(job.pk, 0) == 1
    assert cold.look_at_captured(job.pk, 0) == 1  # the same event again
    (case,) = Case.objects.all()
    assert (case.desk, case.subject_id, case.merchant_id) == ("tracing", "L7", "M1")
    assert case.evidence["why_zh"] == "运输温度自 2026-11-01 12:00 起高于 -15 ℃，累计 2 小时，最高 1.5 ℃。"
    assert (case.evidence["minutes"], case.evidence["where"]) == (120, WAREHOUSE)
    assert not DecisionRow.objects.exists()


def test_capture_asks_for_the_look_only_where_temperatures_came(told):
    from pinzhi.engine.models import JobRun

    asked = JobRun.objects.filter(name=capture.COLD_JOB)
    assert [r.arguments for r in asked] == [{"capture_job": told.pk, "after": 0}]
    capture.capture(document(seen(9, [PALLET], "receiving", FACTORY)), HOUSE, now=NOW)
    assert asked.count() == 1


def test_an_event_declared_wrong_counts_no_longer(told):
    from pinzhi.life.tracing.models import Event

    Event.objects.filter(step="transporting").update(voided=True)
    assert cold.of_thing(unit("A")) is None
    assert cold.look_at_captured(told.pk, 0) == 0


def test_the_picture_says_what_it_shows(told):
    warm = cold.of_thing(unit("A"))
    chart = cold_picture.picture(warm, "zh-hans")
    assert "运输温度自 2026-11-01 12:00 起高于 -15 ℃" in chart.svg
    assert chart.table.columns[:3] == ("日期", "温度", "警戒线")
    assert len(chart.table.rows) == 8
    assert cold_picture.said(cold.of_thing(unit("B"))).en == "Never above the limit of -15 °C; -19 °C at most."


def test_the_figures_stand_in_the_policy(db):
    assert recall.policy_in_force().cold == FIGURES
