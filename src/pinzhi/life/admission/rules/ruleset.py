"""
Everything that a verdict is computed with: the parts of each family of rules, the rows of law, and one content hash over them.

`verdict = f(listing, ruleset, as_of)`: the same three give the same bytes, on any day, on any machine with the same Unicode tables.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

from pinzhi.kernel.canon import digest
from pinzhi.kernel.verdict import LawRef
from pinzhi.law.rows import Row, Statutes, reference
from pinzhi.life.admission.rules import prices
from pinzhi.life.admission.rules.claimed import ClaimTables
from pinzhi.life.admission.rules.evidence import Matrix
from pinzhi.life.admission.rules.lexicon import Lexicon
from pinzhi.life.admission.rules.numbers.book import Book

KEPT_DAYS = 32
"""So many days' rows of law are kept at once; a replay of many days stays within it."""


@dataclass(frozen=True)
class Ruleset:
    """The parts of the families. `hash` is over all of them."""

    lexicon: Lexicon
    claims: ClaimTables
    matrix: Matrix
    book: Book
    statutes: Statutes
    hash: str
    _in_force: dict[date, dict[str, LawRef]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def laws(self, as_of: date) -> dict[str, LawRef]:
        """Every row of law that is in force on the day, as a finding cites it, by id. Kept for the last days asked for: it was half of a screening."""
        known = self._in_force.get(as_of)
        if known is None:
            known = {row.id: reference(row) for row in self.statutes.rows if row.holds(as_of)}
            if len(self._in_force) >= KEPT_DAYS:
                self._in_force.clear()
            self._in_force[as_of] = known
        return known


PRICE_LAWS = frozenset(
    f"price.{name}"
    for name in ("compared_with", "meaning", "no_baseless", "no_temporary_rise", "online", "bait", "unit")
)
"""The rows that the rules about prices and papers cite by name."""
PAPER_LAWS = frozenset({"evidence.permit", "evidence.standards", "food.licence"})


def put_together(lexicon: Lexicon, claims: ClaimTables, matrix: Matrix, book: Book, statutes: Statutes) -> Ruleset:
    """A ruleset from its parts. Raises ValueError where a rule names a row of law that does not exist."""
    known = {row.id for row in statutes.rows}
    named = {g.law for g in lexicon.groups} | {c.law for g in lexicon.groups for c in g.contexts} | set(claims.laws)
    named |= matrix.laws | PRICE_LAWS | PAPER_LAWS
    if unknown := sorted(named - known - {""}):
        raise ValueError(f"no such rows of law: {unknown}")
    parts = [lexicon.hash, claims.hash, matrix.hash, book.hash, prices.VERSION, _cited(statutes.rows, named)]
    return Ruleset(lexicon, claims, matrix, book, statutes, digest(parts))


def _cited(rows: tuple[Row, ...], named: set[str]) -> list[list[object]]:
    return sorted(
        [r.id, r.article, r.instrument.version, r.valid_from.isoformat(), r.verified] for r in rows if r.id in named
    )
