"""Reads the rule tables of the room. They are part of the code: read once, never written."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.values import Text
from pinzhi.life.complaints.rules import clocks
from pinzhi.life.complaints.rules.entitlement.table import Rules, rules
from pinzhi.life.complaints.rules.policy import ComplaintsPolicy, typed_policy
from pinzhi.life.complaints.rules.taxonomy import Taxonomy
from pinzhi.life.complaints.rules.taxonomy import typed as typed_taxonomy
from pinzhi.life.complaints.rules.triage.hazard import Lexicon, compiled
from pinzhi.life.complaints.rules.triage.peril import Perils
from pinzhi.life.complaints.rules.triage.peril import typed as typed_perils
from pinzhi.life.complaints.rules.triage.speech import Speech
from pinzhi.life.complaints.rules.triage.speech import typed as typed_speech

SPEECH = (
    "goods",
    "frames",
    "reviews",
    "kinds_quality",
    "kinds_safety",
    "kinds_deception",
    "kinds_remedy",
    "kinds_service",
    "kinds_contract",
    "kinds_other",
)
PERILS = ("danger_words", "danger_zh", "danger_en", "harmless", "ordinary", "matters")
FILES = ("findings", "returns", "quality", "cars", "multiples", "liable", "deadlines")


@cache
def packaged_policy() -> ComplaintsPolicy:
    """The policy as it is shipped."""
    text = resources.files("pinzhi.life.complaints").joinpath("policy.toml").read_text(encoding="utf-8")
    return typed_policy(read_policy(text))


def _read(*path: str) -> dict[str, Any]:
    file = resources.files("pinzhi.life.complaints").joinpath("data", *path)
    return tomllib.loads(file.read_text(encoding="utf-8"))


@cache
def entitlement_rules() -> Rules:
    """The rows of what a buyer is owed, with the shipped figures. Raises ValueError when a row names something unknown."""
    figures = packaged_policy().entitlement
    return rules([_read("entitlement", f"{name}.toml") for name in FILES], figures.reasonable_quantity)


@cache
def clock_rules() -> clocks.ClockRules:
    """The rows of the clocks. Raises ValueError when a row is wrong."""
    return clocks.clock_rules(_read("clocks.toml"))


@cache
def taxonomy() -> Taxonomy:
    """Kinds of complaint and of goods. Raises ValueError naming the row that does not hold together."""
    return typed_taxonomy(_read("types.toml")["type"], _read("categories.toml")["category"])


@cache
def lexicon() -> Lexicon:
    """Words of danger, and the names of goods that tell what a text is about."""
    names: dict[str, list[str]] = {}
    for code, words in _read("speech", "goods.toml").items():
        group = taxonomy().categories[code].group
        names.setdefault(group, []).extend((*words["nouns"].split(), *words["nouns_en"].split(" / ")))
    return compiled(_read("hazards.toml"), names)


def speech_rows() -> list[dict[str, Any]]:
    """The tables of the sentences, as they stand in the files."""
    return [_read("speech", f"{name}.toml") for name in SPEECH]


@cache
def speech() -> Speech:
    """The words that the model of the house is trained on."""
    goods, frames, reviews, *kinds = speech_rows()
    return typed_speech(goods, frames, reviews, *kinds)


def peril_rows() -> list[dict[str, Any]]:
    """The tables of the sentences of danger, as they stand in the files."""
    return [_read("speech", f"{name}.toml") for name in PERILS]


@cache
def perils() -> Perils:
    """The grammar that the model of danger is trained on."""
    return typed_perils(*peril_rows())


@cache
def alleged() -> Mapping[str, tuple[str, ...]]:
    """Code of a type → the findings that a complaint of it alleges."""
    return {code: tuple(names) for code, names in _read("alleged.toml").items()}


@cache
def agent_sentences(hours: int) -> tuple[Text, ...]:
    """Sentences that agents send again and again; `hours` is the merchant's time."""
    return tuple(
        Text(s["zh"].format(hours=hours), s["en"].format(hours=hours))
        for s in _read("agent_sentences.toml")["sentence"]
    )
