"""The desk of complaints in the console: everything on one page, steps beside the decision, the list, and who may do what."""

from __future__ import annotations

import re

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.kernel import clock
from pinzhi.life.complaints import log, merchant
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.opening import report_offence
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, entry, market, opened
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db


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


def text(answer):
    return answer.content.decode()


def contested():
    row = opened()
    merchant.answer("contest", row.pk, SHOP, words="买家摔过")
    return Complaint.objects.get(pk=row.pk)


def test_one_page_shows_conversation_order_piece_law_clocks_and_remedy(agent):
    row = contested()
    page = agent.get(f"/console/complaints/{row.pk}/", follow=True)
    shown = text(page)
    assert page.redirect_chain == [(f"/console/cases/{row.case_id}/", 302)]
    for words in (
        "用了两天就不加热了",
        "买家摔过",
        "O1",
        "B1",
        "《消费者权益保护法》第二十四条",
        "¥128.00",
        "平台裁决",
        "拟定方案",
        "商品质量不符合要求",
    ):
        assert words in shown, words


def test_draft_then_decide_by_the_form_and_the_next_page_is_the_list(agent):
    row = contested()
    agent.post(
        f"/console/complaints/{row.pk}/step/draft",
        {"kind": ["return_refund", ""], "amount": ["128.00", ""], "what": ["", ""]},
    )
    shown = text(agent.get(f"/console/cases/{row.case_id}/"))
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown)[1]
    answer = agent.post(
        f"/console/cases/{row.case_id}/decide", {"seen": seen, "outcome": "propose", "reason": "依消法第二十四条"}
    )
    assert (answer.status_code, Complaint.objects.get().state) == (302, "proposed")
    assert log.of(Complaint.objects.get()).offer.remedies[0].kind == "return_refund"


def test_steps_are_refused_with_words_and_change_nothing(agent):
    row = contested()
    before = row.head
    agent.post(f"/console/complaints/{row.pk}/step/draft", {"kind": ["refund"], "amount": ["viel"], "what": [""]})
    agent.post(f"/console/complaints/{row.pk}/step/say", {"words": ""})
    agent.post(f"/console/complaints/{row.pk}/step/adjudicate", {"words": "x"})
    agent.post(f"/console/complaints/{row.pk}/step/accept", {"words": "x"})  # not on the phone
    assert Complaint.objects.get().head == before


def test_findings_are_established_and_the_severity_set_by_a_person(agent):
    row = contested()
    agent.post(
        f"/console/complaints/{row.pk}/step/assess",
        {"kinds": "Q2", "level": "2", "finding": ["quality_defect"], "stand": ["established"]},
    )
    now = log.of(Complaint.objects.get())
    assert (now.kinds, now.level, now.findings["quality_defect"]) == (("Q2",), 2, "established")


def test_the_buyer_on_the_phone(agent):
    row = opened()
    agent.post(f"/console/complaints/{row.pk}/step/withdraw", {"phone": "1", "words": "来电撤回"})
    assert (Complaint.objects.get().closed_as, Complaint.objects.get().log.last().actor) == (
        "withdrawn",
        "person:complaint_agent",
    )


def test_join_and_part(agent):
    one, two = opened(), opened(order_id="O2")
    assert "是否同一事项" in text(agent.get(f"/console/complaints/{two.pk}/"))
    agent.post(f"/console/complaints/{two.pk}/step/merge", {"into": one.pk})
    assert Complaint.objects.get(pk=two.pk).merged_into_id == one.pk
    agent.post(f"/console/complaints/{two.pk}/step/split")
    assert Complaint.objects.get(pk=two.pk).state == "with_house"


def test_the_list_filters_and_counts(agent):
    row = contested()
    opened(order_id="O7")
    assert row.receipt in text(agent.get(f"/console/complaints/?text={row.receipt.lower()}"))
    assert row.receipt not in text(agent.get("/console/complaints/?waits=merchant"))
    assert "没有投诉" in text(agent.get("/console/complaints/?kind=G1"))
    assert agent.get("/console/complaints/?page=99&waits=x&kind=%00").status_code == 200
    with_numbers = agent.get("/console/complaints/")
    assert text(with_numbers).count('href="/console/complaints/') >= 2


def test_an_offence_has_a_page_of_its_own(agent):
    row, _key = report_offence(entry("没有厂名厂址", kind="F2"))
    shown = text(agent.get(f"/console/cases/{row.case_id}/"))
    assert ("没有厂名厂址" in shown, "展示给举报人" in shown) == (True, True)


def test_who_may_only_look_sees_no_forms_and_steps_are_refused(client):
    row = opened()
    client.force_login(user("ana", Role.ANALYST))
    assert "拟定方案" not in text(client.get(f"/console/complaints/{row.pk}/"))
    client.post(f"/console/complaints/{row.pk}/step/say", {"words": "x"})
    assert (Complaint.objects.get().steps, Case.objects.count()) == (1, 0)


def test_unknown_ids_are_not_there(agent):
    assert agent.get(f"/console/complaints/{'0' * 32}/").status_code == 404
    assert agent.post(f"/console/complaints/{'0' * 32}/step/say", {"words": "x"}).status_code == 404
    assert agent.get(f"/console/complaints/{opened().pk}/files/{'0' * 64}").status_code == 404


def referred(row):
    """Handed to the authority as it is done: at the desk, by two persons."""
    case = cases.case(Complaint.objects.get(pk=row.pk).case_id, HOUSE)
    casework.decide(case.id, "refer", user("cai", Role.COMPLAINT_AGENT).actor(), seen=case.seen, reason="移送")
    casework.confirm(case.id, user("may", Role.MANAGER).actor(), seen=case.seen)


def test_what_the_authority_said_is_entered_on_the_page(agent):
    row = opened("用了两天就不加热了")
    here = f"/console/complaints/{row.pk}/"
    assert "监管部门怎么说" not in text(agent.get(here, follow=True))
    agent.post(f"{here}step/hand_over")
    referred(row)
    page = text(agent.get(here, follow=True))
    assert 'value="accepted"' in page
    assert 'value="ended"' not in page
    agent.post(f"{here}step/authority", {"said": "accepted", "authority": "海淀区市场监管局"})
    page = text(agent.get(here, follow=True))
    assert ("监管部门决定受理（海淀区市场监管局）" in page, 'value="ended"' in page, "行政调解期限" in page) == (
        True,
        True,
        True,
    )
    steps = Complaint.objects.get(pk=row.pk).steps
    assert agent.post(f"{here}step/authority", {"said": "told"}).status_code in (302, 422)
    assert Complaint.objects.get(pk=row.pk).steps == steps


def test_how_the_buyer_is_reached_is_seen_by_who_handles_it_alone(client):
    row = opened(contact={"name": "王女士", "phone": "13800000000"})
    client.force_login(user("ana", Role.ANALYST))
    assert "13800000000" not in text(client.get(f"/console/complaints/{row.pk}/"))
    client.force_login(user("ada", Role.COMPLAINT_AGENT))
    assert "13800000000" in text(client.get(f"/console/complaints/{row.pk}/"))


def test_whoever_takes_over_sees_the_whole_talk_with_the_assistant(agent):
    from pinzhi.life.complaints import conversing
    from pinzhi.life.complaints.assistant_tables import assistant
    from pinzhi.life.complaints.handing_over import Asker
    from pinzhi.life.complaints.rules.assistant.tools import NoTools

    def tell(key, words, asker):
        return conversing.say(key, words, asker, lambda _known: NoTools(), assistant())

    tell("b" * 24, "水壶漏水，花了128元", Asker())
    tell("b" * 24, "转人工", Asker())
    shown = text(agent.get(f"/console/cases/{Complaint.objects.get().case_id}/"))
    for part in (
        "与智能客服的对话",
        "转人工原因：客户要求人工",
        "已了解：金额 128.00",
        "用户：水壶漏水，花了128元",
        'class="inside"',
    ):
        assert part in shown, part
    merchants = Asker(channel="merchant", owner="account:9", merchant_id="M1", by=SHOP)
    said = tell("m" * 24, "标签要改吗？转人工", merchants)
    page = text(agent.get(f"/console/cases/{said.row.case_id}/"))
    assert "商家问了什么，如何答复？" in page
    assert "标签要改吗？转人工" in page
    said.row.delete()
    assert "该对话已清除。" in text(agent.get(f"/console/cases/{said.row.case_id}/"))


def test_a_dangerous_complaint_shows_where_the_batch_is_and_who_else_complained(agent):
    opened(order_id="O7", buyer_id="buyer-7", now=clock.now())
    row = opened("插上电冒烟，手被烫出水泡", kind="S1", now=clock.now())
    shown = text(agent.get(f"/console/complaints/{row.pk}/", follow=True))
    for words in (
        "本批次商品的去向",
        "没有任何流转记录",
        "30 天内本批次的其他投诉：",
        "3 级 1 件",
        "/console/tracing/?batch=B1#batch",
    ):
        assert words in shown, words
    harmless = contested()
    assert "本批次商品的去向" not in text(agent.get(f"/console/complaints/{harmless.pk}/", follow=True))
