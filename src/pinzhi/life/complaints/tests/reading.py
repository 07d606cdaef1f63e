"""The labelled texts of this room, and a small model that the tests share."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any

from pinzhi.life.complaints import tables
from pinzhi.life.complaints.reader import ALARM, own_sentences
from pinzhi.life.complaints.rules.triage.answer import TriagePolicy
from pinzhi.life.complaints.rules.triage.fitting import Fitting
from pinzhi.life.complaints.rules.triage.grams import fold
from pinzhi.life.complaints.rules.triage.model import Model, train
from pinzhi.life.complaints.rules.triage.peril import told
from pinzhi.life.complaints.rules.triage.read import Reader

CASES = files("pinzhi.life.complaints.tests").joinpath("cases")


def table(name: str) -> dict[str, Any]:
    return tomllib.loads(CASES.joinpath(name).read_text(encoding="utf-8"))


def severity_texts(name: str) -> list[tuple[bool, str, str]]:
    """(acute, category, text)."""
    lines = [(g["acute"], line) for g in table(name)["group"] for line in g["texts"].strip().splitlines()]
    return [(acute, *line.split("|", 1)) for acute, line in lines]  # type: ignore[misc]


def kind_texts(name: str = "types_unseen.toml", part: str = "texts") -> list[tuple[str, str, str]]:
    """(kind, category, text)."""
    return [tuple(line.split("|", 2)) for line in table(name)[part].strip().splitlines()]  # type: ignore[misc]


@cache
def small_model() -> Model:
    """Trained on few sentences: quick, and enough to see that everything fits together."""
    texts, labels = own_sentences(2_500, 7)
    return train(texts, labels, "a test", Fitting(rounds=4, close=0.01, doubt=0.4))


@cache
def small_alarm() -> Model:
    """The model of danger from a sixth of its sentences."""
    texts, labels = told(tables.perils(), tables.speech(), 16_000, 7)
    return train([fold(t, tables.lexicon().simpler) for t in texts], {"danger": labels}, "a test", ALARM)


@cache
def small_policy() -> TriagePolicy:
    """A model of a twelfth of the sentences is less sure of what is harmless: it rings from a higher share on."""
    return replace(tables.packaged_policy().triage, model_raises=0.05)


def small_reader() -> Reader:
    return Reader(tables.taxonomy(), tables.lexicon(), small_policy(), (small_model(),), small_alarm())


def deaf_reader() -> Reader:
    """The model of danger alone: without words of danger, without the model of kinds."""
    lexicon = replace(tables.lexicon(), hazards=())
    return Reader(tables.taxonomy(), lexicon, small_policy(), (), small_alarm())
