"""
Tallies: the integer state that monitoring, rating and KPIs are computed from.

Everything that the rules see of the event history is in these tables of counts. They are integers in a total order, so folding event by event, batch by batch,
or all at once gives the same bytes, and a replay gives the same signals and grades. Produced by `engine.aggregates`; rules only read them.

Counting rule: *customers, not lines*. One buyer's bulk return of one listing on one day is one event; lines without a buyer count one each.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Int32 = NDArray[np.int32]


class Stream(IntEnum):
    """What happened after a sale. `REVIEW` counts all reviews (the denominator of `BAD_REVIEW`, which has a score of 1 or 2)."""

    RETURN = 0
    REVIEW = 1
    BAD_REVIEW = 2
    COMPLAINT = 3
    REFUND = 4
    CANCEL = 5
    SCAN = 6


EPOCH = "1970-01-01"
"""Days are int32 days since the epoch, in Asia/Shanghai. `UNKNOWN = -1` stands for «no batch», «order not known», «delivery not known»."""

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Names:
    """The dimensions outside the fact table: position = code. `merchant` and `category` give the latest owner of each listing."""

    listings: tuple[str, ...]
    merchants: tuple[str, ...]
    categories: tuple[str, ...]
    batches: tuple[str, ...]
    merchant: Int32
    """Shape (listings,): code of the merchant of each listing."""
    category: Int32
    """Shape (listings,): code of the category of each listing."""


@dataclass(frozen=True, slots=True)
class Sales:
    """Sold order lines by listing, batch and day; arrays of equal length, sorted by (listing, batch, day), no duplicates."""

    listing: Int32
    batch: Int32
    day: Int32
    lines: Int32
    units: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """
    What came after: sorted by (listing, batch, stream, order_day, delivery_day, day), no duplicates.

    `order_day` is the day of the sale that the event belongs to (by order_id, else the latest earlier purchase of the same listing by the same
    buyer), UNKNOWN if none is found; `delivery_day` likewise of its delivery; `day` is the day of the event itself; `count` counts customers.
    """

    listing: Int32
    batch: Int32
    stream: NDArray[np.int8]
    order_day: Int32
    delivery_day: Int32
    day: Int32
    count: Int32


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Delivered order lines by listing and delivery day (the sale day where a feed has no deliveries): the cohorts of the KPIs."""

    listing: Int32
    day: Int32
    orders: Int32


@dataclass(frozen=True, slots=True)
class Tallies:
    """The whole state. `first_day`/`last_day` bound the history (inclusive); `events` counts the distinct events folded in."""

    names: Names
    sales: Sales
    outcomes: Outcomes
    deliveries: Deliveries
    first_day: int
    last_day: int
    events: int
