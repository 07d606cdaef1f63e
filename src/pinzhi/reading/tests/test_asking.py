"""What the assistant may look up: his own with proof, a merchant's own, public what is public, and nothing else."""

from __future__ import annotations

from datetime import timedelta

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry
from pinzhi.kernel.values import Kind
from pinzhi.life.complaints import consumer, merchant
from pinzhi.life.complaints.assistant_tables import assistant
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.rules.assistant.conversation import Message, Session
from pinzhi.life.complaints.rules.assistant.rephrasing import Rephrased
from pinzhi.life.complaints.rules.assistant.tools import Known, ToolFailed
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, market, opened
from pinzhi.life.tracing.models import Recall
from pinzhi.reading import asking

pytestmark = pytest.mark.django_db
GTIN = "06901234567892"
ORDER = {
    "order_id": "O1", "merchant_id": "M1", "buyer_id": "buyer-1", "goods": "电热水壶", "price": "128.00", "paid_at": "2026-11-18T03:00:00+00:00",
    "received_on": "2026-11-20",
}  # fmt: skip


@pytest.fixture(autouse=True)
def shops():
    market()
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B9", "M1", listing_id="L1", gtin=GTIN)], HOUSE)


def recalled(level="food_1"):
    return Recall.objects.create(
        id="r" * 32, at=NOW, by="test", batch=f"https://id.gs1.org/01/{GTIN}/10/B9", merchant_id="M1", drill=False, level=level, plan="退款并销毁",
        milliseconds=1, found={},
    )  # fmt: skip


def test_an_order_needs_its_token_and_a_number_alone_shows_nothing():
    row = opened(vouched=True)
    assert asking.bind(Known()).order("O1") is None
    assert asking.bind(Known(order=ORDER | {"order_id": "O2"})).order("O1") is None
    told = asking.bind(Known(order=ORDER)).order("o-1").text
    assert told.zh.startswith("订单 O1，电热水壶，实付 128.00 元，2026-11-18 付款，2026-11-20 签收。")
    assert f"投诉 {row.receipt}：待商家答复，下一步由商家在 2026-11-24 10:00 前完成。" in told.zh
    assert "paid 128.00 yuan" in told.en
    foreign = asking.bind(Known(order=ORDER | {"buyer_id": "buyer-2"})).order("O1").text
    assert row.receipt not in foreign.zh


def test_a_complaint_needs_its_access_code():
    row, other = opened(), opened(order_id="O2", reference="x")
    mine = asking.bind(Known(complaints=(row.pk,)))
    assert asking.bind(Known()).case(row.receipt) is None
    assert (mine.case(other.receipt), mine.case("")) == (None, None)
    assert mine.case(row.receipt.lower()).about == f"complaint:{row.receipt}"
    merchant.answer(
        "offer", row.pk, SHOP, words="退", remedies=[Remedy.of({"kind": "refund", "amount": "128.00"})], now=NOW
    )
    consumer.do("accept", row.pk, offer=2, now=NOW + timedelta(minutes=1))
    assert "退款 128.00 元待履行" in mine.case("O1").text.zh


def test_a_merchant_sees_what_is_his_own_only():
    row = opened()
    mine, other = asking.bind(Known(merchant_id="M1")), asking.bind(Known(merchant_id="M2"))
    assert "待商家答复" in mine.case(row.receipt).text.zh
    assert "待商家答复" in mine.order("O1").text.zh
    assert (other.case(row.receipt), other.order("O1"), other.remedies({"case": row.receipt})) == (None, None, None)
    assert "依法可以主张" in mine.remedies({"case": row.receipt}).text.zh
    recalled()
    assert mine.recall(gtin="", batch="B9").severity == 1
    assert (other.recall(gtin="", batch="B9"), other.recall(gtin=GTIN, batch="")) == (None, None)
    assert (other.trace(f"/01/{GTIN}/21/A1"), mine.trace("A1")) == (None, None)


def test_a_code_says_what_the_scan_page_says_and_a_recall_is_grave():
    tools = asking.bind(Known(goods={"gtin": GTIN}))
    assert "不是平台发放的" in tools.trace(f"/01/{GTIN}/21/ABC").text.zh
    assert "made up" in tools.trace("ABC").text.en
    assert asking.bind(Known()).trace("ABC") is None
    with pytest.raises(ToolFailed):
        tools.trace("/01/06901234567893/21/ABC")
    assert tools.recall(gtin=GTIN, batch="") is None
    recalled()
    for found in (
        tools.recall(gtin=GTIN, batch=""),
        tools.recall(gtin="", batch="B9"),
        tools.recall(gtin=GTIN[1:], batch="B9"),
    ):
        assert (found.severity, found.text.zh) == (
            1,
            "该批商品自 2026-11-23 起召回（食品一级召回），处理办法：退款并销毁。",
        )
    assert tools.recall(gtin="", batch="B1") is None


def test_an_estimate_names_articles_and_sums():
    tools = asking.bind(Known(said=("在超市买的面包发霉了，吃了拉肚子",), goods={"category": "食品"}))
    assert tools.remedies({"amount": "12.00"}) is None
    told = tools.remedies({"amount": "12.00", "date": "2026-11-20"}).text
    assert told.zh.startswith("按付款 12.00 元、2026-11-20 购买估算，依法可以主张：")
    assert "1000.00 元" in told.zh
    assert "《食品安全法》第一百四十八条" in told.zh


@pytest.mark.parametrize("slots", [{"amount": "12.00", "date": "2026-13-40"}, {"amount": "x", "date": "2026-11-20"}])
def test_what_cannot_be_computed_is_said_and_is_no_traceback(slots):
    with pytest.raises(ToolFailed):
        asking.bind(Known()).remedies(slots)


def test_the_engine_looks_up_what_is_proven_and_says_so_in_the_answer():
    row = opened()
    session = Session(slots={"case": row.receipt})
    reply = assistant().reply(session, Message("我的投诉到哪一步了", NOW), asking.bind(Known(complaints=(row.pk,))))
    assert row.receipt in reply.text
    typed = assistant().reply(Session(), Message(f"投诉编号 {row.receipt} 到哪一步了", NOW), asking.bind(Known()))
    assert "没有查到属于您的这条记录" in typed.text


def test_the_model_is_off_unless_it_is_named_and_stays_behind_the_same_interface(settings):
    assert asking.engine() is assistant()
    settings.ASSISTANT_MODEL = ("http://127.0.0.1:9/v1", "m", "")
    found = asking.engine()
    assert isinstance(found, Rephrased)
    said = found.reply(Session(), Message("买到假货怎么赔？", NOW), asking.bind(Known()))
    assert said == assistant().reply(
        Session(), Message("买到假货怎么赔？", NOW), asking.bind(Known())
    )  # nobody listens: offline
