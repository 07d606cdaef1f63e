"""
The rules as rows: which remedy arises on what, by which row of law, and what excludes it. The files lie in `data/entitlement/*.toml`.

A condition is a list of alternatives; an alternative is names joined by ` + ` that must all hold. Names are findings, or facts that `facts.py` derives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Roll

Condition = tuple[frozenset[str], ...]
"""Alternatives of names that must hold together."""


class Base(StrEnum):
    """What the figure of the row of law multiplies."""

    PRICE = "price"
    LOSS = "loss"
    PRICE_BACK = "price_back"
    """The price itself is paid back."""
    LOSS_ITSELF = "loss_itself"
    NONE = "none"
    """A consequence, not money."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """What takes a remedy away: `if_` established, and none of `spared`. `law` is the id of its row, `by` the day that chooses it ("": as the remedy)."""

    id: str
    if_: Condition
    spared: frozenset[str]
    law: str
    says: Text
    by: str = ""


@dataclass(frozen=True, slots=True)
class Remark:
    """A defence that does not help, or a caution."""

    id: str
    if_: Condition
    law: str
    says: Text
    by: str = ""


@dataclass(frozen=True, slots=True)
class RemedyRow:
    """
    One remedy. `group` holds together what excludes each other: at most one of a group is paid. `law` gives the multiple and is cited; `floor` its minimum.

    `by` says which day chooses the row of law: the order's (rights) or the complaint's (how courts judge, how authorities act). `needs` are facts that must
    be shown too. `evidence` are keys of what proves it. `at_most` marks an amount that the law only bounds. `capped` are the rows by which a buyer who knew
    gets the multiple only for what a household uses. `follows` is the id of a remedy: where that one is excluded, this is too.
    """

    id: str
    kind: str
    law: str
    when: Condition
    says: Text
    group: str = ""
    base: Base = Base.NONE
    floor: str = ""
    by: str = "order"
    at_most: bool = False
    capped: tuple[str, ...] = ()
    follows: str = ""
    needs: tuple[str, ...] = ()
    evidence: tuple[str, ...] = ()
    excluded: tuple[Exclusion, ...] = ()
    no_help: tuple[Remark, ...] = ()
    caution: tuple[Remark, ...] = ()


@dataclass(frozen=True, slots=True)
class DeadlineRow:
    """
    A period. `starts` names in order of preference what it runs from: days of the order (`received_on` …) or findings with their day.

    `asked` names the findings whose day is compared with the last day (else the day of the complaint): the facts `in.<id>` and `past.<id>` follow.
    """

    id: str
    law: str
    starts: tuple[str, ...]
    what: Text
    when: Condition
    by: str = "order"
    roll: Roll = Roll.NONE
    asked: tuple[str, ...] = ()
    promised: bool = False
    only_known: bool = False
    """The facts follow only where the day of the start is known; otherwise it is assumed to be that of the complaint, and said."""
    shown: bool = True
    """False: it only makes facts, nobody has to meet it."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A fact that follows from others; as sure as the best alternative."""

    id: str
    if_: Condition


@dataclass(frozen=True)
class Rules:
    """All rows, the names of findings, of kinds, of evidence, and the words by which a category is known."""

    remedies: tuple[RemedyRow, ...]
    deadlines: tuple[DeadlineRow, ...]
    derived: tuple[Derived, ...]
    names: Mapping[str, Text]
    kinds: Mapping[str, Text]
    evidence: Mapping[str, Text]
    categories: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]]
    reasonable_quantity: int
    """Pieces that a household is assumed to use where nobody knows better."""
    every: tuple[tuple[frozenset[str], Exclusion], ...] = ()
    """Exclusions of whole kinds of remedies."""

    def everywhere(self, kind: str) -> tuple[Exclusion, ...]:
        """What excludes every remedy of a kind."""
        return tuple(x for kinds, x in self.every if kind in kinds)

    def __post_init__(self) -> None:
        """Refuse a table that names something unknown. Raises ValueError."""
        known = set(self.names) | {d.id for d in self.derived} | set(self.categories)
        known |= {f"{edge}.{d.id}" for d in self.deadlines for edge in ("in", "past")}
        for where, condition in self._conditions():
            if unknown := {n for one in condition for n in one} - known:
                raise ValueError(f"{where}: unknown names {sorted(unknown)}")
        for row in self.remedies:
            if row.kind not in self.kinds:
                raise ValueError(f"{row.id}: unknown kind {row.kind!r}")
            if unknown := set(row.evidence) - set(self.evidence):
                raise ValueError(f"{row.id}: unknown evidence {sorted(unknown)}")
        if len({r.id for r in self.remedies}) != len(self.remedies):
            raise ValueError("a remedy stands twice")

    def _conditions(self) -> list[tuple[str, Condition]]:
        found = [(d.id, d.if_) for d in self.derived] + [(d.id, d.when) for d in self.deadlines]
        for r in self.remedies:
            found += [(r.id, r.when), (r.id, tuple(frozenset({n}) for n in r.needs))]
            found += [(f"{r.id}.{x.id}", (*x.if_, *(frozenset({n}) for n in x.spared))) for x in r.excluded]
            found += [(f"{r.id}.{x.id}", x.if_) for x in (*r.no_help, *r.caution)]
        return found


def rules(raw: Sequence[Mapping[str, Any]], reasonable_quantity: int) -> Rules:
    """The tables of all files together. Raises ValueError or KeyError naming the row."""
    everywhere = [(frozenset(x["kinds"]), _exclusion(x)) for file in raw for x in file.get("every", ())]
    remedies = [
        replace(r, excluded=(*r.excluded, *(x for kinds, x in everywhere if r.kind in kinds)))
        for r in (_remedy(one) for file in raw for one in file.get("remedy", ()))
    ]
    return Rules(
        tuple(remedies),
        tuple(_deadline(one) for file in raw for one in file.get("deadline", ())),
        tuple(Derived(id_, condition(c)) for file in raw for id_, c in file.get("derived", {}).items()),
        {id_: Text(*names) for file in raw for id_, names in file.get("findings", {}).items()},
        {id_: Text(*names) for file in raw for id_, names in file.get("kinds", {}).items()},
        {id_: Text(*names) for file in raw for id_, names in file.get("evidence", {}).items()},
        {
            id_: (tuple(c["words"].split()), tuple(c.get("not_words", "").split()))
            for file in raw
            for id_, c in file.get("category", {}).items()
        },
        reasonable_quantity,
        tuple(everywhere),
    )


def condition(raw: Sequence[str]) -> Condition:
    """`["a", "b + c"]`: a, or b and c together."""
    return tuple(frozenset(part.strip() for part in one.split("+")) for one in raw)


def _exclusion(raw: Mapping[str, Any]) -> Exclusion:
    spared = frozenset(raw.get("spared", ()))
    return Exclusion(raw["id"], condition(raw["if"]), spared, raw["law"], Text(raw["zh"], raw["en"]), raw.get("by", ""))


def _remark(raw: Mapping[str, Any]) -> Remark:
    return Remark(raw["id"], condition(raw["if"]), raw["law"], Text(raw["zh"], raw["en"]), raw.get("by", ""))


_REMEDY = frozenset(f.name for f in fields(RemedyRow)) - {"says"} | {"zh", "en"}
_DEADLINE = frozenset(f.name for f in fields(DeadlineRow)) - {"what"} | {"zh", "en"}


def _remedy(raw: Mapping[str, Any]) -> RemedyRow:
    if unknown := set(raw) - _REMEDY:
        raise ValueError(f"{raw.get('id')}: unknown keys {sorted(unknown)}")
    return RemedyRow(
        id=raw["id"],
        kind=raw["kind"],
        law=raw["law"],
        when=condition(raw["when"]),
        says=Text(raw["zh"], raw["en"]),
        group=raw.get("group", ""),
        base=Base(raw.get("base", "none")),
        floor=raw.get("floor", ""),
        by=raw.get("by", "order"),
        at_most=raw.get("at_most", False),
        capped=tuple(raw.get("capped", ())),
        follows=raw.get("follows", ""),
        needs=tuple(raw.get("needs", ())),
        evidence=tuple(raw.get("evidence", ())),
        excluded=tuple(_exclusion(x) for x in raw.get("excluded", ())),
        no_help=tuple(_remark(x) for x in raw.get("no_help", ())),
        caution=tuple(_remark(x) for x in raw.get("caution", ())),
    )


def _deadline(raw: Mapping[str, Any]) -> DeadlineRow:
    if unknown := set(raw) - _DEADLINE:
        raise ValueError(f"{raw.get('id')}: unknown keys {sorted(unknown)}")
    return DeadlineRow(
        id=raw["id"],
        law=raw["law"],
        starts=tuple(raw["starts"]),
        what=Text(raw["zh"], raw["en"]),
        when=condition(raw["when"]),
        by=raw.get("by", "order"),
        roll=Roll(raw.get("roll", "none")),
        asked=tuple(raw.get("asked", ())),
        promised=raw.get("promised", False),
        only_known=raw.get("only_known", False),
        shown=raw.get("shown", True),
    )
