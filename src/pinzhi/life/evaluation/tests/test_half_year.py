"""The half-year: what was delivered in it, by what is known now, and never flattered by its first weeks."""

from datetime import date

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Status, Subject
from pinzhi.life.evaluation import queries
from pinzhi.life.evaluation.contracts import Half
from pinzhi.life.evaluation.tests.test_queries import BAD, GOOD, shop

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def tallies():
    return shop()  # two merchants, 1 January to 31 July 2026, complaints 20 days after delivery: 1 % and 6 %


def test_halves_are_read_written_and_ordered():
    assert [str(Half.of(d)) for d in (date(2026, 6, 30), date(2026, 7, 1))] == ["2026H1", "2026H2"]
    assert Half.parse("2026H2").next() == Half(2027, 1)
    assert (Half(2026, 1).first, Half(2026, 1).last) == (date(2026, 1, 1), date(2026, 6, 30))
    assert [Half.parse(t) for t in ("2026H3", "2026h1", "26H1", "", "2026H1 ", "２０２６H1")] == [None] * 6
    assert Half(2025, 2) < Half(2026, 1)


def test_a_whole_half_counts_its_own_deliveries_only(tallies):
    found = queries.half_year(tallies, Half(2026, 1))
    bad = found.of("complaint_rate", BAD).rate
    assert (bad.orders, bad.events) == (181 * 100, 181 * 6)  # every complaint of June has come by the end of July
    assert bad.maturity == pytest.approx(1.0)
    assert bad.estimate.value == pytest.approx(0.06)
    assert bad.status is Status.NOT_MET
    assert found.of("complaint_rate", GOOD).rate.status is Status.MET
    assert found.of("complaint_rate").rate.orders == 2 * 181 * 100 + 1
    assert found.as_of == date(2026, 7, 31)


def test_a_young_half_is_completed_by_the_delay_of_the_half_before(tallies):
    bad = queries.half_year(tallies, Half(2026, 2)).of("complaint_rate", BAD).rate
    assert (bad.orders, bad.events) == (31 * 100, 11 * 6)  # deliveries of 1 to 11 July have shown what they will
    assert bad.maturity == pytest.approx(11 / 31)
    assert bad.estimate.value == pytest.approx(0.06, rel=0.001)  # not 2.1 %, the naive ratio
    assert bad.status is Status.NOT_MET


def test_the_half_is_the_sum_of_its_months(tallies):
    half = queries.half_year(tallies, Half(2026, 1)).of("complaint_rate", GOOD).rate
    months = [m for m in queries.trend(tallies, "complaint_rate", GOOD, months=7) if m.first.month < 7]
    assert sum(m.orders for m in months) == half.orders
    assert sum(m.rate.events for m in months) == half.events


def test_halves_outside_the_history_are_refused(tallies):
    assert queries.halves(tallies) == (Half(2026, 2), Half(2026, 1))
    for half in (Half(2025, 2), Half(2027, 1)):
        with pytest.raises(RefusedError, match="half_empty"):
            queries.half_year(tallies, half)


def test_who_delivered_nothing_in_the_half_has_no_figure(tallies):
    assert queries.half_year(tallies, Half(2026, 2)).of("complaint_rate", Subject(Kind.MERCHANT, "M2")) is None
