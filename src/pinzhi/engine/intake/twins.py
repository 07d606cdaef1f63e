"""
Twins: rows with the same event id. Identical ones are duplicates, others a conflict in which the first row read stands.

Ids are compared as 64-bit hashes first; only rows whose hash occurs twice are looked at with their real ids and contents.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from pinzhi.kernel.refusal import Refusal

_MIX = np.uint64(0x9E3779B97F4A7C15)
_MIX2 = np.uint64(0xC2B2AE3D27D4EB4F)


def keys(source: str, event_ids: pa.Array | pa.ChunkedArray) -> NDArray[np.uint64]:
    """The 64-bit key of each event of one feed: a hash over source and event id."""
    return hashes(event_ids, int(hashes(pa.array([source]))[0]))


def hashes(array: pa.Array | pa.ChunkedArray, seed: int = 0) -> NDArray[np.uint64]:
    """
    A 64-bit hash of each string (null and empty hash alike); stable across versions, machines and runs, because stores keep it.

    Words of eight bytes are mixed by multiplication and shift. It is no defence against forged collisions and none is needed: a hit is always
    verified with the ids themselves.
    """
    if isinstance(array, pa.ChunkedArray):
        return np.concatenate([hashes(c, seed) for c in array.chunks]) if array.num_chunks else np.zeros(0, np.uint64)
    rows = len(array)
    if not rows:
        return np.zeros(0, np.uint64)
    _, offset_buffer, data_buffer = array.buffers()
    offsets = np.frombuffer(offset_buffer, np.int32, rows + 1, array.offset * 4).astype(np.int64)
    lengths = np.diff(offsets)
    out = lengths.astype(np.uint64) * _MIX + np.uint64(seed)
    longest = int(lengths.max())
    if longest == 0 or data_buffer is None:
        return out
    data = np.frombuffer(data_buffer, np.uint8)
    data = np.concatenate([data[offsets[0] : offsets[-1]], np.zeros(8, np.uint8)])
    words = np.lib.stride_tricks.as_strided(data, (len(data) - 7, 8), (1, 1)).view(np.uint64)[:, 0]
    starts = offsets[:-1] - offsets[0]
    for at in range(0, longest, 8):
        left = lengths - at
        if int(left.min()) >= 8:
            out = _mixed(out, words[starts + at])
            continue
        some = np.flatnonzero(left > 0)
        keep = np.minimum(left[some], 8)
        mask = np.uint64(0xFFFFFFFFFFFFFFFF) >> ((8 - keep) * 8).astype(np.uint64)
        out[some] = _mixed(out[some], words[starts[some] + at] & mask)
    return out


def _mixed(state: NDArray[np.uint64], word: NDArray[np.uint64]) -> NDArray[np.uint64]:
    state = (state ^ word) * _MIX2
    return (state ^ (state >> np.uint64(29))) * _MIX


def repeated(keys: NDArray[np.uint64], ordered: NDArray[np.uint64] | None = None) -> NDArray[np.int64]:
    """Positions, in rising order, of all keys that occur more than once; `ordered` are the keys in their order, where that is known."""
    ordered = np.sort(keys) if ordered is None else ordered
    twice = ordered[1:][ordered[1:] == ordered[:-1]]
    return np.flatnonzero(np.isin(keys, twice)) if twice.size else np.zeros(0, np.int64)


def without_twins(table: pa.Table, lines: NDArray[np.int64], file: str = "") -> tuple[pa.Table, int, list[Refusal]]:
    """(the table with each id once, how many identical rows were dropped, refusals of rows with a known id and other content)."""
    keep, duplicate, refused = first_of_each(table, lines, hashes(table.column("event_id")), file)
    return (table if keep.all() else table.filter(pa.array(keep))), duplicate, refused


def first_of_each(
    table: pa.Table,
    lines: NDArray[np.int64],
    keys: NDArray[np.uint64],
    file: str = "",
    ordered: NDArray[np.uint64] | None = None,
) -> tuple[NDArray[np.bool_], int, list[Refusal]]:
    """(mask of the first row of each id, how many identical rows follow, refusals of the others); `keys` are the rows' hashes, `ordered` see `repeated`."""
    keep = np.ones(table.num_rows, dtype=bool)
    suspects = repeated(keys, ordered)
    if not suspects.size:
        return keep, 0, []
    seen: dict[str, tuple[int, dict[str, object]]] = {}
    duplicate = 0
    refused: list[Refusal] = []
    for position, row in zip(suspects.tolist(), table.take(pa.array(suspects)).to_pylist(), strict=True):
        first = seen.setdefault(row["event_id"], (position, row))
        if first[0] == position:
            continue
        keep[position] = False
        if first[1] == row:
            duplicate += 1
        else:
            refused.append(conflict(row, first[1], int(lines[position]), file))
    return keep, duplicate, refused


def conflict(row: dict[str, object], known: dict[str, object], line: int | None, file: str = "") -> Refusal:
    """The refusal of a row whose id is known with other content."""
    other = next((n for n, v in row.items() if known.get(n) != v), "event_id")
    return Refusal(
        "event_id_conflict",
        f"event {row['event_id']!r} is known with another {other}",
        "an event does not change: give a correction an id of its own",
        other,
        line,
        file,
    )
