"""The papers of a listing by themselves: read, dated, and what can be said of each before any row of the evidence matrix asks for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Document, Finding, Listing
from pinzhi.life.admission.rules import facts
from pinzhi.life.admission.rules.chains import Link
from pinzhi.life.admission.rules.editions import Named, named, stale
from pinzhi.life.admission.rules.evidence import PAPER_NAMES, Matrix
from pinzhi.life.admission.rules.facts import FOREVER, Merchant
from pinzhi.life.admission.rules.numbers.book import SCHEMES, Book, reason
from pinzhi.life.admission.rules.numbers.scheme import Known, Number

SOON = 30
"""Days before its end from which on a paper is called expiring."""


@dataclass(frozen=True, slots=True)
class Paper:
    """
    A document of the listing with what was read of it.

    `kind` is the matrix' own word for it, the given one where none is known; `number` is None where the kind has no known numbers or none was given.
    """

    index: int
    document: Document
    kind: str
    number: Number | None
    issued: date | None
    expires: date | None
    standards: tuple[Named, ...]

    @property
    def place(self) -> str:
        """The field of a finding about it."""
        return f"document:{self.index}"


@dataclass(frozen=True)
class Case:
    """One listing with everything that a row of the matrix asks."""

    listing: Listing
    merchant: Merchant | None
    matrix: Matrix
    laws: Mapping[str, LawRef]
    as_of: date
    line: tuple[str, ...]
    papers: tuple[Paper, ...]

    def value(self, name: str) -> str:
        """An attribute of the listing by the matrix' own name of it."""
        return facts.field(self.listing.attributes, self.matrix.fields[name])

    def of(self, paper: Paper, name: str) -> str:
        """A field of a paper by the matrix' own name of it."""
        return facts.field(paper.document.fields, self.matrix.fields[name])

    def finding(
        self,
        rule: str,
        place: str,
        severity: Severity,
        message: Text,
        *,
        text: str = "",
        law: str = "",
        suggestion: Text | None = None,
        wanted: tuple[str, ...] = (),
        confidence: float = 1.0,
    ) -> Finding:
        """A finding about a paper or an attribute as a whole."""
        return Finding(
            rule,
            self.matrix.version,
            place,
            0,
            len(text),
            text,
            text,
            (),
            severity,
            self.laws.get(law),
            message,
            suggestion,
            confidence,
            wanted=wanted,
        )


def read(index: int, document: Document, matrix: Matrix, book: Book, known: Known) -> Paper:
    """A document with its kind, number, days and standards read."""

    def said(name: str) -> str:
        return facts.field(document.fields, matrix.fields[name])

    kind = matrix.kind(document.kind)
    number = book.read(kind, document.number, known) if kind in SCHEMES and document.number else None
    standards = named(said("standards"), book, known)
    return Paper(index, document, kind, number, facts.day(said("issued")), facts.day(said("expires")), standards)


# --- a paper by itself ---------------------------------------------------------------------------------------------------------------------------------


def sound(case: Case, paper: Paper) -> Iterable[Finding]:
    """What can be said of a paper before any row of the matrix asks for it."""
    name = PAPER_NAMES.get(paper.kind)
    if name is None:
        message = Text(
            f"不认识的证件种类“{paper.kind}”，未作核对。",
            f"«{paper.kind}» is no known kind of paper; it was not checked.",
        )
        yield case.finding("D00", paper.place, Severity.LOW, message, text=paper.kind)
        return
    if paper.number is not None and paper.number.fault:
        why = reason(paper.number)
        assert why is not None
        severity = Severity.HIGH if paper.number.verified else Severity.MEDIUM
        message = Text(f"{name.zh}编号不成立：{why.zh}", f"The number of the {name.en} cannot be right: {why.en}")
        fix = Text(
            "按证件原文重新填写编号；仍不符的，证件须核实。",
            "Type the number again from the paper; if it still does not fit, the paper has to be checked.",
        )
        yield case.finding(
            "D01", paper.place, severity, message, text=paper.document.number, law="evidence.permit", suggestion=fix
        )
    for word in ("issued", "expires"):
        raw = case.of(paper, word)
        if raw and facts.day(raw) is None:
            message = Text(f"{name.zh}上的日期“{raw}”读不出来。", f"The date «{raw}» on the {name.en} cannot be read.")
            yield case.finding("D10", paper.place, Severity.MEDIUM, message, text=raw)
    if paper.issued is not None and paper.issued > case.as_of:
        message = Text(
            f"{name.zh}的签发日期 {paper.issued} 还没有到。",
            f"The {name.en} was issued on {paper.issued}, which has not come yet.",
        )
        yield case.finding("D10", paper.place, Severity.MEDIUM, message, text=paper.issued.isoformat())
    if paper.expires not in (None, FOREVER) and 0 <= (paper.expires - case.as_of).days <= SOON:
        left = (paper.expires - case.as_of).days
        message = Text(
            f"{name.zh}将于 {paper.expires} 到期（还有 {left} 天）。",
            f"The {name.en} ends on {paper.expires} ({left} days left).",
        )
        yield case.finding("D04", paper.place, Severity.LOW, message, text=str(paper.expires))


def outdated(case: Case, book: Book, known: Known) -> Iterable[Finding]:
    """Standards named by papers and by the label that are not the editions in force."""
    by_making = frozenset(t.id for t in case.matrix.transitions.values() if t.by_making)
    for place, found, made in cited(case, book, known):
        for one in stale(found, case.matrix.standards, by_making, case.as_of, made):
            grave = Severity.HIGH if one.standard.verified and not one.doubt else Severity.MEDIUM
            harm = Severity.LOW if one.transition else grave
            fix = Text("换用现行版本的检测报告和标签。", "Use a report and a label to the edition in force.")
            yield case.finding(
                "D05", place, harm, one.said, text=one.named.raw, law="evidence.standards", suggestion=fix
            )


def cited(case: Case, book: Book, known: Known) -> Iterable[tuple[str, tuple[Named, ...], date | None]]:
    """The standards that each paper and the label name, with the day on which the goods were made where it is said."""
    label = facts.day(case.value("manufactured"))
    for p in case.papers:
        yield p.place, p.standards, facts.day(case.of(p, "manufactured")) or label
    yield "attr:standards", named(case.value("standards"), book, known), label


def links(papers: Iterable[Paper], fields: Mapping[str, frozenset[str]]) -> tuple[Link, ...]:
    """The authorisations among the papers."""

    def many(text: str) -> tuple[str, ...]:
        return tuple(p for p in text.replace("，", "、").replace(",", "、").replace(";", "、").split("、") if p.strip())

    found = []
    for p in papers:
        if p.kind != "authorisation":
            continue
        said = {name: facts.field(p.document.fields, fields[name]) for name in fields}
        found.append(
            Link(
                said["grantor"] or said["holder"],
                said["grantee"],
                said["brand"],
                facts.day(said["starts"]),
                p.expires,
                many(said["scope"]),
                many(said["territory"]),
                many(said["channel"]),
                said["sublicence"].strip().lower() in {"是", "可", "可以", "允许", "yes", "true", "1"},
                p.index,
            )
        )
    return tuple(found)
