"""
One assessment: everything about every listing and merchant on a day; and the replay of a history, which gives each its state.

The replay steps on days divisible by `STEP` and on the last day, so that the states of a past day do not depend on the day on which one asks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Tallies
from pinzhi.life.rating.rules.evidence import Evidence, gather, severities
from pinzhi.life.rating.rules.policy import RatingPolicy
from pinzhi.life.rating.rules.posterior import Mixtures, Posterior, listings, merchants
from pinzhi.life.rating.rules.prior import Tree, grow
from pinzhi.life.rating.rules.states import Case, Memory, proposals, step

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
STEP = 7


@dataclass(frozen=True, slots=True)
class Marks:
    """
    What people have said: `confirmed[listing] = day` on which a burst was found to be real, `corrected[listing] = day` of the latest corrective action.

    `tracked` is false where corrective actions are not kept (files alone): leaving a restriction then does not ask for one.
    """

    confirmed: Mapping[int, int]
    corrected: Mapping[int, int]
    tracked: bool = True


NOTHING = Marks({}, {}, tracked=False)


@dataclass(frozen=True, slots=True)
class Assessment:
    """A day: evidence, tree, posterior, case and (after `stepped`) memory per listing; the mixtures of the merchants with their memory."""

    day: int
    evidence: Evidence
    good: Floats
    bad: Floats
    tree: Tree
    posterior: Posterior
    lines: Floats
    case: Case
    memory: Memory
    mixtures: Mixtures
    merchant_case: Case
    merchant_memory: Memory

    def proposed(self, policy: RatingPolicy) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
        """(listings, merchants) for which a person should consider delisting."""
        return (
            proposals(self.memory, self.case, policy.states),
            proposals(self.merchant_memory, self.merchant_case, policy.states),
        )


def owners(tallies: Tallies) -> tuple[Ints, Ints]:
    """(merchant, category) of each listing; listings without one share an extra group after the named ones."""
    merchant, category = tallies.names.merchant.astype(np.int64), tallies.names.category.astype(np.int64)
    return (
        np.where(merchant < 0, len(tallies.names.merchants), merchant),
        np.where(category < 0, len(tallies.names.categories), category),
    )


def lines_of(tallies: Tallies, policy: RatingPolicy) -> Floats:
    """The restriction line of each listing."""
    by_category = [policy.states.lines.get(c, policy.states.line) for c in tallies.names.categories]
    return np.array([*by_category, policy.states.line])[owners(tallies)[1]]


def assess(
    tallies: Tallies,
    day: int,
    policy: RatingPolicy,
    marks: Marks = NOTHING,
    before: tuple[Memory, Memory] | None = None,
    *,
    bounds: bool = True,
) -> Assessment:
    """Assess `day` (inclusive) and step the states on from `before` (listings, merchants); left out, everybody starts as normal."""
    merchant, category = owners(tallies)
    confirmed = [code for code, on in marks.confirmed.items() if on <= day]
    found = gather(tallies, day, policy, confirmed)
    good, bad = found.counts(policy.weights)
    tree = grow(good, bad, category, merchant, policy.prior)
    lines = lines_of(tallies, policy)
    of = listings(good, bad, tree, lines, policy.grades, policy.states, bounds=bounds)
    count = len(tallies.names.merchants) + 1
    mixed = merchants(
        of, found.matured, good + bad, found.orders, merchant, count, lines, policy.grades, policy.states, bounds=bounds
    )
    memory, merchant_memory = before or (
        Memory.fresh(len(good), tallies.first_day),
        Memory.fresh(count, tallies.first_day),
    )
    case = Case(of.bad_risk, of.watch_risk, found.orders, found.customers, found.days, _corrected(marks, memory, day))
    merchant_case = Case(
        mixed.posterior.bad_risk,
        mixed.posterior.watch_risk,
        mixed.orders,
        np.bincount(merchant, weights=found.customers, minlength=count).astype(np.int64),
        np.bincount(merchant, weights=found.days, minlength=count).astype(np.int64),
        np.ones(count, np.bool_),
    )
    return Assessment(
        day, found, good, bad, tree, of, lines,
        case, step(memory, case, day, policy.states),
        mixed, merchant_case, step(merchant_memory, merchant_case, day, policy.states),
    )  # fmt: skip


def _corrected(marks: Marks, memory: Memory, day: int) -> NDArray[np.bool_]:
    if not marks.tracked:
        return np.ones(len(memory.state), np.bool_)
    done = np.zeros(len(memory.state), np.bool_)
    for code, on in marks.corrected.items():
        done[code] = memory.since[code] <= on <= day
    return done


def replay(
    tallies: Tallies,
    until: int,
    policy: RatingPolicy,
    marks: Marks = NOTHING,
    also: Callable[[int], bool] = lambda _: False,
    *,
    start: int | None = None,
    before: tuple[Memory, Memory] | None = None,
) -> Iterator[Assessment]:
    """
    Every assessment from `start` (the first day of the history) to `until`; `also(day)` asks for further days (a history at its own step).

    `before` is the memory of the day before `start`: a rating kept from day to day goes on from there. Only the last and those asked for carry bounds;
    the others step the states.
    """
    memory = before
    for day in range(min(tallies.first_day if start is None else start, until), until + 1):
        regular = day % STEP == 0 or day == until
        if regular or also(day):
            wanted = day == until or also(day)
            result = assess(tallies, day, policy, marks, memory, bounds=wanted)
            if regular:
                memory = (result.memory, result.merchant_memory)
            yield result


def kind_shares(result: Assessment, policy: RatingPolicy) -> Floats:
    """How the bad orders of the whole platform divide over the kinds, by severity: sums to 1."""
    total = (result.evidence.bad * severities(policy.weights)).sum(axis=0) + 1e-9
    return np.asarray(total / total.sum())
