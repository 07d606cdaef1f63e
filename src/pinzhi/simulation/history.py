"""The events of a simulated marketplace: sales, deliveries, returns, reviews, complaints, refunds, cancellations, with real delays.

Everything is drawn column-wise from one seeded generator, so the same seed gives the same events, and half a million of them take a few seconds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from pinzhi.simulation.contracts import Floats, Incident, Ints, Market, World
from pinzhi.simulation.market import batch_id, batch_of, batches, build_market, plant
from pinzhi.simulation.words import BLAME, CARRIERS, CHANGED_MIND, LINES, MALICE, NEUTRAL, PRAISE, REGIONS, SLOW

COLUMNS = (
    "event_id", "kind", "at", "listing_id", "merchant_id", "category", "order_id", "batch_id", "quantity", "amount", "score", "reason", "text",
    "buyer_id", "region", "carrier",
)  # fmt: skip
MIDNIGHT_IN_CHINA = 16 * 3600  # 00:00 +08:00 is 16:00 UTC of the day before


@dataclass(slots=True)
class Columns:
    """Events being gathered, one list per column; `at` holds seconds since the first day's midnight in China."""

    rows: dict[str, list[Any]] = field(default_factory=lambda: {c: [] for c in COLUMNS})

    def add(self, n: int, **values: Any) -> None:
        """Append n events; a scalar is repeated, a missing column is None."""
        for name in COLUMNS:
            value = values.get(name)
            if isinstance(value, np.ndarray):
                value = value.tolist()
            self.rows[name].extend(value if isinstance(value, list) else [value] * n)


@dataclass(frozen=True, slots=True)
class Orders:
    """Sold order lines as parallel arrays; `second` counts from the first midnight."""

    listing: Ints
    day: Ints
    second: Ints
    batch: Ints
    buyer: Ints
    region: Ints
    carrier: Ints
    delivered: Ints
    """Second of delivery; -1 when the order was cancelled."""


def season(first_day: date, days: int) -> Floats:
    """Sales factor per day: weekends, 618, Double 11, Double 12, and the quiet weeks around the Spring Festival (late January to mid February)."""
    factor = np.ones(days)
    for d in range(days):
        day = first_day + timedelta(days=d)
        factor[d] *= 1.15 if day.weekday() >= 5 else 1.0
        if (day.month, day.day) in {(6, 18), (11, 11)}:
            factor[d] *= 4.0
        elif (
            (day.month == 6 and 15 <= day.day <= 20)
            or (day.month == 11 and 8 <= day.day <= 12)
            or (day.month, day.day) == (12, 12)
        ):
            factor[d] *= 2.0
        elif (day.month == 2 and day.day <= 18) or (day.month == 1 and day.day >= 28):
            factor[d] *= 0.55
    return factor


def strength(incident: Incident, day: Ints, first_day: date) -> Floats:
    """Multiplier of an incident on each day: 1 outside, `factor` inside, rising linearly over the ramp."""
    start, end = (incident.start - first_day).days, (incident.end - first_day).days
    inside = (day >= start) & (day <= end)
    rise = np.clip((day - start + 1) / incident.ramp_days, 0, 1) if incident.ramp_days else np.ones(len(day))
    return np.where(inside, 1 + (incident.factor - 1) * rise, 1.0)


def hits(incident: Incident, market: Market, orders: Orders) -> Any:
    """Which orders an incident touches."""
    match incident.entity_kind:
        case "batch":
            listing, number = int(incident.entity_id[1:6]) - 1, int(incident.entity_id[7:]) - 1
            return (orders.listing == listing) & (orders.batch == number)
        case "listing":
            return orders.listing == int(incident.entity_id[1:]) - 1
        case "merchant":
            return market.merchant_of[orders.listing] == int(incident.entity_id[1:]) - 1
        case "carrier":
            return orders.carrier == CARRIERS.index(incident.entity_id)
    raise ValueError(f"no such entity kind: {incident.entity_kind}")


def draw_orders(market: Market, rng: np.random.Generator, first_day: date, days: int) -> Orders:
    """Poisson sales per listing and day, with delivery after one to several days."""
    open_ = np.arange(days)[:, None] >= market.launched[None, :]
    expected = market.rate[None, :] * season(first_day, days)[:, None] * open_
    sold = rng.poisson(expected)
    day, listing = np.nonzero(sold)
    repeat = sold[day, listing]
    day, listing = np.repeat(day, repeat).astype(np.int64), np.repeat(listing, repeat).astype(np.int64)
    n = len(day)
    second = day * 86400 + np.clip(rng.normal(15.5, 4.5, n) % 24 * 3600, 0, 86399).astype(np.int64)
    region = rng.choice(
        len(REGIONS), n, p=np.array([16 - k * 0.7 for k in range(16)]) / sum(16 - k * 0.7 for k in range(16))
    )
    carrier = rng.choice(len(CARRIERS), n, p=[0.4, 0.3, 0.2, 0.1])
    late = (carrier == 1) & (day >= int(days * 0.55)) & (day < int(days * 0.55) + 14)
    travel = rng.gamma(5.0, 0.55, n) + 0.4 + region * 0.06 + late * rng.gamma(4.0, 1.5, n)
    delivered = second + (travel * 86400).astype(np.int64)
    delivered = np.where(rng.random(n) < 0.018, -1, delivered)
    buyer = rng.integers(0, max(n // 3, 50), n)
    return Orders(
        listing,
        day,
        second,
        batch_of(market, listing, day),
        buyer,
        region.astype(np.int64),
        carrier.astype(np.int64),
        delivered,
    )


def simulate(
    *,
    seed: int = 20261125,
    first_day: date = date(2025, 11, 25),
    days: int = 365,
    merchants: int = 60,
    listings: int = 420,
    sales_per_day: float = 420.0,
) -> World:
    """A marketplace with known truth. Same arguments, same world, byte for byte."""
    rng = np.random.default_rng(seed)
    market = build_market(rng, merchants, listings, days, sales_per_day)
    incidents = plant(market, first_day, days)
    orders = draw_orders(market, rng, first_day, days)
    events = draw_events(market, orders, incidents, rng, first_day, days)
    return World(seed, first_day, days, market, batches(market, first_day, days), incidents, events)


def draw_events(
    market: Market,
    orders: Orders,
    incidents: tuple[Incident, ...],
    rng: np.random.Generator,
    first_day: date,
    days: int,
) -> dict[str, list[Any]]:
    """All events up to the end of the horizon, in time order."""
    out = Columns()
    who = _identity(market, orders)
    n = len(orders.day)
    price = np.array([f"{p:.2f}" for p in market.price])[orders.listing]
    out.add(n, event_id=[f"S{i}" for i in range(n)], kind="sale", at=orders.second, quantity=1, amount=price, **who)
    gone = np.flatnonzero(orders.delivered < 0)
    out.add(
        len(gone),
        event_id=[f"X{i}" for i in gone],
        kind="cancel",
        at=orders.second[gone] + 7200,
        quantity=1,
        amount=price[gone],
        **_take(who, gone),
    )
    ok = np.flatnonzero(orders.delivered >= 0)
    out.add(
        len(ok),
        event_id=[f"D{i}" for i in ok],
        kind="delivery",
        at=orders.delivered[ok],
        quantity=1,
        amount=price[ok],
        **_take(who, ok),
    )

    lift = {s: _lift(market, orders, incidents, s, first_day) for s in ("return", "complaint", "bad_review")}
    base = {
        "return": np.array([line.return_rate for line in LINES]),
        "complaint": np.array([line.complaint_rate for line in LINES]),
        "bad_review": np.array([line.bad_share for line in LINES]),
    }
    line = market.line_of[orders.listing]
    chance = {s: np.minimum(base[s][line] * market.quality[orders.listing] * lift[s][0], 0.85) for s in lift}
    hurt = lift["return"][1] | lift["complaint"][1] | lift["bad_review"][1]
    # A real fault shows in every stream: returns drag bad reviews and complaints along.
    chance["bad_review"] = np.minimum(
        chance["bad_review"] * np.where(lift["return"][1], np.sqrt(lift["return"][0]), 1.0), 0.85
    )
    chance["complaint"] = np.minimum(
        chance["complaint"] * np.where(lift["return"][1], np.sqrt(lift["return"][0]), 1.0), 0.85
    )

    returned = _returns(out, market, orders, who, price, chance["return"], hurt, ok, rng)
    _reviews(out, market, orders, who, chance["bad_review"], hurt, ok, returned, rng)
    _complaints(out, market, orders, who, price, chance["complaint"], hurt, ok, rng)
    _stunts(out, market, incidents, rng, first_day)
    return _finish(out, first_day, days)


def _identity(market: Market, orders: Orders) -> dict[str, list[Any]]:
    merchant = [m["merchant_id"] for m in market.merchants]
    listing = [x["listing_id"] for x in market.listings]
    category = [x["category"] for x in market.listings]
    owner = market.merchant_of
    ids = orders.listing.tolist()
    return {
        "listing_id": [listing[i] for i in ids],
        "merchant_id": [merchant[owner[i]] for i in ids],
        "category": [category[i] for i in ids],
        "order_id": [f"O{k}" for k in range(len(ids))],
        "batch_id": [batch_id(i, k) for i, k in zip(ids, orders.batch.tolist(), strict=True)],
        "buyer_id": [f"U{b}" for b in orders.buyer.tolist()],
        "region": [REGIONS[r] for r in orders.region.tolist()],
        "carrier": [CARRIERS[c] for c in orders.carrier.tolist()],
    }


def _take(who: dict[str, list[Any]], index: Ints) -> dict[str, list[Any]]:
    picks = index.tolist()
    return {k: [v[i] for i in picks] for k, v in who.items()}


def _lift(
    market: Market, orders: Orders, incidents: tuple[Incident, ...], stream: str, first_day: date
) -> tuple[Floats, np.ndarray[Any, Any]]:
    factor = np.ones(len(orders.day))
    hurt = np.zeros(len(orders.day), dtype=bool)
    for incident in incidents:
        if incident.stream != stream or incident.shape in ("bombing", "bulk"):
            continue
        touched = hits(incident, market, orders)
        power = np.where(touched, strength(incident, orders.day, first_day), 1.0)
        factor *= power
        if incident.is_fault:
            hurt |= power > 1.0
    return factor, hurt


def _reasons(line: Ints, hurt: np.ndarray[Any, Any], rng: np.random.Generator) -> tuple[list[str], list[int]]:
    """A reason for each: the line's first fault where something is planted, otherwise any fault or a change of mind."""
    which = np.where(hurt & (rng.random(len(line)) < 0.85), 0, rng.integers(0, 5, len(line)))
    texts, picks = [], []
    for kind, k in zip(line.tolist(), which.tolist(), strict=True):
        faults = LINES[kind].faults
        texts.append(faults[k][0] if k < len(faults) else CHANGED_MIND[0])
        picks.append(k if k < len(faults) else 0)
    return texts, picks


def _returns(
    out: Columns,
    market: Market,
    orders: Orders,
    who: dict[str, list[Any]],
    price: Any,
    chance: Floats,
    hurt: Any,
    ok: Ints,
    rng: np.random.Generator,
) -> Any:
    back = ok[rng.random(len(ok)) < chance[ok]]
    at = orders.delivered[back] + (rng.gamma(1.6, 4.2, len(back)) * 86400).astype(np.int64) + 3600
    reasons, _ = _reasons(market.line_of[orders.listing[back]], hurt[back], rng)
    out.add(
        len(back),
        event_id=[f"R{i}" for i in back],
        kind="return",
        at=at,
        quantity=1,
        amount=price[back],
        reason=reasons,
        **_take(who, back),
    )
    paid = at + (rng.gamma(2.0, 1.0, len(back)) * 86400).astype(np.int64)
    out.add(
        len(back),
        event_id=[f"F{i}" for i in back],
        kind="refund",
        at=paid,
        quantity=1,
        amount=price[back],
        **_take(who, back),
    )
    mask = np.zeros(len(orders.day), dtype=bool)
    mask[back] = True
    return mask


def _reviews(
    out: Columns,
    market: Market,
    orders: Orders,
    who: dict[str, list[Any]],
    bad: Floats,
    hurt: Any,
    ok: Ints,
    returned: Any,
    rng: np.random.Generator,
) -> None:
    speaks = ok[rng.random(len(ok)) < np.where(returned[ok], 0.45, 0.30)]
    p = np.where(returned[speaks], np.maximum(bad[speaks], 0.5), bad[speaks])
    angry = rng.random(len(speaks)) < p
    score = np.where(
        angry, rng.choice([1, 2], len(speaks), p=[0.65, 0.35]), rng.choice([3, 4, 5], len(speaks), p=[0.08, 0.22, 0.70])
    )
    at = orders.delivered[speaks] + (rng.gamma(1.3, 4.0, len(speaks)) * 86400).astype(np.int64) + 7200
    slow = (orders.delivered[speaks] - orders.second[speaks]) > 7 * 86400
    _, picks = _reasons(market.line_of[orders.listing[speaks]], hurt[speaks], rng)
    lines = market.line_of[orders.listing[speaks]].tolist()
    english = rng.random(len(speaks)) < 0.12
    which = rng.integers(0, 1 << 30, len(speaks)).tolist()
    texts = [
        _words(int(s), LINES[kind].faults[k], w, late=bool(late), english=bool(en))
        for s, kind, k, late, en, w in zip(score.tolist(), lines, picks, slow, english, which, strict=True)
    ]
    out.add(
        len(speaks),
        event_id=[f"V{i}" for i in speaks],
        kind="review",
        at=at,
        quantity=1,
        score=score,
        text=texts,
        **_take(who, speaks),
    )


def _words(score: int, fault: tuple[str, str], which: int, *, late: bool, english: bool) -> str:
    if score > 3:
        pool = PRAISE
    elif score == 3:
        pool = NEUTRAL
    elif late:
        pool = SLOW
    else:
        pool = tuple((zh.format(zh=fault[0]), en.format(en=fault[1])) for zh, en in BLAME)
    zh, en = pool[which % len(pool)]
    return en if english else zh


def _complaints(
    out: Columns,
    market: Market,
    orders: Orders,
    who: dict[str, list[Any]],
    price: Any,
    chance: Floats,
    hurt: Any,
    ok: Ints,
    rng: np.random.Generator,
) -> None:
    upset = ok[rng.random(len(ok)) < chance[ok]]
    at = orders.delivered[upset] + (rng.gamma(1.2, 6.0, len(upset)) * 86400).astype(np.int64) + 1800
    reasons, _ = _reasons(market.line_of[orders.listing[upset]], hurt[upset], rng)
    out.add(
        len(upset),
        event_id=[f"C{i}" for i in upset],
        kind="complaint",
        at=at,
        quantity=1,
        amount=price[upset],
        reason=reasons,
        **_take(who, upset),
    )


def _stunts(
    out: Columns, market: Market, incidents: tuple[Incident, ...], rng: np.random.Generator, first_day: date
) -> None:
    """What is no fault of the goods: malicious reviews by fresh accounts, and one buyer's bulk return."""
    for incident in incidents:
        if incident.shape not in ("bombing", "bulk"):
            continue
        i = int(incident.entity_id[1:]) - 1
        row = market.listings[i]
        same = {
            "listing_id": row["listing_id"],
            "merchant_id": row["merchant_id"],
            "category": row["category"],
            "quantity": 1,
        }
        day0 = (incident.start - first_day).days * 86400
        if incident.shape == "bombing":
            at = day0 + rng.integers(0, 2 * 86400, 50)
            out.add(50, event_id=[f"{incident.name}-{k}" for k in range(50)], kind="review", at=at, score=1,
                    text=[MALICE[k % len(MALICE)][0] for k in range(50)], buyer_id=[f"N{k}" for k in range(50)], region=REGIONS[0], **same)  # fmt: skip
        else:
            number = int(batch_of(market, np.array([i]), np.array([day0 // 86400]))[0])
            ids = [f"OB{k}" for k in range(50)]
            sold = {
                **same,
                "batch_id": batch_id(i, number),
                "buyer_id": "U-office",
                "region": REGIONS[0],
                "carrier": CARRIERS[0],
                "amount": row["price"],
            }
            out.add(
                50,
                event_id=[f"{incident.name}-s{k}" for k in range(50)],
                kind="sale",
                at=np.full(50, day0 - 6 * 86400),
                order_id=ids,
                **sold,
            )
            out.add(50, event_id=[f"{incident.name}-r{k}" for k in range(50)], kind="return", at=np.full(50, day0 + 36000), order_id=ids,
                    reason=CHANGED_MIND[0], **sold)  # fmt: skip


def _finish(out: Columns, first_day: date, days: int) -> dict[str, list[Any]]:
    """Cut at the end of the horizon, order by time (then id), and turn seconds into UTC times."""
    at = np.array(out.rows["at"], dtype=np.int64)
    keep = np.flatnonzero((at >= 0) & (at < days * 86400))
    ids = np.array(out.rows["event_id"])
    keep = keep[np.lexsort((ids[keep], at[keep]))]
    picks = keep.tolist()
    base = datetime(first_day.year, first_day.month, first_day.day, tzinfo=UTC) - timedelta(
        seconds=86400 - MIDNIGHT_IN_CHINA
    )
    rows = {name: [column[i] for i in picks] for name, column in out.rows.items() if name != "at"}
    rows["at"] = [base + timedelta(seconds=s) for s in at[keep].tolist()]
    return {name: rows[name] for name in COLUMNS}
