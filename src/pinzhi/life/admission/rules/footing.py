"""What an admission stands on beside the words of the listing: the editions of standards that its papers and its label name."""

from __future__ import annotations

from datetime import date

from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.rules.documents import Case, cited, read
from pinzhi.life.admission.rules.editions import EditionEnd, ends, named
from pinzhi.life.admission.rules.evidence import Matrix
from pinzhi.life.admission.rules.numbers.book import Book

STANDARD = "standard"
"""The kind under which an edition is watched among the papers."""


def editions(listing: Listing, matrix: Matrix, book: Book, on: date) -> tuple[EditionEnd, ...]:
    """The editions that the papers and the label name and whose last day is `on` or later: those that still carry the listing."""
    known = book.known(on.year)
    papers = tuple(read(i, d, matrix, book, known) for i, d in enumerate(listing.documents))
    case = Case(listing, None, matrix, {}, on, (), papers)
    found = [one for _, names, _ in cited(case, book, known) for one in names]
    return tuple(e for e in ends(found, matrix.standards, matrix.transitions) if e.last >= on)


def edition(number: str, matrix: Matrix, book: Book) -> EditionEnd | None:
    """What the table says about the end of an edition that is watched; None where it no longer knows one."""
    found = ends(named(number, book, book.known(date.max.year)), matrix.standards, matrix.transitions)
    return found[0] if found else None
