"""
What somebody wants: 24 intents by a linear model over grams, fitted from examples of our own when it is first used, the same on every machine.

One-against-all ridge regression in closed form (kernel form, since there are fewer examples than grams): weights = Xᵀ(XXᵀ + λI)⁻¹Y over rows of
unit length. A score is no probability. Below the threshold, or too close to the next, the intent is unknown and the search decides.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.complaints.rules.assistant.words import grams, normalise


class Intent(StrEnum):
    """What a message wants."""

    TRACK = "track"
    RETURN = "return"
    REFUND_STATUS = "refund_status"
    EXCHANGE = "exchange"
    THREE_GUARANTEES = "three_guarantees"
    DEFECT = "defect"
    COUNTERFEIT = "counterfeit"
    SAFETY = "safety"
    TRACE_CHECK = "trace_check"
    INVOICE = "invoice"
    PRICE_PROTECTION = "price_protection"
    MERCHANT_SILENT = "merchant_silent"
    APPEAL = "appeal"
    REPORT_ANONYMOUSLY = "report_anonymously"
    COMPENSATION = "compensation"
    RECALL_CHECK = "recall_check"
    CERTIFICATE_CHECK = "certificate_check"
    TIPS = "tips"
    CHANGE_DATA = "change_data"
    PERSON = "person"
    THANKS = "thanks"
    ABUSE = "abuse"
    OUT_OF_SCOPE = "out_of_scope"
    SMALL_TALK = "small_talk"
    UNKNOWN = "unknown"
    """None of them, or two at once: the search decides what is answered."""


@dataclass(frozen=True, slots=True)
class IntentFigures:
    """Figures of `[assistant.intents]`: what a score must reach, its lead before the next, how strongly weights are held down, fillings of an example."""

    least: float
    lead: float
    ridge: float
    fillings: int


@dataclass(frozen=True, slots=True)
class Guess:
    """The intent with its score, the next best, and whether it may be relied upon."""

    intent: Intent
    score: float
    next: Intent
    sure: bool


@dataclass(frozen=True)
class Model:
    """Weights by gram and intent."""

    numbers: Mapping[str, int]
    rare: NDArray[np.float64]
    weights: NDArray[np.float64]
    classes: tuple[Intent, ...]
    figures: IntentFigures

    def guess(self, message: str) -> Guess:
        """The intent of a message."""
        row = _row(message, self.numbers, self.rare)
        if not row:
            return Guess(Intent.UNKNOWN, 0.0, Intent.UNKNOWN, sure=False)
        ids = np.fromiter(row, dtype=np.int64, count=len(row))
        scores = np.fromiter(row.values(), dtype=np.float64, count=len(row)) @ self.weights[ids]
        order = np.argsort(-scores, kind="stable")
        best, second = float(scores[order[0]]), float(scores[order[1]])
        sure = best >= self.figures.least and best - second >= self.figures.lead
        return Guess(self.classes[order[0]], best, self.classes[order[1]], sure)


def _row(message: str, numbers: Mapping[str, int], rare: NDArray[np.float64]) -> dict[int, float]:
    counted = Counter(grams(normalise(message)))
    row = {numbers[g]: (1 + np.log(n)) * float(rare[numbers[g]]) for g, n in counted.items() if g in numbers}
    unknown = sum(g not in numbers for g in counted)
    length = float(np.sqrt(sum(v * v for v in row.values()) + unknown * float(rare.max()) ** 2 * 0.25)) or 1.0
    return {k: v / length for k, v in row.items()}


def examples(raw: Mapping[str, Mapping[str, Sequence[str]]], fillings: int) -> list[tuple[str, Intent]]:
    """The examples of the file, each with several fillings in a fixed order."""
    fill, found = raw["fill"], []
    for name, table in raw.items():
        if name == "fill":
            continue
        intent = Intent(name)
        for language in ("zh", "en"):
            for number, text in enumerate(table[language]):
                count = fillings if "{" in text else 1
                found += [(_filled(text, fill, language, number + k), intent) for k in range(count)]
    return found


def _filled(text: str, fill: Mapping[str, Sequence[str]], language: str, number: int) -> str:
    def one(m: re.Match[str]) -> str:
        name = f"{m[1]}_en" if language == "en" and f"{m[1]}_en" in fill else m[1]
        return fill[name][number % len(fill[name])]

    return re.sub(r"\{(\w+)\}", one, text)


def fitted(raw: Mapping[str, Any], figures: IntentFigures) -> Model:
    """The model of the examples."""
    said = examples(raw, figures.fillings)
    numbers: dict[str, int] = {}
    held: Counter[str] = Counter()
    for text, _ in said:
        for gram in set(grams(normalise(text))):
            numbers.setdefault(gram, len(numbers))
            held[gram] += 1
    rare = np.array([np.log((1 + len(said)) / (1 + held[g])) + 1 for g in numbers])
    rows = np.zeros((len(said), len(numbers)))
    for n, (text, _) in enumerate(said):
        for number, weight in _row(text, numbers, rare).items():
            rows[n, number] = weight
    classes = tuple(i for i in Intent if i is not Intent.UNKNOWN)
    of = np.array([classes.index(i) for _, i in said])
    wanted = np.where(of[:, None] == np.arange(len(classes))[None, :], 1.0, -1.0 / (len(classes) - 1))
    each = 1.0 / np.sqrt(np.bincount(of, minlength=len(classes))[of])  # a rare intent counts as much as a common one
    each /= each.mean()
    kernel = (rows @ rows.T) * each[:, None] * each[None, :]
    solved = np.linalg.solve(kernel + figures.ridge * np.eye(len(said)), wanted * each[:, None])
    return Model(numbers, rare, rows.T @ (solved * each[:, None]), classes, figures)
