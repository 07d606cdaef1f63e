"""Events that trickle in after the simulated year: new sales, and what happens to recent ones. The fault that is still running keeps running."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import numpy as np

from pinzhi.simulation.contracts import World
from pinzhi.simulation.history import COLUMNS
from pinzhi.simulation.market import batch_id, batch_of
from pinzhi.simulation.words import BLAME, CARRIERS, LINES, PRAISE, REGIONS

RECENT = timedelta(days=21)


def recent_sales(world: World, today: date) -> list[int]:
    """Row numbers of the sales of the last three weeks: what live returns, reviews and complaints refer to."""
    start = today - RECENT
    kinds, at = world.events["kind"], world.events["at"]
    return [i for i in range(len(kinds)) if kinds[i] == "sale" and at[i].date() >= start]


def live_batch(
    world: World, pool: list[int], rng: np.random.Generator, now: datetime, n: int, serial: int
) -> dict[str, list[Any]]:
    """`n` events happening around `now`, named after `serial` so that two batches never share an id."""
    out: dict[str, list[Any]] = {c: [] for c in COLUMNS}
    running = {i.entity_id for i in world.incidents if i.is_fault and i.end >= now.date() - RECENT}
    sick = [i for i in pool if world.events["listing_id"][i] in running]
    for k in range(n):
        row = _sale(world, rng, now) if rng.random() < 0.6 or not pool else _aftermath(world, sick, pool, rng)
        row |= {"event_id": f"live-{serial}-{k}", "at": now - timedelta(seconds=int(rng.integers(0, 30)))}
        for name in COLUMNS:
            out[name].append(row.get(name))
    return out


def _sale(world: World, rng: np.random.Generator, now: datetime) -> dict[str, Any]:
    market = world.market
    listing = int(rng.choice(len(market.rate), p=market.rate / market.rate.sum()))
    row = market.listings[listing]
    day = (now.date() - world.first_day).days
    number = int(batch_of(market, np.array([listing]), np.array([day]))[0])
    return {
        "kind": "sale",
        "listing_id": row["listing_id"],
        "merchant_id": row["merchant_id"],
        "category": row["category"],
        "order_id": f"live-{rng.integers(1 << 60)}",
        "batch_id": batch_id(listing, number),
        "quantity": 1,
        "amount": row["price"],
        "buyer_id": f"U{rng.integers(1 << 20)}",
        "region": str(rng.choice(np.array(REGIONS))),
        "carrier": str(rng.choice(np.array(CARRIERS))),
    }


def _aftermath(world: World, sick: list[int], pool: list[int], rng: np.random.Generator) -> dict[str, Any]:
    ill = bool(sick) and rng.random() < 0.35
    source = sick if ill else pool
    i = source[int(rng.integers(len(source)))]
    row = {name: world.events[name][i] for name in COLUMNS}
    line = next(x for x in LINES if x.category == row["category"])
    draw = rng.random()
    row |= {"score": None, "text": None, "reason": None}
    if ill and draw < 0.6:
        return row | {"kind": "return", "reason": line.faults[-1 if line.category.startswith("小家电") else 0][0]}
    if draw < 0.95:
        bad = ill or rng.random() < 0.06
        words = (
            BLAME[int(rng.integers(len(BLAME)))][0].format(zh=line.faults[0][0])
            if bad
            else PRAISE[int(rng.integers(len(PRAISE)))][0]
        )
        return row | {"kind": "review", "score": 1 if bad else 5, "text": words}
    return row | {"kind": "complaint", "reason": line.faults[0][0]}
