"""
Walks over the chain: what a thing was made of, what became of it.

Three relations carry a walk. A unit belongs to its lot. The outputs of a transformation come from its inputs (events that share a transformation id are one
transformation). A child is in its parent from the event that put it there until the one that took it out: what happens to the parent meanwhile happens to the
child. Events that were declared wrong do not count. Things that the same events name go their way as one group (`record`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime

from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import Thing
from pinzhi.life.tracing.record import DEEPEST, Group, Record
from pinzhi.life.tracing.rules.chain.containment import Stay
from pinzhi.life.tracing.rules.chain.mentions import Part

_UNITS = "SELECT id, lot_id FROM tracing_thing WHERE lot_id IN {ids}"
_LOTS = "SELECT id, lot_id FROM tracing_thing WHERE lot_id IS NOT NULL AND id IN {ids}"
Groups = dict[Group, list[int]]


@dataclass(slots=True)
class Reach:
    """
    Things reached, each with a thing that it was reached from (None for those one began with), and what was read on the way.

    `lots`: those whose units are known by name.
    """

    came_from: dict[int, int | None]
    lots: set[int] = field(default_factory=set)
    record: Record = field(default_factory=Record)

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
    frontier, units = set(things), set[int]()
    for _ in range(DEEPEST):
        if not frontier:
            break
        # A unit is nobody's lot: ten thousand of them need not be asked for theirs.
        pairs = [(lot, unit) for unit, lot in rows(_UNITS, frontier - units)]
        units.update(unit for _, unit in pairs)
        reach.lots.update(lot for lot, _ in pairs)
        groups = reach.record.grouped(frontier)
        used = reach.record.across(groups, Part.INPUT, Part.OUTPUT)
        pairs += [(groups[group][0], made) for group, each in used.items() for made, _ in each]
        pairs += _through_containers(groups, reach.record)
        frontier = reach.fresh(pairs)
    return reach


def back(things: Collection[int]) -> Reach:
    """What things come from: their lots, the inputs of the transformations that made them, and what lay in containers that went in."""
    reach = Reach(dict.fromkeys(things))
    frontier = set(things)
    for _ in range(DEEPEST):
        if not frontier:
            break
        pairs = list(rows(_LOTS, frontier))
        groups = reach.record.grouped(frontier)
        used = [
            (groups[group][0], source, at)
            for group, each in reach.record.across(groups, Part.OUTPUT, Part.INPUT).items()
            for source, at in each
        ]
        pairs += [(made, source) for made, source, _ in used]
        pairs += _contents_at(used, reach.record)
        frontier = reach.fresh(pairs)  # type: ignore[arg-type]
    return reach


def number_of(uri: str) -> int | None:
    """The number of a thing that an event named; None for one that none did."""
    return Thing.objects.filter(uri=uri).values_list("pk", flat=True).first()


def _through_containers(groups: Groups, record: Record) -> list[tuple[int, int]]:
    """What was made from containers while these things were in them."""
    record.stays([thing for members in groups.values() for thing in members])
    held = {group: found for group in groups if (found := record.whole(group))}
    containers = record.grouped({stay.parent for each in held.values() for stay in each})
    used = record.across(containers, Part.INPUT, Part.OUTPUT)
    return [
        (groups[group][0], made)
        for group, each in held.items()
        for stay in each
        for made, at in used.get(record.group_of[stay.parent], ())
        if stay.holds(at)
    ]


def _contents_at(used: list[tuple[int, int, datetime]], record: Record) -> list[tuple[int, int]]:
    """(output, thing) for what lay in a container at the moment that it went into a transformation."""
    put = {
        container: [e for e in group.events(Part.PARENT) if e in record.told and record.told[e].action == "ADD"]
        for group, members in record.grouped({source for _, source, _ in used}).items()
        for container in members
    }
    children = record.inside({e for each in put.values() for e in each}, Part.CHILD)
    if not children:
        return []
    content = {container: {c for e in each for c in children.get(e, ())} for container, each in put.items()}
    record.stays(set().union(*content.values()))
    return [
        (made, child)
        for made, container, at in used
        for child in content[container]
        if any(s.parent == container and s.holds(at) for s in record.group_of[child].stays or ())
    ]


def contents(containers_: Collection[int], at: datetime) -> set[int]:
    """Everything that lies in containers at a moment, in boxes inside them too."""
    record = Record()
    found: set[int] = set()
    frontier = set(containers_)
    for _ in range(DEEPEST):
        frontier = {child for _, child in _contents_at([(0, c, at) for c in frontier], record)} - found
        if not frontier:
            break
        found |= frontier
    return found


def containers(things: Collection[int]) -> dict[int, list[Stay]]:
    """The stays of things in containers, and of these containers in others: by thing, in the order of time."""
    record = Record()
    record.stays(things)
    return {thing: group.stays for thing, group in record.group_of.items() if group.stays is not None}
