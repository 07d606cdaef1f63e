"""Rows become entries or name the field that is wrong; personal particulars never stay readable."""

from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.catalogue.checking import batch, listing, merchant
from pinzhi.catalogue.identity import Particular, masked, normalised, sealed
from pinzhi.catalogue.numbers import gtin_fault, id_number_check, id_number_fault, uscc_check, uscc_fault
from pinzhi.kernel.refusal import RefusedError

TODAY, KEY = date(2026, 11, 25), b"key"
M = {"merchant_id": "M1", "name": "好米旗舰店"}
L = {"listing_id": "L1", "merchant_id": "M1", "category": "食品"}
B = {"batch_id": "B1", "merchant_id": "M1", "listing_id": "L1", "produced_on": "2026-05-01"}


def refusal(check, row):
    with pytest.raises(RefusedError) as no:
        check(row, today=TODAY, key=KEY)
    return no.value.refusal.field, no.value.refusal.code


@pytest.mark.parametrize(
    "number", ["91350100M000100Y43", "91330100799655058B", "91110000802100433B", "914403001922038216"]
)
def test_published_credit_codes(number):
    assert uscc_fault(number) is None


@given(st.text("0123456789ABCDEFGHJKLMNPQRTUWXY", min_size=9, max_size=9), st.integers(0, 16), st.integers(1, 30))
def test_one_wrong_sign_is_always_found(body, place, shift):
    signs = "0123456789ABCDEFGHJKLMNPQRTUWXY"
    good = "91350100" + body
    good += uscc_check(good)
    assert uscc_fault(good) is None
    wrong = good[:place] + signs[(signs.index(good[place]) + shift) % 31] + good[place + 1 :]
    assert uscc_fault(wrong) is not None


def test_identity_number_of_the_standard():
    assert id_number_fault("11010519491231002X") is None
    assert id_number_fault("110105194912310021") is not None
    assert id_number_fault("11010519491331002" + id_number_check("11010519491331002")) is not None


@pytest.mark.parametrize(
    ("number", "good"), [("6901234567892", True), ("6901234567893", False), ("96385074", True), ("123", False)]
)
def test_gtin(number, good):
    assert (gtin_fault(number) is None) is good


@pytest.mark.parametrize(
    ("check", "row", "field", "code"),
    [
        (merchant, {"name": "x"}, "merchant_id", "field_missing"),
        (merchant, {"merchant_id": "M1"}, "name", "field_missing"),
        (merchant, {**M, "uscc": "91350100M000100Y44"}, "uscc", "uscc_invalid"),
        (merchant, {**M, "uscc": "350100100012345"}, "uscc", "uscc_form"),
        (merchant, {**M, "id_number": "110105194912310021"}, "id_number", "id_number_invalid"),
        (merchant, {**M, "opened_on": "1899-12-30"}, "opened_on", "day_out_of_range"),
        (merchant, {**M, "opened_on": "2999-01-01"}, "opened_on", "day_out_of_range"),
        (merchant, {**M, "opened_on": "2026-02-30"}, "opened_on", "day_not_iso"),
        (merchant, {**M, "name": "a\x00b"}, "name", "control_character"),
        (merchant, {**M, "name": "a\ufffdb"}, "name", "text_damaged"),
        (merchant, {**M, "merchant_id": "M 1"}, "merchant_id", "id_with_blank"),
        (merchant, {**M, "merchant_id": "x" * 129}, "merchant_id", "text_too_long"),
        (merchant, {**M, "merchant_id": 1.5}, "merchant_id", "not_text"),
        (listing, {**L, "price": "-3"}, "price", "not_an_amount"),
        (listing, {**L, "price": "12.345"}, "price", "not_an_amount"),
        (listing, {**L, "gtin": "6901234567893"}, "gtin", "gtin_invalid"),
        (listing, {**L, "attributes": "[1]"}, "attributes", "not_an_object"),
        (listing, {"listing_id": "L1", "merchant_id": "M1"}, "category", "field_missing"),
        (batch, {**B, "listing_id": ""}, "listing_id", "field_missing"),
        (batch, {**B, "produced_on": ""}, "produced_on", "field_missing"),
        (batch, {**B, "produced_on": "2027-01-01"}, "produced_on", "day_out_of_range"),
        (batch, {**B, "expires_on": "2026-04-30"}, "expires_on", "expires_before_produced"),
        (batch, {**B, "expires_on": "2999-04-30"}, "expires_on", "day_out_of_range"),
        (batch, {**B, "quantity": "-4"}, "quantity", "quantity_not_possible"),
        (batch, {**B, "quantity": 1.5}, "quantity", "quantity_not_possible"),
    ],
)  # fmt: skip
def test_a_bad_row_names_its_field(check, row, field, code):
    assert refusal(check, row) == (field, code)


def test_good_rows():
    found = merchant(
        {**M, "uscc": "91350100m000100y43", "categories": "食品;茶", "opened_on": datetime(2020, 1, 2)},
        today=TODAY,
        key=KEY,
    )
    assert (found.uscc, found.categories, found.opened_on) == ("91350100M000100Y43", ("茶", "食品"), date(2020, 1, 2))
    goods = listing({**L, "price": 12.5, "attributes": {"重量": "5kg", "产地": "黑龙江"}}, today=TODAY, key=KEY)
    assert (goods.price, goods.attributes) == (Decimal("12.50"), (("产地", "黑龙江"), ("重量", "5kg")))
    lot = batch({**B, "quantity": 620.0, "expires_on": "2027-05-01"}, today=TODAY, key=KEY)
    assert (lot.quantity, lot.expires_on) == (620, date(2027, 5, 1))


def test_content_does_not_depend_on_the_order_of_columns_or_lists():
    one = merchant({**M, "phones": ["13800138000", "010-8888"], "categories": ["a", "b"]}, today=TODAY, key=KEY)
    two = merchant({"categories": "b|a", "phones": "010 8888;+86 138-0013-8000", **M}, today=TODAY, key=KEY)
    assert {k.seal for k in one.keys} == {k.seal for k in two.keys}
    assert one.content != merchant({**M, "categories": ["a"]}, today=TODAY, key=KEY).content


@pytest.mark.parametrize(
    ("kind", "raw", "plain", "shown"),
    [
        (Particular.PHONE, "+86 138-0013-8000", "13800138000", "138****8000"),
        (Particular.BANK_ACCOUNT, "6222 0212 3456 7890", "6222021234567890", "***7890"),
        (Particular.LEGAL_REPRESENTATIVE, " 欧阳 小明 ", "欧阳小明", "欧***"),
        (Particular.EMAIL, "Li.Ming@Example.com", "li.ming@example.com", "L***@Example.com"),
        (Particular.ID_NUMBER, "11010519491231002x", "11010519491231002X", "***002X"),
        (Particular.ADDRESS, "北京市朝阳区某路1号", "北京市朝阳区某路1号", "北京市朝阳区***"),
    ],
)
def test_normalised_and_masked(kind, raw, plain, shown):
    assert normalised(kind, raw) == plain
    assert masked(kind, raw) == shown


def test_a_seal_depends_on_kind_and_key():
    seals = {
        sealed(Particular.PHONE, "13800138000", b"a").seal,
        sealed(Particular.PHONE, "13800138000", b"b").seal,
        sealed(Particular.BANK_ACCOUNT, "13800138000", b"a").seal,
    }
    assert len(seals) == 3


def test_nothing_personal_stays_readable():
    found = merchant(
        {**M, "legal_representative": "欧阳小明", "id_number": "11010519491231002X", "phones": "13800138000", "email": "ming@x.cn",
         "bank_accounts": "6222021234567890", "address": "北京市朝阳区某路1号院2单元", "devices": "aa:bb:cc:dd"}, today=TODAY, key=KEY
    )  # fmt: skip
    text = repr(found)
    for raw in ("欧阳小明", "11010519491231002X", "13800138000", "ming@", "6222021234567890", "某路1号", "aa:bb:cc:dd"):
        assert raw not in text
    assert len(found.keys) == 7
