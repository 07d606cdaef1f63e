"""What a message says besides its matter, its numbers as values, and what is masked in a log."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.complaints.rules.assistant.figures import figures, unfounded, value
from pinzhi.life.complaints.rules.assistant.masking import masked
from pinzhi.life.complaints.rules.assistant.slots import gtin_valid, slots

DAY = date(2026, 11, 26)  # a Thursday


def read(text):
    return {(r.slot.value, r.value) for r in slots(text, DAY)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("昨天花了一百二十块买了两瓶酱油", {("date", "2026-11-25"), ("amount", "120.00"), ("quantity", "2瓶")}),
        ("3万元的车，上周三提的", {("amount", "30000.00"), ("date", "2026-11-18")}),
        ("两万五的沙发", set()),
        ("花了两万五", {("amount", "25000.00")}),
        ("一百二十块半", {("amount", "120.50")}),
        ("￥99.5", {("amount", "99.50")}),
        ("大前天", {("date", "2026-11-23")}),
        ("三天前收到", {("date", "2026-11-23")}),
        ("两个月前", {("date", "2026-09-26")}),
        ("半年前买的", {("date", "2026-05-26")}),
        ("12月3日买的", {("date", "2025-12-03")}),
        ("十一月三号", {("date", "2026-11-03")}),
        ("2026年2月30日", set()),
        ("周五下的单", {("date", "2026-11-20")}),
        ("周三下的单", {("date", "2026-11-25")}),
        ("2 weeks ago", {("date", "2026-11-12")}),
        ("前几天", set()),
        ("订单号：20261101ABC123", {("order", "20261101ABC123")}),
        ("order number AB-99887766", {("order", "AB-99887766")}),
        ("条码6901028075763", {("gtin", "06901028075763")}),
        ("条码6901028075764", set()),
        ("批号L20260901", {("batch", "L20260901")}),
        ("追溯码 ABC123456789", {("code", "ABC123456789")}),
        ("投诉单号 TS-20261101", {("case", "TS-20261101")}),
        ("我儿子8岁误食了", {("age", "8"), ("symptom", "误食")}),
        ("七个月大的宝宝", {("age", "7m")}),
        ("20261101", set()),
        ("", set()),
    ],
)
def test_slots(text, found):
    assert read(text) == found


@given(st.text(max_size=200), st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_any_text_can_be_read(text, on):
    for r in slots(text, on):
        if r.slot.value == "date":
            date.fromisoformat(r.value)
        if r.slot.value == "amount":
            assert Decimal(r.value) >= 0


@given(st.integers(10**11, 10**12 - 1))
def test_one_check_digit_of_ten_is_right(body):
    assert sum(gtin_valid(f"{body}{d}") for d in range(10)) == 1


@pytest.mark.parametrize(
    ("numeral", "number"),
    [
        ("十", 10),
        ("一百二", 120),
        ("一百零三", 103),
        ("三万五", 35000),
        ("一千零五", 1005),
        ("二〇二六", 2026),
        ("两亿三千万", 230_000_000),
        ("百", 100),
    ],
)
def test_numerals(numeral, number):
    assert value(numeral) == number


def test_no_numeral():
    assert value("三个") is None
    assert value("") is None


@given(st.integers(1, 999))
def test_a_numeral_reads_back(n):
    from pinzhi.law.citing import numeral

    assert value(numeral(n)) == n


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("七日内退货，价款的三倍，不足五百元", {7, 3, 500}),
        ("第一百四十八条", {148}),
        ("一般、统一、十分满意、三包", set()),
        ("2万元、3.5%、1,000", {20000, Decimal("3.5"), 1000}),
        ("seven days, triple, 500 yuan", {7, 3, 500}),
        ("没有数字", set()),
    ],
)
def test_figures(text, found):
    assert figures(text) == {Decimal(f) for f in found}


def test_a_figure_without_ground():
    assert unfounded("赔三倍，最低五百元", ["增加赔偿的金额为价款的三倍"]) == {Decimal(500)}
    assert unfounded("7 days", ["自收到商品之日起七日内"]) == frozenset()


@pytest.mark.parametrize(
    ("text", "log"),
    [
        ("我电话13800138000", "我电话〔手机号〕"),
        ("身份证11010519491231002X", "身份证〔证件号〕"),
        ("卡号6222 0200 0000 0000 123", "卡号〔长号码〕"),
        ("发到a.b@c.com", "发到〔邮箱〕"),
        ("我叫王小明，住3号楼", "我叫〔姓名〕，住〔门牌〕"),
        ("微信号 abc12345", "微信号〔号码〕"),
        ("订单A1234退货", "订单A1234退货"),
    ],
)
def test_masked(text, log):
    assert masked(text) == log
