"""A complaint by telephone, and replies of merchants that the house takes down."""

from __future__ import annotations

import re

import pytest

from pinzhi.life.complaints import keys, public_reply
from pinzhi.life.complaints.models import Complaint, Offence, PublicReply
from pinzhi.life.complaints.tests.buyers import NOW, SHOP, market
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db
NEW = "/console/complaints/new/"


@pytest.fixture(autouse=True)
def shops():
    market()


@pytest.fixture
def agent(client):
    client.force_login(user("ada", Role.COMPLAINT_AGENT))
    return client


def user(name, role):
    account = Account.objects.create(username=name, display_name=name.title())
    Grant.objects.create(account=account, role=role, given_at=NOW)
    return account


def call(agent, **more):
    reference = re.search(r'name="reference" value="([0-9a-f]{32})"', agent.get(NEW).content.decode())[1]
    fields = {"reference": reference, "words": "壶底渗水", "order_id": "O9", "listing_id": "L1", "price": "128.00"}
    return agent.post(NEW, fields | {"received_on": "2026-11-20", "name": "王女士", "phone": "13800138000"} | more)


def test_receipt_and_access_code_are_read_out_and_open_the_public_page(agent, client):
    answer = call(agent)
    page, row = answer.content.decode(), Complaint.objects.get()
    assert (answer.status_code, row.channel, row.merchant_id, row.vouched) == (201, "phone", "M1", False)
    assert row.contact == {"name": "王女士", "phone": "13800138000"}
    assert row.receipt in page
    assert keys.key_of(row.pk) in page
    followed = client.post("/complaint", {"receipt": row.receipt, "key": keys.key_of(row.pk)}, follow=True)
    assert "壶底渗水" in followed.content.decode()


def test_the_form_sent_twice_is_one_complaint(agent):
    first = call(agent, reference="f" * 32)
    again = call(agent, reference="f" * 32)
    assert (first.status_code, again.status_code, Complaint.objects.count()) == (201, 201, 1)
    assert Complaint.objects.get().receipt in again.content.decode()
    other = call(agent, reference="f" * 32, words="别的事情")
    assert (other.status_code, "登记另一件" in other.content.decode(), Complaint.objects.count()) == (422, True, 1)


def test_danger_gives_the_advice_first_and_goes_to_the_desk_of_hazards(agent):
    page = call(agent, words="插上电冒烟，手被烫出水泡，去了急诊").content.decode()
    row = Complaint.objects.get()
    assert (row.level, row.case_id != "", 'role="alert"' in page, "停止使用" in page) == (1, True, True, True)


def test_what_is_wrong_is_said_and_what_was_typed_stays(agent):
    answer = call(agent, price="很多", received_on="2999-01-01", words="", kind="")
    page = answer.content.decode()
    assert (answer.status_code, Complaint.objects.count()) == (422, 0)
    for said in ("没有填写内容", "该日期尚未到来", 'value="O9"', 'value="王女士"'):
        assert said in page, said


def test_an_offence_is_taken_apart_from_any_claim(agent):
    page = call(agent, offence="1", words="店铺在卖没有 3C 标志的插座").content.decode()
    assert (Complaint.objects.count(), Offence.objects.get().channel) == (0, "phone")
    assert Offence.objects.get().receipt in page


def test_who_may_not_open_one_finds_no_form(client):
    client.force_login(user("ana", Role.ANALYST))
    assert client.get(NEW).status_code == 404
    assert client.post(NEW, {"words": "x"}).status_code == 404
    assert Complaint.objects.count() == 0
    assert NEW not in client.get("/console/complaints/").content.decode()


def test_a_reply_is_taken_down_by_who_may_and_with_a_reason(client):
    row = public_reply.reply("都是同行恶意投诉", SHOP, now=NOW)
    client.force_login(user("ada", Role.COMPLAINT_AGENT))
    page, down = "/console/complaints/replies/", f"/console/complaints/replies/{row.pk}/down"
    shown = client.get(page).content.decode()
    assert ("都是同行恶意投诉" in shown, "一号店" in shown, down in shown) == (True, True, False)
    client.post(down, {"why": "不实"})
    assert PublicReply.objects.get().ended_at is None
    client.force_login(user("eve", Role.MANAGER))
    client.post(down, {"why": ""})
    assert PublicReply.objects.get().ended_at is None
    client.post(down, {"why": "没有依据地指责同行"})
    assert PublicReply.objects.get().why == "没有依据地指责同行"
    assert "都是同行恶意投诉" not in client.get(page).content.decode()


def test_a_number_that_no_reply_can_have_is_not_there(client):
    client.force_login(user("eve", Role.MANAGER))
    assert client.post(f"/console/complaints/replies/{'9' * 30}/down", {"why": "x"}).status_code == 404
    gone = client.post("/console/complaints/replies/999999999/down", {"why": "x"}, follow=True)
    assert (gone.status_code, "该回应已不再公开" in gone.content.decode()) == (200, True)
