"""Orders of which nobody complained: paid once, by two persons, and like any other; who is settled is left out."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from pinzhi.casework import actions as casework
from pinzhi.engine.models import FactRow
from pinzhi.life.complaints import consumer, log, merchant, money
from pinzhi.life.complaints.contracts import TAKEN_UP
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import JointDecision, Share
from pinzhi.life.complaints.tests.buyers import NOW, SHOP, opened, refused
from pinzhi.life.complaints.tests.matters import (
    COLD,
    HOUR,
    LATER,
    again,
    approve,
    carried,
    case,
    incident,
    many,
    planned,
    sold,
)


def test_those_who_never_complained_are_paid_once_and_who_is_settled_is_left_out(agent, manager):
    rows = many(("10.00",) * 5)
    sold(
        ("sale", "P1", "129.90"), ("sale", "P2", "88.00"), ("sale", "P3", "50.00"), ("return", "P3", "50.00"), ("sale", "P4", "50.00"),
        ("refund", "P4", "50.00"), ("sale", "P5", None), ("sale", "P6", "1000.01"), ("sale", "O0", "10.00"), ("sale", "P7", "20.00"),
    )  # fmt: skip
    made = planned(agent, orders=True)
    shares = Share.objects.filter(decision=made).exclude(order_id="").order_by("order_id")
    assert list(shares.values_list("order_id", "amount", "left_out")) == [
        ("P1", Decimal("129.90"), ""), ("P2", Decimal("88.00"), ""), ("P3", Decimal("0.00"), "refunded"), ("P4", Decimal("0.00"), "refunded"),
        ("P5", Decimal("0.00"), "unknown_price"), ("P6", Decimal("0.00"), "above_cap"), ("P7", Decimal("20.00"), ""),
    ]  # fmt: skip
    assert made.total == Decimal("287.90")
    assert approve(agent).state == "proposed"  # below the amount, and yet two persons
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    late = opened(
        COLD, now=NOW + 3 * HOUR, order_id="P7", buyer_id="buyer-P7", price=Decimal("20.00")
    )  # he complains meanwhile
    assert carried() == 7
    assert Share.objects.get(order_id="P7").left_out == "complained"
    paid = Complaint.objects.filter(channel=TAKEN_UP).order_by("order_id")
    assert [(p.order_id, p.state, p.amount, p.merchant_id, p.contact) for p in paid] == [
        ("P1", "fulfilling", Decimal("129.90"), "M1", {}), ("P2", "fulfilling", Decimal("88.00"), "M1", {}),
    ]  # fmt: skip
    assert (
        paid[0]
        .log.get(n=1)
        .words.startswith("您没有投诉，但经追溯，您的订单所购商品属于同一问题涉及的批次。您可得：退款 129.90 元。")
    )
    assert [
        f.payload["verb"] for f in FactRow.objects.filter(name="ComplaintMoved", payload__complaint_id=paid[0].pk)
    ] == ["open_owed"]
    assert not FactRow.objects.filter(name="ComplaintOpened", payload__complaint_id=paid[0].pk).exists()
    assert {p.placement.ground for p in paid} == {"traced"}
    assert again(late).state == "awaiting_merchant"
    assert incident().size == 7
    sold(("sale", "P8", "30.00"))
    many(("10.00",) * 5, start=30)
    second = planned(agent, orders=True, now=LATER)
    assert (
        dict(Share.objects.filter(decision=second).exclude(order_id="").values_list("order_id", "left_out"))["P1"]
        == "paid_before"
    )
    assert second.total == Decimal("80.00") + Decimal("0.00") * len(rows)


def test_what_is_owed_to_an_order_can_be_waived_given_and_advanced_like_any_other(agent, manager):
    many(("10.00",) * 5)
    sold(("sale", "P1", "129.90"), ("sale", "P2", "88.00"), ("sale", "P3", "60.00"))
    planned(agent, orders=True)
    approve(agent)
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    carried()
    one, two, three = Complaint.objects.filter(channel=TAKEN_UP).order_by("order_id")
    consumer.do("waive", one.pk, words="不需要", now=LATER)
    assert (again(one).state, again(one).closed_as, again(one).amount) == ("closed", "withdrawn", Decimal("0.00"))
    merchant.fulfil(two.pk, 0, SHOP, proof="流水 1", now=LATER)
    assert (again(two).state, again(two).paid) == ("closed", Decimal("88.00"))
    refused("step_not_allowed", consumer.do, "waive", two.pk, now=LATER)
    from pinzhi.life.complaints import upkeep

    over = LATER + timedelta(days=8)
    upkeep.tick(over)
    assert again(three).state == "with_house"
    money.fund_in("500.00", "B-1", manager, now=over)
    money.advance(three.pk, manager, reference="B-2", now=over)
    assert (again(three).state, again(three).paid) == ("closed", Decimal("60.00"))
    assert money.faults() == []
    normal = opened(COLD, now=NOW, order_id="Q1", buyer_id="q")
    refused("step_not_allowed", consumer.do, "waive", normal.pk, now=LATER)


def test_what_needs_the_buyer_is_offered(agent, manager):
    many(("10.00",) * 5)
    sold(("sale", "P1", "129.90"))
    planned(agent, orders=True, remedy="exchange")
    approve(agent)
    seen = case()
    casework.confirm(seen.id, manager, seen=seen.seen, now=NOW + 3 * HOUR)
    carried()
    row = Complaint.objects.get(channel=TAKEN_UP)
    assert (row.state, [r.kind for r in log.of(row).offer.remedies]) == ("proposed", ["exchange"])
    consumer.do("accept", row.pk, offer=1, now=LATER)
    assert again(row).state == "fulfilling"


def test_more_than_the_cap_for_all_orders_is_not_planned(agent):
    many(("10.00",) * 5)
    sold(*[("sale", f"P{n:03}", "999.00") for n in range(201)])
    refused("orders_above_cap", planned, agent, orders=True)
    assert JointDecision.objects.count() == 0
