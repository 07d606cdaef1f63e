"""Rates by cohort: hand values, published bounds, coverage of the interval in simulation."""

import numpy as np
import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Status
from pinzhi.life.evaluation.rules.rates import Triangle, bounds, completion, rate
from pinzhi.life.evaluation.rules.triangles import CohortRow, checked, from_rows


def triangle(ages, orders, events, reached):
    return Triangle(np.array(ages), np.array(orders, float), np.array(events, float), np.array(reached))


@pytest.mark.parametrize(("orders", "percent"), [(30, 9.5), (100, 3.0), (150, 2.0), (300, 1.0), (1000, 0.3)])
def test_upper_bound_with_no_complaint(orders, percent):
    low, high = bounds(0, orders, 0.90)
    assert low == 0.0
    assert round(high * 100, 1) == percent


@pytest.mark.parametrize(("orders", "failures"), [(149, 0), (236, 1), (313, 2), (386, 3), (456, 4), (523, 5)])
def test_sample_sizes_that_prove_two_percent(orders, failures):
    assert bounds(failures, orders, 0.90)[1] <= 0.02
    assert bounds(failures, orders - 1, 0.90)[1] > 0.02


def test_chain_ladder_by_hand():
    # Old cohort: 6 of 10 events come by day 7, 4 by day 30. The young one shows 3 by day 7: expect 3 / 0.6 = 5 in the end.
    t = triangle([7, 30], [500, 250], [[6, 4], [3, 99]], [2, 1])
    assert completion(t).share.tolist() == [0.6, 1.0]
    r = rate(t)
    assert r.estimate.value == pytest.approx(13 / (500 + 250 * 0.6), rel=1e-12)
    assert r.maturity == pytest.approx(650 / 750, rel=1e-12)
    assert (r.window, r.events, r.orders, r.cohorts) == (30, 13, 750, 2)


def test_status_has_three_values():
    full = [1]
    assert rate(triangle([90], [10_000], [[100]], full), target=0.02).status is Status.MET
    assert rate(triangle([90], [10_000], [[300]], full), target=0.02).status is Status.NOT_MET
    assert rate(triangle([90], [100], [[1]], full), target=0.02).status is Status.UNPROVEN
    assert rate(triangle([90], [149], [[0]], full), target=0.02).status is Status.MET
    assert rate(triangle([90], [148], [[0]], full), target=0.02).status is Status.UNPROVEN


def test_cohorts_that_differ_widen_the_interval():
    even = rate(triangle([90], [1000] * 6, [[20]] * 6, [1] * 6))
    uneven = rate(triangle([90], [1000] * 6, [[2], [38]] * 3, [1] * 6))
    assert even.dispersion == 1.0
    assert uneven.dispersion == pytest.approx(6 * 18**2 / (20 * 0.98) / 5, rel=1e-12)
    assert uneven.estimate.value == even.estimate.value
    assert uneven.estimate.high - uneven.estimate.low > 3 * (even.estimate.high - even.estimate.low)


def test_nothing_to_say_is_a_refusal():
    with pytest.raises(RefusedError, match="cohorts_empty"):
        rate(triangle([90], [0], [[0]], [1]))
    with pytest.raises(RefusedError, match="cohorts_too_young"):
        rate(triangle([90], [10], [[0]], [0]))


def test_rows_become_a_triangle_and_wide_rows_are_shared_out():
    rows = [CohortRow(1, "a", 100, 7, 6), CohortRow(2, "a", 100, 30, 2), CohortRow(3, "b", 50, 30, 4)]
    t = from_rows(rows)
    assert t.ages.tolist() == [7, 30]
    assert t.reached.tolist() == [2, 2]
    assert t.events[1].sum() == pytest.approx(4.0)
    assert t.events[1, 0] == pytest.approx(3.0, abs=0.01)


def test_bad_rows_are_refused_one_by_one():
    rows = [
        CohortRow(1, "a", 100, 7, 6), CohortRow(2, "a", 90, 14, 1), CohortRow(3, "a", 100, 7, 1), CohortRow(4, "a", 100, 20, 95),
        CohortRow(5, "b", -1, 7, 0), CohortRow(6, "a", 100, 30, 1),
    ]  # fmt: skip
    good, refused = checked(rows)
    assert [r.line for r in good] == [1, 6]
    assert [(r.line, r.code) for r in refused] == [
        (2, "cohort_changed"), (3, "row_twice"), (4, "events_exceed_orders"), (5, "number_negative"),
    ]  # fmt: skip


def simulated(rng, p, spread):
    """26 weekly cohorts of about 400 orders, ages on a weekly grid to 90 days, geometric delays of median 10 days; young cohorts cut off."""
    ages = np.array([7, 14, 21, 28, 42, 56, 70, 90])
    f = 1 - 0.5 ** (ages / 10)
    share = np.diff(np.concatenate([[0], f / f[-1]]))
    orders = rng.poisson(400, 26)
    factor = rng.gamma(1 / spread, spread, 26) if spread else np.ones(26)
    events = np.array(
        [rng.multinomial(rng.binomial(n, min(1, p * k)), share) for n, k in zip(orders, factor, strict=True)]
    )
    reached = np.searchsorted(ages, 7 * (np.arange(26) + 1), side="right")
    return Triangle(ages, orders.astype(float), events.astype(float), reached)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("p", "spread", "most"), [(0.02, 0.0, 0.94), (0.02, 0.05, 0.94), (0.08, 0.02, 0.94), (0.005, 0.0, 0.96)]
)
def test_the_ninety_percent_interval_covers_ninety_percent(p, spread, most):
    """At 50 events in all (the last case) the exact interval is known to err on the safe side."""
    rng = np.random.default_rng(20261125)
    hits = [r.low <= p <= r.high for r in (rate(simulated(rng, p, spread)).estimate for _ in range(400))]
    assert 0.86 <= np.mean(hits) <= most


@pytest.mark.slow
def test_young_cohorts_are_not_flattered():
    rng = np.random.default_rng(1)
    naive, adjusted = [], []
    for _ in range(300):
        t = simulated(rng, 0.02, 0.0)
        young = Triangle(t.ages, t.orders[:4], t.events[:4], t.reached[:4])
        filled = np.arange(len(t.ages)) < young.reached[:, None]
        naive.append((young.events * filled).sum() / young.orders.sum())
        adjusted.append(rate(young, curve=completion(t)).estimate.value)
    assert np.mean(naive) < 0.014
    assert np.mean(adjusted) == pytest.approx(0.02, abs=0.0007)
