"""
The reader as the house uses it: tables, policy, and the model of the house, which is trained at its first use and kept under PINZHI_HOME.

    reader().read(text, category)

No trained weights are packaged. The file's name carries the digest of all that it was made from, so that a change of words or settings trains it anew.
"""

from __future__ import annotations

import os
from dataclasses import astuple, replace
from functools import cache
from pathlib import Path

from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules.alike import Index
from pinzhi.life.complaints.rules.postings import Weights, weigh
from pinzhi.life.complaints.rules.triage.answer import TriagePolicy
from pinzhi.life.complaints.rules.triage.fitting import Fitting
from pinzhi.life.complaints.rules.triage.grams import fold
from pinzhi.life.complaints.rules.triage.model import VERSION, Model, from_bytes, train
from pinzhi.life.complaints.rules.triage.read import Reader
from pinzhi.life.complaints.rules.triage.speech import sentences

OWN = Fitting(least=3, rounds=10, close=0.01)
"""Sentences of our own are clean: a short fit says the same as a long one."""


def home() -> Path:
    """Where models lie."""
    return Path(os.environ.get("PINZHI_HOME") or "var").resolve() / "models"


def _how(policy: TriagePolicy) -> Fitting:
    return replace(OWN, doubt=policy.own_doubt)


def _place(policy: TriagePolicy) -> Path:
    """The file of the model of the house; its name carries the digest of all that it is made from."""
    made_of = [
        VERSION,
        tables.speech_rows(),
        policy.own_texts,
        policy.own_seed,
        [str(x) for x in astuple(_how(policy))],
    ]
    return home() / f"triage-own-{digest(made_of)[:16]}.model"


@cache
def _packaged_place() -> Path:
    return _place(tables.packaged_policy().triage)


def trained() -> bool:
    """Whether the model of the house lies there: training takes a minute, which no request waits for."""
    return _packaged_place().is_file()


def own_model(policy: TriagePolicy) -> Model:
    """The model of the house: read from its file, or trained and kept. A folder that cannot be written is no hindrance."""
    path = _place(policy)
    if path.is_file():
        try:
            return from_bytes(path.read_bytes())
        except RefusedError:
            pass  # damaged: it can be made again
    model = trained_on_own(policy)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_name(f".{path.name}.{os.getpid()}")
        part.write_bytes(model.to_bytes())
        part.replace(path)
    except OSError:
        pass
    return model


def trained_on_own(policy: TriagePolicy) -> Model:
    """Train the model of the house."""
    said = sentences(tables.speech(), policy.own_texts, policy.own_seed)
    labels = {
        "polarity": [s.polarity for s in said],
        "category": [s.category for s in said],
        "type": [s.type for s in said],
    }
    return train([fold(s.text, tables.lexicon().simpler) for s in said], labels, "sentences of the house", _how(policy))


@cache
def _own() -> Model:
    return own_model(tables.packaged_policy().triage)


def reader(model: Model | None = None, policy: TriagePolicy | None = None) -> Reader:
    """A reader; `model` goes before the one of the house."""
    models = (_own(),) if model is None else (model, _own())
    return Reader(tables.taxonomy(), tables.lexicon(), policy or tables.packaged_policy().triage, models)


@cache
def own_weights() -> Weights:
    """How rare runs of characters are among the sentences of the house: with these an index starts before there are complaints."""
    policy = tables.packaged_policy().triage
    said = sentences(tables.speech(), policy.own_texts, policy.own_seed)
    return weigh([s.text for s in said], f"own-{policy.own_texts}-{policy.own_seed}")


def index() -> Index:
    """An empty index of like complaints."""
    return Index(own_weights(), tables.packaged_policy().alike)
