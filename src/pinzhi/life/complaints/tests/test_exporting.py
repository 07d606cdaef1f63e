"""Complaints for others to read: exact documents, nothing personal in them, who may, which days."""

from __future__ import annotations

import csv
import gzip
import json
from datetime import date, timedelta
from decimal import Decimal

import pytest

from pinzhi.life.complaints import consumer, exporting, house, merchant, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.exporting import CFPB_COLUMNS, ODR_FIELDS, export
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.tests.buyers import HOUSE, NOW, SHOP, market, opened, person, refused
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Role

DAY = timedelta(days=1)
TODAY = date(2026, 11, 23)
WORDS = "我叫王小明，电话 13800138000，壶漏水"


@pytest.fixture
def story(db):
    market()
    row = opened(WORDS, now=NOW, wish="return_refund", contact={"name": "王小明", "phone": "13800138000"})
    merchant.answer(
        "offer", row.pk, SHOP, words="王小明您好", remedies=[Remedy("return_refund", Decimal("128.00"), "退给王小明")], now=NOW + DAY / 2
    )  # fmt: skip
    consumer.do("accept", row.pk, offer=2, now=NOW + DAY)
    merchant.fulfil(row.pk, 0, SHOP, proof="王小明 支付流水 1", now=NOW + 2 * DAY)
    return Complaint.objects.get(pk=row.pk)


def all_of(form, by=HOUSE, start=TODAY, end=TODAY, **more):
    return list(export(form, start, end, by, now=NOW + 3 * DAY, **more))


def test_the_shape_for_12315(story):
    (one,) = all_of("odr12315")
    assert tuple(one) == tuple(f.name for f in ODR_FIELDS)
    assert (one["number"], one["received_at"], one["enterprise"], one["goods_id"], one["order_id"]) == (
        story.receipt, "2026-11-23T10:00:00+08:00", "一号店", "L1", "O1",
    )  # fmt: skip
    assert (one["claim_name"]["zh"], one["price"], one["amount"], one["paid"], one["agreed"]) == (
        "退货退款", "128.00", "128.00", "128.00", True,
    )  # fmt: skip
    assert (one["result"], one["result_name"]["zh"], one["negotiated_at"], one["closed_at"]) == (
        "fulfilled", "已履行", "2026-11-24T10:00:00+08:00", "2026-11-25T10:00:00+08:00",
    )  # fmt: skip
    assert [(p["by"], p["step"], p["said"]["zh"]) for p in one["process"]] == [
        ("consumer", "open", "提交投诉"),
        ("merchant", "offer", "提出方案：退货退款 128.00 元"),
        ("consumer", "accept", "接受方案"),
        ("merchant", "fulfil", "已履行一项"),
        ("rule", "complete", "全部履行，结案"),
    ]
    answer = next(c for c in one["clocks"] if c["clock"] == "merchant_answer")
    assert (answer["due"], answer["standing"], answer["law"]) == ("2026-11-24T10:00:00+08:00", "met", None)


@pytest.mark.parametrize("form", exporting.FORMATS)
def test_nothing_that_somebody_wrote_and_nobody_who_can_be_recognised(story, form):
    written = json.dumps(all_of(form), ensure_ascii=False)
    for personal in ("王小明", "13800138000", "漏水", "支付流水", "buyer-1", story.pk):
        assert personal not in written


def test_how_the_buyer_is_reached_only_for_a_manager_and_it_stands_in_the_audit(story):
    senior, manager = person("sam", Role.SENIOR_REVIEWER), person("may", Role.MANAGER)
    refused("not_permitted", all_of, "odr12315", senior, contact=True)
    refused("not_permitted", all_of, "odr12315", person("ada", Role.COMPLAINT_AGENT))
    refused("not_permitted", all_of, "cfpb", SHOP)
    refused("contact_not_in_format", all_of, "cfpb", manager, contact=True)
    assert all_of("odr12315", senior)[0]["contact"] is None
    assert all_of("odr12315", manager, contact=True)[0]["contact"] == {"name": "王小明", "phone": "13800138000"}
    line = AuditLine.objects.filter(verb="complaints.contact", outcome="done").get()
    assert (line.account_id, line.note) == (manager.account_id, "odr12315 2026-11-23..2026-11-23")


def test_the_days_are_those_of_china_and_both_count(story):
    opened(order_id="O2", now=NOW + timedelta(hours=13, minutes=59))  # 23:59 in China
    opened(order_id="O3", now=NOW + timedelta(hours=14))  # midnight
    assert [o["order_id"] for o in all_of("odr12315")] == ["O1", "O2"]
    assert [o["order_id"] for o in all_of("odr12315", end=TODAY + DAY)] == ["O1", "O2", "O3"]
    assert [o["order_id"] for o in all_of("odr12315", receipt=story.receipt, end=TODAY + DAY)] == ["O1"]
    refused("days_reversed", all_of, "cfpb", end=TODAY - DAY)
    refused("format_unknown", all_of, "xml")


def test_a_public_row(story):
    (one,) = all_of("cfpb")
    number = one.pop("Complaint ID")
    assert {k: v for k, v in one.items() if v} == {
        "Date received": "2026-11-23",
        "Product": one["Product"],
        "Issue": "quality of the goods",
        "Sub-issue": one["Sub-issue"],
        "Company": "一号店",
        "Consumer consent provided?": "N/A",
        "Submitted via": "Web",
        "Date sent to company": "2026-11-23",
        "Company response to consumer": "Closed with monetary relief",
        "Timely response?": "Yes",
        "Consumer disputed?": "No",
    }
    assert len(number) == 12
    assert number == all_of("cfpb")[0]["Complaint ID"]


def test_public_rows_of_other_endings(db):
    market()
    agent = person("ada", Role.COMPLAINT_AGENT)
    silent = opened(now=NOW)
    upkeep.tick(NOW + DAY + timedelta(seconds=1))
    gone = opened(order_id="O2", now=NOW + timedelta(minutes=1))
    consumer.do("withdraw", gone.pk, words="不用了", now=NOW + timedelta(minutes=2))
    contested = opened(order_id="O3", now=NOW + timedelta(minutes=3))
    merchant.answer("contest", contested.pk, SHOP, words="已使用", now=NOW + timedelta(minutes=4))
    joined = opened(order_id="O4", now=NOW + timedelta(minutes=5))
    house.do("hand_over", joined.pk, agent, now=NOW + timedelta(minutes=6))
    house.merge(joined.pk, contested.pk, agent, now=NOW + timedelta(minutes=7))
    found = [
        (r["Company response to consumer"], r["Timely response?"], r["Consumer disputed?"]) for r in all_of("cfpb")
    ]
    assert found == [("In progress", "No", "N/A"), ("Closed", "Yes", "No"), ("In progress", "Yes", "N/A")]
    assert silent.merchant_id == "M1"


@pytest.mark.shared
def test_the_columns_are_those_of_the_published_file(shared):
    file = shared / "data" / "us-cfpb-complaints" / "complaints.csv.gz"
    with gzip.open(file, "rt", encoding="utf-8", newline="") as text:
        rows = csv.DictReader(text)
        assert tuple(rows.fieldnames) == CFPB_COLUMNS
        published = list(rows)
    ours = {"In progress", "Closed with monetary relief", "Closed with non-monetary relief", "Closed with explanation"}
    assert ours <= {r["Company response to consumer"] for r in published}
    assert {"Web", "Referral", "Phone"} <= {r["Submitted via"] for r in published}
