"""
The fields of a report: a label and what stands behind it, beside it or (wrapped) below it.

The first value under a strong label counts. Others under the same label are kept in `also`: a report that says two things about itself is a finding.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import replace

from pinzhi.life.admission.rules.reports import dates
from pinzhi.life.admission.rules.reports.labels import OTHER, Labels, Part, key
from pinzhi.life.admission.rules.reports.layout import right_of
from pinzhi.life.admission.rules.reports.words import DAYS, Cell, Found

_PAGE_COUNT = re.compile(
    r"\s*(?:第\s*\d+\s*页|共\s*\d+\s*页|Page\s*\d+|\(?\d+\s*/\s*\d+\)?\s*\Z).*", re.IGNORECASE | re.DOTALL
)
_CMA = re.compile(r"(?<!\d)\d{12}(?!\d)")
_CNAS = re.compile(r"(?:CNAS\s*|(?<![A-Za-z]))L\s?(\d{4,5})(?!\d)", re.IGNORECASE)
_DASH = str.maketrans(dict.fromkeys("‐‑‒–—―−－─", "-"))
_STANDARD = re.compile(
    r"(?<![A-Za-z])(?P<prefix>GB\s*/?\s*[TZ]|GB|[A-Z]{2}\s*/\s*T|DBS?\s*\d{2}\s*(?:/\s*T)?|T\s*/\s*[A-Z]{2,12}|Q\s*/\s*[A-Z0-9]{2,10}|QB|SN|FZ|HG|JB|YY|NY|LY|WS|ISO|IEC|EN|ASTM)"
    r"\s*(?P<number>[A-Z]?\d{1,6}(?:\.\d{1,3})*(?:[-]\d{1,3}(?![\d]))?[A-Z]?)(?:\s*[-:]\s*(?P<year>(?:19|20)\d\d|\d\d(?!\d)))?"
)
_TITLE = re.compile(r"《[^》]{4,60}》(?:\s*[(（]?\s*(?:19|20)\d\d\s*年?\s*版?\s*[)）]?)?")
_NO_VALUE = frozenset("/ - -- — —— － 无 不详 *".split())  # noqa: SIM905


def standards(text: str) -> list[str]:
    """Numbers of standards in a text, in one form («GB/T 2912.1-2009»), and titles in 《》; each once, in their order."""
    folded = unicodedata.normalize("NFKC", text).translate(_DASH)
    found: list[tuple[int, str]] = []
    for match in _STANDARD.finditer(folded):
        prefix = re.sub(r"\s+", "", match["prefix"]).upper()
        prefix = re.sub(r"^GB/?([TZ])$", r"GB/\1", prefix)
        found.append((match.start(), f"{prefix} {match['number']}" + (f"-{match['year']}" if match["year"] else "")))
    found.extend((m.start(), re.sub(r"\s+", "", m[0])) for m in _TITLE.finditer(folded) if not _STANDARD.search(m[0]))
    return list(dict.fromkeys(text for _, text in sorted(found)))


def _cut(name: str, text: str) -> str:
    """A value without what only stands near it."""
    text = _PAGE_COUNT.sub("", text).strip() if name in ("report_no", "lab") else text.strip()
    if name == "cma":
        number = _CMA.search(text.replace(" ", ""))
        return number[0] if number else text
    if name == "cnas":
        number = _CNAS.search(text)
        return f"L{number[1]}" if number else text
    if name == "report_no":
        return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text).translate(_DASH))
    return text


def _value(name: str, text: str) -> str:
    if name in DAYS:
        seen = dates.days(text)
        return seen[0].isoformat() if seen else ""
    return _cut(name, text)


class Gathering:
    """Collects fields while pages are read."""

    def __init__(self, labels: Labels) -> None:
        self.labels = labels
        self.found: dict[str, Found] = {}
        self.weak: dict[str, Found] = {}
        self.standards: list[str] = []

    def add(self, name: str, text: str, cell: Cell, *, weak: bool = False) -> None:
        """Enter one value; spans of days fill both ends."""
        if not text or name in ("", OTHER):
            return
        if name == "standards":
            self.standards.extend(s for s in standards(text) if s not in self.standards)
            return
        if name == "tested":
            seen = dates.days(text)
            if seen:
                self._put("tested_from", seen[0].isoformat(), text, cell, weak=weak)
                self._put("tested_to", seen[-1].isoformat(), text, cell, weak=weak)
            return
        if (
            name == "batch"
            and not re.search(r"[A-Za-z]", text)
            and dates.days(text)
            and len(re.sub(r"\D", "", text)) == 8
            and not text.isdigit()
        ):
            # «生产日期/批号: 2026-01-02» gives the day, not a batch.
            self._put("manufactured", dates.days(text)[0].isoformat(), text, cell, weak=True)
        self._put(name, _value(name, text), text, cell, weak=weak)

    def _put(self, name: str, value: str, printed: str, cell: Cell, *, weak: bool) -> None:
        held = self.weak if weak else self.found
        if not value:
            return
        one = Found(
            name, value, printed.strip(), cell.page, cell.x0, cell.y0, cell.x1, cell.y1, cell.sure, cell.doubted
        )
        if name not in held:
            held[name] = one
        elif key(held[name].value) != key(value) and value not in held[name].also and value not in _NO_VALUE:
            held[name] = replace(held[name], also=(*held[name].also, value))

    def done(self) -> tuple[Found, ...]:
        """Strong values, and weak ones where there is no strong one."""
        return tuple({**self.weak, **self.found}.values())


def gather(pages: Sequence[Sequence[Cell]], used: set[int], labels: Labels) -> Gathering:
    """All fields of a report. `used` are the ids of cells that belong to result tables."""
    gathered = Gathering(labels)
    for held in pages:
        free = [c for c in held if id(c) not in used]
        taken: set[int] = set()
        for cell in free:
            if id(cell) in taken:
                continue
            for part in labels.split(cell.text):
                if not part.field:
                    continue
                _one(part, cell, free, taken, gathered)
        _unlabelled(free, taken, gathered)
    return gathered


def _one(part: Part, cell: Cell, free: Sequence[Cell], taken: set[int], gathered: Gathering) -> None:
    labels = gathered.labels
    if part.value:
        text, start = part.value, _from_left(cell, part.start)
        if not cell.ruled:
            text = _with_more(text, start, cell, free, taken, labels)
        gathered.add(part.field, text, cell, weak=part.weak)
        return
    beside = right_of(cell, free)
    if beside is None or any(
        p.start == 0 or p.value == "" or beside.text.startswith(p.value) is False for p in labels.split(beside.text)
    ):
        return
    text = beside.text if beside.ruled else _with_more(beside.text, beside.x0, beside, free, taken, labels)
    text = text.lstrip(":： ")  # the colons of a column of labels stand in a column of their own
    taken.add(id(beside))
    gathered.add(part.field, text, beside, weak=part.weak)


def _from_left(cell: Cell, at: int) -> float:
    """Where the character at a place in a cell's text stands, by the share of wide and narrow characters."""
    share = [2.0 if ord(c) >= 0x2E80 else 1.0 for c in cell.text]
    return cell.x0 + (cell.x1 - cell.x0) * sum(share[:at]) / max(sum(share), 1.0)


def _with_more(text: str, start: float, cell: Cell, free: Sequence[Cell], taken: set[int], labels: Labels) -> str:
    """The lines under a value that go on with it: they begin where it begins, close below, and hold no label."""
    last = cell
    while True:
        height = last.y1 - last.y0
        below = [
            c
            for c in free
            if not c.ruled
            and c.page == cell.page
            and -0.3 * height < c.y0 - last.y1 < 0.9 * height
            and c.y0 > last.y0 + 0.5 * height
            and abs(c.x0 - start) < 1.2 * height
            and not labels.split(c.text)
        ]
        beside = [
            c
            for c in free
            if below and c is not below[0] and c.x1 <= below[0].x0 and abs(c.y0 - below[0].y0) < 0.5 * height
        ]
        if not below or any(labels.split(c.text) for c in beside):
            return text
        last = below[0]
        taken.add(id(last))
        text += ("" if ord(text[-1]) >= 0x2E80 or ord(last.text[0]) >= 0x2E80 else " ") + last.text


def _unlabelled(free: Iterable[Cell], taken: set[int], gathered: Gathering) -> None:
    """Marks and names that stand without a label: «CMA 210012345678», «CNAS L1234», the laboratory's name over the title."""
    for cell in free:
        text = cell.text
        if len(text) > 120:
            continue
        upper = text.upper()
        if "CMA" in upper and (number := _CMA.search(text.replace(" ", ""))):
            gathered.add("cma", number[0], cell, weak=True)
        if "CNAS" in upper and (number := _CNAS.search(text)):
            gathered.add("cnas", f"L{number[1]}", cell, weak=True)
        named = re.search(r"[A-Za-z\u4e00-\u9fff]", text) and gathered.labels.organisation.search(text)
        if named and id(cell) not in taken and not gathered.labels.split(text):
            gathered.add("lab", text, cell, weak=True)
