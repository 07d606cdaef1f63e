"""
Where the goods of a lot are: made, used up, sold, returned, destroyed, held at which place, under way, and what nobody can say.

Single units are judged by what happened to each last; quantities of a lot by double entry over places. Steps and dispositions are the words of CBV 2.0. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from pinzhi.life.tracing.rules.chain.mentions import Part

SOLD_STEPS = frozenset({"retail_selling", "dispensing"})
SOLD_DISPOSITIONS = frozenset({"retail_sold", "dispensed"})
GONE_STEPS = frozenset({"destroying", "decommissioning"})
GONE_DISPOSITIONS = frozenset({"destroyed", "disposed"})
BACK_DISPOSITIONS = frozenset({"returned"})
MAKING_STEPS = frozenset({"commissioning", "creating_class_instance"})
LEAVING_STEPS = frozenset({"shipping", "departing", "loading"})
COMING_STEPS = frozenset({"receiving", "arriving", "accepting", "unloading"})


@dataclass(frozen=True, slots=True)
class Happened:
    """One event as far as a thing is concerned."""

    at: datetime
    step: str
    disposition: str
    place: str
    part: Part
    quantity: Decimal | None = None
    action: str = ""


@dataclass(slots=True)
class Coverage:
    """
    Counts of units (quantities of lots in their unit). `held` by place.

    `sold` counts what is sold now: what came back is in `returned` and, where it lies, in `held`.
    """

    made: Decimal = Decimal()
    used: Decimal = Decimal()
    sold: Decimal = Decimal()
    returned: Decimal = Decimal()
    destroyed: Decimal = Decimal()
    under_way: Decimal = Decimal()
    held: dict[str, Decimal] = field(default_factory=dict)

    @property
    def located(self) -> Decimal:
        """At a known place."""
        return sum(self.held.values(), Decimal())

    @property
    def unaccounted(self) -> Decimal:
        """Made, and in none of the other columns; never below zero (what was never recorded as made does not make up for what is missing)."""
        return max(Decimal(), self.made - self.used - self.sold - self.destroyed - self.located - self.under_way)

    def sold_at_least(self, by_orders: int) -> Decimal:
        """Pieces sold: by recorded events or by the orders of the marketplace, whichever knows of more."""
        return max(self.sold, Decimal(by_orders))

    def unaccounted_beside(self, by_orders: int) -> Decimal:
        """What orders sold and no event told of was held somewhere until then: it counts as sold, not as lost."""
        return max(Decimal(), self.unaccounted - (self.sold_at_least(by_orders) - self.sold))

    def add(self, other: Coverage, times: int = 1) -> None:
        """Add the counts of other goods, or of so many that fared alike."""
        for name in ("made", "used", "sold", "returned", "destroyed", "under_way"):
            setattr(self, name, getattr(self, name) + getattr(other, name) * times)
        for place, count in other.held.items():
            self.held[place] = self.held.get(place, Decimal()) + count * times


def of_unit(events: Iterable[Happened]) -> Coverage:
    """One unit, from everything that happened to it and to what it was in."""
    found = Coverage(made=Decimal(1))
    place, state, back = "", "held", False
    for event in sorted(events, key=lambda e: e.at):
        place = event.place or place
        if event.part is Part.INPUT:
            state = "used"
        elif event.step in GONE_STEPS or event.disposition in GONE_DISPOSITIONS:
            state = "destroyed"
        elif event.step in SOLD_STEPS or event.disposition in SOLD_DISPOSITIONS:
            state, back = "sold", False
        elif event.disposition in BACK_DISPOSITIONS:
            state, back = "held", True
        elif event.step in LEAVING_STEPS and state == "held":
            state = "under_way"
        elif state == "under_way" and (event.step in COMING_STEPS or event.disposition != "in_transit"):
            state = "held"
    found.returned = Decimal(back)
    if state == "held":
        if place:
            found.held[place] = Decimal(1)
    else:
        setattr(found, state, Decimal(1))
    return found


def of_lot(events: Iterable[Happened]) -> Coverage:
    """
    A lot counted in quantities. An event without a quantity moves nothing.

    Goods leave a place by shipping, selling, destroying and by going into other goods, and come to one by making, receiving and returning.
    """
    found = Coverage()
    places: dict[str, Decimal] = {}
    for event in sorted(events, key=lambda e: e.at):
        amount = event.quantity
        if amount is None or (
            event.action == "OBSERVE" and event.step not in _MOVING and event.disposition not in BACK_DISPOSITIONS
        ):
            continue
        if event.part is Part.INPUT:
            found.used += amount
            _move(places, event.place, -amount)
        elif event.part is Part.OUTPUT or event.step in MAKING_STEPS:
            found.made += amount
            _move(places, event.place, amount)
        elif event.step in SOLD_STEPS or event.disposition in SOLD_DISPOSITIONS:
            found.sold += amount
            _move(places, event.place, -amount)
        elif event.step in GONE_STEPS or event.disposition in GONE_DISPOSITIONS:
            found.destroyed += amount
            _move(places, event.place, -amount)
        elif event.disposition in BACK_DISPOSITIONS:
            found.returned += amount
            found.sold -= min(found.sold, amount)
            _move(places, event.place, amount)
        elif event.step in LEAVING_STEPS:
            found.under_way += amount
            _move(places, event.place, -amount)
        elif event.step in COMING_STEPS:
            found.under_way -= min(found.under_way, amount)
            _move(places, event.place, amount)
    found.held = {place: n for place, n in places.items() if place and n > 0}
    return found


_MOVING = SOLD_STEPS | GONE_STEPS | LEAVING_STEPS | COMING_STEPS


def _move(places: dict[str, Decimal], place: str, amount: Decimal) -> None:
    places[place] = places.get(place, Decimal()) + amount
