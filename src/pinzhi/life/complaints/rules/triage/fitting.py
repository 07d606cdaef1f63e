"""
Training of a linear model over grams: weighted by document frequency and by how much more often a gram stands with one label (naive Bayes ratio), squared
hinge with a quadratic penalty, minimised by L-BFGS. numpy alone.

Sources: Wang and Manning 2012 (weights of naive Bayes in a linear machine); Liu and Nocedal 1989 (L-BFGS); Platt 1999 (probabilities from margins). The same
texts, labels and settings give the same figures: nothing is drawn, every sum has one order.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.complaints.rules.triage.grams import Grams, Keys

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Objective = Callable[[Floats], tuple[float, Floats]]

CHUNK = 4_096


@dataclass(frozen=True, slots=True)
class Fitting:
    """How to fit. `evenness` is added to every naive Bayes weight; `penalty` is the C of the hinge; a gram needs `least` texts."""

    penalty: float = 0.1
    evenness: float = 0.5
    least: int = 2
    rounds: int = 40
    close: float = 1e-4
    held_back: int = 20
    """One text in so many is kept out of the fit, to turn margins into probabilities."""
    doubt: float = 1.0
    """Margins are multiplied by it afterwards: below 1 for a model that will meet other texts than those it was trained on."""


@dataclass(frozen=True)
class Space:
    """The grams that a model knows, ascending, and their weight by document frequency."""

    keys: Keys
    idf: NDArray[np.float32]

    def find(self, grams: Grams) -> tuple[NDArray[np.int32], Ints]:
        """Indexes of the known grams of every text, with the bounds of each text."""
        if not len(self.keys):
            return np.zeros(0, np.int32), np.zeros(len(grams) + 1, np.int64)
        at = np.searchsorted(self.keys, grams.keys)
        at[at == len(self.keys)] = 0
        known = self.keys[at] == grams.keys
        start = np.concatenate([[0], np.cumsum(known)])[grams.start]
        return at[known].astype(np.int32), start


def space(grams: Grams, least: int) -> Space:
    """Every gram that stands in at least so many texts."""
    keys, count = np.unique(grams.keys, return_counts=True)
    keys, count = keys[count >= least], count[count >= least]
    idf = np.log((len(grams) + 1) / (count + 1)) + 1
    return Space(keys, idf.astype(np.float32))


def sums(values: NDArray[np.float32], start: Ints) -> NDArray[np.float32]:
    """Sums of the stretches between the bounds; an empty stretch is zero."""
    if not len(values):
        return np.zeros(len(start) - 1, np.float32)
    first = np.minimum(start[:-1], len(values) - 1)
    found = np.add.reduceat(values, first)
    found[start[:-1] == start[1:]] = 0
    return found


def lengths(idf: NDArray[np.float32], at: NDArray[np.int32], start: Ints) -> NDArray[np.float32]:
    """The Euclidean length of every text; 1 for a text without a known gram."""
    found = np.sqrt(sums(idf[at] ** 2, start))
    return np.where(found > 0, found, np.float32(1))


@dataclass
class Table:
    """Texts as known grams, both by text and by gram, ready for many passes."""

    at: NDArray[np.int32]
    start: Ints
    text: NDArray[np.int32]
    gram_start: Ints
    inverse: NDArray[np.float32]

    @classmethod
    def of(cls, known: Space, grams: Grams) -> Table:
        """Arrange."""
        at, start = known.find(grams)
        row = np.repeat(np.arange(len(start) - 1, dtype=np.int32), np.diff(start))
        order = np.argsort(at, kind="stable")
        gram_start = np.concatenate([[0], np.cumsum(np.bincount(at, minlength=len(known.keys)))])
        return cls(at, start, row[order], gram_start, (1 / lengths(known.idf, at, start)).astype(np.float32))


def inner(a: Floats, b: Floats) -> float:
    """The scalar product in one thread: the parallel one of BLAS waits for its own threads on a busy machine, and may sum in another order."""
    return float(np.einsum("i,i->", a, b))


def minimum(objective: Objective, at: Floats, rounds: int, close: float, memory: int = 8) -> Floats:
    """L-BFGS with a backtracking search."""
    steps: list[Floats] = []
    turns: list[Floats] = []
    value, slope = objective(at)
    for _ in range(rounds):
        way = slope.copy()
        shares: list[float] = []
        for s, t in zip(reversed(steps), reversed(turns), strict=True):
            shares.append(inner(s, way) / inner(s, t))
            way -= shares[-1] * t
        way *= (
            inner(steps[-1], turns[-1]) / inner(turns[-1], turns[-1])
            if steps
            else 1 / max(1.0, inner(slope, slope) ** 0.5)
        )
        for s, t, share in zip(steps, turns, reversed(shares), strict=True):
            way += s * (share - inner(t, way) / inner(s, t))
        fall, size = inner(slope, way), 1.0
        for _ in range(25):
            new = at - size * way
            new_value, new_slope = objective(new)
            if new_value <= value - 1e-4 * size * fall:
                break
            size /= 2
        s, t = new - at, new_slope - slope
        if inner(s, t) > 1e-12:
            steps, turns = [*steps, s][-memory:], [*turns, t][-memory:]
        ended = abs(value - new_value) <= close * abs(value)
        at, value, slope = new, new_value, new_slope
        if ended:
            break
    return at


def one(table: Table, known: Space, yes: NDArray[np.bool_], how: Fitting) -> tuple[NDArray[np.float32], float]:
    """Weights (already multiplied by the weight of each gram) and bias that part the texts that are meant from the others."""
    target = np.where(yes, 1.0, -1.0)
    total = np.diff(table.gram_start)
    meant = sums(yes[table.text].astype(np.float32), table.gram_start).astype(np.float64)
    with_it, without = meant + 1, total - meant + 1
    ratio = np.abs(np.log((with_it / with_it.sum()) / (without / without.sum())))
    scale = (known.idf * (ratio + how.evenness)).astype(np.float32)
    n = len(known.keys)

    def objective(w: Floats) -> tuple[float, Floats]:
        margin = sums((w[:n] * scale).astype(np.float32)[table.at], table.start) * table.inverse + w[n]
        short = np.maximum(0, 1 - target * margin)
        pull = -2 * how.penalty * short * target
        slope = np.empty(n + 1)
        slope[:n] = sums((pull * table.inverse).astype(np.float32)[table.text], table.gram_start) * scale + w[:n]
        slope[n] = pull.sum()
        return how.penalty * inner(short, short) + 0.5 * inner(w[:n], w[:n]), slope

    w = minimum(objective, np.zeros(n + 1), how.rounds, how.close)
    return (w[:n] * scale).astype(np.float32), float(w[n])


def platt(margin: Floats, yes: NDArray[np.bool_]) -> tuple[float, float]:
    """Slope and shift that turn a margin into a probability, by Newton's method with Platt's softened targets."""
    good, bad = float(yes.sum()), float((~yes).sum())
    target = np.where(yes, (good + 1) / (good + 2), 1 / (bad + 2))
    a, b = 2.0, 0.0
    for _ in range(50):
        p = 1 / (1 + np.exp(-np.clip(a * margin + b, -30, 30)))
        d, h = p - target, p * (1 - p) + 1e-9
        ga, gb = float(d @ margin), float(d.sum())
        haa, hab, hbb = float(h @ (margin * margin)) + 1e-6, float(h @ margin), float(h.sum()) + 1e-6
        det = haa * hbb - hab * hab
        da, db = (hbb * ga - hab * gb) / det, (haa * gb - hab * ga) / det
        a, b = a - da, b - db
        if abs(da) + abs(db) < 1e-8:
            break
    return max(a, 1e-3), b
