"""
A rate by calendar month of delivery: one triangle of daily cohorts and one delay curve for all months.

The curve is learned from the whole history, never from the months on the screen: a young month alone would look complete, and its rate would be flattered.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Tallies
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.evaluation.contracts import Rate
from pinzhi.life.evaluation.rules.figures import LONGEST, between, learned, target_of, triangle_of
from pinzhi.life.evaluation.rules.policy import EvaluationPolicy
from pinzhi.life.evaluation.rules.rates import Completion, Triangle, rate

DAY_ZERO = date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class Month:
    """Deliveries of one month (`first` to `last`, the last month cut at the day of the report). `rate` is None where nothing can be said yet."""

    first: date
    last: date
    orders: int
    rate: Rate | None


def monthly(
    tallies: Tallies,
    kpi: str,
    as_of: int,
    policy: EvaluationPolicy,
    listings: NDArray[np.bool_] | None = None,
    *,
    months: int = 12,
) -> list[Month]:
    """The last `months` months with their rates, oldest first; months before the history have no orders and no rate."""
    spans = _spans(as_of, months)
    period = min(max(as_of - min(spans[0][0], tallies.first_day) + 1, 1), LONGEST)
    triangle = triangle_of(tallies, kpi, listings, as_of, policy, period=period, cohort_days=1)
    curve = _curve(tallies, kpi, as_of, policy, triangle, period)
    found = []
    for first, last in spans:
        part = between(triangle, as_of, first, last)
        found.append(Month(_day(first), _day(last), round(float(part.orders.sum())), _rate(part, kpi, policy, curve)))
    return found


def _curve(tallies: Tallies, kpi: str, as_of: int, policy: EvaluationPolicy, own: Triangle, period: int) -> Completion:
    """The group's own delay curve where it has events enough, else the platform's."""
    if own.events.sum() >= policy.rates.own_curve_events:
        return learned(own)
    return learned(triangle_of(tallies, kpi, None, as_of, policy, period=period, cohort_days=1))


def _rate(part: Triangle, kpi: str, policy: EvaluationPolicy, curve: Completion) -> Rate | None:
    try:
        return rate(part, level=policy.rates.level, target=target_of(kpi, policy), curve=curve)
    except RefusedError:
        return None


def _spans(as_of: int, months: int) -> list[tuple[int, int]]:
    """(first day, last day) of each month, the last one cut at `as_of`."""
    last = _day(as_of)
    first = last.replace(day=1)
    spans: list[tuple[int, int]] = []
    for _ in range(max(months, 1)):
        spans.append(((first - DAY_ZERO).days, (last - DAY_ZERO).days))
        last = first - timedelta(days=1)
        first = last.replace(day=1)
    return spans[::-1]


def _day(number: int) -> date:
    return DAY_ZERO + timedelta(days=int(number))
