"""
The verdict over a listing: the families' findings side by side, in a fixed order, and one outcome.

H with enough confidence refuses; M, or H that is not sure, goes to a person; L is a note to the merchant. A missing paper never counts as a violation.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing, Outcome, Screened
from pinzhi.life.admission.rules import claims, former_prices, text
from pinzhi.life.admission.rules.ruleset import Ruleset

SURE_ENOUGH = 0.75
"""Below this confidence a finding of severity H is shown to a person instead of refusing by itself."""
_FIELDS = {"title": 0, "subtitle": 1, "description": 2}


def screen(listing: Listing, ruleset: Ruleset, as_of: date, laws: dict[str, LawRef] | None = None) -> Screened:
    """
    What the ruleset says about a listing on a day. `laws` saves looking the rows up again when many listings are judged: `ruleset.laws(as_of)`.

    Deterministic; never raises on any text.
    """
    cited = ruleset.laws(as_of) if laws is None else laws
    findings, exemptions = text.judge(ruleset.lexicon, cited, listing)
    more, freed = claims.judge(ruleset.claims, ruleset.lexicon, cited, listing)
    settled, cleared = former_prices.settle(listing, findings, cited, as_of)
    return put(listing, [*settled, *more], [*exemptions, *freed, *cleared], ruleset.hash, as_of)


def put(
    listing: Listing, findings: Iterable[Finding], exemptions: Iterable[Exemption], ruleset: str, as_of: date
) -> Screened:
    """Sort and decide."""
    ordered = tuple(sorted(findings, key=_place))
    return Screened(
        listing.id,
        outcome(ordered),
        ordered,
        tuple(sorted(exemptions, key=lambda e: (*_where(e.field), e.start, e.end, e.rule, e.context))),
        (),
        ruleset,
        as_of,
    )


def outcome(findings: Iterable[Finding]) -> Outcome:
    """Refuse, ask a person, or pass."""
    found = tuple(findings)
    if any(f.severity is Severity.HIGH and f.confidence >= SURE_ENOUGH for f in found):
        return Outcome.REJECT
    return Outcome.MANUAL if any(f.severity is not Severity.LOW for f in found) else Outcome.PASS


def _where(field: str) -> tuple[int, str]:
    return _FIELDS.get(field, len(_FIELDS)), field


def _place(f: Finding) -> tuple[int, str, int, int, str, str]:
    return (*_where(f.field), f.start, f.end, f.rule, f.text)
