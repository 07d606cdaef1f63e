"""
The numbers of a text, as values: 七日 and 7 days are the same seven. And the check that an answer holds no number that was not read somewhere.

Arabic figures, full Chinese numerals (三十, 一百二十, 两万五), percentages and English number words are read. A lone Chinese numeral counts as a
number only before a word that is counted (日, 元, 倍, 条 …): in 一般 or 统一 it is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

_DIGITS = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"两": 2, "〇": 0}
_TENS = {"十": 10, "百": 100, "千": 1000}
_GREAT = {"万": 10_000, "亿": 100_000_000}
_COUNTED = "日天年月周号时分秒元块角倍条款项次个件份张人名位只台瓶箱包斤克千米公岁折成%％"
_CHINESE = re.compile(
    rf"[零〇一二两三四五六七八九十百千万亿]+(?=半?[{_COUNTED}]|[）)])|[零〇一二两三四五六七八九十百千万亿]{{2,}}"
)
_ARABIC = re.compile(r"\d+(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?")
_MULTIPLIED = re.compile(r"(\d+(?:\.\d+)?)\s*([万亿千])")
_ENGLISH = {
    "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15,
    "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60, "ninety": 90, "hundred": 100, "thousand": 1000, "million": 1_000_000,
    "double": 2, "twice": 2, "triple": 3, "tenfold": 10, "threefold": 3,
}  # fmt: skip
_WORDS = re.compile(rf"\b(?:{'|'.join(_ENGLISH)})\b", re.IGNORECASE)
_HALF_IDIOMS = re.compile(
    "一[一二三四五六七八九十]?[般样起直定些切边旦律概致同并时]|[统唯专单之万]一|十分|百般|千万[不别要]|三包|四舍五入|一五一十"
)


def value(numeral: str) -> Decimal | None:
    """A Chinese numeral as a number: 一百二十 is 120, 三万五 is 35000, 二〇二六 is 2026. None where it is none."""
    if not numeral or any(c not in _DIGITS and c not in _TENS and c not in _GREAT for c in numeral):
        return None
    if all(c in _DIGITS for c in numeral):
        return Decimal("".join(str(_DIGITS[c]) for c in numeral))
    whole, _, rest = numeral.rpartition("亿")
    if whole:
        great, small = value(whole), value(rest) if rest else Decimal(0)
        return None if great is None or small is None else great * _GREAT["亿"] + small
    total, section, digit, last = 0, 0, 0, 1
    for c in numeral:
        if c in _DIGITS:
            digit = _DIGITS[c]
            if c in "零〇":
                last = 1
        elif c in _TENS:
            section += (digit or 1) * _TENS[c]
            digit, last = 0, _TENS[c]
        else:
            total = (total + section + digit or 1) * _GREAT[c]
            section, digit, last = 0, 0, _GREAT[c]
    if digit and last > 10:
        digit *= last // 10  # 三万五 is 35000, 一百二 is 120
    return Decimal(total + section + digit)


def figures(text: str) -> frozenset[Decimal]:
    """Every number in a text."""
    plain = _HALF_IDIOMS.sub(" ", unicodedata.normalize("NFKC", text))
    found = {Decimal(m.replace(",", "")).normalize() for m in _ARABIC.findall(plain)}
    for amount, great in _MULTIPLIED.findall(plain):
        found.discard(Decimal(amount).normalize())
        found.add((Decimal(amount) * {"千": 1000, **_GREAT}[great]).normalize())
    for numeral in _CHINESE.findall(_MULTIPLIED.sub(" ", plain)):
        read = value(numeral)
        if read is not None:
            found.add(read.normalize())
    found |= {Decimal(_ENGLISH[w.lower()]).normalize() for w in _WORDS.findall(plain)}
    return frozenset(found)


def unfounded(answer: str, grounds: Iterable[str]) -> frozenset[Decimal]:
    """The numbers of an answer that stand in none of its grounds (quotations, citations, results of tools). Empty when it may be said."""
    known: set[Decimal] = set()
    for ground in grounds:
        known |= figures(ground)
    return figures(answer) - known
