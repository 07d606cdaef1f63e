"""The books and the control over fast refunds in the console: to the cent, for whoever may see them, and a story through the real doors."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client

from pinzhi.kernel import clock
from pinzhi.life.complaints import allowing, keys, money, upkeep
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, FastDecision, Movement
from pinzhi.life.complaints.rules import fast_refund
from pinzhi.life.complaints.tests.buyers import SHOP, market, opened, refused
from pinzhi.life.complaints.tests.fast_claims import stop_batch
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def shops():
    market()


def user(name, role, organisation=None):
    account = Account.objects.create(username=name, display_name=name.title(), organisation=organisation)
    Grant.objects.create(account=account, role=role, given_at=clock.now())
    return account


def signed_in(account):
    client = Client()
    client.force_login(account)
    return client


def text(answer):
    return answer.content.decode()


def claim(n=1, **more):
    given = {
        "vouched": True,
        "wish": "refund",
        "price": Decimal("60.00"),
        "order_id": f"O{n}",
        "buyer_id": f"b{n}",
        "now": clock.now(),
    }
    return opened(**{**given, **more})


def test_the_books_balance_on_the_page_and_in_the_file():
    may = user("may", Role.MANAGER)
    by, page = may.actor(), signed_in(may)
    assert "尚无记账" in text(page.get("/console/complaints/books/"))
    money.fund_in("1000.10", "=BANK-1", by)
    money.deposit_in("M1", "20.00", "BANK-2", "类目保证金", by)
    shown = text(page.get("/console/complaints/books/"))
    assert "1020.10 + (-1020.10) = 0.00" in shown
    assert "平台基金" in shown
    lines = list(
        csv.reader(io.StringIO(b"".join(page.get("/console/complaints/books/entries.csv")).decode("utf-8-sig")))
    )
    assert [(r[3], r[4]) for r in lines[1:]] == [
        ("deposit:M1", "20.00"),
        ("paid:M1", "-20.00"),
        ("fund", "1000.10"),
        ("platform", "-1000.10"),
    ]
    assert lines[3][6] == "'=BANK-1"
    assert sum(Decimal(r[4]) for r in lines[1:]) == 0
    one = text(page.get("/console/complaints/books/entries?account=deposit:M1"))
    assert ("BANK-2" in one, "BANK-1" in one) == (True, False)


def test_who_may_not_move_money_sees_no_books():
    ada = signed_in(user("ada", Role.COMPLAINT_AGENT))
    for path in ("", "entries", "entries.csv"):
        assert ada.get(f"/console/complaints/books/{path}").status_code == 403
    assert ada.post("/console/complaints/books/collect", {"merchant_id": "M1"}).status_code == 403
    assert "/console/complaints/books/" not in text(ada.get("/console/complaints/"))
    shop = Organisation.objects.create(name="店", kind="merchant", merchant_id="M1")
    assert signed_in(user("bao", Role.MERCHANT, shop)).get("/console/complaints/books/").status_code == 404


def test_a_debt_is_taken_from_a_deposit_that_came_in_later_and_never_more_than_lies_there():
    may = user("may", Role.MANAGER)
    by, page = may.actor(), signed_in(may)
    money.fund_in("100.00", "BANK-1", by)
    allowing.allow("100.00", "500.00", SHOP)
    row = claim()
    late = clock.now() + timedelta(days=2)
    upkeep.tick(late)
    money.advance(row.pk, by, reference="PAY-1", now=late)
    assert "保证金无余额" in text(page.get("/console/complaints/books/"))
    refused("nothing_to_collect", money.collect, "M1", by)
    refused("merchant_unknown", money.collect, "M9", by)
    money.deposit_in("M1", "45.50", "BANK-2", "类目保证金", by)
    assert "从保证金抵扣 ¥45.50" in text(page.get("/console/complaints/books/"))
    page.post("/console/complaints/books/collect", {"merchant_id": "M1"})
    page.post("/console/complaints/books/collect", {"merchant_id": "M1"})  # sent twice
    assert {b.account: str(b.amount) for b in money.balances() if b.amount} == {
        "buyers": "60.00",
        "fund": "85.50",
        "paid:M1": "-60.00",
        "platform": "-100.00",
        "receivable:M1": "14.50",
    }
    assert (Movement.objects.filter(kind="collected").count(), money.faults()) == (1, [])
    assert row.receipt in text(page.get(f"/console/complaints/books/entries?receipt={row.receipt}"))


def decided(client, case_id, outcome, reason):
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', text(client.get(f"/console/cases/{case_id}/")))[1]
    return client.post(f"/console/cases/{case_id}/decide", {"seen": seen, "outcome": outcome, "reason": reason})


def test_from_consent_to_credit_through_the_doors(monkeypatch):
    """A merchant allows it, a buyer gets his money at once, the merchant pays and objects, a person upholds, the fund gives back; and the lot is drawn."""
    monkeypatch.setattr(fast_refund, "drawn", lambda *_: True)
    may = user("may", Role.MANAGER)
    house = Organisation.objects.create(name="一号店", kind="merchant", merchant_id="M1")
    shop, desk = signed_in(user("bao", Role.MERCHANT, house)), signed_in(may)
    money.fund_in("500.00", "BANK-1", may.actor())
    shop.post("/merchant/complaints/fast/allow", {"category": "", "most": "100", "most_a_day": "300", "do": "allow"})
    row = claim()
    buyer = Client()
    buyer.post(f"/complaint/{row.receipt}", {"key": keys.key_of(row.pk)})
    shown = text(buyer.get(f"/complaint/{row.receipt}"))
    assert "这是快速退款" in shown
    assert "金额不超过 100.00 元；由商家按其快速退款承诺支付" in shown
    shop.post(f"/merchant/complaints/{row.pk}/fulfil", {"which": "0", "proof": "支付流水 1"})
    assert (Complaint.objects.get().closed_as, Complaint.objects.get().paid) == ("fulfilled", Decimal("60.00"))
    shop.post(f"/merchant/complaints/{row.pk}/object", {"words": "照片不是我们的商品"})
    made = FastDecision.objects.get()
    page = text(desk.get(f"/console/cases/{made.objection_case}/"))
    assert "照片不是我们的商品" in page
    assert "商家的异议是否成立" in page
    ada = signed_in(user("ada", Role.COMPLAINT_AGENT))
    decided(ada, made.objection_case, "upheld", "不是本人权限")
    assert FastDecision.objects.get().objection == ""
    decided(desk, made.objection_case, "upheld", "照片为他店商品")
    assert {b.account: str(b.amount) for b in money.balances() if b.amount} == {
        "deposit:M1": "60.00",
        "fund": "440.00",
        "platform": "-500.00",
    }
    own = text(shop.get(f"/merchant/complaints/{row.pk}/fast"))
    for words in ("异议成立", "¥60.00", "照片为他店商品"):
        assert words in own
    looked = text(desk.get(f"/console/cases/{made.check_case}/"))
    assert "随机抽取" in looked
    assert "需进一步核实" not in looked
    decided(desk, made.check_case, "not_real", "照片为他店商品")
    assert FastDecision.objects.get().found == "not_real"
    after = text(buyer.get(f"/complaint/{row.receipt}"))
    assert "异议" not in after  # the buyer keeps his money and is told of no quarrel


def test_who_looks_again_reads_nothing_of_a_suspicion(monkeypatch):
    monkeypatch.setattr(fast_refund, "drawn", lambda *_: True)
    stop_batch()
    allowing.allow("100.00", "500.00", SHOP)
    made = FastDecision.objects.get(complaint=claim(quantity=11))
    assert (made.rule, made.signals) == ("proven", ["beyond_household"])
    assert any(r["zh"] == "需进一步核实" for r in made.rules)
    answer = signed_in(user("may", Role.MANAGER)).get(f"/console/cases/{made.check_case}/")
    assert answer.status_code == 200, (answer.status_code, answer.headers, made.check_case)
    looked = text(answer)
    assert ("该批次已停售或召回" in looked, "需进一步核实" in looked) == (True, False)


def test_the_report_says_on_or_off_with_the_figures():
    may = user("may", Role.MANAGER)
    page = signed_in(may)
    assert "快速退款正常运行" in text(page.get("/console/complaints/fast/"))
    allowing.allow("100.00", "900.00", SHOP)
    for row in [claim(n) for n in range(3)]:
        made = FastDecision.objects.get(complaint=row)
        made.drawn, made.checked_at, made.found = True, clock.now(), "not_real"
        made.save()
    claim(9, wish="exchange")
    shown = text(page.get("/console/complaints/fast/"))
    assert "快速退款已自动停用" in shown
    assert "复核 3 件，误付 3 件，90% 区间下限 52.6% &gt; 2.0%" in shown
    assert "52.6%–100.0%" in shown
    assert '75.0% <small class="text-secondary nowrap">35.6%–94.2%' in shown  # 3 of 4 paid at once
    assert policy_in_force().fast.leak_per_mille == 20
    assert "因此从不触发" in shown  # the rule that nothing is known for
    assert "网页" in shown
