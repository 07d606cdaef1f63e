"""Complaints of one matter for the tests, and a decision for all of them: planned, decided at the desk, carried out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.life.complaints import joint, merchant, placing
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, JointDecision
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, opened

COLD = "上周买的电热水壶，用了两天壶底就不加热了，客服说正常，我要求退货退款"
HOUR = timedelta(hours=1)
LATER = NOW + 4 * HOUR
WORDS = {"words_zh": "同批次抽检加热元件不合格。", "words_en": "The heating element of the batch failed a test."}
BOUGHT = datetime(2026, 11, 10, 3, 0, tzinfo=UTC)
PRICES = ("128.00", "99.90", "33.33", "0.05", "256.10")


def many(prices=PRICES, *, contested=True, start=0, **more):
    """Complaints of one matter, by different buyers; the shop contests each."""
    rows = []
    for n, price in enumerate(prices, start=start):
        row = opened(
            COLD,
            now=NOW + timedelta(minutes=n),
            order_id=f"O{n}",
            buyer_id=f"b{n}",
            price=Decimal(price),
            vouched=True,
            **more,
        )
        if contested:
            merchant.answer("contest", row.pk, SHOP, words="产品没有问题", now=NOW + timedelta(minutes=n, seconds=30))
        rows.append(row)
    placing._shelf.clear()
    placing.run(NOW + HOUR)
    return rows


def sold(*rows):
    """What the marketplace says of batch B1: (kind, order, amount)."""
    lines = [
        {
            "event_id": f"{kind}-{order}-{n}", "kind": kind, "at": BOUGHT + (timedelta(days=2) if kind != "sale" else timedelta()), "listing_id": "L1",
            "merchant_id": "M1", "category": "小家电", "order_id": order, "batch_id": "B1", "code": None, "quantity": 1,
            "amount": None if amount is None else Decimal(amount), "score": None, "reason": None, "text": None, "buyer_id": f"buyer-{order}", "region": None,
            "carrier": None,
        }
        for n, (kind, order, amount) in enumerate(rows)
    ]  # fmt: skip
    open_store().append(pa.Table.from_pylist(lines, schema=EVENT_SCHEMA), source="shop")


def incident() -> Incident:
    return Incident.objects.get(state__in=("open", "applying", "decided"))


def planned(by, **more):
    return joint.plan(
        incident().pk, by, **{"outcome": "uphold", "remedy": "refund", "now": NOW + 2 * HOUR, **WORDS, **more}
    )


def case():
    return cases.case(incident().case_id, HOUSE, now=NOW + 2 * HOUR)


def approve(by, outcome="approve", at=NOW + 2 * HOUR):
    seen = case()
    return casework.decide(seen.id, outcome, by, seen=seen.seen, reason="检测报告一致", now=at)


def carried(at=LATER):
    return joint.carry_out(JointDecision.objects.get(state="decided").pk, at)


def again(row):
    return Complaint.objects.get(pk=row.pk)


def verbs(row):
    return list(row.log.order_by("n").values_list("verb", flat=True))
