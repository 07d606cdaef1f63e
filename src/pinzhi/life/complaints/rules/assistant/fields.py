"""
Law of one kind of goods or one place, as data: who asks about a power bank is not answered from the law of food, however alike the words are.

A field is out of question where other goods are named and none of its own; the law of another place where that place is not named.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Field:
    """`kinds`: names of `Kinds` that speak for it. `place`: it holds only where one of them is named."""

    instruments: frozenset[str]
    kinds: frozenset[str]
    place: bool


@dataclass(frozen=True, slots=True)
class Fields:
    """`goods` are the kinds that name goods."""

    goods: frozenset[str]
    known: tuple[Field, ...]

    def strange(self, named: Collection[str]) -> frozenset[str]:
        """The instruments that are out of question where a question names these kinds."""
        said = frozenset(named)
        return frozenset(
            i for f in self.known if not said & f.kinds and (f.place or said & self.goods) for i in f.instruments
        )


def fields(raw: Mapping[str, Any]) -> Fields:
    """The table `fields.toml`. Raises KeyError where it is not whole."""
    known = (
        Field(frozenset(one["instruments"].split()), frozenset(one["kinds"].split()), bool(one.get("place")))
        for one in raw["field"]
    )
    return Fields(frozenset(raw["goods"].split()), tuple(known))
