"""
How an article is written in a sentence: 《广告法》第九条（三） for a reader of Chinese, «Advertising Law, art. 9(3)» for one of English.

The tables keep articles in figures, `9(3)`. Whether one figure in brackets is a paragraph (款) or an item (项) does not stand in them, and is not guessed;
`27(1)(1)` can only be an item of a paragraph.
"""

from __future__ import annotations

import re
from functools import lru_cache

from pinzhi.kernel.values import Text
from pinzhi.law.rows import Jurisdiction
from pinzhi.law.tables import instruments

_DIGITS = "零一二三四五六七八九"
_ARTICLE = re.compile(r"(\d{1,3})((?:\(\d{1,2}\))*)")
_CHINESE = re.compile(r"第([一二三四五六七八九十百零]+)条((?:（[一二三四五六七八九十]+）)*)")
NONE = ("", "—", "未核对")
"""What stands in place of an article where none has been read."""


def citation(instrument: str, article: str) -> Text:
    """The article as both languages write it. `instrument` is the Chinese name, as a reason keeps it; an article in another form stays as it is."""
    english, ours = _instruments().get(instrument, (instrument, True))
    if article in NONE:
        return Text(f"《{instrument}》" if ours else instrument, english)
    zh = "、".join(_zh(part) for part in re.split(r"[,、]\s*", article))
    en = ", ".join(_en(part) for part in re.split(r"[,、]\s*", article))
    known = _ARTICLE.match(article) or _CHINESE.match(article)
    return Text(
        f"《{instrument}》{zh}" if ours else f"{instrument} {article}", f"{english}, {'art. ' if known else ''}{en}"
    )


@lru_cache(maxsize=1)
def _instruments() -> dict[str, tuple[str, bool]]:
    return {i.name.zh: (i.name.en, i.jurisdiction is Jurisdiction.CHINA) for i in instruments().values()}


def _zh(part: str) -> str:
    found = _ARTICLE.fullmatch(part)
    if found is None:
        return part
    inner = [int(n) for n in re.findall(r"\d+", found[2])]
    if len(inner) == 2 and inner[1] <= inner[0]:  # items are counted upwards: this is an item within a paragraph
        return f"第{numeral(int(found[1]))}条第{numeral(inner[0])}款第（{numeral(inner[1])}）项"
    items = "".join(f"（{numeral(n)}）" for n in inner)
    return f"第{numeral(int(found[1]))}条{items}"


def _en(part: str) -> str:
    found = _CHINESE.fullmatch(part)
    if found is None:
        return part
    return f"{figure(found[1])}" + "".join(f"({figure(n)})" for n in re.findall(r"（(.+?)）", found[2]))


def numeral(n: int) -> str:
    """1 to 999 as an article is numbered: 九, 十, 二十七, 一百零三, 一百一十."""
    hundreds, rest = divmod(n, 100)
    tens, ones = divmod(rest, 10)
    said = f"{_DIGITS[hundreds]}百" if hundreds else ""
    if tens:
        said += "十" if tens == 1 and not hundreds else f"{_DIGITS[tens]}十"
    elif hundreds and ones:
        said += "零"
    return said + (_DIGITS[ones] if ones else "")


def figure(numeral: str) -> int:
    """The other way round."""
    total, digit = 0, 0
    for c in numeral:
        if c in "十百":
            total += (digit or 1) * (10 if c == "十" else 100)
            digit = 0
        else:
            digit = _DIGITS.index(c)
    return total + digit
