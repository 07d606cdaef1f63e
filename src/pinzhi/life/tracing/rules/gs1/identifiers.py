"""
GS1 Application Identifiers: the form of a value, its checks, and what it goes with.

Source: GS1 General Specifications, section 3; GS1 Barcode Syntax Dictionary. The table is data (`data/identifiers.toml`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.life.tracing.rules.gs1.content import Check, Codes, checks
from pinzhi.life.tracing.rules.gs1.digits import CSET_82

_SETS = {
    "N": "0-9",
    "X": re.escape(CSET_82),
    "Y": r"#\-/0-9A-Z",  # character set 39
    "Z": r"\-0-9A-Z_a-z=",  # file-safe and URI-safe base 64
}


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a value: its characters, from how many to how many, whether it may be absent, its checks by name."""

    kind: str
    low: int
    high: int
    optional: bool
    checks: tuple[str, ...]


@dataclass(frozen=True)
class Identifier:
    """
    One Application Identifier.

    `wanted` are groups of which each must be met by one of its patterns; a pattern is a set of identifiers that must all be present. `forbidden` must
    all be absent. `qualifiers` are the alternatives of ordered qualifiers of a primary key of a Digital Link; None: it is no primary key.
    """

    code: str
    parts: tuple[Part, ...]
    title: Text
    fixed: bool
    attribute: bool
    wanted: tuple[tuple[tuple[str, ...], ...], ...]
    forbidden: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None

    @cached_property
    def form(self) -> re.Pattern[str]:
        """The value as a whole, a group for each part."""
        found = []
        for p in self.parts:
            group = f"([{_SETS[p.kind]}]{{{p.low},{p.high}}})"
            found.append(f"(?:{group})?" if p.optional else group)
        return re.compile("".join(found))

    @property
    def longest(self) -> int:
        """Characters of the longest value."""
        return sum(p.high for p in self.parts)

    @property
    def shortest(self) -> int:
        """Characters of the shortest value."""
        return sum(p.low for p in self.parts if not p.optional)


@dataclass(frozen=True)
class Identifiers:
    """The table: identifiers by code, and the checks by name."""

    by_code: Mapping[str, Identifier]
    checks: Mapping[str, Check]

    def fault(self, code: str, value: str) -> str:
        """What is wrong with the value of an identifier of the table: a fault code, or nothing."""
        known = self.by_code[code]
        if not known.shortest <= len(value) <= known.longest:
            return "length"
        read = known.form.fullmatch(value)
        if read is None:
            return "characters"
        for part, found in zip(known.parts, read.groups(), strict=True):
            for name in part.checks:
                if found is not None and (wrong := self.checks[name](found)):
                    return wrong
        return ""

    def together(self, present: Collection[str]) -> list[tuple[str, str]]:
        """(identifier, fault) for identifiers that lack what they go with or stand beside what they may not; sorted."""
        codes = set(present)
        wrong = []
        for code in codes:
            known = self.by_code[code]
            others = codes - {code}
            if not all(any(all(_any(p, others) for p in way) for way in group) for group in known.wanted):
                wrong.append((code, "companion_missing"))
            wrong += [(code, "companion_forbidden") for p in known.forbidden if _any(p, others)]
        return sorted(set(wrong))


def _any(pattern: str, codes: set[str]) -> bool:
    """Whether one of the codes is the pattern; `n` stands for a digit."""
    if not pattern.endswith("n"):
        return pattern in codes
    stem = pattern.rstrip("n")
    return any(len(c) == len(pattern) and c.startswith(stem) for c in codes)


def typed(raw: Mapping[str, Any]) -> Identifiers:
    """The table from its data file. Raises ValueError where a row cannot be read or names a check that does not exist."""
    known = checks(
        Codes(
            frozenset(raw["countries"].split()),
            frozenset(raw["countries_alpha"].split()),
            frozenset(raw["currencies"].split()),
        )
    )
    found: dict[str, Identifier] = {}
    for codes, flags, parts, associations, en, zh in raw["rows"]:
        first, _, last = codes.partition("-")
        one = _row(parts, associations)
        if unknown := {c for p in one[0] for c in p.checks} - set(known):
            raise ValueError(f"{codes}: no such checks: {sorted(unknown)}")
        for number in range(int(first), int(last or first) + 1):
            code = str(number).zfill(len(first))
            found[code] = Identifier(code, one[0], Text(zh, en), "f" in flags, "a" in flags, *one[1:])
    return Identifiers(found, known)


_PART = re.compile(r"(\[)?([NXYZ])(\.\.)?(\d+)\]?((?:,\w+)*)")


def _row(
    parts: str, associations: str
) -> tuple[
    tuple[Part, ...], tuple[tuple[tuple[str, ...], ...], ...], tuple[str, ...], tuple[tuple[str, ...], ...] | None
]:
    read = []
    for word in parts.split():
        m = _PART.fullmatch(word)
        if m is None:
            raise ValueError(f"not a part: {word}")
        high = int(m[4])
        read.append(Part(m[2], 1 if m[3] else high, high, bool(m[1]), tuple(m[5].split(",")[1:])))
    wanted: list[tuple[tuple[str, ...], ...]] = []
    forbidden: tuple[str, ...] = ()
    qualifiers: tuple[tuple[str, ...], ...] | None = None
    for word in associations.split():
        name, _, listed = word.partition("=")
        if name == "req":
            wanted.append(tuple(tuple(p.split("+")) for p in listed.split(",")))
        elif name == "ex":
            forbidden = tuple(listed.split(","))
        elif name == "key":
            qualifiers = tuple(tuple(q.split(",")) for q in listed.split("/") if q) or ((),)
        else:
            raise ValueError(f"not an association: {word}")
    return tuple(read), tuple(wanted), forbidden, qualifiers
