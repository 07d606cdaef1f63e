"""The assistant over the interface: whose conversation it is, what proves what, one message once, and a person at once."""

from __future__ import annotations

import pytest

from pinzhi.casework.models import Case
from pinzhi.doors.api.interface import description
from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.life.complaints import keys
from pinzhi.life.complaints.models import Complaint, Conversation, Offence
from pinzhi.life.complaints.telling import story
from pinzhi.life.complaints.tests.buyers import market, opened

pytestmark = pytest.mark.django_db
BOTH = ("complaints:read", "complaints:write")


@pytest.fixture(autouse=True)
def shops():
    market()


@pytest.fixture
def house():
    return token(*BOTH)


def ask(call, secret, message, **more):  # noqa: F811
    return call("post", "/assistant", secret, {"message": message, **more})


def test_an_answer_has_its_sources_and_the_conversation_goes_on(call, house):  # noqa: F811
    first = ask(call, house, "买到假货怎么赔？", turn=1).json()
    assert (first["turn"], first["fresh"], first["found"], first["handover"]) == (1, True, True, None)
    assert (first["citations"][0]["article"], first["citations"][0]["verified"]) == ("55", True)
    assert [a["verb"] for a in first["actions"]] == ["open_complaint"]
    again = ask(call, house, "买到假货怎么赔？", turn=1, session=first["session"]).json()
    assert (again["fresh"], again["answer"], len(Conversation.objects.get().turns)) == (False, first["answer"], 1)
    no = ask(call, house, "别的", turn=1, session=first["session"])
    assert (no.status_code, no.json()["code"], no["Content-Type"]) == (409, "turn_taken", "application/problem+json")


def test_a_reference_is_one_conversation_of_one_organisation(call, house):  # noqa: F811
    one = ask(call, house, "怎么开发票", reference="A1", turn=1).json()
    two = ask(call, house, "怎么开发票", reference="A1", turn=1).json()
    other = ask(call, token(*BOTH), "怎么开发票", reference="A1", turn=1).json()
    assert (one["session"] == two["session"], two["fresh"], other["session"] == one["session"]) == (True, False, False)


def test_a_person_takes_over_with_order_and_words_and_once(call, house):  # noqa: F811
    secret = keys.order_token({"order_id": "A88120045", "buyer_id": "b1", "goods": "电热水壶", "price": "128.00"})
    first = ask(call, house, "水壶漏水", order_token=secret, turn=1).json()
    for _ in range(2):
        told = ask(call, house, "转人工", session=first["session"], turn=2, contact={"phone": "13800000000"}).json()
    row = Complaint.objects.get()
    hand = told["handover"]
    assert (hand["reasons"], hand["receipt"], hand["state"], hand["severity"]) == (
        ["wish"],
        row.receipt,
        "with_house",
        row.level,
    )
    assert keys.opens(row.pk, hand["key"])
    assert (row.order_id, row.vouched, row.channel, row.contact) == ("A88120045", True, "api", {"phone": "13800000000"})
    assert "水壶漏水" in story(row, house=True)[-1].words


def test_a_contact_that_is_empty_or_belongs_to_a_report_refuses_nothing_that_is_done(call, house):  # noqa: F811
    told = ask(call, house, "转人工", contact={"phone": " "})
    assert (told.status_code, told.json()["handover"]["contact_missing"]) == (200, True)
    first = ask(call, house, "提交举报", turn=1).json()
    told = ask(call, house, "确认", session=first["session"], turn=2, contact={"phone": "13800000000"})
    assert (told.status_code, told.json()["handover"]["receipt"]) == (200, Offence.objects.get().receipt)


def test_danger_brings_advice(call, house):  # noqa: F811
    hand = ask(call, house, "充电宝突然爆炸起火，手烧伤了").json()["handover"]
    assert (hand["severity"], "先就医" in hand["advice"]["zh"], hand["contact_missing"]) == (1, True, True)
    assert Case.objects.get().desk == "complaints_safety"


def test_what_proves_nothing_shows_nothing(call, house):  # noqa: F811
    row = opened()
    text = f"投诉编号 {row.receipt} 到哪一步了"
    assert "没有查到属于您的这条记录" in ask(call, house, text).json()["answer"]
    no = ask(call, house, text, receipt=row.receipt, key="AAAAAAAAAAAA")
    assert (no.status_code, no.json()["code"]) == (404, "receipt_unknown")
    assert "待商家答复" in ask(call, house, text, receipt=row.receipt, key=keys.key_of(row.pk)).json()["answer"]
    bad = ask(call, house, "查订单", order_token="x.y.z")
    assert (bad.status_code, bad.json()["code"]) == (409, "order_token_wrong")


def test_a_merchant_asks_for_itself_only(call, house):  # noqa: F811
    row = opened()
    mine, other = token(*BOTH, merchant="M1"), token(*BOTH, merchant="M2")
    text = f"投诉编号 {row.receipt} 到哪一步了"
    assert "待商家答复" in ask(call, mine, text).json()["answer"]
    assert "没有查到" in ask(call, other, text).json()["answer"]
    no = ask(call, mine, text, receipt=row.receipt, key=keys.key_of(row.pk))
    assert (no.status_code, no.json()["code"]) == (403, "not_permitted")
    hand = ask(call, mine, "转人工").json()["handover"]
    assert (hand["case"], hand["receipt"]) == (str(Case.objects.get(desk="complaints_questions").pk), "")
    assert Complaint.objects.count() == 1


def test_another_organisations_conversation_is_not_there(call, house):  # noqa: F811
    session = ask(call, house, "我的秘密").json()["session"]
    for secret in (token(*BOTH), token(*BOTH, merchant="M1")):
        no = ask(call, secret, "转人工", session=session)
        assert (no.status_code, no.json()["code"]) == (404, "conversation_unknown")
    assert ask(call, house, "怎么开发票", session="g" * 24).status_code == 404
    assert (len(Conversation.objects.get().turns), Complaint.objects.count(), Case.objects.count()) == (1, 0, 0)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"message": ""}, 409, "message_empty"),
        ({"message": "坏" * 2001}, 409, "text_too_long"),
        ({"message": "x" * 1_000_000}, 422, "request_invalid"),
        ({"message": "x", "session": "../x"}, 422, "request_invalid"),
        ({"message": "x", "turn": 0}, 422, "request_invalid"),
        ({"message": "x", "turn": 7}, 409, "turn_ahead"),
        ({"message": "x", "colour": "red"}, 422, "request_invalid"),
        ({}, 422, "request_invalid"),
    ],
)
def test_what_is_wrong_is_said_by_code_and_nothing_is_kept(call, house, body, status, code):  # noqa: F811
    answer = call("post", "/assistant", house, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert not any(c.turns for c in Conversation.objects.all())


def test_scopes_hold_and_the_operation_is_described(call):  # noqa: F811
    assert ask(call, token("complaints:read"), "转人工").status_code == 403
    operation = description()["paths"]["/api/v1/assistant"]["post"]
    assert operation["security"] == [{"BearerToken": ["complaints:write"]}]
    assert Complaint.objects.count() == 0
