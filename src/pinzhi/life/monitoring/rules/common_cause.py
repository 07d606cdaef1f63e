"""
The category's own weather: a factor by category and day that moves all of its members at once (a holiday, a carrier on strike, a returns desk closed).

The factor is estimated over the members' counts of the last days as a *contaminated Poisson* mixture: most members follow the factor, a few may be three or ten
times worse for reasons of their own. So a handful of faulty members does not excuse itself as weather, and no member needs to be left out by hand. A
factor that is not clearly different from one is one. The category itself is judged without it and raises a category signal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.monitoring.contracts import CommonCausePolicy
from pinzhi.life.monitoring.rules.baseline import Expectation, History
from pinzhi.life.monitoring.rules.panel import Panel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

FACTORS = np.exp(np.linspace(np.log(0.25), np.log(4.0), 33))
_SHARES = np.array([0.0, 0.05, 0.15, 0.30])
_WORSE = np.array([3.0, 10.0])


def expected_by_day(lines: Floats, curve: Floats, rate: Floats, days: slice) -> Floats:
    """Expected events by cell and day of arrival inside `days`: sales convolved with the delay curve. `curve` and `rate` are per cell."""
    ages = curve.shape[1]
    out = np.zeros((len(lines), days.stop - days.start))
    for age in range(ages):
        low = max(days.start - age, 0)
        high = days.stop - age
        if high > low:
            out[:, low + age - days.start :] += lines[:, low:high] * curve[:, age, None]
    return np.asarray(out * rate[:, None])


def factor(seen: Floats, expected: Floats, policy: CommonCausePolicy) -> float:
    """
    The common factor of members with `seen` events where `expected` were to be expected (equal length).

    Maximises the contaminated-Poisson likelihood over a grid, with a normal prior on the logarithm; returns 1.0 unless the gain over factor one is at
    least `doubt`²/2 (a `doubt`-sigma difference).
    """
    prior = -0.5 * (np.log(FACTORS) / policy.spread) ** 2
    kept = expected > 0
    x, e = seen[kept], expected[kept]
    if not len(x):
        return 1.0
    cells, place = np.unique(np.stack([x, np.round(e, 3)]), axis=1, return_inverse=True)
    weight = np.bincount(place.ravel(), minlength=cells.shape[1])
    x, e = cells[0][:, None], np.maximum(cells[1], 5e-4)[:, None]
    base = x * np.log(FACTORS) - FACTORS * e
    worse = np.logaddexp.reduce([np.log(0.5) + x * np.log(r * FACTORS) - r * FACTORS * e for r in _WORSE], axis=0)
    best = np.full(len(FACTORS), -np.inf)
    for share in _SHARES:
        mixed = base if share == 0 else np.logaddexp(np.log1p(-share) + base, np.log(share) + worse)
        best = np.maximum(best, weight @ mixed)
    gain = best + prior
    top = int(np.argmax(gain))
    at_one = len(FACTORS) // 2
    return float(FACTORS[top]) if gain[top] - gain[at_one] >= policy.doubt**2 / 2 else 1.0


def daily_factors(past: History, members: Panel, fitted: Expectation, days: slice, policy: CommonCausePolicy) -> Floats:
    """
    The factor of every category on each of `days`, from the counts of the `window` days that end on it. Shape (categories, len(days)).

    Only where a category's total is far from its expectation is the mixture fitted at all.
    """
    wide = len(fitted.rate)
    out = np.ones((wide, days.stop - days.start))
    if not past.matures:
        return out
    reach = slice(max(days.start - policy.window + 1, 0), days.stop)
    cells = members.category
    ratio = fitted.listing_ratio[members.owner]
    expected = expected_by_day(members.lines, fitted.curve[cells], fitted.rate[cells] * ratio, reach)
    seen = np.zeros_like(expected)
    inside = (past.by_listing.day >= reach.start) & (past.by_listing.day < reach.stop)
    np.add.at(
        seen,
        (past.by_listing.entity[inside], past.by_listing.day[inside] - reach.start),
        past.by_listing.count[inside],
    )
    by_category = [np.flatnonzero(cells == c) for c in range(wide)]
    for day in range(days.start, days.stop):
        window = slice(max(day - policy.window + 1, 0) - reach.start, day + 1 - reach.start)
        x, e = seen[:, window].sum(1), expected[:, window].sum(1)
        total_x = np.bincount(cells, weights=x, minlength=wide)
        total_e = np.bincount(cells, weights=e, minlength=wide)
        odd = np.flatnonzero(np.abs(total_x - total_e) > policy.doubt * np.sqrt(np.maximum(total_e, 1.0)))
        for category in odd:
            mine = by_category[category]
            out[category, day - days.start] = factor(x[mine], e[mine], policy)
    return out


def ripeness(curve: Floats, factors: Floats, start: int, stop: int) -> Floats:
    """
    Maturity of a cohort by category, day and age with the factors applied to the days of arrival: `out[c, t - start, a]` is the expected share, by day t,
    of the events of an order that is `a` days old. `factors` has a column for every day up to `stop`. Shape (categories, stop - start, ages).
    """
    ages = curve.shape[1]
    out = np.zeros((len(curve), stop - start, ages))
    padded = np.concatenate([np.ones((len(curve), ages)), factors[:, :stop]], axis=1)
    first = np.zeros((len(curve), ages))
    for age in range(ages):
        for lag in range(age + 1):
            first[:, age] += curve[:, lag] * padded[:, ages + start - age + lag]
    out[:, 0] = first
    for day in range(start + 1, stop):
        out[:, day - start, 0] = curve[:, 0] * padded[:, ages + day]
        out[:, day - start, 1:] = out[:, day - 1 - start, :-1] + curve[:, 1:] * padded[:, ages + day, None]
    return out
