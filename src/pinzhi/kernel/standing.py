"""
The standing of a listing, batch or merchant: the pure fold of the decisions in force.

Standing is never stored as an opinion. Undoing, an appeal won, and expiry all restore everything by themselves, because they only change which
decisions are in force. The fold takes the most severe effect in force; promotion counts only when nothing harmful is in force.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from pinzhi.kernel.values import Subject
from pinzhi.kernel.verdict import Reason


class Effect(StrEnum):
    """What a decision does to its subject. Marketplaces act on these words; they are part of the outward contract."""

    ADMIT = "admit"
    PROMOTE = "promote"
    NONE = "none"
    WATCH = "watch"
    RESTRICT = "restrict"
    QUARANTINE = "quarantine"
    STOP_SALE = "stop_sale"
    DELIST = "delist"
    BAN = "ban"


SEVERITY: dict[Effect, int] = {
    Effect.PROMOTE: 0,
    Effect.ADMIT: 0,
    Effect.NONE: 0,
    Effect.WATCH: 1,
    Effect.RESTRICT: 2,
    Effect.QUARANTINE: 3,
    Effect.STOP_SALE: 4,
    Effect.DELIST: 5,
    Effect.BAN: 6,
}

STATE: dict[Effect, str] = {
    Effect.WATCH: "watched",
    Effect.RESTRICT: "restricted",
    Effect.QUARANTINE: "quarantined",
    Effect.STOP_SALE: "stopped",
    Effect.DELIST: "delisted",
    Effect.BAN: "banned",
}


@dataclass(frozen=True, slots=True)
class DecisionRecord:
    """
    One decision as the fold, the webhook, the feed and the ledger see it.

    `decided_by` is `rule:<policy version>`, `person:<role>` or `two:<role>+<role>`: roles, never names, because decisions leave the house.
    `start <= t < until` is the span in which it is in force, unless lifted earlier or superseded by another decision in force.
    """

    id: str
    subject: Subject
    effect: Effect
    reasons: tuple[Reason, ...]
    policy: str
    decided_by: str
    decided_at: datetime
    start: datetime
    until: datetime | None = None
    appeal_until: datetime | None = None
    supersedes: str = ""
    lifted_at: datetime | None = None
    source: str = ""

    def in_span(self, at: datetime) -> bool:
        """Whether it has started, has not expired and has not been lifted at `at` (supersession is judged by the fold)."""
        return (
            self.start <= at
            and (self.until is None or at < self.until)
            and (self.lifted_at is None or at < self.lifted_at)
        )


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for a subject at a moment: the state in a word, the decisions that make it so, and when it will change by itself."""

    subject: Subject
    state: str
    at: datetime
    in_force: tuple[DecisionRecord, ...] = ()
    changes_at: datetime | None = None

    @property
    def promoted(self) -> bool:
        """Whether the marketplace may rank it up."""
        return self.state == "promoted"


def in_force(decisions: Iterable[DecisionRecord], at: datetime) -> tuple[DecisionRecord, ...]:
    """
    The decisions in force at `at`, most severe first, then oldest, then by id: a total order, so the fold is deterministic.

    A decision is out of force while any decision that supersedes it has been taken and is itself not lifted: lifting the successor brings the
    predecessor back, which is how an overturned replacement restores what it replaced.
    """
    known = {d.id: d for d in decisions}
    replaced = {
        d.supersedes
        for d in known.values()
        if d.supersedes and d.start <= at and (d.lifted_at is None or at < d.lifted_at)
    }
    live = [d for d in known.values() if d.id not in replaced and d.in_span(at)]
    return tuple(sorted(live, key=lambda d: (-SEVERITY[d.effect], d.start, d.id)))


INHERITED = SEVERITY[Effect.RESTRICT]
"""From this severity on, a decision about a merchant, batch or category holds for everything that belongs to it. Watching does not spread."""


def standing(
    subject: Subject, decisions: Iterable[DecisionRecord], at: datetime, *, governing: Sequence[Subject] = ()
) -> Standing:
    """
    Fold the decisions about `subject` into its standing at `at`. Decisions about other subjects are ignored.

    `governing` are the larger things that the subject belongs to (its merchant, batch, category): what restricts them restricts it, but their
    promotion is not its own.
    """
    above = frozenset(governing) - {subject}
    own = [d for d in decisions if d.subject == subject or d.subject in above]

    def live(moment: datetime) -> tuple[DecisionRecord, ...]:
        return tuple(d for d in in_force(own, moment) if d.subject == subject or SEVERITY[d.effect] >= INHERITED)

    now = live(at)
    state = _state(now)
    # Not every edge is a change: the end of a decision that was lifted long before, or that a graver one covers, moves nothing.
    edges = sorted({e for d in own for e in (d.start, d.until, d.lifted_at) if e is not None and e > at})
    return Standing(subject, state, at, now, next((e for e in edges if _state(live(e)) != state), None))


def _state(live: Sequence[DecisionRecord]) -> str:
    """The state that decisions in force make, the most severe of them first."""
    if not live:
        return "normal"
    worst = live[0].effect
    if SEVERITY[worst] > 0:
        return STATE[worst]
    return "promoted" if any(d.effect is Effect.PROMOTE for d in live) else "normal"
