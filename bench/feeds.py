"""
What a marketplace sends, generated: batches of events and their bodies in every type that the door takes.

The mix is that of a shop with returns: of a hundred events about 55 sales, 30 deliveries, 6 returns, 7 reviews, 2 complaints; ids, orders and pseudonymous
buyers as text, amounts with two places. Nothing of it depends on the clock: the same number gives the same batch.
"""

from __future__ import annotations

import io
from decimal import Decimal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROWS = 54_000
"""Events in a batch: one day of a marketplace with twenty million a year."""
LISTINGS, MERCHANTS = 5_000, 400
KINDS = np.array(["sale", "delivery", "return", "review", "complaint"])
CATEGORIES = np.array(
    ["童装", "女装连衣裙", "充电宝", "数据线", "奶粉", "饮料", "厨房小家电", "面膜", "玩具", "运动鞋", "文具", "灯具"]
)
REGIONS = np.array(["上海", "江苏", "浙江", "广东", "四川", "北京", "山东", "湖北"])
REASONS = np.array(["质量问题", "与描述不符", "尺码不合", "七天无理由"])
FIRST = 1_746_057_600_000_000
"""2025-05-01 in UTC microseconds."""
DAY = 86_400_000_000
REQUIRED = ("event_id", "kind", "listing_id", "merchant_id", "category")
TEXTS = (*REQUIRED, "order_id", "reason", "buyer_id", "region")
SLIM = ["event_id", "kind", "at", "listing_id", "merchant_id", "category", "order_id", "quantity"]
"""What a feed must send, and the two that nearly every feed has."""
MONEY = pa.decimal128(15, 2)
TYPES = {
    "arrow": "application/vnd.apache.arrow.stream",
    "parquet": "application/vnd.apache.parquet",
    "ndjson": "application/x-ndjson",
    "json": "application/json",
}


def _text(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def batch(number: int, rows: int = ROWS, *, days: int = 1) -> pa.Table:
    """Batch `number`: events of `days` days from the day of that number on, in the columns of the interface contract."""
    chance = np.random.default_rng(number)
    kind = chance.choice(len(KINDS), rows, p=[0.55, 0.30, 0.06, 0.07, 0.02])
    listing = (LISTINGS * chance.random(rows) ** 2).astype(np.int64)
    order = number * rows + chance.integers(0, rows, rows)
    at = FIRST + number * DAY + chance.integers(0, days * DAY, rows) // 1000 * 1000
    cents = 990 + order * 7919 % 50_000
    review, sent_back = kind == 3, (kind == 2) | (kind == 4)
    return pa.table(
        {
            "event_id": _text("e", number * rows + np.arange(rows)),
            "kind": pa.array(KINDS).take(pa.array(kind)),
            "at": pa.array(at).cast(pa.timestamp("us", "UTC")),
            "listing_id": _text("L", listing),
            "merchant_id": _text("M", listing % MERCHANTS),
            "category": pa.array(CATEGORIES).take(pa.array(listing % len(CATEGORIES))),
            "order_id": _text("o", order),
            "quantity": pa.array(1 + order % 3, pa.int32()),
            "amount": pc.multiply(pa.array(cents).cast(pa.decimal128(19, 0)), pa.scalar(Decimal("0.01"))).cast(MONEY),
            "score": pa.array(np.where(review, 1 + order % 5, 0), pa.int8(), mask=~review),
            "reason": pa.array(REASONS).take(pa.array(order % len(REASONS), mask=~sent_back)),
            "buyer_id": _text("b", order * 2_654_435_761 % 800_000),
            "region": pa.array(REGIONS).take(pa.array(order % len(REGIONS))),
        }
    )


def objects(table: pa.Table) -> list[dict[str, object]]:
    """The events as a client writes them in JSON: times with their zone, money as text, absent values left out."""
    text = {"at": _china, "amount": lambda column: column.cast(pa.string())}
    for name in set(text) & set(table.schema.names):
        table = table.set_column(table.schema.get_field_index(name), name, text[name](table.column(name)))
    return [{k: v for k, v in row.items() if v is not None} for row in table.to_pylist()]


def _china(at: pa.ChunkedArray) -> pa.ChunkedArray:
    local = pc.strftime(
        at.cast(pa.timestamp("us", "Asia/Shanghai")).cast(pa.timestamp("s", "Asia/Shanghai"), safe=False),
        "%Y-%m-%dT%H:%M:%S",
    )
    return pc.binary_join_element_wise(local, "+08:00", "")


def body(table: pa.Table, kind: str) -> bytes:
    """The body of a request; `kind` is a key of TYPES."""
    if kind == "ndjson":
        return b"".join(msgspec.json.encode(o) + b"\n" for o in objects(table))
    if kind == "json":
        return msgspec.json.encode(objects(table))
    out = io.BytesIO()
    if kind == "parquet":
        pq.write_table(table, out, compression="zstd")
    else:
        with pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    return out.getvalue()
