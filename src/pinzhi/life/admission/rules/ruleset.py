"""
Everything that a verdict is computed with: the parts of each family of rules, the rows of law, and one content hash over them.

`verdict = f(listing, ruleset, as_of)`: the same three give the same bytes, on any day, on any machine with the same Unicode tables.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.canon import digest
from pinzhi.kernel.verdict import LawRef
from pinzhi.law.rows import Row, Statutes, reference
from pinzhi.life.admission.rules.claimed import ClaimTables
from pinzhi.life.admission.rules.lexicon import Lexicon


@dataclass(frozen=True)
class Ruleset:
    """The parts of the families. `hash` is over all of them."""

    lexicon: Lexicon
    claims: ClaimTables
    statutes: Statutes
    hash: str

    def laws(self, as_of: date) -> dict[str, LawRef]:
        """Every row of law that is in force on the day, as a finding cites it, by id."""
        return {row.id: reference(row) for row in self.statutes.rows if row.holds(as_of)}


def put_together(lexicon: Lexicon, claims: ClaimTables, statutes: Statutes) -> Ruleset:
    """A ruleset from its parts. Raises ValueError where a rule names a row of law that does not exist."""
    known = {row.id for row in statutes.rows}
    named = {g.law for g in lexicon.groups} | {c.law for g in lexicon.groups for c in g.contexts} | set(claims.laws)
    if unknown := sorted(named - known - {""}):
        raise ValueError(f"no such rows of law: {unknown}")
    return Ruleset(lexicon, claims, statutes, digest([lexicon.hash, claims.hash, _cited(statutes.rows, named)]))


def _cited(rows: tuple[Row, ...], named: set[str]) -> list[list[object]]:
    return sorted(
        [r.id, r.article, r.instrument.version, r.valid_from.isoformat(), r.verified] for r in rows if r.id in named
    )
