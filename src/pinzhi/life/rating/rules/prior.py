"""
The prior: what to expect of a listing before its own record speaks, from the tree platform → category → merchant.

Empirical Bayes. A group's rate is the rate above it times a factor Gamma(shape, shape); the shapes are the maximum of the marginal likelihood
(negative binomial for groups, beta-binomial for listings; Robbins 1956, Efron & Morris 1975), so that the data say how alike the members of a group are.
Each listing is left out of its merchant's factor and its category's rate, so that its record is not used twice.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.distributions import log_beta, log_gamma
from pinzhi.life.rating.rules.policy import Prior

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

SHAPES = np.geomspace(0.3, 300.0, 25)
_SAMPLE = 4_000
_HIGHEST = 0.95


@dataclass(frozen=True, slots=True)
class Tree:
    """
    Expected bad shares: `platform` (scalar), `category` (categories,) and per listing `of_category` and `of_merchant` (the category's share times the
    merchant's factor, the listing itself left out). `shape` is the gamma shape of listings around it: the prior is worth `shape / share` orders.
    """

    platform: float
    category: Floats
    of_category: Floats
    of_merchant: Floats
    shape: float
    merchant_shape: float
    category_shape: float

    def strength(self) -> Floats:
        """How many orders the prior of each listing is worth."""
        return np.asarray(self.shape / self.of_merchant)


def grow(good: Floats, bad: Floats, category: Ints, merchant: Ints, policy: Prior) -> Tree:
    """
    Estimate the tree from counts of good and bad orders per listing (not necessarily whole numbers) and its category and merchant codes.

    With no evidence at all the policy's assumptions stand.
    """
    n = good + bad
    platform = (bad.sum() + policy.bad_share) / (n.sum() + 1.0)
    platform = float(np.clip(platform, 1e-6, _HIGHEST))
    shape, merchant_shape, category_shape = policy.listing_shape, policy.merchant_shape, policy.category_shape
    share = np.full(len(n), platform)
    above, rates = share, np.full(int(category.max(initial=0)) + 1, platform)
    for _ in range(3):
        # a listing of n orders tells as much about its group as n / (1 + n share / shape) independent ones
        size = n / (1.0 + n * share / shape)
        hits = np.divide(bad * size, n, out=np.zeros_like(n), where=n > 0)
        rates, above, category_shape = _step(hits, size, category, np.full(len(n), platform), policy.category_shape)
        _, share, merchant_shape = _step(hits, size, merchant, above, policy.merchant_shape)
        shape = _listing_shape(good, bad, share, policy.listing_shape)
    return Tree(platform, rates * platform, above, share, shape, merchant_shape, category_shape)


def _step(hits: Floats, size: Floats, group: Ints, base: Floats, assumed: float) -> tuple[Floats, Floats, float]:
    """One level down: (factor of each group, share of each listing without itself, shape of the factors)."""
    expected = size * base
    total_hits = np.bincount(group, weights=hits)
    total_expected = np.bincount(group, weights=expected)
    shape = _group_shape(total_hits, total_expected, assumed)
    factor = (total_hits + shape) / (total_expected + shape)
    without = (total_hits[group] - hits + shape) / (total_expected[group] - expected + shape)
    return factor, np.clip(base * np.maximum(without, 1e-6), 1e-7, _HIGHEST), shape


def _peak(likelihood: Floats, assumed: float) -> float:
    """
    The best shape of the grid, the exact one by a parabola through its neighbours, with a weak pull (one unit of log-likelihood per factor e²)
    towards the assumed one, so that two or three groups do not decide alone.
    """
    score = likelihood - 0.25 * (np.log(SHAPES) - np.log(assumed)) ** 2
    k = int(np.argmax(score))
    if k in (0, len(SHAPES) - 1):
        return float(SHAPES[k])
    left, middle, right = score[k - 1 : k + 2]
    bend = left - 2 * middle + right
    move = 0.5 * (left - right) / bend if bend < 0 else 0.0
    return float(SHAPES[k] * (SHAPES[1] / SHAPES[0]) ** move)


def _group_shape(hits: Floats, expected: Floats, assumed: float) -> float:
    """Marginal likelihood of hits ~ Poisson(expected × Gamma(shape, shape)) over the groups that have any exposure."""
    use = np.flatnonzero(expected > 0)
    if len(use) < 2:
        return assumed
    use = use[:: max(1, len(use) // _SAMPLE)]
    x, e = hits[use], expected[use]
    s = SHAPES[:, None]
    each = log_gamma(x + s) - log_gamma(s) + s * np.log(s) - (x + s) * np.log(e + s)
    return _peak(each.sum(axis=1), assumed)


def _listing_shape(good: Floats, bad: Floats, share: Floats, assumed: float) -> float:
    """Marginal likelihood of the listings' counts under Beta(shape, shape (1 - share) / share)."""
    use = np.flatnonzero(good + bad > 0)
    if len(use) < 2:
        return assumed
    use = use[:: max(1, len(use) // _SAMPLE)]
    g, b, m = good[use], bad[use], share[use]
    s = SHAPES[:, None]
    other = s * (1.0 - m) / m
    return _peak((log_beta(b + s, g + other) - log_beta(s, other)).sum(axis=1), assumed)
