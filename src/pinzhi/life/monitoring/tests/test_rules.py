"""Single formulas with exact values and properties."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.life.monitoring.contracts import CommonCausePolicy, DelayPolicy
from pinzhi.life.monitoring.rules import calibration, common_cause, evidence, explain
from pinzhi.life.monitoring.rules.cause import Cells, cause
from pinzhi.life.monitoring.rules.delay import default_curve
from pinzhi.life.monitoring.rules.windows import Windows


def window(seen, expected, all_seen, all_expected, size=3.0):
    weight = np.array([[[seen * math.log(size)]]])
    return Windows(np.array([[seen]]), np.array([[expected]]), np.array([all_seen]), np.array([all_expected]), weight)


def test_gamma_poisson_is_the_quotient_of_its_marginals():
    k, before, onset, size = 2.0, (3.0, 4.0), (5.0, 1.5), 3.0
    known = window(onset[0], onset[1], before[0] + onset[0], before[1] + onset[1])
    got = evidence.gamma_poisson(known, k, np.ones(1), np.array([size]))[0, 0, 0]
    a, b = k + before[0], k + before[1]
    null = a * math.log(b) - (a + onset[0]) * math.log(b + onset[1])
    fault = onset[0] * math.log(size) + a * math.log(b) - (a + onset[0]) * math.log(b + size * onset[1])
    assert got == pytest.approx(fault - null)


@settings(max_examples=30, deadline=None)
@given(st.floats(0.2, 5.0), st.floats(0.5, 8.0), st.sampled_from([1.5, 3.0, 10.0]))
def test_gamma_poisson_is_an_e_value_under_its_null(expected, k, size):
    """Mean over the negative-binomial null is one: Σ P(x) BF(x) = 1."""
    x = np.arange(0, 400)
    p = k / (k + expected)
    log_p = (
        np.array([math.lgamma(k + i) - math.lgamma(k) - math.lgamma(i + 1) for i in x])
        + k * math.log(p)
        + x * math.log1p(-p)
    )
    seen = x[:, None].astype(float)
    known = Windows(
        seen, np.full((400, 1), expected), seen[:, 0], np.full(400, expected), seen[:, :, None] * math.log(size)
    )
    factor = evidence.gamma_poisson(known, k, np.ones(400), np.array([size]))[:, 0, 0]
    assert np.exp(log_p + factor).sum() <= 1.0 + 1e-6


def test_beta_binomial_prefers_no_fault_when_nothing_is_bad():
    known = window(0.0, 3.0, 0.0, 3.0)
    assert evidence.beta_binomial(known, np.array([[25.0]]), 5.0, np.ones(1), np.array([3.0]))[0, 0, 0] < 0


def test_a_curve_sums_to_one_and_halves_at_its_median():
    curve = default_curve(DelayPolicy(90, 8.0, 200.0, 20.0))
    assert curve.sum() == pytest.approx(1.0)
    assert curve[8] / curve[0] == pytest.approx(0.5)


def test_weather_is_told_from_one_fault():
    policy = CommonCausePolicy(14, 0.25, 3.0)
    expected = np.full(60, 2.0)
    faulty = np.full(60, 2.0)
    faulty[0] = 40.0
    assert common_cause.factor(faulty, expected, policy) == 1.0
    assert common_cause.factor(np.full(60, 4.0), expected, policy) == pytest.approx(2.0, rel=0.1)


def test_ripeness_without_weather_is_the_running_sum_of_the_curve():
    curve = default_curve(DelayPolicy(20, 4.0, 1.0, 1.0))[None]
    ripe = common_cause.ripeness(curve, np.ones((1, 60)), 28, 40)
    assert np.allclose(ripe[0, 0], np.cumsum(curve[0]))
    assert np.allclose(ripe[0, -1], np.cumsum(curve[0]))


def test_a_threshold_is_the_budgeted_quantile_and_extends_beyond_what_was_drawn():
    tail = calibration.Tail.of(np.random.default_rng(1).exponential(1.0, 20_000))
    assert tail.level(0.01, 0.0) == pytest.approx(-math.log(0.01), rel=0.05)
    small = calibration.Tail.of(np.random.default_rng(1).exponential(1.0, 200))
    assert small.level(0.001, 0.0) == pytest.approx(-math.log(0.001), rel=0.4)
    assert tail.level(0.5, 3.0) == 3.0


def test_false_shares_fall_with_evidence():
    shares = calibration.expected_false(np.array([1e-6, 1e-2, 1e-4]), 1000)
    assert list(np.argsort(shares)) == [0, 2, 1]
    assert shares[1] == 1.0


def cells(seen, expected, listing=(0, 0, 1, 2), batch=(0, 1, 2, 3)):
    n = len(seen)
    return Cells(
        np.array(listing),
        np.array(batch),
        np.array([0, 0, 0, 1]),
        np.zeros(n, int),
        np.array(seen, float),
        np.array(expected, float),
    )


@pytest.mark.parametrize(
    ("seen", "kind", "code"),
    [
        ((30, 5, 5, 5), "batch", 0),
        ((30, 30, 5, 5), "listing", 0),
        ((30, 30, 30, 5), "merchant", 0),
        ((30, 30, 30, 30), "category", 0),
    ],
)
def test_the_smallest_set_that_explains_the_excess_is_the_cause(seen, kind, code):
    made = cells(seen, (5, 5, 5, 5))
    got = cause(made, made.listing == 0, ("listing", 0))
    assert (got.kind, got.code) == (kind, code)


def test_interval_and_smallest_visible_fault():
    low, high = explain.gamma_interval(14, 3.1)
    assert low == pytest.approx(2.8, abs=0.15)
    assert high == pytest.approx(6.9, abs=0.3)
    seen = explain.smallest_visible(np.array([1.0, 100.0]), 6.0)
    assert seen[0] > seen[1] > 1.0
    r = seen[0]
    assert r * math.log(r) - r + 1 == pytest.approx(6.0, rel=1e-6)


def test_e_values_are_written_for_people():
    assert explain.e_value(math.log(820)) == "820"
    assert explain.e_value(math.log(1.3e6)) == "1.3×10⁶"
