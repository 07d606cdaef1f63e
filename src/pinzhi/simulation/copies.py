"""
Scans of coded pieces with some codes copied, from hidden parameters: what clone detection is measured on.

    draw_field(seed) → Field: how often buyers scan, who else scans, who moves, how many copies; every seed another market
    history(field, seed, pieces) → events in the order of time, and the truth

The figures that come out of it hold for this simulator. Its assumptions are stated in `Field`; nothing of them is known to the rules.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

import numpy as np

Covered = Literal["owned", "again", "wrong"]
"""What became of a covered code that was typed: right the first time, right again, wrong."""
START = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Field:
    """
    A market. Shares: of buyers who scan; of pieces that somebody else scans too (family, a gift), and of those that the other lives elsewhere; of buyers who
    move or travel when scanning again; of pieces scanned in the shop before the sale, and of those by passers-by from elsewhere. `again` is the mean of
    further scans by the same person, `zipf` the exponent of the sizes of `regions` regions, `copied` the share of codes that are copied, `copies` from and to,
    `copy_days` the days within which copies are sold, `copy_scans` the share of buyers of copies who scan, `shown` the share of pieces that lie open and are
    scanned by many people of one place.
    """

    scan: float
    again: float
    others: float
    elsewhere: float
    travel: float
    shop: float
    passers: float
    shown: float
    regions: int
    zipf: float
    copied: float
    copies: tuple[int, int]
    copy_days: int
    copy_scans: float


def draw_field(seed: int) -> Field:
    """The hidden parameters of a seed."""
    r = np.random.default_rng([seed, 7])
    few = int(r.integers(10, 40))
    return Field(
        scan=float(r.uniform(0.15, 0.6)),
        again=float(r.uniform(0.1, 0.8)),
        others=float(r.uniform(0.03, 0.2)),
        elsewhere=float(r.uniform(0.05, 0.3)),
        travel=float(r.uniform(0.02, 0.1)),
        shop=float(r.uniform(0.0, 0.06)),
        passers=float(r.uniform(0.0, 0.08)),
        shown=float(r.uniform(0.0, 0.004)),
        regions=int(r.integers(20, 120)),
        zipf=float(r.uniform(0.7, 1.2)),
        copied=float(r.uniform(0.002, 0.02)),
        copies=(few, few + int(r.integers(5, 100))),
        copy_days=int(r.integers(30, 120)),
        copy_scans=float(r.uniform(0.2, 0.6)),
    )


@dataclass(frozen=True, slots=True)
class ScanEvent:
    """One scan or sale."""

    code: str
    at: datetime
    sale: bool
    buyer: str
    region: str
    batch: str
    covered: Covered | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    """Which codes are copied, with how many copies."""

    copied: dict[str, int]


def history(
    market: Field, seed: int, pieces: int, days: int = 120, *, sold_in: Callable[[int, str], str] | None = None
) -> tuple[list[ScanEvent], Truth]:
    """
    All events in the order of time. The copied codes lie in a tenth of the batches.

    `sold_in` says where a piece of a batch is sold instead of the region that the market gives it (`copies_further`).
    """
    r = np.random.default_rng([seed, 11])
    weights = np.arange(1, market.regions + 1) ** -market.zipf
    weights /= weights.sum()
    names = [f"R{i:03d}" for i in range(market.regions)]
    batches = max(10, pieces // 500)
    bad = set(r.choice(batches, max(1, batches // 10), replace=False).tolist())
    of_batch = r.integers(0, batches, pieces)
    share = min(1.0, market.copied / (len(bad) / batches))
    events: list[ScanEvent] = []
    copied: dict[str, int] = {}

    def region() -> str:
        return names[int(r.choice(market.regions, p=weights))]

    for i in range(pieces):
        code, batch = f"C{i:07d}", f"B{of_batch[i]:04d}"
        sold = float(r.uniform(0, days))
        home, buyer = region(), f"P{i}"
        if sold_in is not None:
            home = sold_in(int(of_batch[i]), home)
        events += _one(r, market, code, batch, sold, home, buyer, region, days)
        if of_batch[i] in bad and r.random() < share:
            count = int(r.integers(market.copies[0], market.copies[1] + 1))
            copied[code] = count
            begin = max(0.0, sold + float(r.normal(0, 15)))
            for k in range(count):
                if r.random() < market.copy_scans:
                    at = begin + float(r.uniform(0, market.copy_days))
                    events += _scans(r, market, code, batch, at, region(), f"P{i}c{k}", days)
    events.sort(key=lambda e: (e.at, e.code, e.buyer))
    return events, Truth(copied)


def _moment(day: float) -> datetime:
    return START + timedelta(seconds=round(day * 86400))


def _one(
    r: np.random.Generator,
    market: Field,
    code: str,
    batch: str,
    sold: float,
    home: str,
    buyer: str,
    region: Callable[[], str],
    days: int,
) -> list[ScanEvent]:
    """The life of the true piece: perhaps scanned in the shop, sold, scanned by its buyer and others."""
    found = []
    if r.random() < market.shop:
        where = region() if r.random() < market.passers else home
        found.append(
            ScanEvent(
                code,
                _moment(max(0.0, sold - float(r.uniform(0.01, 20)))),
                sale=False,
                buyer=f"{buyer}s",
                region=where,
                batch=batch,
            )
        )
    found.append(ScanEvent(code, _moment(sold), sale=True, buyer=buyer, region=home, batch=batch))
    if r.random() < market.shown:
        for k in range(int(r.integers(3, 12))):
            found += _scans(r, market, code, batch, sold + float(r.uniform(0, 60)), home, f"{buyer}v{k}", days)
    if r.random() < market.scan:
        found += _scans(r, market, code, batch, sold + float(r.exponential(4)), home, buyer, days)
    if r.random() < market.others:
        where = region() if r.random() < market.elsewhere else home
        found += _scans(r, market, code, batch, sold + 1 + float(r.exponential(12)), where, f"{buyer}o", days)
    return found


def _scans(
    r: np.random.Generator, market: Field, code: str, batch: str, at: float, home: str, buyer: str, days: int
) -> list[ScanEvent]:
    """One person's scans: the first, and some more, now and then from elsewhere."""
    found = []
    for k in range(1 + int(r.poisson(market.again))):
        when = at if k == 0 else at + float(r.exponential(10))
        where = f"R{int(r.integers(market.regions)):03d}" if k and r.random() < market.travel else home
        if when <= days + 60:
            found.append(ScanEvent(code, _moment(when), sale=False, buyer=buyer, region=where, batch=batch))
    return found
