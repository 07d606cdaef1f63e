"""Screens 2 and 3: the queue of admission with reasons in words, the case with marked claims beside the evidence, two persons, ownership."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse

import report_press as press
from pinzhi.casework import queries as cases
from pinzhi.catalogue import files
from pinzhi.kernel import clock
from pinzhi.life.admission import actions
from pinzhi.life.admission.contracts import DealPrice, Document
from pinzhi.life.admission.tests.goods import ABSOLUTE, CLEAN, COUNTERFEIT, DOUBTFUL, HOUSE, SHOP, goods, paper

pytestmark = pytest.mark.django_db
QUEUE = reverse("console:admission")


def page(client, address, query=None, status=200):
    answer = client.get(address, query or {})
    assert answer.status_code == status
    return answer.content.decode()


@pytest.fixture
def doubtful(db):
    """Two admitted peers, then a listing that a person must look at, with papers, prices, an exemption, and an earlier refusal."""
    for n, price in enumerate(("49.00", "89.00")):
        actions.submit(goods(f"{CLEAN} 款式{n}", id=f"P{n}", price=Decimal(price)), HOUSE)
    now = clock.now()
    actions.submit(goods(ABSOLUTE), SHOP, now=now - timedelta(hours=2))
    return actions.submit(
        goods(
            DOUBTFUL,
            description="我们致力于做到最好",
            price=Decimal("59.00"),
            compared_price=Decimal("99.00"),
            compared_price_meaning="厂商建议零售价",
            deal_prices=(DealPrice(datetime(2026, 11, 1, 9, tzinfo=clock.SHANGHAI), Decimal("57.50")),),
            documents=(
                paper("ccc", "2026010101000001", valid_to="2999-01-01"),
                paper("test_report", "R-1", issued="2026-11-01"),
            ),
        ),
        SHOP,
    ).row


@pytest.fixture
def appealed(db):
    row = actions.submit(goods(COUNTERFEIT, id="L2"), SHOP).row
    return actions.appeal(row.pk, SHOP, "“高仿”指<b>仿真花</b>")


def test_the_queue_says_the_reasons_in_words_in_the_order_of_their_turn(client, reviewer, doubtful, appealed):
    text = page(client, QUEUE)
    lines = {p[:36]: p.split("</tr>")[0] for p in text.split('<tr id="c-')[1:]}
    turn = sorted(lines, key=lambda i: cases.case(i, HOUSE).act_before)
    assert list(lines) == turn
    first, second = lines[appealed.case_id], lines[doubtful.case_id]
    assert "says that the goods imitate" in first
    assert "two persons" in first
    assert "首选" in second
    assert "submitted again" in second
    assert "two persons" not in second
    assert text.count("data-line") == 2


def test_the_queue_has_a_fixed_number_of_queries(client, reviewer, doubtful, appealed, django_assert_num_queries):
    page(client, QUEUE)
    with django_assert_num_queries(10):
        page(client, QUEUE)
    for n in range(6):
        actions.submit(goods(f"{DOUBTFUL} 第{n}批", id=f"Q{n}"), SHOP)
    with django_assert_num_queries(10):
        page(client, QUEUE)


def test_the_queue_shows_only_its_desk_whatever_the_address_says(client, reviewer, doubtful, make_case):
    make_case(9, title="另一工作台的工单")
    text = page(client, QUEUE, {"desk": "trial", "text": "x\x00<i>"})
    assert "另一工作台的工单" not in text
    assert "<i>" not in text
    assert "另一工作台的工单" not in page(client, QUEUE)
    assert "Nothing waits here." in page(client, QUEUE, {"text": "nothing-like-this"})


def test_a_case_shows_claims_with_marks_beside_their_evidence(client, reviewer, doubtful, django_assert_num_queries):
    address = reverse("console:case", args=[doubtful.case_id])
    page(client, address)
    with django_assert_num_queries(16):
        text = page(client, address)
    assert '<mark class="mark-M">首选<sup>T01</sup></mark>' in text
    assert "Advertising Law, art. 9(3)" in text
    assert "Smallest change" in text
    assert "Not flagged, because" in text
    assert '<span class="freed">最好</span>' in text
    assert "2999-01-01" in text
    assert "2027-11-01" in text
    assert "by its age" in text
    assert "¥59.00" in text
    assert "¥57.50" in text
    assert "厂商建议零售价" in text
    assert "¥49.00–¥89.00" in text
    assert ABSOLUTE in text
    assert "style=" not in text
    assert "<caption>What has changed</caption>" not in text  # that is the stale guard's
    assert '<th scope="row">papers</th>' in text
    assert 'data-key="a"' in text
    assert 'data-key="q"' in text


def test_the_stale_guard_shows_its_own_difference(client, reviewer, doubtful):
    seen = cases.case(doubtful.case_id, HOUSE).seen
    actions.submit(goods(f"{DOUBTFUL} 白色"), SHOP)
    answer = client.post(
        reverse("console:step", args=[doubtful.case_id, "decide"]), {"outcome": "admit", "seen": seen, "reason": "可以"}
    )
    text = answer.content.decode()
    assert answer.status_code == 409
    guard = text.split("<caption>What has changed</caption>")[1].split("</table>")[0]
    assert '<th scope="row">content</th>' in guard
    assert ">可以</textarea>" in text


def test_a_case_of_an_appeal_shows_the_words_as_words_and_two_persons(client, reviewer, appealed):
    text = page(client, reverse("console:case", args=[appealed.case_id]))
    assert "“高仿”指&lt;b&gt;仿真花&lt;/b&gt;" in text
    assert text.count('<span class="badge tag-info">two persons</span>') == 2  # admit and refuse; more papers take one
    case = cases.case(appealed.case_id, HOUSE)
    done = client.post(
        reverse("console:step", args=[appealed.case_id, "decide"]),
        {"outcome": "admit", "seen": case.seen, "reason": "确为仿真花"},
    )
    assert done.status_code == 302
    assert cases.case(appealed.case_id, HOUSE).state == "proposed"
    appealed.submission.refresh_from_db()
    assert appealed.submission.state == "refused"


def test_a_decision_by_key_goes_on_to_the_next_case_of_the_desk_and_can_be_undone(client, reviewer, doubtful, appealed):
    case = cases.case(doubtful.case_id, HOUSE)
    answer = client.post(
        reverse("console:step", args=[doubtful.case_id, "decide"]) + "?desk=admission",
        {"outcome": "admit", "seen": case.seen, "reason": ""},
    )
    assert answer["Location"].startswith(reverse("console:case", args=[appealed.case_id]))
    doubtful.refresh_from_db()
    assert doubtful.state == "passed"
    client.post(reverse("console:undo"))
    doubtful.refresh_from_db()
    assert doubtful.state == "pending"


def test_chinese_is_whole(client, reviewer, doubtful, appealed):
    client.cookies["django_language"] = "zh-hans"
    text = page(client, reverse("console:case", args=[doubtful.case_id]))
    for words in ("商品信息是否真实、合法？", "宣称与证据", "未予认定及理由", "强制性产品认证（CCC）证书", "退回补充"):
        assert words in text
    assert "哪些商品可以上架？" in page(client, QUEUE)


def test_a_merchant_is_not_staff(client, person, doubtful):
    client.force_login(person("shop", "merchant"))
    assert client.get(QUEUE).status_code == 404
    assert client.get(reverse("console:case", args=[doubtful.case_id])).status_code == 404


@pytest.mark.skipif(not press.font(), reason="no CJK font to print reports with")
def test_the_table_of_a_report_is_shown_as_judged_again(client, reviewer, settings, tmp_path):
    """A reviewer sees what is printed and what the figures say, side by side."""
    settings.FILES = tmp_path / "files"
    truth = next(t for t in map(press.truth, range(40)) if t.product == "全麦苏打饼干")
    lines = [replace(truth.lines[0], value="3.2"), *truth.lines[1:]]
    body = press.pressed(replace(truth, lines=tuple(lines)), "chinese")
    reference = files.upload([body], SHOP).reference
    paper = Document("test_report", truth.report_no, reference)
    done = actions.submit(goods(truth.product, category="食品/饼干", documents=(paper,)), SHOP)
    made = actions.appeal(done.row.pk, SHOP, "请复核")
    text = page(client, reverse("console:case", args=[made.case_id]))
    assert truth.report_no in text
    row = re.search(r"铅（以Pb计）</th>(.*?)</tr>", text, re.DOTALL)[1]
    assert "3.2" in row
    assert "合格" in row
    assert "does not conform" in row
    assert "≤0.5 mg/kg" in row
