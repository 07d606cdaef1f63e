"""
The verbs on decisions: issue, supersede, correct, lift. There is no other way to change what the world is told.

All take the running `Act`, so that a decision commits together with the case, signal or grade that it follows from.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from pinzhi.decisions import queries
from pinzhi.decisions.contracts import (
    decision_digest,
    decision_document,
    lift_document,
    reason_document,
    seen_digest,
)
from pinzhi.decisions.figures import appeal_policy
from pinzhi.decisions.models import DecisionRow, Docket
from pinzhi.decisions.rules.spans import appeal_end, check_span
from pinzhi.kernel.canon import digest
from pinzhi.kernel.facts import DecisionIssued, DecisionLifted
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import DecisionRecord, Effect
from pinzhi.kernel.values import Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

_DECIDED_BY = re.compile(r"(rule|person|two|system):\S.{0,110}\Z")
_GUARDS: dict[str, Callable[[DecisionRow], None]] = {}
_SOURCE = re.compile(r"[a-z][a-z_]*:\S.{0,120}\Z")


def register_guard(station: str, guard: Callable[[DecisionRow], None]) -> None:
    """A station says which of its decisions one person may not lift alone: `guard` raises RefusedError for them."""
    _GUARDS[station] = guard


def issue(
    a: Act,
    subject: Subject,
    effect: Effect,
    reasons: Sequence[Reason],
    *,
    policy: str,
    decided_by: str,
    source: str,
    start: datetime | None = None,
    until: datetime | None = None,
    appeal_until: datetime | None = None,
    supersedes: str = "",
) -> DecisionRow:
    """
    Take a decision, in the running act. Writes the row, the fact DecisionIssued and a ledger leaf that commits to the outward document.

    `source` is `station:reference` of what it follows from. While a decision with the same source, effect and subject (and, when it
    supersedes, the same predecessor and reasons) is neither lifted nor expired, that one is returned and nothing is written. `start` defaults
    to the moment of the act, `appeal_until` to the policy's appeal period.
    Raises RefusedError: `decision_without_reason`, `decided_by_unknown`, `source_unknown`, `decision_ends_before_start`, and what `supersede` refuses.
    """
    begin = start or a.now
    _check(reasons, decided_by, source)
    check_span(begin, until, appeal_until, a.now)
    _lock(subject)
    if (said := _said_already(a, subject, effect, reasons, source, supersedes)) is not None:
        return said
    if supersedes:
        _check_superseded(supersedes, subject)
    taken = DecisionRecord(
        id=queries.new_id(a.now),
        subject=subject,
        effect=Effect(effect),
        reasons=tuple(reasons),
        policy=policy,
        decided_by=decided_by,
        decided_at=a.now.astimezone(UTC),
        start=begin.astimezone(UTC),
        until=until.astimezone(UTC) if until else None,
        appeal_until=appeal_until or appeal_end(Effect(effect), a.now.astimezone(UTC), appeal_policy(a.now)),
        supersedes=supersedes,
        source=source,
    )
    return _write(a, taken)


def supersede(
    a: Act,
    decision_id: str,
    effect: Effect,
    reasons: Sequence[Reason],
    *,
    policy: str,
    decided_by: str,
    source: str,
    start: datetime | None = None,
    until: datetime | None = None,
) -> DecisionRow:
    """
    Replace a decision by another about the same subject. Lifting the successor brings the predecessor back.

    Raises RefusedError: `decision_unknown`, `decision_lifted`, `decision_superseded`, and what `issue` refuses.
    """
    old = _known(decision_id)
    return issue(
        a,
        queries.record(old).subject,
        effect,
        reasons,
        policy=policy,
        decided_by=decided_by,
        source=source,
        start=start,
        until=until,
        supersedes=old.id,
    )


def correct(a: Act, decision_id: str, reasons: Sequence[Reason], *, decided_by: str) -> DecisionRow:
    """Say the same with mended reasons: supersedes with the same effect, span and policy. Nothing that was said is overwritten."""
    old = queries.record(_known(decision_id))
    return issue(
        a,
        old.subject,
        old.effect,
        reasons,
        policy=old.policy,
        decided_by=decided_by,
        source=old.source,
        start=max(old.start, a.now.astimezone(UTC)),
        until=old.until,
        supersedes=old.id,
    )


def lift(a: Act, decision_id: str, why: Text) -> DecisionRow:
    """
    End a decision now: undone, appealed with success, or healed. Whatever it had replaced holds again.

    Raises RefusedError: `decision_unknown`, `decision_lifted`.
    """
    row = _known(decision_id)
    _lock(queries.record(row).subject)
    row.refresh_from_db()
    if row.lifted_at is not None:
        raise _lifted(row)
    row.lifted_at, row.lifted_by, row.lift_act = a.now, a.by.label, a.id
    row.lift_why = {"zh": why.zh, "en": why.en}
    row.save(update_fields=["lifted_at", "lifted_by", "lift_act", "lift_why"])
    lifted = queries.record(row)
    document = lift_document(lifted, why)
    a.fact(DecisionLifted(subject=lifted.subject, decision_id=row.id, why=why.en, digest=digest(document)))
    a.leaf("lift", row.id, document)
    return row


def lift_by_person(decision_id: str, by: Actor, reason: Text, seen: str) -> DecisionRow:
    """
    A person lifts a decision. `seen` is `contracts.seen_digest` of the decision that was on the screen.

    Raises RefusedError: `not_permitted`, `decision_unknown`, `decision_lifted`, `stale` when somebody changed it meanwhile, and what the guard of its
    station raises.
    """
    row = _known(decision_id)
    subject = queries.record(row).subject
    with act("decisions.lift", by, subject=subject) as a:
        _lock(subject)
        row.refresh_from_db()
        if row.lifted_at is not None:
            raise _lifted(row)
        if (guard := _GUARDS.get(row.source.partition(":")[0])) is not None:
            guard(row)
        if seen_digest(queries.record(row)) != seen:
            raise RefusedError.because(
                "stale",
                "the decision is no longer what was on the screen",
                "read it again, then decide",
                field="seen",
            )
        a.note = decision_id
        return lift(a, decision_id, reason)


def _said_already(
    a: Act, subject: Subject, effect: Effect, reasons: Sequence[Reason], source: str, supersedes: str
) -> DecisionRow | None:
    for row in queries.live_from_source(source, a.now):
        if (row.effect, row.subject_kind, row.subject_id) != (str(effect), str(subject.kind), subject.id):
            continue
        same = row.supersedes == supersedes and row.reasons == [reason_document(r) for r in reasons]
        if same or not supersedes:
            return row
    return None


def _write(a: Act, taken: DecisionRecord) -> DecisionRow:
    sha = decision_digest(taken)
    row = DecisionRow.objects.create(
        id=taken.id,
        subject_kind=str(taken.subject.kind),
        subject_id=taken.subject.id,
        effect=str(taken.effect),
        reasons=[reason_document(r) for r in taken.reasons],
        policy=taken.policy,
        decided_by=taken.decided_by,
        decided_at=taken.decided_at,
        start=taken.start,
        until=taken.until,
        appeal_until=taken.appeal_until,
        supersedes=taken.supersedes,
        source=taken.source,
        digest=sha,
        act=a.id,
    )
    a.fact(
        DecisionIssued(
            subject=taken.subject,
            decision_id=taken.id,
            effect=str(taken.effect),
            digest=sha,
            policy=taken.policy,
            decided_by=taken.decided_by,
            start=taken.start,
            until=taken.until,
            supersedes=taken.supersedes,
        )
    )
    a.leaf("decision", taken.id, decision_document(replace(taken, lifted_at=None)))
    return row


def _check(reasons: Sequence[Reason], decided_by: str, source: str) -> None:
    if not reasons:
        raise RefusedError.because(
            "decision_without_reason",
            "a decision needs at least one reason",
            "give the reason with its evidence and article",
            field="reasons",
        )
    if not _DECIDED_BY.match(decided_by):
        raise RefusedError.because(
            "decided_by_unknown",
            f"{decided_by!r} does not say who decided",
            "write rule:<policy version>, person:<role>, two:<role>+<role> or system:<what>",
            field="decided_by",
        )
    if not _SOURCE.match(source):
        raise RefusedError.because(
            "source_unknown",
            f"{source!r} does not say what the decision follows from",
            "write station:reference",
            field="source",
        )


def _check_superseded(decision_id: str, subject: Subject) -> None:
    old = _known(decision_id)
    if queries.record(old).subject != subject:
        raise RefusedError.because(
            "supersedes_other_subject",
            "a decision can only replace one about the same subject",
            "name the decision about this subject",
            field="supersedes",
        )
    if old.lifted_at is not None:
        raise _lifted(old)
    if DecisionRow.objects.filter(supersedes=decision_id, lifted_at=None).exists():
        raise RefusedError.because(
            "decision_superseded",
            "the decision has been replaced already",
            "replace its successor, or lift the successor first",
            field="supersedes",
        )


def _known(decision_id: str) -> DecisionRow:
    row = queries.find(decision_id)
    if row is None:
        raise RefusedError.because(
            "decision_unknown", f"there is no decision {decision_id!r}", "check the id", field="decision_id"
        )
    return row


def _lifted(row: DecisionRow) -> RefusedError:
    when = row.lifted_at.isoformat() if row.lifted_at else ""
    return RefusedError.because(
        "decision_lifted", f"the decision was lifted at {when}", "read the subject's history", field="decision_id"
    )


def _lock(subject: Subject) -> None:
    """Hold the subject's docket until the act ends: decisions about one subject are taken one after the other."""
    Docket.objects.get_or_create(subject_kind=str(subject.kind), subject_id=subject.id)
    Docket.objects.select_for_update().get(subject_kind=str(subject.kind), subject_id=subject.id)
