"""Days and spans of days as reports print them, in Chinese and English."""

from __future__ import annotations

import re
from datetime import date

_MONTHS = {m: i for i, m in enumerate("jan feb mar apr may jun jul aug sep oct nov dec".split(), 1)}  # noqa: SIM905 - twelve words in their order
_DIGITS = dict(zip("〇零一二三四五六七八九", (0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
_PLAIN = r"(?P<y>(?:19|20)\d\d)\s*[-/.年．]\s*(?P<m>\d{1,2})\s*[-/.月．]\s*(?P<d>\d{1,2})\s*日?"
_NAMED = r"(?P<mon>[A-Za-z]{3,9})\.?\s*(?P<d2>\d{1,2})(?:st|nd|rd|th)?\s*,?\s*(?P<y2>(?:19|20)\d\d)"
_ENGLISH = r"(?P<d3>\d{1,2})(?:st|nd|rd|th)?[\s-]*(?P<mon3>[A-Za-z]{3,9})\.?[\s,-]*(?P<y3>(?:19|20)\d\d)"
_BARE = r"(?<!\d)(?P<y4>(?:19|20)\d\d)(?P<m4>0[1-9]|1[0-2])(?P<d4>0[1-9]|[12]\d|3[01])(?!\d)"
_CHINESE = (
    r"(?P<yc>[〇零一二三四五六七八九]{4})年(?P<mc>[一二三四五六七八九十]{1,2})月(?P<dc>[一二三四五六七八九十]{1,3})日"
)
_DAY = re.compile(f"{_PLAIN}|{_NAMED}|{_ENGLISH}|{_BARE}|{_CHINESE}")
_SHORT_END = re.compile(r"\s*(?:~|～|至|到|—|–|-|to)\s*(?:(?P<m>\d{1,2})\s*[-/.月]\s*)?(?P<d>\d{1,2})\s*日?(?![\d-])")
"""«2026-01-05~01-09», «2026年1月5日至9日»."""


def _chinese(text: str) -> int:
    if "十" in text:
        tens, _, ones = text.partition("十")
        return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)
    return int("".join(str(_DIGITS[c]) for c in text))


def _made(y: int, m: int, d: int) -> date | None:
    try:
        return date(y, m, d)
    except ValueError:
        return None


def _read(found: re.Match[str]) -> date | None:
    if found["y"]:
        return _made(int(found["y"]), int(found["m"]), int(found["d"]))
    if found["y2"]:
        return _made(int(found["y2"]), _MONTHS.get(found["mon"][:3].lower(), 0), int(found["d2"]))
    if found["y3"]:
        return _made(int(found["y3"]), _MONTHS.get(found["mon3"][:3].lower(), 0), int(found["d3"]))
    if found["y4"]:
        return _made(int(found["y4"]), int(found["m4"]), int(found["d4"]))
    return _made(_chinese(found["yc"]), _chinese(found["mc"]), _chinese(found["dc"]))


def days(text: str) -> list[date]:
    """Every day in a text, in its order; a short end of a span («~01-09») takes the year and month of its beginning. What is no day is left out."""
    found: list[date] = []
    for match in _DAY.finditer(text):
        day = _read(match)
        if day is None:
            continue
        found.append(day)
        end = _SHORT_END.match(text, match.end())
        if end:
            last = _made(day.year, int(end["m"] or day.month), int(end["d"]))
            if last:
                found.append(last)
    return found


def impossible(text: str) -> bool:
    """Whether a text has the form of a day that the calendar does not have («2026-02-30»)."""
    return any(_read(m) is None for m in _DAY.finditer(text))
