"""
The verbs of monitoring: sweep the history for new signals, and judge one.

A sweep is idempotent: a signal has an id made from what it is about and when it was raised, and an episode that is already known is not raised again
when thresholds are fitted anew or late events shift it by a day.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Q

from pinzhi.casework import actions as casework
from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.engine.tallies import Tallies
from pinzhi.kernel import clock
from pinzhi.kernel.facts import SignalJudged, SignalRaised
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import LawRef, Reason
from pinzhi.law.tables import cited
from pinzhi.life.monitoring import queries
from pinzhi.life.monitoring.contracts import LEVELS, MonitoringPolicy, Signal, day_of
from pinzhi.life.monitoring.models import Run, SignalRow
from pinzhi.life.monitoring.queries import NARROW, policy_in_force
from pinzhi.life.monitoring.rules.explain import EVENT_EN, EVENT_ZH, KIND_ZH
from pinzhi.life.monitoring.rules.scan import scan
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor

LIMITS = {"listing": Effect.RESTRICT, "batch": Effect.QUARANTINE}
"""What a severe open signal does to its subject for the time being. Merchants and categories are never limited by a rule alone."""
FROZEN = tuple(f.name for f in fields(Signal) if f.name != "cleared_on")


def signal_id(of: Signal) -> str:
    """The same signal always has the same id: kind, entity, stream and day, hashed."""
    text = f"{of.entity_kind}\n{of.entity_id}\n{of.stream}\n{of.raised_on.isoformat()}"
    return "S" + hashlib.sha256(text.encode()).hexdigest()[:15]


def sweep(
    by: Actor,
    tallies: Tallies,
    *,
    levels: Sequence[str] = LEVELS,
    streams: Sequence[str] = ("return", "review", "complaint"),
    budget: float | None = None,
    since: date | None = None,
    now: datetime | None = None,
) -> Run:
    """
    Scan the tallies and raise what is new: rows, SignalRaised facts, a case each, and a temporary limit where a severe signal is open.

    `since` leaves out signals raised on or before that day (a first import of an old history need not flood the desk). Raises RefusedError(`not_permitted`).
    """
    platform = Subject(Kind.PLATFORM, "platform")
    permit("monitoring.sweep", by, subject=platform)
    # Seconds to minutes of arithmetic: outside the transaction, so that nobody's decision waits for it.
    policy = policy_in_force(now or clock.now())
    found = scan(tallies, policy, levels=levels, streams=streams, budget=budget)
    with act("monitoring.sweep", by, subject=platform, now=now) as a:
        run = Run.objects.create(
            at=a.now,
            as_of=day_of(tallies.last_day),
            policy=policy.version,
            events=tallies.events,
            entities=found.entities,
            found=len(found.signals),
            raised=0,
            expected_false=found.expected_false,
            thresholds=[asdict(t) for t in found.thresholds],
            notes=[list(n) for n in found.notes],
        )
        fresh = (s for s in found.signals if since is None or s.raised_on > since)
        cases = [_raise(a, run, one, policy) for one in fresh if not _known(one)]
        for case_id in dict.fromkeys(cases):
            _tell_case(a, case_id)
        run.raised = len(cases)
        run.save(update_fields=["raised"])
        a.note = f"as of {run.as_of}, {run.raised} raised"
    return run


def _known(one: Signal) -> bool:
    """Whether this episode has been raised before; if so, note when it ended."""
    rows = SignalRow.objects.filter(entity_kind=one.entity_kind, entity_id=one.entity_id, stream=one.stream)
    for row in rows.order_by("-raised_on"):
        same = row.raised_on == one.raised_on or one.onset <= row.raised_on <= (one.cleared_on or date.max)
        if same or (row.onset <= one.raised_on <= (row.cleared_on or row.raised_on)):
            if row.cleared_on != one.cleared_on:
                row.cleared_on = one.cleared_on
                row.save(update_fields=["cleared_on"])
            return True
    return False


def _raise(a: Act, run: Run, one: Signal, policy: MonitoringPolicy) -> str:
    """Row, case, fact and limit of a new signal. Returns the case that it belongs to."""
    subject = Subject(Kind(one.entity_kind), one.entity_id)
    row = SignalRow(
        id=signal_id(one), run=run, at=a.now, cleared_on=one.cleared_on, **{n: getattr(one, n) for n in FROZEN}
    )
    row.case_id = _same_cause(row, policy)
    if not row.case_id:
        row.case_id = _open_case(a, row, subject).id
    row.save(force_insert=True)
    a.fact(
        SignalRaised(
            subject=subject,
            signal_id=row.id,
            stream=one.stream,
            raised_on=one.raised_on,
            evidence=f"{one.evidence:.3f}",
            observed=one.observed,
            expected=f"{one.expected:.3f}",
            cause_kind=one.cause_kind,
            cause_id=one.cause_id,
            severity=one.severity,
            merchant_id=one.merchant_id,
            category=one.category,
        )
    )
    _limit(a, row, policy)
    return row.case_id


def _open_case(a: Act, row: SignalRow, subject: Subject) -> CaseRow:
    title = Text(
        zh=f"{KIND_ZH[row.entity_kind]}{row.entity_id}{EVENT_ZH[row.stream]}为预期的{row.ratio:.1f}倍",
        en=f"{row.entity_kind} {row.entity_id}: {EVENT_EN[row.stream]} {row.ratio:.1f} times the expected",
    )
    return casework.open_case(
        a,
        desk="monitoring",
        subject=subject,
        title=title,
        evidence=evidence_of(row),
        severity=queries.severity_of([row]),
        source=f"monitoring:{row.id}",
        merchant_id=row.merchant_id,
        category=row.category,
    )


def _same_cause(row: SignalRow, policy: MonitoringPolicy) -> str:
    """
    The undecided case of a signal with the same cause that is recent or still going on, or about the same listing or batch: one trouble is judged once.

    Merchants and categories join by cause only; a second trouble of a large merchant is another one.
    """
    since = row.raised_on - timedelta(days=policy.signal.join_days)
    same = Q(cause_kind=row.cause_kind, cause_id=row.cause_id)
    for kind, name in ((row.entity_kind, row.entity_id), (row.cause_kind, row.cause_id)):
        if kind in NARROW:
            same |= Q(entity_kind=kind, entity_id=name) | Q(cause_kind=kind, cause_id=name)
    going_on = Q(raised_on__gte=since) | Q(cleared_on=None) | Q(cleared_on__gte=since)
    alike = SignalRow.objects.filter(same, going_on, outcome="").exclude(case_id="")
    first = alike.order_by("raised_on", "at", "id").first()
    return first.case_id if first else ""


def _tell_case(a: Act, case_id: str) -> None:
    """Bring a case with several signals up to what is known: all of them, the gravest severity, and the common cause in its title."""
    rows = queries.of_case(case_id)
    if len(rows) == 1:
        return
    first, n = rows[0], len(rows)
    kind, name = queries.common_cause(rows)
    casework.update_evidence(
        a,
        case_id,
        {**evidence_of(first), "also": [brief_of(r) for r in rows[1:]]},
        severity=queries.severity_of(rows),
        title=Text(
            zh=f"{n}条预警指向同一原因：{KIND_ZH[kind]}{name}",
            en=f"{n} signals with the same cause: {kind} {name}",
        ),
    )


def brief_of(row: SignalRow) -> Mapping[str, Any]:
    """One more signal of the same cause, in a line of the evidence."""
    return {
        "signal_id": row.id,
        "entity_kind": row.entity_kind,
        "entity_id": row.entity_id,
        "stream": row.stream,
        "raised_on": row.raised_on.isoformat(),
        "observed": row.observed,
        "expected": f"{row.expected:.3f}",
    }


def evidence_of(row: SignalRow) -> Mapping[str, Any]:
    """What a person judges by, as canonical values: figures are decimal strings."""
    return {
        "signal_id": row.id,
        "stream": row.stream,
        "raised_on": row.raised_on.isoformat(),
        "onset": row.onset.isoformat(),
        "observed": row.observed,
        "expected": f"{row.expected:.3f}",
        "ratio": f"{row.ratio:.2f}",
        "low": f"{row.low:.2f}",
        "high": f"{row.high:.2f}",
        "evidence": f"{row.evidence:.3f}",
        "threshold": f"{row.threshold:.3f}",
        "cause_kind": row.cause_kind,
        "cause_id": row.cause_id,
        "cause_share": f"{row.cause_share:.2f}",
        "false_share": f"{row.false_share:.4f}",
        "policy": row.policy,
        "text_zh": row.text_zh,
        "text_en": row.text_en,
    }


def _limit(a: Act, row: SignalRow, policy: MonitoringPolicy) -> None:
    """Limit the exposure of a severe signal's subject while it is open, if the policy says so. Nothing for an episode that is already over."""
    effect = LIMITS.get(row.entity_kind)
    until = row.at + timedelta(days=policy.signal.limit_days)
    if effect is None or not policy.signal.limit_severe or row.severity != "H" or row.cleared_on or until <= a.now:
        return
    figures = tuple((k, str(v)) for k, v in evidence_of(row).items() if not k.startswith("text_"))
    decisions.issue(
        a,
        Subject(Kind(row.entity_kind), row.entity_id),
        effect,
        [Reason("severe_signal", Text(row.text_zh, row.text_en), figures, _article(row.at.date()))],
        policy=row.policy,
        decided_by=f"rule:{row.policy}",
        source=f"monitoring:{row.id}",
        until=until,
    )


def _article(day: date) -> LawRef | None:
    """E-Commerce Law, Article 38: who knew or should have known of unsafe goods has to act. A signal is that knowledge, with its date."""
    return cited("platform.joint_liability", day)


def judge(
    case_id: str, outcome: str, by: Actor, *, seen: str, reason: str = "", now: datetime | None = None
) -> CaseRow:
    """
    Decide the case of a signal: `real`, `noise` or `undecided`.

    `seen` is the digest of the evidence that was on the screen. Raises what `casework.actions.decide` refuses; then nothing has been changed.
    """
    return casework.decide(case_id, outcome, by, seen=seen, reason=reason, now=now)


def _judged(a: Act, case: CaseRow, ruling: Ruling) -> None:
    why = Text("经核实，该信号为误报，限制解除。", "The signal was judged to be noise; the limit is lifted.")
    for row in _of_case(case):
        _now_is(a, row, ruling.outcome, ruling.decided_by)
        if ruling.outcome == "noise":
            for one in decided.live_from_source(f"monitoring:{row.id}", a.now):
                decisions.lift(a, one.pk, why)


def _now_is(a: Act, row: SignalRow, outcome: str, by: str) -> None:
    """Note what was found of a signal; without an outcome it is open again."""
    row.outcome, row.judged_at, row.judged_by = outcome, a.now if outcome else None, by
    row.save(update_fields=["outcome", "judged_at", "judged_by"])
    subject = Subject(Kind(row.entity_kind), row.entity_id)
    a.fact(SignalJudged(subject=subject, signal_id=row.id, outcome=outcome or "undecided", case_id=row.case_id))


def _taken_back(a: Act, case: CaseRow, reversal: Reversal) -> None:
    """The judgement is undone: the signals are open again, and their limits hold again for the rest of their time."""
    for row in _of_case(case):
        _now_is(a, row, "", "")
        if reversal.outcome == "noise":
            _limit(a, row, policy_in_force(row.at))


def _of_case(case: CaseRow) -> list[SignalRow]:
    rows = queries.of_case(case.id)
    if not rows:
        raise RefusedError.because("signal_unknown", "no signal belongs to this case", "sweep again, or close the case")
    return rows


DESK = Desk(
    "monitoring",
    Text("监测预警", "monitoring signals"),
    outcomes=(
        Outcome("real", Text("属实", "real"), "y", tone="danger"),
        Outcome("noise", Text("误报", "noise"), "n", tone="success"),
        Outcome("undecided", Text("暂无法判断", "cannot tell yet"), "t", tone="secondary"),
    ),
    on_decide=_judged,
    on_undo=_taken_back,
    verb="monitoring.judge",
)
