"""An inspection on site through the real doors: asked for from a case, a day confirmed by the merchant, written down on a phone, and the case decided on it."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from pinzhi.casework import queries
from pinzhi.casework.models import Case, Inspection
from pinzhi.catalogue.models import Merchant
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.life.admission import actions as admission
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.tests.goods import DOUBTFUL, HOUSE, goods
from pinzhi.people.models import Account, Grant, Organisation

pytestmark = pytest.mark.django_db
START = datetime(2026, 11, 24, 10, 0, tzinfo=clock.SHANGHAI)  # a Tuesday


@pytest.fixture
def time(monkeypatch, settings):
    """The clock of the house; the test sets it."""
    settings.SECOND_FACTOR_REQUIRED = False
    hand = {"now": START}
    monkeypatch.setattr(clock, "now", lambda: hand["now"])
    return hand


def enter(name, role, merchant=""):
    organisation = Organisation.objects.create(name=name, kind="merchant", merchant_id=merchant) if merchant else None
    account = Account.objects.create(username=name, display_name=name.title(), organisation=organisation)
    Grant.objects.create(account=account, role=role, given_at=START)
    client = Client()
    client.force_login(account)
    client.cookies["django_language"] = "zh-hans"
    client.account = account
    return client


def page(client, address, status=200):
    answer = client.get(address)
    assert answer.status_code == status, answer.content.decode()[:1500]
    return answer.content.decode()


def test_from_a_doubt_to_what_was_seen(time):
    mei, tao, shop, rival = (
        enter("mei", "reviewer"),
        enter("tao", "reviewer"),
        enter("shop", "merchant", "M1"),
        enter("rival", "merchant", "M2"),
    )
    row = admission.submit(goods(DOUBTFUL), HOUSE, now=START).row
    case = reverse("console:case", args=[row.case_id])
    assert "申请现场核查" in page(mei, case)
    ask = reverse("console:inspection-new", args=[row.case_id])
    form = page(mei, ask)
    assert "2026-11-26" in form
    assert "2026-11-25" not in form
    assert ">Tao<" in form
    assert ">Mei<" not in form
    typed = {
        "reason": "“首选”无依据，怀疑仓库无货",
        "place_kind": "warehouse",
        "place": "长江路 12 号 3 号库",
        "days": ["2026-11-26", "2026-11-27"],
        "inspector": tao.account.pk,
    }
    refused = mei.post(ask, typed | {"days": ["2026-11-28"]})
    assert refused.status_code == 422
    assert "不是工作日" in refused.content.decode()
    assert "长江路 12 号" in refused.content.decode()
    assert not Inspection.objects.exists()
    answer = mei.post(ask, typed)
    assert answer.status_code == 302
    made = Inspection.objects.get()
    one = reverse("console:inspection", args=[made.pk])
    assert answer.url == one

    # The sheet says what the goods are held against: their page, and the merchant's registered name.
    Merchant.objects.create(id="M1", name="浙江云杉服饰有限公司", first_seen=START, valid_from=START)
    sheet = page(tao, one)
    assert "浙江云杉服饰有限公司" in sheet
    assert f'<dd lang="zh-Hans">{DOUBTFUL}</dd>' in sheet
    assert '<dt lang="zh-Hans">材质</dt><dd lang="zh-Hans">棉100%</dd>' in sheet
    assert "2026-11-26 周四" in sheet
    assert "约定日期已过" not in sheet

    # The case waits: out of the queue, without a clock, and nobody decides it.
    assert "待现场核查" in page(mei, case)
    assert f"c-{row.case_id}" not in page(mei, reverse("console:admission"))
    no = mei.post(
        reverse("console:step", args=[row.case_id, "decide"]), {"outcome": "admit", "seen": Case.objects.get().seen}
    )
    assert no.status_code == 422
    assert "现场核查正在进行" in no.content.decode()
    assert Submission.objects.get().state == "pending"

    # The merchant sees the days and what will be looked at, not why; another merchant sees nothing.
    theirs = reverse("merchant:inspection", args=[made.pk])
    told = page(shop, theirs)
    assert "长江路 12 号 3 号库" in told
    assert "进货或生产记录" in told
    assert "怀疑" not in told
    page(rival, theirs, 404)
    assert "长江路" not in page(rival, reverse("merchant:inspections"))
    reply = reverse("merchant:inspection-answer", args=[made.pk])
    assert rival.post(reply, {"day": "2026-11-26"}).status_code == 404
    assert shop.post(reply, {"day": "2026-11-30"}).status_code == 422
    assert shop.post(reply, {"do": "decline", "why": " "}).status_code == 422
    made.refresh_from_db()
    assert made.state == "proposed"
    assert shop.post(reply, {"do": "confirm", "day": "2026-11-26"}).status_code == 302
    assert shop.post(reply, {"do": "confirm", "day": "2026-11-27"}).status_code == 422
    made.refresh_from_db()
    assert (made.state, made.day) == ("appointed", date(2026, 11, 26))

    # On the day the inspector writes it down, in two goes; nobody else can. A day that went by is said in the list and on the sheet.
    assert "按此结果办结" not in page(tao, one)
    time["now"] = START + timedelta(days=3)
    assert page(tao, reverse("console:inspections")).count("约定日期已过") == page(tao, one).count("约定日期已过") == 1
    time["now"] = START + timedelta(days=2)
    assert "按此结果办结" in page(tao, one)
    assert "按此结果办结" not in page(mei, one)
    write = reverse("console:inspection-step", args=[made.pk, "record"])
    assert mei.post(write, {"a-licence": "yes", "do": "save"}).status_code == 422
    assert tao.post(write, {"a-licence": "yes", "r-licence": "原件", "do": "save"}).status_code == 302
    no = tao.post(write, {"a-goods": "no", "finding": "库内无该商品", "do": "close", "result": "not_conform"})
    assert no.status_code == 422
    assert "有项目尚未作答" in no.content.decode()
    assert "库内无该商品" in no.content.decode()
    answers = {f"a-{p['id']}": "yes" for p in made.points} | {"a-goods": "no"}
    assert tao.post(write, answers | {"finding": "库内无该商品", "do": "close", "result": "conform"}).status_code == 422
    assert not FactRow.objects.filter(name="InspectionClosed").exists()
    assert (
        tao.post(write, answers | {"finding": "库内无该商品", "do": "close", "result": "not_conform"}).status_code
        == 302
    )
    (fact,) = FactRow.objects.filter(name="InspectionClosed")
    assert (fact.subject_id, fact.payload["result"], fact.payload["failed"]) == ("M1", "not_conform", 1)
    assert "不符合" in page(shop, theirs)

    # The clock goes on where it stood, and the case is decided on what was seen.
    after = queries.case(row.case_id, mei.account.actor())
    assert after.due == START + timedelta(days=3)
    assert after.evidence["inspections"][0]["finding"] == "库内无该商品"
    assert "库内无该商品" in page(mei, case)
    done = mei.post(
        reverse("console:step", args=[row.case_id, "decide"]),
        {"outcome": "refuse", "reason": "现场无货", "seen": after.seen},
    )
    assert done.status_code == 302
    assert Submission.objects.get().state == "refused"


def test_a_merchant_who_declines_is_asked_again_or_it_is_closed_without_a_visit(time):
    mei, tao, shop = enter("mei", "reviewer"), enter("tao", "reviewer"), enter("shop", "merchant", "M1")
    row = admission.submit(goods(DOUBTFUL), HOUSE, now=START).row
    mei.post(
        reverse("console:inspection-new", args=[row.case_id]),
        {"reason": "x", "place_kind": "shop", "place": "一号路", "days": ["2026-11-27"], "inspector": tao.account.pk},
    )
    made = Inspection.objects.get()
    step = {v: reverse("console:inspection-step", args=[made.pk, v]) for v in ("propose", "give_up", "cancel")}
    assert mei.post(step["give_up"], {"reason": "未答复"}).status_code == 422
    assert (
        shop.post(reverse("merchant:inspection-answer", args=[made.pk]), {"do": "decline", "why": "盘点"}).status_code
        == 302
    )
    assert "盘点" in page(mei, reverse("console:inspection", args=[made.pk]))
    assert mei.post(step["propose"], {"days": ["2026-11-30"]}).status_code == 302
    assert shop.post(step["cancel"], {"reason": "x"}).status_code == 404
    time["now"] = START + timedelta(days=7)
    assert mei.post(step["give_up"], {"reason": "逾期未答复"}).status_code == 302
    made.refresh_from_db()
    assert (made.state, made.result) == ("closed", "not_done")
    assert queries.case(row.case_id, mei.account.actor()).paused_at is None
    assert "未能核查" in page(mei, reverse("console:inspections"))
