"""
What was to be expected: rates from a tree, platform → category → merchant → listing → batch, each shrunk to its parent *without itself*.

Counts of an entity are gamma-Poisson: the prior of its ratio to the category's rate is Gamma(k, k / parent's ratio) with k in events. Everything below the
category is said in *expected events* (matured lines times the category's rate), so that a merchant with a mixed range is compared with its own mix
(indirect standardisation). Bad reviews use the same tree over reviews instead of lines. A fit at day `until` uses only what was known before that day.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Stream, Tallies
from pinzhi.life.monitoring.contracts import BaselinePolicy, DelayPolicy
from pinzhi.life.monitoring.rules.delay import curves, order_days, reviewed_by_category, sold_by_category
from pinzhi.life.monitoring.rules.panel import STREAM_EVENTS, Events, categories, events, listing_category

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """
    Exposure of a stream in columns, sorted by order day: lines sold (or reviews written) by listing, batch and order day; `known` is the day from which
    it counts.
    """

    listing: Ints
    batch: Ints
    order: Ints
    known: Ints
    count: Floats


@dataclass(frozen=True, slots=True)
class History:
    """
    One stream made ready once: order days found, exposure and events at the levels that the tree needs. `many_batches` (listings,) says which listings
    have sold more than one batch; `matures` is false for reviews, whose exposure is other reviews.
    """

    tallies: Tallies
    stream: str
    order: Ints
    rows: Rows
    category: Ints
    sold: Floats
    by_category: Events
    by_listing: Events
    by_batch: Events
    batch_listing: Ints
    many_batches: NDArray[np.bool_]
    matures: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    One fit. `curve` (categories, ages) and `rate` (categories,) give the expected events of a cohort; `ratio[level]` is the mean of each entity's prior
    ratio, `events[level]` its weight k in events.
    """

    until: int
    curve: Floats
    rate: Floats
    ratio: dict[str, Floats]
    events: dict[str, float]
    listing_ratio: Floats


def history(tallies: Tallies, stream: str, policy: DelayPolicy) -> History:
    """Make a stream ready."""
    order = order_days(tallies, policy)
    kind = STREAM_EVENTS[stream]
    matures = stream != "review"
    rows = _sales_rows(tallies) if matures else _review_rows(tallies, order)
    batches = len(tallies.names.batches)
    parent = np.zeros(batches, dtype=np.int64)
    mine = np.asarray(tallies.sales.batch, dtype=np.int64)
    kept, seller = mine[mine >= 0], np.asarray(tallies.sales.listing, dtype=np.int64)[mine >= 0]
    parent[kept[::-1]] = seller[::-1]
    pairs = np.unique(seller * max(batches, 1) + kept) // max(batches, 1)
    return History(
        tallies=tallies,
        stream=stream,
        order=order,
        rows=rows,
        category=listing_category(tallies),
        sold=sold_by_category(tallies) if matures else reviewed_by_category(tallies, order),
        by_category=_with_nameless(tallies, kind, order, policy.longest),
        by_listing=events(tallies, "listing", kind, order, policy.longest),
        by_batch=events(tallies, "batch", kind, order, policy.longest),
        batch_listing=parent,
        many_batches=np.bincount(pairs, minlength=len(tallies.names.listings)) > 1,
        matures=matures,
    )


def _sales_rows(tallies: Tallies) -> Rows:
    sales = tallies.sales
    day = np.asarray(sales.day, dtype=np.int64) - tallies.first_day
    place = np.argsort(day, kind="stable")
    listing, batch = sales.listing.astype(np.int64)[place], sales.batch.astype(np.int64)[place]
    return Rows(listing, batch, day[place], day[place], sales.lines.astype(np.float64)[place])


def _review_rows(tallies: Tallies, order: Ints) -> Rows:
    rows = tallies.outcomes
    mine = rows.stream == int(Stream.REVIEW)
    day = rows.day[mine].astype(np.int64) - tallies.first_day
    listing, batch = rows.listing[mine].astype(np.int64), rows.batch[mine].astype(np.int64)
    place = np.argsort(order[mine], kind="stable")
    count = rows.count[mine].astype(np.float64)
    return Rows(listing[place], batch[place], order[mine][place], day[place], count[place])


def _with_nameless(tallies: Tallies, kind: Stream, order: Ints, longest: int) -> Events:
    """Events by category, the nameless one included."""
    found = events(tallies, "listing", kind, order, longest)
    own = found.category
    place = np.lexsort((found.mark, found.order, found.day, own))
    return Events(own[place], own[place], found.order[place], found.day[place], found.mark[place], found.count[place])


def fit(past: History, until: int, baseline: BaselinePolicy, delay: DelayPolicy) -> Expectation:
    """The expectation as it could be known on the morning of day `until` (an index of days)."""
    wide = categories(past.tallies)
    if past.matures:
        curve = curves(past.sold, past.by_category, until, delay)
    else:
        curve = np.zeros((wide, delay.longest + 1))
        curve[:, 0] = 1.0
    ripe = np.concatenate([np.zeros((wide, 1)), np.cumsum(curve, axis=1)], axis=1)
    rows, own = past.rows, past.category[past.rows.listing]
    age = np.clip(until - rows.order, 0, delay.longest + 1)
    matured = np.where(rows.known < until, rows.count * ripe[own, age], 0.0)
    listings, batches = len(past.tallies.names.listings), len(past.tallies.names.batches)
    exposure = np.bincount(rows.listing, weights=matured, minlength=listings)
    seen = _known(past.by_listing, until, listings)
    rate = _rates(exposure, seen, past, wide, baseline)
    expected = exposure * rate[past.category]
    in_batch = rows.batch >= 0
    batch_expected = np.bincount(rows.batch[in_batch], weights=(matured * rate[own])[in_batch], minlength=batches)
    return _tree(
        past, until, curve, rate, (seen, expected, _known(past.by_batch, until, batches), batch_expected), baseline
    )


def _known(seen: Events, until: int, entities: int) -> Floats:
    before = seen.day < until
    return np.bincount(seen.entity[before], weights=seen.count[before], minlength=entities)


def _rates(exposure: Floats, seen: Floats, past: History, wide: int, policy: BaselinePolicy) -> Floats:
    """Events per matured line by category: default → platform → category."""
    default, weight = policy.rate(past.stream), policy.default_events
    platform = (weight + seen.sum()) / (weight / default + exposure.sum())
    in_category = np.bincount(past.category, weights=seen, minlength=wide)
    exposed = np.bincount(past.category, weights=exposure, minlength=wide)
    k = policy.category_events
    return np.asarray((k + in_category) / (k / platform + exposed))


def _tree(
    past: History,
    until: int,
    curve: Floats,
    rate: Floats,
    counts: tuple[Floats, Floats, Floats, Floats],
    policy: BaselinePolicy,
) -> Expectation:
    """Ratios of every level to its category, each child seeing its parent without itself."""
    seen, expected, batch_seen, batch_expected = counts
    names = past.tallies.names
    merchant = np.asarray(names.merchant, dtype=np.int64)
    shop = np.where(merchant < 0, len(names.merchants), merchant)
    k_shop = policy.merchant_events
    shop_seen = np.bincount(shop, weights=seen, minlength=len(names.merchants) + 1)
    shop_expected = np.bincount(shop, weights=expected, minlength=len(names.merchants) + 1)
    listing = (k_shop + shop_seen[shop] - seen) / (k_shop + np.maximum(shop_expected[shop] - expected, 0.0))
    k_listing = heterogeneity(seen, expected * listing, policy.listing_events)
    parent = past.batch_listing
    rest_seen = np.maximum(seen[parent] - batch_seen, 0.0)
    rest_expected = np.maximum(expected[parent] - batch_expected, 0.0)
    batch = (k_listing + rest_seen) / (k_listing / listing[parent] + rest_expected)
    return Expectation(
        until=until,
        curve=curve,
        rate=rate,
        ratio={
            "listing": listing,
            "merchant": np.ones(len(names.merchants)),
            "batch": batch,
            "category": np.ones(len(names.categories)),
        },
        events={
            "listing": k_listing,
            "merchant": policy.merchant_events,
            "batch": policy.batch_events,
            "category": policy.category_events,
        },
        listing_ratio=(k_listing + seen) / (k_listing / listing + expected),
    )


def heterogeneity(seen: Floats, expected: Floats, fallback: float) -> float:
    """
    The shape k of the gamma between siblings, by moments: Var(x) = e + e²/k. Large k: siblings are alike.

    Mixed half and half on the log scale with `fallback` when fewer than 50 events are seen, and kept within 0.5 and 20 events.
    """
    if seen.sum() < 50:
        return fallback
    excess = float(((seen - expected) ** 2 - expected).sum())
    square = float((expected**2).sum())
    return float(np.clip(square / max(excess, square / 20.0), 0.5, 20.0))
