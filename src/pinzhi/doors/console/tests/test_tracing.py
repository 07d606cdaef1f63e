"""The tracing screens: rehearsal, recall, what each role may do."""

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.decisions.models import DecisionRow
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture
from pinzhi.life.tracing.models import Recall
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, NOW, at, document, made, seen, unit
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def story(settings):
    settings.SECOND_FACTOR_REQUIRED = False
    capture.capture(document(made(1, [unit("A1"), unit("A2")], "L7")), Actor.system("test"))


def login(client, role):
    account = Account.objects.create(username=role.value)
    Grant.objects.create(account=account, role=role, given_at="2026-11-01T00:00:00Z")
    client.force_login(account)
    return client


def test_a_drill_leads_to_its_page_and_stops_nothing(client):
    manager = login(client, Role.MANAGER)
    answer = manager.post("/console/tracing/recalls/new", {"batch": f"{GTIN}/L7", "do": "drill"})
    row = Recall.objects.get()
    assert answer["Location"] == f"/console/tracing/recalls/{row.pk}/"
    page = manager.get(answer["Location"]).content.decode()
    assert "召回演练" in page
    assert not DecisionRow.objects.exists()
    assert "下落不明" in manager.get("/console/tracing/").content.decode()


def test_a_recall_needs_its_reason_and_is_closed_by_hand(client):
    manager = login(client, Role.MANAGER)
    answer = manager.post("/console/tracing/recalls/new", {"batch": f"{GTIN}/L7", "do": "recall", "reason": " "})
    assert (answer.status_code, Recall.objects.count()) == (422, 0)
    assert "请用一句话写明" in answer.content.decode()
    manager.post("/console/tracing/recalls/new", {"batch": f"{GTIN}/L7", "do": "recall", "reason": "检出沙门氏菌"})
    row = Recall.objects.get()
    assert DecisionRow.objects.get().effect == "stop_sale"
    page = f"/console/tracing/recalls/{row.pk}/"
    assert "尚未定级" in manager.get(page).content.decode()
    graded = {"level": "food_1", "known_at": "2026-11-01 08:00", "plan": "停止食用，凭订单退款"}
    assert manager.post(f"{page}grade", {**graded, "known_at": "昨天"}).status_code == 422
    assert manager.post(f"{page}grade", graded)["Location"] == page
    said = manager.get(page).content.decode()
    assert all(
        word in said for word in ("食品一级召回", "逾期完成", "条文未核对", "停止食用，凭订单退款", "2026-11-02 08:00")
    )
    answer = manager.post(f"{page}close", {"words": " "})
    assert (answer.status_code, "请写明货物的处理结果" in answer.content.decode()) == (422, True)
    row.refresh_from_db()
    assert row.closed_at is None
    manager.post(f"{page}close", {"words": "全部销毁"})
    row.refresh_from_db()
    assert row.closed_at is not None
    assert "全部销毁" in manager.get(page).content.decode()


def test_a_reviewer_sees_and_opens_nothing(client):
    reviewer = login(client, Role.REVIEWER)
    page = reviewer.get("/console/tracing/").content.decode()
    assert 'name="batch"' not in page
    answer = reviewer.post("/console/tracing/recalls/new", {"batch": f"{GTIN}/L7", "do": "recall", "reason": "x"})
    assert (answer.status_code, Recall.objects.count()) == (422, 0)


def test_what_is_not_there(client):
    manager = login(client, Role.MANAGER)
    assert manager.get(f"/console/tracing/recalls/{'0' * 32}/").status_code == 404
    assert manager.post(f"/console/tracing/recalls/{'0' * 32}/close").status_code == 404
    answer = manager.post("/console/tracing/recalls/new", {"batch": "nix", "do": "drill"})
    assert (answer.status_code, "没有这个批次" in answer.content.decode()) == (422, True)


def journey(*values):
    reports = [{"type": "Temperature", "time": at(3 + n / 2), "value": v, "uom": "CEL"} for n, v in enumerate(values)]
    return seen(9, [unit("A")], "transporting", FACTORY, sensorElementList=[{"sensorReport": reports}])


def test_a_piece_shows_its_way_and_where_it_was_too_warm(client):
    house = Actor.system("test")
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], house)
    catalogue.register_entries(
        Kind.LISTING, [ListingEntry("L1", "M1", category="生鲜", title="鲜鸡蛋", gtin=GTIN)], house
    )
    catalogue.register_entries(Kind.BATCH, [BatchEntry("C7", "M1", listing_id="L1")], house)
    capture.capture(document(made(1, [unit("A")], "C7"), journey(4, 12, 14.5, 13, 6)), house, now=NOW)
    analyst = login(client, Role.ANALYST)
    for code in (unit("A"), "C7"):
        page = analyst.get("/console/tracing/piece", {"code": code}).content.decode()
        assert "运输温度自 2026-11-01 11:30 起高于 10 ℃，累计 1 小时 30 分钟，最高 14.5 ℃。" in page, code
        assert '<svg xmlns="http://www.w3.org/2000/svg"' in page
    assert "赋码生产" in analyst.get("/console/tracing/piece", {"code": unit("A")}).content.decode()
    assert "仅有单件的流转记录" in page
    empty = analyst.get("/console/tracing/piece")
    assert (empty.status_code, "冷链</h2>" in empty.content.decode()) == (200, False)
    unknown = analyst.get("/console/tracing/piece", {"code": "<script>"})
    assert (unknown.status_code, '<script>"' in unknown.content.decode()) == (422, False)
