"""
Live listings held against other rules than those they were admitted with: what is new against them, and when there is too much of it.

What was known when a listing was admitted is no news: persons may have admitted it in spite of a finding, and are not asked a second time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pinzhi.life.admission.contracts import Outcome
from pinzhi.life.admission.rules.policy import Renewal, Severe
from pinzhi.life.admission.rules.verdict import SURE_ENOUGH

Row = Mapping[str, Any]
_REFUSES, _ASKS, _TELLS = 2, 1, 0


@dataclass(frozen=True, slots=True)
class Grounds:
    """Findings and missing papers of a stored verdict that stand against a listing now and did not when it was admitted."""

    findings: tuple[Row, ...]
    missing: tuple[Row, ...]

    @property
    def outcome(self) -> Outcome:
        """What they alone would come to."""
        worst = max((_weight(f) for f in self.findings), default=_TELLS)
        if self.missing or worst == _REFUSES:
            return Outcome.REJECT
        return Outcome.MANUAL if worst == _ASKS else Outcome.PASS

    @property
    def rules(self) -> tuple[str, ...]:
        """The rules that are more than notes, sorted; `missing` stands for papers."""
        named = {f["rule"] for f in self.findings if _weight(f) > _TELLS}
        return tuple(sorted(named | ({"missing"} if self.missing else set())))

    def severe(self, of: Severe) -> bool:
        """Whether a rule that no one person may overrule is among them."""
        return any(of.covers(f["rule"]) for f in self.findings if _weight(f) > _TELLS)


def new_grounds(before: Row, after: Row) -> Grounds:
    """
    What `after` holds against a listing and `before`, the verdict that it was admitted on, did not: a finding by rule, field and words, or the same one graver;
    a missing paper by its claim and kinds.
    """
    known: dict[tuple[str, str, str], int] = {}
    for f in before["findings"]:
        known[_key(f)] = max(known.get(_key(f), _TELLS), _weight(f))
    absent = {(m["claim"], *m["kinds"]) for m in before["missing"]}
    return Grounds(
        tuple(f for f in after["findings"] if _weight(f) > known.get(_key(f), _TELLS)),
        tuple(m for m in after["missing"] if (m["claim"], *m["kinds"]) not in absent),
    )


def _key(finding: Row) -> tuple[str, str, str]:
    return finding["rule"], finding["field"], finding["text"]


def _weight(finding: Row) -> int:
    """How much a finding weighs in a verdict: refuses, asks a person, or is a note."""
    if finding["severity"] == "L":
        return _TELLS
    return _REFUSES if finding["severity"] == "H" and finding["confidence"] >= SURE_ENOUGH else _ASKS


@dataclass(frozen=True, slots=True)
class Counts:
    """How a sweep over `live` listings came out: so many would be refused, so many would go to a person; `severe` are among either."""

    live: int
    refused: int
    asked: int
    severe: int


def too_much(of: Counts, policy: Renewal) -> bool:
    """Whether a sweep stops and asks: a rule that is suddenly against a large share of what is sold is more likely wrong than they are."""
    allowed_refused = max(policy.few, int(of.live * policy.most_refused))
    allowed_asked = max(policy.few, int(of.live * policy.most_asked))
    return of.refused > allowed_refused or of.asked > allowed_asked
