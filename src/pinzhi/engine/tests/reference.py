"""The counting rules said once more, slowly and plainly, to hold the statements against."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import numpy as np
import pyarrow as pa

from pinzhi.engine.intake import twins
from pinzhi.engine.tallies import Stream, Tallies

EIGHT = timedelta(hours=8)
STREAM = {
    "return": Stream.RETURN,
    "review": Stream.REVIEW,
    "complaint": Stream.COMPLAINT,
    "refund": Stream.REFUND,
    "cancel": Stream.CANCEL,
    "scan": Stream.SCAN,
}


def day(at):
    from datetime import date

    return ((at + EIGHT).date() - date(1970, 1, 1)).days


def order(row):
    return (row["at"], int(twins.keys(row["source"], pa.array([row["event_id"]])).view(np.int64)[0]))


def tables(rows):
    """(sales, outcomes, deliveries) as dictionaries keyed by ids instead of codes."""
    rows = sorted(rows, key=order)
    silent = {r["source"] for r in rows} - {r["source"] for r in rows if r["kind"] == "delivery"}
    sold = [r for r in rows if r["kind"] == "sale"]
    handed = [r for r in rows if r["kind"] == "delivery"]
    sales: Counter = Counter()
    units: Counter = Counter()
    for r in sold:
        key = (r["listing_id"], r["batch_id"], day(r["at"]))
        sales[key] += 1
        units[key] += r["quantity"]
    lines = {}
    deliveries: Counter = Counter()
    for r in sorted(handed + [s for s in sold if s["source"] in silent], key=order):
        if r["order_id"] is None:
            deliveries[r["listing_id"], day(r["at"])] += 1
        else:
            lines.setdefault((r["listing_id"], r["order_id"]), day(r["at"]))
    for (listing, _), d in lines.items():
        deliveries[listing, d] += 1
    customers = []
    seen = set()
    for r in rows:
        if r["kind"] in ("sale", "delivery"):
            continue
        batch, order_day, delivery_day = placed(r, sold, handed, silent)
        streams = [STREAM[r["kind"]]]
        if r["kind"] == "review" and r["score"] in (1, 2):
            streams.append(Stream.BAD_REVIEW)
        for stream in streams:
            if r["buyer_id"] is not None:
                customer = (r["listing_id"], stream, day(r["at"]), r["buyer_id"])
                if customer in seen:
                    continue
                seen.add(customer)
            customers.append(
                (r["buyer_id"], (r["listing_id"], batch, int(stream), order_day, delivery_day, day(r["at"])))
            )
    outcomes = Counter((*cell, *marks(buyer, cell, customers, sold)) for buyer, cell in customers)
    return {k: (sales[k], units[k]) for k in sales}, dict(outcomes), dict(deliveries)


def marks(buyer, cell, customers, sold):
    if buyer is None or cell[2] in (Stream.REVIEW, Stream.SCAN):
        return 0, 0, 0
    same = [c for b, c in customers if b == buyer and c[2] == cell[2]]
    bought = sum(1 for s in sold if s["buyer_id"] == buyer and day(s["at"]) < cell[5])
    before = sum(1 for c in same if c[5] < cell[5])
    return min(sum(1 for c in same if c[5] == cell[5]), 12), min(bought.bit_length(), 12), min(before.bit_length(), 12)


def placed(r, sold, handed, silent):
    same = [s for s in sold if s["listing_id"] == r["listing_id"]]
    sale = None
    if r["order_id"] is not None:
        sale = next((s for s in same if s["order_id"] == r["order_id"]), None)
    order_id = r["order_id"]
    if sale is None and r["buyer_id"] is not None:
        earlier = [s for s in same if s["buyer_id"] == r["buyer_id"] and s["at"] <= r["at"]]
        if earlier:
            latest = earlier[-1]["at"]
            sale = next(s for s in earlier if s["at"] == latest)
            order_id = sale["order_id"] or order_id
    batch = r["batch_id"] or (sale["batch_id"] if sale else None)
    order_day = day(sale["at"]) if sale else -1
    mine = [d for d in handed if d["listing_id"] == r["listing_id"]]
    by_order = [d for d in mine if order_id is not None and d["order_id"] == order_id]
    by_buyer = [d for d in mine if r["buyer_id"] is not None and d["buyer_id"] == r["buyer_id"] and d["at"] <= r["at"]]
    if by_order:
        delivery_day = day(by_order[0]["at"])
    elif by_buyer and (sale is None or by_buyer[-1]["at"] >= sale["at"]):
        delivery_day = day(by_buyer[-1]["at"])
    elif sale is not None and sale["source"] in silent:
        delivery_day = order_day
    else:
        delivery_day = -1
    return batch, order_day, delivery_day


def spelled(t: Tallies):
    """Tallies as the same dictionaries."""
    batch = lambda code: None if code < 0 else t.names.batches[code]  # noqa: E731
    s, o, d = t.sales, t.outcomes, t.deliveries
    sales = {
        (t.names.listings[a], batch(b), int(c)): (int(n), int(u))
        for a, b, c, n, u in zip(s.listing, s.batch, s.day, s.lines, s.units, strict=True)
    }
    outcomes = {
        (t.names.listings[a], batch(b), *map(int, rest)): int(n)
        for a, b, *rest, n in zip(
            o.listing,
            o.batch,
            o.stream,
            o.order_day,
            o.delivery_day,
            o.day,
            o.company,
            o.bought,
            o.before,
            o.count,
            strict=True,
        )
    }
    deliveries = {(t.names.listings[a], int(b)): int(n) for a, b, n in zip(d.listing, d.day, d.orders, strict=True)}
    return sales, outcomes, deliveries
