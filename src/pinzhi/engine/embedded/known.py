"""Judging hits of the key index by the events themselves: the same event again, the same id with other content, or a mere collision of hashes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pinzhi.engine.intake import twins
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.kernel.refusal import Refusal

Read = Callable[[int], tuple[pa.Table, Callable[[pa.Table], pa.Table]]]


def judge(
    table: pa.Table,
    source: str,
    positions: NDArray[np.int64],
    files: NDArray[np.int32],
    lines: NDArray[np.int64],
    file: str,
    read: Read,
) -> tuple[NDArray[np.bool_], list[tuple[int, Refusal]]]:
    """
    (mask of the rows that are stored with the same content, (position, refusal) of those stored with other content).

    `positions` and `files` are the hits of the index; `read(number)` gives a file's facts and their decoder. A row without the same source and id among its
    hits is a collision and is left alone: it will be stored.
    """
    again = np.zeros(table.num_rows, dtype=bool)
    conflicts: list[tuple[int, Refusal]] = []
    keys = twins.keys(source, table.column("event_id"))
    for number in np.unique(files).tolist():
        mine = np.unique(positions[files == number])
        facts, decoded = read(number)
        needle, row = _pairs(keys[mine], np.asarray(facts.column("key")).view(np.uint64))
        if not needle.size:
            continue
        stored = decoded(facts.take(pa.array(row)))
        sent = table.take(pa.array(mine[needle]))
        same = _equal(stored, sent, "event_id") & np.asarray(pc.equal(stored.column("source"), pa.scalar(source)))
        differs: dict[int, str] = {}
        for name in EVENT_SCHEMA.names:
            for place in np.flatnonzero(same & ~_equal(stored, sent, name)).tolist():
                differs.setdefault(place, name)
        for place in np.flatnonzero(same).tolist():
            position = int(mine[needle[place]])
            if place not in differs:
                again[position] = True
                continue
            new: dict[str, Any] = sent.slice(place, 1).to_pylist()[0]
            old: dict[str, Any] = stored.slice(place, 1).to_pylist()[0]
            conflicts.append((position, twins.conflict(new, old, int(lines[position]), file)))
    return again, conflicts


def _pairs(needles: NDArray[np.uint64], keys: NDArray[np.uint64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """All (index into `needles`, row of `keys`) with equal values."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    left, right = np.searchsorted(ordered, needles), np.searchsorted(ordered, needles, side="right")
    width = right - left
    needle = np.repeat(np.arange(len(needles)), width)
    start = np.repeat(left - np.concatenate([[0], np.cumsum(width)[:-1]]), width) if len(needles) else left
    return needle, order[start + np.arange(len(start))]


def _equal(a: pa.Table, b: pa.Table, name: str) -> NDArray[np.bool_]:
    """Whether two columns agree row by row; two absent values agree."""
    left, right = a.column(name), b.column(name)
    values = pc.fill_null(pc.equal(left, right), False)
    return np.asarray(pc.or_(values, pc.and_(left.is_null(), right.is_null())))
