"""
From events to `Tallies`: the embedded engine runs the statements of `statements.py` over a dense relation of small integers.

Ids are coded by their place in sorted order, so that the same set of events gives the same arrays whatever order or pieces it came in.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pinzhi.engine import statements
from pinzhi.engine.intake import twins
from pinzhi.engine.intake.columns import KINDS
from pinzhi.engine.tallies import UNKNOWN, Deliveries, Names, Outcomes, Sales, Tallies

SHANGHAI_US = 8 * 3600 * 1_000_000
DAY_US = 86_400 * 1_000_000


@dataclass(frozen=True, slots=True)
class Dense:
    """Events in the form that the statements read (`relation`), and the names that its codes stand for."""

    relation: pa.Table
    names: Names


def connect(threads: int | None = None, memory_mb: int = 2_000) -> duckdb.DuckDBPyConnection:
    """A private in-memory engine: no extensions are fetched, no files outside the caller's are touched."""
    options: dict[str, Any] = {
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "memory_limit": f"{memory_mb}MB",
        "preserve_insertion_order": "false",
    }
    if threads:
        options["threads"] = str(threads)
    return duckdb.connect(config=options)


def tallies(table: pa.Table, *, threads: int | None = None) -> Tallies:
    """
    The tallies of a table of events (`intake.SOURCED_SCHEMA`; a table without `source` is one feed). The rows may be in any order and must be
    distinct by (source, event_id), as `read_events` and the store give them.
    """
    return tallied(dense(table), threads=threads)


def tallied(events: Dense, *, threads: int | None = None) -> Tallies:
    """The tallies of events that are already dense."""
    relation = events.relation
    with connect(threads) as engine:
        engine.register("events", relation)
        sales = engine.execute(statements.SALES).fetchnumpy()
        outcomes = engine.execute(statements.OUTCOMES).fetchnumpy()
        deliveries = engine.execute(statements.DELIVERIES).fetchnumpy()
    days = np.asarray(relation.column("day")) if relation.num_rows else np.zeros(1, np.int32)
    return Tallies(
        names=events.names,
        sales=Sales(
            _int(sales["listing"]),
            _int(sales["batch"]),
            _int(sales["day"]),
            _int(sales["lines"]),
            _int(sales["units"], np.int64),
        ),
        outcomes=Outcomes(
            _int(outcomes["listing"]),
            _int(outcomes["batch"]),
            _int(outcomes["stream"], np.int8),
            _int(outcomes["order_day"]),
            _int(outcomes["delivery_day"]),
            _int(outcomes["day"]),
            _int(outcomes["company"], np.int8),
            _int(outcomes["bought"], np.int8),
            _int(outcomes["before"], np.int8),
            _int(outcomes["customers"]),
        ),
        deliveries=Deliveries(_int(deliveries["listing"]), _int(deliveries["day"]), _int(deliveries["orders"])),
        first_day=int(days.min()),
        last_day=int(days.max()),
        events=relation.num_rows,
    )


def _int(column: Any, type_: type[np.signedinteger[Any]] = np.int32) -> NDArray[Any]:
    """A column of counts; an empty or masked one becomes a plain array."""
    return np.ascontiguousarray(np.asarray(column), dtype=type_)


def dense(table: pa.Table) -> Dense:
    """Code the ids of a table of events and turn its times into days."""
    if "source" not in table.schema.names:
        table = table.add_column(0, "source", pa.array([""] * table.num_rows, pa.string()))
    columns = {"source": "source", "listing": "listing_id", "merchant": "merchant_id", "category": "category"}
    columns["batch"] = "batch_id"
    coded = {d: _coded(table.column(c)) for d, c in columns.items()}
    names = {d: n for d, (n, _) in coded.items()}
    codes = {d: c for d, (_, c) in coded.items()}
    return assembled(
        names,
        codes,
        kind=pc.index_in(table.column("kind"), pa.array(KINDS)).cast(pa.int8()),
        at=np.asarray(table.column("at").cast(pa.int64())),
        key=_event_keys(table, names["source"], codes["source"]),
        quantity=table.column("quantity"),
        score=table.column("score"),
        order_id=table.column("order_id"),
        buyer_id=table.column("buyer_id"),
    )


def assembled(
    names: dict[str, tuple[str, ...]],
    codes: dict[str, NDArray[np.int32]],
    *,
    kind: Any,
    at: NDArray[np.int64],
    key: NDArray[np.int64],
    quantity: Any,
    score: Any,
    order_id: pa.ChunkedArray,
    buyer_id: pa.ChunkedArray,
) -> Dense:
    """Put coded columns together; the last event of a listing says who sells it and in which category."""
    listing = codes["listing"]
    order = np.lexsort((key, at, listing))
    last = order[np.append(listing[order][1:] != listing[order][:-1], True)] if len(order) else order
    relation = pa.table(
        {
            "listing": listing,
            "batch": codes["batch"],
            "kind": kind,
            "moment": at,
            "day": days_of(at),
            "quantity": quantity,
            "score": pc.fill_null(score, 0),
            "source": codes["source"],
            "event_key": key,
            "order_key": keyed(order_id),
            "buyer_key": keyed(buyer_id),
        }
    )
    return Dense(
        relation,
        Names(
            names["listing"],
            names["merchant"],
            names["category"],
            names["batch"],
            codes["merchant"][last],
            codes["category"][last],
        ),
    )


def keyed(column: pa.ChunkedArray) -> pa.Array:
    """The 64-bit hash of each id as a signed integer, null where there is none."""
    nulls = np.asarray(column.is_null()) if column.null_count else None
    return pa.array(twins.hashes(column).view(np.int64), mask=nulls)


def _event_keys(table: pa.Table, sources: tuple[str, ...], source: NDArray[np.int32]) -> NDArray[np.int64]:
    """The key of each event, as the store computes it."""
    out = np.empty(table.num_rows, np.uint64)
    for code, name in enumerate(sources):
        rows = slice(None) if len(sources) == 1 else np.flatnonzero(source == code)
        ids = table.column("event_id")
        out[rows] = twins.keys(name, ids if len(sources) == 1 else ids.take(pa.array(rows)))
    return out.view(np.int64)


def days_of(at: NDArray[np.int64]) -> NDArray[np.int32]:
    """Days since 1970-01-01 in China from microseconds UTC."""
    return np.asarray((at + SHANGHAI_US) // DAY_US, dtype=np.int32)


def _coded(column: pa.ChunkedArray) -> tuple[tuple[str, ...], NDArray[np.int32]]:
    """(sorted distinct values, code of each row; UNKNOWN for null)."""
    encoded = column.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0) if encoded.num_chunks else pa.array([], pa.string()).dictionary_encode()
    order = np.asarray(pc.sort_indices(encoded.dictionary))
    place = np.empty(len(order) + 1, np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    place[-1] = UNKNOWN
    indices = np.asarray(pc.fill_null(encoded.indices, len(order)))
    return tuple(encoded.dictionary.take(pa.array(order)).to_pylist()), place[indices]
