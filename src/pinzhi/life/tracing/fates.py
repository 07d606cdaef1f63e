"""What happened to each of many things, and the coverage that follows from it."""

from __future__ import annotations

from pinzhi.life.tracing.record import MOST_STAYS, Group, Named, Record
from pinzhi.life.tracing.rules.chain.coverage import Coverage, Happened, of_lot, of_unit
from pinzhi.life.tracing.rules.chain.mentions import Part
from pinzhi.life.tracing.walk import Reach


def coverage(reach: Reach) -> Coverage:
    """
    The coverage of everything that a walk reached: units one by one, lots that are only counted by their quantities.

    A lot whose units are known by name is counted by its units. Containers count as nothing: what is in them does.
    """
    found, record = Coverage(), reach.record
    record.stays(reach.came_from)
    for group, members in record.grouped(reach.came_from).items():
        if group.counted:
            for _ in (thing for thing in members if thing not in reach.lots):
                found.add(of_lot(happened(group, record, put=True)))
        elif group.named:
            # Units that the same events name fared alike: one judgement for all of them.
            count = sum(thing not in reach.lots and thing not in record.containers for thing in members)
            if count:
                found.add(of_unit(happened(group, record)), count)
    return found


def happened(group: Group, record: Record, *, put: bool = False) -> list[Happened]:
    """Everything that happened to things: in events that name them, and in those that name what they were in at that time. `put`: with the quantity put in."""
    told = record.told
    own: list[Named] = [n for n in group.named if n.event in told]
    amounts = {told[n.event].at: n.quantity for n in own if n.part is Part.CHILD}
    found = [
        Happened(e.at, e.step, e.disposition, e.place, name.part, name.quantity, e.action)
        for name in own
        for e in (told[name.event],)
    ]
    todo = [(s, amounts.get(s.start) if put else None) for s in group.stays or ()]
    looked = 0
    while todo and (looked := looked + 1) <= MOST_STAYS:
        stay, amount = todo.pop()
        outer = record.group_of[stay.parent]
        for name in outer.named:
            e = told.get(name.event)
            if e is not None and name.part is not Part.PARENT and stay.holds(e.at):
                part = Part.OBJECT if name.part is Part.CHILD else name.part
                found.append(Happened(e.at, e.step, e.disposition, e.place, part, amount, e.action))
        todo += [(cut, amount) for each in outer.stays or () if (cut := each.within(stay)) is not None]
    return found
