"""
The delay curve: how much of what will go wrong with an order has shown after so many days.

Only outcomes that have arrived are known, so delays are right-truncated: young orders can only show short ones. The reversed hazard
g(j) = P(delay = j | delay <= j) is not affected by that (Lynden-Bell 1971; in actuarial words the chain ladder), and
F(j - 1) = F(j) (1 - g(j)) from F(window) = 1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def assumed(window: int, median: float) -> Floats:
    """The curve before anything is known: geometric with this median, cut at the window. Shape (window + 1,), last entry 1."""
    survive = 0.5 ** ((np.arange(window + 1) + 1.0) / max(median, 0.5))
    return np.asarray((1.0 - survive) / (1.0 - survive[-1]))


def curve(lag: Ints, age: Ints, weight: Floats, before: Floats, before_weight: float) -> Floats:
    """
    The delay distribution function of a group.

    `lag` and `age` (days from order to outcome, and from order to today, lag <= age) and `weight` are per outcome; `before` is the curve of the
    group above, worth `before_weight` outcomes. Shape (window + 1,), nondecreasing, last entry 1.
    """
    window = len(before) - 1
    inside = lag <= window
    lag, weight = lag[inside], weight[inside]
    last = np.minimum(age[inside], window)
    happened = np.bincount(lag, weights=weight, minlength=window + 1)
    at_risk = np.bincount(lag, weights=weight, minlength=window + 2)
    at_risk -= np.bincount(last + 1, weights=weight, minlength=window + 2)
    seen = np.cumsum(at_risk)[: window + 1]
    jump = np.diff(before, prepend=0.0)
    hazard = (happened + before_weight * jump) / np.maximum(seen + before_weight * before, 1e-12)
    hazard = np.clip(hazard, 0.0, 1.0)
    backwards = np.cumprod((1.0 - hazard[1:])[::-1])[::-1]
    return np.append(backwards, 1.0)


def curves(
    lag: Ints, age: Ints, weight: Floats, group: Ints, groups: int, window: int, median: float, worth: float
) -> Floats:
    """One curve per group, each leaning on the curve of all, which leans on the assumed one. Shape (groups, window + 1)."""
    everything = curve(lag, age, weight, assumed(window, median), worth)
    table = np.tile(everything, (groups, 1))
    order = np.argsort(group, kind="stable")
    edges = np.searchsorted(group[order], np.arange(groups + 1))
    for g in np.flatnonzero(np.diff(edges)):
        mine = order[edges[g] : edges[g + 1]]
        table[g] = curve(lag[mine], age[mine], weight[mine], everything, worth)
    return table
