"""Distribution functions against closed forms, and against scipy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from pinzhi.kernel.distributions import (
    beta_cdf,
    beta_quantile,
    log_beta,
    log_gamma,
    normal_quantile,
    poisson_upper_tail,
    wilson,
)


def test_log_gamma_at_integers_and_a_half():
    assert log_gamma(1.0) == pytest.approx(0.0, abs=1e-13)
    assert log_gamma(5.0) == pytest.approx(np.log(24.0), rel=1e-14)
    assert log_gamma(np.array([0.5]))[0] == pytest.approx(0.5 * np.log(np.pi), rel=1e-14)
    assert log_beta(2.0, 3.0) == pytest.approx(np.log(1 / 12), rel=1e-13)


def test_beta_cdf_closed_forms():
    assert beta_cdf(0.3, 1.0, 1.0) == pytest.approx(0.3, rel=1e-13)
    assert beta_cdf(0.3, 2.0, 1.0) == pytest.approx(0.09, rel=1e-13)
    assert beta_cdf(0.3, 1.0, 4.0) == pytest.approx(1 - 0.7**4, rel=1e-13)
    assert beta_cdf([-1.0, 0.0, 1.0, 2.0], 3.0, 2.0).tolist() == [0.0, 0.0, 1.0, 1.0]


def test_upper_95_percent_bound_with_no_event():
    bound = beta_quantile(0.95, 1.0, np.array([30.0, 100.0, 150.0, 300.0, 1000.0]))
    assert np.round(bound * 100, 1).tolist() == [9.5, 3.0, 2.0, 1.0, 0.3]


@given(st.floats(0.001, 0.999), st.floats(0.05, 5_000), st.floats(0.05, 5_000))
def test_the_quantile_inverts_the_distribution(p, a, b):
    x = float(beta_quantile(p, a, b))
    below, above = beta_cdf(x * (1 - 1e-8), a, b), beta_cdf(x + 1e-8 * x + 1e-15, a, b)
    assert below - 1e-8 <= p <= above + 1e-8


def test_many_at_once_equals_one_by_one():
    a, b = np.linspace(0.3, 900, 500), np.linspace(40, 0.7, 500)
    together = beta_quantile(0.1, a, b)
    assert together.tolist() == [float(beta_quantile(0.1, x, y)) for x, y in zip(a, b, strict=True)]


def test_against_scipy():
    a, b = (v.ravel() for v in np.meshgrid([0.2, 0.9, 1.5, 8, 300, 2e4, 1e6], [0.3, 1.0, 2.5, 40, 5e3, 1e6]))
    for p in (0.001, 0.05, 0.1, 0.5, 0.9, 0.95):
        x = stats.beta.ppf(p, a, b)
        usable = (x > 1e-200) & (x < 1 - 1e-12)
        np.testing.assert_allclose(beta_quantile(p, a, b)[usable], x[usable], rtol=1e-7)
        np.testing.assert_allclose(beta_cdf(x, a, b)[usable], stats.beta.cdf(x, a, b)[usable], rtol=1e-7)
    grid = np.array([1e-9, 0.01, 0.3, 0.5, 0.77, 0.99, 1 - 1e-9])
    np.testing.assert_allclose(normal_quantile(grid), stats.norm.ppf(grid), rtol=2e-9, atol=1e-12)
    np.testing.assert_allclose(
        poisson_upper_tail([0, 1, 5, 40], [2.0, 0.5, 1.0, 8.0]),
        stats.poisson.sf([-1, 0, 4, 39], [2.0, 0.5, 1.0, 8.0]),
        rtol=1e-10,
    )


@given(st.integers(0, 400), st.integers(1, 400))
def test_wilson_against_scipy(hits, n):
    hits = min(hits, n)
    ours = wilson(hits, n)
    theirs = stats.binomtest(hits, n).proportion_ci(confidence_level=0.90, method="wilson")
    assert (ours.value, ours.low, ours.high) == pytest.approx((hits / n, theirs.low, theirs.high), abs=1e-12)


def test_wilson_of_nothing():
    assert wilson(0, 0) is None
