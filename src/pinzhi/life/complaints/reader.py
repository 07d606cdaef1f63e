"""
The reader as the house uses it: tables, policy, and the two models of the house, which are trained at their first use and kept under PINZHI_HOME.

    reader().read(text, category)

No trained weights are packaged. A file's name carries the digest of all that it was made from, so that a change of words or settings trains it anew. One
process trains at a time: who asks meanwhile waits for its file. A web request never trains (`trained`).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import astuple, replace
from functools import cache
from pathlib import Path

from pinzhi.engine.embedded.disk import locked, put_if_absent
from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import tables
from pinzhi.life.complaints.rules.alike import Index
from pinzhi.life.complaints.rules.postings import Weights, weigh
from pinzhi.life.complaints.rules.triage.answer import TriagePolicy
from pinzhi.life.complaints.rules.triage.fitting import Fitting
from pinzhi.life.complaints.rules.triage.grams import fold
from pinzhi.life.complaints.rules.triage.model import VERSION, Model, from_bytes, train
from pinzhi.life.complaints.rules.triage.peril import complained, told
from pinzhi.life.complaints.rules.triage.read import Reader
from pinzhi.life.complaints.rules.triage.speech import EDITION, sentences

ALARM = Fitting(penalty=0.02, evenness=3.0, least=4, rounds=15, close=0.003)
OWN = Fitting(penalty=0.02, evenness=2.0, least=3, rounds=10, close=0.01)
"""Sentences of our own are clean: a short fit says the same as a long one, and a smooth one (near naive Bayes) carries further to other hands."""


def home() -> Path:
    """Where models lie."""
    return Path(os.environ.get("PINZHI_HOME") or "var").resolve() / "models"


def _how(policy: TriagePolicy) -> Fitting:
    return replace(OWN, doubt=policy.own_doubt)


def _place(policy: TriagePolicy) -> Path:
    """The file of the model of the house; its name carries the digest of all that it is made from."""
    made_of = [
        VERSION,
        EDITION,
        tables.speech_rows(),
        tables.peril_rows(),
        policy.own_texts,
        policy.own_seed,
        [str(x) for x in astuple(_how(policy))],
    ]
    return home() / f"triage-own-{digest(made_of)[:16]}.model"


@cache
def _packaged_places() -> tuple[Path, Path]:
    policy = tables.packaged_policy().triage
    return _place(policy), _alarm_place(policy)


def trained() -> bool:
    """Whether both models of the house lie there whole: training takes some forty seconds, which no request waits for."""
    return all(_read(p) is not None for p in _packaged_places())


def _alarm_place(policy: TriagePolicy) -> Path:
    """The file of the model of danger, named as that of the house."""
    made_of = [
        VERSION,
        EDITION,
        tables.speech_rows(),
        tables.peril_rows(),
        policy.alarm_texts,
        policy.own_seed,
        [str(x) for x in astuple(ALARM)],
    ]
    return home() / f"triage-danger-{digest(made_of)[:16]}.model"


def own_model(policy: TriagePolicy) -> Model:
    """The model of the house: read from its file, or trained and kept. A folder that cannot be written is no hindrance."""
    return _kept(_place(policy), lambda: trained_on_own(policy))


def alarm(policy: TriagePolicy) -> Model:
    """The model of danger: read from its file, or trained and kept."""
    return _kept(_alarm_place(policy), lambda: trained_on_perils(policy))


_held: dict[Path, Model] = {}
"""Models that this process has read or trained."""


def _read(path: Path) -> Model | None:
    """The model of a file; None where it is not there or damaged: then it can be made again."""
    if path not in _held and path.is_file():
        try:
            _held.setdefault(path, from_bytes(path.read_bytes()))
        except (RefusedError, OSError):
            return None
    return _held.get(path)


def _kept(path: Path, trained_now: Callable[[], Model]) -> Model:
    model = _read(path)
    if model is not None:
        return model
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with locked(path.with_name(".training")):
            model = _read(path)  # another may have trained it meanwhile
            if model is None:
                model = _held[path] = trained_now()
                path.unlink(missing_ok=True)
                put_if_absent(path, model.to_bytes())
    except OSError:  # a folder that cannot be written is no hindrance
        if model is None:
            model = _held[path] = trained_now()
    return model


def trained_on_own(policy: TriagePolicy) -> Model:
    """Train the model of the house."""
    texts, labels = own_sentences(policy.own_texts, policy.own_seed)
    return train(texts, labels, "sentences of the house", _how(policy))


def own_sentences(count: int, seed: int) -> tuple[list[str], dict[str, list[str]]]:
    """
    Folded sentences of the house with their labels; for every three, one more from the lines of every kind in turn, which names its kind alone.

    Three of four complaints say nothing of polarity: there are more of them than praises, and a model that hears mostly complaints hears one in everything.
    """
    said = sentences(tables.speech(), count, seed)
    more, kinds = complained(tables.perils(), tables.speech(), count // 3, seed)
    nothing = [""] * len(more)
    heard = [s.polarity if i % 4 == 0 or s.polarity != "negative" or not s.type else "" for i, s in enumerate(said)]
    labels = {
        "polarity": heard + nothing,
        "category": [s.category for s in said] + nothing,
        "type": [s.type for s in said] + kinds,
    }
    simpler = tables.lexicon().simpler
    return [fold(text, simpler) for text in (*(s.text for s in said), *more)], labels


def trained_on_perils(policy: TriagePolicy) -> Model:
    """Train the model of danger on sentences of danger and on what only sounds like it."""
    texts, labels = told(tables.perils(), tables.speech(), policy.alarm_texts, policy.own_seed)
    simpler = tables.lexicon().simpler
    return train([fold(t, simpler) for t in texts], {"danger": labels}, "sentences of danger of the house", ALARM)


@cache
def _alarm() -> Model:
    return alarm(tables.packaged_policy().triage)


@cache
def _own() -> Model:
    return own_model(tables.packaged_policy().triage)


def reader(model: Model | None = None, policy: TriagePolicy | None = None) -> Reader:
    """A reader; `model` goes before the one of the house."""
    models = (_own(),) if model is None else (model, _own())
    return Reader(tables.taxonomy(), tables.lexicon(), policy or tables.packaged_policy().triage, models, _alarm())


@cache
def own_weights() -> Weights:
    """How rare runs of characters are among the sentences of the house: with these an index starts before there are complaints."""
    policy = tables.packaged_policy().triage
    said = sentences(tables.speech(), policy.own_texts, policy.own_seed)
    return weigh([s.text for s in said], _place(policy).stem)


def index() -> Index:
    """An empty index of like complaints."""
    return Index(own_weights(), tables.packaged_policy().alike)
