"""
Words of danger, read clause by clause: did it happen, or is it denied, imagined, told of others, or a mood?

A danger that is said to have happened makes severity 1, whatever else the text says. Denied words count for nothing; imagined and heard ones never make
severity 1 but keep the flag of safety, so that a person sees them. Words only ever raise severity.

The group of the goods leaves words out that mean something else there («燃» of a book). A group only says what is meant where the text names nothing else: who
files a smoking power bank under clothes is heard as one who speaks of a power bank (`named`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from pinzhi.kernel.values import Text

MOST_CLAUSES = 4_000
FOODS = frozenset({"packed", "fresh", "meals"})
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


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause: as it was written, by language without idioms (a box stands for them), and as a model of danger should hear it."""

    whole: str
    plain: Mapping[str, str]
    calm: str


@dataclass(frozen=True)
class Lexicon:
    """The table compiled. `simpler` maps traditional characters; `named` finds goods in a text, by their group."""

    hazards: tuple[_Hazard, ...]
    idioms: Mapping[str, re.Pattern[str]]
    modes: Mapping[Said, Mapping[str, re.Pattern[str]]]
    after: Mapping[str, re.Pattern[str]]
    food: re.Pattern[str]
    simpler: dict[int, str]
    named: Mapping[str, re.Pattern[str]]


def compiled(raw: Mapping[str, Any], goods: Mapping[str, Sequence[str]]) -> Lexicon:
    """
    Compile the table of `data/hazards.toml`; `goods` are names of goods by their group. Raises re.error or KeyError where it does not hold together.

    A name of one Chinese character stands in too many other words and is left out.
    """
    parts = raw["parts"]

    def pattern(text: str) -> re.Pattern[str]:
        for name, part in parts.items():
            text = text.replace(f"<{name}>", part)
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
    return Lexicon(hazards, idioms, both, after, pattern(parts["food"]), simpler, _named(goods))


def _named(goods: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    found = {}
    for group, names in goods.items():
        words = [re.escape(n.lower()) for n in names if len(n) > 1]
        zh, en = ([w for w in words if bool(_HAN.search(w)) == chinese] for chinese in (True, False))
        found[group] = re.compile("|".join((*zh, *(rf"\b{w}\b" for w in en))))
    return found


def meant(lexicon: Lexicon, text: str, group: str) -> frozenset[str]:
    """The groups whose dangers a folded text may speak of: the one that it is filed under, and those of goods that it names. Empty: any."""
    if not group:
        return frozenset()
    return frozenset({group, *(g for g, names in lexicon.named.items() if g != group and names.search(text))})


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


def cut(lexicon: Lexicon, text: str) -> list[Clause]:
    """A folded text clause by clause, for `dangers` and `left`."""
    found = []
    for whole in clauses(text):
        plain, calm = {}, whole
        for language, sign in (("zh", _HAN), ("en", _LATIN)):
            if sign.search(whole):
                plain[language] = lexicon.idioms[language].sub("□", whole)
                calm = lexicon.idioms[language].sub(" ", calm) if len(plain) > 1 else plain[language].replace("□", " ")
        found.append(Clause(whole, plain, calm))
    return found


def dangers(lexicon: Lexicon, said: Sequence[Clause], groups: frozenset[str] = frozenset()) -> list[Danger]:
    """Every danger in a text about goods of some groups (`meant`; none: any goods); what happened comes first."""
    hazards = [h for h in lexicon.hazards if not groups or (groups - h.never and (not h.only or groups & h.only))]
    about_food = bool(groups & FOODS) or any(lexicon.food.search(c.whole) for c in said)
    found: list[Danger] = []
    for clause in said:
        for language, plain in clause.plain.items():
            for hazard in hazards:
                if hazard.needs_food and not about_food:
                    continue
                if hit := (hazard.zh if language == "zh" else hazard.en).search(plain):
                    found.append(_judged(lexicon, hazard, language, plain, hit, clause.whole))
    order = list(Said)
    return sorted(found, key=lambda d: (order.index(d.said), d.code))


def left(said: Sequence[Clause], found: Sequence[Danger]) -> list[str]:
    """The clauses that a model of danger should hear: without idioms, without those in which a danger is denied, imagined or told of others."""
    unsaid = {d.clause for d in found if d.said is not Said.HAPPENED}
    return [c.calm for c in said if c.whole not in unsaid and c.calm.strip()]


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
