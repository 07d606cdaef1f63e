"""
Sentences of buyers, put together from the tables in `data/speech`: what the model that comes with the house is trained on.

No text of a real person is in it. Every sentence is drawn by a seed, says one matter (sometimes two) about goods of one category, in Chinese or English,
short or long, spoken or misspelt; its labels are known because it was made from them. A model trained on it knows words, not the world: its figures on real
reviews are stated apart and lie below those of a model trained on the user's own texts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pinzhi.life.complaints.rules.triage.grammar import Chance, Part, part

EDITION = 3
"""Raised when the same tables come to give other sentences: models that were trained on the former ones are then trained anew."""
PRAISE, ANY = "N", "any"
POLAR = ("negative", "positive")
BROKEN = ("Q1", "Q2", "Q3")


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with its labels; `polarity` is empty for a question, `category` where nothing tells the goods, `type` where only the mood is told."""

    text: str
    polarity: str
    category: str
    type: str


@dataclass(frozen=True)
class Goods:
    """The words for one category. `bad` by kind of complaint."""

    nouns: tuple[str, ...]
    good: tuple[str, ...]
    bad: Mapping[str, tuple[str, ...]]
    nouns_en: tuple[str, ...]
    good_en: tuple[str, ...]
    bad_en: tuple[str, ...]


Lines = tuple[Part, ...]


@dataclass(frozen=True)
class Speech:
    """All tables, checked by `typed`. `kinds` and `asked` (questions) hold Chinese and English lines, `reviews` good and bad ones by goods."""

    goods: Mapping[str, Goods]
    kinds: Mapping[str, tuple[Lines, Lines]]
    asked: tuple[Lines, Lines]
    reviews: Mapping[str, tuple[Lines, Lines]]
    frames: Mapping[str, tuple[str, ...]]
    slang: tuple[tuple[str, str], ...]


def _zh(text: str) -> tuple[str, ...]:
    return tuple(text.split())


def _en(text: str) -> tuple[str, ...]:
    return tuple(p.strip() for p in text.split(" / ") if p.strip())


def _lines(text: str) -> Lines:
    return tuple(part(line, {}) for line in text.strip().splitlines())


def typed(
    goods: Mapping[str, Any], frames: Mapping[str, Any], reviews: Mapping[str, Any], *tables: Mapping[str, Any]
) -> Speech:
    """Read the tables; those of the kinds come last. Raises KeyError or ValueError where one is not whole."""
    kinds = {code: said for table in tables for code, said in table.items()}
    if unknown := set(reviews) - set(goods) - {ANY}:
        raise ValueError(f"there are reviews of {sorted(unknown)}, of which there are no goods")
    read = {}
    for code, g in goods.items():
        bad = {k: _zh(v) for k, v in g["bad"].items()}
        if unknown := set(bad) - set(kinds):
            raise ValueError(f"{code} complains of {sorted(unknown)}, of which there is no kind")
        read[code] = Goods(
            _zh(g["nouns"]), _zh(g["good"]), bad, _en(g["nouns_en"]), _en(g["good_en"]), _en(g["bad_en"])
        )
    lines = {k: (_lines(v["zh"]), _lines(v["en"])) for k, v in kinds.items()}
    asked = (_lines(kinds[PRAISE]["ask_zh"]), _lines(kinds[PRAISE]["ask_en"]))
    short = {k: (_lines(v["good"]), _lines(v["bad"])) for k, v in reviews.items()}
    around = {
        f"{part}.{name}": (_en if "en" in name.split("_") else _zh)(text)
        for part, names in frames.items()
        for name, text in names.items()
    }
    slang = tuple((a, b) for pair in frames["fresh"]["slang"].split() for a, b in [pair.split(":")])
    return Speech(read, lines, asked, short, around, slang)


_MARKS = ("，", "，", "，", "。", "！", " ", "", "、", "...", "~", ",")
_ENDS = ("", "", "。", "！", "！！！", "...", "~", "？？", "?!")


def sentences(speech: Speech, count: int, seed: int) -> list[Said]:
    """So many sentences; the same seed gives the same ones."""
    chance = Chance(seed)
    categories, kinds = sorted(speech.goods), sorted(k for k in speech.kinds if k != PRAISE)
    found = []
    for i in range(count):
        category = categories[i % len(categories)]
        draw = chance.below(100)
        if draw < 12:
            found.append(_english(speech, chance, category, kinds))
        elif draw < 30:
            found.append(_review(speech, chance, category))
        elif draw < 52:
            found.append(_praise(speech, chance, category))
        else:
            found.append(_complaint(speech, chance, category, kinds))
    return found


def _fill(speech: Speech, chance: Chance, lines: Lines, nouns: Sequence[str], things: str) -> str:
    line = chance.one(lines).said(chance)
    if "{" not in line:
        return line
    return line.format(
        noun=chance.one(nouns),
        days=chance.one(("两", "三", "十", "7", "15", "20", "30", "好几"))
        if things == "fresh.things"
        else 2 + chance.below(30),
        n=2 + chance.below(9),
        yuan=chance.one((20, 50, 80, 100, 150, 200, 300, 500)),
        thing=chance.one(speech.frames[things]),
    )


def _join(chance: Chance, pieces: Sequence[str]) -> str:
    mark = chance.one(_MARKS)
    out = ""
    for i, piece in enumerate(pieces):
        out += piece
        if i < len(pieces) - 1:
            out += chance.one(_MARKS) if chance.in_hundred(30) else mark
    return out + chance.one(_ENDS)


def worn(speech: Speech, chance: Chance, text: str) -> str:
    """As people type: slang, a character left out, doubled or swapped."""
    if chance.in_hundred(12):
        for a, b in chance.some(speech.slang, 6):
            text = text.replace(a, b)
    if chance.in_hundred(10) and len(text) > 6:
        i = 1 + chance.below(len(text) - 2)
        text = chance.one(
            (
                text[:i] + text[i + 1 :],
                text[:i] + text[i] + text[i:],
                text[: i - 1] + text[i] + text[i - 1] + text[i + 1 :],
            )
        )
    return text


def _review(speech: Speech, chance: Chance, category: str) -> Said:
    """A short review: it names no kind, unless it praises."""
    goods, frames = speech.goods[category], speech.frames
    good = chance.in_hundred(60)
    whose = category if category in speech.reviews and chance.in_hundred(70) else ANY
    lines = speech.reviews[whose][not good]
    pieces = [_fill(speech, chance, lines, goods.nouns, "fresh.things") for _ in range(1 + chance.in_hundred(35))]
    if chance.in_hundred(25):
        pieces[0] = chance.one(goods.nouns) + pieces[0]
    elif whose == ANY:
        category = ""
    if chance.in_hundred(30):
        pieces += chance.some(frames["any.zh_good" if good else "any.zh_bad"], 1)
    if chance.in_hundred(15):
        pieces = _around(frames, chance, pieces, "good" if good else "bad")
    text = worn(speech, chance, _join(chance, pieces))
    return Said(text, POLAR[good], category, PRAISE if good else "")


def _praise(speech: Speech, chance: Chance, category: str) -> Said:
    goods, frames = speech.goods[category], speech.frames
    if chance.in_hundred(12):
        line = _fill(speech, chance, speech.asked[0], goods.nouns, "fresh.things")
        return Said(worn(speech, chance, line + chance.one(("", "？", "?", "。", "，谢谢"))), "", category, PRAISE)
    pieces = chance.some(goods.good, chance.below(4))
    pieces = [chance.one(goods.nouns) + p if chance.in_hundred(40) else p for p in pieces]
    if chance.in_hundred(45):
        pieces += chance.some(frames["any.zh_good"], 1 + chance.below(3))
    if not pieces or chance.in_hundred(35):
        line = _fill(speech, chance, speech.kinds[PRAISE][0], goods.nouns, "fresh.things")
        pieces.insert(chance.below(len(pieces) + 1), line)
    pieces = _around(frames, chance, pieces, "good")
    return Said(worn(speech, chance, _join(chance, pieces)), POLAR[1], category, PRAISE)


def _around(frames: Mapping[str, tuple[str, ...]], chance: Chance, pieces: list[str], side: str) -> list[str]:
    if chance.in_hundred(35):
        pieces = [chance.one(frames[f"open.zh_{side}"]), *pieces]
    if chance.in_hundred(40):
        pieces = [*pieces, *chance.some(frames[f"close.zh_{side}"], 1 + chance.below(2))]
    return pieces


def _complaint(speech: Speech, chance: Chance, category: str, kinds: Sequence[str]) -> Said:
    goods, frames = speech.goods[category], speech.frames
    own = [k for k in goods.bad if k in kinds]
    kind = chance.one(own) if chance.in_hundred(35) and own else chance.one(kinds)

    def lines() -> str:
        return _fill(speech, chance, speech.kinds[kind][0], goods.nouns, "fresh.things")

    if kind in goods.bad and chance.in_hundred(50):
        pieces = chance.some(goods.bad[kind], 1 + chance.below(3))
        pieces = [chance.one(goods.nouns) + p if chance.in_hundred(45) else p for p in pieces]
        if chance.in_hundred(40):
            pieces.append(lines())
    else:
        pieces = [lines() for _ in range(1 + chance.below(2))]
        if not any(n in "".join(pieces) for n in goods.nouns):
            if chance.in_hundred(60):
                pieces.insert(0, chance.one(("买的", "这个", "", "你家", "在这买的")) + chance.one(goods.nouns))
            else:
                category = ""
    if chance.in_hundred(30):
        pieces += chance.some(frames["any.zh_bad"], 1 + chance.below(2))
    if chance.in_hundred(15):
        pieces = [*chance.some(goods.good, 1), chance.one(frames["between.zh_but"]) + pieces[0], *pieces[1:]]
    pieces = _around(frames, chance, pieces, "bad")
    return Said(worn(speech, chance, _join(chance, pieces)), POLAR[0], category, kind)


def _english(speech: Speech, chance: Chance, category: str, kinds: Sequence[str]) -> Said:
    goods, frames = speech.goods[category], speech.frames
    good = chance.in_hundred(35)
    if good and chance.in_hundred(12):
        line = _fill(speech, chance, speech.asked[1], goods.nouns_en, "fresh.things_en")
        return Said(line, "", category, PRAISE)
    if good:
        pieces = [
            *chance.some(goods.good_en, 1 + chance.below(2)),
            *chance.some(frames["any.en_good"], chance.below(3)),
        ]
        kind, side = PRAISE, "good"
        if chance.in_hundred(40):
            pieces.append(_fill(speech, chance, speech.kinds[PRAISE][1], goods.nouns_en, "fresh.things_en"))
    else:
        kind, side = chance.one(kinds), "bad"
        pieces = [
            _fill(speech, chance, speech.kinds[kind][1], goods.nouns_en, "fresh.things_en")
            for _ in range(1 + chance.below(2))
        ]
        if kind in BROKEN:
            pieces += chance.some(goods.bad_en, 1)
        pieces += chance.some(frames["any.en_bad"], chance.below(2))
    if chance.in_hundred(50):
        pieces.insert(0, f"the {chance.one(goods.nouns_en)}")
    if chance.in_hundred(30):
        pieces.insert(0, chance.one(frames[f"open.en_{side}"]))
    if chance.in_hundred(30):
        pieces.append(chance.one(frames[f"close.en_{side}"]))
    return Said(chance.one((", ", ". ", " and ")).join(pieces), POLAR[int(good)], category, kind)
