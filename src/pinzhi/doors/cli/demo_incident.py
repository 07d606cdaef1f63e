"""The incident of the demo: buyers of one batch say the same thing in their own words, the shop denies it, and one decision for all lies on the desk."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from datetime import datetime

    from pinzhi.simulation.contracts import World

WORDS = (
    "用了不到一周接口处就开始松动，怎么按都扣不紧，联系客服说是正常现象，我要求退货退款",
    "接口处松动，怎么按都扣不紧，用了不到一周就这样，客服说是正常现象，要求退货退款",
    "买来不到一周接口处就松动了，怎么按都扣不紧，客服一直说正常现象",
    "客服说是正常现象！接口处开始松动，怎么按都扣不紧，才用了不到一周，要求退款",
    "用了不到一周，接口处松动扣不紧，联系客服说正常现象，我不认可，要求退货退款",
    "The clasp came loose after less than a week, however hard I press; the shop says that is normal. I want my money back.",
    "After less than a week the clasp came loose, however hard I press it; the shop says that is normal, money back please.",
)
BUYERS = 14


def enter(world: World) -> str:
    """The complaints, the shop's answers, and a preview. Returns the number of the incident; empty where the market sold no batch often enough."""
    from pinzhi.kernel import clock
    from pinzhi.life.complaints import placing
    from pinzhi.life.complaints.models_incidents import Incident

    now = clock.now()
    sales = _sales(world, now)
    for number, sale in enumerate(sales):
        _complain(sale, number, now - timedelta(hours=40 - number))
    placing.run(now - timedelta(hours=2))
    row = Incident.objects.filter(state="open", merchant_id=sales[0]["merchant_id"] if sales else "").first()
    if row is None:
        return ""
    _plan(row, now - timedelta(hours=1))
    return row.number


def _sales(world: World, now: datetime) -> list[dict[str, Any]]:
    """Sales of the batch that sold most in the last two months, by different buyers."""
    rows = [r for r in world.sales() if r["batch_id"] and r["order_id"] and r["buyer_id"] and r["amount"]]
    late = [r for r in rows if now - timedelta(days=60) < r["at"] < now - timedelta(days=5)] or rows
    most = Counter(r["batch_id"] for r in late).most_common(1)
    if not most or most[0][1] < 2 * BUYERS:
        return []
    found = {r["buyer_id"]: r for r in late if r["batch_id"] == most[0][0]}
    return list(found.values())[:BUYERS]


def _complain(sale: dict[str, Any], number: int, at: datetime) -> None:
    from pinzhi.life.complaints import merchant, opening
    from pinzhi.life.complaints.rules.entry import Entry
    from pinzhi.people.roles import Actor, Role

    words = WORDS[number % len(WORDS)]
    entry = Entry(
        "order", words=words, kind="Q1", reference=f"demo-incident-{number}", order_id=sale["order_id"], merchant_id=sale["merchant_id"],
        listing_id=sale["listing_id"], batch_id=sale["batch_id"], category=sale["category"], buyer_id=sale["buyer_id"],
        price=Decimal(str(sale["amount"])).quantize(Decimal("0.01")), quantity=int(sale["quantity"] or 1), paid_at=sale["at"],
        received_on=(sale["at"] + timedelta(days=3)).date(), wish="return_refund", vouched=True, language="zh-hans" if words[0] > "z" else "en",
    )  # fmt: skip
    row = opening.open_complaint(entry, now=at).row
    if row.state == "awaiting_merchant":
        shop = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id=row.merchant_id)
        merchant.answer("contest", row.pk, shop, words="出厂检验合格，系使用不当。", now=at + timedelta(hours=1))


def _plan(row: Any, at: datetime) -> None:
    from pinzhi.kernel.refusal import RefusedError
    from pinzhi.life.complaints import joint
    from pinzhi.people.models import Account

    account = Account.objects.filter(username="agent").first()
    if account is None:
        return
    said = {
        "outcome": "uphold", "remedy": "share", "figure": "30", "findings": ["quality_defect"], "now": at,
        "words_zh": "同批次抽样复测，接口卡扣强度不足。", "words_en": "Pieces of the batch were tested again: the clasp is too weak.",
    }  # fmt: skip
    for orders in (True, False):
        try:
            joint.plan(row.pk, account.actor(), orders=orders, **said)
        except RefusedError:
            continue
        return
