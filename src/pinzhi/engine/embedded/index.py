"""
The key index: which 64-bit event keys are stored, and in which file. Sorted runs of falling size, merged as they grow, so that an append costs a few
binary searches per event and the whole index is 12 bytes per event.

It holds no truth of its own: it is rebuilt from the `key` columns of the table's files, and a hit is only a suspicion until the ids have been compared.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint64]
Files = NDArray[np.int32]


@dataclass(slots=True)
class KeyIndex:
    """Runs of (sorted keys, file numbers). Neighbouring runs differ in size by more than `ratio`, so there are O(log n) of them."""

    ratio: int = 3
    runs: list[tuple[Keys, Files]] = field(default_factory=list)

    def __len__(self) -> int:
        return sum(len(k) for k, _ in self.runs)

    def add(self, keys: Keys, file: int) -> None:
        """Enter the keys of one file, which are sorted."""
        self.runs.append((keys, np.full(len(keys), file, np.int32)))
        while len(self.runs) > 1 and len(self.runs[-2][0]) <= self.ratio * len(self.runs[-1][0]):
            (a, fa), (b, fb) = self.runs[-2:]
            keys = np.concatenate([a, b])
            order = np.argsort(keys, kind="stable")  # timsort: two sorted halves merge in linear time
            self.runs[-2:] = [(keys[order], np.concatenate([fa, fb])[order])]

    def moved(self, files: list[int], into: int) -> None:
        """All events of `files` now lie in file `into` (compaction)."""
        for _, numbers in self.runs:
            numbers[np.isin(numbers, files)] = into

    def find(self, needles: Keys, order: NDArray[np.int64]) -> tuple[NDArray[np.int64], Files]:
        """
        (positions, file numbers) of every stored key that equals one of `needles`, which are sorted; several per key are possible. `order` tells the position
        of each needle: `needles = keys[order]`.
        """
        positions: list[NDArray[np.int64]] = []
        files: list[Files] = []
        for run, numbers in self.runs:
            left = np.searchsorted(run, needles)
            hit = np.flatnonzero(run[np.minimum(left, len(run) - 1)] == needles) if len(run) else left[:0]
            if not hit.size:
                continue
            width = np.searchsorted(run, needles[hit], side="right") - left[hit]
            start = np.repeat(left[hit] - np.concatenate([[0], np.cumsum(width)[:-1]]), width)
            files.append(numbers[start + np.arange(len(start))])
            positions.append(np.repeat(order[hit], width))
        if not positions:
            return np.zeros(0, np.int64), np.zeros(0, np.int32)
        return np.concatenate(positions), np.concatenate(files)
