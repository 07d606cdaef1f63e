"""
A trained model: what it answers, how sure it is, and its bytes.

One model has one or more heads (`polarity`, `category`, `type`, `danger`); all share the grams. It holds hashes and figures, no text of anybody. The file
is a line of magic, a line of JSON and the arrays in little-endian order: nothing in it is executed when it is read, and the same training gives the same
bytes.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.rules.triage.fitting import (
    Fitting,
    Floats,
    Space,
    Table,
    lengths,
    minimum,
    one,
    platt,
    space,
)
from pinzhi.life.complaints.rules.triage.grams import Grams, grams

VERSION = "triage-linear/1"
HEADS = ("polarity", "category", "type", "danger")
MAGIC = b"pinzhi triage model 1\n"
MOST_BYTES = 512 * 1024 * 1024
LEAST_TEXTS = 20
LONGEST = 3


@dataclass(frozen=True)
class Head:
    """One question: its labels, and weights of one column for two labels (for the second), else one column per label."""

    name: str
    labels: tuple[str, ...]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    slope: float
    shift: float = 0.0

    def shares(self, margins: Floats) -> Floats:
        """Probabilities of the labels, one row per text."""
        if len(self.labels) == 2:
            p = 1 / (1 + np.exp(-np.clip(self.slope * margins[:, 0] + self.shift, -30, 30)))
            return np.stack([1 - p, p], axis=1)
        z = self.slope * margins
        e = np.exp(z - z.max(axis=1, keepdims=True))
        return np.asarray(e / e.sum(axis=1, keepdims=True))


@dataclass(frozen=True)
class Answer:
    """What a model says of some texts: probabilities per head, and the share of each text's grams that it has seen."""

    shares: Mapping[str, Floats]
    known: Floats


@dataclass(frozen=True)
class Model:
    """See the module. `texts` is how many it was trained on, `source` what they were."""

    space: Space
    heads: tuple[Head, ...]
    texts: int
    source: str
    stacked: NDArray[np.float32] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        """Put the columns of all heads side by side."""
        columns = [h.weights for h in self.heads]
        object.__setattr__(self, "stacked", np.ascontiguousarray(np.concatenate(columns, axis=1)))

    @property
    def names(self) -> tuple[str, ...]:
        """Its heads."""
        return tuple(h.name for h in self.heads)

    def head(self, name: str) -> Head:
        """One head by name."""
        return next(h for h in self.heads if h.name == name)

    def answer(self, given: Grams) -> Answer:
        """Margins of all heads in one pass."""
        at, start = self.space.find(given)
        n, columns = len(given), self.stacked.shape[1]
        total = np.zeros((n, columns), np.float32)
        if len(at):
            total = np.add.reduceat(self.stacked[at], np.minimum(start[:-1], len(at) - 1), axis=0)
            total[start[:-1] == start[1:]] = 0
        total /= lengths(self.space.idf, at, start)[:, None]
        shares, place = {}, 0
        for head in self.heads:
            wide = head.weights.shape[1]
            shares[head.name] = head.shares((total[:, place : place + wide] + head.bias).astype(np.float64))
            place += wide
        asked = np.maximum(np.diff(given.start), 1)
        return Answer(shares, np.diff(start) / asked)

    def to_bytes(self) -> bytes:
        """The file."""
        parts = [self.space.keys.astype("<u4").tobytes(), self.space.idf.astype("<f4").tobytes()]
        parts += [np.ascontiguousarray(h.weights).astype("<f2").tobytes() for h in self.heads]
        body = b"".join(parts)
        head = {
            "version": VERSION,
            "texts": self.texts,
            "source": self.source,
            "grams": len(self.space.keys),
            "sha256": hashlib.sha256(body).hexdigest(),
            "heads": [
                {
                    "name": h.name,
                    "labels": list(h.labels),
                    "bias": [float(b) for b in h.bias],
                    "slope": h.slope,
                    "shift": h.shift,
                }
                for h in self.heads
            ],
        }
        return MAGIC + json.dumps(head, ensure_ascii=False, sort_keys=True).encode() + b"\n" + body


def _bad(reason: str) -> RefusedError:
    return RefusedError.because("model_unreadable", reason, "train it again, or fetch the file again", field="model")


def from_bytes(data: bytes) -> Model:
    """Read a file of `to_bytes`. Raises RefusedError(`model_unreadable`)."""
    if not data.startswith(MAGIC) or len(data) > MOST_BYTES:
        raise _bad("this is no model of triage")
    line, _, body = data[len(MAGIC) :].partition(b"\n")
    try:
        head = json.loads(line)
        if head["version"] != VERSION:
            raise _bad(f"the model is of version {head['version']!r}, this program reads {VERSION}")
        if hashlib.sha256(body).hexdigest() != head["sha256"]:
            raise _bad("the model is damaged or cut off")
        n, place = int(head["grams"]), 0

        def array(kind: str, rows: int, columns: int) -> NDArray[Any]:
            nonlocal place
            size = np.dtype(kind).itemsize * rows * columns
            found = np.frombuffer(body[place : place + size], kind).reshape(rows, columns)
            place += size
            return found

        keys = array("<u4", n, 1)[:, 0].astype(np.uint32)
        idf = array("<f4", n, 1)[:, 0].astype(np.float32)
        heads = []
        for h in head["heads"]:
            wide = len(h["bias"])
            labels = tuple(str(x) for x in h["labels"])
            if h["name"] not in HEADS or wide != (1 if len(labels) == 2 else len(labels)):
                raise _bad(f"the head {h['name']!r} does not fit its labels")
            weights = array("<f2", n, wide).astype(np.float32)
            bias = np.array(h["bias"], np.float32)
            heads.append(Head(h["name"], labels, weights, bias, float(h["slope"]), float(h["shift"])))
        return Model(Space(keys, idf), tuple(heads), int(head["texts"]), str(head["source"]))
    except (KeyError, TypeError, ValueError) as why:
        raise _bad("the head of the model cannot be read") from why


def train(texts: Sequence[str], labels: Mapping[str, Sequence[str]], source: str, how: Fitting | None = None) -> Model:
    """
    Train on folded texts; `labels[head][i]` is empty where text i says nothing of that head.

    Raises RefusedError where there are too few texts or only one label.
    """
    how = how or Fitting()
    seen = grams(texts, 1, LONGEST)
    known = space(seen, how.least)
    heads = [_head(name, labels[name], seen, known, how) for name in HEADS if name in labels]
    if not heads:
        raise RefusedError.because(
            "no_labels", "no text has a label", f"give a column {', '.join(HEADS)}", field="labels"
        )
    return Model(known, tuple(heads), len(texts), source)


def _head(name: str, given: Sequence[str], seen: Grams, known: Space, how: Fitting) -> Head:
    said = np.array([bool(g) for g in given])
    names = sorted({g for g in given if g})
    number = {g: i for i, g in enumerate(names)}
    if len(names) < 2 or int(said.sum()) < LEAST_TEXTS:
        raise RefusedError.because(
            "too_few_labels",
            f"{name}: {int(said.sum())} labelled texts with {len(names)} different labels",
            f"give at least {LEAST_TEXTS} texts with two labels",
            field=name,
        )
    label = np.array([number.get(g, -1) for g in given])
    place = np.flatnonzero(said)
    back = place[how.held_back - 1 :: how.held_back]
    fitted = np.setdiff1d(place, back)
    table = Table.of(known, seen.take(fitted))
    asked = (1,) if len(names) == 2 else tuple(range(len(names)))
    found = [one(table, known, label[fitted] == k, how) for k in asked]
    weights = np.stack([w for w, _ in found], axis=1).astype(np.float16).astype(np.float32)
    bias = np.array([b for _, b in found], np.float32)
    head = Head(name, tuple(names), weights, bias, 1.0)
    raw = _margins(head, known, seen.take(back))
    if len(names) == 2:
        slope, shift = platt(raw[:, 0], label[back] == 1)
        return Head(name, tuple(names), weights, bias, round(slope * how.doubt, 6), round(shift * how.doubt, 6))
    factor, level = _levelled(raw, label[back])
    weights = (weights * factor).astype(np.float16).astype(np.float32)
    bias = (bias * factor + level).astype(np.float32)
    raw = raw * factor + level
    return Head(name, tuple(names), weights, bias, round(_temperature(raw, label[back]) * how.doubt, 6))


def _margins(head: Head, known: Space, given: Grams) -> Floats:
    at, start = known.find(given)
    if not len(at):
        return np.tile(head.bias.astype(np.float64), (len(given), 1))
    total = np.add.reduceat(head.weights[at], np.minimum(start[:-1], len(at) - 1), axis=0)
    total[start[:-1] == start[1:]] = 0
    return np.asarray(total / lengths(known.idf, at, start)[:, None] + head.bias, np.float64)


def _levelled(margins: Floats, label: NDArray[np.int64], pull: float = 1.0) -> tuple[Floats, Floats]:
    """
    A factor and a shift of each label's margins that make the labels of the texts held back most likely (vector scaling, Guo et al. 2017).

    Each label was fitted against all others, and on texts that say little the common labels lose to rare ones; the shift gives them their due. `pull` holds
    the factors near to one another where there are few texts. Twenty texts per label are the least; below it nothing is changed.
    """
    texts, wide = margins.shape
    if texts < LEAST_TEXTS * wide:
        return np.ones(wide), np.zeros(wide)
    at = np.arange(texts)

    def loss(x: Floats) -> tuple[float, Floats]:
        z = margins * x[:wide] + x[wide:]
        z -= z.max(axis=1, keepdims=True)
        e = np.exp(z)
        p = e / e.sum(axis=1, keepdims=True)
        value = -float(np.log(np.maximum(p[at, label], 1e-300)).sum())
        p[at, label] -= 1
        off = x[:wide] - x[:wide].mean()
        slope = np.concatenate([(p * margins).sum(axis=0) + 2 * pull * off, p.sum(axis=0) + 2 * pull * x[wide:]])
        return value + pull * float((off * off).sum() + (x[wide:] * x[wide:]).sum()), slope

    found = minimum(loss, np.concatenate([np.full(wide, 3.0), np.zeros(wide)]), 200, 1e-9)
    return found[:wide], found[wide:]


def _temperature(margins: Floats, label: NDArray[np.int64]) -> float:
    """The factor on the margins that makes the labels of the texts held back most likely."""
    best, least = 1.0, float("inf")
    for factor in np.round(np.geomspace(0.5, 16, 41), 4):
        z = factor * margins
        z = z - z.max(axis=1, keepdims=True)
        loss = float((np.log(np.exp(z).sum(axis=1)) - z[np.arange(len(label)), label]).sum())
        if loss < least:
            best, least = float(factor), loss
    return best
