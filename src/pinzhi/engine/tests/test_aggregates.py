from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.engine import aggregates
from pinzhi.engine.intake import SOURCED_SCHEMA
from pinzhi.engine.tallies import UNKNOWN, Stream
from pinzhi.engine.tests import reference

T0 = datetime(2026, 3, 1, 2, 0, tzinfo=UTC)
D0 = reference.day(T0)


def row(n, kind, listing="L1", *, at=T0, source="s", **more):
    base = dict.fromkeys(SOURCED_SCHEMA.names)
    base |= {
        "source": source,
        "event_id": f"e{n}",
        "kind": kind,
        "at": at,
        "listing_id": listing,
        "merchant_id": "M1",
        "category": "C1",
        "quantity": 1,
    }
    return base | more


def table(rows):
    return pa.Table.from_pylist(rows, schema=SOURCED_SCHEMA)


def days(n):
    return T0 + timedelta(days=n)


def outcomes(t):
    o = t.outcomes
    return [
        tuple(int(x) for x in line)
        for line in zip(o.listing, o.batch, o.stream, o.order_day, o.delivery_day, o.day, o.count, strict=True)
    ]


def test_a_bulk_return_of_one_buyer_counts_once_and_is_placed_by_its_order():
    t = aggregates.tallies(
        table(
            [
                row(1, "sale", order_id="o1", buyer_id="b1", batch_id="B7", quantity=50),
                row(2, "delivery", order_id="o1", at=days(3)),
                *[row(10 + i, "return", order_id="o1", buyer_id="b1", at=days(9)) for i in range(50)],
                row(90, "return", at=days(9)),
                row(91, "return", at=days(9)),
            ]
        )
    )
    assert t.names.listings == ("L1",)
    assert t.names.batches == ("B7",)
    assert (t.sales.lines.tolist(), t.sales.units.tolist(), t.sales.day.tolist()) == ([1], [50], [D0])
    assert (t.deliveries.day.tolist(), t.deliveries.orders.tolist()) == ([D0 + 3], [1])
    assert outcomes(t) == [
        (0, UNKNOWN, Stream.RETURN, UNKNOWN, UNKNOWN, D0 + 9, 2),
        (0, 0, Stream.RETURN, D0, D0 + 3, D0 + 9, 1),
    ]
    assert (t.first_day, t.last_day, t.events) == (D0, D0 + 9, 54)


def test_without_an_order_id_the_latest_earlier_purchase_of_the_same_buyer_is_taken():
    t = aggregates.tallies(
        table(
            [
                row(1, "sale", buyer_id="b", at=days(0), batch_id="B1"),
                row(2, "sale", buyer_id="b", at=days(5), batch_id="B2"),
                row(3, "sale", buyer_id="b", at=days(20), batch_id="B3"),
                row(4, "sale", "L2", buyer_id="b", at=days(6)),
                row(5, "complaint", buyer_id="b", at=days(7)),
            ]
        )
    )
    # no delivery in this feed: the sale stands for it
    assert outcomes(t) == [(0, 1, Stream.COMPLAINT, D0 + 5, D0 + 5, D0 + 7, 1)]
    assert t.deliveries.orders.tolist() == [1, 1, 1, 1]


def test_reviews_count_once_and_bad_ones_again_in_their_own_stream():
    t = aggregates.tallies(
        table([row(1, "review", score=2, buyer_id="a"), row(2, "review", score=5, buyer_id="b"), row(3, "review")])
    )
    assert [(o[2], o[6]) for o in outcomes(t)] == [(Stream.REVIEW, 3), (Stream.BAD_REVIEW, 1)]


def test_marks_tell_a_habit_of_the_buyer_from_a_fault_of_the_goods():
    t = aggregates.tallies(
        table(
            [
                *[row(i, "sale", f"L{i}", buyer_id="b", at=days(0)) for i in range(5)],
                row(10, "return", "L0", buyer_id="b", at=days(3)),
                *[row(20 + i, "return", f"L{i}", buyer_id="b", at=days(9)) for i in range(1, 4)],
                row(30, "sale", "L9", buyer_id="b", at=days(9)),
                row(40, "return", "L4", at=days(9)),
            ]
        )
    )
    o = t.outcomes
    assert list(zip(o.company.tolist(), o.bought.tolist(), o.before.tolist(), strict=True)) == [
        (1, 3, 0),
        (3, 3, 1),
        (3, 3, 1),
        (3, 3, 1),
        (0, 0, 0),
    ]


def test_the_day_turns_at_midnight_in_china():
    late = datetime(2026, 3, 1, 15, 59, 59, 999999, tzinfo=UTC)
    t = aggregates.tallies(table([row(1, "sale", at=late), row(2, "sale", at=late + timedelta(microseconds=1))]))
    assert t.sales.day.tolist() == [D0, D0 + 1]


def test_the_latest_event_says_who_sells_the_listing():
    rows = [
        row(1, "sale", merchant_id="Z", category="old", at=days(1)),
        row(3, "sale", merchant_id="B", category="new", at=days(2)),
        row(2, "sale", merchant_id="A", category="at the same moment", at=days(2)),
    ]
    t = aggregates.tallies(table(rows))
    last = max(rows, key=reference.order)
    assert t.names.merchants[t.names.merchant[0]] == last["merchant_id"]
    assert t.names.categories[t.names.category[0]] == last["category"]
    assert aggregates.tallies(table(rows[::-1])).names.merchant.tolist() == t.names.merchant.tolist()


def test_an_empty_table_has_empty_tallies():
    t = aggregates.tallies(table([]))
    assert (t.events, t.sales.listing.size, t.outcomes.listing.size, t.names.listings) == (0, 0, 0, ())


SOME = st.sampled_from
EVENTS = st.lists(
    st.builds(
        lambda kind, listing, hours, order_id, buyer, batch, quantity, score, source: {
            "kind": kind,
            "listing": listing,
            "at": T0 + timedelta(hours=hours),
            "order_id": order_id,
            "buyer_id": buyer,
            "batch_id": batch,
            "quantity": quantity,
            "score": score,
            "source": source,
        },
        SOME(("sale", "sale", "sale", "delivery", "return", "review", "complaint", "refund", "cancel", "scan")),
        SOME(("L1", "L2", "甲")),
        st.integers(0, 60),
        SOME((None, None, "o1", "o2")),
        SOME((None, "b1", "b2")),
        SOME((None, "B1", "B2")),
        st.integers(1, 3),
        SOME((None, 1, 3, 5)),
        SOME(("s", "t")),
    ),
    max_size=25,
)


def built(drawn):
    return [row(n, d.pop("kind"), d.pop("listing"), **d) for n, d in enumerate([dict(d) for d in drawn])]


@settings(max_examples=60, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_the_statements_say_what_the_rules_say(drawn, chance):
    rows = built(drawn)
    expected = reference.tables(rows)
    chance.shuffle(rows)
    got = aggregates.tallies(table(rows))
    assert reference.spelled(got) == expected
    assert np.all(np.diff(got.sales.listing) >= 0)
