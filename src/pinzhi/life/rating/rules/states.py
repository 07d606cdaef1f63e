"""
States with hysteresis: normal → watch → restricted → (by a person) delisted, and the way back.

To enter is harder than to stay, to leave needs clear evidence, a minimum stay and a corrective action: so a seller near the line does not flip with
every order. One buyer, or one day, never restricts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.rating.contracts import State
from pinzhi.life.rating.rules.policy import States

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Memory:
    """The state of each subject and the day it began: all that has to be remembered from one assessment to the next."""

    state: Ints
    since: Ints

    @classmethod
    def fresh(cls, count: int, day: int) -> Memory:
        """Everybody starts as normal."""
        return cls(np.full(count, int(State.NORMAL)), np.full(count, day))


@dataclass(frozen=True, slots=True)
class Case:
    """What the step looks at, per subject. `corrected` = a corrective action since the restriction, or actions are not kept track of."""

    bad_risk: Floats
    watch_risk: Floats
    orders: Ints
    customers: Ints
    days: Ints
    corrected: Mask


def step(memory: Memory, case: Case, day: int, policy: States) -> Memory:
    """One assessment on `day`. A subject that a person has delisted stays so until a person lifts that."""
    enough = (
        (case.orders >= policy.least_orders)
        & (case.customers >= policy.least_customers)
        & (case.days >= policy.least_days)
    )
    state = memory.state.copy()
    normal, watched = memory.state == State.NORMAL, memory.state == State.WATCH
    restricted = memory.state == State.RESTRICTED
    state[normal & enough & (case.watch_risk >= policy.watch_enter)] = State.WATCH
    state[watched & (case.watch_risk <= policy.watch_leave)] = State.NORMAL
    state[(normal | watched) & enough & (case.bad_risk >= policy.enter)] = State.RESTRICTED
    stayed = day - memory.since >= policy.least_stay_days
    state[restricted & (case.bad_risk <= policy.leave) & stayed & case.corrected] = State.WATCH
    return Memory(state, np.where(state != memory.state, day, memory.since))


def proposals(memory: Memory, case: Case, policy: States) -> Mask:
    """Restricted subjects of which we are so sure that a person should consider delisting. Never automatic."""
    enough = (case.customers >= policy.least_customers) & (case.days >= policy.least_days)
    return (memory.state == State.RESTRICTED) & (case.bad_risk >= policy.delist) & enough
