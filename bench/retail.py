"""Real sales and returns (Online Retail II, 2009-2010) with planted faults, as events, and the protocol by which detectors are compared."""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

DAY_US = 86_400_000_000
CHINA_US = 8 * 3600 * 1_000_000
LONGEST = 91
WARM = 90
PER_STRATUM = 130
FILE = Path("data", "online-retail-2009-2010", "online_retail_2009_2010.parquet")


def data() -> Path | None:
    """The file, or None where the shared public data is not on this machine."""
    for place in (os.environ.get("PINZHI_SHARED"), Path(__file__).resolve().parents[2] / "shared"):
        if place and (Path(place) / FILE).is_file():
            return Path(place) / FILE
    return None


@dataclass(frozen=True)
class Lines:
    """Order or return lines as parallel arrays, in order of time; `buyer` -1 = not known. `at` in microseconds since the first midnight."""

    product: np.ndarray
    at: np.ndarray
    buyer: np.ndarray

    @property
    def day(self) -> np.ndarray:
        return self.at // DAY_US

    def plus(self, other: Lines) -> Lines:
        return Lines(*(np.concatenate([getattr(self, f), getattr(other, f)]) for f in ("product", "at", "buyer")))


@dataclass(frozen=True)
class Shop:
    """The real shop: products with 30 sale lines or more, their sales and returns, and the measured delays between the two (shares by day, 0-90)."""

    products: int
    days: int
    sales: Lines
    returns: Lines
    delay: np.ndarray
    base: np.ndarray

    @property
    def strata(self) -> list[np.ndarray]:
        """Products with at least 1, 0.3 to 1, and fewer sale lines a day."""
        rate = np.bincount(self.sales.product, minlength=self.products) / self.days
        return [np.flatnonzero(rate >= 1), np.flatnonzero((rate < 1) & (rate >= 0.3)), np.flatnonzero(rate < 0.3)]


def shop(path: Path) -> Shop:
    """Read the file. Lines without a five-digit stock code are postage, fees and corrections; returns are invoices that begin with C."""
    import duckdb

    with duckdb.connect() as db:
        db.execute(
            """
            CREATE TABLE line AS
            SELECT upper(CAST(stock AS VARCHAR)) AS code, starts_with(CAST(invoice AS VARCHAR), 'C') AS back, epoch_us(moment) AS moment,
                   CAST(coalesce(buyer, -1) AS BIGINT) AS buyer, quantity, price, row_number() OVER () AS place, CAST(invoice AS VARCHAR) AS invoice
            FROM (SELECT "StockCode" AS stock, "Invoice" AS invoice, CAST("InvoiceDate" AS TIMESTAMP) AS moment, "Customer ID" AS buyer,
                         "Quantity" AS quantity, "Price" AS price FROM read_parquet(?))
            WHERE regexp_matches(upper(CAST(stock AS VARCHAR)), '^[0-9]{5}')
            """,
            [str(path)],
        )
        db.execute(f"UPDATE line SET moment = moment - (SELECT min(moment) // {DAY_US} * {DAY_US} FROM line)")
        db.execute(
            """
            CREATE TABLE product AS
            SELECT code, row_number() OVER (ORDER BY code) - 1 AS product
            FROM line WHERE NOT back AND quantity > 0 AND price > 0 GROUP BY code HAVING count(*) >= 30
            """
        )

        def lines(which: str) -> Lines:
            found = db.execute(
                f"SELECT product, moment, buyer FROM line JOIN product USING (code) WHERE {which} ORDER BY moment, invoice, code, place"
            ).fetchnumpy()
            return Lines(*(np.asarray(found[c], dtype=np.int64) for c in ("product", "moment", "buyer")))

        sales, returns = lines("NOT back AND quantity > 0 AND price > 0"), lines("back AND quantity < 0")
        n = db.execute("SELECT count(*) FROM product").fetchall()[0][0]
    bought = defaultdict(list)
    for product, day, buyer in zip(sales.product, sales.day, sales.buyer, strict=True):
        bought[product, buyer].append(day)
    lags = []
    for product, day, buyer in zip(returns.product, returns.day, returns.buyer, strict=True):
        mine = bought.get((product, buyer), []) if buyer >= 0 else []
        i = bisect_right(mine, day)
        if i and day - mine[i - 1] < LONGEST:
            lags.append(day - mine[i - 1])
    delay = np.bincount(lags, minlength=LONGEST) / len(lags)
    sold_, back_ = np.bincount(sales.product, minlength=n), np.bincount(returns.product, minlength=n)
    mean = back_.sum() / sold_.sum()
    return Shop(
        n, int(max(sales.day.max(), returns.day.max())) + 1, sales, returns, delay, (back_ + 50 * mean) / (sold_ + 50)
    )


def permuted(real: Shop, seed: int) -> Shop:
    """A true null: every product's returns dealt again over its own sale lines, with the measured delays. The buyers' habits go with it."""
    chance = np.random.default_rng([seed, 1])
    order = np.argsort(real.sales.product, kind="stable")
    begin = np.searchsorted(real.sales.product[order], np.arange(real.products + 1))
    product = np.sort(real.returns.product)
    out: list[tuple[np.ndarray, np.ndarray]] = []
    while len(product):
        low, high = begin[product], begin[product + 1]
        line = order[low + (chance.random(len(product)) * (high - low)).astype(int)]
        at = real.sales.at[line] + chance.choice(LONGEST, len(line), p=real.delay) * DAY_US
        fits = at // DAY_US < real.days
        out.append((line[fits], at[fits]))
        product = product[~fits]
    line, at = (np.concatenate(x) for x in zip(*out, strict=True))
    dealt = Lines(real.sales.product[line], at, real.sales.buyer[line])
    return Shop(real.products, real.days, real.sales, dealt, real.delay, real.base)


def planted(real: Shop, seed: int, size: float, *, habits: bool = False) -> tuple[Lines, np.ndarray]:
    """
    130 faults in each stratum: from a random day on, every sale line of the product comes back with (size - 1) times its base probability more.

    With `habits` the added returns are as dependent on the buyers as the real ones: the probability is multiplied by the buyer's own propensity (over the
    whole history, mean one over the product's lines), and a return that comes within three days of another return of the same buyer joins it on that day.
    Returns all return lines (real and added) and the day of the fault by product (a million where there is none).
    """
    chance = np.random.default_rng(seed)
    since = np.full(real.products, 10**6)
    for stratum in real.strata:
        chosen = chance.choice(stratum, PER_STRATUM, replace=False)
        since[chosen] = chance.integers(120, 284, PER_STRATUM)
    sales = real.sales
    more = (size - 1) * real.base[sales.product]
    if habits:
        more = more * propensity(real)
    hit = (sales.day >= since[sales.product]) & (chance.random(len(sales.at)) < np.minimum(more, 0.95))
    line = np.flatnonzero(hit)
    at = sales.at[line] + chance.choice(LONGEST, len(line), p=real.delay) * DAY_US
    if habits:
        at = joined(real, line, at)
    fits = at // DAY_US < real.days
    line, at = line[fits], at[fits]
    return real.returns.plus(Lines(sales.product[line], at, sales.buyer[line])), since


def propensity(real: Shop) -> np.ndarray:
    """How much more than others the buyer of each sale line sends back, mean one over each product's lines."""
    known_s, known_r = real.sales.buyer >= 0, real.returns.buyer >= 0
    width = int(real.sales.buyer.max()) + 2
    bought = np.bincount(real.sales.buyer[known_s], minlength=width)
    back = np.bincount(np.clip(real.returns.buyer[known_r], 0, width - 1), minlength=width)
    mean = back.sum() / bought.sum()
    own = np.where(known_s, ((0.5 + back) / (0.5 + mean * bought))[np.maximum(real.sales.buyer, 0)], 1.0)
    lines = np.bincount(real.sales.product, minlength=real.products)
    return own / (np.bincount(real.sales.product, weights=own, minlength=real.products) / lines)[real.sales.product]


def joined(real: Shop, line: np.ndarray, at: np.ndarray) -> np.ndarray:
    """Move each added return to the nearest day within three on which its buyer sends something else back, but not before the sale."""
    days = defaultdict(list)
    for buyer, day in sorted(set(zip(real.returns.buyer.tolist(), real.returns.day.tolist(), strict=True))):
        days[buyer].append(day)
    out = at.copy()
    for i, (sale, buyer, when) in enumerate(zip(real.sales.at[line], real.sales.buyer[line], at, strict=True)):
        mine, day = days.get(int(buyer), []) if buyer >= 0 else [], int(when // DAY_US)
        near = [d for d in mine[bisect_left(mine, day - 3) : bisect_right(mine, day + 3)] if d >= sale // DAY_US]
        if near:
            out[i] = max(min(near, key=lambda d: abs(d - day)) * DAY_US + when % DAY_US, sale)
    return out


def tallies(real: Shop, returns: Lines):
    """Tallies of the sales and `returns`, folded by the engine as any feed would be."""
    from pinzhi.engine import aggregates

    both, sold = real.sales.plus(returns), len(real.sales.at)
    n = len(both.at)
    names = pa.array([f"P{i:05d}" for i in range(real.products)])
    buyer = pa.array(both.buyer).cast(pa.string())
    text = pa.string()
    table = pa.table(
        {
            "event_id": pa.array(np.arange(n)).cast(text),
            "kind": pa.array(["sale"] * sold + ["return"] * (n - sold)),
            "at": pa.array(both.at + 14_579 * DAY_US - CHINA_US, pa.int64()).cast(pa.timestamp("us", "UTC")),
            "listing_id": names.take(pa.array(both.product)),
            "merchant_id": pa.array(["shop"] * n),
            "category": pa.array(["gifts"] * n),
            "batch_id": pa.nulls(n, text),
            "quantity": pa.array(np.ones(n, np.int64)),
            "score": pa.nulls(n, pa.int32()),
            "order_id": pa.nulls(n, text),
            "buyer_id": pa.array(buyer.to_pylist(), text, mask=both.buyer < 0),
        }
    )
    return aggregates.tallies(table)


@dataclass(frozen=True)
class Recall:
    """Share found within 90 days (mean of the strata, and by stratum), within 30, and the share of healthy products ever above the threshold."""

    found: float
    by_stratum: tuple[float, ...]
    found_30: float
    flagged: float


def recall(real: Shop, score: np.ndarray, since: np.ndarray, budget: float | None) -> Recall:
    """
    `score` (products, days): the threshold is what the budgeted share of healthy products ever reaches from day 90 on (None: 0, for yes-or-no detectors).

    Products already above it before their fault are left out.
    """
    healthy = since > 10**5
    highest = score[healthy, WARM:].max(1)
    limit = 0.0 if budget is None else float(np.quantile(highest, 1 - budget))
    shares, early = [], []
    for stratum in real.strata:
        hits = [
            np.flatnonzero(score[i, since[i] : since[i] + LONGEST] > limit)
            for i in stratum
            if not healthy[i] and not (score[i, WARM : since[i]] > limit).any()
        ]
        shares.append(np.mean([len(h) > 0 for h in hits]))
        early.append(np.mean([len(h) > 0 and h[0] <= 30 for h in hits]))
    return Recall(
        float(np.mean(shares)), tuple(map(float, shares)), float(np.mean(early)), float((highest > limit).mean())
    )
