"""
The dimensions outside the fact table: each name once, with the small integer that the facts carry.

Codes are given in order of arrival and never change. New names are durable before the facts that use them; a name without facts is harmless.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from pinzhi.engine.intake import twins

DIMENSIONS = {
    "source": "source",
    "listing": "listing_id",
    "merchant": "merchant_id",
    "category": "category",
    "batch": "batch_id",
    "region": "region",
    "carrier": "carrier",
}
"""Dimension → the event column it codes."""

NAMES_SCHEMA = pa.schema([("dimension", pa.string()), ("code", pa.int32()), ("name", pa.string())])


@dataclass(slots=True)
class Dimension:
    """The names of one column: position = code. Found by 64-bit hash, told apart by themselves."""

    names: pa.Array = field(default_factory=lambda: pa.array([], pa.string()))
    _hashes: NDArray[np.uint64] = field(default_factory=lambda: np.zeros(0, np.uint64))
    _codes: NDArray[np.int32] = field(default_factory=lambda: np.zeros(0, np.int32))

    def learn(self, names: pa.Array) -> None:
        """Take over names that get the next codes."""
        self.names = pa.concat_arrays([self.names, names])
        hashes = np.concatenate([self._hashes, twins.hashes(names)])
        first = len(self._codes)
        codes = np.concatenate([self._codes, np.arange(first, first + len(names), dtype=np.int32)])
        order = np.argsort(hashes, kind="stable")
        self._hashes, self._codes = hashes[order], codes[order]

    def find(self, names: pa.Array) -> NDArray[np.int32]:
        """The code of each name, -1 for one that is not known."""
        out = np.full(len(names), -1, np.int32)
        if not len(self._hashes) or not len(names):
            return out
        wanted = twins.hashes(names)
        place = np.searchsorted(self._hashes, wanted)
        rows = np.flatnonzero(self._hashes[np.minimum(place, len(self._hashes) - 1)] == wanted)
        while rows.size:
            codes = self._codes[place[rows]]
            same = np.asarray(pc.equal(self.names.take(pa.array(codes)), names.take(pa.array(rows))))
            out[rows[same]] = codes[same]
            rows = rows[~same]  # another name with the same hash: look at the next one
            place[rows] += 1
            rows = rows[place[rows] < len(self._hashes)]
            rows = rows[self._hashes[place[rows]] == wanted[rows]]
        return out


@dataclass(slots=True)
class Dimensions:
    """All dimensions, and the names that are not durable yet."""

    of: dict[str, Dimension] = field(default_factory=lambda: {d: Dimension() for d in DIMENSIONS})
    fresh: list[pa.Table] = field(default_factory=list)

    def learn(self, table: pa.Table) -> None:
        """Take over stored names. Raises ValueError where codes are missing."""
        for dimension, known in self.of.items():
            mine = table.filter(pc.equal(table.column("dimension"), dimension)).sort_by("code")
            first = len(known.names)
            codes = np.asarray(mine.column("code"))
            new = mine.slice(int(np.searchsorted(codes, first)))
            if not np.array_equal(np.asarray(new.column("code")), np.arange(first, first + new.num_rows)):
                raise ValueError("the names of the event store have a gap")
            if new.num_rows:
                known.learn(_array(new.column("name")))

    def coded(self, dimension: str, column: pa.ChunkedArray | pa.Array) -> pa.Array:
        """The codes of a column of names (null stays null); unknown names get the next codes and wait in `fresh`."""
        if column.null_count == len(column):
            return pa.nulls(len(column), pa.int32())
        encoded = _array(column).dictionary_encode()
        known = self.of[dimension]
        codes = known.find(encoded.dictionary)
        unknown = np.flatnonzero(codes < 0)
        if unknown.size:
            first = len(known.names)
            codes[unknown] = np.arange(first, first + unknown.size, dtype=np.int32)
            names = encoded.dictionary.take(pa.array(unknown))
            known.learn(names)
            dimensions = pa.array([dimension]).take(pa.array(np.zeros(len(names), np.int8)))
            self.fresh.append(pa.table([dimensions, pa.array(codes[unknown]), names], schema=NAMES_SCHEMA))
        return pa.array(codes).take(encoded.indices)

    def decoded(self, dimension: str, codes: pa.Array | pa.ChunkedArray) -> pa.Array | pa.ChunkedArray:
        """The names of a column of codes."""
        return self.of[dimension].names.take(codes)

    def waiting(self) -> pa.Table:
        """The names that wait to be made durable, as a table."""
        return pa.concat_tables(self.fresh).combine_chunks() if self.fresh else NAMES_SCHEMA.empty_table()


def _array(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One contiguous array."""
    if isinstance(column, pa.Array):
        return column
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays([pa.array([], pa.string()), *column.chunks])
