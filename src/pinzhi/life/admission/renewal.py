"""
Live listings held against other rules than they were admitted with: a new version, a published ruleset, a policy, a new register of laboratories.

A sweep looks at every live listing first, in bounded portions that a killed worker takes up again, and tells nobody anything. Only then, if it is not too much,
the merchants are told what changed, with a period of grace; severe matters and doubts go before a person. Too much stops the sweep and asks two persons.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count, F, Q, QuerySet

from pinzhi.casework import actions as casework
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.kernel import clock
from pinzhi.kernel.canon import digest, plain
from pinzhi.kernel.facts import LabLostScope, ListingsHeldAgain
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason, Severity
from pinzhi.life.admission import rulesets, surroundings, telling
from pinzhi.life.admission.actions import day_of, store
from pinzhi.life.admission.contracts import Outcome, State
from pinzhi.life.admission.models import Doubt, Screening, Submission, Sweep
from pinzhi.life.admission.queries import policy_in_force
from pinzhi.life.admission.rules.laboratories import Lost
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.rules.renewal import Counts, Grounds, new_grounds, too_much
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.life.admission.rules.verdict import Surroundings
from pinzhi.life.admission.screening import Judged, judge, without
from pinzhi.life.admission.stored import admitted_on, gaps_of, listing_from
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor

DESK = "admission_renewal"
PLATFORM = Subject(Kind.PLATFORM, "admission")
SHOWN = 20
"""Rules that a person who is asked sees counted."""
Stop = Callable[[Sweep], bool]
"""Called after each portion; True stops there, to be taken up again later."""


def never(_: Sweep) -> bool:
    """Go on to the end."""
    return False


def basis_in_force(policy: AdmissionPolicy) -> str:
    """What live listings are held against now."""
    return f"{rulesets.live_rules().hash}:{policy.version}"


@dataclass(frozen=True, slots=True)
class Looked:
    """One live listing as a sweep sees it; `grounds` is None where nothing at all stands against it."""

    submission_id: str
    grounds: Grounds | None
    severe: bool


def renew(by: Actor, *, now: datetime | None = None, stop: Stop = never) -> Sweep | None:
    """
    Hold every live listing against the rules in force that was last held against others, and act on what was found. None when there is nothing to do.

    May be called again after any interruption: it goes on where it was, and every listing is looked at and told once. Raises RefusedError(`not_permitted`).
    """
    permit("admission.watch", by)
    moment = now or clock.now()
    policy = policy_in_force(moment)
    sweep = _under_way(by, policy, moment)
    if sweep is None:
        return None
    return _run(sweep, by, policy, moment, stop)


def laboratories_lost(
    by: Actor, losses: Sequence[Lost], *, now: datetime | None = None, stop: Stop = never
) -> Sweep | None:
    """
    Hold every live listing against what laboratories have lost by a new snapshot of the register, in the same way. None when nothing was lost.

    The same losses again are the same sweep, as it stands or gone on with. Raises RefusedError(`not_permitted`).
    """
    permit("admission.watch", by)
    moment = now or clock.now()
    policy = policy_in_force(moment)
    if not losses:
        return None
    basis = f"{digest([plain(loss) for loss in losses])}:{policy.version}"
    with act("admission.watch", by, subject=PLATFORM, now=moment) as a:
        sweep = Sweep.objects.select_for_update().filter(why="laboratory", basis=basis).first()
        if sweep is None:
            live = Submission.objects.filter(state=State.PASSED).count()
            sweep = Sweep.objects.create(
                why="laboratory", basis=basis, state="judging", opened_at=a.now, live=live, losses=plain(list(losses))
            )
            _say_lost(a, sweep, losses)
            a.note = f"sweep:{sweep.pk} {len(losses)} scopes lost"
    return _run(sweep, by, policy, moment, stop)


def go_on(by: Actor, *, now: datetime | None = None, stop: Stop = never) -> int:
    """Finish the sweeps over laboratories that were interrupted. Returns how many."""
    permit("admission.watch", by)
    moment = now or clock.now()
    waiting = list(Sweep.objects.filter(why="laboratory", state__in=("judging", "acting")).order_by("pk"))
    for sweep in waiting:
        _run(sweep, by, policy_in_force(moment), moment, stop)
    return len(waiting)


def _say_lost(a: Act, sweep: Sweep, losses: Sequence[Lost]) -> None:
    grouped: dict[tuple[str, str, str, date], list[str]] = {}
    for loss in losses:
        grouped.setdefault((loss.lab, loss.cma, loss.cnas, loss.since), []).append(loss.standard)
    for (lab, cma, cnas, since), standards in grouped.items():
        named = tuple(s for s in standards if s)
        a.fact(
            LabLostScope(subject=PLATFORM, lab=lab, cma=cma, cnas=cnas, standards=named, since=since, sweep=sweep.pk)
        )


def _run(sweep: Sweep, by: Actor, policy: AdmissionPolicy, moment: datetime, stop: Stop) -> Sweep:
    while sweep.state == "judging":
        if not _portion(sweep, by, policy, moment):
            _conclude(sweep, by, policy, moment)
        sweep.refresh_from_db()
        if stop(sweep):
            return sweep
    while sweep.state == "acting":
        if not _tell_portion(sweep, by, policy, moment):
            _finish(sweep, by, moment)
        sweep.refresh_from_db()
    return sweep


def _under_way(by: Actor, policy: AdmissionPolicy, now: datetime) -> Sweep | None:
    """The sweep that is not finished, or a new one where a live listing was held against other rules. One that rules have overtaken is dropped."""
    basis = basis_in_force(policy)
    with act("admission.watch", by, subject=PLATFORM, now=now) as a:
        last = Sweep.objects.select_for_update().filter(why="rules").order_by("-pk").first()
        if last is not None and last.state in ("judging", "asked", "acting"):
            if last.basis == basis:
                return last if last.state != "asked" else None
            drop(last, a.now)
        if not _waiting(basis).exists():
            return None
        live = Submission.objects.filter(state=State.PASSED).count()
        made = Sweep.objects.create(why="rules", basis=basis, state="judging", opened_at=a.now, live=live)
        a.note = f"sweep:{made.pk} {live} live"
        return made


def _waiting(basis: str) -> QuerySet[Submission]:
    """Live listings that were last held against something else. Those that a ruleset on trial has admitted wait until its trial is over."""
    known = [basis]
    if (trial := rulesets.trial_rules()) is not None:
        known.append(f"{trial.hash}:{basis.partition(':')[2]}")
    return Submission.objects.filter(state=State.PASSED).exclude(basis__in=known)


def drop(sweep: Sweep, now: datetime) -> None:
    """End a sweep without telling what it found."""
    sweep.doubts.filter(state="found").delete()
    sweep.state, sweep.ended_at = "dropped", now
    sweep.save(update_fields=["state", "ended_at"])


# --- looking ------------------------------------------------------------------------------------------------------------------------------------


def _portion(sweep: Sweep, by: Actor, policy: AdmissionPolicy, now: datetime) -> int:
    """Look at the next listings; judged outside the transaction, so that nobody's decision waits for it. Returns how many there were."""
    waiting = _waiting(sweep.basis) if sweep.why == "rules" else _after(sweep)
    rows = list(waiting.select_related("held_on").order_by("pk")[: policy.renewal.portion])
    if not rows:
        return 0
    today = day_of(now)
    rules = rulesets.live_rules()
    looked = [_look(row, sweep, rules, today, policy)[0] for row in rows]
    with act("admission.watch", by, subject=PLATFORM, now=now) as a:
        Sweep.objects.select_for_update().get(pk=sweep.pk, state="judging")
        # A listing that was decided meanwhile is not live any more, or was admitted on a screening of its own.
        seen = {r.pk: r.held_on_id for r in rows}
        still = dict(Submission.objects.filter(pk__in=seen, state=State.PASSED).values_list("pk", "held_on_id"))
        mine = [one for one in looked if still.get(one.submission_id, -1) == seen[one.submission_id]]
        if sweep.why == "rules":
            Submission.objects.filter(pk__in=[one.submission_id for one in mine]).update(basis=sweep.basis)
        doubts = [one for one in mine if one.grounds is not None and one.grounds.outcome is not Outcome.PASS]
        _enter(sweep, doubts)
        if sweep.why == "rules":
            _relieve(a, {one.submission_id for one in mine} - {one.submission_id for one in doubts})
        Sweep.objects.filter(pk=sweep.pk).update(judged=F("judged") + len(mine), cursor=rows[-1].pk)
        a.note = f"sweep:{sweep.pk} {len(mine)} looked at, {len(doubts)} in doubt"
    return len(rows)


def _after(sweep: Sweep) -> QuerySet[Submission]:
    """Live listings that a sweep over laboratories has not looked at."""
    return Submission.objects.filter(state=State.PASSED, pk__gt=sweep.cursor)


def _look(
    row: Submission, sweep: Sweep, rules: Ruleset, today: date, policy: AdmissionPolicy
) -> tuple[Looked, Judged | None]:
    """What is new against a listing, and the verdict with it; None where a sweep over laboratories finds that it stands on none of them."""
    listing = listing_from(row.snapshot)
    lacking = gaps_of(listing, sweep, today) if sweep.losses else ()
    if sweep.losses and not lacking:
        return Looked(row.pk, None, severe=False), None
    around = Surroundings(merchant=surroundings.merchant(row.merchant_id))
    judged = judge(listing, rules, today, policy, around=around)
    if lacking:
        judged = without(judged, lacking, sweep.pk)
    if judged.screened.outcome is Outcome.PASS:
        return Looked(row.pk, None, severe=False), judged
    grounds = new_grounds(admitted_on(row).verdict, judged.verdict)
    return Looked(row.pk, grounds, grounds.severe(policy.severe)), judged


def _enter(sweep: Sweep, doubts: Sequence[Looked]) -> None:
    Doubt.objects.bulk_create(
        Doubt(
            sweep=sweep,
            submission_id=one.submission_id,
            outcome=one.grounds.outcome.value,
            severe=one.severe,
            rules=list(one.grounds.rules),
        )
        for one in doubts
        if one.grounds is not None
    )


def _relieve(a: Act, submission_ids: set[str]) -> None:
    """What an earlier sweep had against them is gone: its notices are lifted."""
    for doubt in Doubt.objects.filter(submission_id__in=submission_ids, state="told"):
        _close(a, doubt, RELIEVED)


def _close(a: Act, doubt: Doubt, why: Text) -> None:
    notice = decided.find(doubt.notice_id) if doubt.notice_id else None
    if notice is not None and notice.lifted_at is None:
        decisions.lift(a, doubt.notice_id, why)
    doubt.state = "closed"
    doubt.save(update_fields=["state"])


RELIEVED = Text(
    "按现行规则复核，该商品没有需要整改的事项。", "Under the rules in force nothing has to be put right any more."
)
PUT_RIGHT = Text("整改期内已处理。", "It was dealt with in time.")
OVER = Text("整改期已满。", "The period of grace is over.")


def counts(sweep: Sweep) -> Counts:
    """How the sweep has come out so far. One query."""
    found = sweep.doubts.aggregate(
        refused=Count("pk", filter=Q(outcome=Outcome.REJECT)),
        asked=Count("pk", filter=Q(outcome=Outcome.MANUAL)),
        severe=Count("pk", filter=Q(severe=True)),
    )
    return Counts(sweep.live, **found)


def by_rule(sweep: Sweep) -> list[tuple[str, int]]:
    """The rules that spoke against most listings, with how many, the most first."""
    counted: Counter[str] = Counter()
    for rules in sweep.doubts.values_list("rules", flat=True).iterator():
        counted.update(rules)
    return counted.most_common(SHOWN)


def _conclude(sweep: Sweep, by: Actor, policy: AdmissionPolicy, now: datetime) -> None:
    """Everything has been looked at: go on to tell it, or ask."""
    with act("admission.watch", by, subject=PLATFORM, now=now) as a:
        row = Sweep.objects.select_for_update().get(pk=sweep.pk)
        if row.state != "judging" or (row.why == "rules" and _waiting(row.basis).exists()):
            return  # somebody was admitted under the old rules meanwhile
        found = counts(row)
        row.state = "asked" if too_much(found, policy.renewal) else "acting"
        if row.state == "asked":
            row.case_id = casework.open_case(
                a,
                desk=DESK,
                subject=PLATFORM,
                title=Text(
                    f"规则变更将影响{found.refused + found.asked}件在售商品，是否通知商家",
                    f"Changed rules affect {found.refused + found.asked} live listings: tell the merchants?",
                ),
                evidence=_evidence(row, found),
                severity=Severity.HIGH,
                source=f"admission:sweep.{row.pk}",
                due=a.now + timedelta(hours=policy.clock.review_hours),
            ).id
        row.save(update_fields=["state", "case_id"])


def _evidence(sweep: Sweep, found: Counts) -> dict[str, object]:
    examples = sweep.doubts.order_by("pk").values_list("submission__listing_id", flat=True)[:10]
    ruleset, _, policy = sweep.basis.partition(":")
    return {
        "sweep": str(sweep.pk),
        "live": found.live,
        "to_be_returned": found.refused,
        "to_be_reviewed": found.asked,
        "severe": found.severe,
        "by_rule": dict(by_rule(sweep)),
        "examples": list(examples),
        "ruleset": ruleset,
        "policy": policy,
    }


# --- telling ------------------------------------------------------------------------------------------------------------------------------------


def _tell_portion(sweep: Sweep, by: Actor, policy: AdmissionPolicy, now: datetime) -> int:
    """Act on the next doubts in one transaction. Returns how many there were."""
    with act("admission.watch", by, subject=PLATFORM, now=now) as a:
        doubts = list(
            sweep.doubts.select_for_update()
            .filter(state="found")
            .order_by("pk")[: max(policy.renewal.portion // 10, 1)]
        )
        for doubt in doubts:
            _tell(a, sweep, doubt, policy)
        Sweep.objects.filter(pk=sweep.pk).update(told=F("told") + len(doubts))
        a.note = f"sweep:{sweep.pk} {len(doubts)} told"
    return len(doubts)


def _tell(a: Act, sweep: Sweep, doubt: Doubt, policy: AdmissionPolicy) -> None:
    """Once more as things stand now: a person is asked, or the merchant is told what changed and until when he may put it right."""
    row = Submission.objects.select_for_update(of=("self",)).select_related("held_on").get(pk=doubt.submission_id)
    if row.state != State.PASSED or Doubt.objects.filter(submission=row, state="told").exists():
        _close(a, doubt, PUT_RIGHT)  # not on sale any more, or it has been told already and that day stands
        return
    looked, judged = _look(row, sweep, rulesets.live_rules(), day_of(a.now), policy)
    if judged is None or looked.grounds is None or looked.grounds.outcome is Outcome.PASS:
        _close(a, doubt, RELIEVED)
        return
    screening = store(row, judged, policy, a.now, sweep.why)
    if looked.severe or looked.grounds.outcome is Outcome.MANUAL:
        telling.ask(a, row, screening, policy, telling.waiting_case(row))
        doubt.state = "asked"
    else:
        doubt.until = day_of(a.now) + timedelta(days=policy.renewal.grace_days)
        doubt.notice_id = decisions.issue(
            a,
            telling.subject_of(row),
            Effect.NONE,
            [_changed(doubt.until, admitted_on(row), screening), *reasons_in(looked.grounds)],
            policy=policy.version,
            decided_by=f"rule:{policy.version}",
            source=f"admission_notice:{doubt.pk}",
        ).pk
        doubt.state = "told"
    doubt.save(update_fields=["state", "until", "notice_id"])


def reasons_in(grounds: Grounds) -> list[Reason]:
    """Only what is new: where, which words, which article, the smallest change."""
    return telling.reasons_of({"findings": grounds.findings, "missing": grounds.missing})


def _changed(until: date, before: Screening, after: Screening) -> Reason:
    sentence = Text(
        f"审核规则或标准已更新，商品按新要求还需处理下列事项。请在 {until} 前（含当日）修改或补充后重新提交，期间照常销售，不作为违规记录。",
        f"The rules or standards of admission have changed; under the new ones the following has to be put right. Change it and submit again by {until}; "
        "until then it stays on sale, and nothing is held against you.",
    )
    evidence = {
        "until": until.isoformat(),
        "ruleset_before": before.ruleset,
        "ruleset": after.ruleset,
        "policy_before": before.policy,
        "policy": after.policy,
    }
    return Reason("rules_changed", sentence, tuple(evidence.items()))


def _finish(sweep: Sweep, by: Actor, now: datetime) -> None:
    with act("admission.watch", by, subject=PLATFORM, now=now) as a:
        row = Sweep.objects.select_for_update().get(pk=sweep.pk)
        if row.state != "acting" or row.doubts.filter(state="found").exists():
            return
        row.state, row.ended_at = "done", a.now
        row.save(update_fields=["state", "ended_at"])
        found = counts(row)
        ruleset, _, policy = row.basis.partition(":")
        a.fact(
            ListingsHeldAgain(
                subject=PLATFORM,
                sweep=row.pk,
                why=row.why,
                ruleset=ruleset,
                policy=policy,
                live=row.live,
                judged=row.judged,
                returned=found.refused,
                asked=found.asked,
                severe=found.severe,
            )
        )
        a.note = f"sweep:{row.pk} done"


# --- the end of grace ---------------------------------------------------------------------------------------------------------------------------


def end_grace(by: Actor, *, now: datetime | None = None) -> dict[str, int]:
    """Take off what was not put right until its day: returned for more, one act for each listing. Raises RefusedError(`not_permitted`)."""
    permit("admission.watch", by)
    moment = now or clock.now()
    today, policy = day_of(moment), policy_in_force(moment)
    done = {"returned": 0, "closed": 0}
    for doubt_id in list(
        Doubt.objects.filter(state="told", until__lt=today).order_by("pk").values_list("pk", flat=True)
    ):
        done["returned" if _end_one(doubt_id, by, policy, moment) else "closed"] += 1
    return done


def _end_one(doubt_id: int, by: Actor, policy: AdmissionPolicy, now: datetime) -> bool:
    with act("admission.watch", by, now=now) as a:
        doubt = Doubt.objects.select_for_update().get(pk=doubt_id)
        row = Submission.objects.select_for_update(of=("self",)).select_related("held_on").get(pk=doubt.submission_id)
        a.subject = telling.subject_of(row)
        if doubt.state != "told":
            return False
        looked, judged = _look(row, doubt.sweep, rulesets.live_rules(), day_of(a.now), policy)
        held = judged is None or looked.grounds is None or looked.grounds.outcome is Outcome.PASS
        if row.state != State.PASSED or judged is None or held:
            _close(a, doubt, PUT_RIGHT)
            return False
        _close(a, doubt, OVER)
        screening = store(row, judged, policy, a.now, doubt.sweep.why)
        how = {"decided_by": f"rule:{policy.version}", "source": f"admission:{row.pk}.{screening.pk}"}
        telling.refuse(a, row, screening, State.RETURNED, policy, **how)
        return True
