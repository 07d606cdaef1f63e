"""
The complaints of the demo: buyers complain, merchants answer or stay silent, the clock runs.

Every step goes through the verbs of the station, at its own time.
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

HOUR = timedelta(hours=1)

if TYPE_CHECKING:
    from datetime import datetime

    from pinzhi.simulation.complaints import Act, Told
    from pinzhi.simulation.contracts import World


def enter(world: World) -> dict[str, str]:
    """Complaints of the last days and of the months before, and the report of an offence. Returns the address of one, with its access code."""
    from pinzhi.kernel import clock
    from pinzhi.life.complaints import keys, opening, upkeep
    from pinzhi.life.complaints.models import Complaint
    from pinzhi.life.complaints.rules.entry import Entry
    from pinzhi.simulation.complaints import told

    now = clock.now()
    plan: list[tuple[datetime, int, Any]] = []
    for number, one in enumerate(told(world, now)):
        start = now - timedelta(hours=one.story.hours_ago)
        plan.append((start, number, one))
        plan += [(at, number, act) for act in one.story.acts if (at := start + timedelta(hours=act.hours)) <= now]
    opened: dict[int, str] = {}
    clock_at = min(at for at, _, _ in plan)
    for at, number, what in sorted(plan, key=lambda p: (p[0], p[1])):
        while clock_at + HOUR < at:
            clock_at += HOUR
            upkeep.tick(clock_at)
        upkeep.tick(at)
        if number not in opened:
            opened[number] = _complain(what, number, at)
        else:
            _act(what, opened[number], at)
    upkeep.tick(now)
    opening.report_offence(
        Entry("web", words="店铺卖的充电器没有 3C 标志，页面却写着已认证。", kind="F2", reference="demo"),
        now=now - timedelta(hours=5),
    )
    row = Complaint.objects.filter(state="proposed").order_by("opened_at").first()
    return {"receipt": row.receipt, "code": keys.key_of(row.pk)} if row else {}


def _complain(one: Told, number: int, at: datetime) -> str:
    from pinzhi.life.complaints import opening
    from pinzhi.life.complaints.rules.entry import Entry

    sale = one.order
    entry = Entry(
        "order", words=one.story.words, kind=one.story.kind, reference=f"demo-{number}", order_id=sale["order_id"] or "", merchant_id=sale["merchant_id"],
        listing_id=sale["listing_id"], batch_id=sale["batch_id"] or "", category=sale["category"], buyer_id=sale["buyer_id"] or "",
        price=Decimal(str(sale["amount"])).quantize(Decimal("0.01")) if sale["amount"] else None, quantity=int(sale["quantity"] or 1), paid_at=sale["at"],
        received_on=(sale["at"] + timedelta(days=3)).date(), wish=one.story.wish, vouched=True,
    )  # fmt: skip
    return opening.open_complaint(entry, now=at).row.pk


def _act(what: Act, id_: str, at: datetime) -> None:
    """A step that is still possible when its time comes; the clock may have been faster."""
    from pinzhi.kernel.refusal import RefusedError
    from pinzhi.life.complaints import consumer, log, merchant
    from pinzhi.life.complaints.models import Complaint
    from pinzhi.people.roles import Actor, Role

    row = Complaint.objects.get(pk=id_)
    shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id=row.merchant_id)
    try:
        if what.verb in ("contacted", "propose"):
            _handled(what, row, at)
        elif what.verb == "fulfil":
            for which, owed in enumerate(log.of(row).owed):
                if not owed.done:
                    merchant.fulfil(id_, which, shop, proof=f"{what.words}{row.receipt}", now=at)
        elif what.verb in merchant.ANSWERS:
            merchant.answer(what.verb, id_, shop, words=what.words, remedies=[_remedy(what, row)], now=at)
        else:
            offer = log.of(row).offer
            data: dict[str, Any] = {"offer": offer.n} if offer and what.verb in ("accept", "decline") else {}
            consumer.do(what.verb, id_, words=what.words, now=at, **(data | ({"mark": what.mark} if what.mark else {})))
    except RefusedError as no:
        if no.refusal.code not in ("step_not_allowed", "offer_gone", "rated_already"):
            raise


def _handled(what: Act, row: Any, at: datetime) -> None:
    """An agent of the house takes charge, or proposes what he has drafted."""
    from pinzhi.casework import actions as casework
    from pinzhi.casework import queries as cases
    from pinzhi.life.complaints import house
    from pinzhi.people.models import Account
    from pinzhi.people.roles import Actor, Role

    account = Account.objects.filter(username="agent").first()
    agent = (
        account.actor()
        if account
        else Actor("person", "person:complaint_agent", roles=frozenset({Role.COMPLAINT_AGENT}))
    )
    if what.verb == "propose":
        house.draft(row.pk, agent, [_remedy(what, row)], now=at)
        row.refresh_from_db()
    if not row.case_id:
        return
    case = cases.case(row.case_id, Actor.system("demo"), now=at)
    casework.decide(case.id, what.verb, agent, seen=case.seen, reason=what.words, now=at)


def _remedy(what: Act, row: Any) -> Any:
    """The whole price against the goods, a part of it, or something that is not money."""
    from pinzhi.life.complaints.contracts import Remedy

    share = (Decimal(str(what.share)) * (row.price or Decimal(0))).quantize(Decimal("0.01"))
    if share:
        return Remedy("refund" if what.share < 1 else "return_refund", share)
    return Remedy("apology" if what.verb == "propose" else "exchange")
