"""
Walks over the chain: where a thing has been, what it was made of, what became of it.

Three relations carry a walk. A unit belongs to its lot. The outputs of a transformation come from its inputs (events that share a transformation id are one
transformation). A child is in its parent from the event that put it there until the one that took it out: what happens to the parent meanwhile happens to the
child. Events that were declared wrong do not count.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import Thing
from pinzhi.life.tracing.rules.chain.containment import Moved, Stay, stays

DEEPEST = 40
"""Steps of a walk. A chain of more steps is a circle that somebody recorded by mistake."""

_MOVES = """
SELECT c.thing_id, p.thing_id, e.at, e.action, e.id FROM tracing_mention c
JOIN tracing_event e ON e.id = c.event_id AND NOT e.voided AND NOT e.error
LEFT JOIN tracing_mention p ON p.event_id = e.id AND p.part = 'parent'
WHERE c.part = 'child' AND c.thing_id IN {ids} ORDER BY e.at, e.id
"""
_EMPTIED = """
SELECT p.thing_id, e.at, e.id FROM tracing_mention p
JOIN tracing_event e ON e.id = p.event_id AND NOT e.voided AND NOT e.error AND e.action = 'DELETE'
WHERE p.part = 'parent' AND p.thing_id IN {ids}
AND NOT EXISTS (SELECT 1 FROM tracing_mention c WHERE c.event_id = e.id AND c.part = 'child')
"""
_ACROSS = """
SELECT m.thing_id, o.thing_id, e.at, e.id FROM tracing_mention m
JOIN tracing_event e ON e.id = m.event_id AND NOT e.voided AND NOT e.error
JOIN tracing_mention o ON o.event_id = e.id
WHERE m.thing_id IN {ids} AND m.part = %s AND o.part = %s
"""
_ACROSS_PARTS = """
SELECT m.thing_id, o.thing_id, e.at, f.id FROM tracing_mention m
JOIN tracing_event e ON e.id = m.event_id AND NOT e.voided AND NOT e.error AND e.transformation <> ''
JOIN tracing_event f ON f.transformation = e.transformation AND f.id <> e.id AND NOT f.voided AND NOT f.error
JOIN tracing_mention o ON o.event_id = f.id
WHERE m.thing_id IN {ids} AND m.part = %s AND o.part = %s
"""
_CONTENTS = """
SELECT p.thing_id, c.thing_id, e.at FROM tracing_mention p
JOIN tracing_event e ON e.id = p.event_id AND NOT e.voided AND NOT e.error AND e.action = 'ADD'
JOIN tracing_mention c ON c.event_id = e.id AND c.part = 'child'
WHERE p.part = 'parent' AND p.thing_id IN {ids}
"""


@dataclass(slots=True)
class Reach:
    """Things reached, each with the thing that it was reached from (None for those one began with), and the stays that were looked at."""

    came_from: dict[int, int | None] = field(default_factory=dict)
    stays: dict[int, list[Stay]] = field(default_factory=dict)

    def fresh(self, pairs: Iterable[tuple[int, int]]) -> set[int]:
        """Enter (from, to) pairs; gives those that were not known."""
        found = set()
        for source, target in pairs:
            if target not in self.came_from:
                self.came_from[target] = source
                found.add(target)
        return found


def forward(things: Collection[int]) -> Reach:
    """What a recall of these things reaches: units of lots, and everything that was made from them, however far."""
    reach = Reach(dict.fromkeys(things))
    frontier = set(things)
    for _ in range(DEEPEST):
        if not frontier:
            break
        pairs = [
            (lot, unit) for unit, lot in rows("SELECT id, lot_id FROM tracing_thing WHERE lot_id IN {ids}", frontier)
        ]
        pairs += [(a, b) for a, b, _, _ in _across(frontier, "input", "output")]
        pairs += _through_containers(frontier, reach)
        frontier = reach.fresh(pairs)
    return reach


def back(things: Collection[int]) -> Reach:
    """What things come from: their lots, the inputs of the transformations that made them, and what lay in containers that went in."""
    reach = Reach(dict.fromkeys(things))
    frontier = set(things)
    for _ in range(DEEPEST):
        if not frontier:
            break
        pairs = [
            (unit, lot)
            for unit, lot in rows(
                "SELECT id, lot_id FROM tracing_thing WHERE lot_id IS NOT NULL AND id IN {ids}", frontier
            )
        ]
        used = _across(frontier, "output", "input")
        pairs += [(a, b) for a, b, _, _ in used]
        pairs += _contents_at(used)
        frontier = reach.fresh(pairs)
    return reach


def containers(things: Collection[int]) -> dict[int, list[Stay]]:
    """The stays of things in containers, and of these containers in others: by thing, in the order of time."""
    found: dict[int, list[Stay]] = {}
    frontier = set(things)
    for _ in range(DEEPEST):
        if not frontier:
            break
        moves = [Moved(c, p, at, action == "DELETE", event) for c, p, at, action, event in _moves(frontier)]
        parents = {m.parent for m in moves if m.parent is not None}
        emptied: dict[int, list[datetime]] = {}
        for parent, at, _ in rows(_EMPTIED, parents):
            emptied.setdefault(parent, []).append(moment(at))
        by_thing = stays(moves, emptied)
        found |= {thing: by_thing.get(thing, []) for thing in frontier}
        frontier = {s.parent for each in by_thing.values() for s in each} - found.keys()
    return found


def number_of(uri: str) -> int | None:
    """The number of a thing that an event named; None for one that none did."""
    return Thing.objects.filter(uri=uri).values_list("pk", flat=True).first()


def _moves(things: Collection[int]) -> list[tuple[int, int | None, datetime, str, int]]:
    return [(c, p, moment(at), action, event) for c, p, at, action, event in rows(_MOVES, things)]


def _across(things: Collection[int], known: str, wanted: str) -> list[tuple[int, int, datetime, int]]:
    """(thing, thing on the other side, moment, event) of the transformations that name things in the part `known`."""
    return [
        (a, b, moment(at), event)
        for sql in (_ACROSS, _ACROSS_PARTS)
        for a, b, at, event in rows(sql, things, known, wanted)
    ]


def _through_containers(things: Collection[int], reach: Reach) -> list[tuple[int, int]]:
    """What was made from containers while these things were in them."""
    inside = containers(things)
    reach.stays |= inside
    held = [(thing, stay) for thing in things for stay in _whole(thing, inside)]
    used: dict[int, list[tuple[int, datetime]]] = {}
    for container, made, at, _ in _across({s.parent for _, s in held}, "input", "output"):
        used.setdefault(container, []).append((made, at))
    return [(thing, made) for thing, stay in held for made, at in used.get(stay.parent, ()) if stay.holds(at)]


def _whole(thing: int, inside: dict[int, list[Stay]]) -> list[Stay]:
    """The stays of a thing in its containers, and through them in theirs, cut to the time that it was with them."""
    found, todo = [], list(inside.get(thing, ()))
    while todo and len(found) < DEEPEST * DEEPEST:
        stay = todo.pop()
        found.append(stay)
        todo += [cut for outer in inside.get(stay.parent, ()) if (cut := outer.within(stay)) is not None]
    return found


def stays_of(thing: int) -> list[Stay]:
    """Everything that a thing was in, directly or not, with the time that it was."""
    return sorted(_whole(thing, containers([thing])), key=lambda s: s.start)


def _contents_at(used: list[tuple[int, int, datetime, int]]) -> list[tuple[int, int]]:
    """(output, thing) for what lay in a container at the moment that it went into a transformation."""
    containers_used = {container for _, container, _, _ in used}
    put = rows(_CONTENTS, containers_used)
    if not put:
        return []
    inside = containers({child for _, child, _ in put})
    content: dict[int, set[int]] = {}
    for container, child, _ in put:
        content.setdefault(container, set()).add(child)
    return [
        (made, child)
        for made, container, at, _ in used
        for child in content.get(container, ())
        if any(s.parent == container and s.holds(at) for s in inside.get(child, ()))
    ]


def contents(containers_: Collection[int], at: datetime) -> set[int]:
    """Everything that lies in containers at a moment, in boxes inside them too."""
    found: set[int] = set()
    frontier = set(containers_)
    for _ in range(DEEPEST):
        frontier = {child for _, child in _contents_at([(0, c, at, 0) for c in frontier])} - found
        if not frontier:
            break
        found |= frontier
    return found


def moment(value: Any) -> datetime:
    """The moment of a row, in UTC: a query that is not the mapper's gives text or a moment without zone on SQLite."""
    at = value if isinstance(value, datetime) else datetime.fromisoformat(value)
    return at if at.tzinfo else at.replace(tzinfo=UTC)
