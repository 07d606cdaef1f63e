"""From tables to contracts, and the locked row that every verb starts from."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from pinzhi.casework.contracts import CaseEntry, CaseRow, Proposal, Purpose
from pinzhi.casework.models import Case, CaseEvent
from pinzhi.kernel.canon import plain
from pinzhi.kernel.course import CASE
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Subject, Text
from pinzhi.kernel.verdict import Severity
from pinzhi.people.acts import Act
from pinzhi.people.models import Account
from pinzhi.people.roles import Actor

REVERSIBLE = ("assigned_id", "snoozed_until", "escalated", "waits_for_more", "state")
"""What an undo puts back for verbs that have no consequence outside the case."""


def unknown() -> RefusedError:
    """The answer for a case that is not there and for one that is not yours: the same, so that ids cannot be guessed."""
    return RefusedError(Refusal("case_unknown", "no such case", "go back to the queue", "case"))


def as_uuid(case_id: str | UUID) -> UUID:
    """A case id from outside. Raises RefusedError(`case_unknown`) for what is no id at all."""
    if isinstance(case_id, UUID):
        return case_id
    try:
        return UUID(str(case_id))
    except ValueError:
        raise unknown() from None


def owns(actor: Actor, case: Case) -> bool:
    """Whether the case may be known to the actor: everybody in the house, a merchant only his own."""
    return not actor.outside or (bool(actor.merchant_id) and case.merchant_id == actor.merchant_id)


def locked(case_id: str | UUID, actor: Actor) -> Case:
    """The row, locked until the act ends. Raises RefusedError(`case_unknown`)."""
    found = Case.objects.select_for_update(of=("self",)).filter(pk=as_uuid(case_id)).first()
    if found is None or not owns(actor, found) or not shown_to(actor, found):
        raise unknown()
    return found


def shown_to(actor: Actor, case: Case) -> bool:
    """Whether a case may be known beside ownership: checks to whom they are for, and a decision that a person judges once more not to him."""
    if case.purpose == Purpose.CONSENSUS:
        return not case.void and actor.may("casework.settle") and actor.kind == "person"
    if case.purpose != Purpose.WORK:
        return not case.void and actor.account_id is not None and actor.account_id == case.audience_id
    if case.state != "decided" or actor.account_id is None:
        return True
    return not case.checks.filter(audience=actor.account_id, void=False).exclude(state="decided").exists()


def state_at(case: Case, now: datetime) -> str:
    """The state at `now`: a lease that has run out and a snooze that has ended are open again by themselves."""
    if case.state == "claimed" and case.lease_until is not None and case.lease_until <= now:
        return "open"
    if case.state == "snoozed" and case.snoozed_until is not None and case.snoozed_until <= now:
        return "open"
    return str(case.state)


def holder(case: Case, now: datetime) -> int | None:
    """The account whose lease holds the case at `now`."""
    held = case.state == "claimed" and case.lease_until is not None and case.lease_until > now
    return case.assigned_id if held else None


def name_of(account: Account | None) -> str:
    """What colleagues call a person. For screens inside the house only."""
    return (account.display_name or account.username) if account else ""


def row(case: Case, now: datetime) -> CaseRow:
    """A case as others see it. Reads `assigned`: select it with the case."""
    state = state_at(case, now)
    proposal = (
        Proposal(
            case.proposal,
            case.proposal_reason,
            case.proposal_seen,
            case.proposed_by,
            case.proposer_id,
            case.proposed_at,
        )
        if case.state == "proposed"
        else None
    )
    return CaseRow(
        id=str(case.pk),
        desk=case.desk,
        subject=Subject(case.subject_kind, case.subject_id),
        title=Text(case.title_zh, case.title_en),
        state=state,
        severity=Severity(case.severity),
        source=case.source,
        opened_at=case.opened_at,
        due=case.due,
        act_before=case.act_before,
        seen=case.seen,
        evidence=case.evidence,
        merchant_id=case.merchant_id,
        category=case.category,
        assigned=case.assigned_id,
        assigned_name=name_of(case.assigned),
        lease_until=case.lease_until if state == "claimed" else None,
        snoozed_until=case.snoozed_until if state == "snoozed" else None,
        escalated=case.escalated,
        waits_for_more=case.waits_for_more,
        proposal=proposal,
        outcome=case.outcome,
        reason=case.reason,
        decided_by=case.decided_by,
        decided_account=case.decider_id,
        decided_at=case.decided_at,
        paused_at=case.paused_at,
        purpose=Purpose(case.purpose),
        shown=str(case.of_id or case.pk),
    )


def entry(event: CaseEvent, *, private: bool = True) -> CaseEntry:
    """A line of the history as others see it; without the remark and the person where it is not `private`."""
    return CaseEntry(
        id=event.pk,
        at=event.at,
        verb=event.verb,
        by_label=event.actor,
        by_account=event.account_id if private else None,
        note=event.note if private else "",
        act=event.act,
        bulk=event.bulk,
        outcome=event.outcome,
        undone=bool(event.undone_by),
    )


def log(a: Act, case: Case, verb: str, note: str = "", **more: Any) -> CaseEvent:
    """A line in the case's history."""
    return CaseEvent.objects.create(
        case=case,
        at=a.now,
        verb=verb,
        act=a.id,
        bulk=a.within,
        actor=a.by.label,
        account_id=a.by.account_id,
        note=note,
        **more,
    )


def before(case: Case) -> dict[str, Any]:
    """What an undo of a verb without outside consequences puts back."""
    return {name: plain(getattr(case, name)) for name in REVERSIBLE}


def step(case: Case, verb: str, now: datetime) -> str:
    """The state after `verb`, counted from the state that holds at `now`. Raises RefusedError(`step_not_allowed`)."""
    return CASE.step(state_at(case, now), verb)
