"""From rows and tallies to triangles: cohorts on one grid of ages."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import UNKNOWN, Stream, Tallies
from pinzhi.kernel.refusal import Refusal
from pinzhi.life.evaluation.rules.rates import Triangle

Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class CohortRow:
    """One row of a cohort file: `events` arrived since the cohort's row before, up to `age` days after delivery."""

    line: int
    cohort: str
    orders: int
    age: int
    events: int


def checked(rows: Iterable[CohortRow]) -> tuple[list[CohortRow], list[Refusal]]:
    """Rows that make sense together, and why the others do not. The first row of a cohort sets its orders."""
    good: list[CohortRow] = []
    refused: list[Refusal] = []
    orders: dict[str, int] = {}
    seen: set[tuple[str, int]] = set()
    total: dict[str, int] = {}
    for row in rows:
        problem = _problem(row, orders, seen, total)
        if problem:
            field, code, reason, remedy = problem
            refused.append(Refusal(code, reason, remedy, field, row.line))
            continue
        orders.setdefault(row.cohort, row.orders)
        seen.add((row.cohort, row.age))
        total[row.cohort] = total.get(row.cohort, 0) + row.events
        good.append(row)
    return good, refused


def _problem(
    row: CohortRow, orders: dict[str, int], seen: set[tuple[str, int]], total: dict[str, int]
) -> tuple[str, str, str, str] | None:
    for field, value in (("orders", row.orders), ("age_days", row.age), ("events", row.events)):
        if value < 0:
            return field, "number_negative", f"{field} is {value}", "give a number from 0"
    if orders.get(row.cohort, row.orders) != row.orders:
        was = orders[row.cohort]
        return (
            "orders",
            "cohort_changed",
            f"cohort {row.cohort!r} has {was} orders in an earlier row",
            "give one number of orders",
        )
    if (row.cohort, row.age) in seen:
        return (
            "age_days",
            "row_twice",
            f"cohort {row.cohort!r} has age {row.age} twice",
            "leave one row per cohort and age",
        )
    if total.get(row.cohort, 0) + row.events > row.orders:
        return (
            "events",
            "events_exceed_orders",
            f"cohort {row.cohort!r} has more events than orders",
            "count an order once",
        )
    return None


def from_rows(rows: Iterable[CohortRow], window: int | None = None) -> Triangle:
    """
    The triangle of a file's rows on the union of their ages, up to `window` days (default: the greatest age).

    A row that spans several ages of the union has its events shared out as the other cohorts' events fall (expectation-maximisation, 20 rounds).
    """
    kept = sorted(rows, key=lambda r: (r.cohort, r.age))
    last = max((r.age for r in kept), default=0)
    end = min(window, last) if window is not None else last
    ages = np.array(sorted({r.age for r in kept if r.age <= end} | ({end} if kept else set())), np.int64)
    names = sorted({r.cohort for r in kept})
    place = {c: i for i, c in enumerate(names)}
    orders = np.zeros(len(names))
    reached = np.zeros(len(names), np.int64)
    pieces: list[tuple[int, int, int, float]] = []
    before: dict[str, int] = {}
    for row in kept:
        c, start = place[row.cohort], before.get(row.cohort, 0)
        orders[c] = row.orders
        stop = int(np.searchsorted(ages, row.age, side="right"))
        before[row.cohort] = stop
        reached[c] = max(reached[c], stop)
        if stop > start:
            pieces.append((c, start, stop, float(row.events)))
    return Triangle(ages, orders, _shared_out(pieces, len(names), len(ages)), reached)


def _shared_out(pieces: list[tuple[int, int, int, float]], cohorts: int, columns: int) -> NDArray[np.float64]:
    guess = np.full(columns, 1.0 / max(columns, 1))
    events = np.zeros((cohorts, columns))
    rounds = 20 if any(stop - start > 1 for _, start, stop, _ in pieces) else 1
    for _ in range(rounds):
        events[:] = 0.0
        for c, start, stop, amount in pieces:
            part = guess[start:stop] + 1e-12
            events[c, start:stop] += amount * part / part.sum()
        guess = events.sum(axis=0) + 1e-12
        guess /= guess.sum()
    return events


def from_tallies(
    tallies: Tallies,
    streams: tuple[Stream, ...],
    as_of: int,
    *,
    window: int,
    period: int,
    cohort_days: int,
    listings: Mask | None = None,
) -> Triangle:
    """
    Delivery cohorts of `cohort_days` days over the `period` days up to `as_of`, against the age in days, for chosen listings.

    Of several streams (return, refund) the larger count of a cell is taken. An event whose delivery is not known is placed by its order day, else at
    its own day less the median delay: it is never dropped, since that would flatter the rate.
    """
    chosen = np.ones(len(tallies.names.listings), np.bool_) if listings is None else listings
    first = as_of - period + 1
    d, out = tallies.deliveries, tallies.outcomes
    use = chosen[d.listing] & (d.day >= first) & (d.day <= as_of)
    # a cohort is as old as its youngest day, so that all of it has reached every age that is counted
    cohorts = -(-period // cohort_days)
    orders = np.bincount((as_of - d.day[use]) // cohort_days, weights=d.orders[use], minlength=cohorts)[:cohorts]
    ages = np.arange(window + 1)
    reached = np.minimum(np.arange(cohorts) * cohort_days, window) + 1
    events = np.zeros((cohorts, window + 1))
    for stream in streams:
        rows = np.flatnonzero(chosen[out.listing] & (out.stream == int(stream)) & (out.day <= as_of))
        day = out.day[rows].astype(np.int64)
        base = _delivered(out.delivery_day[rows].astype(np.int64), out.order_day[rows].astype(np.int64), day)
        lag = np.maximum(day - base, 0)
        cohort = (as_of - base) // cohort_days
        inside = (base >= first) & (base <= as_of) & (lag <= window) & (lag < reached[np.clip(cohort, 0, cohorts - 1)])
        table = np.zeros_like(events)
        np.add.at(table, (cohort[inside], lag[inside]), out.count[rows][inside])
        events = np.maximum(events, table)
    return Triangle(ages, orders.astype(np.float64), events, np.where(orders > 0, reached, 0))


def _delivered(delivery: Ints, order: Ints, day: Ints) -> Ints:
    known = delivery != UNKNOWN
    typical = int(np.median((day - delivery)[known])) if known.any() else 7
    return np.where(known, delivery, np.where(order != UNKNOWN, order, day - typical))
