"""What would change the rating: further orders, good and bad, and how many good ones the next grade or the way out of a restriction needs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.rating.contracts import Grade, Rating, State
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.rules.posterior import GRADES, Posterior, read

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]
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
    then = _read(rating, line, policy, np.array([good]), bad)
    return Outlook(
        float(then.mean[0]), float(then.low[0]), float(then.high[0]),
        GRADES[int(then.grade[0])], float(then.bad_risk[0]), bool(then.promoted[0]),
    )  # fmt: skip


def _read(
    rating: Rating, line: float, policy: RatingPolicy, good: Floats, bad: float = 0.0, *, bounds: bool = True
) -> Posterior:
    """The posterior for each of many numbers of further good orders. Without `bounds` nobody is promoted, and it costs a hundredth."""
    return read(
        rating.good + good,
        np.full(len(good), rating.bad + bad),
        rating.evidence + good + bad,
        np.full(len(good), line),
        policy.grades,
        policy.states,
        bounds=bounds,
    )


def way_up(rating: Rating, line: float, policy: RatingPolicy) -> Way:
    """What the next grade, promotion, and the end of a restriction ask of the merchant, in orders."""
    better = _next(rating.grade)
    rank = GRADES.index(better) if better else 0

    def graded(n: Floats) -> Mask:
        grade = _read(rating, line, policy, n, bounds=False).grade
        return (grade >= 1) & (grade <= rank)

    def safe(n: Floats) -> Mask:
        return _read(rating, line, policy, n, bounds=False).bad_risk <= policy.states.leave

    return Way(
        next_grade=better,
        to_next_grade=_orders(graded) if better else 0,
        to_promotion=_orders(lambda n: _read(rating, line, policy, n).promoted),
        to_leave_restriction=_orders(safe) if rating.state is State.RESTRICTED else 0,
    )


def _next(grade: Grade) -> Grade | None:
    if grade is Grade.A:
        return None
    return Grade.E if grade is Grade.UNRATED else GRADES[GRADES.index(grade) - 1]


def _orders(reached: Callable[[Floats], Mask]) -> int | None:
    """The least n that reaches it; everything asked here is monotone in n. Many n are asked at a time: that costs little more than one."""
    asked = np.concatenate([[0.0], 2.0 ** np.arange(LIMIT.bit_length() - 1)])
    found = reached(asked)
    if not found.any():
        return None
    first = int(np.argmax(found))
    low, high = float(asked[first - 1]) if first else -1.0, float(asked[first])
    while high - low > 1:
        inner = np.unique(np.ceil(np.linspace(low, high, 34)[1:-1]))
        inner = inner[inner < high]
        found = reached(inner)
        place = int(np.argmax(found)) if found.any() else len(inner)
        low, high = (float(inner[place - 1]) if place else low), (float(inner[place]) if place < len(inner) else high)
    return int(high)
