"""Where goods of a batch went, from what happened to them: the places that they came to or were sold at, and whether some went nobody knows where. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from pinzhi.life.tracing.rules.chain.coverage import (
    COMING_STEPS,
    LEAVING_STEPS,
    SOLD_DISPOSITIONS,
    SOLD_STEPS,
    Happened,
)


def destinations(events: Iterable[Happened], *, counted: bool = False) -> list[tuple[datetime, str]]:
    """
    (moment, place) of every arrival and sale; the place is "" where none was told, and for goods that left and came nowhere.

    `counted`: a lot of which quantities were told: its parts go different ways, so that every shipping needs an arrival of its own.
    """
    found, steps = [], Counter[str]()
    left: datetime | None = None
    last: datetime | None = None
    for e in sorted(events, key=lambda e: e.at):
        steps[e.step] += 1
        if e.step in COMING_STEPS or e.step in SOLD_STEPS or e.disposition in SOLD_DISPOSITIONS:
            found.append((e.at, e.place))
            left = None
        elif e.step in LEAVING_STEPS:
            left = last = e.at
    if counted and last is not None and steps["shipping"] > max(steps[step] for step in COMING_STEPS):
        left = last
    return [*found, *([(left, "")] if left is not None else [])]
