"""
The columns of an event, as the interface contract names them, with types and limits.

`kind` says what happened; `at` is the moment in UTC with microseconds; ids are the marketplace's own. The table that leaves the intake has exactly these
columns in this order; absent optional values are null, and `quantity` is 1 where a feed does not say.
"""

from __future__ import annotations

import pyarrow as pa

KINDS: tuple[str, ...] = ("sale", "delivery", "return", "review", "complaint", "refund", "cancel", "scan")
"""Every kind of event. The position is the small integer that the store and the aggregates use; only append."""

KIND_CODE: dict[str, int] = {kind: code for code, kind in enumerate(KINDS)}

MONEY = pa.decimal128(15, 2)
TIME = pa.timestamp("us", "UTC")

EVENT_SCHEMA = pa.schema(
    [
        ("event_id", pa.string()),
        ("kind", pa.string()),
        ("at", TIME),
        ("listing_id", pa.string()),
        ("merchant_id", pa.string()),
        ("category", pa.string()),
        ("order_id", pa.string()),
        ("batch_id", pa.string()),
        ("code", pa.string()),
        ("quantity", pa.int32()),
        ("amount", MONEY),
        ("score", pa.int8()),
        ("reason", pa.string()),
        ("text", pa.string()),
        ("buyer_id", pa.string()),
        ("region", pa.string()),
        ("carrier", pa.string()),
    ]
)
"""The table of accepted events: one row per event, sorted as read."""

SOURCED_SCHEMA = EVENT_SCHEMA.insert(0, pa.field("source", pa.string()))
"""The same with the feed in front: what `read_events` returns and `aggregates.tallies` takes."""

REQUIRED: tuple[str, ...] = ("event_id", "kind", "at", "listing_id", "merchant_id", "category")
TEXTS: tuple[str, ...] = tuple(f.name for f in EVENT_SCHEMA if f.type == pa.string())

LONGEST: dict[str, int] = dict.fromkeys(TEXTS, 128) | {"kind": 32, "reason": 512, "text": 20_000, "code": 512}
"""Longest value of each text column in UTF-8 bytes. Ids fit the columns of the operational store."""

MOST_PIECES = 10_000_000
"""More pieces than this in one line are a slip of the finger, not an order."""

EARLIEST_DAY = "2000-01-01"
"""Nothing was sold on these marketplaces before; 1899 and 1970 are spreadsheets' and computers' zero days."""
