"""
One decision for all members of an incident: planned with a preview of what each gets, decided at the desk, carried out one complaint after the other.

    plan(incident_id, by, outcome="uphold", remedy="refund", findings=["defect"], words_zh="…", orders=True)
    …                                          # the desk's «approve», with stale guard and four eyes, calls `decided`
    carry_out(decision_id, now)                # a job: one act each, again from where it stopped

Each share is carried out in one transaction with the steps of its complaint, so that a process that dies leaves nobody out and does nothing twice.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum

from pinzhi.casework.contracts import Ruling
from pinzhi.catalogue import queries as catalogue
from pinzhi.engine.jobs import Progress, enqueue, job
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.kernel.canon import digest
from pinzhi.kernel.facts_complaints import ComplaintMoved
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import money
from pinzhi.life.complaints import affected, keys, log
from pinzhi.life.complaints.contracts import REMEDY_NAMES, TAKEN_UP, Remedy, Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.models_incidents import Incident, JointDecision, Placement, Share
from pinzhi.life.complaints.rules.entry import clean
from pinzhi.life.complaints.rules.gathering import Ground
from pinzhi.life.complaints.shares import REMEDIES, Part, of_member, of_order
from pinzhi.life.complaints.tables import entitlement_rules
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

faults = logging.getLogger("pinzhi.complaints")
OUTCOMES = ("uphold", "dismiss", "refer")
JOB = "complaints.carry_out"
STEP = {"uphold": "adjudicate", "dismiss": "dismiss", "refer": "escalate"}
NEEDS_BUYER = frozenset({"return_refund", "exchange", "repair"})
"""What nobody gets without doing something himself: it is offered, not owed at once, where he has not complained."""
OPENED = ("open_owed", "open_offer")
"""First step of an order of which nobody complained: owed at once, or offered where its buyer has to do something."""
QUIET = ("breach", "note", "rate")
"""Steps after a preview that do not change what was seen in it."""


@dataclass(frozen=True, slots=True)
class Counted:
    """A preview in figures: members and orders that are decided, and how many of either are left out."""

    members: int
    orders: int
    left_out: int
    applied: int


def planned(row: Incident) -> JointDecision | None:
    """The plan that lies before the desk."""
    return JointDecision.objects.filter(incident=row, state="planned").first()


def counted(decision: JointDecision) -> Counted:
    """Its figures."""
    shares = Share.objects.filter(decision=decision)
    inside = shares.filter(left_out="")
    orders = inside.exclude(order_id="").count()
    return Counted(
        inside.count() - orders, orders, shares.exclude(left_out="").count(), shares.exclude(applied_at=None).count()
    )


def plan(
    incident_id: str,
    by: Actor,
    *,
    outcome: str,
    remedy: str = "",
    figure: str | Decimal | None = None,
    findings: Sequence[str] = (),
    words_zh: str = "",
    words_en: str = "",
    orders: bool = False,
    without: Collection[str] = (),
    now: datetime | None = None,
) -> JointDecision:
    """
    Write down one decision for all, with what everybody gets by it. `figure` is percent for `share`, yuan for `fixed`; `without` are complaints that a person
    takes out; `orders`: also those of which nobody complained.

    Raises RefusedError: `incident_unknown`, `not_on_the_desk`, `outcome_unknown`, `remedy_unknown`, `remedy_amount`, `finding_unknown`, `words_missing`,
    `text_too_long`, `orders_only_upheld`, `orders_above_cap`, `nobody_to_decide`.
    """
    from pinzhi.life.complaints import incident_desk, incidents

    with act("complaints.handle", by, now=now) as a:
        row = incidents.locked(incident_id)
        if row.state != "open":
            raise RefusedError.because(
                "not_on_the_desk", "this incident is not on the desk", "take it up first", field="outcome"
            )
        made = _drafted(a, row, outcome, remedy, figure, findings, words_zh, words_en, orders=orders)
        shares = [*_of_members(row, made, without), *(_of_orders(row, made, a.now) if orders else ())]
        inside = [s for s in shares if not s.left_out]
        if not inside:
            raise RefusedError.because(
                "nobody_to_decide",
                "by this decision nobody would be decided",
                "choose another remedy, or let each be handled by itself",
            )
        made.total = sum((s.amount for s in inside), Decimal("0.00"))
        made.digest = digest(
            [_seen(s) for s in shares]
            + [made.outcome, made.remedy, str(made.figure), made.findings, made.words_zh, made.words_en]
        )
        JointDecision.objects.filter(incident=row, state="planned").update(state="dropped")
        made.save(force_insert=True)
        Share.objects.bulk_create(shares, batch_size=500)
        said = {
            "digest": made.digest,
            "outcome": outcome,
            "remedy": remedy,
            "shares": len(inside),
            "total": str(made.total),
        }
        incidents.take(a, row, "plan", said)
        incident_desk.follow(a, row)
        a.note = f"incident:{row.number}"
        return made


def _drafted(
    a: Act,
    row: Incident,
    outcome: str,
    remedy: str,
    figure: str | Decimal | None,
    findings: Sequence[str],
    words_zh: str,
    words_en: str,
    *,
    orders: bool,
) -> JointDecision:
    if outcome not in OUTCOMES:
        raise RefusedError.because("outcome_unknown", "there is no such decision", f"one of: {', '.join(OUTCOMES)}")
    if outcome == "uphold" and remedy not in REMEDIES:
        raise RefusedError.because(
            "remedy_unknown", "there is no such remedy", f"one of: {', '.join(REMEDIES)}", field="remedy"
        )
    if orders and outcome != "uphold":
        raise RefusedError.because(
            "orders_only_upheld",
            "who never complained is only told of what he gets",
            "leave the orders out",
            field="orders",
        )
    if unknown := sorted(set(findings) - set(entitlement_rules().names)):
        raise RefusedError.because(
            "finding_unknown", f"no finding is called «{unknown[0][:40]}»", "choose from the list", field="findings"
        )
    said = [clean(words_zh), clean(words_en)]
    if not any(said):
        raise RefusedError.because(
            "words_missing", "nothing says why", "write what the buyers are to read", field="words_zh"
        )
    if max(len(w) for w in said) > policy_in_force(a.now).desk.words // 2:
        raise RefusedError.because("text_too_long", "the text is too long", "say the most important", field="words_zh")
    n = (JointDecision.objects.filter(incident=row).order_by("-n").values_list("n", flat=True).first() or 0) + 1
    return JointDecision(
        incident=row, n=n, state="planned", outcome=outcome, remedy=remedy if outcome == "uphold" else "", figure=_figure(remedy, figure),
        findings=sorted(set(findings)) if outcome == "uphold" else [], orders=orders, words_zh=said[0] or said[1], words_en=said[1] or said[0], at=a.now,
    )  # fmt: skip


def _figure(remedy: str, raw: str | Decimal | None) -> Decimal | None:
    if remedy not in ("share", "fixed"):
        return None
    most = Decimal(100) if remedy == "share" else Decimal(100_000)
    try:
        value = money(str(raw or ""))
    except ValueError as no:
        raise _amount() from no
    if not 0 < value <= most:
        raise _amount()
    return value


def _amount() -> RefusedError:
    return RefusedError.because(
        "remedy_amount",
        "the figure is no percentage, or no amount in yuan",
        "write it like 30 or 128.50",
        field="figure",
    )


def _of_members(row: Incident, made: JointDecision, without: Collection[str]) -> Iterable[Share]:
    found = Complaint.objects.filter(placement__incident=row).order_by("opened_at", "pk")
    for one in found.iterator(chunk_size=500):
        part = Part(left_out="by_person") if one.pk in without else of_member(one, made)
        yield Share(
            decision=made, complaint=one, head=one.head, remedies=[r.document() for r in part.remedies], amount=part.amount, left_out=part.left_out
        )  # fmt: skip


def _of_orders(row: Incident, made: JointDecision, now: datetime) -> list[Share]:
    from pinzhi.life.complaints import incident_desk

    figures = policy_in_force(now).incident
    cap, most = money(figures.order_cap), money(figures.orders_cap)
    found = affected.orders(row, incident_desk.batches_of(row), now, figures.sales_days)
    shares = []
    for bought in found:
        if bought.left_out == "complained":  # he stands among the members, or in a matter of his own
            continue
        part = of_order(bought, made, cap, now)
        shares.append(
            Share(
                decision=made, order_id=bought.order_id, order=bought.document(), remedies=[r.document() for r in part.remedies], amount=part.amount,
                left_out=part.left_out,
            )
        )  # fmt: skip
    if (total := sum((s.amount for s in shares), Decimal(0))) > most:
        raise RefusedError.because(
            "orders_above_cap",
            f"for orders without a complaint {total} yuan would be given, more than {most}",
            "call the batch back first, or have the policy changed by two persons",
            field="orders",
        )
    return shares


def _seen(share: Share) -> list[object]:
    who = share.complaint_id or f"order:{share.order_id}"
    return [who, share.head, share.remedies, str(share.amount), share.left_out]


# --- decided, and carried out --------------------------------------------------------------------------------------------------------------


def decided(plan_: JointDecision, ruling: Ruling, case_id: str) -> None:
    """The plan has been decided: a job carries it out."""
    plan_.state, plan_.decided_by, plan_.accounts, plan_.case_id = (
        "decided",
        ruling.decided_by,
        list(ruling.accounts),
        case_id,
    )
    plan_.save(update_fields=["state", "decided_by", "accounts", "case_id"])
    enqueue(JOB, key=f"{JOB} {plan_.pk}", decision_id=plan_.pk)


@job(JOB)
def carry_out_job(progress: Progress, decision_id: int) -> dict[str, int]:
    """Carry a decision out, for everybody whom it has not reached yet."""
    done = carry_out(decision_id, clock.now())
    progress.done(done)
    return {"applied": done}


def carry_on(now: datetime) -> int:
    """Whatever was decided and is not carried out to its end: a worker died, or a fault of ours has been mended."""
    left = JointDecision.objects.filter(state="decided").order_by("pk").values_list("pk", flat=True)
    return sum(carry_out(pk, now) for pk in list(left))


def carry_out(decision_id: int, now: datetime) -> int:
    """One act for each share that is left; one that fails stops no other and is tried again. Returns how many were carried out."""
    from pinzhi.life.complaints import incident_desk, incidents

    left = Share.objects.filter(decision_id=decision_id, applied_at=None, left_out="").order_by("pk")
    batches = {str(o["batch_id"]) for o in left.exclude(order_id="").values_list("order", flat=True)}
    ended = affected.ended(batches, now, policy_in_force(now).incident.sales_days) if batches else frozenset()
    done = sum(_tried(pk, now, ended) for pk in list(left.values_list("pk", flat=True)))
    with act("complaints.place", _rule(now), now=now) as a:
        plan_ = JointDecision.objects.select_for_update().get(pk=decision_id)
        waits = Share.objects.filter(decision=plan_, applied_at=None, left_out="").exists()
        if plan_.state == "decided" and not waits:
            plan_.state = "applied"
            plan_.save(update_fields=["state"])
            row = incidents.locked(plan_.incident_id)
            given = Share.objects.filter(decision=plan_).exclude(applied_at=None)
            total = given.aggregate(t=Sum("amount"))["t"] or Decimal("0.00")
            incidents.take(a, row, "applied", {"shares": given.count(), "total": str(total)})
            incident_desk.follow(a, row)
    return done


def _rule(now: datetime) -> Actor:
    return Actor.rule(policy_in_force(now).version)


def _tried(share_id: int, now: datetime, ended: frozenset[str]) -> bool:
    try:
        return _carry(share_id, now, ended)
    except Exception:  # noqa: BLE001 - whatever is wrong with one share stops no other; it is tried again
        faults.exception("share %s of a joint decision could not be carried out", share_id)
        return False


def _carry(share_id: int, now: datetime, ended: frozenset[str]) -> bool:
    with act("complaints.place", _rule(now), now=now) as a:
        share = Share.objects.select_for_update().select_related("decision").get(pk=share_id)
        if share.applied_at is not None or share.left_out:
            return False
        why = _to_member(a, share) if share.complaint_id else _to_order(a, share, ended)
        if why:
            share.left_out = why
        else:
            share.applied_at = a.now
        share.save(update_fields=["left_out", "applied_at", "complaint"])
        return not why


def _to_member(a: Act, share: Share) -> str:
    """Take the steps of the decision on one complaint. Returns why not, empty when it was done."""
    from pinzhi.life.complaints import desk

    plan_, row = share.decision, log.locked(share.complaint_id)
    if not Placement.objects.filter(complaint=row, incident_id=plan_.incident_id).exists():
        return "moved"  # a person has said since that it is another matter
    seen = StepRow.objects.filter(complaint=row, hash=share.head).values_list("n", flat=True).first() or 0
    if row.log.filter(n__gt=seen).exclude(verb__in=QUIET).exists():
        return "moved"
    part = of_member(row, plan_)
    if part.left_out or [r.document() for r in part.remedies] != share.remedies:
        return part.left_out or "moved"
    if log.of(row).deciders & set(plan_.accounts):
        return "involved"
    about: dict[str, object] = {
        "incident": plan_.incident_id, "joint": plan_.n, "decided_by": plan_.decided_by, "policy": policy_in_force(a.now).version, "case": plan_.case_id,
    }  # fmt: skip
    if plan_.findings:
        log.take(
            a,
            row,
            "assess",
            Side.HOUSE,
            {"by_person": True, "findings": dict.fromkeys(plan_.findings, "established"), **about},
        )
    if row.state in ("awaiting_merchant", "proposed") and plan_.outcome != "refer":
        log.take(a, row, "hand_over", Side.HOUSE, about)
    data = {**about, "accounts": plan_.accounts}
    if plan_.outcome == "uphold":
        data["remedies"] = share.remedies
    elif plan_.outcome == "dismiss":
        data["as"] = "unfounded"
    log.take(a, row, STEP[plan_.outcome], Side.HOUSE, data, words=words(plan_, part.remedies, row.language))
    desk.follow(a, row)
    return ""


def _to_order(a: Act, share: Share, ended: frozenset[str]) -> str:
    """Take an order up of which nobody complained: what it is owed, or an offer where its buyer has to do something. Returns why not."""
    from pinzhi.life.complaints import desk, incidents

    plan_ = share.decision
    incident = incidents.locked(plan_.incident_id)
    was = affected.read_back(share.order)
    claimed, given = affected.claims(was.merchant_id, [was.order_id])
    if given or claimed or was.order_id in ended:
        return "paid_before" if given else "complained" if claimed else "refunded"
    part = of_order(was, plan_, money(policy_in_force(a.now).incident.order_cap), a.now)
    if part.left_out or [r.document() for r in part.remedies] != share.remedies:
        return part.left_out or "moved"
    row = _taken_up(plan_, incident, was)
    asks = any(r.kind in NEEDS_BUYER for r in part.remedies)
    data = {
        "kinds": _kinds(incident), "level": 3, "channel": TAKEN_UP, "remedies": share.remedies, "incident": incident.pk, "joint": plan_.n,
        "decided_by": plan_.decided_by, "accounts": plan_.accounts, "findings": dict.fromkeys(plan_.findings, "established"),
    }  # fmt: skip
    said = words(plan_, part.remedies, row.language, taken_up=True)
    log.take(a, row, OPENED[asks], Side.HOUSE, data, words=said)
    incidents.take(a, incident, "join", {"complaint": row.pk, "ground": Ground.TRACED.value})
    Placement.objects.create(complaint=row, incident=incident, ground=Ground.TRACED.value, at=a.now)
    desk.follow(a, row)
    share.complaint = row
    return ""


def _kinds(incident: Incident) -> list[str]:
    first = Complaint.objects.filter(placement__incident=incident).exclude(kind="").order_by("opened_at").first()
    return list(first.kinds) if first else []


def _taken_up(plan_: JointDecision, incident: Incident, was: affected.Bought) -> Complaint:
    """The matter of one order; `source` makes sure that an order has one such matter, ever."""
    listing = catalogue.listing(was.listing_id) if was.listing_id else None
    source = f"{TAKEN_UP}:{was.merchant_id}:{was.order_id}"
    return Complaint(
        id=uuid.uuid4().hex, receipt=keys.new_receipt(), source=source[:160] if len(source) <= 160 else f"{TAKEN_UP}:{digest(source)}",
        content=digest([plan_.pk, was.order_id]), channel=TAKEN_UP, order_id=was.order_id, merchant_id=was.merchant_id, listing_id=was.listing_id,
        batch_id=was.batch_id, category=was.category, goods=(listing.title[:300] if listing else incident.goods), buyer_id=was.buyer_id, price=was.price,
        quantity=was.quantity, paid_at=was.paid_at, received_on=was.received_on, vouched=True,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class TakenUpPage:
    """Matters that the house took up, each with the words that its buyer reads; `cursor` to go on with, and whether there are `more`."""

    rows: list[tuple[Complaint, str]]
    cursor: int
    more: bool


def taken_up(after: int, limit: int) -> TakenUpPage:
    """What was taken up after a cursor: in order of the facts, which is that of commit, so that nothing comes before what was read already."""
    opened = FactRow.objects.filter(name=ComplaintMoved.__name__, seq__gt=after, payload__verb__in=OPENED).order_by(
        "seq"
    )
    found = list(opened.values_list("seq", "payload__complaint_id")[: limit + 1])
    page = found[:limit]
    first = StepRow.objects.filter(n=1, complaint_id__in=[id_ for _, id_ in page]).select_related("complaint")
    by_id = {step.complaint_id: step for step in first}
    rows = [(by_id[id_].complaint, by_id[id_].words) for _, id_ in page]
    return TakenUpPage(rows, page[-1][0] if page else after, len(found) > limit)


def words(plan_: JointDecision, remedies: Sequence[Remedy], language: str, *, taken_up: bool = False) -> str:
    """What one buyer reads, in his language: what is decided, what he gets, why, and what he can do. Nothing of anybody else."""
    zh = language.startswith("zh")
    days = policy_in_force().desk.reopen_days
    unit = "元" if zh else "yuan"
    gets = [
        f"{REMEDY_NAMES[r.kind].in_language(language)}{'' if r.amount is None else f' {r.amount} {unit}'}"
        for r in remedies
    ]
    if zh:
        begin = (
            "您没有投诉，但经追溯，您的订单所购商品属于同一问题涉及的批次。"
            if taken_up
            else "您反映的问题与其他消费者的投诉属同一事项，已一并处理。"
        )
        said = {
            "uphold": f"您可得：{'、'.join(gets)}。", "dismiss": "诉求未获支持。", "refer": "已移送监管部门。"
        }[plan_.outcome]  # fmt: skip
        can = (
            "如不需要，可在本页说明。" if taken_up else f"如有异议，结案后 {days} 日内可凭新情况申请重新处理一次，"
        ) + "您也可以随时向 12315 投诉或者向法院起诉。"
        return f"{begin}{said}理由：{plan_.words_zh}{'' if plan_.words_zh.endswith('。') else '。'}{can}"
    begin = (
        "You did not complain, but tracing shows that what you bought is of the batch concerned. "
        if taken_up
        else "Your complaint is of the same matter as those of other buyers and was decided with them. "
    )
    said = {
        "uphold": f"You get: {', '.join(gets)}. ", "dismiss": "The claim was not upheld. ", "refer": "It was handed to the authority. "
    }[plan_.outcome]  # fmt: skip
    can = (
        "If you do not want it, say so on this page. "
        if taken_up
        else f"If you disagree, it can be reopened once within {days} days after it is closed, with something new. "
    ) + "You may turn to the authority (12315) or to a court at any time."
    return f"{begin}{said}Why: {plan_.words_en}{'' if plan_.words_en.endswith('.') else '.'} {can}"
