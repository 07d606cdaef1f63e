"""
From words on a page to cells in rows: our own geometry, the same for text layers and scans.

Where lines are drawn, a word belongs to the rectangle between the nearest lines that pass over, under, left and right of its centre; a merged cell comes out as
one cell by itself. Where none are drawn, words on one level that stand close together are one cell.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from statistics import median

from pinzhi.life.admission.rules.reports.words import Cell, Page, Rule, Word

SLACK = 2.0
"""Points by which a drawn line may miss the corner it should meet."""
GAP = 0.65
"""Words further apart than so many heights stand in different cells where no lines are drawn."""


Span = tuple[float, float, float]
"""A drawn line: its place across, and from where to where it reaches."""


def _wide(char: str) -> bool:
    return ord(char) >= 0x2E80


def joined(words: Sequence[Word]) -> str:
    """The text of words in reading order: lines from the top, a space between Latin words and none between Chinese ones."""
    text = ""
    for line in lines(words):
        for i, word in enumerate(line):
            if text and not (_wide(text[-1]) and _wide(word.text[0])):
                touching = i > 0 and word.x0 - line[i - 1].x1 < 0.12 * (word.y1 - word.y0)
                text += "" if touching or text[-1] == " " else " "
            text += word.text
    return text


def lines(words: Iterable[Word]) -> list[list[Word]]:
    """Words by line, top to bottom, each line left to right. A word belongs to a line when its centre lies within half a height of the line's."""
    found: list[list[Word]] = []
    levels: list[float] = []
    for word in sorted(words, key=lambda w: (w.middle, w.x0)):
        if found and word.middle - levels[-1] <= 0.5 * max(
            min(word.y1 - word.y0, found[-1][0].y1 - found[-1][0].y0), 1.0
        ):
            found[-1].append(word)
            # The level moves with the line: the words of a tilted scan climb slowly.
            levels[-1] = levels[-1] + (word.middle - levels[-1]) / len(found[-1])
        else:
            found.append([word])
            levels.append(word.middle)
    for line in found:
        line.sort(key=lambda w: w.x0)
    return found


def snapped(rules: Iterable[Rule], *, apart: float = 1.0) -> tuple[Rule, ...]:
    """Lines less than a point apart made one, and pieces at most `apart` from each other joined: tables are drawn cell by cell, each border twice."""
    level: list[Rule] = []
    upright: list[Rule] = []
    for r in rules:
        (level if r.x1 - r.x0 >= r.y1 - r.y0 else upright).append(r)
    flat = _joined([((r.y0 + r.y1) / 2, r.x0, r.x1) for r in level], apart)
    high = _joined([((r.x0 + r.x1) / 2, r.y0, r.y1) for r in upright], apart)
    return (*(Rule(a, y, b, y) for y, a, b in flat), *(Rule(x, a, x, b) for x, a, b in high))


def _joined(drawn: list[Span], apart: float) -> list[Span]:
    groups: list[list[Span]] = []
    for piece in sorted(drawn):
        if groups and piece[0] - groups[-1][-1][0] < 1.0 and piece[0] - groups[-1][0][0] < SLACK:
            groups[-1].append(piece)
        else:
            groups.append([piece])
    found: list[Span] = []
    for group in groups:
        place = round(sum(p[0] for p in group) / len(group), 2)
        spans: list[list[float]] = []
        for _, a, b in sorted(group, key=lambda p: p[1]):
            if spans and a <= spans[-1][1] + apart:
                spans[-1][1] = max(spans[-1][1], b)
            else:
                spans.append([a, b])
        found.extend((place, a, b) for a, b in spans)
    return found


class Grid:
    """The drawn lines of a page, asked for the cell around a point. `largest` is the area above which a box is a frame of the page, no cell."""

    def __init__(self, rules: Sequence[Rule], largest: float) -> None:
        self.level: list[Span] = sorted((r.y0, r.x0, r.x1) for r in rules if r.x1 - r.x0 >= r.y1 - r.y0)
        self.upright: list[Span] = sorted((r.x0, r.y0, r.y1) for r in rules if r.x1 - r.x0 < r.y1 - r.y0)
        self._ys, self._xs = [r[0] for r in self.level], [r[0] for r in self.upright]
        self._largest = largest

    @staticmethod
    def _around(at: float, across: float, drawn: Sequence[Span], places: Sequence[float]) -> tuple[Span, Span] | None:
        here = bisect_left(places, at)
        before = next((s for s in reversed(drawn[:here]) if s[1] - SLACK <= across <= s[2] + SLACK), None)
        after = next((s for s in drawn[here:] if s[1] - SLACK <= across <= s[2] + SLACK), None)
        return None if before is None or after is None else (before, after)

    def cell(self, x: float, y: float) -> tuple[float, float, float, float] | None:
        """(x0, y0, x1, y1) of the drawn cell around a point; None where it is not closed: each side must be drawn along its whole length."""
        levels, uprights = self._around(y, x, self.level, self._ys), self._around(x, y, self.upright, self._xs)
        if levels is None or uprights is None:
            return None
        (top, bottom), (left, right) = levels, uprights
        x0, y0, x1, y1 = left[0], top[0], right[0], bottom[0]
        wide, high = x1 - x0, y1 - y0
        whole = all(min(s[2], x1) - max(s[1], x0) >= wide - max(4.0, 0.1 * wide) for s in (top, bottom)) and all(
            min(s[2], y1) - max(s[1], y0) >= high - max(4.0, 0.1 * high) for s in (left, right)
        )
        return (x0, y0, x1, y1) if whole and wide * high <= self._largest else None


def cut_by(words: Iterable[Word], uprights: Sequence[Span]) -> list[Word]:
    """Words that run over an upright line are two words: readers of pictures join what stands close. Each character takes its share of the width."""
    found: list[Word] = []
    for word in words:
        places = [x for x, a, b in uprights if word.x0 + 1 < x < word.x1 - 1 and a - SLACK <= word.middle <= b + SLACK]
        if not places or len(word.text) < 2:
            found.append(word)
            continue
        share = [2.0 if _wide(c) else 1.0 for c in word.text]
        scale = (word.x1 - word.x0) / sum(share)
        edges, x = [word.x0], word.x0
        for s in share:
            x += s * scale
            edges.append(x)
        cuts = sorted({min(range(1, len(edges) - 1), key=lambda i, p=place: abs(edges[i] - p)) for place in places})  # type: ignore[misc]
        for a, b in zip([0, *cuts], [*cuts, len(word.text)], strict=True):
            text = word.text[a:b].strip()
            if text:
                found.append(Word(text, edges[a], word.y0, edges[b], word.y1, word.sure, None))
    return found


def cells(page: Page) -> list[Cell]:
    """Every cell of a page in reading order."""
    grid = Grid(page.rules, 0.35 * page.width * page.height)
    inside: dict[tuple[float, float, float, float], list[Word]] = {}
    free: list[Word] = []
    words = cut_by(page.words, grid.upright) if grid.upright else page.words
    for word in words:
        box = grid.cell(word.centre, word.middle) if grid.upright and grid.level else None
        if box is None:
            free.append(word)
        else:
            inside.setdefault(box, []).append(word)
    found = [
        Cell(joined(held), page.number, *box, tuple(w for line in lines(held) for w in line), ruled=True)
        for box, held in inside.items()
    ]
    for line in lines(free):
        found.extend(_runs(line, page.number))
    return sorted(found, key=lambda c: (round(c.y0, 1), c.x0))


def _runs(line: Sequence[Word], page: int) -> Iterable[Cell]:
    held: list[Word] = []
    for word in line:
        if held and word.x0 - held[-1].x1 > GAP * (word.y1 - word.y0):
            yield _free(held, page)
            held = []
        held.append(word)
    if held:
        yield _free(held, page)


def _free(words: Sequence[Word], page: int) -> Cell:
    return Cell(
        joined(words),
        page,
        words[0].x0,
        min(w.y0 for w in words),
        max(w.x1 for w in words),
        max(w.y1 for w in words),
        tuple(words),
    )


def rows(found: Sequence[Cell]) -> list[list[Cell]]:
    """Free cells by line, top to bottom, left to right (drawn cells have rows of their own: see `table`)."""
    by_level: list[list[Cell]] = []
    for cell in sorted(found, key=lambda c: ((c.y0 + c.y1) / 2, c.x0)):
        middle = (cell.y0 + cell.y1) / 2
        if by_level and middle - median((c.y0 + c.y1) / 2 for c in by_level[-1]) <= 0.5 * (cell.y1 - cell.y0):
            by_level[-1].append(cell)
        else:
            by_level.append([cell])
    for row in by_level:
        row.sort(key=lambda c: c.x0)
    return by_level


def right_of(cell: Cell, found: Sequence[Cell]) -> Cell | None:
    """The next cell on the same level, drawn ones only beside drawn ones."""
    middle = (cell.y0 + cell.y1) / 2
    beside = [
        c
        for c in found
        if c is not cell
        and c.page == cell.page
        and c.ruled == cell.ruled
        and c.x0 >= cell.x1 - SLACK
        and c.y0 - 0.1 <= middle <= c.y1 + 0.1
    ]
    return min(beside, key=lambda c: c.x0, default=None)
