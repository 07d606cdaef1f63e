"""
Words of danger, read clause by clause: did it happen, or is it denied, imagined, told of others, or a mood?

A danger that is said to have happened makes severity 1, whatever else the text says. Denied words count for nothing; imagined and heard ones never make
severity 1 but keep the flag of safety, so that a person sees them. Words only ever raise severity.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pinzhi.kernel.values import Text

MOST_CLAUSES = 4_000
_CLAUSE = re.compile(r"[，,。.！!？?；;、\n…~～]|\s{2,}|(?<=[\u4e00-\u9fff])\s|\bbut\b")
_LATIN = re.compile(r"[a-z]{3}")
_HAN = re.compile(r"[\u3400-\u9fff]")


class Said(StrEnum):
    """How a danger is spoken of."""

    HAPPENED = "happened"
    IMAGINED = "imagined"
    HEARD = "heard"
    DENIED = "denied"


@dataclass(frozen=True, slots=True)
class Danger:
    """One finding: the kind it raises to, the words found, how they are meant, and the clause they stand in."""

    code: str
    what: Text
    words: str
    said: Said
    clause: str = ""


@dataclass(frozen=True)
class _Hazard:
    code: str
    what: Text
    zh: re.Pattern[str]
    en: re.Pattern[str]
    only: frozenset[str]
    never: frozenset[str]
    needs_food: bool


@dataclass(frozen=True)
class Lexicon:
    """The table compiled. `simpler` maps traditional characters."""

    hazards: tuple[_Hazard, ...]
    idioms: Mapping[str, re.Pattern[str]]
    modes: Mapping[Said, Mapping[str, re.Pattern[str]]]
    after: Mapping[str, re.Pattern[str]]
    food: re.Pattern[str]
    simpler: dict[int, str]


def compiled(raw: Mapping[str, Any]) -> Lexicon:
    """Compile the table of `data/hazards.toml`. Raises re.error or KeyError where it does not hold together."""
    parts = raw["parts"]

    def pattern(text: str) -> re.Pattern[str]:
        for name in ("made", "body", "food"):
            text = text.replace(f"<{name}>", parts[name])
        return re.compile(text)

    hazards = tuple(
        _Hazard(
            h["code"],
            Text(*h["what"]),
            pattern(h["zh"]),
            pattern(h["en"]),
            frozenset(h.get("only", ())),
            frozenset(h.get("never", ())),
            bool(h.get("needs_food", False)),
        )
        for h in raw["hazard"]
    )
    both = {
        m: {x: pattern(raw[m.value if m is not Said.DENIED else "unsaid"][x]) for x in ("zh", "en")}
        for m in (Said.DENIED, Said.IMAGINED, Said.HEARD)
    }
    after = {x: pattern(raw["unsaid"][f"{x}_after"]) for x in ("zh", "en")}
    table = raw["traditional"]
    simpler = {ord(a): b for a, b in zip(table["from"], table["to"], strict=True)}
    idioms = {x: pattern(raw["idioms"][x]) for x in ("zh", "en")}
    return Lexicon(hazards, idioms, both, after, pattern(parts["food"]), simpler)


def clauses(text: str) -> list[str]:
    """The clauses of a folded text. A question mark stays with its clause: it asks."""
    found, place = [], 0
    for mark in _CLAUSE.finditer(text):
        if piece := text[place : mark.start()].strip():
            found.append(piece + "吗？" if mark.group()[:1] in "？?" else piece)
        place = mark.end()
        if len(found) >= MOST_CLAUSES:
            return found
    if piece := text[place:].strip():
        found.append(piece)
    return found


def dangers(lexicon: Lexicon, text: str, group: str = "") -> list[Danger]:
    """Every danger in a folded text about goods of a group; what happened comes first."""
    hazards = [h for h in lexicon.hazards if (not h.only or group in h.only) and group not in h.never]
    about_food = group in {"packed", "fresh", "meals"} or bool(lexicon.food.search(text))
    found: list[Danger] = []
    for clause in clauses(text):
        languages = [x for x, sign in (("zh", _HAN), ("en", _LATIN)) if sign.search(clause)]
        for language in languages:
            plain = lexicon.idioms[language].sub("□", clause)
            for hazard in hazards:
                if hazard.needs_food and not about_food:
                    continue
                if hit := (hazard.zh if language == "zh" else hazard.en).search(plain):
                    found.append(_judged(lexicon, hazard, language, plain, hit, clause))
    order = list(Said)
    return sorted(found, key=lambda d: (order.index(d.said), d.code))


def left(lexicon: Lexicon, text: str, found: list[Danger]) -> list[str]:
    """The clauses that a model of danger should hear: without idioms, without those in which a danger is denied, imagined or told of others."""
    unsaid = {d.clause for d in found if d.said is not Said.HAPPENED}
    kept = [c for c in clauses(text) if c not in unsaid]
    for language, sign in (("zh", _HAN), ("en", _LATIN)):
        kept = [lexicon.idioms[language].sub(" ", c) if sign.search(c) else c for c in kept]
    return [c for c in kept if c.strip()]


def _judged(lexicon: Lexicon, hazard: _Hazard, language: str, clause: str, hit: re.Match[str], whole: str) -> Danger:
    before, behind = clause[: hit.start()], clause[hit.end() :]
    said = Said.HAPPENED
    if lexicon.modes[Said.HEARD][language].search(clause):
        said = Said.HEARD
    elif lexicon.modes[Said.DENIED][language].search(before) or lexicon.after[language].search(behind):
        said = Said.DENIED
    elif lexicon.modes[Said.IMAGINED][language].search(clause):
        said = Said.IMAGINED
    return Danger(hazard.code, hazard.what, hit.group(), said, whole)
