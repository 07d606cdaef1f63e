"""
What is known of an entity on a day, by candidate onset: events and expected events of the orders placed since then, and of all its orders.

Evidence is dated *by order*, not by arrival: a fault that began with the orders of day τ can only show in events of orders from τ on. The orders before τ,
matured up to the same day, are the entity's own baseline, so no fault teaches its own baseline and no guard gap is lost.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.monitoring.contracts import EvidencePolicy
from pinzhi.life.monitoring.rules.panel import Events, Panel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pairs:
    """Entities and days to be judged, in columns, sorted by (entity, day)."""

    entity: Ints
    day: Ints

    def __len__(self) -> int:
        return len(self.entity)

    def part(self, low: int, high: int) -> Pairs:
        """A contiguous part."""
        return Pairs(self.entity[low:high], self.day[low:high])


@dataclass(frozen=True, slots=True)
class Windows:
    """
    Rows are pairs, columns candidate onsets, youngest first: `seen` events and `expected` events since; `all_seen`, `all_expected` of all orders.
    `weight[:, :, size]` sums log(1 + (r - 1)ρ) over the seen events: N log r where nothing is known of the buyers.
    """

    seen: Floats
    expected: Floats
    all_seen: Floats
    all_expected: Floats
    weight: Floats


def event_pairs(seen: Events, days: int, start: int) -> Pairs:
    """Every entity and day with a new event, from day `start` on: between events the evidence only falls."""
    key = np.unique(seen.entity * days + seen.day)
    kept = key % days >= start
    return Pairs(key[kept] // days, key[kept] % days)


def all_pairs(panel: Panel, start: int) -> Pairs:
    """Every entity on every day since its first sale, from day `start` on."""
    sold = np.add.reduceat(panel.lines, panel.start[:-1], axis=0) if panel.entities else panel.lines
    first = np.where(sold.any(1), (sold > 0).argmax(1), panel.days)
    begin = np.maximum(first, start)
    length = np.maximum(panel.days - begin, 0)
    entity = np.repeat(np.arange(panel.entities), length)
    offset = np.arange(length.sum()) - np.repeat(np.cumsum(length) - length, length)
    return Pairs(entity, begin[entity] + offset)


def seen_by_onset(
    seen: Events, pairs: Pairs, days: int, policy: EvidencePolicy, weights: Floats | None = None
) -> tuple[Floats, Floats, Floats]:
    """
    Events known on each pair's day: (pairs, onsets) of orders since each onset, and (pairs,) of all orders.

    The third array sums `weights` (events, sizes) over the same events, (pairs, onsets, sizes); empty without weights.
    """
    reach = policy.step * policy.steps
    key = pairs.entity * (days + 1) + pairs.day
    begin = np.searchsorted(key, seen.entity * (days + 1) + seen.day)
    end = np.searchsorted(key, seen.entity * (days + 1) + np.minimum(seen.order + reach - 1, days), side="right")
    length = np.maximum(end - begin, 0)
    event = np.repeat(np.arange(len(length)), length)
    pair = np.repeat(begin - (np.cumsum(length) - length), length) + np.arange(length.sum())
    cell = pair * policy.steps + (pairs.day[pair] - seen.order[event]) // policy.step
    count = np.bincount(cell, weights=seen.count[event], minlength=len(pairs) * policy.steps)
    # Without a single event `bincount` counts in integers whatever the weights are.
    count = count.astype(np.float64).reshape(len(pairs), policy.steps)
    sums = np.zeros((len(pairs), policy.steps, 0 if weights is None else weights.shape[1]))
    for i in range(sums.shape[2]):
        column = (seen.count * weights[:, i])[event] if weights is not None else None
        summed = np.bincount(cell, weights=column, minlength=len(pairs) * policy.steps)
        sums[:, :, i] = summed.reshape(len(pairs), policy.steps)
    total = np.concatenate([[0.0], np.cumsum(seen.count)])
    place = seen.entity * (days + 1) + seen.day
    upto = np.searchsorted(place, key, side="right")
    before = np.searchsorted(place, pairs.entity * (days + 1))
    return np.cumsum(count, axis=1), total[upto] - total[before], np.cumsum(sums, axis=1)


class Exposure:
    """Sales (or reviews) of a panel made ready for windows: padded on the left by the reach, with running totals. One object per scan and stream."""

    def __init__(self, panel: Panel, policy: EvidencePolicy) -> None:
        self.panel = panel
        self.reach = policy.step * policy.steps
        self.step = policy.step
        padded = np.concatenate([np.zeros((len(panel.lines), self.reach)), panel.lines], axis=1)
        self.windows = np.lib.stride_tricks.sliding_window_view(padded, self.reach, axis=1)
        self.total = np.concatenate([np.zeros((len(panel.lines), 1)), np.cumsum(panel.lines, axis=1)], axis=1)

    def expected_by_onset(self, pairs: Pairs, rate: Floats, ripe: Floats, start: int) -> tuple[Floats, Floats]:
        """
        Expected events of orders since each onset, and of all orders, on each pair's day.

        `rate` (categories,); `ripe[c, t - start, a]` the maturity at age a on day t (`common_cause.ripeness`). Ages beyond the curve are fully ripe.
        """
        panel = self.panel
        cells = panel.start[pairs.entity + 1] - panel.start[pairs.entity]
        pair = np.repeat(np.arange(len(pairs)), cells)
        offset = np.arange(cells.sum()) - np.repeat(np.cumsum(cells) - cells, cells)
        cell = panel.start[pairs.entity][pair] + offset
        day = pairs.day[pair]
        category = panel.category[cell]
        lines = self.windows[cell, day + 1][:, ::-1]
        ages = min(ripe.shape[2], self.reach)
        share = np.ones((len(cell), self.reach))
        share[:, :ages] = ripe[category, day - start, :ages]
        weighted = (lines * share).reshape(len(cell), -1, self.step).sum(2) * rate[category, None]
        older = self.total[cell, np.maximum(day + 1 - self.reach, 0)] * rate[category]
        if len(pairs) and (cells != 1).any():
            first = np.cumsum(cells) - cells
            weighted = np.add.reduceat(weighted, first, axis=0)
            older = np.add.reduceat(older, first)
        since = np.cumsum(weighted, axis=1)
        return since, since[:, -1] + older
