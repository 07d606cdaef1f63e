"""
Texts as weighted grams, and lists of which text holds which gram: the part of `alike` that is arithmetic.

A text is the set of its runs of two and three units (see `triage.grams`), weighted by how rare they are in a body of texts, of length one. The product of two
such texts is their likeness (cosine), 0 to 1. Lists are kept in segments that never change; a new text goes into a tail that becomes a segment when it is full.

Finding goes through the rarest grams of the question first. What the grams not yet looked at can still add is bounded by their length (Cauchy-Schwarz), so a
text that cannot reach the threshold any more is dropped without being looked at: nothing that lies above the threshold is missed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.complaints.rules.triage.grams import LONGEST_TEXT, Grams, Keys, fold, grams

TAIL = 512
SEGMENT = 32_768
"""Texts of the largest segment that is joined from two while the house works: joining is what a new text may have to wait for."""
LOADED = 262_144
"""Texts of the largest segment where many are taken in at once."""
ROUNDING = 0.004
"""Weights are kept in half precision; candidates are kept that much below the threshold and judged by the sum."""
F32 = NDArray[np.float32]


@dataclass(frozen=True)
class Weights:
    """How rare grams are: `keys` ascending with their weight, and the weight of a gram never seen. `mark` names the body they come from."""

    keys: Keys
    idf: F32
    unseen: float
    mark: str

    def of(self, keys: Keys) -> F32:
        """Weight of every key."""
        if not len(self.keys):
            return np.full(len(keys), self.unseen, np.float32)
        at = np.searchsorted(self.keys, keys)
        at[at == len(self.keys)] = 0
        return np.where(self.keys[at] == keys, self.idf[at], np.float32(self.unseen))


def read(texts: Sequence[str]) -> Grams:
    """The runs of two and three units of every text."""
    return grams([fold(t, None, LONGEST_TEXT) for t in texts], 2, 3)


def weigh(texts: Sequence[str], mark: str) -> Weights:
    """Weights by document frequency in these texts; a gram that stands once weighs as one never seen."""
    found = read(texts)
    keys, count = np.unique(found.keys, return_counts=True)
    n = len(texts)
    more = count > 1
    idf = np.log((n + 1) / (count[more] + 1)) + 1
    return Weights(keys[more], idf.astype(np.float32), float(np.log((n + 1) / 2) + 1), mark)


def measure(found: Grams, weights: Weights) -> F32:
    """The weight of every key of every text, each text of length one."""
    value = weights.of(found.keys)
    rows = found.rows()
    length = np.sqrt(np.bincount(rows, weights=value.astype(np.float64) ** 2, minlength=len(found)))
    length[length == 0] = 1
    return (value / length[rows]).astype(np.float32)


@dataclass(frozen=True)
class Segment:
    """For every gram (ascending) the texts that hold it and their weights. Texts are numbered from 0 within the segment."""

    grams: Keys
    start: NDArray[np.int64]
    texts: NDArray[np.int32]
    weights: NDArray[np.float16]
    count: int

    @property
    def bytes(self) -> int:
        """Memory of the arrays."""
        return self.grams.nbytes + self.start.nbytes + self.texts.nbytes + self.weights.nbytes

    def find(self, keys: Keys, weights: F32, least: float) -> tuple[NDArray[np.int64], F32]:
        """Texts whose likeness reaches `least`, with it. `keys` come with the heaviest weight first."""
        at = np.searchsorted(self.grams, keys)
        at[at == len(self.grams)] = 0
        here = self.grams[at] == keys
        at, weights = at[here], weights[here]
        if not len(at):
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        rest = np.sqrt(np.maximum(np.cumsum((weights.astype(np.float64) ** 2)[::-1])[::-1], 0))
        first = int(np.searchsorted(-rest, -0.5 * least))  # grams before it leave a rest below half of the threshold
        first = max(first, 1)
        left = float(rest[first]) if first < len(at) else 0.0
        total = np.zeros(self.count, np.float32)
        for i in range(first):
            a, b = self.start[at[i]], self.start[at[i] + 1]
            total[self.texts[a:b]] += weights[i] * self.weights[a:b]
        kept = np.flatnonzero(total >= least - left - ROUNDING)
        score = total[kept]
        for i in range(first, len(at)):
            if not len(kept):
                break
            a, b = self.start[at[i]], self.start[at[i] + 1]
            held = self.texts[a:b]
            place = np.searchsorted(held, kept)
            place[place == len(held)] = 0
            has = held[place] == kept
            score[has] += weights[i] * self.weights[a:b][place[has]]
        good = score >= least
        return kept[good], score[good]


def segment(found: Grams, weights: F32) -> Segment:
    """Arrange texts by gram."""
    order = np.argsort(found.keys, kind="stable")
    return _arranged(
        found.keys[order], found.rows()[order].astype(np.int32), weights[order].astype(np.float16), len(found)
    )


def _arranged(keys: Keys, texts: NDArray[np.int32], weights: NDArray[np.float16], count: int) -> Segment:
    names, start = np.unique(keys, return_index=True)
    return Segment(names, np.append(start, len(keys)).astype(np.int64), texts, weights, count)


def join(one: Segment, two: Segment) -> Segment:
    """Both as one; the texts of the second come behind those of the first."""
    keys = np.concatenate([np.repeat(s.grams, np.diff(s.start)) for s in (one, two)])
    order = np.argsort(keys, kind="stable")
    texts = np.concatenate([one.texts, two.texts + np.int32(one.count)])[order]
    return _arranged(keys[order], texts, np.concatenate([one.weights, two.weights])[order], one.count + two.count)


class Lists:
    """Texts by number, in order of arrival: segments and a tail."""

    def __init__(self) -> None:
        self.segments: list[Segment] = []
        self.tail: list[tuple[Keys, F32]] = []
        self._flat: tuple[Keys, F32, NDArray[np.int64]] | None = None

    def __len__(self) -> int:
        """How many texts, those that were taken out included."""
        return sum(s.count for s in self.segments) + len(self.tail)

    @property
    def bytes(self) -> int:
        """Memory of the arrays."""
        return sum(s.bytes for s in self.segments) + sum(k.nbytes + w.nbytes for k, w in self.tail)

    def add(self, keys: Keys, weights: F32) -> int:
        """One text behind the others; returns its number."""
        number = len(self)
        self.tail.append((keys, weights))
        self._flat = None
        if len(self.tail) >= TAIL:
            self._settle()
        return number

    def extend(self, found: Grams, weights: F32) -> int:
        """Many texts at once; returns the number of the first."""
        self._settle()
        first = len(self)
        for a in range(0, len(found), LOADED):
            b = min(a + LOADED, len(found))
            low, high = found.start[a], found.start[b]
            part = Grams(found.keys[low:high], found.start[a : b + 1] - low)
            self.segments.append(segment(part, weights[low:high]))
        return first

    def _settle(self) -> None:
        if not self.tail:
            return
        keys = np.concatenate([k for k, _ in self.tail])
        start = np.concatenate([[0], np.cumsum([len(k) for k, _ in self.tail])]).astype(np.int64)
        self.segments.append(segment(Grams(keys, start), np.concatenate([w for _, w in self.tail])))
        self.tail, self._flat = [], None
        while len(self.segments) > 1 and self.segments[-2].count <= self.segments[-1].count:
            if self.segments[-1].count + self.segments[-2].count > SEGMENT:
                break
            two = self.segments.pop()
            self.segments[-1] = join(self.segments[-1], two)

    def find(self, keys: Keys, weights: F32, least: float) -> tuple[NDArray[np.int64], F32]:
        """Numbers of the texts whose likeness reaches `least`, with it."""
        weights = self._known(keys, weights)
        order = np.argsort(-weights, kind="stable")
        heavy, value = keys[order], weights[order]
        numbers, scores, base = [], [], 0
        for s in self.segments:
            which, score = s.find(heavy, value, least)
            numbers.append(which + base)
            scores.append(score)
            base += s.count
        if self.tail:
            which, score = self._in_tail(keys, weights, least)
            numbers.append(which + base)
            scores.append(score)
        if not numbers:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        return np.concatenate(numbers), np.concatenate(scores)

    def _known(self, keys: Keys, weights: F32) -> F32:
        """
        Weights of the question, of length one again without the grams that no text here holds.

        A copy with other words in it has many grams that stand nowhere: they say that it was edited, not that it is another matter.
        """
        held = np.zeros(len(keys), bool)
        for s in self.segments:
            at = np.searchsorted(s.grams, keys)
            at[at == len(s.grams)] = 0
            held |= s.grams[at] == keys
        if self.tail:
            held |= np.isin(keys, self._tail()[0])
        length = float(np.sqrt(held @ (weights.astype(np.float64) ** 2)))
        return (weights / length).astype(np.float32) if length > 0 else weights

    def _tail(self) -> tuple[Keys, F32, NDArray[np.int64]]:
        if self._flat is None:
            start = np.concatenate([[0], np.cumsum([len(k) for k, _ in self.tail])]).astype(np.int64)
            self._flat = (np.concatenate([k for k, _ in self.tail]), np.concatenate([w for _, w in self.tail]), start)
        return self._flat

    def _in_tail(self, keys: Keys, weights: F32, least: float) -> tuple[NDArray[np.int64], F32]:
        held, value, start = self._tail()
        at = np.searchsorted(keys, held)
        at[at == len(keys)] = 0
        both = keys[at] == held
        row = np.repeat(np.arange(len(self.tail)), np.diff(start))[both]
        score = np.bincount(row, weights=(weights[at] * value)[both], minlength=len(self.tail)).astype(np.float32)
        good = np.flatnonzero(score >= least)
        return good, score[good]
