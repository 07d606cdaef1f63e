"""
The same markets with what the chain and the scratch-off tell besides: where batches were shipped, and who typed covered codes. Hidden parameters again.

    draw_further(seed) → FurtherField
    further_history(market, further, seed, pieces) → events in the order of time, shipments, and the truth

Scans are those of `copies.history` but for where genuine pieces are sold: in the regions that their batch was shipped to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import numpy as np

from pinzhi.simulation.copies import START, Field, ScanEvent, Truth, history


@dataclass(frozen=True, slots=True)
class FurtherField:
    """
    `reach`: share of the regions that a batch is shipped to. Shares of batches: `untold`, no shipment is known; `lost`, one of them went nobody knows where.
    Shares of pieces: `diverted` to a region that the batch was not shipped to; `silent`, sold without the sale being told; `damaged`, the cover is.

    `covered`: buyers who scan and type the covered code; `family`: others who scan and do; `slip`: of those who type a wrong one first. `factor_copied`:
    copied codes whose covered code was copied too; copies of the others bear an invented one.
    """

    reach: float
    untold: float
    lost: float
    diverted: float
    silent: float
    damaged: float
    covered: float
    family: float
    slip: float
    factor_copied: float


class Shipment(NamedTuple):
    """Pieces of a batch went into a region; "" is one that is not known."""

    at: datetime
    batch: str
    region: str


def draw_further(seed: int) -> FurtherField:
    """The hidden parameters of a seed."""
    r = np.random.default_rng([seed, 17])
    return FurtherField(
        reach=float(r.uniform(0.05, 0.8)),
        untold=float(r.uniform(0.0, 0.3)),
        lost=float(r.uniform(0.0, 0.2)),
        diverted=float(r.uniform(0.0, 0.05)),
        silent=float(r.uniform(0.0, 0.6)),
        damaged=float(r.uniform(0.0, 0.01)),
        covered=float(r.uniform(0.1, 0.7)),
        family=float(r.uniform(0.0, 0.2)),
        slip=float(r.uniform(0.02, 0.1)),
        factor_copied=float(r.uniform(0.2, 0.8)),
    )


def further_history(
    market: Field, further: FurtherField, seed: int, pieces: int
) -> tuple[list[ScanEvent], list[Shipment], Truth]:
    """Events and shipments in the order of time; every shipment is before everything else."""
    r = np.random.default_rng([seed, 19])
    names = [f"R{i:03d}" for i in range(market.regions)]
    weights = np.arange(1, market.regions + 1) ** -market.zipf
    weights /= weights.sum()
    batches = max(10, pieces // 500)
    reach = max(2, round(further.reach * market.regions))
    places = [
        [names[int(k)] for k in r.choice(market.regions, reach, replace=False, p=weights)] for _ in range(batches)
    ]

    def sold_in(batch: int, drawn: str) -> str:
        return drawn if r.random() < further.diverted else places[batch][int(r.integers(reach))]

    events, truth = history(market, seed, pieces, sold_in=sold_in)
    silent = {f"C{i:07d}" for i in np.flatnonzero(r.random(pieces) < further.silent)}
    events = [e for e in events if not (e.sale and e.code in silent)]
    events += _typed(r, further, events, truth)
    events.sort(key=lambda e: (e.at, e.code, e.buyer))
    return events, list(_shipments(r, further, places)), truth


def _shipments(r: np.random.Generator, further: FurtherField, places: list[list[str]]) -> Iterator[Shipment]:
    at = START - timedelta(days=30)
    for number, regions in enumerate(places):
        if r.random() >= further.untold:
            yield from (Shipment(at, f"B{number:04d}", region) for region in regions)
            if r.random() < further.lost:
                yield Shipment(at, f"B{number:04d}", "")


def _typed(r: np.random.Generator, further: FurtherField, events: list[ScanEvent], truth: Truth) -> list[ScanEvent]:
    """Covered codes, typed a minute after a person's first scan: the first right one of a code activates, later ones come too late."""
    tries: dict[str, list[tuple[ScanEvent, bool]]] = defaultdict(list)
    seen: set[tuple[str, str]] = set()
    factor_copied = {code: bool(r.random() < further.factor_copied) for code in sorted(truth.copied)}
    damaged: dict[str, bool] = {}
    for e in events:
        if e.sale or (e.code, e.buyer) in seen:
            continue
        seen.add((e.code, e.buyer))
        copy, who = "c" in e.buyer, e.buyer[-1]
        if r.random() >= (further.covered if copy or who.isdigit() else further.family if who == "o" else 0.0):
            continue
        right = factor_copied[e.code] if copy else not damaged.setdefault(e.code, bool(r.random() < further.damaged))
        if right and r.random() < further.slip:
            tries[e.code].append((replace(e, at=e.at + timedelta(seconds=40)), False))
        tries[e.code].append((replace(e, at=e.at + timedelta(seconds=60)), right))
    found = []
    for each in tries.values():
        owned = False
        for e, right in sorted(each, key=lambda t: (t[0].at, t[0].buyer)):
            found.append(replace(e, covered="wrong" if not right else "again" if owned else "owned"))
            owned |= right
    return found
