"""Two readings of the same place: what counts as the same, and where a text layer and the picture of its page differ."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from pinzhi.life.admission.rules.reports.layout import joined
from pinzhi.life.admission.rules.reports.words import Page, Word

_SAME = str.maketrans("～—－–―≦≧×。、〈＜oli|丨", "~----≤≥x.,<<01111")
_FIGURES = re.compile(r"[<>≤≥]?\d[\d.,:/~-]*")
_TELLING = ("不", "未", "无")
_STROKES = frozenset("/1l|i丨-一_")
"""Lone strokes that a reader cannot tell apart."""
SURE = 0.9
"""From which confidence a reading is held against a text layer."""


def folded(text: str) -> str:
    """Width, case, spaces, dashes and look-alike letters made one: what a reader of pictures mixes up without anybody having tampered."""
    plain = re.sub(r"\s+", "", unicodedata.normalize("NFKC", text.translate(_SAME)).casefold()).translate(_SAME)
    return re.sub(r"[,.;:·]+$", "", plain)


def figures(text: str) -> list[str]:
    """The figures in a text with their decimal marks."""
    return [m[0].rstrip(".,:/~-") for m in _FIGURES.finditer(folded(text))]


def same_reading(a: str, b: str) -> bool:
    """Whether two readings say the same figures; a text without figures is the same when it is equal but for look-alikes."""
    one, two = figures(a), figures(b)
    return one == two if one or two else folded(a) == folded(b)


@dataclass(frozen=True, slots=True)
class Difference:
    """A place where text and picture differ: what each says, and the box (points)."""

    text: str
    picture: str
    box: tuple[float, float, float, float]


def tells(text: str, picture: str) -> bool:
    """Whether two readings differ in something that matters: a figure, a negation, or most of the words."""
    a, b = folded(text), folded(picture)
    if a == b or (a in _STROKES and b in _STROKES):
        return False
    if re.sub(r"\D", "", a) != re.sub(r"\D", "", b) or figures(text) != figures(picture):
        return True
    if any(a.count(n) != b.count(n) for n in _TELLING):
        return True
    return min(len(a), len(b)) >= 4 and SequenceMatcher(None, a, b, autojunk=False).ratio() < 0.6


def differences(layer: Page, seen: Page) -> list[Difference]:
    """
    Where the text layer of a page and its picture differ in something that matters.

    Held against each other are lines of the picture and the words of the layer whose middle lies in them; a word with a digit of which the picture shows
    nothing counts too.
    """
    found: list[Difference] = []
    covered: set[int] = set()
    for line in _lines(seen.words):
        x0, x1 = min(w.x0 for w in line), max(w.x1 for w in line)
        y0, y1 = min(w.y0 for w in line), max(w.y1 for w in line)
        inside = [
            w
            for w in layer.words
            if x0 - 2 <= w.centre <= x1 + 2 and y0 - 0.15 * (y1 - y0) <= w.middle <= y1 + 0.15 * (y1 - y0)
        ]
        covered |= {id(w) for w in inside}
        if not inside or min(w.sure for w in line) < SURE:
            continue
        text, picture = joined(inside), joined(line)
        if tells(text, picture):
            found.append(Difference(text, picture, (x0, y0, x1, y1)))
    found.extend(
        Difference(w.text, "", (w.x0, w.y0, w.x1, w.y1))
        for w in layer.words
        if id(w) not in covered and sum(c.isdigit() for c in w.text) >= 2
    )
    return found


def _lines(words: Sequence[Word]) -> Iterable[list[Word]]:
    """Words of a picture that were found as one line (same heights, one after the other)."""
    held: list[Word] = []
    for word in words:
        if held and (word.y0, word.y1, word.sure) != (held[-1].y0, held[-1].y1, held[-1].sure):
            yield held
            held = []
        held.append(word)
    if held:
        yield held
