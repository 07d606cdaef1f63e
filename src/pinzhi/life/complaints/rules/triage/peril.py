"""
Sentences of danger and of what only sounds like it, drawn from a small grammar: what the model of danger is trained on.

A line names parts, `<hand>`, and choices, `(割|划|刺)`, `(…)?` may be left out; one line stands for thousands of sentences, so that what a buyer says in
other words lies near to one of them. No text of a real person is in it. Labels are the acute kinds: `S1` somebody was hurt, `S3` somebody may be at any
moment, `S2` packed food that is spoiled or holds a foreign body (where it is fruit or a meal, no danger); or `none`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pinzhi.life.complaints.rules.triage.grammar import Chance, Part, part
from pinzhi.life.complaints.rules.triage.speech import PRAISE, Speech, sentences, worn

HURT, SIGN, FOOD, NONE = "S1", "S3", "S2", "none"
DANGERS = (HURT, SIGN, FOOD)
ENGLISH = "english"
"""Name of the harmless matters in English."""
FOODS = frozenset({"dairy", "packaged_food"})


@dataclass(frozen=True)
class Perils:
    """The tables compiled: lines by label, Chinese and English, and words as they are misspelt."""

    zh: Mapping[str, tuple[Part, ...]]
    en: Mapping[str, tuple[Part, ...]]
    matters: Mapping[str, tuple[Part, ...]]
    """Lines by kind of complaint, for the model of kinds."""
    misspelt: tuple[tuple[str, str], ...]


def typed(
    words: Mapping[str, Any],
    zh: Mapping[str, Any],
    en: Mapping[str, Any],
    harmless: Mapping[str, Any],
    ordinary: Mapping[str, Any],
    matters: Mapping[str, Any],
) -> Perils:
    """Read the tables. Raises ValueError or KeyError where one is not whole."""
    names: dict[str, Part] = {}
    for table in (words, en, ordinary):
        for name, text in table["parts"].items():
            names[name] = part(text, names)

    def lines(tables: Sequence[Mapping[str, Any]], *, english: bool) -> dict[str, tuple[Part, ...]]:
        found: dict[str, list[Part]] = {label: [] for label in (*DANGERS, NONE)}
        for m in (m for table in tables for m in table["matter"]):
            if "code" in m or english == (m["name"] == ENGLISH):
                found[m.get("code", NONE)] += [part(line, names) for line in m["lines"].strip().splitlines()]
        return {label: tuple(parts) for label, parts in found.items()}

    pairs = tuple((a, b) for pair in words["misspelt"]["zh"].split() for a, b in [pair.split(":")])
    zh_lines = lines((zh, harmless, ordinary), english=False)
    kinds = {m["code"]: tuple(part(line, names) for line in m["lines"].strip().splitlines()) for m in matters["matter"]}
    kinds |= {code: zh_lines[code] for code in DANGERS}
    return Perils(zh_lines, lines((en, harmless, ordinary), english=True), kinds, pairs)


def complained(perils: Perils, speech: Speech, count: int, seed: int) -> tuple[list[str], list[str]]:
    """So many complaints from the lines of every kind in turn, and their kinds."""
    chance = Chance(seed)
    kinds = sorted(perils.matters)
    codes = [kinds[i % len(kinds)] for i in range(count)]
    texts = []
    for code in codes:
        said = chance.one(perils.matters[code]).said(chance).strip()
        english = said.isascii()
        pieces = [said] if english else _around(speech, chance, said, "good" if code == PRAISE else "bad")
        text = "".join(pieces)
        texts.append(text if english else worn(speech, chance, text))
    return texts, codes


def _around(speech: Speech, chance: Chance, said: str, side: str) -> list[str]:
    pieces = [said]
    if chance.in_hundred(25):
        pieces = [chance.one(speech.frames[f"open.zh_{side}"]), "，", *pieces]
    if chance.in_hundred(25):
        pieces += ["，", chance.one(speech.frames[f"close.zh_{side}"])]
    return pieces


def told(perils: Perils, speech: Speech, count: int, seed: int) -> tuple[list[str], list[str]]:
    """So many texts and their labels; the same seed gives the same ones. Three of ten are ordinary sentences of the house."""
    chance = Chance(seed)
    ordinary = iter(sentences(speech, count, seed + 1))
    texts: list[str] = []
    labels: list[str] = []
    while len(texts) < count:
        draw = chance.below(100)
        if draw < 30:
            said = next(ordinary)
            label = said.type if said.type in DANGERS else NONE
            if label == FOOD and said.category not in FOODS:
                continue
            text = said.text
        else:
            label = HURT if draw < 45 else SIGN if draw < 55 else FOOD if draw < 62 else NONE
            text = _one(perils, speech, chance, label)
        texts.append(text)
        labels.append(label)
    return texts, labels


def _one(perils: Perils, speech: Speech, chance: Chance, label: str) -> str:
    english = chance.in_hundred(12)
    lines = (perils.en if english else perils.zh)[label]
    pieces = [chance.one(lines).said(chance).strip() for _ in range(1 + chance.in_hundred(20))]
    side = "bad" if label != NONE or chance.in_hundred(60) else "good"
    around = speech.frames
    tongue = "en" if english else "zh"
    if chance.in_hundred(25):
        pieces.insert(0, chance.one(around[f"open.{tongue}_{side}"]))
    if chance.in_hundred(30):
        pieces.append(chance.one(around[f"any.{tongue}_{side}"]))
    if chance.in_hundred(30):
        pieces.append(chance.one(around[f"close.{tongue}_{side}"]))
    if not english and chance.in_hundred(20):
        goods = speech.goods[chance.one(sorted(speech.goods))]
        pieces.insert(0, chance.one(("", "买的", "这个", "你家")) + chance.one(goods.nouns))
    mark = chance.one((", ", ". ", " and ")) if english else chance.one(("，", "，", "。", " ", "！", ""))
    text = mark.join(pieces)
    if english:
        return text
    if chance.in_hundred(15):
        for right, wrong in perils.misspelt:
            if right in text and chance.in_hundred(70):
                text = text.replace(right, wrong)
    return worn(speech, chance, text)
