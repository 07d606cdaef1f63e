"""Public figures: exact values, nothing from which one buyer can be told, and months that are over."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.distributions import wilson
from pinzhi.life.complaints import consumer, merchant, public_reply, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.rules.publicly import Figures, Share, Told, figures, listings_shown
from pinzhi.life.complaints.statistics import statistics
from pinzhi.life.complaints.tests.buyers import SHOP, market, opened, refused

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
LEAST = 5
OCTOBER = datetime(2026, 10, 5, 10, 0, tzinfo=SHANGHAI)
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=SHANGHAI)


def told(n: int, month: int = 1, listing: str = "A", **more: object) -> list[Told]:
    return [replace(Told(month, "M", listing, f"b{i}"), **more) for i in range(n)]


# --- pure ----------------------------------------------------------------------------------------------------------------------------------


def test_every_figure_is_exact():
    rows = [
        Told(1, "M", "A", f"b{i}", i < 4, i != 0, HOUR * (i + 1), Decimal(10 * i + 10), 1 + i % 5) for i in range(5)
    ]
    assert figures(rows, LEAST) == Figures(
        5,
        Share(4, 5, wilson(4, 5)),
        Share(4, 5, wilson(4, 5)),
        HOUR * 3,
        Decimal(150),
        Decimal("3.0"),
        5,
    )


def test_below_the_least_count_nothing_and_each_figure_by_itself():
    assert figures(told(4), LEAST) is None
    assert figures(told(20, buyer="one and the same"), LEAST) is None
    some = [*told(4, upheld=True, mark=1, refunded=Decimal(9)), Told(1, "M", "A", "b9")]
    assert figures(some, LEAST) == Figures(5)


def test_a_month_of_its_own_adds_nothing_to_a_longer_span():
    five, one = told(5, 1, upheld=False), told(1, 2, upheld=True)
    assert figures(five + one, LEAST) == figures(five, LEAST)
    mixed = told(5, 1, upheld=False) + told(4, 2) + told(1, 2, upheld=True, buyer="z")
    found = figures(mixed, LEAST)
    assert (found.complaints, found.upheld.n, found.upheld.hits) == (10, 5, 0)


def test_a_listing_whose_rest_would_tell_one_buyer_is_left_out():
    rows = told(6, listing="A") + told(1, listing="B")
    assert listings_shown(rows, LEAST) == {}
    assert figures(rows, LEAST, "A") is None
    assert figures(rows, LEAST).complaints == 7
    rows = told(6, listing="A") + told(5, listing="B") + told(1, listing="C", buyer="z")
    assert set(listings_shown(rows, LEAST)) == {"A"}
    assert set(listings_shown(told(6, listing="A") + told(5, listing="B"), LEAST)) == {"A", "B"}


rows_of = st.lists(
    st.builds(
        Told,
        month=st.integers(1, 3),
        merchant=st.just("M"),
        listing=st.sampled_from(["", "A", "B", "C"]),
        buyer=st.sampled_from([f"b{i}" for i in range(9)]),
        upheld=st.sampled_from([None, True, False]),
        mark=st.sampled_from([None, 1, 5]),
    ),
    max_size=60,
)


@given(rows_of)
def test_no_difference_between_two_answers_is_a_single_person(rows):
    def people(some):
        return len({t.buyer for t in some})

    for first in (1, 2, 3):
        month = [t for t in rows if t.month == first]
        whole = figures(month, LEAST)
        shown = listings_shown(month, LEAST)
        for name, cell in shown.items():
            assert people(cell) >= LEAST
            assert figures(month, LEAST, name).complaints == len(cell)
        rest = [t for t in month if t.listing not in shown]
        if whole is not None and shown:
            assert not rest or people(rest) >= LEAST
    one, all_three = figures([t for t in rows if t.month == 1], LEAST), figures(rows, LEAST)
    more = (all_three.complaints if all_three else 0) - (one.complaints if one else 0)
    assert more == 0 or people([t for t in rows if t.month > 1]) >= LEAST
    assert more == sum(len(m) for k in (2, 3) if people(m := [t for t in rows if t.month == k]) >= LEAST)


# --- from the tables -----------------------------------------------------------------------------------------------------------------------


def bought(i, now):
    days = {"paid_at": OCTOBER - 5 * DAY, "received_on": (OCTOBER - 2 * DAY).date()}
    return opened(order_id=f"O{i}", buyer_id=f"buyer-{i}", now=now, **days)


@pytest.fixture
def october(db):
    """Six complaints of six buyers: four paid and rated, one contested, one that the merchant left lying."""
    market()
    rows = [bought(i, OCTOBER + HOUR * i) for i in range(6)]
    for i, row in enumerate(rows[:5]):
        at = OCTOBER + HOUR * (i + i + 1)
        remedies = [Remedy("return_refund", Decimal("128.00"))]
        if i == 4:
            merchant.answer("contest", row.pk, SHOP, words="已使用", now=at)
            continue
        merchant.answer("offer", row.pk, SHOP, words="退货退款", remedies=remedies, now=at)
        consumer.do("accept", row.pk, offer=2, now=at)
        merchant.fulfil(row.pk, 0, SHOP, proof="流水", now=at)
        consumer.do("rate", row.pk, mark=4, now=at)
    upkeep.tick(OCTOBER + 2 * DAY)
    return rows


def test_figures_from_real_complaints(october):
    found = statistics(NOW)
    assert (found.first, found.last, found.least, found.left_out) == ("2026-08", "2026-10", 5, 0)
    (line,) = found.lines
    assert (line.id, line.name) == ("M1", "一号店")
    f = line.figures
    assert (f.complaints, f.in_time, f.upheld, f.refunds, f.mark) == (6, Share(5, 6, wilson(5, 6)), None, None, None)
    assert f.first_proposal == HOUR * 3  # 1, 2, 3, 4 hours and the default after two days
    one = statistics(NOW, merchant="M1")
    assert one.whole == line
    assert [(x.id, x.figures) for x in one.lines] == [("L1", f)]
    assert statistics(NOW, listing="L1").lines == one.lines
    assert statistics(NOW, merchant="M2").lines == statistics(NOW, listing="nothing").lines == ()
    assert statistics(NOW, merchant="M2", listing="L1").lines == ()


def test_months_that_are_over_and_days_of_china(october):
    assert statistics(NOW, start="2026-10-31", end="2026-10-01").lines == statistics(NOW).lines
    assert statistics(NOW, start="2026-08", end="2026-09").lines == ()
    assert statistics(datetime(2026, 10, 31, 23, 59, tzinfo=SHANGHAI)).last == "2026-09"
    assert statistics(datetime(2026, 11, 1, 0, 0, tzinfo=SHANGHAI)).last == "2026-10"
    refused("month_not_over", statistics, NOW, end="2026-11")
    refused("month_wrong", statistics, NOW, start="2026-13")
    refused("month_wrong", statistics, NOW, end="' or 1=1")
    refused("months_reversed", statistics, NOW, start="2026-10", end="2026-09")
    refused("months_many", statistics, NOW, start="2025-10", end="2026-10")


def test_the_merchant_replies_beside_his_figures(october):
    public_reply.reply("已改进", SHOP, now=NOW)
    public_reply.reply("此款已换温控器", SHOP, listing="L1", now=NOW)
    (line,) = statistics(NOW).lines
    assert (line.reply, line.replied_on) == ("已改进", "2026-11-26")
    one = statistics(NOW, merchant="M1")
    assert (one.whole.reply, one.lines[0].reply) == ("已改进", "此款已换温控器")
