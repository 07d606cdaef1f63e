"""
Rates by cohort with delay adjustment: Σ events / Σ orders F(age), never the naive ratio of young cohorts, which always looks as if the target were met.

F is the delay curve by the chain ladder (discrete reversed hazards; Mack 1993, Lynden-Bell 1971): of the events known within age j, the part that came
in the last step to j is g(j), over cohorts at least that old, and F(j - 1) = F(j) (1 - g(j)) from F(window) = 1.

The interval has three sources: counting (a beta interval, exact for small counts: Clopper & Pearson 1934), cohorts differing more than chance allows (Pearson
dispersion, as the design effect in Korn & Graubard 1998) and the estimate of F itself (Greenwood's variance carried over by the delta method). The last two
shrink the number of orders that the beta interval is computed with.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.distributions import beta_quantile
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Interval, status_against
from pinzhi.life.evaluation.contracts import Rate

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Triangle:
    """
    Cohorts against ages: `events[c, j]` arrived after age `ages[j - 1]` and up to `ages[j]` days; `orders[c]`; `reached[c]` is the number of
    columns that cohort c is old enough to have filled. Columns beyond it are ignored.
    """

    ages: Ints
    orders: Floats
    events: Floats
    reached: Ints


@dataclass(frozen=True, slots=True)
class Completion:
    """The delay curve on the ages of a triangle: `share[j]` = F(ages[j]), and the Greenwood term of each step, 0 for the first."""

    share: Floats
    step_variance: Floats


def completion(triangle: Triangle) -> Completion:
    """Chain ladder. A column without any event behind it is taken as complete (nothing says otherwise)."""
    columns = len(triangle.ages)
    filled = np.arange(columns) < triangle.reached[:, None]
    events = np.where(filled, triangle.events, 0.0)
    known = np.cumsum(events, axis=1)
    share, variance = np.ones(columns), np.zeros(columns)
    for j in range(columns - 1, 0, -1):
        old = triangle.reached > j
        seen, late = known[old, j].sum(), events[old, j].sum()
        hazard = late / seen if seen > 0 else 0.0
        share[j - 1] = share[j] * (1.0 - hazard)
        # half an event keeps the variance honest where a step saw all or nothing
        variance[j] = (
            (late + 0.5) / (seen + 1.0) / max(1.0 - (late + 0.5) / (seen + 1.0), 1e-9) / (seen + 1.0)
            if late > 0
            else 0.0
        )
    return Completion(share, variance)


def rate(
    triangle: Triangle, *, level: float = 0.90, target: float | None = None, curve: Completion | None = None
) -> Rate:
    """
    The share of orders with an event within the last age of the triangle. `curve` lends the completion of a larger group.

    Raises RefusedError(`cohorts_empty`) when there is no order, (`cohorts_too_young`) when nothing could have been seen yet.
    """
    if triangle.orders.sum() <= 0 or len(triangle.ages) == 0:
        raise RefusedError.because(
            "cohorts_empty", "the cohorts hold no order", "give delivered cohorts with their orders"
        )
    own = curve or completion(triangle)
    index = triangle.reached - 1
    ripe = np.where(index >= 0, own.share[np.maximum(index, 0)], 0.0) * triangle.orders
    filled = np.arange(len(triangle.ages)) < triangle.reached[:, None]
    by_cohort = np.where(filled, triangle.events, 0.0).sum(axis=1)
    exposure, events = float(ripe.sum()), float(by_cohort.sum())
    if exposure <= 0:
        raise RefusedError.because("cohorts_too_young", "no cohort is old enough to say anything", "come back later")
    share = min(events / exposure, 1.0)
    spread = _dispersion(by_cohort, ripe, share)
    doubt = _curve_doubt(own, index, ripe, exposure)
    low, high = bounds(events, exposure, level, spread, doubt)
    estimate = Interval(share, min(low, share), max(high, share), level)
    return Rate(
        estimate=estimate,
        window=int(triangle.ages[-1]),
        maturity=exposure / float(triangle.orders.sum()),
        events=round(events),
        orders=round(float(triangle.orders.sum())),
        cohorts=int((triangle.orders > 0).sum()),
        dispersion=spread,
        status=None if target is None else status_against(estimate, target, at_most=True),
        target=target,
    )


def bounds(
    events: float, exposure: float, level: float, dispersion: float = 1.0, doubt: float = 0.0
) -> tuple[float, float]:
    """
    The beta interval for `events` of `exposure` orders, with the orders shrunk for dispersion and for `doubt`, the relative variance of the exposure.

    Plain counting gives Clopper-Pearson: 0 of 150 has an upper 95 % bound of 2.0 %.
    """
    share = min(events / exposure, 1.0)
    relative = dispersion / max(events, 0.5) + doubt
    shrink = min(1.0, (1.0 / max(events, 0.5)) / relative)
    n, x = exposure * shrink, min(events * shrink, exposure * shrink)
    tail = (1.0 - level) / 2.0
    low = float(beta_quantile(tail, x, n - x + 1.0)) if x > 0 else 0.0
    high = float(beta_quantile(1.0 - tail, x + 1.0, n - x)) if n > x else 1.0
    return min(low, share), max(high, share)


def _dispersion(events: Floats, ripe: Floats, share: float) -> float:
    """Pearson's X² per degree of freedom over cohorts with any exposure, at least 1; 1 where there are too few expected events to tell."""
    use = ripe > 0
    if use.sum() < 3 or share <= 0 or share >= 1 or (ripe[use] * share).sum() < 5:
        return 1.0
    expected = ripe[use] * share
    return max(1.0, float((((events[use] - expected) ** 2) / (expected * (1 - share))).sum() / (use.sum() - 1)))


def _curve_doubt(curve: Completion, index: Ints, ripe: Floats, exposure: float) -> float:
    """Relative variance of Σ orders F(age) from the estimate of F: a step's error moves every cohort that has not passed it."""
    columns = len(curve.share)
    below = np.bincount(np.maximum(index, 0), weights=ripe, minlength=columns)
    touched = np.concatenate([[0.0], np.cumsum(below)[:-1]]) / exposure
    return float((touched**2 * curve.step_variance).sum())
