"""
Reviews that crowd into a few days: bought praise and bombing look the same, so both count little until a person has checked them.

A window of days is a burst when it holds at least `least` reviews, at least `factor` times what the listing's own past rate gives, and a Poisson count
of that rate would reach it with a chance below `chance`. The rate is the mean of the `baseline_days` before the window (fewer for a young listing), and
never below a floor. In the first `settle_days` after its first sale a listing has no rate of its own, and nothing is called a burst.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.distributions import poisson_upper_tail
from pinzhi.life.rating.rules.policy import Burst

Ints = NDArray[np.int64]


def burst_days(listing: Ints, day: Ints, count: Ints, born: Ints, policy: Burst) -> NDArray[np.bool_]:
    """
    Which rows (listing, day, count; one per listing and day, sorted by both) lie in a burst. `born` is the day of the first sale of each row's listing.

    Windows start at every row; a row is marked when any burst window holds it. Work is proportional to the rows.
    """
    rows = len(listing)
    if rows == 0:
        return np.zeros(0, np.bool_)
    span = int(day.max() - day.min()) + policy.window_days + policy.baseline_days + 2
    key = listing * span + (day - day.min()) + policy.baseline_days
    running = np.concatenate([[0], np.cumsum(count)])
    start = np.arange(rows)
    past_from = np.searchsorted(key, key - policy.baseline_days)
    first_of_listing = np.searchsorted(listing, listing)
    past_from = np.maximum(past_from, first_of_listing)
    end = np.minimum(np.searchsorted(key, key + policy.window_days), np.searchsorted(listing, listing, side="right"))
    inside = running[end] - running[start]
    past = running[start] - running[past_from]
    age = day - born
    rate = np.maximum(past / np.clip(age, 1, policy.baseline_days), policy.floor_per_day)
    expected = rate * policy.window_days
    suspicious = (age >= policy.settle_days) & (inside >= policy.least) & (inside >= policy.factor * expected)
    suspicious[suspicious] = poisson_upper_tail(inside[suspicious], expected[suspicious]) < policy.chance
    marks = np.zeros(rows + 1, np.int64)
    np.add.at(marks, start[suspicious], 1)
    np.add.at(marks, end[suspicious], -1)
    return np.cumsum(marks)[:rows] > 0
