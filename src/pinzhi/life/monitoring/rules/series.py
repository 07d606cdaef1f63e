"""The control chart of one entity: what came by week, what was to be expected with its band, and the upper control limit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Stream, Tallies
from pinzhi.life.monitoring.contracts import MonitoringPolicy, day_of
from pinzhi.life.monitoring.rules import baseline, common_cause
from pinzhi.life.monitoring.rules.baseline import Expectation, History
from pinzhi.life.monitoring.rules.panel import STREAM_EVENTS, Panel, events, names_of, panel

Floats = NDArray[np.float64]
WEEK = 7


@dataclass(frozen=True, slots=True)
class Series:
    """
    Columns of equal length by week (`start` is its first day). `low..high` holds 90 % of ordinary weeks, `limit` is the Shewhart limit for counts
    (three standard deviations): a picture for people; signals are raised by accumulated evidence, not by this limit.
    """

    start: tuple[date, ...]
    observed: tuple[int, ...]
    expected: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    limit: tuple[float, ...]


def series(tallies: Tallies, policy: MonitoringPolicy, level: str, entity_id: str, stream: str) -> Series | None:
    """The chart of one entity in one stream, each block from what was known before it. None for an unknown entity or stream."""
    names = names_of(tallies, level)
    if entity_id not in names or stream not in STREAM_EVENTS:
        return None
    code = names.index(entity_id)
    days = tallies.last_day - tallies.first_day + 1
    at = panel(tallies, level)
    past = baseline.history(tallies, stream, policy.delay)
    seen = events(tallies, level, STREAM_EVENTS[stream], past.order, policy.delay.longest)
    observed = np.zeros(days)
    mine = seen.entity == code
    np.add.at(observed, seen.day[mine], seen.count[mine])
    cells = slice(at.start[code], at.start[code + 1])
    expected = np.zeros(days)
    for start in range(0, days, policy.baseline.refresh):
        stop = min(start + policy.baseline.refresh, days)
        fitted = baseline.fit(past, start, policy.baseline, policy.delay)
        category = at.category[cells]
        before = mine & (seen.day < start)
        own = _own_ratio(fitted, at, code, float(seen.count[before].sum())) if past.matures else 1.0
        if past.matures:
            by_cell = common_cause.expected_by_day(
                at.lines[cells], fitted.curve[category], fitted.rate[category], slice(start, stop)
            )
            expected[start:stop] = own * by_cell.sum(0)
        else:
            expected[start:stop] = own * _reviews(past, level, code, fitted.rate, slice(start, stop))
    return _weekly(tallies, observed, expected)


def total(parts: Sequence[Series]) -> Series:
    """The chart of several entities together, week by week: counts and expectations add, the band and the limit are drawn anew around the sum."""
    if len({p.start for p in parts}) != 1:
        raise ValueError("the parts cover different weeks, or there are none")
    observed = np.sum([p.observed for p in parts], axis=0, dtype=np.float64)
    return _banded(parts[0].start, observed, np.sum([p.expected for p in parts], axis=0, dtype=np.float64))


def _own_ratio(fitted: Expectation, at: Panel, code: int, seen: float) -> float:
    """The entity's posterior ratio to its category before the block."""
    start, cells = fitted.until, slice(at.start[code], at.start[code + 1])
    k, prior = fitted.events[at.level], float(fitted.ratio[at.level][code])
    ages = np.clip(start - np.arange(start), 0, fitted.curve.shape[1])
    ripe = np.concatenate([np.zeros((len(fitted.curve), 1)), np.cumsum(fitted.curve, axis=1)], axis=1)
    category = at.category[cells]
    exposure = float((at.lines[cells, :start] * ripe[category][:, ages] * fitted.rate[category, None]).sum())
    return (k + seen) / (k / prior + exposure) if start else prior


def _reviews(past: History, level: str, code: int, rate: Floats, days: slice) -> Floats:
    """Expected bad reviews by day of arrival."""
    found = events(past.tallies, level, Stream.REVIEW, past.order, len(past.sold[0]))
    mine = (found.entity == code) & (found.day >= days.start) & (found.day < days.stop)
    weights = found.count[mine] * rate[found.category[mine]]
    return np.bincount(found.day[mine] - days.start, weights=weights, minlength=days.stop - days.start)


def _weekly(tallies: Tallies, observed: Floats, expected: Floats) -> Series:
    edges = np.arange(0, len(observed), WEEK)
    x, e = np.add.reduceat(observed, edges), np.add.reduceat(expected, edges)
    return _banded(tuple(day_of(tallies.first_day + int(d)) for d in edges), x, e)


def _banded(start: tuple[date, ...], x: Floats, e: Floats) -> Series:
    """Around expected counts: the range of 90 % of ordinary weeks, and three standard deviations."""
    spread = np.sqrt(e)
    return Series(
        start=start,
        observed=tuple(int(v) for v in np.round(x)),
        expected=tuple(round(float(v), 3) for v in e),
        low=tuple(round(float(v), 3) for v in np.maximum(e - 1.645 * spread, 0.0)),
        high=tuple(round(float(v), 3) for v in e + 1.645 * spread),
        limit=tuple(round(float(v), 3) for v in e + 3.0 * spread),
    )
