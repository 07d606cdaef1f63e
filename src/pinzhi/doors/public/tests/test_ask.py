"""The talk with the assistant as a browser without scripts meets it: answers with sources, the way to a person, and whose talk it is."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.utils import translation

from pinzhi.casework.models import Case
from pinzhi.doors.public.ask import QUICK
from pinzhi.kernel import clock
from pinzhi.life.complaints import keys
from pinzhi.life.complaints.assistant_tables import assistant
from pinzhi.life.complaints.models import Complaint, Conversation, Offence
from pinzhi.life.complaints.opening import report_offence
from pinzhi.life.complaints.rules.assistant.conversation import Message, Session
from pinzhi.life.complaints.rules.assistant.tools import NoTools
from pinzhi.life.complaints.telling import story
from pinzhi.life.complaints.tests.buyers import entry, market, opened

pytestmark = pytest.mark.django_db
UNIT = "https://id.gs1.org/01/06901234567892/21/ABC"


@pytest.fixture(autouse=True)
def shops():
    market()


@pytest.fixture
def buyer(client):
    client.get("/ask")
    return client


def text(answer):
    return answer.content.decode()


def asked(client, words, number=1, **more):
    answer = client.post("/ask", {"text": words, "number": str(number), **more})
    assert answer.status_code == 302, text(answer)
    assert answer["Location"] == "/ask#last"
    return text(client.get("/ask"))


def test_a_question_is_answered_with_its_sources_and_nothing_is_kept_before(client):
    page = client.get("/ask")
    cookie = page.cookies["ask"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], len(cookie.value)) == (True, "Lax", "/ask", 24)
    assert (Conversation.objects.count(), page["Cache-Control"]) == (0, "no-store")
    assert "script" not in text(page).partition("<body>")[2]
    shown = asked(client, "买到假货怎么赔？")
    assert "《消费者权益保护法》第五十五条" in shown
    assert "原文已核对" in shown
    assert "转人工" in shown
    assert "买到假货怎么赔？" in text(client.get("/ask?lang=en"))


def test_a_question_that_may_mean_several_things_is_chosen_by_button(buyer):
    shown = asked(buyer, "能赔多少钱")
    choice = re.search(r'<button name="say" value="([^"]+)">\1</button>', shown)[1]
    shown = text(buyer.post("/ask", {"say": choice, "number": "2"}, follow=True))
    assert f"<p>{choice}</p>" in shown
    assert len(Conversation.objects.get().turns) == 2


def test_the_button_brings_a_person_at_once_with_receipt_and_code(buyer):
    asked(buyer, "水壶漏水，商家不理我")
    shown = text(buyer.post("/ask", {"do": "person", "number": "2", "text": "半句"}, follow=True))
    row = Complaint.objects.get()
    key = keys.key_of(row.pk)
    for part in (row.receipt, f"{key[:4]}-{key[4:8]}-{key[8:]}", "已转专员处理", "专员怎样联系您"):
        assert part in shown
    assert (row.state, Case.objects.get().desk) == ("with_house", "complaints")
    assert "水壶漏水，商家不理我" in story(row, house=True)[-1].words
    buyer.post("/ask", {"do": "person", "number": "2"})
    assert (Complaint.objects.count(), len(Conversation.objects.get().turns)) == (1, 2)
    shown = text(buyer.post("/ask", {"do": "reach", "phone": "13800000000", "order_id": "O9"}, follow=True))
    row.refresh_from_db()
    assert (row.contact, row.order_id, "专员怎样联系您" in shown) == ({"phone": "13800000000"}, "O9", False)


def test_the_first_message_may_be_the_wish_and_nothing_else_is_needed(buyer):
    buyer.post("/ask?lang=en", {"do": "person", "number": "1"})
    assert Complaint.objects.get().log.first().words == "I want to talk to a person"


def test_danger_is_answered_with_advice_and_the_time(buyer):
    shown = asked(buyer, "充电宝突然爆炸起火，手烧伤了")
    row = Complaint.objects.get()
    assert (row.level, "请先停止使用" in shown, "15 分钟" in shown, Case.objects.get().desk) == (
        1,
        True,
        True,
        "complaints_safety",
    )


def test_the_scanned_code_goes_along(buyer):
    page = text(buyer.get("/ask", {"unit": UNIT}))
    assert f'name="unit" value="{UNIT}"' in page
    asked(buyer, "这个追溯码是真的吗", unit=UNIT)
    assert "不是平台发放的" in Conversation.objects.get().turns[0]["answer"]["text"]
    buyer.post("/ask", {"do": "person", "number": "2"})
    row = Complaint.objects.get()
    assert (row.unit, row.channel, f"扫描的商品码：{UNIT}" in story(row, house=True)[-1].words) == (UNIT, "scan", True)


def test_an_order_needs_its_token(buyer):
    assert "没有查到属于您的这条记录" in asked(buyer, "订单号 A88120045 退款到账了吗")
    token = keys.order_token({"order_id": "A88120045", "goods": "电热水壶", "price": "128.00", "buyer_id": "b5"})
    assert "电热水壶" in text(buyer.get("/ask", {"order": token}))
    assert "实付 128.00 元" in asked(buyer, "退款到账了吗", 2, order=token)
    assert "订单链接不完整" in text(buyer.get("/ask", {"order": token[:-3]}))
    buyer.post("/ask", {"do": "person", "number": "3"})
    row = Complaint.objects.get()
    assert (row.order_id, row.vouched, row.buyer_id) == ("A88120045", True, "b5")


def test_a_complaint_needs_its_access_code(buyer):
    row = opened()
    wrong = buyer.post("/ask", {"do": "prove", "receipt": row.receipt, "key": "AAAA-AAAA-AAAA"})
    assert (wrong.status_code, "不符" in text(wrong), Conversation.objects.count()) == (422, True, 0)
    assert row.receipt in text(wrong)
    assert "没有查到属于您的这条记录" in asked(buyer, f"投诉编号 {row.receipt} 到哪一步了")
    shown = text(buyer.post("/ask", {"do": "prove", "receipt": row.receipt, "key": keys.key_of(row.pk)}, follow=True))
    assert f"投诉 {row.receipt}：待商家答复" in shown
    for _ in range(12):
        buyer.post("/ask", {"do": "prove", "receipt": row.receipt, "key": "AAAA-AAAA-AAAA"})
    no = buyer.post("/ask", {"do": "prove", "receipt": row.receipt, "key": keys.key_of(row.pk)})
    assert no.status_code == 429


def test_the_page_of_a_complaint_leads_here(buyer):
    row = opened()
    buyer.post("/complaint", {"receipt": row.receipt, "key": keys.key_of(row.pk)})
    note = re.search(r'name="about" value="([^"]+)"', text(buyer.get(f"/complaint/{row.receipt}")))[1]
    assert "待商家答复" in text(buyer.post("/ask", {"do": "about", "about": note}, follow=True))
    bad = Client().post("/ask", {"do": "about", "about": note[:-2]})
    assert (bad.status_code, "请重新打开该投诉" in text(bad)) == (422, True)


def test_a_report_of_an_offence_is_not_asked_about(buyer):
    report, key = report_offence(entry("没有厂名厂址", reference="r"))
    answer = buyer.post("/ask", {"do": "prove", "receipt": report.receipt, "key": key})
    assert (answer.status_code, Offence.objects.count(), Conversation.objects.count()) == (422, 1, 0)


@pytest.mark.parametrize("cookie", ["x" * 24, "../../../etc/passwd", "", "k" * 5000])
def test_a_guessed_talk_is_another_one(buyer, cookie):
    asked(buyer, "我的秘密是水壶")
    stranger = Client()
    stranger.cookies["ask"] = cookie
    answer = stranger.get("/ask")
    assert (answer.status_code, "我的秘密" in text(answer)) == (200, False)
    stranger.post("/ask", {"text": "怎么开发票", "number": "1"})
    assert len(Conversation.objects.order_by("begun").first().turns) == 1


def test_begin_anew_leaves_the_old_talk_behind(buyer):
    asked(buyer, "我的秘密是水壶")
    old = buyer.cookies["ask"].value
    shown = text(buyer.post("/ask", {"do": "new"}, follow=True))
    assert (buyer.cookies["ask"].value == old, "我的秘密" in shown) == (False, False)


def test_a_browser_that_keeps_no_cookie_sees_its_answer():
    answer = Client().post("/ask", {"text": "买到假货怎么赔？", "number": "1"})
    assert (answer.status_code, "第五十五条" in text(answer)) == (200, True)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"text": ""}, 422, "请写下您想问的问题"),
        ({"text": "x" * 1_000_000}, 422, "文字过长"),
        ({"text": "坏" * 2001}, 422, "文字过长"),
        ({"do": "reach", "phone": "1"}, 422, "本次对话已失效"),
        ({"do": "about", "about": ""}, 422, "请重新打开该投诉"),
        ({"do": "prove"}, 422, "不符"),
    ],
)
def test_what_is_refused_is_said_and_nothing_is_done(buyer, fields, status, said):
    answer = buyer.post("/ask", {"number": "1", **fields})
    assert (answer.status_code, said in text(answer)) == (status, True)
    assert (Conversation.objects.count(), Complaint.objects.count()) == (0, 0)
    assert len(answer.content) < 20_000


@pytest.mark.parametrize(
    "words", ["😀😀😀", "<script>alert(1)</script>", "{{ 7|add:7 }} %s {0}", "\u202e\ufffe\u0000退货"]
)
def test_strange_texts_are_answered_and_shown_as_they_are(buyer, words):
    shown = asked(buyer, words)
    assert "<script>alert" not in shown
    assert len(Conversation.objects.get().turns) == 1


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_quick_question_is_answered_with_a_quotation_or_a_look_up(language):
    with translation.override(language):
        asked_first = [str(sends) for _name, sends in QUICK]
    for words in asked_first:
        reply = assistant().reply(Session(), Message(words, clock.now()), NoTools())
        assert (reply.citations and reply.citations[0].quotation) or reply.intent == "recall_check", words
        assert reply.handover is None
