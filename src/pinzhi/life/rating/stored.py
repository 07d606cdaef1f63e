"""Between the tables and the rules: memory out of rows, rows out of ratings. Nothing here decides anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from pinzhi.engine.tallies import Tallies
from pinzhi.kernel.values import Kind, Text
from pinzhi.life.rating.contracts import Bar, Grade, Rating, State
from pinzhi.life.rating.models import Mark, Point, RatingRow
from pinzhi.life.rating.rules.assessment import STEP, Assessment, Marks, replay
from pinzhi.life.rating.rules.explain import merchant_rating, rating_of
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.rules.posterior import GRADES, Posterior
from pinzhi.life.rating.rules.states import Memory

DAY_ZERO = date(1970, 1, 1)
CATCH_UP_DAYS = 91
"""A first rating, or one after a long pause, steps the states over this many days: older steps have no say in a restriction any more."""
POINT_DAYS = 28
"""Days of a catch-up that leave a point of the course behind."""

Rows = Mapping[tuple[str, str], RatingRow]
Memories = tuple[Memory, Memory]


def day_of(number: int) -> date:
    """The calendar day of an integer day."""
    return DAY_ZERO + timedelta(days=int(number))


def number_of(day: date) -> int:
    """The integer day of a calendar day."""
    return (day - DAY_ZERO).days


def stored() -> dict[tuple[str, str], RatingRow]:
    """Every row by kind and id, held until the act ends, so that two recomputations follow one another."""
    rows = RatingRow.objects.select_for_update().order_by("pk")
    return {(row.subject_kind, row.subject_id): row for row in rows}


def marks_of(tallies: Tallies) -> Marks:
    """What people have said, by code of the listing: bursts confirmed (by a person, or by a signal on reviews judged real) and corrective actions."""
    code = {name: i for i, name in enumerate(tallies.names.listings)}
    confirmed: dict[int, int] = {}
    corrected: dict[int, int] = {}
    for mark in Mark.objects.filter(subject_kind="listing").order_by("day", "pk"):
        at = code.get(mark.subject_id)
        if at is None:
            continue
        if mark.kind == "correction":
            corrected[at] = number_of(mark.day)
        elif mark.kind == "burst" or (mark.stream == "review" and mark.outcome == "real"):
            confirmed.setdefault(at, number_of(mark.day))
    return Marks(confirmed, corrected)


@dataclass(frozen=True, slots=True)
class Assessed:
    """The assessment of the day, the memory before its step, and the assessments on the way that leave points behind."""

    last: Assessment
    before: Memories
    way: tuple[Assessment, ...]


def assessed(tallies: Tallies, day: int, policy: RatingPolicy, rows: Rows) -> Assessed:
    """Step on from the rows to `day`. A day that was computed before starts again from the memory before it."""
    done = max((number_of(row.as_of) for row in rows.values()), default=None)
    oldest = max(day - CATCH_UP_DAYS, tallies.first_day)
    start = oldest if done is None else max(min(done + 1, day), oldest)
    before = _memories(tallies, rows, again=done == day)
    way: list[Assessment] = []
    last: Assessment | None = None
    catching_up = done is None or day - done > CATCH_UP_DAYS
    for result in replay(
        tallies,
        day,
        policy,
        marks_of(tallies),
        also=lambda d: catching_up and d % POINT_DAYS == 0,
        start=start,
        before=before,
    ):
        if result.day == day:
            last = result
            continue
        if result.day % STEP == 0:
            before = (result.memory, result.merchant_memory)
        if catching_up and result.day % POINT_DAYS == 0:
            way.append(result)
    if last is None:
        raise RuntimeError("the replay ends on the day it was asked for")
    return Assessed(last, before, tuple(way))


def _memories(tallies: Tallies, rows: Rows, *, again: bool) -> Memories:
    names = tallies.names
    listings = Memory.fresh(len(names.listings), tallies.first_day)
    merchants = Memory.fresh(len(names.merchants) + 1, tallies.first_day)
    for kind, ids, memory in ((Kind.LISTING, names.listings, listings), (Kind.MERCHANT, names.merchants, merchants)):
        for code, id_ in enumerate(ids):
            row = rows.get((kind.value, id_))
            if row is not None:
                memory.state[code] = row.state_before if again else row.state
                memory.since[code] = number_of(row.since_before if again else row.since)
    return listings, merchants


@dataclass(frozen=True, slots=True)
class Rated:
    """One subject of a day: its rating, the line that holds for it, and state and day before the step."""

    kind: Kind
    rating: Rating
    line: float
    state_before: int
    since_before: int


def ratings(of: Assessed, tallies: Tallies, policy: RatingPolicy, rows: Rows) -> Iterator[Rated]:
    """The rating of everything that has an order in memory or a row already; ids that are empty are nobody's."""
    result, (before, merchants_before) = of.last, of.before
    listings_due, merchants_due = result.proposed(policy)
    for code, id_ in enumerate(tallies.names.listings):
        if id_ and (_seen(result, code) or ("listing", id_) in rows):
            yield Rated(
                Kind.LISTING,
                rating_of(result, code, tallies, policy, proposed=bool(listings_due[code])),
                float(result.lines[code]),
                int(before.state[code]),
                int(before.since[code]),
            )
    for code, id_ in enumerate(tallies.names.merchants):
        if id_ and (result.mixtures.orders[code] > 0 or ("merchant", id_) in rows):
            yield Rated(
                Kind.MERCHANT,
                merchant_rating(result, code, tallies, policy, proposed=bool(merchants_due[code])),
                policy.states.line,
                int(merchants_before.state[code]),
                int(merchants_before.since[code]),
            )


def _seen(result: Assessment, code: int) -> bool:
    return bool(result.evidence.orders[code] > 0 or result.evidence.raw_bad[code].any())


def fields_of(one: Rated, policy: str, *, promoted: bool) -> dict[str, Any]:
    """The columns of a row that follow from a rating."""
    r = one.rating
    return {
        "as_of": day_of(r.as_of),
        "mean": r.mean,
        "low": r.low,
        "high": r.high,
        "orders": r.orders,
        "evidence": r.evidence,
        "grade": r.grade.value,
        "state": int(r.state),
        "since": day_of(r.since),
        "state_before": one.state_before,
        "since_before": day_of(one.since_before),
        "promoted": promoted,
        "bad_risk": r.bad_risk,
        "watch_risk": r.watch_risk,
        "line": one.line,
        "good": r.good,
        "bad": r.bad,
        "worst_tenth": r.worst_tenth,
        "proposal": r.proposal,
        "bars": [{"code": b.code, "points": b.points, "zh": b.sentence.zh, "en": b.sentence.en} for b in r.bars],
        "reasons": [{"zh": t.zh, "en": t.en} for t in r.reasons],
        "merchant_id": r.merchant,
        "category": r.category,
        "policy": policy,
    }


def rating_from(row: RatingRow) -> Rating:
    """A row as the rules see it."""
    return Rating(
        id=row.subject_id,
        as_of=number_of(row.as_of),
        mean=row.mean,
        low=row.low,
        high=row.high,
        orders=row.orders,
        evidence=row.evidence,
        grade=Grade(row.grade),
        state=State(row.state),
        since=number_of(row.since),
        promoted=row.promoted,
        bad_risk=row.bad_risk,
        watch_risk=row.watch_risk,
        proposal=row.proposal,
        good=row.good,
        bad=row.bad,
        bars=tuple(Bar(b["code"], b["points"], Text(b["zh"], b["en"])) for b in row.bars),
        reasons=tuple(Text(t["zh"], t["en"]) for t in row.reasons),
        merchant=row.merchant_id,
        category=row.category,
        worst_tenth=row.worst_tenth,
    )


def point_of(row: RatingRow) -> Point:
    """Today's point of the course."""
    same = {f: getattr(row, f) for f in POINT_FIELDS}
    return Point(subject_kind=row.subject_kind, subject_id=row.subject_id, as_of=row.as_of, **same)


POINT_FIELDS = ("mean", "low", "high", "orders", "grade", "state", "promoted", "policy")


def way_points(of: Assessed, tallies: Tallies, policy: RatingPolicy) -> Iterator[Point]:
    """The points that a catch-up leaves behind."""
    for result in of.way:
        mixed = result.mixtures
        seen = np.array([_seen(result, code) for code in range(len(tallies.names.listings))], np.bool_)
        yield from _points("listing", tallies.names.listings, seen, result.evidence.orders, result.posterior,
                           result.memory, result.day, policy)  # fmt: skip
        yield from _points("merchant", tallies.names.merchants, mixed.orders > 0, mixed.orders, mixed.posterior,
                           result.merchant_memory, result.day, policy)  # fmt: skip


def _points(
    kind: str,
    ids: tuple[str, ...],
    seen: np.ndarray[Any, Any],
    orders: np.ndarray[Any, Any],
    of: Posterior,
    memory: Memory,
    day: int,
    policy: RatingPolicy,
) -> Iterator[Point]:
    for code, id_ in enumerate(ids):
        if id_ and seen[code]:
            yield Point(
                subject_kind=kind,
                subject_id=id_,
                as_of=day_of(day),
                mean=float(of.mean[code]),
                low=float(of.low[code]),
                high=float(of.high[code]),
                orders=int(orders[code]),
                grade=GRADES[int(of.grade[code])].value,
                state=int(memory.state[code]),
                promoted=bool(of.promoted[code]) and memory.state[code] == State.NORMAL,
                policy=policy.version,
            )
