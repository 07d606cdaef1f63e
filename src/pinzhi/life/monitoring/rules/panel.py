"""
The history as arrays by entity and day, at one level.

An entity (listing, batch, merchant, category) consists of *cells*, one per category in which it sells, so that each cell has one delay curve and one
expected rate. A listing, a batch and a category have one cell; a merchant has as many as it has categories. Levels are sums over the same tallies.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Stream, Tallies
from pinzhi.life.monitoring.rules.marks import CODES, coded

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

STREAM_EVENTS: dict[str, Stream] = {
    "return": Stream.RETURN,
    "review": Stream.BAD_REVIEW,
    "complaint": Stream.COMPLAINT,
    "refund": Stream.REFUND,
}


@dataclass(frozen=True, slots=True)
class Events:
    """
    Counted events in columns of equal length, sorted by (entity, day, order, category, mark). Days count from the first day of the history; `mark` is the
    code of who sent it (`marks.coded`).
    """

    entity: Ints
    category: Ints
    order: Ints
    day: Ints
    mark: Ints
    count: Floats

    def total(self, entities: int) -> Floats:
        """Events per entity."""
        return np.bincount(self.entity, weights=self.count, minlength=entities)


@dataclass(frozen=True, slots=True)
class Panel:
    """
    One level. `lines[cell, day]` are sold order lines; `start[e]:start[e+1]` are the cells of entity `e`; `member[level row]` tells for each listing
    (or batch row) which entity it belongs to.
    """

    level: str
    ids: tuple[str, ...]
    days: int
    start: Ints
    category: Ints
    lines: Floats

    @property
    def entities(self) -> int:
        """How many entities."""
        return len(self.ids)

    @property
    def owner(self) -> Ints:
        """The entity of each cell."""
        return np.repeat(np.arange(self.entities), np.diff(self.start))


def listing_category(tallies: Tallies) -> Ints:
    """The category of each listing; listings without one share the last, nameless category."""
    own = np.asarray(tallies.names.category, dtype=np.int64)
    return np.where(own < 0, len(tallies.names.categories), own)


def categories(tallies: Tallies) -> int:
    """How many categories, the nameless one included."""
    return len(tallies.names.categories) + 1


def _row_entity(tallies: Tallies, level: str, listing: Ints, batch: Ints) -> Ints:
    """The entity of rows of the tallies at a level, -1 where there is none."""
    if level == "listing":
        return listing
    if level == "batch":
        return batch
    if level == "merchant":
        return np.asarray(tallies.names.merchant, dtype=np.int64)[listing]
    return np.asarray(tallies.names.category, dtype=np.int64)[listing]


def names_of(tallies: Tallies, level: str) -> tuple[str, ...]:
    """The ids of a level, in code order."""
    return {
        "listing": tallies.names.listings,
        "merchant": tallies.names.merchants,
        "batch": tallies.names.batches,
        "category": tallies.names.categories,
    }[level]


def panel(tallies: Tallies, level: str) -> Panel:
    """Sum the sales of every entity of `level` by day."""
    ids = names_of(tallies, level)
    days = tallies.last_day - tallies.first_day + 1
    listing = np.asarray(tallies.sales.listing, dtype=np.int64)
    entity = _row_entity(tallies, level, listing, np.asarray(tallies.sales.batch, dtype=np.int64))
    kept = entity >= 0
    entity, listing = entity[kept], listing[kept]
    wide = categories(tallies)
    key = entity * wide + listing_category(tallies)[listing]
    empty = np.setdiff1d(np.arange(len(ids)), entity) * wide + wide - 1
    cells, place = np.unique(np.concatenate([key, empty]), return_inverse=True)
    flat = place[: len(key)] * days + np.asarray(tallies.sales.day, dtype=np.int64)[kept] - tallies.first_day
    lines = np.bincount(flat, weights=tallies.sales.lines[kept], minlength=len(cells) * days).reshape(len(cells), days)
    start = np.searchsorted(cells // wide, np.arange(len(ids) + 1))
    return Panel(level, ids, days, start, cells % wide, lines)


def events(tallies: Tallies, level: str, stream: Stream, order: Ints, longest: int) -> Events:
    """
    The events of one stream by entity, order day and day. `order` is the order day of every outcome row (see `delay.order_days`), as an index of days;
    events later than `longest` after their order are left out, because the exposure ends there too.
    """
    rows = tallies.outcomes
    day = np.asarray(rows.day, dtype=np.int64) - tallies.first_day
    entity = _row_entity(
        tallies, level, np.asarray(rows.listing, dtype=np.int64), np.asarray(rows.batch, dtype=np.int64)
    )
    kept = (rows.stream == int(stream)) & (entity >= 0) & (day - order <= longest) & (order <= day)
    span = tallies.last_day - tallies.first_day + 1
    wide = categories(tallies)
    own = listing_category(tallies)[np.asarray(rows.listing, dtype=np.int64)]
    mark = coded(rows.company[kept], rows.bought[kept], rows.before[kept])
    key = (((entity[kept] * span + day[kept]) * span + order[kept]) * wide + own[kept]) * CODES + mark
    unique, place = np.unique(key, return_inverse=True)
    count = np.bincount(place, weights=rows.count[kept], minlength=len(unique))
    mark, unique = unique % CODES, unique // CODES
    rest = unique // wide
    return Events(rest // (span * span), unique % wide, rest % span, rest // span % span, mark, count)
