"""The panel and the trend: young months are completed, thin groups prove nothing, and the day of the report is respected."""

from datetime import date, timedelta

import numpy as np
import pytest

from pinzhi.engine.tallies import Deliveries, Names, Outcomes, Sales, Stream, Tallies
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Status, Subject
from pinzhi.life.evaluation import queries

pytestmark = pytest.mark.django_db

FIRST = (date(2026, 1, 1) - date(1970, 1, 1)).days
DAYS = 212  # 1 January to 31 July
GOOD, BAD = Subject(Kind.MERCHANT, "M0"), Subject(Kind.MERCHANT, "M1")


def shop(per_day=100, good=1, bad=6, lag=20):
    """Two merchants with `per_day` deliveries a day each; `good` and `bad` complaints per day's cohort, `lag` days later. A third sells once."""
    deliveries = [(listing, FIRST + d, per_day) for listing in (0, 1) for d in range(DAYS)] + [(2, FIRST + 5, 1)]
    events = [
        (listing, FIRST + d, FIRST + d + lag, n)
        for listing, n in ((0, good), (1, bad))
        for d in range(DAYS)
        if d + lag < DAYS
    ]
    listing, day, orders = (np.array(c, np.int32) for c in zip(*sorted(deliveries), strict=True))
    who, when, seen, count = (np.array(c, np.int32) for c in zip(*sorted(events), strict=True))
    none = np.full(len(who), -1, np.int32)
    zero = np.zeros(len(who), np.int8)
    return Tallies(
        Names(("L0", "L1", "L2"), ("M0", "M1", "M2"), ("C0", "C1"), (), np.array([0, 1, 2], np.int32),
              np.array([0, 1, 1], np.int32)),
        Sales(listing, np.full(len(listing), -1, np.int32), day, orders, orders.astype(np.int64)),
        Outcomes(who, none, np.full(len(who), Stream.COMPLAINT, np.int8), when, when, seen, zero, zero, zero, count),
        Deliveries(listing, day, orders),
        FIRST, FIRST + DAYS - 1, len(listing) + len(who),
    )  # fmt: skip


@pytest.fixture(scope="module")
def tallies():
    return shop()


def test_the_panel_says_met_not_met_and_unproven(db, tallies):
    found = queries.panel(tallies)
    assert found.as_of == date(2026, 7, 31)
    assert found.of("complaint_rate", GOOD).rate.status is Status.MET
    assert found.of("complaint_rate", BAD).rate.status is Status.NOT_MET
    assert found.of("complaint_rate", Subject(Kind.MERCHANT, "M2")) is None  # delivered before the period
    assert found.of("complaint_rate").rate.estimate.value == pytest.approx(0.035, rel=0.02)
    assert [f.subject.id for f in found.group("complaint_rate", "merchant")] == ["M1", "M0"]
    assert found.counts("complaint_rate", "merchant") == {Status.MET: 1, Status.NOT_MET: 1, Status.UNPROVEN: 0}


def test_a_new_platform_has_no_figure_rather_than_a_met_target(db, tallies):
    early = queries.panel(tallies, date(2026, 1, 10))
    assert early.of("complaint_rate") is None
    assert queries.trend(tallies, "complaint_rate", as_of=date(2026, 1, 10), months=1)[0].rate is None


def test_mature_cohorts_without_an_event_are_a_proof(db, tallies):
    returns = queries.panel(tallies).of("return_rate")
    assert returns.rate.events == 0
    assert returns.rate.status is Status.MET
    assert 0.8 < returns.rate.maturity < 0.85  # the last 30 of 182 days have not passed their window


def test_a_thin_group_proves_nothing(db, tallies):
    early = queries.panel(tallies, date(2026, 5, 1))
    assert early.of("complaint_rate", Subject(Kind.MERCHANT, "M2")).rate.status is Status.UNPROVEN


def test_the_last_month_is_completed_for_delay_not_flattered(db, tallies):
    months = queries.trend(tallies, "complaint_rate", BAD, months=8)
    assert [m.first.month for m in months] == [12, 1, 2, 3, 4, 5, 6, 7]
    assert months[0].rate is None
    assert months[0].orders == 0
    for month in months[1:]:
        assert month.rate.estimate.value == pytest.approx(0.06, rel=0.001)
    july = months[-1].rate
    assert july.events == 66  # 11 of 31 days are old enough to show: the naive ratio would be 2.1 %
    assert july.maturity == pytest.approx(11 / 31)
    assert july.status is Status.NOT_MET


def test_a_past_day_is_told_by_what_was_known_then(db, tallies):
    months = queries.trend(tallies, "complaint_rate", GOOD, date(2026, 3, 15), months=1)
    assert (months[0].first, months[0].last) == (date(2026, 3, 1), date(2026, 3, 15))
    assert months[0].orders == 1500
    assert months[0].rate is None  # nobody of March was old enough yet


def test_what_is_unknown_is_refused(db, tallies):
    for call, code in (
        (lambda: queries.trend(tallies, "smile_rate"), "kpi_unknown"),
        (lambda: queries.trend(tallies, "return_rate", Subject(Kind.MERCHANT, "M9")), "subject_unknown"),
        (lambda: queries.trend(tallies, "return_rate", Subject(Kind.CASE, "1")), "subject_unknown"),
        (lambda: queries.panel(tallies, date(2025, 12, 31)), "as_of_before_events"),
    ):
        with pytest.raises(RefusedError, match=code):
            call()


def test_a_listing_has_a_trend_too(db, tallies):
    listing = queries.trend(tallies, "complaint_rate", Subject(Kind.LISTING, "L1"), months=3)
    merchant = queries.trend(tallies, "complaint_rate", BAD, months=3)
    assert [m.rate for m in listing] == [m.rate for m in merchant]
    assert listing[-1].last - listing[-1].first == timedelta(days=30)
