"""
A bank of known pictures, and what a new picture has in common with them.

Candidates come from one exact search at distance 31, asked twice: for the fingerprints of the views, and for the descriptors of the points, where
each point of the query has one vote per picture. Every candidate is then laid over the query and compared. Only the comparison says «the same»; a
candidate that shares the design but not the picture is a look-alike, and a look-alike is for a person to judge, never a ground to refuse.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import atan2, degrees

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.admission.rules.pictures.geometry import Affine, Marks, aligned, marks, overlaid, plausible
from pinzhi.life.admission.rules.pictures.nearest import Index
from pinzhi.life.admission.rules.pictures.pdq import WORDS, Hash, Turn
from pinzhi.life.admission.rules.pictures.residual import Likeness, compared
from pinzhi.life.admission.rules.pictures.views import Picture, View, asked, kept

VOTES = 3
"""Points of the query that must have a twin in a picture before it is looked at."""
LOOKED_AT = 8
"""Candidates by votes that are compared, at most: the rest share a logo or a letter."""
SAME = 0.88
"""Measured on the shared pictures: copies from 0.9 up, look-alikes of one design up to 0.76."""
SURE = 0.97
"""So much preserved needs no better map."""
ALIKE, AGREED = 0.4, 15
"""A look-alike: so much preserved, and so many points that agree (or a fingerprint within 31)."""
PARTIAL = 0.1
"""A part of a picture proves less than the whole: two packs of one design may share a corner."""
FEW_BLOCKS, FEW_WHEN_CLOSE = 6, 3
"""Fewer blocks with edges prove nothing by themselves; beside a fingerprint within 31 half as many do."""
SHOWN = 0.2
"""Share of the bank's picture that the query must show."""
FULL_SCORE = 0.24
"""The score is 0.5 at SAME and 1 where everything is preserved."""
SPARED, TILTED, SQUEEZED = 0.95, 1.0, 1.05
"""From which share, degrees and ratio of sides the words `crop`, `frame`, `tilt` and `squeeze` are said."""


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What the bank keeps of a picture: its name, the fingerprints of its views, its points."""

    name: str
    views: tuple[View, ...]
    marks: Marks

    @classmethod
    def of(cls, name: str, picture: Picture) -> Known:
        """Take the fingerprints and points of a picture."""
        return cls(name, tuple(kept(picture)), marks(picture))


@dataclass(frozen=True, slots=True)
class Match:
    """
    A picture of the bank that the query has something in common with.

    `same`: the query is that picture, edited as `transform` says (bank's picture to query); otherwise it is a look-alike. `score` 0 to 1, from 0.5 up
    the same.
    """

    name: str
    same: bool
    score: float
    transform: str
    likeness: Likeness


@dataclass(frozen=True, slots=True, eq=False)
class Bank:
    """The pictures and the two indexes over their fingerprints and descriptors; `owner` and `holder` say whose each is."""

    known: tuple[Known, ...]
    prints: Index
    owner: NDArray[np.int32]
    points: Index
    holder: NDArray[np.int32]

    @classmethod
    def of(cls, known: Sequence[Known]) -> Bank:
        """Build the indexes."""
        prints = [v.hash for k in known for v in k.views]
        points = [k.marks.descriptors for k in known]
        return cls(
            tuple(known),
            Index.of(_stacked(prints)),
            np.repeat(np.arange(len(known), dtype=np.int32), [len(k.views) for k in known]),
            Index.of(_stacked(points)),
            np.repeat(np.arange(len(known), dtype=np.int32), [len(p) for p in points]),
        )

    def matches(self, picture: Picture, fetch: Callable[[int], Picture]) -> list[Match]:
        """
        The pictures that the query is, or looks like; the best first.

        `fetch(i)` gives the pixels of the i-th known picture: they are asked for candidates only.
        """
        straight, mirrored = marks(picture), marks(picture, mirrored=True)
        views = asked(picture)
        close = self._by_prints(views)
        found = []
        for i in dict.fromkeys((*close, *self._by_points(straight, mirrored))):
            matrix, agreed = self._laid(i, straight, mirrored)
            if matrix is None and i in close:
                matrix, agreed = _by_windows(*close[i]), 0
            if matrix is None or not plausible(matrix):
                continue
            one = fetch(i)
            laid, likeness = _compared(one, picture, matrix)
            if (match := _judged(self.known[i].name, likeness, agreed, close=i in close)) is not None:
                words = transform(laid, likeness, one.shape[:2], picture.shape[:2])
                found.append(Match(match.name, match.same, match.score, words, match.likeness))
        return sorted(found, key=lambda m: (-m.score, m.name))

    def _by_prints(self, views: Sequence[View]) -> dict[int, tuple[View, View]]:
        """Pictures with a fingerprint within 31: the nearest pair of views of each."""
        hits = self.prints.within(_stacked([v.hash for v in views]))
        first = np.cumsum([0, *(len(k.views) for k in self.known)])
        best: dict[int, tuple[int, View, View]] = {}
        for query, item, far in zip(hits.query.tolist(), hits.item.tolist(), hits.distance.tolist(), strict=True):
            i = int(self.owner[item])
            if i not in best or far < best[i][0]:
                best[i] = (far, self.known[i].views[item - int(first[i])], views[query])
        return {i: (mine, theirs) for i, (_, mine, theirs) in sorted(best.items())}

    def _by_points(self, straight: Marks, mirrored: Marks) -> list[int]:
        """Pictures by the votes of the points of the query, upright or in the mirror, whichever gives more."""
        votes = np.zeros(len(self.known), dtype=np.intp)
        for seen in (straight, mirrored):
            hits = self.points.within(seen.descriptors)
            each = np.unique(hits.query * len(self.known) + self.holder[hits.item])
            votes = np.maximum(votes, np.bincount(each % len(self.known), minlength=len(self.known)))
        order = np.argsort(-votes, kind="stable")[:LOOKED_AT]
        return [int(i) for i in order if votes[i] >= VOTES]

    def _laid(self, i: int, straight: Marks, mirrored: Marks) -> tuple[Affine | None, int]:
        found = [a for seen in (straight, mirrored) if (a := aligned(self.known[i].marks, seen)) is not None]
        return max(found, key=lambda a: a[1]) if found else (None, 0)


def _stacked(hashes: Sequence[Hash]) -> Hash:
    """All rows under one another; of shape (0, 4) where there are none."""
    return np.concatenate([h.reshape(-1, WORDS) for h in hashes]) if hashes else np.zeros((0, WORDS), dtype=np.uint64)


def _compared(one: Picture, picture: Picture, matrix: Affine) -> tuple[Affine, Likeness]:
    """Compare by the map of the points, and where that leaves a doubt by the refined one too; the better counts."""
    pair = overlaid(one, picture, matrix)
    first = compared(pair)
    if first.preserved >= SURE:
        return pair.matrix, first
    refined = overlaid(one, picture, matrix, refine=True)
    second = compared(refined)
    return (refined.matrix, second) if second.preserved > first.preserved else (pair.matrix, first)


def _judged(name: str, found: Likeness, agreed: int, *, close: bool) -> Match | None:
    """The same, a look-alike, or nothing."""
    strength = found.preserved - found.recoloured / 2 - PARTIAL * (1 - found.covered)
    score = float(np.clip(0.5 + (strength - SAME) / FULL_SCORE, 0, 1))
    if strength >= SAME and found.blocks >= (FEW_WHEN_CLOSE if close else FEW_BLOCKS) and found.covered >= SHOWN:
        return Match(name, True, round(score, 3), "", found)
    if strength >= ALIKE and (agreed >= AGREED or close):
        return Match(name, False, round(min(score, 0.49), 3), "", found)
    return None


def _by_windows(mine: View, theirs: View) -> Affine:
    """The map of the bank's picture onto the query that lays the one view on the other."""
    back = theirs.turn.inverse
    # Unit square to unit square, y downwards, about its middle: first the mirror, then quarter turns anticlockwise.
    square = np.linalg.matrix_power(np.array([[0.0, 1.0], [-1.0, 0.0]]), back.quarters)
    if back.mirrored:
        square = square @ np.diag([-1.0, 1.0])
    (x, y, w, h), (u, v, p, q) = (
        (view.window.left, view.window.top, view.window.right - view.window.left, view.window.bottom - view.window.top)
        for view in (mine, theirs)
    )
    linear = np.diag([p, q]) @ square @ np.diag([1 / w, 1 / h])
    middle = np.array([u + p / 2 - 0.5, v + q / 2 - 0.5]) - linear @ np.array([x + w / 2 - 0.5, y + h / 2 - 0.5])
    return np.column_stack([linear, middle])


def transform(matrix: Affine, found: Likeness, kept_size: tuple[int, int], asked_size: tuple[int, int]) -> str:
    """
    What was done to the bank's picture (sizes as height, width), in words joined by `+`.

    `identity`, or `mirror`, `rotate90`, `rotate180`, `rotate270` (anticlockwise, after the mirror), `tilt`, `squeeze`, `crop`, `frame`, `overlay`.
    """
    linear = matrix[:, :2]
    flipped = bool(np.linalg.det(linear) < 0)
    straight = linear @ np.diag([-1.0, 1.0]) if flipped else linear
    left, sides, right = np.linalg.svd(straight)
    spin = left @ right
    angle = degrees(atan2(spin[0, 1], spin[0, 0]))
    quarters = round(angle / 90)
    tilted = abs(angle - 90 * quarters) > TILTED
    turn = Turn(flipped, quarters % 4)
    share = (
        abs(float(np.linalg.det(linear)))
        * kept_size[0]
        * kept_size[1]
        * found.covered
        / (asked_size[0] * asked_size[1])
    )
    spared = SPARED - 0.1 * tilted  # a tilt alone loses its corners
    words = [turn.name] if turn.name != "identity" else []
    words += [
        word
        for word, said in (
            ("tilt", tilted),
            ("squeeze", sides[0] / sides[1] > SQUEEZED),
            ("crop", found.covered < spared),
            ("frame", share < spared),
            ("overlay", found.overlay),
        )
        if said
    ]
    return "+".join(words) or "identity"
