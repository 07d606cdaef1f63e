"""
What the events say about many things at once, read in a few statements and kept for the length of a walk.

Ten thousand units of a lot are named by a few hundred events, and most of them by the same ones. So what is read of a thing is one row (its mentions as one
text), things with the same text are one group, and a walk or a recall judges groups. Events that were declared wrong are left out here once for all.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection

from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.rules.chain.containment import Moved, Stay, stays
from pinzhi.life.tracing.rules.chain.mentions import Part

DEEPEST = 40
"""Steps of a walk. A chain of more steps is a circle that somebody recorded by mistake."""
MOST_STAYS = DEEPEST * DEEPEST
"""Stays of one thing, directly and through containers; more come from containers that are recorded as being in each other."""

# The index of mentions has the four columns in this order: no table is read and nothing sorted.
_NAMED = """
SELECT t.id, (SELECT {joined} FROM (
    SELECT part, event_id, quantity IS NOT NULL AS counted FROM tracing_mention WHERE thing_id = t.id ORDER BY part, event_id
) m) FROM {things} t
"""
_JOINED = {
    "sqlite": "group_concat(part || ' ' || event_id || ' ' || counted)",
    "postgresql": "string_agg(part || ' ' || event_id || ' ' || counted::int, ',' ORDER BY part, event_id, counted)",
}
_THINGS = {
    "sqlite": "(SELECT value AS id FROM {ids})",
    "postgresql": "(SELECT id FROM {ids} AS given(id))",
}
_COUNTED = "SELECT thing_id, part, event_id, quantity FROM tracing_mention WHERE thing_id IN {ids}"
_EVENTS = """
SELECT id, at, kind, action, step, disposition, location, read_point, transformation, hash, owner FROM tracing_event
WHERE NOT voided AND NOT error AND id IN {ids}
"""
_IN_EVENTS = "SELECT event_id, thing_id FROM tracing_mention WHERE event_id IN {ids} AND part = %s"
_EMPTYING = """
SELECT e.id FROM tracing_event e WHERE e.id IN {ids}
AND NOT EXISTS (SELECT 1 FROM tracing_mention c WHERE c.event_id = e.id AND c.part = 'child')
"""
_PARTS_OF = """
SELECT e.id, f.id FROM tracing_event e
JOIN tracing_event f ON f.transformation = e.transformation AND f.id <> e.id AND NOT f.voided AND NOT f.error
WHERE e.id IN {ids} AND e.transformation <> ''
"""


class Named(NamedTuple):
    """One event that names a thing, the part in which it does, and the quantity where it is counted."""

    event: int
    part: Part
    quantity: Decimal | None


class Told(NamedTuple):
    """What an event says, but for the things in it."""

    at: datetime
    kind: str
    action: str
    step: str
    disposition: str
    place: str
    transformation: str
    hash: bytes
    owner: str


@dataclass(slots=True, eq=False)
class Group:
    """Things that the same events name in the same parts: what happened to one happened to all. `counted`: a quantity was told at least once."""

    named: tuple[Named, ...]
    counted: bool = False
    stays: list[Stay] | None = None
    """What they were in, in the order of time; None before it was read."""

    def events(self, part: Part) -> list[int]:
        """The events that name them in this part."""
        return [n.event for n in self.named if n.part is part]


@dataclass(slots=True)
class Record:
    """Mentions and events that were read so far. One for each piece of work: what is captured meanwhile is not seen."""

    group_of: dict[int, Group] = field(default_factory=dict)
    told: dict[int, Told] = field(default_factory=dict)
    containers: set[int] = field(default_factory=set)
    """Everything that something was found to have been in."""
    _groups: dict[str | None, Group] = field(default_factory=dict)
    _asked: set[int] = field(default_factory=set)
    _inside: dict[tuple[int, Part], list[int]] = field(default_factory=dict)
    _read_inside: set[tuple[int, Part]] = field(default_factory=set)

    def grouped(self, things: Iterable[int]) -> dict[Group, list[int]]:
        """The things by group, each read once."""
        things = list(things)
        self._read([t for t in things if t not in self.group_of])
        found: dict[Group, list[int]] = {}
        for thing in things:
            found.setdefault(self.group_of[thing], []).append(thing)
        return found

    def events(self, numbers: Collection[int]) -> dict[int, Told]:
        """What events say; those that do not count are not there."""
        fresh = set(numbers) - self._asked
        self._asked |= fresh
        for pk, at, kind, action, step, disposition, location, read_point, transformation, hash_, owner in rows(
            _EVENTS, fresh
        ):
            self.told[pk] = Told(
                moment(at), kind, action, step, disposition, location or read_point, transformation, bytes(hash_), owner
            )
        return {n: self.told[n] for n in numbers if n in self.told}

    def inside(self, events: Collection[int], part: Part) -> dict[int, list[int]]:
        """The things that events name in a part."""
        fresh = {(e, part) for e in events} - self._read_inside
        self._read_inside |= fresh
        for event, thing in rows(_IN_EVENTS, [e for e, _ in fresh], part.value):
            self._inside.setdefault((event, part), []).append(thing)
        return {e: found for e in events if (found := self._inside.get((e, part)))}

    def across(self, groups: Iterable[Group], known: Part, wanted: Part) -> dict[Group, list[tuple[int, datetime]]]:
        """
        The things on the other side of the transformations that name a group in the part `known`, each with the moment.

        Events that share a transformation id are one transformation.
        """
        own = {group: [e for e in group.events(known) if e in self.told] for group in groups}
        events = {e for each in own.values() for e in each}
        parts: dict[int, list[int]] = {e: [e] for e in events}
        if named := [e for e in events if self.told[e].transformation]:
            for event, other in rows(_PARTS_OF, named):
                parts[event].append(other)
        sides = self.inside({e for each in parts.values() for e in each}, wanted)
        return {
            group: [
                (thing, self.told[event].at) for event in each for part in parts[event] for thing in sides.get(part, ())
            ]
            for group, each in own.items()
            if each
        }

    def stays(self, things: Collection[int]) -> None:
        """Read what things were in, and what that was in: after this `Group.stays` of all of them is known."""
        frontier = [g for g in self.grouped(things) if g.stays is None]
        for _ in range(DEEPEST):
            if not frontier:
                break
            put = {g: [e for e in g.events(Part.CHILD) if e in self.told] for g in frontier}
            parents_of = self.inside({e for each in put.values() for e in each}, Part.PARENT)
            parents = {p for each in parents_of.values() for p in each}
            outer = self.grouped(parents)
            emptied = self._emptied(outer)
            for number, (group, events) in enumerate(put.items()):
                moves = [
                    Moved(number, parent, self.told[e].at, self.told[e].action == "DELETE", e)
                    for e in events
                    for parent in parents_of.get(e, (None,))
                ]
                group.stays = stays(moves, emptied).get(number, [])
                self.containers.update(s.parent for s in group.stays)
            frontier = [g for g in outer if g.stays is None]
        for group in frontier:
            group.stays = []

    def whole(self, group: Group) -> list[Stay]:
        """The stays of a group in its containers, and through them in theirs, cut to the time that it was with them."""
        found, todo = [], list(group.stays or ())
        while todo and len(found) < MOST_STAYS:
            stay = todo.pop()
            found.append(stay)
            outer = self.group_of[stay.parent].stays or ()
            todo += [cut for each in outer if (cut := each.within(stay)) is not None]
        return found

    def _emptied(self, parents: dict[Group, list[int]]) -> dict[int, list[datetime]]:
        """The moments at which containers were emptied as a whole: a DELETE that names no child."""
        taken = {
            e for g in parents for e in g.events(Part.PARENT) if e in self.told and self.told[e].action == "DELETE"
        }
        whole = {e for (e,) in rows(_EMPTYING, taken)}
        found: dict[int, list[datetime]] = {}
        for group, members in parents.items():
            if moments := [self.told[e].at for e in group.events(Part.PARENT) if e in whole]:
                found |= dict.fromkeys(members, moments)
        return found

    def _read(self, things: Collection[int]) -> None:
        fresh: list[Group] = []
        counted: list[int] = []
        sql = _NAMED.replace("{things}", _THINGS[connection.vendor]).replace("{joined}", _JOINED[connection.vendor])
        for thing, text in rows(sql, things):
            group = self._groups.get(text)
            if group is None:
                if text and (text.endswith(" 1") or " 1," in text):
                    counted.append(thing)
                    continue
                group = self._groups[text] = Group(_named(text or ""))
                fresh.append(group)
            self.group_of[thing] = group
        fresh += self._read_counted(counted)
        self.events({n.event for g in fresh for n in g.named})

    def _read_counted(self, things: Collection[int]) -> list[Group]:
        """Things of which quantities were told: each a group of its own."""
        found: dict[int, list[Named]] = {thing: [] for thing in things}
        for thing, part, event, quantity in rows(_COUNTED, things):
            found[thing].append(Named(event, Part(part), None if quantity is None else Decimal(str(quantity))))
        for thing, named in found.items():
            self.group_of[thing] = Group(tuple(sorted(named, key=lambda n: n[:2])), counted=True)
        return [self.group_of[thing] for thing in things]


def _named(text: str) -> tuple[Named, ...]:
    found = []
    for each in text.split(",") if text else ():
        part, event, _ = each.split(" ")
        found.append(Named(int(event), Part(part), None))
    return tuple(sorted(found, key=lambda n: n[:2]))


def moment(value: Any) -> datetime:
    """The moment of a row, in UTC: a query that is not the mapper's gives text or a moment without zone on SQLite."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
