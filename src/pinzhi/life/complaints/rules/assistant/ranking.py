"""
BM25 over grams, as an inverted index in flat arrays: built once, asked many times.

Robertson and Zaragoza, «The Probabilistic Relevance Framework: BM25 and Beyond» (2009), equation 3.15 with the idf of Lucene, which is never negative.
"""

from __future__ import annotations

import math
from array import array
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

SATURATION, LENGTH = 1.2, 0.75
"""k1 and b of the literature."""


@dataclass(frozen=True)
class Index:
    """Which documents hold a gram, and what it is worth there. `starts` has one entry more than there are grams."""

    documents: int
    numbers: Mapping[str, int]
    starts: NDArray[np.int64]
    holders: NDArray[np.int32]
    worth: NDArray[np.float64]

    def scores(self, weights: Mapping[str, float]) -> NDArray[np.float64]:
        """The score of every document for grams with weights."""
        found = np.zeros(self.documents)
        for gram, weight in weights.items():
            number = self.numbers.get(gram)
            if number is not None:
                span = slice(self.starts[number], self.starts[number + 1])
                found[self.holders[span]] += weight * self.worth[span]
        return found

    def holding(self, gram: str) -> NDArray[np.int32]:
        """The documents that hold a gram."""
        number = self.numbers.get(gram)
        return self.holders[:0] if number is None else self.holders[self.starts[number] : self.starts[number + 1]]

    def idf(self, gram: str) -> float:
        """How rare a gram is; 0 where no document holds it."""
        held = len(self.holding(gram))
        return rarity(held, self.documents) if held else 0.0


def rarity(holding: int, documents: int) -> float:
    """The inverse document frequency of a gram that `holding` of `documents` hold."""
    return math.log1p((documents - holding + 0.5) / (holding + 0.5))


def index(documents: Sequence[Iterable[str]], *, length: float = LENGTH) -> Index:
    """An index of documents given as grams. `length` 0 lets long documents be as good as short ones."""
    numbers: dict[str, int] = {}
    grams, holders, times, sizes = array("i"), array("i"), array("i"), []
    for document, held in enumerate(documents):
        counted = Counter(held)
        sizes.append(sum(counted.values()))
        for gram, count in counted.items():
            grams.append(numbers.setdefault(gram, len(numbers)))
            holders.append(document)
            times.append(count)
    gram_of, holder = np.array(grams, dtype=np.int32), np.array(holders, dtype=np.int32)
    count_of = np.array(times, dtype=np.float64)
    size = np.array(sizes, dtype=np.float64)
    mean = float(size.mean()) if size.any() else 1.0
    order = np.argsort(gram_of, kind="stable")
    gram_of, holder, count_of = gram_of[order], holder[order], count_of[order]
    held_by = np.bincount(gram_of, minlength=len(numbers)).astype(np.float64)
    rare = np.log1p((len(size) - held_by + 0.5) / (held_by + 0.5))
    norm = SATURATION * (1 - length + length * size[holder] / mean) if len(holder) else count_of
    worth = rare[gram_of] * count_of * (SATURATION + 1) / (count_of + norm) if len(holder) else count_of
    starts = np.concatenate([[0], np.cumsum(held_by)]).astype(np.int64)
    return Index(len(size), numbers, starts, holder, worth)
