"""What the simulator hands over: the structure of a marketplace, what was planted in it, and its events as columns."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
SALE = ("at", "order_id", "listing_id", "merchant_id", "category", "batch_id", "buyer_id", "amount", "quantity")
"""What is known of a sale, as the feed calls it."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Something planted, with its truth: what an honest system should (`is_fault`) or should not say about it.

    `factor` multiplies the base rate of the stream at full strength; `ramp_days` is the time to full strength (0 = abrupt). `entity_kind`/`entity_id` name the
    narrowest true cause.
    """

    name: str
    shape: str
    entity_kind: str
    entity_id: str
    stream: str
    start: date
    end: date
    factor: float
    ramp_days: int
    is_fault: bool
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Market:
    """The structure. Arrays are indexed by listing; `merchant_of`/`line_of` are codes into `merchants`/`words.LINES`."""

    merchants: tuple[dict[str, Any], ...]
    listings: tuple[dict[str, Any], ...]
    merchant_of: Ints
    line_of: Ints
    rate: Floats
    """Expected sale lines per day on an ordinary day."""
    price: Floats
    quality: Floats
    """Multiplier on the category's return, complaint and bad-review rates (1 = ordinary)."""
    launched: Ints
    """Day index of the first sale."""
    batch_days: Ints
    """Length of a batch in days; batch k of listing i is sold on days [launched + k*batch_days, …)."""


@dataclass(frozen=True, slots=True)
class World:
    """A simulated marketplace: structure, batches, incidents (the truth), and events in time order as one column per field of the feed contract."""

    seed: int
    first_day: date
    days: int
    market: Market
    batches: tuple[dict[str, Any], ...]
    incidents: tuple[Incident, ...]
    events: dict[str, list[Any]]

    def sales(self) -> list[dict[str, Any]]:
        """Its sales in time order, each with the fields of an order: `SALE`."""
        rows = zip(self.events["kind"], *(self.events[c] for c in SALE), strict=True)
        return [dict(zip(SALE, row, strict=True)) for kind, *row in rows if kind == "sale"]
