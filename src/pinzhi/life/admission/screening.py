"""One screening as the house does it: a ruleset, the papers that have ended, and the goods that were refused before."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pinzhi.life.admission.contracts import Listing, Missing, Outcome, Screened
from pinzhi.life.admission.reading import row
from pinzhi.life.admission.rules import borrowed, filed, papers, relisting
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.rules.relisting import RefusedGoods
from pinzhi.life.admission.rules.ruleset import Ruleset
from pinzhi.life.admission.rules.verdict import ALONE, Surroundings, put, screen

_RANK = (Outcome.PASS, Outcome.MANUAL, Outcome.REJECT)


@dataclass(frozen=True, slots=True)
class Judged:
    """
    A screening with its row in the shape of the interface, and the rules in it that no one person may overrule.

    The rest is what it was made with: goods compared with, surroundings, and the sweeps that found papers to prove nothing any more.
    """

    screened: Screened
    verdict: dict[str, Any]
    severe: tuple[str, ...]
    reference: tuple[RefusedGoods, ...]
    around: Surroundings
    sweeps: tuple[int, ...] = ()


def judge(
    listing: Listing,
    rules: Ruleset,
    as_of: date,
    policy: AdmissionPolicy,
    refused: Sequence[RefusedGoods] = (),
    around: Surroundings = ALONE,
) -> Judged:
    """
    The verdict over a listing by a ruleset on a day. Pure: the same arguments give the same bytes.

    Whether papers are asked for although none was handed in is the policy's to say, not `around`'s.

    The worst of three: what the ruleset says, a paper that has ended (refused until a valid one is handed in), and relisting.
    """
    asked = replace(around, papers=True if policy.papers.always else None)
    said = screen(listing, rules, as_of, around=asked)
    findings, exemptions = relisting.judge(listing, refused, policy.relisting, rules.lexicon.folding.dense)
    seen = [
        *borrowed.judge(listing, around.pictures or ()),
        *(filed.judge(listing, around.reports, as_of) if around.reports else ()),
    ]
    named = {kind for m in said.missing for kind in m.kinds}
    ended = tuple(m for m in papers.ended(listing, as_of, policy.papers) if not set(m.kinds) <= named)
    both = put(listing, [*said.findings, *findings, *seen], [*said.exemptions, *exemptions], said.ruleset, as_of)
    missing = (*said.missing, *ended)
    outcome = max(said.outcome, both.outcome, Outcome.REJECT if ended else Outcome.PASS, key=_RANK.index)
    screened = replace(both, outcome=outcome, missing=missing, notes=said.notes)
    return Judged(screened, row(screened), severe_in(screened, policy), tuple(refused), around)


def without(judged: Judged, gaps: Sequence[Missing], sweep: int) -> Judged:
    """A verdict with papers that a sweep has found to prove nothing any more; the sweep is noted, so that a replay finds what it knew."""
    missing = tuple(sorted([*judged.screened.missing, *gaps], key=lambda m: m.claim))
    screened = replace(judged.screened, outcome=Outcome.REJECT, missing=missing)
    return replace(judged, screened=screened, verdict=row(screened), sweeps=(*judged.sweeps, sweep))


def severe_in(screened: Screened, policy: AdmissionPolicy) -> tuple[str, ...]:
    """The severe rules among the findings that are more than notes, sorted."""
    return tuple(sorted({f.rule for f in screened.findings if policy.severe.covers(f.rule) and f.severity != "L"}))


def rules_in(verdict: dict[str, Any]) -> tuple[str, ...]:
    """The rules of a stored verdict that are more than notes, sorted."""
    return tuple(sorted({f["rule"] for f in verdict["findings"] if f["severity"] != "L"}))


def only_papers(verdict: dict[str, Any], severe: Iterable[str]) -> bool:
    """Whether nothing but papers stands against a listing: then it is returned for more, and nobody has broken a rule."""
    grave = [f for f in verdict["findings"] if f["severity"] == "H"]
    return bool(verdict["missing"]) and not grave and not tuple(severe)
