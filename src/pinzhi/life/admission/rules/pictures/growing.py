"""An exact index that grows: tables over most of the fingerprints, and the newest ones counted one by one until it pays to build the tables anew."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.admission.rules.pictures.nearest import Index
from pinzhi.life.admission.rules.pictures.pdq import SAME, WORDS, Hash

LEAST, SHARE = 4000, 0.25
"""New fingerprints that are counted one by one: so many, or this share of those in the tables."""


class Growing:
    """Fingerprints with their owners (any number); everything within 31 of a query is found."""

    def __init__(self) -> None:
        self._hashes: Hash = np.zeros((0, WORDS), dtype=np.uint64)
        self._owners: NDArray[np.int64] = np.zeros(0, dtype=np.int64)
        self._tables: Index | None = None

    def __len__(self) -> int:
        return len(self._hashes)

    def add(self, hashes: Hash, owners: NDArray[np.int64]) -> None:
        """More fingerprints, shape (n, 4), with their owners, shape (n,)."""
        self._hashes = np.concatenate([self._hashes, hashes])
        self._owners = np.concatenate([self._owners, owners])
        done = len(self._tables.hashes) if self._tables is not None else 0
        if len(self._hashes) - done > max(LEAST, SHARE * done):
            self._tables = Index.of(self._hashes)

    def within(self, queries: Hash) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """(query, owner) of every pair at distance 31 or less; a pair may come more than once."""
        done, query, owner = 0, [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        if self._tables is not None and len(queries):
            done = len(self._tables.hashes)
            found = self._tables.within(queries)
            query.append(found.query.astype(np.int64))
            owner.append(self._owners[found.item])
        rest = self._hashes[done:]
        if len(rest):
            for i, one in enumerate(queries):
                close = np.flatnonzero(np.bitwise_count(rest ^ one).sum(axis=1) <= SAME)
                query.append(np.full(len(close), i, np.int64))
                owner.append(self._owners[done + close])
        return np.concatenate(query), np.concatenate(owner)
