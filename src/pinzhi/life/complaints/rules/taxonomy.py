"""
Kinds of complaint and kinds of goods, read from data and checked.

Every kind says how severe it is, what is asked at entry (never more than three things), which remedy is proposed first, which violation follows if it is
upheld, and which desk and clock it goes to. Severity: 1 harm is possible now, 2 deception or mild harm, 3 money or use, 4 service.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pinzhi.kernel.values import Text

PARENTS = ("quality", "safety", "deception", "trace", "remedy", "logistics", "service", "contract", "other")
CLOCKS = ("acute", "safety", "deception", "privacy", "refund", "standard", "service", "report", "none")
DESKS = ("safety", "counterfeit", "quality", "refunds", "logistics", "service", "privacy", "legal", "regulator")
GROUPS = (
    "electric",
    "fresh",
    "packed",
    "meals",
    "cosmetic",
    "textile",
    "child",
    "household",
    "transport",
    "paper",
    "service",
)
MOST_EVIDENCE = 3
ACUTE = 1


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of complaint (投诉类型)."""

    code: str
    name: Text
    parent: str
    severity: int
    safety: bool
    evidence: tuple[Text, ...]
    remedy: str
    violation: str
    clock: str
    routing: str
    by_group: Mapping[str, int]
    """Severity where it differs by the group of the goods."""
    cue: re.Pattern[str] | None = None
    """Words that speak for it."""

    def severity_for(self, group: str) -> int:
        """Its severity for goods of that group; an empty group is the severe case."""
        return self.by_group.get(group, self.severity)


@dataclass(frozen=True, slots=True)
class Category:
    """One kind of goods (商品类别), with the names that others use for it."""

    code: str
    name: Text
    group: str
    aliases: tuple[str, ...]


@dataclass(frozen=True)
class Taxonomy:
    """Everything by code."""

    kinds: Mapping[str, Kind]
    categories: Mapping[str, Category]

    def category(self, said: str) -> Category | None:
        """The category that a marketplace's own text means: the most specific level, there the longest alias."""
        for level in reversed(said.lower().replace("＞", ">").replace("/", ">").split(">")):
            text = level.strip().replace(" ", "_")
            best = max(
                ((len(a), c.code) for c in self.categories.values() for a in (*c.aliases, c.code) if a in text),
                default=None,
            )
            if best is not None:
                return self.categories[best[1]]
        return None


def typed(kinds: Sequence[Mapping[str, Any]], categories: Sequence[Mapping[str, Any]]) -> Taxonomy:
    """Read both tables. Raises ValueError naming the row that does not hold together."""
    read = {}
    for row in kinds:
        kind = Kind(
            row["code"],
            Text(*row["name"]),
            row["parent"],
            row["severity"],
            row["safety"],
            tuple(Text(*e) for e in row["evidence"]),
            row["remedy"],
            row["violation"],
            row["clock"],
            row["routing"],
            dict(row.get("category_severity", {})),
            re.compile(row["cue"]) if "cue" in row else None,
        )
        if wrong := _wrong(kind):
            raise ValueError(f"kind {kind.code}: {wrong}")
        if kind.code in read:
            raise ValueError(f"kind {kind.code} stands twice")
        read[kind.code] = kind
    goods = {
        r["code"]: Category(r["code"], Text(*r["name"]), r["group"], tuple(r["aliases"].lower().split()))
        for r in categories
    }
    for c in goods.values():
        if c.group not in GROUPS:
            raise ValueError(f"category {c.code}: no group {c.group!r}")
    if len(goods) != len(categories):
        raise ValueError("a category stands twice")
    return Taxonomy(read, goods)


def _wrong(kind: Kind) -> str:
    checks = (
        (kind.parent in PARENTS, f"no parent {kind.parent!r}"),
        (kind.clock in CLOCKS, f"no clock {kind.clock!r}"),
        (kind.routing in DESKS, f"no desk {kind.routing!r}"),
        (all(s in {1, 2, 3, 4} for s in (kind.severity, *kind.by_group.values())), "severity goes from 1 to 4"),
        (set(kind.by_group) <= set(GROUPS), "a group is unknown"),
        (len(kind.evidence) <= MOST_EVIDENCE, "more than three things are asked"),
        (kind.severity > ACUTE or kind.safety, "severity 1 without the flag of safety"),
    )
    return next((text for good, text in checks if not good), "")
