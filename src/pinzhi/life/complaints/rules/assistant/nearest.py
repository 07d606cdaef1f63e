"""
Single utterances, each by itself: which matter has the one nearest to a question, and which kinds of things were told of a matter.

A matter of which much was heard is likely of many questions; only what somebody said almost so shows that it is the one. The nearness is the cosine of
marks weighed by their rarity (Manning, Raghavan and Schütze, «Introduction to Information Retrieval», 6.3), without the length of the question, which
is the same for all.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.complaints.rules.assistant.heard import marks
from pinzhi.life.complaints.rules.assistant.kinds import Kinds
from pinzhi.life.complaints.rules.assistant.ranking import Index, index

_TOLD = 2
"""So often a kind was named of a matter that it belongs to it."""


@dataclass(frozen=True)
class Utterances:
    """Everything said, with the matter of each, its size, and the kinds that belong to each matter."""

    kinds: Kinds
    said: Index
    owners: NDArray[np.int64]
    sizes: NDArray[np.float64]
    told: Sequence[frozenset[str]]

    def nearest(self, text: str) -> NDArray[np.float64]:
        """By matter how near the nearest thing said of it is to a normalised text; only the order and the ratios mean something."""
        found = np.zeros(self.said.documents)
        for mark in marks(text, self.kinds):
            found[self.said.holding(mark)] += self.said.idf(mark) ** 2
        best = np.zeros(len(self.told))
        np.maximum.at(best, self.owners, found / self.sizes)
        return best

    def strange(self, text: str, matter: int) -> frozenset[str]:
        """The kinds that a normalised text names and that nobody told of a matter: it asks for something else besides."""
        return frozenset(self.kinds.of(text)) - self.told[matter]


def spoken(matters: Sequence[Sequence[str]], kinds: Kinds) -> Utterances:
    """What was said of each matter, as normalised texts."""
    owners, documents, told = [], [], []
    for number, said in enumerate(matters):
        named: Counter[str] = Counter()
        for text in said:
            owners.append(number)
            documents.append(list(marks(text, kinds)))
            named.update(kinds.of(text))
        told.append(frozenset(kind for kind, times in named.items() if times >= _TOLD))
    found = index(documents)
    squares = np.zeros(found.documents)
    rarities: Mapping[str, float] = {mark: found.idf(mark) ** 2 for mark in found.numbers}
    for number, document in enumerate(documents):
        squares[number] = sum(rarities[mark] for mark in document)
    return Utterances(kinds, found, np.array(owners, dtype=np.int64), np.maximum(np.sqrt(squares), 1e-9), told)
