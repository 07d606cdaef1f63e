"""
A small grammar of sentences and the draws that choose among its ways; what our own sentences are made with.

A line names parts, `<hand>`, and choices, `(a|b)`; `(a)?` may be left out. Nothing is drawn but from a seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
_MASK = (1 << 64) - 1


class Chance:
    """A stream of draws by seed (splitmix64): the same on every machine and in every version."""

    def __init__(self, seed: int) -> None:
        self.state = seed & _MASK

    def below(self, n: int) -> int:
        """A whole number from 0 to n - 1."""
        self.state = (self.state + 0x9E3779B97F4A7C15) & _MASK
        z = self.state
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & _MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & _MASK
        return ((z ^ (z >> 31)) >> 11) % n

    def one(self, of: Sequence[T]) -> T:
        """One of them."""
        return of[self.below(len(of))]

    def some(self, of: Sequence[T], n: int) -> list[T]:
        """Different ones, at most n."""
        left = list(of)
        return [left.pop(self.below(len(left))) for _ in range(min(n, len(left)))]

    def in_hundred(self, percent: int) -> bool:
        """True in so many cases of a hundred."""
        return self.below(100) < percent


@dataclass(frozen=True, slots=True)
class Part:
    """A place of the grammar: one of its ways is taken, each a row of literals and further parts."""

    ways: tuple[tuple[str | Part, ...], ...]

    def said(self, chance: Chance) -> str:
        """One way, drawn."""
        return "".join(x if isinstance(x, str) else x.said(chance) for x in chance.one(self.ways))


def part(text: str, names: Mapping[str, Part]) -> Part:
    """Read a line. Raises ValueError where a bracket is open, KeyError where a part has no such name."""

    def ways(place: int, *, inside: bool) -> tuple[Part, int]:
        found: list[tuple[str | Part, ...]] = []
        row: list[str | Part] = []
        while place < len(text):
            sign = text[place]
            place += 1
            if sign == "(":
                inner, place = ways(place, inside=True)
                if text[place : place + 1] == "?":
                    inner, place = Part((*inner.ways, ())), place + 1
                row.append(inner)
            elif sign == "<":
                end = text.index(">", place)
                row.append(names[text[place:end]])
                place = end + 1
            elif sign == "|":
                found.append(tuple(row))
                row = []
            elif sign == ")":
                if not inside:
                    raise ValueError(f"a bracket closes that none opened: {text}")
                return Part((*found, tuple(row))), place
            else:
                row.append(sign)
        if inside:
            raise ValueError(f"a bracket stays open: {text}")
        return Part((*found, tuple(row))), place

    return ways(0, inside=False)[0]
