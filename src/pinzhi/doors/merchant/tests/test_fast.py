"""Fast refunds at the merchant's door: reckon, allow, end, object; nothing of another merchant, and what was typed stays."""

from __future__ import annotations

from decimal import Decimal

import pytest

from pinzhi.kernel import clock
from pinzhi.life.complaints import allowing
from pinzhi.life.complaints.models import Complaint, FastConsent, FastDecision
from pinzhi.life.complaints.tests.buyers import OTHER, SHOP, market, opened
from pinzhi.people.models import Account, Grant, Organisation
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db
ALL = {"category": "", "most": "100", "most_a_day": "500.00"}


@pytest.fixture
def shop(client):
    market()
    client.force_login(user("bao", "M1"))
    return client


def user(name, merchant):
    house = Organisation.objects.create(name=f"{merchant} 店", kind="merchant", merchant_id=merchant)
    account = Account.objects.create(username=name, display_name=name.title(), organisation=house)
    Grant.objects.create(account=account, role=Role.MERCHANT, given_at=clock.now())
    return account


def text(answer):
    return answer.content.decode()


def claim(n=1, **more):
    given = {
        "vouched": True,
        "wish": "refund",
        "price": Decimal("60.00"),
        "order_id": f"O{n}",
        "buyer_id": f"b{n}",
        "now": clock.now(),
    }
    return opened(**{**given, **more})


def test_the_merchant_reckons_then_allows_then_ends(shop):
    claim(1)
    claim(2)
    page = text(shop.post("/merchant/complaints/fast/allow", ALL | {"do": "try"}))
    assert "过去 90 天内会有 2 件诉求快速退款，共 ¥120.00。" in page
    assert 'value="500.00"' in page
    assert not FastConsent.objects.exists()
    assert shop.post("/merchant/complaints/fast/allow", ALL | {"do": "allow"}).status_code == 302
    assert shop.post("/merchant/complaints/fast/allow", ALL | {"do": "allow"}).status_code == 302  # sent twice
    kept = FastConsent.objects.get()
    assert (kept.merchant_id, kept.most, kept.most_a_day, kept.ended_at) == (
        "M1",
        Decimal("100.00"),
        Decimal("500.00"),
        None,
    )
    assert "¥500.00" in text(shop.get("/merchant/complaints/fast/consent"))
    assert claim(3).state == "fulfilling"
    assert "今日剩余 ¥440.00" in text(shop.get("/merchant/complaints/fast/consent"))
    shop.post("/merchant/complaints/fast/end", {"category": ""})
    assert FastConsent.objects.get().ended_at is not None
    assert claim(4).state == "awaiting_merchant"


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"most": "x"}, "请以元为单位填写两项限额"),
        ({"most": "600"}, "每日上限低于单笔上限"),
        ({"category": "rocket"}, "请从列表中选择"),
        ({"most": "100.001"}, "请以元为单位填写两项限额"),
    ],
)
def test_a_wrong_sum_allows_nothing_and_stays_in_the_form(shop, fields, said):
    answer = shop.post("/merchant/complaints/fast/allow", ALL | {"do": "allow"} | fields)
    assert (answer.status_code, FastConsent.objects.count()) == (422, 0)
    assert said in text(answer)
    assert (ALL | fields)["most"] in text(answer)


def test_a_wrong_sum_is_not_reckoned_with(shop):
    for fields, said in (({"most": "x"}, "请以元为单位填写两项限额"), ({"most": "600"}, "每日上限低于单笔上限")):
        answer = shop.post("/merchant/complaints/fast/allow", ALL | {"do": "try"} | fields)
        assert (answer.status_code, said in text(answer)) == (422, True)


def test_the_page_promises_nothing_that_no_rule_does(shop):
    page = text(shop.get("/merchant/complaints/fast/consent"))
    assert ("仅限该批次已停售的商品" in page, "且退货" in page) == (True, False)


def test_the_list_shows_own_refunds_and_one_may_be_objected_to(shop):
    allowing.allow("100.00", "500.00", SHOP)
    allowing.allow("100.00", "500.00", OTHER)
    row = claim()
    theirs = claim(2, merchant_id="M2", listing_id="L2", batch_id="")
    assert theirs.merchant_id == "M2"
    assert theirs.state == "fulfilling"
    shown = text(shop.get("/merchant/complaints/fast/"))
    assert row.receipt in shown
    assert theirs.receipt not in shown
    assert shop.get(f"/merchant/complaints/{theirs.pk}/fast").status_code == 404
    assert shop.post(f"/merchant/complaints/{theirs.pk}/object", {"words": "不认可"}).status_code == 404
    assert FastDecision.objects.get(complaint=theirs).objected_at is None
    here = f"/merchant/complaints/{row.pk}"
    assert here + "/fast" in text(shop.get(here + "/"))
    answer = shop.post(here + "/object", {"words": "长" * 1001})
    assert (answer.status_code, "长" * 1001 in text(answer)) == (422, True)
    assert shop.post(here + "/object", {"words": "照片不是我们的商品"}).status_code == 302
    page = text(shop.get(here + "/fast"))
    assert "等待人工复核" in page
    assert "照片不是我们的商品" in page
    normal = claim(3, wish="exchange")
    assert shop.get(f"/merchant/complaints/{normal.pk}/fast").status_code == 404
    assert Complaint.objects.get(pk=normal.pk).state == "awaiting_merchant"
