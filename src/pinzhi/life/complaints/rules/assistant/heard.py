"""
What people have been heard to say of each matter, and how likely a question is of each: `Heard.scores`.

A multinomial naive Bayes over grams, kinds and pairs of kinds. Each gram is smoothed towards its share in all matters, so that a word nobody has used
for a matter speaks against it no more than its rarity allows (Manning, Raghavan and Schütze, «Introduction to Information Retrieval», 13.2; the prior
there is the background here).
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.complaints.rules.assistant.kinds import Kinds
from pinzhi.life.complaints.rules.assistant.words import grams, matter

_FEW = 4
"""Grams of a question that count as so many: one word alone is no story."""


def marks(text: str, kinds: Kinds) -> Iterator[str]:
    """What of a normalised text is compared, each once: its grams, the kinds that it names and their pairs."""
    yield from dict.fromkeys(grams(matter(text)))
    named = kinds.of(text)
    for number, kind in enumerate(named):
        yield f"@{kind}"
        for other in named[number + 1 :]:
            yield f"@{kind} {other}"


@dataclass(frozen=True)
class Heard:
    """
    The matters that a mark was heard of. Marks as flat arrays: `starts` has one entry more than there are marks; `worth` is what a mark adds to a
    matter; `base` what every mark takes from it.
    """

    kinds: Kinds
    numbers: Mapping[str, int]
    starts: NDArray[np.int64]
    holders: NDArray[np.int32]
    worth: NDArray[np.float64]
    base: NDArray[np.float64]

    def scores(self, text: str) -> tuple[NDArray[np.float64], int]:
        """
        By matter how much likelier a normalised text is than from anybody (logarithm, by the root of its length), and how many of its marks are known.

        Marks that nobody used say nothing.
        """
        found = np.zeros(len(self.base))
        known = 0
        for mark in marks(text, self.kinds):
            number = self.numbers.get(mark)
            if number is not None:
                known += 1
                span = slice(self.starts[number], self.starts[number + 1])
                found[self.holders[span]] += self.worth[span]
        scores: NDArray[np.float64] = (found + known * self.base) / np.sqrt(max(known, _FEW))
        return scores, known


def heard(matters: Sequence[Sequence[str]], kinds: Kinds, smoothing: float) -> Heard:
    """What was said of each matter, as normalised texts. `smoothing` is the weight of the background as a share of all marks."""
    numbers: dict[str, int] = {}
    mark_of, holders, times = array("i"), array("i"), array("i")
    sizes = np.zeros(len(matters))
    for number, said in enumerate(matters):
        counted: Counter[str] = Counter()
        for text in said:
            counted.update(marks(text, kinds))
        sizes[number] = counted.total()
        for mark, count in counted.items():
            mark_of.append(numbers.setdefault(mark, len(numbers)))
            holders.append(number)
            times.append(count)
    mark_ids, held_by = np.array(mark_of, dtype=np.int64), np.array(holders, dtype=np.int32)
    counts = np.array(times, dtype=np.float64)
    order = np.argsort(mark_ids, kind="stable")
    mark_ids, held_by, counts = mark_ids[order], held_by[order], counts[order]
    often = np.bincount(mark_ids, weights=counts, minlength=len(numbers)) + 1.0
    often = often / max(float(often.sum()), 1.0)
    background = max(smoothing * len(numbers), 1e-9)
    starts = np.concatenate([[0], np.cumsum(np.bincount(mark_ids, minlength=len(numbers)))]).astype(np.int64)
    worth = np.log1p(counts / (often[mark_ids] * background)) if numbers else counts
    return Heard(kinds, numbers, starts, held_by, worth, np.log(background) - np.log(sizes + background))
