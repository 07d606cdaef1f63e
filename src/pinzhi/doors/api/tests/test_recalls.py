"""Recalls over the interface: whom to tell, what was delivered, and no buyer for a merchant."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture, recall
from pinzhi.life.tracing.models import Notice
from pinzhi.life.tracing.tests.chains import GTIN, NOW, document, made, unit
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
MANAGER = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))


def event(number, kind, order, buyer, pieces):
    given = {
        "event_id": f"e{number}",
        "kind": kind,
        "at": datetime(2026, 11, 10 + number, tzinfo=UTC),
        "order_id": order,
        "buyer_id": buyer,
    }
    given |= {"listing_id": "L1", "merchant_id": "M1", "category": "食品", "batch_id": "L7", "quantity": pieces}
    return dict.fromkeys(EVENT_SCHEMA.names) | given


@pytest.fixture
def opened(tmp_path, settings):
    settings.EVENT_STORE = tmp_path / "events"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="食品")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("L7", "M1", listing_id="L1", gtin=GTIN)], HOUSE)
    capture.capture(document(made(1, [unit(f"A{n}") for n in range(9)], "L7")), HOUSE, now=NOW)
    rows = [
        event(1, "sale", "O1", "buyer-1", 2),
        event(2, "sale", "O2", "buyer-2", 3),
        event(3, "return", "O2", "buyer-2", 1),
        event(4, "sale", "O3", "buyer-3", 1),
        event(5, "cancel", "O3", "buyer-3", 1),
    ]
    open_store().append(pa.Table.from_pylist(rows, schema=EVENT_SCHEMA), source="shop")
    row = recall.recall("L7", MANAGER, "检出沙门氏菌", now=NOW)
    recall.write_notices(row.pk)
    return row


def test_the_marketplace_tells_and_says_so(opened, call):  # noqa: F811
    secret = token("tracing:read", "tracing:write")
    listed = call("get", "/recalls", secret).json()
    assert (listed["total"], listed["recalls"][0]["recall"]) == (1, opened.pk)
    one = call("get", f"/recalls/{opened.pk}", secret).json()
    # Nine were made; two orders hold four pieces; one piece came back, one order was cancelled.
    assert {k: one[k] for k in ("made", "sold", "returned", "to_notify", "notified")} == {
        "made": 9, "sold": 4, "returned": 1, "to_notify": 3, "notified": 0,
    }  # fmt: skip
    notices = call("get", f"/recalls/{opened.pk}/notices?limit=2", secret).json()["notices"]
    more = call("get", f"/recalls/{opened.pk}/notices?after={notices[-1]['id']}", secret).json()["notices"]
    assert [(n["to"], n["party"], n["order_id"], n["quantity"]) for n in [*notices, *more]] == [
        ("merchant", "M1", "", 0),
        ("buyer", "buyer-1", "O1", 2),
        ("buyer", "buyer-2", "O2", 2),
    ]
    body = {"notices": [notices[0]["id"], notices[1]["id"], 999_999]}
    assert call("post", f"/recalls/{opened.pk}/told", secret, body).json() == {"told": 2}
    assert call("post", f"/recalls/{opened.pk}/told", secret, body).json() == {"told": 0}
    assert call("get", f"/recalls/{opened.pk}", secret).json()["notified"] == 2


def test_writing_the_notices_again_writes_none_twice(opened):
    recall.write_notices(opened.pk)
    assert Notice.objects.count() == 3


def test_a_merchant_sees_its_own_recall_and_no_buyer(opened, call):  # noqa: F811
    mine, other = token("tracing:read", "tracing:write", merchant="M1"), token("tracing:read", merchant="M2")
    assert call("get", f"/recalls/{opened.pk}", mine).json()["made"] == 9
    assert [n["to"] for n in call("get", f"/recalls/{opened.pk}/notices", mine).json()["notices"]] == ["merchant"]
    first = Notice.objects.first().pk
    assert call("post", f"/recalls/{opened.pk}/told", mine, {"notices": [first]}).status_code == 404
    assert call("get", f"/recalls/{opened.pk}", other).status_code == 404
    assert call("get", "/recalls", other).json()["total"] == 0
    assert not Notice.objects.exclude(told_at=None).exists()


def test_what_is_asked_wrongly(opened, call):  # noqa: F811
    secret = token("tracing:read", "tracing:write")
    assert call("get", f"/recalls/{'0' * 32}", secret).status_code == 404
    assert call("get", "/recalls/x", secret).status_code == 422
    assert call("post", f"/recalls/{opened.pk}/told", secret, {"notices": []}).status_code == 422
    assert call("get", "/recalls", token("ratings:read")).status_code == 403


def test_level_clocks_and_closing_and_the_recalls_of_a_listing(opened, call):  # noqa: F811
    secret = token("tracing:read")
    recall.grade(opened.pk, MANAGER, "food_1", known_at=NOW, plan="停止食用，凭订单退款", now=NOW)
    one = call("get", f"/recalls/{opened.pk}", secret).json()
    assert (one["level"], one["plan"], one["listings"], one["closing"]) == (
        "food_1",
        "停止食用，凭订单退款",
        ["L1"],
        None,
    )
    assert [(c["law"], c["verified"], c["state"]) for c in one["clocks"][:1]] == [("recall.food_1_start", False, "met")]
    assert call("get", "/recalls?listing_id=L1&running=true", secret).json()["total"] == 1
    assert call("get", "/recalls?listing_id=L2", secret).json()["total"] == 0
    recall.close(opened.pk, MANAGER, "全部销毁", now=NOW)
    closed = call("get", f"/recalls/{opened.pk}", secret).json()
    assert (closed["closing"]["made"], closed["closing"]["words"], closed["overdue"]) == (9, "全部销毁", False)
    assert "by" not in closed["closing"]
    assert call("get", "/recalls?listing_id=L1&running=true", secret).json()["total"] == 0
    assert call("get", "/recalls?listing_id=L1", secret).json()["total"] == 1
