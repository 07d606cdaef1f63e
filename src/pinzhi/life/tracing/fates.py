"""What happened to each of many things, read in a handful of queries, and the coverage that follows from it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.rules.chain.containment import Stay
from pinzhi.life.tracing.rules.chain.coverage import Coverage, Happened, of_lot, of_unit
from pinzhi.life.tracing.rules.chain.mentions import Part
from pinzhi.life.tracing.walk import containers, moment

_NAMED = (
    "SELECT thing_id, event_id, part, quantity FROM tracing_mention WHERE thing_id IN {ids} ORDER BY thing_id, event_id"
)
_EVENTS = """
SELECT id, at, step, disposition, location, read_point, action FROM tracing_event
WHERE NOT voided AND NOT error AND id IN {ids}
"""
_LOTS = "SELECT DISTINCT thing_id FROM tracing_mention WHERE quantity IS NOT NULL AND thing_id IN {ids}"


class _Named(NamedTuple):
    event: int
    part: str
    quantity: Decimal | None


class _Event(NamedTuple):
    at: datetime
    step: str
    disposition: str
    place: str
    action: str


def coverage(things: Collection[int], known: Mapping[int, list[Stay]] | None = None) -> Coverage:
    """
    The coverage of everything that a walk reached: units one by one, lots that are only counted by their quantities. `known`: the stays that the walk read.

    A lot whose units are known by name is counted by its units. Containers count as nothing: what is in them does.
    """
    found = Coverage()
    named = _mentions(things)
    with_units = {lot for (lot,) in rows("SELECT DISTINCT lot_id FROM tracing_thing WHERE lot_id IN {ids}", things)}
    counted = {pk for (pk,) in rows(_LOTS, things)}
    inside = dict(known or {})
    inside |= containers([t for t in things if t not in inside])
    parents = {s.parent for stays in inside.values() for s in stays}
    moved = _mentions(parents)
    events = _events({n.event for each in (*named.values(), *moved.values()) for n in each})
    units: Counter[tuple[tuple[_Named, ...], tuple[Stay, ...]]] = Counter()
    for thing in things:
        own = tuple(named.get(thing, ()))
        if thing in counted:
            if thing not in with_units:
                found.add(of_lot(_happened(own, tuple(inside.get(thing, ())), inside, moved, events, put=True)))
        elif own and thing not in with_units and thing not in parents:
            units[own, tuple(inside.get(thing, ()))] += 1
    # Units that were always named in the same events fared alike: one judgement for all of them.
    for (own, stays), count in units.items():
        found.add(of_unit(_happened(own, stays, inside, moved, events)), count)
    return found


def _mentions(things: Collection[int]) -> dict[int, list[_Named]]:
    found: dict[int, list[_Named]] = defaultdict(list)
    for thing, event, part, quantity in rows(_NAMED, things):
        found[thing].append(_Named(event, part, None if quantity is None else Decimal(str(quantity))))
    return found


def _events(ids: Collection[int]) -> dict[int, _Event]:
    return {
        pk: _Event(moment(at), step, disposition, location or read_point, action)
        for pk, at, step, disposition, location, read_point, action in rows(_EVENTS, ids)
    }


def _happened(
    own: tuple[_Named, ...],
    stays: tuple[Stay, ...],
    inside: dict[int, list[Stay]],
    moved: dict[int, list[_Named]],
    events: dict[int, _Event],
    *,
    put: bool = False,
) -> list[Happened]:
    """Everything that happened to a thing: in events that name it, and in those that name what it was in at that time. `put`: with the quantity put in."""
    found: list[Happened] = []
    amounts = {(e.at): n.quantity for n in own if n.part == Part.CHILD and (e := events.get(n.event)) is not None}
    found += [
        Happened(e.at, e.step, e.disposition, e.place, Part(name.part), name.quantity, e.action)
        for name in own
        if (e := events.get(name.event)) is not None
    ]
    todo = [(s, amounts.get(s.start) if put else None) for s in stays]
    while todo:
        stay, amount = todo.pop()
        for name in moved.get(stay.parent, ()):
            e = events.get(name.event)
            if e is not None and name.part != Part.PARENT and stay.holds(e.at):
                part = Part.OBJECT if name.part == Part.CHILD else Part(name.part)
                found.append(Happened(e.at, e.step, e.disposition, e.place, part, amount, e.action))
        todo += [(cut, amount) for outer in inside.get(stay.parent, ()) if (cut := outer.within(stay)) is not None]
    return found
