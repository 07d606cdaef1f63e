"""When was a thing in a container? From the moves that aggregation events tell, in any order of arrival. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Moved:
    """A thing was put into a parent, or taken out of it; None as the parent: out of whatever it was in."""

    child: int
    parent: int | None
    at: datetime
    out: bool
    event: int


@dataclass(frozen=True, slots=True)
class Stay:
    """A thing in its parent from `start` (included) to `end` (excluded; None: to this day)."""

    parent: int
    start: datetime
    end: datetime | None

    def holds(self, at: datetime) -> bool:
        """Whether the thing was in it at a moment. The very moment of taking out still counts: packing and unpacking are often recorded with one time."""
        return self.start <= at and (self.end is None or at <= self.end)

    def within(self, outer: Stay) -> Stay | None:
        """The part of this stay during another; None where they have no moment in common."""
        start = max(self.start, outer.start)
        ends = [e for e in (self.end, outer.end) if e is not None]
        end = min(ends) if ends else None
        return Stay(self.parent, start, end) if end is None or start <= end else None


def stays(moves: Iterable[Moved], emptied: Mapping[int, Iterable[datetime]] | None = None) -> dict[int, list[Stay]]:
    """
    The stays of every thing, in the order of time.

    A thing that is put into another parent has left the one before: nothing is in two places. `emptied` has the moments at which a parent was emptied as a
    whole (a DELETE without children). Taking out what was never put in says nothing.
    """
    by_child: dict[int, list[Moved]] = {}
    for move in moves:
        by_child.setdefault(move.child, []).append(move)
    found: dict[int, list[Stay]] = {}
    for child, own in by_child.items():
        own.sort(key=lambda m: (m.at, m.out, m.event))
        inside: Moved | None = None
        closed: list[Stay] = []
        for move in own:
            if move.out:
                if inside is not None and move.parent in (None, inside.parent):
                    closed.append(_stay(inside, move.at, emptied))
                    inside = None
            elif move.parent is not None:
                if (
                    inside is not None
                    and inside.parent == move.parent
                    and _stay(inside, move.at, emptied).end == move.at
                ):
                    continue
                if inside is not None:
                    closed.append(_stay(inside, move.at, emptied))
                inside = move
        if inside is not None:
            closed.append(_stay(inside, None, emptied))
        found[child] = closed
    return found


def _stay(move: Moved, end: datetime | None, emptied: Mapping[int, Iterable[datetime]] | None) -> Stay:
    assert move.parent is not None
    moments = emptied.get(move.parent) if emptied else None
    if not moments:
        return Stay(move.parent, move.at, end)
    cuts = [at for at in moments if at >= move.at and (end is None or at < end)]
    return Stay(move.parent, move.at, min(cuts, default=end))
