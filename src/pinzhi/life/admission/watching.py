"""
What admission does after a listing was admitted: papers and editions of standards that it stands on come to their end.

The house speaks on the days that the policy names, and screens the listing again when the last day is over.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pinzhi.kernel import clock
from pinzhi.kernel.facts import PaperExpiring, StandardReplaced
from pinzhi.life.admission import rulesets, surroundings, tables, telling
from pinzhi.life.admission.actions import day_of, store
from pinzhi.life.admission.contracts import Outcome, State
from pinzhi.life.admission.models import PaperWatch, Submission
from pinzhi.life.admission.queries import policy_in_force
from pinzhi.life.admission.rules import footing
from pinzhi.life.admission.rules.papers import reminder
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.rules.renewal import new_grounds
from pinzhi.life.admission.rules.verdict import Surroundings
from pinzhi.life.admission.screening import judge
from pinzhi.life.admission.stored import admitted_on, listing_from
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor


@dataclass(frozen=True, slots=True)
class Due:
    """One thing to say on a day: which paper of which submission, the line of days that is reached, or that it has ended."""

    paper: PaperWatch
    line: int | None
    ended: bool


def due(today: date, policy: AdmissionPolicy) -> list[Due]:
    """Everything there is to say on a day about what live listings stand on, by submission. One query."""
    horizon = today + timedelta(days=min(max(policy.papers.warn_days), (date.max - today).days))
    rows = PaperWatch.objects.filter(submission__state=State.PASSED, ended=False, expires_on__lte=horizon)
    found = [
        _due(p, today, policy) for p in rows.select_related("submission").order_by("submission_id", "expires_on", "pk")
    ]
    return [d for d in found if d.ended or d.line is not None]


def _due(paper: PaperWatch, today: date, policy: AdmissionPolicy) -> Due:
    line = reminder(paper.expires_on, today, paper.told, policy.papers.warn_days)
    return Due(paper, line, ended=paper.expires_on < today)


def watch_papers(by: Actor, *, now: datetime | None = None) -> dict[str, int]:
    """
    Speak of papers and standards that end soon, and screen listings again whose have ended: one act for each listing. Returns how many of each.

    What cannot be sold any more is hidden (quarantine) until what is missing is handed in. Raises RefusedError(`not_permitted`).
    """
    permit("admission.watch", by)
    moment = now or clock.now()
    today, policy = day_of(moment), policy_in_force(moment)
    done = {"told": 0, "ended": 0}
    for submission_id in dict.fromkeys(d.paper.submission_id for d in due(today, policy)):
        told, ended = _papers_of(submission_id, by, today, policy, moment)
        done["told"] += told
        done["ended"] += ended
    return done


def _papers_of(submission_id: str, by: Actor, today: date, policy: AdmissionPolicy, now: datetime) -> tuple[int, int]:
    with act("admission.watch", by, now=now) as a:
        row = Submission.objects.select_for_update().get(pk=submission_id)
        a.subject = telling.subject_of(row)
        if row.state != State.PASSED:
            return 0, 0
        told, over = 0, []
        for paper in PaperWatch.objects.filter(submission=row, ended=False).order_by("expires_on", "pk"):
            said = _due(paper, today, policy)
            if said.ended:
                over.append(paper)
            elif said.line is not None:
                paper.told = said.line
                paper.save(update_fields=["told"])
                _say(a, row, paper, today)
                told += 1
        for paper in over:
            paper.ended = True
            paper.save(update_fields=["ended"])
            _say(a, row, paper, today)
        if over:
            _screen_again(a, row, today, policy)
        return told, len(over)


def _say(a: Act, row: Submission, paper: PaperWatch, today: date) -> None:
    left = (paper.expires_on - today).days
    if paper.kind != footing.STANDARD:
        a.fact(
            PaperExpiring(
                subject=telling.subject_of(row),
                submission_id=row.pk,
                kind=paper.kind,
                number=paper.number,
                expires_on=paper.expires_on,
                days_left=left,
                merchant_id=row.merchant_id,
                category=row.category,
            )
        )
        return
    known = footing.edition(paper.number, tables.matrix(), tables.book())
    a.fact(
        StandardReplaced(
            subject=telling.subject_of(row),
            submission_id=row.pk,
            standard=paper.number,
            replaced_by=known.after if known else "",
            last_day=paper.expires_on,
            days_left=left,
            transition=known.transition if known else "",
            verified=bool(known and known.verified),
            merchant_id=row.merchant_id,
            category=row.category,
        )
    )


def _screen_again(a: Act, row: Submission, today: date, policy: AdmissionPolicy) -> None:
    """
    The same snapshot on another day. Only what the rules now refuse is taken off; a new doubt goes to a person and the listing stays until then.

    What was known when it was admitted is no news (`rules.renewal`).
    """
    around = Surroundings(merchant=surroundings.merchant(row.merchant_id))
    judged = judge(listing_from(row.snapshot), rulesets.in_force(row.listing_id), today, policy, around=around)
    screening = store(row, judged, policy, a.now, "paper")
    outcome = new_grounds(admitted_on(row).verdict, judged.verdict).outcome
    if outcome is Outcome.REJECT:
        how = {"decided_by": f"rule:{policy.version}", "source": f"admission:{row.pk}.{screening.pk}"}
        telling.refuse(a, row, screening, State.QUARANTINED, policy, **how)
    elif outcome is Outcome.MANUAL:
        telling.ask(a, row, screening, policy, telling.waiting_case(row))
