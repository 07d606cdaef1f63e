"""
The desk of incidents: one decision for all. A case stands there from the threshold of the policy on, until it is decided or nobody waits any more.

Its evidence holds figures and the digest of the preview. Once a preview has been made, what comes later does not change it: whoever joins after it is not
decided with it, and stands on the desk again afterwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Case, Count, F, Min, Q, When

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.casework.opening import open_case, over, update_evidence
from pinzhi.casework.queries import case as case_of
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.facts_complaints import IncidentDecided, IncidentSurfaced
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text, money
from pinzhi.kernel.verdict import Reason
from pinzhi.life.complaints import joint
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, JointDecision
from pinzhi.life.complaints.rules.gathering import DECIDED, surfaces
from pinzhi.people.acts import Act
from pinzhi.people.roles import Actor

DESK = "complaints_incident"
HOUSE = Actor.system("complaints")
HELD = Text(
    "多名消费者反映同一问题，核查期间停止销售。",
    "Many buyers complain of one matter; sale stops while it is looked into.",
)
TAKEN_BACK = Text("停止销售的决定已撤回。", "The stop of sale has been taken back.")


def waiting(row: Incident) -> Any:
    """Its complaints that are open and not decided, by one query."""
    return Complaint.objects.filter(placement__incident=row).exclude(state__in=DECIDED)


def batches_of(row: Incident) -> list[str]:
    """The batches that a person set; else those of its members."""
    if row.batches:
        return list(row.batches)
    named = Complaint.objects.filter(placement__incident=row).exclude(batch_id="")
    return sorted(set(named.values_list("batch_id", flat=True)))


def sold(row: Incident) -> int | None:
    """Pieces sold of its batches (or of its listing) as the marketplace says; None where it has said nothing."""
    names = batches_of(row)
    asked = [("batch", n) for n in names] or ([("listing", row.listing_id)] if row.listing_id else [])
    store = open_store() if asked else None
    total = 0
    for kind, name in asked:
        if store is not None:
            events = store.about(kind, name, kinds=("sale",), first=date.min).column("quantity").to_pylist()
            total += sum(int(n or 1) for n in events)
    return total or None


@dataclass(frozen=True, slots=True)
class Waiting:
    """Different buyers whose complaint is open and undecided, those of them with one of severity 1, and the gravest severity; None where nobody waits."""

    buyers: int
    severe: int
    level: int | None


def _waiting(row: Incident) -> Waiting:
    """Counted by the database: an incident of ten thousand is counted again for the next member."""
    who = Case(When(buyer_id="", then=F("pk")), default=F("buyer_id"))
    severe = Count(who, distinct=True, filter=Q(level=1))
    return Waiting(**waiting(row).aggregate(buyers=Count(who, distinct=True), severe=severe, level=Min("level")))


def behind(row: Incident, now: datetime) -> bool:
    """Whether `follow` has something to do for an incident on the desk: its case does not show what is so, or nobody waits any more."""
    found = _waiting(row)
    if not found.buyers or not row.case_id:
        return True
    known = case_of(row.case_id, HOUSE, now=now)
    if known.state == "decided" or found.level != row.level:
        return True
    seen = known.evidence
    return not seen["plan"] and (found.buyers, batches_of(row)) != (seen["buyers"], seen["batches"])


def follow(a: Act, row: Incident) -> None:
    """Put the incident on the desk when it has become so many, renew its case, or take it off when nobody waits any more."""
    found = _waiting(row)
    if found.level is not None and found.level != row.level:
        row.level = found.level
        row.save(update_fields=["level"])
    if row.state in ("gathering", "decided"):
        _surface(a, row, found)
    elif row.state == "open" and not found.buyers:
        leave_desk(a, row, "nobody waits")
        from pinzhi.life.complaints import incidents

        incidents.take(a, row, "sink")
    elif row.state == "open":
        _show(a, row, found.buyers)


def _surface(a: Act, row: Incident, found: Waiting) -> None:
    from pinzhi.life.complaints import incidents

    figures, buyers, severe = policy_in_force(a.now).incident, found.buyers, found.severe
    few = figures.least <= buyers < figures.members and not severe
    why = surfaces(buyers, severe, sold(row) if few else None, figures)
    if why is None:
        return
    incidents.take(a, row, "surface", {"buyers": buyers, "severe": severe, "zh": why.zh, "en": why.en})
    a.fact(
        IncidentSurfaced(
            subject=about(row), incident_id=row.pk, members=buyers, level=row.level, merchant_id=row.merchant_id, listing_id=row.listing_id
        )
    )  # fmt: skip
    _show(a, row, buyers)


def take_up(a: Act, row: Incident) -> None:
    """A person wants one decision for all, though they are few, or though it was left before."""
    from pinzhi.life.complaints import incidents

    incidents.take(a, row, "surface", {"by_person": True})
    _show(a, row, _waiting(row).buyers)


def about(row: Incident) -> Subject:
    """The one batch of it, else its listing, else its merchant, else the platform."""
    names = batches_of(row)
    if len(names) == 1:
        return Subject(Kind.BATCH, names[0])
    for kind, id_ in ((Kind.LISTING, row.listing_id), (Kind.MERCHANT, row.merchant_id)):
        if id_:
            return Subject(kind, id_)
    return Subject(Kind.PLATFORM, "complaints")


def _show(a: Act, row: Incident, buyers: int) -> None:
    plan = joint.planned(row)
    severity = {1: "H", 2: "H", 3: "M"}.get(row.level, "M")
    name = row.goods or row.listing_id or row.merchant_id
    title = Text(f"群体性投诉 {row.number}：{name}"[:200], f"Incident {row.number}: {row.size} complaints")
    known = case_of(row.case_id, HOUSE, now=a.now) if row.case_id else None
    if known is not None and known.state != "decided":
        if plan is None or known.evidence.get("plan") != plan.digest:
            update_evidence(a, row.case_id, _evidence(row, plan, buyers), severity=severity)
        return
    row.case_id = open_case(
        a, desk=DESK, subject=about(row), title=title, evidence=_evidence(row, plan, buyers), severity=severity,
        source=f"complaints:incident.{row.pk}.{row.steps}", merchant_id=row.merchant_id[:64],
    ).id  # fmt: skip
    row.save(update_fields=["case_id"])


def _evidence(row: Incident, plan: JointDecision | None, buyers: int) -> dict[str, Any]:
    """What a decision rests on: after a preview, the preview itself."""
    found: dict[str, Any] = {
        "incident": row.pk, "number": row.number, "buyers": buyers, "level": row.level, "batches": batches_of(row), "plan": "",
    }  # fmt: skip
    if plan is not None:
        counted = joint.counted(plan)
        found |= {
            "plan": plan.digest, "outcome": plan.outcome, "remedy": plan.remedy, "members": counted.members, "orders": counted.orders,
            "left_out": counted.left_out, "amount": str(plan.total),
        }  # fmt: skip
    return found


def leave_desk(a: Act, row: Incident, why: str) -> None:
    """Its case, if it has one that is open, is over; a plan that was not decided is dropped."""
    JointDecision.objects.filter(incident=row, state="planned").update(state="dropped")
    if row.case_id:
        over(a, row.case_id, why)
        row.case_id = ""
        row.save(update_fields=["case_id"])


def needs_two(outcome: str, evidence: Mapping[str, Any]) -> bool:
    """Above the limit, and wherever orders are paid of which nobody complained."""
    if outcome != "approve":
        return False
    return bool(evidence.get("orders")) or money(str(evidence.get("amount", "0"))) > policy_in_force().incident.limit


def ruled(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """Decide for all as planned, stop the sale for the time being, or leave each to itself."""
    from pinzhi.life.complaints import incidents

    row = incidents.locked(str(case.evidence["incident"]))
    if ruling.outcome == "hold":
        _hold(a, row, case, ruling)
        row.case_id = ""
        row.save(update_fields=["case_id"])
        return _show(a, row, _waiting(row).buyers)
    row.case_id = ""
    if ruling.outcome == "leave":
        JointDecision.objects.filter(incident=row, state="planned").update(state="dropped")
        incidents.take(a, row, "leave", {"decided_by": ruling.decided_by, "case": case.id}, words=ruling.reason)
        return None
    plan = joint.planned(row)
    if plan is None or plan.digest != case.evidence.get("plan"):
        raise RefusedError.because(
            "plan_missing",
            "no decision for all has been planned yet",
            "choose the remedy and look at the preview first",
        )
    joint.decided(plan, ruling, case.id)
    counted = joint.counted(plan)
    data = {"plan": plan.digest, "outcome": plan.outcome, "decided_by": ruling.decided_by, "case": case.id}
    incidents.take(a, row, "decide", {**data, "total": str(plan.total)}, words=ruling.reason)
    a.fact(
        IncidentDecided(
            subject=about(row), incident_id=row.pk, outcome=plan.outcome, members=counted.members, orders=counted.orders, total=str(plan.total),
            merchant_id=row.merchant_id,
        )
    )  # fmt: skip
    return None


def _hold(a: Act, row: Incident, case: CaseRow, ruling: Ruling) -> None:
    from pinzhi.life.complaints import incidents

    names = batches_of(row)
    goods = [Subject(Kind.BATCH, n) for n in names] or (
        [Subject(Kind.LISTING, row.listing_id)] if row.listing_id else []
    )
    if not goods:
        raise RefusedError.because(
            "goods_unknown", "nobody knows which goods it is about", "find out batch or listing first", field="batches"
        )
    figures = policy_in_force(a.now)
    until = a.now + timedelta(hours=figures.hold.hours)
    why = [Reason("matter_of_many", HELD, (("incident", row.pk), ("case", case.id)))]
    made = [
        decisions.issue(
            a, one, Effect.STOP_SALE, why, policy=figures.version, decided_by=ruling.decided_by, source=f"complaints:case.{case.id}", until=until
        ).pk
        for one in goods
    ]  # fmt: skip
    incidents.take(a, row, "hold", {"decisions": made, "until": until, "case": case.id}, words=ruling.reason)


def unruled(a: Act, case: CaseRow, was: Reversal) -> None:
    """A stop of sale is lifted and what was left is taken up again. A decision for all has gone out to its people: each is reopened by itself."""
    from pinzhi.life.complaints import incidents

    row = incidents.locked(str(case.evidence["incident"]))
    if was.outcome == "approve":
        raise RefusedError.because(
            "already_acted",
            "the decision has gone out to everybody concerned",
            "reopen the complaint of whom it is wrong for",
        )
    if was.outcome == "hold":
        for one in decided.live_from_source(f"complaints:case.{case.id}", a.now):
            decisions.lift(a, one.pk, TAKEN_BACK)
    elif row.state == "left":
        incidents.take(a, row, "surface", {"why": was.why})
    if row.case_id and row.case_id != case.id:
        over(a, row.case_id, "taken back")
    row.case_id = case.id
    row.save(update_fields=["case_id"])


DESK_OF_INCIDENTS = Desk(
    DESK,
    Text("群体性投诉", "incidents"),
    outcomes=(
        Outcome("approve", Text("按方案统一处理", "decide for all as planned"), "v", needs_reason=True, tone="success"),
        Outcome(
            "hold",
            Text("临时停售涉及批次", "stop the sale for now"),
            "b",
            needs_reason=True,
            two_person=True,
            tone="danger",
        ),
        Outcome(
            "leave", Text("逐件办理，不作统一处理", "handle each by itself"), "l", needs_reason=True, tone="warning"
        ),
    ),
    on_decide=ruled,
    on_undo=unruled,
    verb="complaints.handle",
    two_if=needs_two,
)
