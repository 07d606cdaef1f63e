"""
What is judged once more, and by whom: draws by hash, so that anybody with the ids can repeat them, and nobody can steer them.

A draw is a number in [0, 1) from SHA-256 of names joined by a unit separator. Golden items follow a person's own decisions; second reviews follow a decision,
and the first few of every rule with every outcome are always drawn, so that rare rules are seen too.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

Stratum = tuple[str, str]
"""An outcome and a rule; the rule is empty where none was named."""
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class GoldenPolicy:
    """
    `share` of a person's decisions (0.02 to 0.05) is followed by a case with a known answer.

    It is taken from cases that were decided between `rest_days` and `fresh_days` ago, appears 1 to `most_wait_minutes` after the decision, and nobody has more
    than `most_open` of them open. `tell_at_once`: the right answer is said after the decision, which then cannot be taken back; else it stands in the summary.
    """

    share: float
    rest_days: int
    fresh_days: int
    most_open: int
    most_wait_minutes: int
    tell_at_once: bool

    def __post_init__(self) -> None:
        if not 0.02 <= self.share <= 0.05:
            raise ValueError("between 2 and 5 of a hundred cases have a known answer")


@dataclass(frozen=True, slots=True)
class SecondPolicy:
    """`share` of the decided cases is judged a second time, and at least the first `least` of each outcome and rule within `window_days`."""

    share: float
    least: int
    window_days: int

    def __post_init__(self) -> None:
        if not 0 <= self.share <= 1:
            raise ValueError("a share lies between 0 and 1")


def drawn(*names: str) -> float:
    """A number in [0, 1) that depends on the names alone."""
    whole = hashlib.sha256("\x1f".join(names).encode()).digest()
    return int.from_bytes(whole[:8], "big") / 2**64


def golden_follows(case_id: str, account: int, policy: GoldenPolicy) -> bool:
    """Whether a person's decision of a case is followed by a golden item in his queue."""
    return drawn("golden", str(account), case_id) < policy.share


def appears_at(now: datetime, case_id: str, policy: GoldenPolicy) -> datetime:
    """When it appears: not at once, so that its time does not give it away."""
    minutes = 1 + int(drawn("appears", case_id) * policy.most_wait_minutes)
    return now + timedelta(minutes=minutes)


def strata(outcome: str, rules: Iterable[str]) -> frozenset[Stratum]:
    """What a decision stands for: its outcome with each rule."""
    return frozenset((outcome, rule) for rule in rules) or frozenset({(outcome, "")})


def second_follows(
    case_id: str, own: frozenset[Stratum], seen: Iterable[frozenset[Stratum]], policy: SecondPolicy
) -> bool:
    """Whether a decision is judged a second time, given the strata of the second reviews of the window."""
    count = Counter(s for one in seen for s in one)
    return any(count[s] < policy.least for s in own) or drawn("second", case_id) < policy.share


def chosen(key: str, among: Iterable[T]) -> T | None:
    """The one whose draw with `key` is lowest; None of nobody."""
    return min(among, key=lambda one: (drawn("chosen", key, str(one)), str(one)), default=None)
