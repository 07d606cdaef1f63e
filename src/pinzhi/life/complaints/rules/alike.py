"""
Is this the same matter as an open complaint? Likeness of texts within blocks of product, merchant or batch, with groups that say why.

    index = Index(weights, AlikePolicy(threshold=0.35, least_grams=8, most=20))
    index.place("C1", "充电时鼓包了…", blocks=("listing:L1",))            # a group of its own
    index.place("C2", "鼓包了，充电的时候…", blocks=("listing:L1",))      # joins that of C1, with score and version
    index.apart("C1", "C2")                                              # a person knows better: kept for ever

An explicit key (the same order, code or letter) goes before likeness; what a person said goes before both. A complaint joins the group of its best match and
never joins two groups to one: chains of weak likeness do not grow. A change of algorithm has another version and places new complaints only. The index holds
hashes and figures, no words. Pure and without a lock: one thread at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from enum import StrEnum

import numpy as np

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.rules.postings import F32, Lists, Weights, measure, read
from pinzhi.life.complaints.rules.triage.grams import Keys, fold

VERSION = "alike-tfidf-2-3/1"
LEAST_PIECE = 4
MOST_PIECES = 5
LONGEST_EXPLAINED = 2_000


class Ground(StrEnum):
    """Why a complaint stands in its group."""

    ALONE = "alone"
    KEY = "key"
    PERSON = "person"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class AlikePolicy:
    """Figures of `[alike]`: likeness from which two texts are one matter, grams below which a text is too short to tell, and matches that are named."""

    threshold: float
    least_grams: int
    most: int

    def wrong(self) -> dict[str, bool]:
        """Which figure makes no sense."""
        return {
            "threshold": not 0.1 <= self.threshold <= 1,
            "least_grams": not 1 <= self.least_grams <= 1000,
            "most": not 1 <= self.most <= 1000,
        }


@dataclass(frozen=True, slots=True)
class Match:
    """An open complaint that is like the one asked about, 0 to 1."""

    id: str
    score: float


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a complaint was put and why. `group` is the id of the group's first complaint; `like` are the best matches, best first."""

    id: str
    group: str
    ground: Ground
    score: float
    like: tuple[Match, ...]
    version: str


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
    """Open complaints by block. See the module."""

    def __init__(self, weights: Weights, policy: AlikePolicy) -> None:
        self.weights, self.policy = weights, policy
        self.version = f"{VERSION}+{weights.mark}"
        self._blocks: dict[str, _Block] = {}
        self._groups: dict[str, str] = {}
        self._members: dict[str, list[str]] = {}
        self._keys: dict[str, str] = {}
        self._must: dict[str, set[str]] = {}
        self._cannot: dict[str, set[str]] = {}
        self._gone: set[str] = set()

    def __len__(self) -> int:
        """How many complaints are open."""
        return len(self._groups) - len(self._gone)

    @property
    def bytes(self) -> int:
        """Memory of the lists; names and groups come on top (some 300 bytes a complaint)."""
        return sum(b.lists.bytes for b in self._blocks.values())

    def group(self, id_: str) -> str:
        """The group of a complaint. Raises RefusedError(`complaint_unknown`)."""
        if id_ not in self._groups:
            raise RefusedError.because(
                "complaint_unknown", f"no complaint {id_[:60]!r} was placed", "place it first", field="id"
            )
        return self._groups[id_]

    def members(self, group: str) -> tuple[str, ...]:
        """The complaints of a group in the order in which they came."""
        return tuple(self._members.get(group, ()))

    def find(self, text: str, blocks: Sequence[str] = ("",)) -> list[Match]:
        """Open complaints like this text in any of the blocks, best first; none for a text that is too short to tell."""
        keys, weights = self._vector(text)
        return self._matches(keys, weights, blocks)

    def place(self, id_: str, text: str, blocks: Sequence[str] = ("",), key: str = "") -> Placement:
        """
        Put a new complaint into a group and remember it. Raises RefusedError(`complaint_placed`) for an id that is there.

        The order: what a person said of this id, the same explicit key, the best match above the threshold that no person has parted from it.
        """
        if id_ in self._groups:
            raise RefusedError.because(
                "complaint_placed", f"complaint {id_[:60]!r} was placed before", "use another id", field="id"
            )
        keys, weights = self._vector(text)
        like = self._matches(keys, weights, blocks)
        group, ground, score = self._choose(id_, key, like)
        self._join(id_, group)
        if key:
            self._keys.setdefault(key, id_)
        for name in dict.fromkeys(blocks):
            block = self._blocks.setdefault(name, _Block())
            block.lists.add(keys, weights)
            block.ids.append(id_)
        return Placement(id_, self._groups[id_], ground, score, tuple(like[: self.policy.most]), self.version)

    def load(self, rows: Iterable[tuple[str, str, str]], block: str = "") -> int:
        """Take in (id, text, group) of complaints that were placed before, as after a restart: nothing is decided anew. Returns how many."""
        held = [r for r in rows if r[0] not in self._groups]
        found = read([text for _, text, _ in held])
        into = self._blocks.setdefault(block, _Block())
        into.lists.extend(found, measure(found, self.weights))
        into.ids.extend(id_ for id_, _, _ in held)
        for id_, _, group in held:
            self._join(id_, group or id_)
        return len(held)

    def remove(self, id_: str) -> None:
        """A complaint was closed: it is found no more, its group stays as it is."""
        self.group(id_)
        self._gone.add(id_)

    def together(self, one: str, two: str) -> str:
        """A person says: one matter. Kept for ever; the groups are joined. Raises RefusedError where a person said the opposite of members."""
        first, second = self.group(one), self.group(two)
        if any(self._cannot.get(m, set()) & set(self._members[second]) for m in self._members[first]):
            raise RefusedError.because(
                "parted_by_a_person",
                "members of these groups were parted by a person",
                "take that back first",
                field="id",
            )
        self._must.setdefault(one, set()).add(two)
        self._must.setdefault(two, set()).add(one)
        if first != second:
            for id_ in self._members.pop(second):
                self._groups[id_] = first
                self._members[first].append(id_)
        return first

    def apart(self, one: str, two: str) -> None:
        """A person says: two matters. Kept for ever; the second leaves with whatever a person tied to it. Raises RefusedError where both are tied."""
        group = self.group(one)
        self.group(two)
        tied = self._tied(two)
        if one in tied:
            raise RefusedError.because(
                "joined_by_a_person", "a person joined these complaints", "take that back first", field="id"
            )
        self._cannot.setdefault(one, set()).add(two)
        self._cannot.setdefault(two, set()).add(one)
        if self._groups[two] != group:
            return
        leaving = [m for m in self._members[group] if m in tied]
        staying = [m for m in self._members[group] if m not in tied]
        del self._members[group]
        for part in (staying, leaving):
            self._members[part[0]] = part
            for id_ in part:
                self._groups[id_] = part[0]

    def _tied(self, id_: str) -> set[str]:
        found, ahead = {id_}, [id_]
        while ahead:
            for other in self._must.get(ahead.pop(), ()):
                if other not in found:
                    found.add(other)
                    ahead.append(other)
        return found

    def _vector(self, text: str) -> tuple[Keys, F32]:
        found = read([text])
        return found.keys, measure(found, self.weights)

    def _matches(self, keys: Keys, weights: F32, blocks: Sequence[str]) -> list[Match]:
        if len(keys) < self.policy.least_grams:
            return []
        best: dict[str, float] = {}
        for name in dict.fromkeys(blocks):
            block = self._blocks.get(name)
            if block is None:
                continue
            which, score = block.lists.find(keys, weights, self.policy.threshold)
            for number, value in zip(which.tolist(), score.tolist(), strict=True):
                id_ = block.ids[number]
                if id_ not in self._gone:
                    best[id_] = max(best.get(id_, 0.0), value)
        ranked = sorted(best.items(), key=lambda kv: (-kv[1], kv[0]))
        return [Match(id_, min(1.0, round(value, 4))) for id_, value in ranked]

    def _choose(self, id_: str, key: str, like: Sequence[Match]) -> tuple[str, Ground, float]:
        if key and key in self._keys:
            group = self._groups[self._keys[key]]
            if not self._parted(id_, group):
                return group, Ground.KEY, 1.0
        for match in like:
            group = self._groups[match.id]
            if not self._parted(id_, group):
                return group, Ground.TEXT, match.score
        return id_, Ground.ALONE, 0.0

    def _parted(self, id_: str, group: str) -> bool:
        return bool(self._cannot.get(id_, set()) & set(self._members[group]))

    def _join(self, id_: str, group: str) -> None:
        self._groups[id_] = group
        self._members.setdefault(group, []).append(id_)


def explain(one: str, two: str, weights: Weights) -> Explanation:
    """How like two texts are, and the longest pieces that both say."""
    found = read([one, two])
    value = measure(found, weights)
    cut = int(found.start[1])
    _, a, b = np.intersect1d(found.keys[:cut], found.keys[cut:], assume_unique=True, return_indices=True)
    score = float(value[:cut][a] @ value[cut:][b])
    first, second = fold(one, None, LONGEST_EXPLAINED), fold(two, None, LONGEST_EXPLAINED)
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    pieces = sorted(
        {first[m.a : m.a + m.size].strip() for m in blocks if m.size >= LEAST_PIECE}, key=lambda p: (-len(p), p)
    )
    return Explanation(round(score, 4), tuple(p for p in pieces if p)[:MOST_PIECES], f"{VERSION}+{weights.mark}")
