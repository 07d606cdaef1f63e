"""
Two snapshots of the register of laboratories: what a laboratory may no longer test, and which reports that leaves without a ground.

A report that was issued while the laboratory held the scope stays good. One issued on or after the day of the loss, or on no stated day, has to be replaced.
The register does not say why a scope is gone; a report that was forged is another question (`rules.reports`).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Document, Listing, Missing
from pinzhi.life.admission.rules import facts
from pinzhi.life.admission.rules.documents import Paper, read
from pinzhi.life.admission.rules.evidence import Matrix
from pinzhi.life.admission.rules.numbers.book import Book
from pinzhi.life.admission.rules.reports.labels import key
from pinzhi.life.admission.rules.reports.register import Licence, cnas, standard_of

Name = tuple[str, str]
"""A laboratory as the register knows it: («cma» or «cnas», number in one form)."""


@dataclass(frozen=True, slots=True)
class Lost:
    """A laboratory has lost a standard (every edition of it where `years` is empty) on a day; `standard` empty: everything, it is not in the register."""

    lab: str
    cma: str
    cnas: str
    standard: str
    years: tuple[str, ...]
    since: date

    def is_of(self, name: Name) -> bool:
        """Whether the number is this laboratory's."""
        kind, number = name
        return bool(number) and number == (self.cma if kind == "cma" else self.cnas)

    def covers(self, standard: str, year: str) -> bool:
        """Whether a standard that a report names is among what was lost. A report without a year is held against the whole standard only."""
        return not self.standard or (self.standard == standard and (not self.years or year in self.years))


def _cma(text: str) -> str:
    return re.sub(r"\s", "", text)


def _names(row: Licence) -> list[Name]:
    return [n for n in (("cma", _cma(row.cma)), ("cnas", cnas(row.cnas) if row.cnas else "")) if n[1]]


def lost(before: Sequence[Licence], after: Sequence[Licence], on: date) -> tuple[Lost, ...]:
    """
    What laboratories held by the earlier snapshot and do not hold by the later one on its day `on`, by laboratory and standard, in order.

    A row that is still there and has run out lost its scope on the day after its last; one that is gone, on `on`. Rows without a standard stand for everything.
    """
    held, holds = _scopes(before, on, running=True), _scopes(after, on, running=True)
    ended = _ends(after, on)
    found: list[Lost] = []
    done: set[tuple[str, str, str]] = set()
    for name in sorted(held):
        rows = held[name]
        first = next(iter(rows.values()))
        who = (key(first.lab), _cma(first.cma), cnas(first.cnas) if first.cnas else "")
        if who in done:
            continue
        done.add(who)
        now = set().union(*(holds.get(n, {}).keys() for n in _names(first)))
        if any(standard == "" for standard, _ in now):
            continue
        gone = {k: r for k, r in rows.items() if k not in now and (k[0], "") not in now}
        if not now:
            last = max((ended[n, k] for n in _names(first) for k in gone if (n, k) in ended), default=None)
            found.append(Lost(first.lab, who[1], who[2], "", (), _since(last, on)))
            continue
        by_standard: dict[str, list[tuple[str, str]]] = defaultdict(list)
        for standard, year in sorted(gone):
            by_standard[standard].append((standard, year))
        for standard, cells in by_standard.items():
            days = [ended[n, k] for n in _names(first) for k in cells if (n, k) in ended]
            kept = any(s == standard for s, _ in now)
            years = tuple(y for _, y in cells) if kept else ()
            found.append(Lost(first.lab, who[1], who[2], standard, years, _since(max(days, default=None), on)))
    return tuple(found)


def _since(last: date | None, on: date) -> date:
    return on if last is None or last == date.max else last + timedelta(days=1)


def _scopes(rows: Iterable[Licence], on: date, *, running: bool) -> dict[Name, dict[tuple[str, str], Licence]]:
    """(standard, year) of every laboratory, by each of its numbers; ("", "") where a row names no standard."""
    found: dict[Name, dict[tuple[str, str], Licence]] = defaultdict(dict)
    for row in rows:
        if row.holds_on(on) is running:
            for name in _names(row):
                found[name][standard_of(row.standard) if row.standard else ("", "")] = row
    return found


def _ends(rows: Iterable[Licence], on: date) -> dict[tuple[Name, tuple[str, str]], date]:
    """The last day of what is still listed and has run out."""
    over = _scopes(rows, on, running=False)
    return {
        (name, cell): row.valid_to
        for name, cells in over.items()
        for cell, row in cells.items()
        if row.valid_to is not None and row.valid_to < on
    }


# --- listings that stand on it ------------------------------------------------------------------------------------------------------------------


def standing_on(listing: Listing, losses: Sequence[Lost], matrix: Matrix, book: Book, on: date) -> tuple[Lost, ...]:
    """The losses that a report of the listing was made under, whether it stays good or not."""
    return tuple(dict.fromkeys(loss for _, loss in _met(listing, losses, matrix, book, on)))


def gaps(listing: Listing, losses: Sequence[Lost], matrix: Matrix, book: Book, on: date) -> tuple[Missing, ...]:
    """The reports that have to be replaced, as cells that are not filled: issued on or after the day of the loss, or on no stated day."""
    found: dict[int, Missing] = {}
    for paper, loss in _met(listing, losses, matrix, book, on):
        if paper.issued is None or paper.issued >= loss.since:
            found.setdefault(paper.index, Missing(f"laboratory:{paper.index}", ("report",), _reason(paper, loss)))
    return tuple(found.values())


def _met(
    listing: Listing, losses: Sequence[Lost], matrix: Matrix, book: Book, on: date
) -> Iterable[tuple[Paper, Lost]]:
    known = book.known(on.year)
    for place, document in enumerate(listing.documents):
        paper = read(place, document, matrix, book, known)
        if paper.kind != "report":
            continue
        names = _numbers(document, matrix)
        cited = {standard_of(n.number.normalised) for n in paper.standards} or {("", "")}
        for loss in losses:
            mine = any(loss.is_of(n) for n in names) if names else _called(document, matrix, loss)
            if mine and any(loss.covers(*c) for c in cited):
                yield paper, loss


def _numbers(document: Document, matrix: Matrix) -> list[Name]:
    cma, accredited = (facts.field(document.fields, matrix.fields[n]) for n in ("cma", "cnas"))
    return [n for n in (("cma", _cma(cma)), ("cnas", cnas(accredited) if accredited else "")) if n[1]]


def _called(document: Document, matrix: Matrix, loss: Lost) -> bool:
    """By its name, where the report states no number."""
    said = facts.field(document.fields, matrix.fields["lab"])
    return bool(said) and key(said) == key(loss.lab)


def _reason(paper: Paper, loss: Lost) -> Text:
    number = f" {paper.document.number}" if paper.document.number else ""
    scope = (
        Text(f"“{loss.standard}”的检验能力", f"the scope «{loss.standard}»")
        if loss.standard
        else Text("检验资质", "its approval")
    )
    issued = (
        Text(f"报告签发于 {paper.issued}", f"the report was issued on {paper.issued}")
        if paper.issued
        else Text("报告未写明签发日期", "the report states no day of issue")
    )
    return Text(
        f"检验机构“{loss.lab}”自 {loss.since} 起不再具有{scope.zh}；{issued.zh}，检验报告{number}不能作为依据，请补交其他机构的有效报告。",
        f"The laboratory «{loss.lab}» has not had {scope.en} since {loss.since}; {issued.en}, so the report{number} proves nothing; hand in a valid one.",
    )
