"""Complaints at the merchant's door: own ones only, one form to answer, what was typed stays, what is owed is given with proof."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pinzhi.life.complaints import consumer, log
from pinzhi.life.complaints.models import Complaint, PublicReply
from pinzhi.life.complaints.tests.buyers import NOW, market, opened
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client):
    market()
    client.force_login(user("bao", "M1"))
    return client


def user(name, merchant):
    house = Organisation.objects.create(name=f"{merchant} 店", kind="merchant", merchant_id=merchant)
    account = Account.objects.create(username=name, display_name=name.title(), organisation=house)
    Grant.objects.create(account=account, role=Role.MERCHANT, given_at=NOW)
    return account


def text(answer):
    return answer.content.decode()


def test_an_offer_with_two_parts_reaches_the_buyer_and_is_given_with_proof(shop):
    row = opened()
    page = f"/merchant/complaints/{row.pk}/"
    assert "用了两天就不加热了" in text(shop.get(page))
    fields = {
        "do": "offer",
        "words": "给您退",
        "kind": ["return_refund", "freight"],
        "amount": ["128.00", "12"],
        "what": ["", "退货运费"],
    }
    assert shop.post(page + "answer", fields).status_code == 302
    offer = log.of(Complaint.objects.get()).offer
    assert [(r.kind, r.amount, r.words) for r in offer.remedies] == [
        ("return_refund", Decimal("128.00"), ""),
        ("freight", Decimal("12.00"), "退货运费"),
    ]
    consumer.do("accept", row.pk, offer=offer.n)
    assert "应向消费者履行" in text(shop.get(page))
    assert shop.post(page + "fulfil", {"which": "0", "proof": ""}).status_code == 422
    shop.post(page + "fulfil", {"which": "0", "proof": "流水 1"})
    shop.post(page + "fulfil", {"which": "1", "proof": "流水 2"})
    assert (Complaint.objects.get().state, Complaint.objects.get().paid) == ("closed", Decimal("140.00"))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"do": "offer", "kind": [""], "amount": [""], "what": [""]}, "请写明给消费者什么"),
        ({"do": "offer", "kind": ["refund"], "amount": ["x"], "what": [""]}, "如 128.50"),
        ({"do": "contest", "words": " "}, "看得懂的说明"),
        ({"do": "adjudicate", "words": "x"}, ""),
    ],
)
def test_a_refused_answer_says_why_and_keeps_what_was_typed(shop, fields, said):
    row = opened()
    answer = shop.post(f"/merchant/complaints/{row.pk}/answer", {"words": "我们的说明", **fields})
    assert (answer.status_code, said in text(answer)) == (422, True)
    assert Complaint.objects.get().steps == 1
    if fields["do"] == "offer":
        assert "我们的说明" in text(answer)


def test_another_merchants_complaint_is_not_there(shop, client):
    row = opened()
    client.force_login(user("eve", "M2"))
    for answer in (
        client.get(f"/merchant/complaints/{row.pk}/"),
        client.post(f"/merchant/complaints/{row.pk}/answer", {"do": "say", "words": "x"}),
        client.post(f"/merchant/complaints/{row.pk}/fulfil", {"which": "0", "proof": "x"}),
        client.get(f"/merchant/complaints/{row.pk}/files/{'0' * 64}"),
    ):
        assert answer.status_code == 404
    assert row.receipt not in text(client.get("/merchant/complaints/?which=open"))


def test_the_list_puts_first_what_runs_out_first_and_says_what_an_empty_one_would_hold(shop):
    assert "24 小时内答复" in text(shop.get("/merchant/complaints/"))
    opened()
    assert text(shop.get("/merchant/complaints/")).count("/merchant/complaints/") >= 2
    assert shop.get("/merchant/complaints/?which=nothing").status_code == 200


def test_a_public_reply_is_said_replaced_taken_back_and_refused_with_what_was_typed(shop):
    page = "/merchant/complaints/public/"
    assert "未达到公示下限" in text(shop.get(page))
    shop.post(page + "say", {"words": "已换供应商"})
    shop.post(page + "say", {"words": "已换供应商，旧批次免费更换"})
    shown = text(shop.get(page))
    assert "已换供应商，旧批次免费更换" in shown
    assert shown.count("已换供应商") == 1
    wrong = shop.post(page + "say", {"words": "打 13800138000 找我"})
    assert (wrong.status_code, "请勿填写电话" in text(wrong), "打 13800138000 找我" in text(wrong)) == (422, True, True)
    assert shop.post(page + "say", {"words": "x", "listing": "L2"}).status_code == 422
    row = PublicReply.objects.get(ended_at=None)
    shop.force_login(user("other", "M2"))
    assert shop.post(page + "say", {"take_back": str(row.pk)}).status_code == 422
    assert PublicReply.objects.get(ended_at=None) == row
    shop.force_login(Account.objects.get(username="bao"))
    assert shop.post(page + "say", {"take_back": str(row.pk)}).status_code == 302
    assert not PublicReply.objects.filter(ended_at=None).exists()
