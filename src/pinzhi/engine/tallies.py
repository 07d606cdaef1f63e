"""
Tallies: the integer state that monitoring, rating and KPIs are computed from.

Everything that the rules see of the event history is in these tables of counts. They are integers in a total order, so folding event by event, batch by batch,
or all at once gives the same bytes, and a replay gives the same signals and grades. Produced by `engine.aggregates`; rules only read them.

Counting rule: *customers, not lines*. One buyer's bulk return of one listing on one day is one event; lines without a buyer count one each. The event is
placed (batch, order day, delivery day) by the first of its lines in the total order of events (moment, then a fixed hash of feed and id).

Example. Listing «L1», batch «B7», bought on day 100 in order o1 by buyer b, delivered on day 103; on day 109 b returns it in 50 lines, and two return lines
without a buyer or an order come too:

    names.listings == ("L1",)   names.batches == ("B7",)
    sales      listing [0]  batch [0]  day [100]  lines [1]  units [50]
    outcomes   listing [0, 0]  batch [-1, 0]  stream [0, 0]  order_day [-1, 100]  delivery_day [-1, 103]  day [109, 109]  count [2, 1]
    deliveries listing [0]  day [103]  orders [1]
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
"""Days are int32 days since the epoch, in Asia/Shanghai; `datetime64[D]` by `array.astype("datetime64[D]")`.

`UNKNOWN = -1` stands for «no batch», «order not known», «delivery not known»."""

UNKNOWN = -1


@dataclass(frozen=True, slots=True)
class Names:
    """
    The dimensions outside the fact table: position = code, ids in code-point order, so the same events always give the same codes.

    `merchant` and `category` give the owner of each listing by its last event.
    """

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
    What came after: sorted by (listing, batch, stream, order_day, delivery_day, day, company, bought, before), no duplicates.

    `order_day` is the day of the sale that the event belongs to (by order_id, else the latest purchase of the same listing by the same buyer not
    later than the event), UNKNOWN if none is found. `delivery_day` is the day of its first delivery by order_id, else of the buyer's latest delivery
    of the listing between sale and event, else the sale day where the sale's feed has no deliveries at all, else UNKNOWN; it may be later than `day`
    (a cancellation before the parcel came). `batch` is the event's own, else the sale's. `day` is the day of the event; `count` counts customers.

    `company`, `bought` and `before` are *marks*, which tell a fault of the goods from a habit of the buyer: `company` is for how many listings the same
    buyer did the same on the same day (this one included, at most 12; 0 = buyer not known), `bought` the magnitude of the lines he had bought before
    that day, `before` of the times he had done the same before that day. A magnitude is a number of binary digits: 0, 1, 2-3, 4-7 … at most 12.
    All three are 0 for `REVIEW` and `SCAN`, where nobody asks.
    """

    listing: Int32
    batch: Int32
    stream: NDArray[np.int8]
    order_day: Int32
    delivery_day: Int32
    day: Int32
    company: NDArray[np.int8]
    bought: NDArray[np.int8]
    before: NDArray[np.int8]
    count: Int32


@dataclass(frozen=True, slots=True)
class Deliveries:
    """
    Delivered order lines by listing and delivery day (the sale day where a feed has no deliveries): the cohorts of the KPIs.

    A line is a distinct (order, listing), on its first delivery; events without an order id count one each. Sorted by (listing, day).
    """

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
