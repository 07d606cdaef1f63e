"""
Judging once more: golden items, blind second reviews, and the consensus of a senior. None of them changes a listing, a decision, a fact or a figure.

After a person's decision at a desk of the policy two draws are made (`rules.checks`): whether a golden item follows in his own queue, and whether the case
goes to somebody else who knows neither the first answer nor who gave it. A check is a row of `Case` with the evidence of the case that it is about, seen by
one person and worked on with the same verbs as any other.
"""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db.models import Q

from pinzhi.casework import rows
from pinzhi.casework.contracts import CaseRow, Purpose, Ruling
from pinzhi.casework.desks import desk as registered_desk
from pinzhi.casework.models import Case, CaseEvent, GoldenItem
from pinzhi.casework.policy import policy
from pinzhi.casework.rows import before, log, step
from pinzhi.casework.rules import checks
from pinzhi.casework.rules.queue import act_before
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.kernel.verdict import Severity
from pinzhi.people.acts import Act
from pinzhi.people.models import Grant
from pinzhi.people.roles import STAFF, VERBS, Actor

NOT_OWN_WORK = ("open", "comment", "evidence")
"""Verbs after which somebody has still not formed an opinion on a case."""


def after_decision(a: Act, case: Case) -> None:
    """Draw what follows from a decision that has just been taken: perhaps a golden item for the person, perhaps a second review by another."""
    if case.purpose != Purpose.WORK or case.desk not in policy().checked or a.by.kind != "person":
        return
    if case.decided_by.startswith("two:"):
        keep(a, case, "two")
    if a.by.account_id is not None and checks.golden_follows(str(case.pk), a.by.account_id, policy().golden):
        _golden(a, case, a.by.account_id)
    _second(a, case)


def taken_back(a: Act, case: Case) -> None:
    """The decision that they were about no longer stands: checks of it count for nothing, and it is no known answer."""
    Case.objects.filter(of=case, void=False).update(void=True)
    GoldenItem.objects.filter(case=case, retired_at=None).update(retired_at=a.now)


def answer(a: Act, case: Case, ruling: Ruling) -> CaseRow:
    """Decide a check: the answer is kept and compared, and nothing follows outside. Raises RefusedError(`same_reviewer`, `step_not_allowed`)."""
    if case.purpose == Purpose.CONSENSUS and a.by.account_id in involved(case.of):
        raise RefusedError.because(
            "same_reviewer", "you gave one of the two answers", "let another senior settle which is right"
        )
    was = before(case)
    case.state = step(case, "decide", a.now)
    case.outcome, case.reason, case.decided_by = ruling.outcome, ruling.reason, ruling.decided_by
    case.decider_id, case.decided_at = a.by.account_id, a.now
    case.lease_until = case.snoozed_until = None
    case.save()
    log(a, case, "decide", ruling.reason, outcome=ruling.outcome, before=was)
    if case.purpose == Purpose.SECOND:
        if case.outcome == case.of.outcome:
            keep(a, case.of, "second")
        else:
            _consensus(a, case.of)
    elif case.purpose == Purpose.CONSENSUS:
        keep(a, case.of, "consensus", expected=case.outcome, why=case.reason)
    return rows.row(case, a.now)


def take_answer_back(a: Act, case: Case, last: CaseEvent) -> CaseRow:
    """Undo the answer of a check, within the seconds of any undo, by who gave it. Raises RefusedError(`too_old`, `told_already`)."""
    window = timedelta(seconds=policy().desk.undo_seconds)
    if a.by.account_id != case.decider_id or case.decided_at is None or a.now - case.decided_at > window:
        raise RefusedError.because("too_old", "this answer stands", "say what was wrong in a remark")
    if case.purpose == Purpose.GOLDEN and policy().golden.tell_at_once:
        raise RefusedError.because("told_already", "the right answer has been told", "go on with the next case")
    outcome = case.outcome
    case.state = step(case, "undo", a.now)
    case.outcome = case.reason = case.decided_by = ""
    case.decider = case.decided_at = case.assigned = None
    case.save()
    if case.purpose in (Purpose.SECOND, Purpose.CONSENSUS):
        GoldenItem.objects.filter(case=case.of, made_at=last.at).delete()
        Case.objects.filter(of=case.of, purpose=Purpose.CONSENSUS, opened_at=last.at).exclude(state="decided").delete()
    last.undone_by = a.id
    last.save(update_fields=["undone_by"])
    log(a, case, "undo", outcome=outcome)
    return rows.row(case, a.now)


def keep(a: Act, case: Case, origin: str, *, expected: str = "", why: str = "") -> None:
    """Enter a decided case into the pool of known answers, once; a consensus replaces what two had agreed on, and what was retired by hand stays so."""
    if GoldenItem.objects.filter(case=case, retired_at__isnull=False, made_at__gte=case.decided_at).exists():
        return
    known = {
        "expected": expected or case.outcome,
        "why": why or case.reason,
        "origin": origin,
        "made_at": a.now,
        "made_by": a.by.label,
        "retired_at": None,
    }
    GoldenItem.objects.update_or_create(case=case, defaults=known)


def put_before(item: GoldenItem, account: int, at: datetime) -> Case:
    """Mix a known answer into somebody's queue from a moment on. Raises IntegrityError for who has judged it before."""
    rules = registered_desk(item.case.desk).rules(item.case.evidence)
    return _open(item.case, Purpose.GOLDEN, at, audience=account, expected=item.expected, rules=list(rules))


def involved(case: Case) -> set[int]:
    """Everybody who worked on a case, or on another about the same subject, or answers a check of it."""
    about = Q(case__subject_kind=case.subject_kind, case__subject_id=case.subject_id)
    worked = CaseEvent.objects.filter(about, account__isnull=False).exclude(verb__in=NOT_OWN_WORK)
    return set(worked.values_list("account", flat=True)) | {
        who for who in case.checks.filter(void=False).values_list("audience", flat=True) if who is not None
    }


# --- parts ---------------------------------------------------------------------------------------------------------------------------------


def _golden(a: Act, decided: Case, account: int) -> None:
    own = policy().golden
    waiting = Case.objects.filter(audience=account, purpose=Purpose.GOLDEN, void=False).exclude(state="decided")
    if waiting.count() >= own.most_open:
        return
    known = CaseEvent.objects.filter(account=account).exclude(verb__in=NOT_OWN_WORK)
    pool = (
        GoldenItem.objects.filter(
            retired_at=None,
            case__desk=decided.desk,
            case__decided_at__lte=a.now - timedelta(days=own.rest_days),
            case__decided_at__gte=a.now - timedelta(days=own.fresh_days),
        )
        .exclude(case__subject_id__in=known.values("case__subject_id"))
        .exclude(case__checks__audience=account)
    )
    found = checks.chosen(f"{account}:{decided.pk}", pool.values_list("case_id", flat=True))
    if found is not None:
        item = GoldenItem.objects.select_related("case").get(case=found)
        put_before(item, account, checks.appears_at(a.now, str(decided.pk), own))


def _second(a: Act, case: Case) -> None:
    own = policy().second
    rules = registered_desk(case.desk).rules(case.evidence)
    since = a.now - timedelta(days=own.window_days)
    drawn = Case.objects.filter(desk=case.desk, purpose=Purpose.SECOND, void=False, opened_at__gte=since)
    seen = [checks.strata(first, named) for first, named in drawn.values_list("of__outcome", "rules")]
    if not checks.second_follows(str(case.pk), checks.strata(case.outcome, rules), seen, own):
        return
    able = Grant.objects.filter(
        role__in=[r.value for r in _who_may(case.desk) & STAFF], account__is_active=True
    ).exclude(account__in=involved(case))
    reviewer = checks.chosen(str(case.pk), able.values_list("account", flat=True).distinct())
    if reviewer is not None:
        _open(case, Purpose.SECOND, a.now, audience=reviewer, rules=list(rules))


def _who_may(desk: str) -> frozenset[object]:
    verb = registered_desk(desk).verb
    return VERBS["casework.decide"] & (VERBS[verb] if verb else VERBS["casework.decide"])


def _consensus(a: Act, case: Case) -> None:
    if not Case.objects.filter(of=case, purpose=Purpose.CONSENSUS, void=False).exists():
        _open(case, Purpose.CONSENSUS, a.now)


def _open(case: Case, purpose: Purpose, at: datetime, *, audience: int | None = None, **more: object) -> Case:
    """A row that shows the matter of `case` once more, with the history of one that has just been opened."""
    due = at + (case.due - case.opened_at) if case.due is not None else None
    severity = Severity(case.severity)
    check = Case.objects.create(
        desk=case.desk,
        source=f"{case.source.partition(':')[0]}:{uuid.uuid4().hex}",
        **{
            name: getattr(case, name)
            for name in ("subject_kind", "subject_id", "merchant_id", "category", "title_zh", "title_en", "severity")
        },
        opened_at=at,
        due=due,
        act_before=act_before(severity, at, due, pace=policy().pace, hours=policy().hours),
        evidence=case.evidence,
        seen=case.seen,
        purpose=purpose,
        of=case,
        audience_id=audience,
        escalated=purpose == Purpose.CONSENSUS,
        **more,
    )
    first = CaseEvent.objects.filter(case=case, verb="open").order_by("id").first()
    CaseEvent.objects.create(
        case=check, at=at, verb="open", act=uuid.uuid4().hex, actor=first.actor if first else "system:casework"
    )
    return check


def subject_of(case: Case) -> Subject:
    """What the audit line of a verb on a case is about: the matter itself, and for a check only the check, so that no dossier tells of it."""
    if case.purpose == Purpose.WORK:
        return Subject(case.subject_kind, case.subject_id)
    return Subject(Kind.CASE, str(case.pk))


def blind_since(subject: Subject, by: Actor) -> datetime | None:
    """The moment at which the case was opened that this person is to judge once more, if there is one about the subject: nothing later is shown to him."""
    if by.account_id is None:
        return None
    own = Case.objects.filter(
        subject_kind=str(subject.kind), subject_id=subject.id, audience=by.account_id, void=False
    ).exclude(state="decided")
    return own.order_by("of__opened_at").values_list("of__opened_at", flat=True).first()
