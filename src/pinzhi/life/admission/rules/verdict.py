"""
The verdict over a listing: the families' findings side by side, in a fixed order, and one outcome.

H with enough confidence refuses; M, or H that is not sure, goes to a person; L is a note to the merchant. A paper that is missing refuses
the listing until the file is complete, and never counts as a violation.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity
from pinzhi.life.admission.contracts import Exemption, Finding, Listing, Missing, Outcome, Screened
from pinzhi.life.admission.rules import claims, former_prices, matrix, price_groups, prices, text, titles
from pinzhi.life.admission.rules.borrowed import SeenBefore
from pinzhi.life.admission.rules.captions import Captions, doubtful
from pinzhi.life.admission.rules.facts import Merchant
from pinzhi.life.admission.rules.filed import Filed
from pinzhi.life.admission.rules.price_groups import Group
from pinzhi.life.admission.rules.ruleset import Ruleset

SURE_ENOUGH = 0.75
"""Below this confidence a finding of severity H is shown to a person instead of refusing by itself."""
_FIELDS = {"title": 0, "subtitle": 1, "description": 2}


NO_PAPERS = Text(
    "没有提交证明文件，证照要求未核对；提交后一并核对。",
    "No paper was handed in: the evidence that the category needs was not judged.",
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """
    What is known beside the listing itself; all of it may be absent.

    `merchant`: whose name papers must carry. `group`: the prices of like goods; None where nobody looked for them. `papers`: whether the evidence matrix
    decides: None where the listing brings at least one paper, so that texts can be screened by themselves.
    `pictures`: where its pictures were seen before, None where nobody looked. `reports`: what its test reports are judged with, None where it brings none.
    `captions`: words read on its pictures, None where nobody has read them.
    """

    merchant: Merchant | None = None
    group: Group | None = None
    papers: bool | None = None
    pictures: tuple[SeenBefore, ...] | None = None
    reports: Filed | None = None
    captions: Captions | None = None


ALONE = Surroundings()


def screen(
    listing: Listing,
    ruleset: Ruleset,
    as_of: date,
    laws: dict[str, LawRef] | None = None,
    around: Surroundings = ALONE,
) -> Screened:
    """
    What the ruleset says about a listing on a day. `laws` saves looking the rows up again when many listings are judged: `ruleset.laws(as_of)`.

    Deterministic; never raises on any text.
    """
    cited = ruleset.laws(as_of) if laws is None else laws
    findings, exemptions = text.judge(ruleset.lexicon, cited, listing)
    more, freed = claims.judge(ruleset.claims, ruleset.lexicon, cited, listing)
    settled, cleared = former_prices.settle(listing, findings, cited, as_of)
    priced, lawful = prices.judge(listing, cited, as_of)
    priced += price_groups.by_unit(listing, cited)
    if around.group is not None:
        priced += price_groups.judge(listing, around.group, cited)
    seen: list[Finding] = []
    if around.captions is not None:
        seen, unseen = text.judge(ruleset.lexicon, cited, listing, around.captions.texts)
        exemptions = [*exemptions, *unseen]
    found = [*settled, *more, *priced, *titles.judge(ruleset.lexicon, listing), *doubtful(seen)]
    spared = [*exemptions, *freed, *cleared, *lawful]
    if not (bool(listing.documents) if around.papers is None else around.papers):
        return put(listing, found, spared, ruleset.hash, as_of, notes=(NO_PAPERS,))
    filed = matrix.evaluate(listing, around.merchant, ruleset.matrix, ruleset.book, cited, as_of)
    # The class of a textile is one question: where the text already contradicts it, the attribute is not held up a second time.
    told = {f.rule for f in more}
    papers = [f for f in filed.findings if not ("C06" in told and f.field == "attr:safety_class")]
    return put(listing, [*found, *papers], [*spared, *filed.exemptions], ruleset.hash, as_of, missing=filed.missing)


def put(
    listing: Listing,
    findings: Iterable[Finding],
    exemptions: Iterable[Exemption],
    ruleset: str,
    as_of: date,
    *,
    missing: Iterable[Missing] = (),
    notes: tuple[Text, ...] = (),
) -> Screened:
    """Sort and decide: a condition that is not filled refuses until the file is complete."""
    ordered = tuple(sorted(findings, key=_place))
    empty = tuple(sorted(missing, key=lambda m: m.claim))
    return Screened(
        listing.id,
        Outcome.REJECT if empty else outcome(ordered),
        ordered,
        tuple(sorted(exemptions, key=lambda e: (*_where(e.field), e.start, e.end, e.rule, e.context))),
        empty,
        ruleset,
        as_of,
        notes,
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
