"""
Thirty buyers complain of one batch, seventy more have it and never complained: through the real doors one decision is made for all, everybody is told and
given his own amount once, and what nobody may do is refused and leaves nothing.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pyarrow as pa
import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.engine.models import FactRow
from pinzhi.kernel.clock import frozen_at
from pinzhi.kernel.values import Kind
from pinzhi.life.complaints import incidents, joint, keys, log, merchant, placing
from pinzhi.life.complaints.contracts import TAKEN_UP
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, JointDecision, Share
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
HOUSE = Actor.system("story")
SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
SAID = (
    "用了两天壶底就不加热了，联系客服一直说正常，要求退货退款",
    "联系客服一直说正常！壶底不加热了，才用了两天，要求退货退款",
    "要求退货退款，才用了两天，壶底就不加热了，联系客服一直说正常",
)


def at(**later):
    return frozen_at(START + timedelta(**later))


def account(name, role, merchant_id=""):
    organisation = (
        Organisation.objects.create(name=name, kind="merchant", merchant_id=merchant_id) if merchant_id else None
    )
    made = Account.objects.create(username=name, display_name=name, organisation=organisation)
    Grant.objects.create(account=made, role=role, given_at=START)
    return made


def price(n):
    return Decimal(f"{100 + n}.{n:02}")


def sales():
    lines = [
        {
            "event_id": f"s{n}", "kind": "sale", "at": START - timedelta(days=10), "listing_id": "L1", "merchant_id": "M1", "category": "小家电",
            "order_id": f"O{n}", "batch_id": "B1", "code": None, "quantity": 1, "amount": price(n), "score": None, "reason": None, "text": None,
            "buyer_id": f"buyer-{n}", "region": None, "carrier": None,
        }
        for n in range(100)
    ]  # fmt: skip
    open_store().append(pa.Table.from_pylist(lines, schema=EVENT_SCHEMA), source="shop")


def complain(client, n):
    order = {
        "order_id": f"O{n}", "merchant_id": "M1", "listing_id": "L1", "batch_id": "B1", "buyer_id": f"buyer-{n}", "price": str(price(n)),
        "paid_at": "2026-11-13T10:00:00+08:00", "received_on": "2026-11-16",
    }  # fmt: skip
    begun = client.post("/complain", {"order": keys.order_token(order), "words": SAID[n % 3], "kind": "Q1"})
    form = re.fullmatch(r"/complain/([\w-]{24})/2", begun["Location"])[1]
    for page in (2, 3, 4):
        client.post(f"/complain/{form}/{page}", {"wish": "refund"})


def seen_of(client, path):
    return re.search(r'name="seen" value="(\w{64})"', client.get(path).content.decode())[1]


def incident():
    return Incident.objects.get(size__gt=1)


def test_story_thirty_complain_seventy_do_not_and_all_are_told_and_given_once(client, settings, tmp_path):
    settings.SECOND_FACTOR_REQUIRED = False
    settings.EVENT_STORE = tmp_path / "events"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="小家电", title="电热水壶")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], HOUSE)
    agent, manager, shop = (
        account("ada", Role.COMPLAINT_AGENT),
        account("may", Role.MANAGER),
        account("bao", Role.MERCHANT, "M1"),
    )
    sales()
    with at():
        for n in range(30):
            client.defaults["REMOTE_ADDR"] = f"10.0.0.{n}"
            complain(client, n)
    assert Complaint.objects.count() == 30
    for row in Complaint.objects.filter(state="awaiting_merchant"):
        merchant.answer("contest", row.pk, SHOP, words="产品没有问题", now=START + timedelta(hours=1))
    placing._shelf.clear()  # another test of this process had a market of its own
    placing.run(START + timedelta(hours=2))
    assert (incident().size, incident().state) == (30, "open")
    with at(hours=3):
        client.force_login(shop)
        assert client.get(f"/console/incidents/{incident().pk}/").status_code in (302, 403, 404)
        before = incident().head
        client.post(f"/console/incidents/{incident().pk}/step/plan", {"outcome": "dismiss", "words_zh": "x"})
        assert (incident().head, JointDecision.objects.count()) == (before, 0)
        client.force_login(agent)
        page = f"/console/cases/{incident().case_id}/"
        shown = client.get(page).content.decode()
        assert ("受影响但未投诉" in shown, "70" in shown, "不加热了" in shown) == (True, True, True)
        too_early = client.post(page + "decide", {"seen": seen_of(client, page), "outcome": "approve", "reason": "x"})
        assert (too_early.status_code, incident().state) == (422, "open")
        here = f"/console/incidents/{incident().pk}/step/"
        client.post(
            here + "plan",
            {
                "outcome": "uphold",
                "remedy": "share",
                "figure": "40",
                "words_zh": "批次复检不合格。",
                "words_en": "Tested again.",
                "orders": "1",
            },
        )
        expected = sum((price(n) * 40 / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP") for n in range(100))
        assert JointDecision.objects.get().total == expected == Decimal("5999.80")
        client.post(page + "decide", {"seen": seen_of(client, page), "outcome": "approve", "reason": "复检报告一致"})
        assert incident().state == "open"  # two persons
    with at(hours=4):
        client.force_login(manager)
        client.post(page + "confirm", {"seen": seen_of(client, page)})
        assert incident().state == "applying"
    assert joint.carry_on(START + timedelta(hours=5)) == 100
    assert joint.carry_on(START + timedelta(hours=6)) == 0
    placing.run(START + timedelta(hours=7))
    rows = {r.order_id: r for r in Complaint.objects.all()}
    assert len(rows) == Complaint.objects.count() == 100
    for n in range(100):
        row = rows[f"O{n}"]
        due = (price(n) * 40 / 100).quantize(Decimal("0.01"), "ROUND_HALF_UP")
        assert (row.state, row.amount, row.channel == TAKEN_UP) == ("fulfilling", due, n >= 30)
        last = row.log.exclude(words="").order_by("-n").first()
        assert f"退款 {due} 元" in last.words
        assert log.faults(row) == []
    assert (incident().size, incident().state, incidents.faults(incident())) == (100, "decided", [])
    assert Share.objects.filter(applied_at=None).count() == 0
    told = [
        f.payload["complaint_id"] for f in FactRow.objects.filter(name="ComplaintMoved", payload__state="fulfilling")
    ]
    assert sorted(told) == sorted(r.pk for r in rows.values())
    assert FactRow.objects.filter(name="ComplaintOpened").count() == 30
    ledger = str(list(FactRow.objects.values_list("payload", flat=True)))
    assert ("buyer-77" in ledger, "不加热" in ledger) == (False, False)
    with at(
        hours=8
    ):  # a buyer who never complained: receipt and code open his page, in his language, and he may say no
        client.logout()
        silent = rows["O77"]
        client.post(f"/complaint/{silent.receipt}", {"key": keys.key_of(silent.pk)})
        told_him = client.get(f"/complaint/{silent.receipt}").content.decode()
        assert ("您没有投诉" in told_him, "71.11" in told_him, rows["O5"].receipt in told_him) == (True, True, False)
        english = client.get(f"/complaint/{silent.receipt}?lang=en").content.decode()
        assert "You did not complain. The platform found that your order is affected" in english
        assert (
            client.get(f"/complaint/{rows['O78'].receipt}").content.decode().count("71.11") == 0
        )  # nobody else's page
        client.post(f"/complaint/{silent.receipt}", {"do": "waive", "words": "不需要"})
        assert (Complaint.objects.get(pk=silent.pk).state, Complaint.objects.get(pk=silent.pk).amount) == (
            "closed",
            Decimal("0.00"),
        )
        client.cookies.clear()  # another browser, which has chosen no language
        ours = rows["O5"]
        client.post(f"/complaint/{ours.receipt}", {"key": keys.key_of(ours.pk)})
        with_others = client.get(f"/complaint/{ours.receipt}").content.decode()
        assert ("与其他消费者的投诉一并处理" in with_others, "作出裁定" in with_others) == (True, True)
    with at(hours=9):
        client.force_login(manager)
        undo = client.post(page + "undo", {"reason": "想撤回"})
        assert (undo.status_code, incident().state) == (422, "decided")
