"""
Is this the same matter as another complaint? Likeness of texts within blocks of merchant, product or batch, and what two texts share.

    index = Index(weights, AlikePolicy(threshold=0.35, strict=0.5, least_grams=8, short_grams=50, days=90))
    index.add("C1", "充电时鼓包了…", "merchant:M1")
    index.find("鼓包了，充电的时候…", "merchant:M1")       # [Match("C1", 0.61)]

Which incident follows from it, and what persons said, is `gathering`. The index holds hashes and figures, no words: it can be read again from the table at any
time. A change of algorithm has another version and places new complaints only. Pure and without a lock: one thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import SequenceMatcher

import numpy as np

from pinzhi.life.complaints.rules.postings import F32, Lists, Weights, measure, read
from pinzhi.life.complaints.rules.triage.grams import Keys, fold

VERSION = "alike-tfidf-2-3/1"
LEAST_PIECE = 4
MOST_PIECES = 5
MARKS = " ,.!?;:、，。！？；：\0\1"
LONGEST_EXPLAINED = 2_000


@dataclass(frozen=True, slots=True)
class AlikePolicy:
    """
    Figures of `[alike]`: likeness from which two texts are one matter; the same where less is known: other goods, other kinds, or a text of less than
    `short_grams`; grams below which a text is too short to tell; and days after which a complaint is no longer compared.
    """

    threshold: float
    strict: float
    least_grams: int
    short_grams: int
    days: int

    def wrong(self) -> dict[str, bool]:
        """Which figure makes no sense."""
        return {
            "threshold": not 0.1 <= self.threshold <= 1,
            "strict": not self.threshold <= self.strict <= 1,
            "least_grams": not 1 <= self.least_grams <= 1000,
            "short_grams": not self.least_grams <= self.short_grams <= 1000,
            "days": not 1 <= self.days <= 3650,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """An open complaint that is like the one asked about, 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What two texts share, in the words of the first."""

    score: float
    pieces: tuple[str, ...]
    version: str


@dataclass
class _Block:
    lists: Lists = field(default_factory=Lists)
    ids: list[str] = field(default_factory=list)


class Index:
    """Complaints by block. See the module."""

    def __init__(self, weights: Weights, policy: AlikePolicy) -> None:
        self.weights, self.policy = weights, policy
        self.version = f"{VERSION}+{weights.mark}"
        self._blocks: dict[str, _Block] = {}

    def __len__(self) -> int:
        """How many complaints are held, counted once in each of their blocks."""
        return sum(len(b.ids) for b in self._blocks.values())

    @property
    def bytes(self) -> int:
        """Memory of the lists; names come on top (some 100 bytes a complaint)."""
        return sum(b.lists.bytes for b in self._blocks.values())

    def find(self, text: str, block: str) -> list[Match]:
        """The complaints of a block that are like this text, best first; none for a text that is too short to tell."""
        held = self._blocks.get(block)
        keys, weights = self._vector(text)
        if held is None or len(keys) < self.policy.least_grams:
            return []
        least = self.policy.strict if len(keys) < self.policy.short_grams else self.policy.threshold
        which, score = held.lists.find(keys, weights, least)
        found = [(held.ids[n], v) for n, v in zip(which.tolist(), score.tolist(), strict=True)]
        return [Match(id_, min(1.0, round(v, 4))) for id_, v in sorted(found, key=lambda kv: (-kv[1], kv[0]))]

    def add(self, id_: str, text: str, block: str) -> None:
        """One complaint behind the others."""
        into = self._blocks.setdefault(block, _Block())
        into.lists.add(*self._vector(text))
        into.ids.append(id_)

    def load(self, rows: Iterable[tuple[str, str]], block: str) -> int:
        """Many (id, text) at once, as after a start. Returns how many."""
        held = list(rows)
        found = read([text for _, text in held])
        into = self._blocks.setdefault(block, _Block())
        into.lists.extend(found, measure(found, self.weights))
        into.ids.extend(id_ for id_, _ in held)
        return len(held)

    def drop(self, block: str) -> None:
        """Forget a block: it can be read again."""
        self._blocks.pop(block, None)

    def _vector(self, text: str) -> tuple[Keys, F32]:
        found = read([text])
        return found.keys, measure(found, self.weights)


def explain(one: str, two: str, weights: Weights) -> Explanation:
    """How like two texts are, and the longest pieces that both say."""
    found = read([one, two])
    value = measure(found, weights)
    cut = int(found.start[1])
    _, a, b = np.intersect1d(found.keys[:cut], found.keys[cut:], assume_unique=True, return_indices=True)
    score = float(value[:cut][a] @ value[cut:][b])
    first, second = fold(one, None, LONGEST_EXPLAINED), fold(two, None, LONGEST_EXPLAINED)
    pieces: list[str] = []
    while (
        len(pieces) < MOST_PIECES
    ):  # the longest first, wherever it stands: a shuffled copy says the same in another order
        m = SequenceMatcher(None, first, second, autojunk=False).find_longest_match()
        if m.size < LEAST_PIECE:
            break
        pieces.append(first[m.a : m.a + m.size].strip(MARKS))
        first = f"{first[: m.a]}\0{first[m.a + m.size :]}"
        second = f"{second[: m.b]}\1{second[m.b + m.size :]}"
    return Explanation(round(score, 4), tuple(p for p in pieces if p)[:MOST_PIECES], f"{VERSION}+{weights.mark}")
