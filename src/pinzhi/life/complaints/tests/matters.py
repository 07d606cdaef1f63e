"""Complaints of one matter for the tests, and a decision for all of them: planned, decided at the desk, carried out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.life.complaints import joint, merchant, placing
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, JointDecision
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, opened

COLD = "上周买的电热水壶，用了两天壶底就不加热了，客服说正常，我要求退货退款"
HOUR = timedelta(hours=1)
LATER = NOW + 4 * HOUR
WORDS = {"words_zh": "同批次抽检加热元件不合格。", "words_en": "The heating element of the batch failed a test."}
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
