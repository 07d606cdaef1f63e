"""
Exact search in many 256-bit fingerprints.

A fingerprint is eight words of 32 bits, each word two halves of 16. If two fingerprints differ in at most 31 bits, then

1. some word differs in at most 3 bits: eight words with 4 or more would make 32;
2. one half of that word differs in at most 1 bit: two halves with 2 or more would make 4.

So there is one table per half, sixteen in all. It lists the fingerprints by the value of the half and keeps the other half of the word beside each. A
query looks up its 16 halves and their 16 x 16 neighbours at one bit, drops at once whatever differs in more than 3 bits of the word, and counts all
256 bits of the few that are left. Nothing at distance 31 or less can be missed. With n random fingerprints 272 n / 65,536 entries are read and about
one in a hundred of those is counted in full.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.admission.rules.pictures.pdq import SAME, Hash, distance

Ints = NDArray[np.intp]

HALVES, VALUES = 16, 1 << 16
NEAR_WORD = 3
_FLIPS = np.array([0, *(1 << b for b in range(16))], dtype=np.uint16)
"""The half itself, then its neighbours at one bit."""
_LIMITS = np.tile(np.array([NEAR_WORD, *[NEAR_WORD - 1] * 16], dtype=np.uint8), HALVES)
"""What the other half may still differ in, per probe."""
_FIRST = (np.arange(HALVES) * (VALUES + 1)).repeat(len(_FLIPS))
_OTHER = (np.arange(HALVES) ^ 1).repeat(len(_FLIPS))
"""Per probe, the other half of its word."""
AT_ONCE = 1_000_000
"""Entries read before they are thinned: bounds the memory of a batch at some 20 MB."""


@dataclass(frozen=True, slots=True)
class Found:
    """Pairs within the distance that was asked for, by query, distance and item."""

    query: Ints
    item: Ints
    distance: Ints


@dataclass(frozen=True, slots=True, eq=False)
class Index:
    """
    The sixteen tables. `starts` (16 x 65,537) says where the entries of a value begin, `items` (16 x n) holds the numbers of the fingerprints,
    `others` (16 x n) the other halves; 96 bytes per fingerprint beside its own 32.
    """

    hashes: Hash
    starts: NDArray[np.int32]
    items: NDArray[np.int32]
    others: NDArray[np.uint16]

    @classmethod
    def of(cls, hashes: Hash) -> Index:
        """Build the tables over fingerprints of shape (n, 4), n below 2^27."""
        n = len(hashes)
        halves = _halves(hashes)
        starts = np.zeros(HALVES * (VALUES + 1), dtype=np.int32)
        items = np.empty(HALVES * n, dtype=np.int32)
        others = np.empty(HALVES * n, dtype=np.uint16)
        for table in range(HALVES):
            order = np.argsort(halves[:, table], kind="stable")
            counts = np.bincount(halves[:, table], minlength=VALUES)
            begin = table * (VALUES + 1)
            starts[begin] = table * n
            starts[begin + 1 : begin + VALUES + 1] = table * n + np.cumsum(counts)
            items[table * n : (table + 1) * n] = order
            others[table * n : (table + 1) * n] = halves[order, table ^ 1]
        return cls(np.ascontiguousarray(hashes), starts, items, others)

    def within(self, queries: Hash, limit: int = SAME) -> Found:
        """
        Every fingerprint at distance `limit` or less of each query (shape (q, 4)).

        Raises ValueError for a limit above 31: the tables could miss some.
        """
        if not 0 <= limit <= SAME:
            raise ValueError(f"the tables are exact from 0 to {SAME}")
        parts = [self._part(start, some, limit) for start, some in self._portions(queries)]
        query, item, far = (np.concatenate(column) for column in zip(*parts, strict=True)) if parts else _nothing()
        order = np.lexsort((item, far, query)) if len(query) > 1 else slice(None)
        return Found(query[order], item[order], far[order])

    def _portions(self, queries: Hash) -> Iterator[tuple[int, Hash]]:
        """Batches of about AT_ONCE entries: a crowded bank is searched in smaller batches."""
        share = max(1, len(self.hashes) * HALVES * len(_FLIPS) // VALUES)
        step = max(1, AT_ONCE // share)
        for start in range(0, len(queries), step):
            yield start, queries[start : start + step]

    def _part(self, first: int, queries: Hash, limit: int) -> tuple[Ints, Ints, Ints]:
        halves = _halves(queries)
        slots = ((halves[:, :, None] ^ _FLIPS).reshape(len(queries), -1) + _FIRST).ravel()
        begin = self.starts.take(slots)
        counts = self.starts.take(slots + 1) - begin
        ends = np.cumsum(counts, dtype=np.int32)
        entry = np.repeat((begin - ends + counts).astype(np.intp), counts)
        entry += np.arange(len(entry))
        apart = self.others.take(entry)
        apart ^= np.repeat(halves[:, _OTHER].ravel(), counts)
        limits = _LIMITS if len(queries) == 1 else np.tile(_LIMITS, len(queries))
        left = np.flatnonzero(np.bitwise_count(apart) <= np.repeat(limits, counts))
        query = np.searchsorted(ends, left, side="right") // len(_LIMITS)
        item = self.items[entry[left]].astype(np.intp)
        far = distance(self.hashes[item], queries[query])
        close = np.flatnonzero(far <= limit)
        if len(close) > 1:  # several tables may lead to the same one
            pair = query[close] * len(self.hashes) + item[close]
            order = pair.argsort()
            close, pair = close[order], pair[order]
            close = close[np.concatenate(([True], pair[1:] != pair[:-1]))]
        return query[close] + first, item[close], far[close]


def _nothing() -> tuple[Ints, Ints, Ints]:
    empty = np.zeros(0, dtype=np.intp)
    return empty, empty, empty


def _halves(hashes: Hash) -> NDArray[np.uint16]:
    """The sixteen halves of each fingerprint, shape (n, 16)."""
    return np.ascontiguousarray(hashes, dtype="<u8").view("<u2").reshape(len(hashes), HALVES)
