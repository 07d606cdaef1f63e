"""
Fast refunds of the demo: a merchant allows them, small claims are paid at once, some are drawn to be looked at again, two are objected to, two are not paid in
time and advanced from the fund.

Every step goes through the verbs of the station. The lot is the real one: claims are sent until it has drawn three, so their number differs a little.
"""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pinzhi.people.roles import Actor
    from pinzhi.simulation.contracts import World

HOUR = timedelta(hours=1)
SMALL = Decimal("100.00")
LEAST, MOST, DRAWN, UNPAID, LAST = 36, 160, 3, 2, 9
"""Claims at least and at most, how many of them the lot is to have drawn, how many are not paid in time, and how many
are of the last days, so that they may still be objected to."""
SAID = (
    ("Q1", "用了两次就坏了，打不开"),
    ("Q3", "收到时已经破损，没法用"),
    ("Q2", "和页面描述的尺寸不一样，小了一圈"),
    ("Q4", "少发了一件"),
    ("Q1", "接缝处开裂，做工太差"),
)


def enter(world: World) -> str:
    """The consent, the claims and what became of them, within the last four weeks. Returns the merchant who allows them, empty where nobody sells so small."""
    from pinzhi.kernel import clock
    from pinzhi.life.complaints import allowing, money
    from pinzhi.people.models import Account
    from pinzhi.people.roles import Actor, Role

    now = clock.now()
    first = now - timedelta(days=28)
    sales = _sales(world, now)
    if not sales:
        return ""
    merchant = sales[0]["merchant_id"]
    shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id=merchant)
    account = Account.objects.filter(username="manager").first()
    manager = account.actor() if account else Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
    money.fund_in("5000.00", "注资 2026-11-01", manager, now=first)
    money.deposit_in(merchant, "30.00", "保证金 2026-11-01", "类目保证金：上月销售额的 2%", manager, now=first)
    allowing.allow(SMALL, "600.00", shop, now=first)
    granted = _claims(sales, shop, now)
    if len(granted) > 2 * UNPAID:
        for missed in granted[:UNPAID]:
            _unpaid(missed, manager, now)
        _persons(granted, shop, manager, now)
    return str(merchant)


def _sales(world: World, now: datetime) -> list[dict[str, Any]]:
    """
    Small sales of the last weeks, one of each buyer, at the shop that has most of them; not of fresh goods, where a photograph is
    asked for.
    """
    from pinzhi.life.complaints import tables

    found = []
    for r in world.sales():
        small = r["amount"] and Decimal(str(r["amount"])) <= SMALL
        if (
            not small
            or not (r["buyer_id"] and r["order_id"])
            or not now - timedelta(days=90) < r["at"] < now - timedelta(days=6)
        ):
            continue
        kind = tables.taxonomy().category(r["category"])
        if kind is None or kind.group != "fresh":
            found.append(r)
    counted = Counter(r["merchant_id"] for r in found)
    known = max(counted, key=counted.__getitem__, default="")
    return list({r["buyer_id"]: r for r in found if r["merchant_id"] == known}.values())


def _claims(sales: list[dict[str, Any]], shop: Actor, now: datetime) -> list[str]:
    """Claims until there are enough, half an hour apart at most; paid within hours. Returns those that were granted, in their order."""
    from pinzhi.life.complaints import merchant, opening
    from pinzhi.life.complaints.models import FastDecision
    from pinzhi.life.complaints.rules.entry import Entry

    granted: list[str] = []
    apart = timedelta(days=22) / MOST
    early, late = sales[: MOST - LAST], sales[MOST - LAST : MOST]
    plan = [(now - timedelta(days=27) + n * apart, s) for n, s in enumerate(early)]
    plan += [(now - (len(late) - n) * 8 * HOUR, s) for n, s in enumerate(late)]
    for number, (at, sale) in enumerate(plan):
        enough = number >= LEAST and FastDecision.objects.filter(drawn=True).count() >= DRAWN
        if enough and number < len(early):
            continue
        kind, words = SAID[number % len(SAID)]
        entry = Entry(
            "order" if number % 3 else "web", words=words, kind=kind, reference=f"fast-{number}", order_id=sale["order_id"],
            merchant_id=sale["merchant_id"], listing_id=sale["listing_id"], batch_id=sale["batch_id"] or "", category=sale["category"],
            buyer_id=sale["buyer_id"], price=Decimal(str(sale["amount"])).quantize(Decimal("0.01")), quantity=int(sale["quantity"] or 1),
            paid_at=min(sale["at"], at), wish="refund" if number % 4 else "exchange", vouched=True, language="en" if number % 9 == 8 else "zh-hans",
        )  # fmt: skip
        row = opening.open_complaint(entry, now=at).row
        if row.state == "fulfilling":
            granted.append(row.pk)
        elif row.state == "awaiting_merchant":
            _exchanged(row.pk, shop, at, now)
    for id_ in granted[UNPAID:]:
        at = FastDecision.objects.get(pk=id_).at + 2 * HOUR
        merchant.fulfil(id_, 0, shop, proof=f"支付流水 {id_[:8]}", now=at)
    return granted


def _exchanged(id_: str, shop: Actor, at: datetime, now: datetime) -> None:
    """What is not paid at once goes its usual way: the merchant sends another piece, as far as the hours have passed."""
    from pinzhi.life.complaints import consumer, merchant
    from pinzhi.life.complaints.contracts import Remedy

    if at + 3 * HOUR <= now:
        merchant.answer(
            "offer", id_, shop, words="马上为您补发一件。", remedies=[Remedy("exchange")], now=at + 3 * HOUR
        )
    if at + 6 * HOUR <= now:
        consumer.do("accept", id_, offer=2, now=at + 6 * HOUR)
    if at + 20 * HOUR <= now:
        merchant.fulfil(id_, 0, shop, proof=f"运单 {id_[:8]}", now=at + 20 * HOUR)


def _unpaid(id_: str, manager: Actor, now: datetime) -> None:
    """One that was not paid in time: the fund gives it, takes what lies in the deposit, and the rest is owed."""
    from pinzhi.life.complaints import money, upkeep
    from pinzhi.life.complaints.models import Complaint

    late = min(Complaint.objects.get(pk=id_).opened_at + 25 * HOUR, now)
    upkeep.tick(late)
    if Complaint.objects.get(pk=id_).state == "with_house":
        money.advance(id_, manager, reference=f"先行赔付 {id_[:8]}", now=late)


def _persons(granted: list[str], shop: Actor, manager: Actor, now: datetime) -> None:
    """One second look is done, the others wait; of two objections one is upheld."""
    from pinzhi.casework import actions as casework
    from pinzhi.casework import queries as cases
    from pinzhi.life.complaints import rechecking
    from pinzhi.life.complaints.models import FastDecision

    def decided(case_id: str, outcome: str, reason: str) -> None:
        case = cases.case(case_id, manager, now=now)
        casework.decide(case_id, outcome, manager, seen=case.seen, reason=reason, now=now)

    drawn = list(FastDecision.objects.filter(drawn=True).order_by("at")[:2])
    if len(drawn) == 2:
        decided(drawn[0].check_case, "real", "照片与所述破损一致，订单无误。")
    late = list(FastDecision.objects.filter(pk__in=granted[UNPAID:]).order_by("-at")[:2])
    for made, words in zip(late, ("照片中的商品不是本店包装。", "消费者所述尺寸与页面一致，商品无误。"), strict=False):
        rechecking.object_to(made.pk, shop, words=words, now=min(made.at + 30 * HOUR, now))
    if late:
        made = FastDecision.objects.get(pk=late[0].pk)
        decided(made.objection_case, "upheld", "包装与该店历史发货不符，由平台基金退还。")
