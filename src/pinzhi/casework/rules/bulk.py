"""
What a bulk act will not do, said before anything is done. Pure: rows, desks' outcomes and the actor's rights come in as values.

The same conditions are checked again, under lock, when each case is acted on: between the plan and the act a colleague may have been quicker.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pinzhi.casework.contracts import CaseRow
from pinzhi.kernel.course import CASE
from pinzhi.kernel.refusal import Refusal

STEPS: dict[str, str] = {
    "claim": "claim",
    "release": "release",
    "decide": "decide",
    "confirm": "confirm",
    "reject": "reject",
    "snooze": "snooze",
    "wake": "wake",
    "reopen": "reopen",
}
"""Verb → step of `kernel.course.CASE`. The other verbs (assign, escalate, ask, comment) are held to their own conditions."""
OVER_A_LEASE = frozenset({"assign", "comment", "confirm", "reject", "wake", "reopen"})
"""Verbs that a colleague's lease does not hold back."""
WITH_SENTENCE = frozenset({"escalate", "ask", "comment", "reject", "reopen"})


@dataclass(frozen=True, slots=True)
class Choice:
    """A chosen case; `seen` is the digest of the evidence that was on the screen (needed to decide and to confirm)."""

    id: str
    seen: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """What is to be done to every chosen case. `until` for snooze, `to` (an account) for assign, `outcome` for decide, `sentence` the reason or note."""

    verb: str
    outcome: str = ""
    sentence: str = ""
    until: datetime | None = None
    to: int = 0


@dataclass(frozen=True, slots=True)
class OutcomeRule:
    """What a desk asks of one of its outcomes. `two_person` says it by the evidence of a case."""

    needs_reason: bool = False
    two_person: Callable[[Mapping[str, Any]], bool] = lambda _evidence: False


@dataclass(frozen=True, slots=True)
class Doer:
    """Who does it, as far as the plan must know: the account, and whether he may take a colleague's case from him."""

    account: int | None
    may_assign: bool = False


@dataclass(frozen=True, slots=True)
class Skipped:
    """One case that will not be, or was not, acted on, and why. `case` is None where there is none to be seen."""

    id: str
    case: CaseRow | None
    refusal: Refusal


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What will be done and what not. `proposals`: those of `do` that will wait for a second person."""

    asked: Asked
    do: tuple[Choice, ...]
    skipped: tuple[Skipped, ...]
    proposals: tuple[str, ...] = ()


Outcomes = Mapping[str, Mapping[str, OutcomeRule]]
"""Desk → outcome → what it asks for."""


def plan_bulk(
    asked: Asked,
    chosen: Sequence[Choice],
    cases: Mapping[str, CaseRow],
    *,
    by: Doer,
    desks: Outcomes,
    now: datetime,
) -> BulkPlan:
    """The plan for every chosen case, in order, each once. `cases` holds the rows that the actor may know of, by id."""
    do: list[Choice] = []
    skipped: list[Skipped] = []
    for choice in {c.id: c for c in chosen}.values():
        case = cases.get(choice.id)
        why = _no_case() if case is None else _refusal(asked, choice, case, by, desks, now)
        if why is None:
            do.append(choice)
        else:
            skipped.append(Skipped(choice.id, case, why))
    two = tuple(c.id for c in do if asked.verb == "decide" and _takes_two(asked, cases[c.id], desks))
    return BulkPlan(asked, tuple(do), tuple(skipped), two)


def _takes_two(asked: Asked, case: CaseRow, desks: Outcomes) -> bool:
    return desks[case.desk][asked.outcome].two_person(case.evidence)


def _no_case() -> Refusal:
    return Refusal("case_unknown", "no such case", "go back to the queue", "case")


def _refusal(asked: Asked, choice: Choice, case: CaseRow, by: Doer, desks: Outcomes, now: datetime) -> Refusal | None:
    checks: tuple[Callable[[], Refusal | None], ...] = (
        lambda: _lease(asked, case, by),
        lambda: _state(asked, case, by),
        lambda: _outcome(asked, case, desks),
        lambda: _evidence(asked, choice, case),
        lambda: _sentence(asked),
        lambda: _second(asked, case, by),
        lambda: _until(asked, case, now),
    )
    return next((no for check in checks if (no := check()) is not None), None)


def _lease(asked: Asked, case: CaseRow, by: Doer) -> Refusal | None:
    held = case.state == "claimed" and case.assigned != by.account
    free = asked.verb in OVER_A_LEASE or (asked.verb == "release" and by.may_assign)
    if not held or free:
        return None
    return Refusal(
        "leased",
        f"{case.assigned_name} works on this case until {case.lease_until:%Y-%m-%d %H:%M:%S %Z}",
        "take another case, or ask for it to be released",
    )


def _state(asked: Asked, case: CaseRow, by: Doer) -> Refusal | None:
    if asked.verb in ("escalate", "ask") and case.state == "decided":
        return Refusal("case_decided", "the case is decided", "undo or reopen it first")
    if asked.verb == "claim" and case.state == "claimed" and case.assigned == by.account:
        return None  # renewed
    step = "claim" if asked.verb == "assign" and case.state != "claimed" else STEPS.get(asked.verb)
    if step is None or step in CASE.verbs(case.state):
        return None
    can = ", ".join(CASE.verbs(case.state)) or "nothing"
    return Refusal(
        "step_not_allowed", f"case: «{step}» is not possible in state «{case.state}»", f"possible now: {can}"
    )


def _outcome(asked: Asked, case: CaseRow, desks: Outcomes) -> Refusal | None:
    if asked.verb != "decide":
        return None
    known = desks.get(case.desk, {})
    if asked.outcome not in known:
        return Refusal(
            "outcome_unknown",
            f"the desk «{case.desk}» has no outcome «{asked.outcome}»",
            f"choose one of: {', '.join(known)}",
            "outcome",
        )
    if known[asked.outcome].needs_reason and not asked.sentence.strip():
        return Refusal("reason_missing", f"«{asked.outcome}» needs a reason", "say why", "reason")
    return None


def _evidence(asked: Asked, choice: Choice, case: CaseRow) -> Refusal | None:
    if asked.verb not in ("decide", "confirm") or choice.seen == case.seen:
        return None
    return Refusal(
        "evidence_changed",
        "the evidence has changed since this page was shown",
        "look at what has changed and decide again",
        "seen",
    )


def _sentence(asked: Asked) -> Refusal | None:
    if asked.verb in WITH_SENTENCE and not asked.sentence.strip():
        return Refusal("reason_missing", "this needs a sentence", "say why", "note")
    return None


def _second(asked: Asked, case: CaseRow, by: Doer) -> Refusal | None:
    own = case.proposal is not None and by.account is not None and case.proposal.by_account == by.account
    if asked.verb in ("confirm", "reject") and own:
        return Refusal("same_person", "you proposed this yourself", "let a colleague confirm it")
    return None


def _until(asked: Asked, case: CaseRow, now: datetime) -> Refusal | None:
    if asked.verb != "snooze":
        return None
    if asked.until is None or asked.until <= now:
        return Refusal("snooze_past", "that moment has passed", "choose a later one", "until")
    if case.due is not None and asked.until > case.due > now:
        return Refusal(
            "snooze_beyond_due",
            f"the case is due at {case.due:%Y-%m-%d %H:%M %Z}",
            "choose a moment before it",
            "until",
        )
    return None
