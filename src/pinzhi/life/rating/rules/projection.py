"""
What if: so many further orders in so many days, with such a share of faults. Which grade and state would follow, and on which day at the earliest?

Orders come evenly. They count as they mature by the delay that the policy assumes, at full weight beside the older ones; that the older ones fade meanwhile
is left out, which makes the answer a little too careful. States step day by day through the same hysteresis as the real ones.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.rating.contracts import Grade, Rating, State
from pinzhi.life.rating.rules.delay import assumed
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.rules.posterior import GRADES, Posterior, read
from pinzhi.life.rating.rules.states import Case, Memory, step
from pinzhi.life.rating.rules.what_if import Outlook

Floats = NDArray[np.float64]
HORIZON = 365
"""Days beyond which nothing is said."""


@dataclass(frozen=True, slots=True)
class Supposition:
    """`orders` further orders in the next `days` days and on at that pace; `fault` of them (a share) go wrong; `corrected`: a corrective action is noted."""

    orders: int
    days: int
    fault: float = 0.0
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Projection:
    """
    What follows. `counted` is how many of the orders are mature by then; `then` and `state` are those of the last day asked for.

    `better_on`, `promoted_on`, `eased_on` are the first days (numbers) of a better grade, of promotion, and of a milder state, at that pace; None when
    they do not come within `HORIZON`. `holds` says what keeps a restriction on the last day asked for: `risk`, `stay`, `correction`.
    """

    suppose: Supposition
    counted: float
    then: Outlook
    state: State
    better: Grade | None
    better_on: int | None
    promoted_on: int | None
    eased_on: int | None
    holds: tuple[str, ...]


def share_of_faults(rating: Rating, like: str) -> float:
    """
    The share of orders that go wrong: `none`, `category` (the category's rate, from the bars of the score), or `now` (what is expected of it today).

    A merchant has no category: for him `category` is what is expected today.
    """
    if like == "none":
        return 0.0
    level = [b.points for b in rating.bars if b.code in ("platform", "category")]
    if like == "category" and len(level) == 2:
        return min(max(1.0 - sum(level) / 10_000, 0.0), 1.0)
    return 1.0 - rating.mean


def project(rating: Rating, line: float, policy: RatingPolicy, suppose: Supposition) -> Projection:
    """Walk day by day from the day of the rating. `line` is the restriction line that holds for the goods."""
    days = np.arange(1, HORIZON + 1)
    ripe = _matured(suppose, policy)
    bad = ripe * suppose.fault
    of = read(
        rating.good + ripe - bad,
        rating.bad + bad,
        rating.evidence + ripe,
        np.full(HORIZON, line),
        policy.grades,
        policy.states,
    )
    states = _states(rating, of, suppose, policy)
    last = min(max(suppose.days, 1), HORIZON) - 1
    grade = GRADES[int(of.grade[last])]
    rank = GRADES.index(rating.grade)
    improved = (of.grade > 0) & ((of.grade < rank) | (rank == 0))
    on = _first(improved, rating, days)
    return Projection(
        suppose=suppose,
        counted=float(ripe[last]),
        then=Outlook(
            float(of.mean[last]), float(of.low[last]), float(of.high[last]), grade, float(of.bad_risk[last]),
            bool(of.promoted[last]) and states[last] == State.NORMAL,
        ),
        state=State(int(states[last])),
        better=None if on is None else GRADES[int(of.grade[on - rating.as_of - 1])],
        better_on=on,
        promoted_on=_first(of.promoted & (states == State.NORMAL), rating, days),
        eased_on=_first(states < rating.state, rating, days) if rating.state is not State.DELISTED else None,
        holds=_holds(rating, of, last, suppose, policy) if states[last] == State.RESTRICTED else (),
    )  # fmt: skip


def _matured(suppose: Supposition, policy: RatingPolicy) -> Floats:
    """How many of the further orders are mature at the end of each day of the horizon."""
    weights = policy.weights
    curve = assumed(weights.window_days, weights.delay_median_days)
    pace = suppose.orders / max(suppose.days, 1)
    # at the end of day d there are orders of age 0 to d - 1
    share = np.concatenate([curve, np.ones(max(HORIZON - len(curve), 0))])[:HORIZON]
    return np.asarray(pace * np.cumsum(share))


def _states(rating: Rating, of: Posterior, suppose: Supposition, policy: RatingPolicy) -> NDArray[np.int64]:
    """The state at the end of each day. That faults come from enough customers on enough days is taken for granted."""
    memory = Memory(np.array([int(rating.state)]), np.array([rating.since]))
    found = np.zeros(HORIZON, np.int64)
    customers, spread = np.array([policy.states.least_customers]), np.array([policy.states.least_days])
    corrected = np.array([suppose.corrected])
    for i in range(HORIZON):
        orders = np.array([rating.orders + round(suppose.orders / max(suppose.days, 1) * (i + 1))])
        case = Case(of.bad_risk[i : i + 1], of.watch_risk[i : i + 1], orders, customers, spread, corrected)
        memory = step(memory, case, rating.as_of + i + 1, policy.states)
        found[i] = memory.state[0]
    return found


def _first(reached: NDArray[np.bool_], rating: Rating, days: NDArray[np.int64]) -> int | None:
    return rating.as_of + int(days[int(np.argmax(reached))]) if reached.any() else None


def _holds(rating: Rating, of: Posterior, last: int, suppose: Supposition, policy: RatingPolicy) -> tuple[str, ...]:
    states, day = policy.states, rating.as_of + last + 1
    checks = (
        ("risk", float(of.bad_risk[last]) > states.leave),
        ("stay", rating.state is State.RESTRICTED and day - rating.since < states.least_stay_days),
        ("correction", not suppose.corrected),
    )
    return tuple(code for code, wanting in checks if wanting)
