"""
Deciding a case, by one person or by two, and taking it back.

The stale guard: a decision carries the digest of the evidence that was on the screen and is refused if it is no longer the current one. Four eyes:
an outcome that needs
two persons becomes a proposal, confirmed by another person who has seen the same evidence. Taking back is always a new act that calls the desk's own
reversal;
nothing is deleted.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from pinzhi.casework import checking, rows
from pinzhi.casework.contracts import CaseRow, EvidenceChangedError, Purpose, Reversal, Ruling
from pinzhi.casework.desks import OVER
from pinzhi.casework.desks import desk as registered_desk
from pinzhi.casework.models import Case, CaseEvent
from pinzhi.casework.policy import policy
from pinzhi.casework.rows import before, log, step
from pinzhi.casework.rules.changes import differences
from pinzhi.casework.working import free_for, on_case, unpaused
from pinzhi.kernel.facts import CaseDecided, CaseReopened
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Subject
from pinzhi.people.acts import Act
from pinzhi.people.roles import Actor


def decide(
    case_id: str | UUID,
    outcome: str,
    by: Actor,
    *,
    seen: str,
    reason: str = "",
    now: datetime | None = None,
    bulk: str = "",
) -> CaseRow:
    """
    Decide a case, or propose the outcome where it needs two persons (the row's state tells which: `decided` or `proposed`).

    Raises EvidenceChangedError, RefusedError(`leased`, `outcome_unknown`, `reason_missing`, `not_permitted`, `needs_person`, `step_not_allowed`,
    `case_unknown`)
    and whatever the desk refuses; then nothing has been changed.
    """
    with on_case("decide", case_id, by, now=now, bulk=bulk) as (a, case):
        free_for(case, by, a.now)
        desk = registered_desk(case.desk)
        chosen = desk.outcome(outcome)
        unpaused(case)
        if desk.verb and not by.may(desk.verb):
            raise RefusedError.because(
                "not_permitted", f"{by.label} may not do «{desk.verb}»", "ask an administrator for the role that may"
            )
        if chosen.needs_reason and not reason.strip():
            raise RefusedError.because("reason_missing", f"«{outcome}» needs a reason", "say why", field="reason")
        _guard(case, seen)
        if case.purpose != Purpose.WORK:
            return checking.answer(a, case, Ruling(outcome, reason, by.label, seen))
        desk.guard(a, rows.row(case, a.now))
        if desk.needs_two(outcome, case.evidence):
            return _propose(a, case, outcome, reason)
        return _decided(a, case, "decide", Ruling(outcome, reason, by.label, seen, _accounts(by.account_id)))


def confirm(case_id: str | UUID, by: Actor, *, seen: str, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """
    The second person agrees, and the outcome takes effect.

    Raises RefusedError(`same_person`) for whoever proposed it, `needs_person` for a rule or a token, EvidenceChangedError when the evidence is no longer what
    this person or the proposer saw.
    """
    with on_case("confirm", case_id, by, now=now, bulk=bulk) as (a, case):
        step(case, "confirm", a.now)
        if by.kind != "person" or by.account_id is None:
            raise RefusedError.because("needs_person", "the second of two must be a person", "log in as one")
        if by.account_id == case.proposer_id:
            raise RefusedError.because("same_person", "you proposed this yourself", "let a colleague confirm it")
        unpaused(case)
        _guard(case, seen)
        _guard(case, case.proposal_seen)
        registered_desk(case.desk).guard(a, rows.row(case, a.now))
        label = f"two:{_role(case.proposed_by)}+{_role(by.label)}"
        both = _accounts(case.proposer_id, by.account_id)
        return _decided(a, case, "confirm", Ruling(case.proposal, case.proposal_reason, label[:120], seen, both))


def reject(case_id: str | UUID, by: Actor, *, reason: str, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """The second person does not agree: the case goes back to the queue with his reason."""
    with on_case("reject", case_id, by, now=now, bulk=bulk) as (a, case):
        if by.account_id is not None and by.account_id == case.proposer_id:
            raise RefusedError.because("same_person", "you proposed this yourself", "withdraw it instead")
        if not reason.strip():
            raise RefusedError.because("reason_missing", "this needs a sentence", "say why", field="reason")
        return _returned(a, case, "reject", reason)


def withdraw(
    case_id: str | UUID, by: Actor, *, reason: str = "", now: datetime | None = None, bulk: str = ""
) -> CaseRow:
    """The proposer takes his own proposal back."""
    with on_case("withdraw", case_id, by, now=now, bulk=bulk) as (a, case):
        step(case, "withdraw", a.now)
        if by.account_id != case.proposer_id:
            raise RefusedError.because("not_yours", "somebody else proposed this", "reject it instead")
        return _returned(a, case, "withdraw", reason)


def undo(case_id: str | UUID, by: Actor, *, reason: str = "", now: datetime | None = None, bulk: str = "") -> CaseRow:
    """
    Take back the last thing that was done to a case: a new, logged act.

    A decision: within `undo_seconds` whoever took it needs no reason; anybody else, and anybody later, gives one (a «reversal»), and what two
    persons decided is
    reversed by one who may confirm. A proposal is withdrawn. Claim, release, snooze, wake, assign, escalate, ask: put back as it was.
    Raises RefusedError(`nothing_to_undo`, `reason_missing`, `not_permitted`, `too_old`) and whatever the desk refuses.
    """
    with on_case("undo", case_id, by, now=now, bulk=bulk) as (a, case):
        last = last_step(case)
        if last is None:
            raise RefusedError.because("nothing_to_undo", "nothing has been done to this case", "go on with the next")
        if case.state == "decided" and case.purpose != Purpose.WORK:
            return checking.take_answer_back(a, case, last)
        if case.state == "decided":
            _not_over(case)
            return _reverse(a, case, last, _how_reversed(a, case, last, reason), reason)
        free_for(case, by, a.now)
        if last.verb == "propose" and case.proposer_id != by.account_id:
            raise RefusedError.because("not_yours", "somebody else proposed this", "reject it instead")
        _put_back(case, last)
        last.undone_by = a.id
        last.save(update_fields=["undone_by"])
        log(a, case, "undo", reason, outcome=last.verb)
        case.save()
        return rows.row(case, a.now)


def reopen(case_id: str | UUID, by: Actor, *, reason: str, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Open a decided case again because something new is known; what followed from the decision is lifted. Needs a reason."""
    with on_case("reopen", case_id, by, now=now, bulk=bulk) as (a, case):
        if case.purpose != Purpose.WORK:
            raise RefusedError.because("too_old", "this answer stands", "say what was wrong in a remark")
        _not_over(case)
        step(case, "reopen", a.now)
        last = CaseEvent.objects.filter(case=case, undone_by="", verb__in=("decide", "confirm")).order_by("-id").first()
        _allowed_later(a, case, last, reason)
        return _reverse(a, case, last, "reopen", reason)


def _not_over(case: Case) -> None:
    if case.outcome == OVER.code:
        raise RefusedError.because("over", "the matter ended by itself", "nothing is left to be decided here")


def last_step(case: Case) -> CaseEvent | None:
    """The last thing done to a case that an undo would take back."""
    return (
        CaseEvent.objects.filter(case=case, undone_by="")
        .exclude(verb__in=("open", "comment", "evidence", "undo", "reject", "inspect", "inspected"))
        .order_by("-id")
        .first()
    )


# --- parts ---------------------------------------------------------------------------------------------------------------------------------


def _guard(case: Case, seen: str) -> None:
    if seen == case.seen:
        return
    old = CaseEvent.objects.filter(case=case, verb="evidence", seen=seen).order_by("-id").first()
    raise EvidenceChangedError(seen, case.seen, differences(old.evidence, case.evidence) if old else ())


def _accounts(*ids: int | None) -> tuple[int, ...]:
    return tuple(i for i in ids if i is not None)


def _role(label: str) -> str:
    return label.partition(":")[2] or label


def _propose(a: Act, case: Case, outcome: str, reason: str) -> CaseRow:
    if a.by.kind != "person" or a.by.account_id is None:
        raise RefusedError.because(
            "needs_person", f"«{outcome}» is decided by two persons, not by {a.by.label}", "let a person propose it"
        )
    was = before(case)
    case.state = step(case, "propose", a.now)
    case.proposal, case.proposal_reason, case.proposal_seen = outcome, reason, case.seen
    case.proposed_by, case.proposer_id, case.proposed_at = a.by.label, a.by.account_id, a.now
    case.assigned, case.lease_until, case.snoozed_until = None, None, None
    case.save()
    log(a, case, "propose", reason, outcome=outcome, before=was)
    return rows.row(case, a.now)


def _decided(a: Act, case: Case, verb: str, ruling: Ruling) -> CaseRow:
    was = before(case)
    case.state = step(case, verb, a.now)
    case.outcome, case.reason, case.decided_by = ruling.outcome, ruling.reason, ruling.decided_by
    case.decider_id, case.decided_at = a.by.account_id, a.now
    case.lease_until = case.snoozed_until = None
    case.save()
    log(a, case, verb, ruling.reason, outcome=ruling.outcome, before=was)
    a.fact(
        CaseDecided(
            subject=Subject(case.subject_kind, case.subject_id),
            case_id=str(case.pk),
            desk=case.desk,
            outcome=ruling.outcome,
            seen=ruling.seen,
        )
    )
    row = rows.row(case, a.now)
    registered_desk(case.desk).on_decide(a, row, ruling)
    checking.after_decision(a, case)
    return row


def _returned(a: Act, case: Case, verb: str, reason: str) -> CaseRow:
    case.state = step(case, verb, a.now)
    outcome = case.proposal
    _no_proposal(case)
    case.save()
    CaseEvent.objects.filter(case=case, verb="propose", undone_by="").update(undone_by=a.id)
    log(a, case, verb, reason, outcome=outcome)
    return rows.row(case, a.now)


def _no_proposal(case: Case) -> None:
    case.proposal = case.proposal_reason = case.proposal_seen = case.proposed_by = ""
    case.proposer = case.proposed_at = None


def _how_reversed(a: Act, case: Case, last: CaseEvent, reason: str) -> str:
    quick = case.decided_at is not None and a.now - case.decided_at <= timedelta(seconds=policy().desk.undo_seconds)
    if quick and a.by.account_id is not None and a.by.account_id == case.decider_id:
        return "undo"
    _allowed_later(a, case, last, reason)
    return "reversal"


def _allowed_later(a: Act, case: Case, last: CaseEvent | None, reason: str) -> None:
    if not reason.strip():
        raise RefusedError.because("reason_missing", "a decision is reversed with a reason", "say why", field="reason")
    if case.decided_at is not None and a.now - case.decided_at > timedelta(days=policy().desk.reopen_days):
        raise RefusedError.because(
            "too_old", "this decision is too old to be reversed at the desk", "appeal against it, or open a new case"
        )
    if last is not None and last.verb == "confirm" and not a.by.may("casework.confirm"):
        raise RefusedError.because(
            "not_permitted", "what two persons decided is reversed by a senior", "ask a senior reviewer or a manager"
        )


def _reverse(a: Act, case: Case, last: CaseEvent | None, why: str, reason: str) -> CaseRow:
    subject = Subject(case.subject_kind, case.subject_id)
    decided = rows.row(case, a.now)
    case.state = step(case, "reopen" if why == "reopen" else "undo", a.now)
    case.outcome = case.reason = case.decided_by = ""
    case.decider = case.decided_at = case.assigned = None
    _no_proposal(case)
    case.save()
    if last is not None:
        CaseEvent.objects.filter(case=case, undone_by="", verb__in=("decide", "confirm", "propose")).update(
            undone_by=a.id
        )
    log(a, case, why if why == "reopen" else "undo", reason, outcome=decided.outcome)
    a.fact(CaseReopened(subject=subject, case_id=str(case.pk), desk=case.desk, why=why))
    registered_desk(case.desk).on_undo(a, decided, Reversal(decided.outcome, why, reason))
    checking.taken_back(a, case)
    return rows.row(case, a.now)


def _put_back(case: Case, last: CaseEvent) -> None:
    was = last.before
    case.state = "open" if was["state"] == "claimed" else was["state"]
    case.assigned_id = was["assigned_id"] if was["state"] != "claimed" else None
    case.snoozed_until = datetime.fromisoformat(was["snoozed_until"]) if was["snoozed_until"] else None
    case.lease_until = None
    case.escalated, case.waits_for_more = was["escalated"], was["waits_for_more"]
    if last.verb == "propose":
        _no_proposal(case)
