"""The assistant at the merchant's door: what is his own, a person on wish, and the answer that comes back."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import translation

from pinzhi.casework import actions as casework
from pinzhi.casework.models import Case
from pinzhi.doors.merchant.assistant import QUICK
from pinzhi.doors.merchant.tests.test_complaints import text, user
from pinzhi.kernel import clock
from pinzhi.life.complaints.assistant_tables import assistant
from pinzhi.life.complaints.models import Complaint, Conversation
from pinzhi.life.complaints.rules.assistant.conversation import Message, Session
from pinzhi.life.complaints.rules.assistant.tools import NoTools
from pinzhi.life.complaints.tests.buyers import market, opened, person
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop(client):
    market()
    client.force_login(user("bao", "M1"))
    return client


def asked(client, words, number=1, **more):
    answer = client.post("/merchant/ask", {"text": words, "number": str(number), **more})
    assert answer.status_code == 302, text(answer)
    return text(client.get("/merchant/ask"))


def test_a_duty_is_answered_with_its_source_and_a_complaint_by_its_button(shop):
    row = opened()
    page = text(shop.get("/merchant/ask"))
    button = re.search(rf'value="([^"]+)">{row.receipt}</button>', page)[1]
    shown = text(shop.post("/merchant/ask", {"say": button, "number": "1"}, follow=True))
    assert f"投诉 {row.receipt}：待商家答复，下一步由商家在 2026-11-24 10:00 前完成。" in shown
    assert "第二十五条" in asked(shop, "退货运费谁出？", 2)


def test_another_merchants_complaint_is_not_there(shop):
    row = opened(listing_id="L2", batch_id="", order_id="O2")
    assert row.merchant_id == "M2"
    shown = asked(shop, f"投诉编号 {row.receipt} 到哪一步了")
    assert "没有查到" in shown
    assert "待商家答复" not in shown


def test_a_wish_opens_a_case_once_and_the_answer_comes_back_whoever_logs_in_again(shop):
    asked(shop, "我们的食品标签要改吗")
    for _ in range(2):
        shop.post("/merchant/ask", {"do": "person", "number": "2"})
    case = Case.objects.get()
    assert (case.desk, Complaint.objects.count(), len(Conversation.objects.get().turns)) == (
        "complaints_questions",
        0,
        2,
    )
    assert "平台专员将在这里答复您" in text(shop.get("/merchant/ask"))
    agent = person("mei", Role.COMPLAINT_AGENT)
    casework.decide(
        case.pk,
        "answered",
        agent,
        seen=case.seen,
        reason="按食品标签标准修改。",
        now=clock.now() + timedelta(minutes=1),
    )
    assert "按食品标签标准修改。" in text(shop.get("/merchant/ask"))
    shop.post("/merchant/ask", {"do": "new"})
    shown = text(shop.get("/merchant/ask"))
    assert "您此前转人工的咨询" in shown
    assert "按食品标签标准修改。" in shown


def test_another_merchant_or_account_sees_nothing_of_it(shop):
    asked(shop, "我的秘密")
    for name, merchant in (("wang", "M2"), ("li", "M1")):
        other = Client()
        other.force_login(user(name, merchant))
        session = other.session
        session["ask"] = shop.session["ask"]
        session.save()
        assert "我的秘密" not in text(other.get("/merchant/ask"))
        other.post("/merchant/ask", {"text": "怎么开发票", "number": "1"})
    assert Conversation.objects.count() == 3
    assert sorted(len(c.turns) for c in Conversation.objects.all()) == [1, 1, 1]


@pytest.mark.parametrize("words", ["", "x" * 1_000_000, "坏" * 2001])
def test_what_cannot_be_read_is_refused_and_nothing_is_kept(shop, words):
    answer = shop.post("/merchant/ask", {"text": words, "number": "1"})
    assert (answer.status_code, Conversation.objects.count(), Case.objects.count()) == (422, 0, 0)


def test_the_door_is_for_merchants(client):
    assert client.get("/merchant/ask").status_code == 302
    client.force_login(user("eve", ""))
    assert client.get("/merchant/ask").status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_quick_question_is_answered_with_a_quotation_or_a_look_up(language):
    with translation.override(language):
        asked_first = [str(sends) for _name, sends in QUICK]
    for words in asked_first:
        reply = assistant().reply(Session(), Message(words, clock.now()), NoTools())
        assert (reply.citations and reply.citations[0].quotation) or reply.intent == "recall_check", words
        assert reply.handover is None
