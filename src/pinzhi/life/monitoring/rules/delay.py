"""
Delay curves: what share of a cohort's events has arrived at each age, so that a young cohort is right-censored and not «good».

The curve is a discrete intensity: events at age `a` over order lines that have reached age `a` (the risk set), normalised over the ages up to `longest`.
A category's curve is shrunk to the platform's, and that to a geometric default, with weights in events.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Stream, Tallies
from pinzhi.life.monitoring.contracts import DelayPolicy
from pinzhi.life.monitoring.rules.panel import Events, categories, listing_category

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def default_curve(policy: DelayPolicy) -> Floats:
    """Geometric with the policy's median, cut at `longest`. Shape (longest + 1,), sums to 1."""
    age = np.arange(policy.longest + 1)
    mass = 0.5 ** (age / policy.median)
    return np.asarray(mass / mass.sum())


def curves(sold: Floats, seen: Events, until: int, policy: DelayPolicy) -> Floats:
    """
    Mass by age for each category, from what was known before day `until`. Shape (categories, longest + 1), rows sum to 1.

    `sold` are the order lines by category and day; `seen` the events by category (as entity).
    """
    ages = policy.longest + 1
    known = seen.day < until
    age, category, count = (seen.day - seen.order)[known], seen.entity[known], seen.count[known]
    events = np.bincount(category * ages + age, weights=count.astype(np.float64), minlength=len(sold) * ages).reshape(
        len(sold), ages
    )
    reached = np.zeros((len(sold), ages))
    cumulative = np.concatenate([np.zeros((len(sold), 1)), np.cumsum(sold[:, :until], axis=1)], axis=1)
    last = np.maximum(until - np.arange(ages), 0)
    reached[:] = cumulative[:, np.minimum(last, cumulative.shape[1] - 1)]
    default = default_curve(policy)
    platform = _shrunk(events.sum(0)[None], reached.sum(0)[None], default, policy.default_events)[0]
    return _shrunk(events, reached, platform, policy.prior_events)


def _shrunk(events: Floats, reached: Floats, prior: Floats, weight: float) -> Floats:
    """Intensities by age, normalised, mixed with `prior` by the number of events against `weight`."""
    hazard = np.divide(events, reached, out=np.zeros(events.shape), where=reached > 0)
    total = hazard.sum(1, keepdims=True)
    shape = np.divide(hazard, total, out=np.broadcast_to(prior, hazard.shape).copy(), where=total > 0)
    n = events.sum(1, keepdims=True)
    return np.asarray((n * shape + weight * prior) / (n + weight))


def order_days(tallies: Tallies, policy: DelayPolicy) -> Ints:
    """
    The order day of every outcome row as an index of days.

    Where the tallies know no order, the median order line that the listing sold in the two median delays before the event (so that half of the
    attributed delays are shorter than the median); where it sold nothing then, its last sale within `longest` days; else the day of the event itself.
    """
    rows = tallies.outcomes
    day = np.asarray(rows.day, dtype=np.int64) - tallies.first_day
    order = np.asarray(rows.order_day, dtype=np.int64) - tallies.first_day
    unknown = np.flatnonzero((rows.order_day < 0) | (order < 0))
    order[unknown] = day[unknown]
    if not len(unknown) or not len(tallies.sales.listing):
        return order
    listing = np.asarray(tallies.sales.listing, dtype=np.int64)
    span = tallies.last_day - tallies.first_day + 1
    key, place = np.unique(
        listing * span + np.asarray(tallies.sales.day, dtype=np.int64) - tallies.first_day, return_inverse=True
    )
    lines = np.bincount(place, weights=tallies.sales.lines)
    total = np.concatenate([[0], np.cumsum(lines.astype(np.int64))])
    own, when = np.asarray(rows.listing, dtype=np.int64)[unknown] * span, day[unknown]
    high = np.searchsorted(key, own + when, side="right")
    near = np.searchsorted(key, own + np.maximum(when - round(2 * policy.median), 0))
    far = np.searchsorted(key, own + np.maximum(when - policy.longest, 0))
    low = np.where(near < high, near, np.maximum(far, high - 1))
    half = np.searchsorted(total, (total[low] + total[high]) / 2, side="right") - 1
    found = high > far
    order[unknown[found]] = key[np.clip(half, low, high - 1)[found]] % span
    return order


def sold_by_category(tallies: Tallies) -> Floats:
    """Order lines by category and day. Shape (categories, days)."""
    span = tallies.last_day - tallies.first_day + 1
    own = listing_category(tallies)[np.asarray(tallies.sales.listing, dtype=np.int64)]
    flat = own * span + np.asarray(tallies.sales.day, dtype=np.int64) - tallies.first_day
    wide = categories(tallies)
    return np.bincount(flat, weights=tallies.sales.lines, minlength=wide * span).reshape(wide, span)


def reviewed_by_category(tallies: Tallies, order: Ints) -> Floats:
    """Reviews by category and order day: the exposure of the stream of bad reviews. Shape (categories, days)."""
    span = tallies.last_day - tallies.first_day + 1
    rows = tallies.outcomes
    mine = rows.stream == int(Stream.REVIEW)
    own = listing_category(tallies)[np.asarray(rows.listing, dtype=np.int64)[mine]]
    wide = categories(tallies)
    return np.bincount(own * span + order[mine], weights=rows.count[mine], minlength=wide * span).reshape(wide, span)
