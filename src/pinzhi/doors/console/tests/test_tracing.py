"""The tracing screens: rehearsal, recall, what each role may do."""

import pytest

from pinzhi.decisions.models import DecisionRow
from pinzhi.life.tracing import capture
from pinzhi.life.tracing.models import Recall
from pinzhi.life.tracing.tests.chains import GTIN, document, made, unit
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
