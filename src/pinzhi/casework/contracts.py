"""What others see of a case: frozen, without tables behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from pinzhi.casework.rules.changes import Change
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Subject, Text
from pinzhi.kernel.verdict import Severity


class Purpose(StrEnum):
    """
    What a decision of a case is for. Only work has consequences; the others are judged to see whether people agree.

    `golden` and `second` look like work to the one person who sees them; `consensus` settles two different answers and is for seniors.
    """

    WORK = "work"
    GOLDEN = "golden"
    SECOND = "second"
    CONSENSUS = "consensus"


@dataclass(frozen=True, slots=True)
class Proposal:
    """An outcome that waits for a second person. `seen` is the evidence that the first person saw."""

    outcome: str
    reason: str
    seen: str
    by_label: str
    by_account: int | None
    at: datetime


@dataclass(frozen=True, slots=True)
class CaseRow:
    """
    One case. `seen` is the digest of `evidence`: a decision carries it back (stale guard).

    `state` is a state of `kernel.course.CASE`, with a lease that has run out and a snooze that has ended already counted as `open`. `act_before` is
    its place in
    the queue, `due` its real deadline. `assigned` and `lease_until` are set while it is claimed. `shown` is the id of the case whose matter is on the page:
    its own, or that of the case that is judged once more.
    """

    id: str
    desk: str
    subject: Subject
    title: Text
    state: str
    severity: Severity
    source: str
    opened_at: datetime
    due: datetime | None
    act_before: datetime
    seen: str
    evidence: Mapping[str, Any]
    merchant_id: str = ""
    category: str = ""
    assigned: int | None = None
    assigned_name: str = ""
    lease_until: datetime | None = None
    snoozed_until: datetime | None = None
    escalated: bool = False
    waits_for_more: bool = False
    proposal: Proposal | None = None
    outcome: str = ""
    reason: str = ""
    decided_by: str = ""
    decided_account: int | None = None
    decided_at: datetime | None = None
    paused_at: datetime | None = None
    purpose: Purpose = Purpose.WORK
    shown: str = ""


@dataclass(frozen=True, slots=True)
class CaseEntry:
    """One line of a case's history."""

    id: int
    at: datetime
    verb: str
    by_label: str
    by_account: int | None
    note: str
    act: str
    bulk: str = ""
    outcome: str = ""
    undone: bool = False


@dataclass(frozen=True, slots=True)
class Ruling:
    """
    What a desk is told when one of its cases is decided. `decided_by` is `rule:…`, `person:<role>` or `two:<role>+<role>`.

    `accounts` are the persons behind it, the first one first: for desks that ask for somebody who is new to the matter.
    """

    outcome: str
    reason: str
    decided_by: str
    seen: str
    accounts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Reversal:
    """What a desk is told when a decision is taken back: `why` is `undo` (within seconds), `reversal` or `reopen`."""

    outcome: str
    why: str
    reason: str


class EvidenceChangedError(RefusedError):
    """The stale guard: what was on the screen is no longer what is known. `changes` is the difference, empty if the old version is unknown."""

    def __init__(self, old: str, new: str, changes: tuple[Change, ...]) -> None:
        super().__init__(
            Refusal(
                "evidence_changed",
                "the evidence has changed since this page was shown",
                "look at what has changed and decide again",
                "seen",
            )
        )
        self.old, self.new, self.changes = old, new, changes
