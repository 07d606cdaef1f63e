"""What would change the rating: further orders, good and bad, and how many good ones the next grade or the way out of a restriction needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from pinzhi.life.rating.contracts import Grade, Rating, State
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.rules.posterior import GRADES, Posterior, read

LIMIT = 1_000_000


@dataclass(frozen=True, slots=True)
class Outlook:
    """The rating as it would be: shares of good orders, grade, and P(bad share > line)."""

    mean: float
    low: float
    high: float
    grade: Grade
    bad_risk: float
    promoted: bool


@dataclass(frozen=True, slots=True)
class Way:
    """Further orders without a bad outcome that each step asks, None when `LIMIT` would not do; 0 when it is reached already."""

    next_grade: Grade | None
    to_next_grade: int | None
    to_promotion: int | None
    to_leave_restriction: int | None


def what_if(rating: Rating, line: float, policy: RatingPolicy, *, good: float = 0.0, bad: float = 0.0) -> Outlook:
    """The rating after `good` further good orders and `bad` further bad ones (by severity), all else equal, matured and at full weight."""
    then = _read(rating, line, policy, good, bad)
    return Outlook(
        float(then.mean[0]), float(then.low[0]), float(then.high[0]),
        GRADES[int(then.grade[0])], float(then.bad_risk[0]), bool(then.promoted[0]),
    )  # fmt: skip


def _read(rating: Rating, line: float, policy: RatingPolicy, good: float, bad: float) -> Posterior:
    return read(
        np.array([rating.good + good]),
        np.array([rating.bad + bad]),
        np.array([rating.evidence + good + bad]),
        np.array([line]),
        policy.grades,
        policy.states,
    )


def way_up(rating: Rating, line: float, policy: RatingPolicy) -> Way:
    """What the next grade, promotion, and the end of a restriction ask of the merchant, in orders."""
    better = _next(rating.grade)
    return Way(
        next_grade=better,
        to_next_grade=_orders(
            lambda n: GRADES.index(what_if(rating, line, policy, good=n).grade) in range(1, GRADES.index(better) + 1)
        )
        if better
        else 0,
        to_promotion=_orders(lambda n: what_if(rating, line, policy, good=n).promoted),
        to_leave_restriction=_orders(lambda n: what_if(rating, line, policy, good=n).bad_risk <= policy.states.leave)
        if rating.state is State.RESTRICTED
        else 0,
    )


def _next(grade: Grade) -> Grade | None:
    if grade is Grade.A:
        return None
    return Grade.E if grade is Grade.UNRATED else GRADES[GRADES.index(grade) - 1]


def _orders(reached: Callable[[int], bool]) -> int | None:
    """The least n that reaches it; everything asked here is monotone in n."""
    if reached(0):
        return 0
    high = 1
    while not reached(high):
        high *= 2
        if high > LIMIT:
            return None
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if reached(middle) else (middle, high)
    return high
