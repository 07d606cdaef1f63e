"""The structure of a simulated marketplace: merchants of very different size, listings, prices, batches, and the incidents planted in it."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import numpy as np

from pinzhi.simulation.contracts import Floats, Incident, Ints, Market
from pinzhi.simulation.words import LINES, REGIONS, SHOP_KINDS, SHOPS

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"


def uscc(body: str) -> str:
    """Append the check character of GB 32100-2015 (ISO/IEC 7064-like, modulus 31, weights 3^i mod 31) to 17 characters."""
    total = sum(USCC_ALPHABET.index(c) * pow(3, i, 31) for i, c in enumerate(body))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


def build_market(rng: np.random.Generator, merchants: int, listings: int, days: int, sales_per_day: float) -> Market:
    """Draw a market: listing shares of merchants and popularity are log-normal (a few large, many small); quality is gamma around 1."""
    shares = rng.lognormal(0.0, 1.1, merchants)
    owner = np.sort(rng.choice(merchants, listings, p=shares / shares.sum()))
    owner[:merchants] = np.arange(merchants) if listings >= merchants else owner[:merchants]
    owner = np.sort(owner)
    line_share = np.array([line.share for line in LINES])
    home = rng.choice(len(LINES), merchants, p=line_share / line_share.sum())
    wanders = rng.random(listings) < 0.15
    line = np.where(wanders, rng.choice(len(LINES), listings, p=line_share / line_share.sum()), home[owner])
    popularity = rng.lognormal(0.0, 1.2, listings)
    launched = np.where(rng.random(listings) < 0.75, 0, rng.integers(0, max(days - 60, 1), listings))
    rate = _best_sellers(popularity, line, launched) / popularity.sum() * sales_per_day
    merchant_quality = rng.gamma(25.0, 1 / 25.0, merchants)
    quality = merchant_quality[owner] * rng.gamma(12.0, 1 / 12.0, listings)
    low = np.array([LINES[k].price[0] for k in line])
    high = np.array([LINES[k].price[1] for k in line])
    price = np.round(low + (high - low) * rng.beta(2, 3, listings)) - 0.1
    return Market(
        merchants=tuple(_merchant(i, int(home[i]), rng) for i in range(merchants)),
        listings=tuple(_listing(i, int(owner[i]), int(line[i]), float(price[i]), rng) for i in range(listings)),
        merchant_of=owner.astype(np.int64),
        line_of=line.astype(np.int64),
        rate=rate,
        price=price,
        quality=quality,
        launched=launched.astype(np.int64),
        batch_days=rng.integers(35, 75, listings).astype(np.int64),
    )


def _best_sellers(popularity: Floats, line: Ints, launched: Ints) -> Floats:
    """
    The same popularities, exchanged so that the most popular steady power bank and the most popular steady fresh food are among the market's first sellers.

    The leaking battery is a story about some six hundred units of one batch, the broken cold chain one about three days: both need goods that sell.
    """
    out = popularity.copy()
    for rank, name in ((1, "移动电源"), (2, "生鲜")):
        mine = [int(i) for i in np.flatnonzero(launched == 0) if LINES[int(line[i])].category.startswith(name)]
        if mine:
            best, head = max(mine, key=lambda i: float(out[i])), int(np.argsort(-out, kind="stable")[rank])
            if out[best] < out[head]:
                out[[best, head]] = out[[head, best]]
    return out


def _merchant(i: int, line: int, rng: np.random.Generator) -> dict[str, Any]:
    shop, kind = SHOPS[i % len(SHOPS)], SHOP_KINDS[(i // len(SHOPS)) % len(SHOP_KINDS)]
    body = (
        "91" + f"{rng.integers(110000, 659000):06d}" + "MA" + "".join(USCC_ALPHABET[k] for k in rng.integers(0, 31, 7))
    )
    return {
        "merchant_id": f"M{i + 1:04d}",
        "name": f"{shop[0]}{LINES[line].category.split()[0]}{kind[0]}",
        "uscc": uscc(body),
        "categories": LINES[line].category,
        "address": str(rng.choice(np.array(REGIONS))),
        "status": "open",
    }


def _listing(i: int, merchant: int, line: int, price: float, rng: np.random.Generator) -> dict[str, Any]:
    zh, en = LINES[line].goods[int(rng.integers(len(LINES[line].goods)))]
    return {
        "listing_id": f"L{i + 1:05d}",
        "merchant_id": f"M{merchant + 1:04d}",
        "category": LINES[line].category,
        "title": f"{SHOPS[merchant % len(SHOPS)][0]} {zh} {en}",
        "price": f"{price:.2f}",
    }


def batch_of(market: Market, listing: Ints, day: Ints) -> Ints:
    """The number of the batch on sale for each (listing, day); 0 is the first."""
    number: Ints = np.maximum(day - market.launched[listing], 0) // market.batch_days[listing]
    return number


def batch_id(listing: int, number: int) -> str:
    """The name of a batch."""
    return f"B{listing + 1:05d}-{number + 1:02d}"


def batches(market: Market, first_day: date, days: int) -> tuple[dict[str, Any], ...]:
    """Every batch sold within the horizon, as rows of the batch feed."""
    rows: list[dict[str, Any]] = []
    for i, listing in enumerate(market.listings):
        start = int(market.launched[i])
        for k in range((max(days - 1 - start, 0)) // int(market.batch_days[i]) + 1):
            made = first_day + timedelta(days=start + k * int(market.batch_days[i]) - 20)
            rows.append(
                {
                    "batch_id": batch_id(i, k),
                    "merchant_id": listing["merchant_id"],
                    "listing_id": listing["listing_id"],
                    "produced_on": made.isoformat(),
                    "quantity": int(market.rate[i] * market.batch_days[i] * 1.2) + 50,
                    "factory": f"F{int(market.merchant_of[i]) % 40 + 1:02d}",
                }
            )
    return tuple(rows)


def plant(market: Market, first_day: date, days: int) -> tuple[Incident, ...]:
    """Plant one incident of every shape, on listings that sell enough to be seen, spread over the second half of the horizon."""
    order = np.argsort(-market.rate)
    taken: set[int] = set()

    def pick(line: str | None = None, rank: int = 0) -> int:
        steady = [int(i) for i in order if market.launched[i] == 0] or [int(i) for i in order]
        pool = [i for i in steady if int(market.merchant_of[i]) not in taken] or steady  # a tiny market has to share
        pool = [i for i in pool if line is None or LINES[int(market.line_of[i])].category.startswith(line)] or pool
        chosen = pool[min(rank, len(pool) - 1)]
        taken.add(int(market.merchant_of[chosen]))
        return chosen

    def at(day: int) -> date:
        return first_day + timedelta(days=min(max(day, 0), days - 1))

    def listing(i: int) -> str:
        return str(market.listings[i]["listing_id"])

    planted: list[Incident] = []

    def add(
        name: str,
        shape: str,
        kind: str,
        id_: str,
        stream: str,
        span: tuple[int, int],
        factor: float,
        ramp: int,
        zh: str,
        en: str,
        *,
        fault: bool,
    ) -> None:
        planted.append(Incident(name, shape, kind, id_, stream, at(span[0]), at(span[1]), factor, ramp, fault, zh, en))

    leak = pick("移动电源")
    k = int((days * 0.80 - market.launched[leak]) // market.batch_days[leak])
    start = int(market.launched[leak] + k * market.batch_days[leak])
    add(
        "leaking_battery",
        "abrupt",
        "batch",
        batch_id(leak, k),
        "return",
        (start, start + int(market.batch_days[leak]) - 1),
        9.0,
        0,
        "某批次移动电源漏液",
        "one batch of power banks leaks",
        fault=True,
    )
    ramp = pick("女装", 1)
    add(
        "worn_out_mould",
        "ramp",
        "listing",
        listing(ramp),
        "return",
        (int(days * 0.62), days - 1),
        3.5,
        30,
        "面料供应商更换后质量逐步下降",
        "quality slides after a change of fabric supplier",
        fault=True,
    )
    bad = pick("厨具", 1)
    add(
        "supplier_change",
        "abrupt",
        "merchant",
        str(market.merchants[int(market.merchant_of[bad])]["merchant_id"]),
        "return",
        (int(days * 0.70), days - 1),
        2.6,
        0,
        "商家整体更换代工厂",
        "a merchant changes its factory for everything",
        fault=True,
    )
    burst = pick("生鲜")
    add(
        "cold_chain_broken",
        "burst",
        "listing",
        listing(burst),
        "complaint",
        (int(days * 0.75), int(days * 0.75) + 2),
        25.0,
        0,
        "冷链中断三天",
        "the cold chain breaks for three days",
        fault=True,
    )
    fake = pick("化妆品")
    add(
        "counterfeit_stock",
        "abrupt",
        "listing",
        listing(fake),
        "bad_review",
        (int(days * 0.66), int(days * 0.66) + 70),
        5.0,
        0,
        "混入疑似假货",
        "suspected counterfeit stock mixed in",
        fault=True,
    )
    add(
        "carrier_failure",
        "common_cause",
        "carrier",
        "carrier-b",
        "bad_review",
        (int(days * 0.55), int(days * 0.55) + 13),
        3.0,
        0,
        "承运商分拨中心瘫痪两周",
        "a carrier's hub fails for two weeks",
        fault=False,
    )
    bombed = pick("玩具")
    add(
        "review_bombing",
        "bombing",
        "listing",
        listing(bombed),
        "bad_review",
        (int(days * 0.83), int(days * 0.83) + 1),
        50.0,
        0,
        "两天内五十条恶意差评",
        "fifty malicious reviews within two days",
        fault=False,
    )
    bulk = pick("家居")
    add(
        "bulk_return",
        "bulk",
        "listing",
        listing(bulk),
        "return",
        (int(days * 0.72), int(days * 0.72)),
        50.0,
        0,
        "同一买家一次退回五十件",
        "one buyer returns fifty pieces at once",
        fault=False,
    )
    fresh = pick("小家电", 1)
    add(
        "smell_of_burning",
        "abrupt",
        "listing",
        listing(fresh),
        "return",
        (max(days - 24, 0), days - 1),
        7.0,
        0,
        "近期批次有焦味",
        "recent pieces smell of burning",
        fault=True,
    )
    return tuple(planted)
