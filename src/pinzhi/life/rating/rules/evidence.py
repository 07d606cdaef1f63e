"""
Evidence: what the orders of each listing have shown by a day, matured for delay, faded by age, each order once by its worst outcome.

For a listing with sales n(d) by order day, F the delay curve of its category and w(d) = 0.5^((today - d) / half-life), the *matured orders* are
E = Σ w n F(today - d), and the bad ones are what has arrived, by the day of the order. A young cohort is therefore censored, not «good».

Tallies hold counts by (listing, order day), not orders, so «once, by the worst» is exact where an order day has one order and otherwise computed as if
outcomes of different kinds met the orders of that day independently; of return and refund the larger count is taken, since one follows from the other.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import UNKNOWN, Stream, Tallies
from pinzhi.life.rating.rules.bursts import burst_days
from pinzhi.life.rating.rules.delay import curves
from pinzhi.life.rating.rules.policy import RatingPolicy, Weights

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Mask = NDArray[np.bool_]

KINDS = ("complaint", "return", "bad_review")
"""Kinds of bad outcome, the worst first: columns of the arrays below."""

_KIND_OF = {Stream.COMPLAINT: 0, Stream.RETURN: 1, Stream.REFUND: 2, Stream.BAD_REVIEW: 3}


@dataclass(frozen=True, slots=True)
class Evidence:
    """
    Arrays over listings, in the order of `Names.listings`.

    `matured` = E; `bad` (listings, kinds) = decayed bad orders by worst outcome, unweighted; `keep` turns decayed sums into independent orders (Kish);
    `orders` and `young` count order lines in memory and those not yet matured; `customers` and `days` count bad outcomes in memory (one per customer
    and day) and the days they came on; `raw_bad` (listings, kinds) undecayed; `crowded` reviews counted at burst weight, `crowded_on` their last day.
    """

    as_of: int
    matured: Floats
    bad: Floats
    keep: Floats
    orders: Ints
    young: Floats
    customers: Ints
    days: Ints
    raw_bad: Floats
    crowded: Ints
    crowded_on: Ints
    delay: Floats

    def counts(self, weights: Weights) -> tuple[Floats, Floats]:
        """(good, bad) as the posterior adds them: independent orders, the bad ones by severity."""
        unweighted = self.bad.sum(axis=1)
        good = np.maximum(self.matured - unweighted, 0.0) * self.keep
        return good, (self.bad @ severities(weights)) * self.keep


def severities(weights: Weights) -> Floats:
    """How many bad orders an order with each kind of outcome counts as."""
    return np.array([weights.complaint_counts, weights.return_counts, weights.bad_review_counts])


def gather(tallies: Tallies, as_of: int, policy: RatingPolicy, confirmed: Collection[int] = ()) -> Evidence:
    """
    The evidence on day `as_of` (inclusive). `confirmed` are codes of listings whose bursts a person found to be real: they count in full.

    Later events are ignored, so the same history gives the same evidence for a past day.
    """
    listings = len(tallies.names.listings)
    weights = policy.weights
    seen = _placed(tallies, as_of, weights, policy, np.asarray(sorted(confirmed), np.int64))
    category = tallies.names.category.astype(np.int64)
    categories = max(len(tallies.names.categories), 1)
    bad_rows = seen.kind != _GOOD_REVIEW
    table = curves(
        (seen.day - seen.order)[bad_rows],
        (as_of - seen.order)[bad_rows],
        (seen.count * seen.weight)[bad_rows],
        np.maximum(category[seen.listing[bad_rows]], 0),
        categories,
        weights.window_days,
        weights.delay_median_days,
        weights.delay_weight,
    )
    return _summed(tallies, as_of, policy, seen, table, listings, np.maximum(category, 0))


_GOOD_REVIEW = 4


@dataclass(frozen=True, slots=True)
class _Placed:
    """Outcomes by the day of their order: one row each, with the weight it counts."""

    listing: Ints
    kind: Ints
    order: Ints
    day: Ints
    count: Ints
    weight: Floats
    crowded: Mask


def _placed(tallies: Tallies, as_of: int, weights: Weights, policy: RatingPolicy, confirmed: Ints) -> _Placed:
    out = tallies.outcomes
    kind = np.full(len(Stream), -1, np.int64)
    for stream, code in _KIND_OF.items():
        kind[stream] = code
    kind[Stream.REVIEW] = _GOOD_REVIEW
    rows = np.flatnonzero((out.day <= as_of) & (kind[out.stream] >= 0))
    listing, day = out.listing[rows].astype(np.int64), out.day[rows].astype(np.int64)
    order = out.order_day[rows].astype(np.int64)
    kinds, count = kind[out.stream[rows]], out.count[rows].astype(np.int64)
    crowded = _crowded(tallies, rows, policy) & ~np.isin(listing, confirmed)
    unknown = order == UNKNOWN
    weight = np.where(crowded & (kinds >= 3), policy.burst.weight, 1.0)
    reviews = kinds == 3
    if reviews.any() and count[reviews & ~unknown].sum() * 2 >= count[reviews].sum():
        weight[reviews & unknown] = np.minimum(weight[reviews & unknown], weights.unverified_review)
    known_lags = (day - order)[~unknown & (kinds != _GOOD_REVIEW)]
    typical = int(np.median(known_lags)) if len(known_lags) >= 20 else int(weights.delay_median_days)
    order = np.where(unknown, np.maximum(day - typical, tallies.first_day), order)
    lag = day - order
    use = (lag >= 0) & (lag <= weights.window_days) & (as_of - order <= weights.memory_days)
    return _Placed(listing[use], kinds[use], order[use], day[use], count[use], weight[use], crowded[use])


def _crowded(tallies: Tallies, rows: Ints, policy: RatingPolicy) -> Mask:
    """Rows of reviews that lie in a burst of their listing (all reviews together, good and bad)."""
    out = tallies.outcomes
    stream = out.stream[rows]
    review = stream == Stream.REVIEW
    if not review.any():
        review = stream == Stream.BAD_REVIEW
    bad = (stream == Stream.BAD_REVIEW) | review
    if not bad.any():
        return np.zeros(len(rows), np.bool_)
    listing, day = out.listing[rows].astype(np.int64), out.day[rows].astype(np.int64)
    span = int(day.max()) + 1
    key = listing * span + day
    cells, place = np.unique(key[review], return_inverse=True)
    count = np.bincount(place, weights=out.count[rows][review]).astype(np.int64)
    born = np.full(len(tallies.names.listings), tallies.first_day, np.int64)
    firsts, at = np.unique(tallies.sales.listing, return_index=True)
    born[firsts] = np.minimum.reduceat(tallies.sales.day, at) if len(at) else []
    marked = cells[burst_days(cells // span, cells % span, count, born[cells // span], policy.burst)]
    return bad & np.isin(key, marked)


def _summed(
    tallies: Tallies, as_of: int, policy: RatingPolicy, seen: _Placed, table: Floats, listings: int, category: Ints
) -> Evidence:
    weights, sales = policy.weights, tallies.sales
    halves = np.array(
        [weights.half_lives.get(c, weights.half_life_days) for c in tallies.names.categories]
        or [weights.half_life_days]
    )
    use = (sales.day <= as_of) & (as_of - sales.day <= weights.memory_days)
    listing, day = sales.listing[use].astype(np.int64), sales.day[use].astype(np.int64)
    lines = sales.lines[use].astype(np.float64)
    first = int(min(sales.day.min(), seen.order.min(initial=as_of))) if len(sales.day) else as_of
    span = as_of - first + 1
    cells, place = np.unique(listing * span + (day - first), return_inverse=True)
    sold = np.bincount(place, weights=lines) if len(cells) else np.zeros(0)
    at, when = cells // span, cells % span + first
    counts = _counts(seen, span, first)
    by_kind, worth, where = _worst_first(counts, cells, sold, weights)
    trusted = sold.copy()
    hit = where >= 0
    trusted[where[hit]] = np.maximum(sold[where[hit]] - worth[hit], 0.0)
    fade = 0.5 ** ((as_of - when) / halves[category[at]])
    ripe = table[category[at], np.minimum(as_of - when, weights.window_days)]
    exposure = trusted * ripe
    matured = np.bincount(at, weights=exposure * fade, minlength=listings)
    squares = np.bincount(at, weights=exposure * fade * fade, minlength=listings)
    own = counts.cells // span
    fade_bad = 0.5 ** ((as_of - (counts.cells % span + first)) / halves[category[own]])
    bad = np.stack(
        [np.bincount(own, weights=by_kind[:, k] * fade_bad, minlength=listings) for k in range(len(KINDS))], 1
    )
    raw = np.stack([np.bincount(own, weights=by_kind[:, k], minlength=listings) for k in range(len(KINDS))], 1)
    customers, days, crowded, crowded_on = _people(seen, listings)
    orders = np.bincount(at, weights=sold, minlength=listings)
    return Evidence(
        as_of=as_of,
        matured=matured,
        bad=bad,
        keep=np.divide(matured, squares, out=np.ones(listings), where=squares > 0),
        orders=np.rint(orders).astype(np.int64),
        young=np.bincount(at, weights=sold * (1.0 - ripe), minlength=listings),
        customers=customers,
        days=days,
        raw_bad=raw,
        crowded=crowded,
        crowded_on=crowded_on,
        delay=table,
    )


@dataclass(frozen=True, slots=True)
class _Counts:
    """Outcomes by cell (listing, order day): weighted counts by kind, and the order lines that crowded reviews take out of the count."""

    cells: Ints
    table: Floats
    discounted: Floats


def _counts(seen: _Placed, span: int, first: int) -> _Counts:
    cells, place = np.unique(seen.listing * span + np.maximum(seen.order - first, 0), return_inverse=True)
    size = len(cells)
    amount = seen.count * seen.weight
    raw = np.stack(
        [np.bincount(place[seen.kind == k], weights=amount[seen.kind == k], minlength=size) for k in range(4)], 1
    )
    table = np.stack([raw[:, 0], np.maximum(raw[:, 1], raw[:, 2]), raw[:, 3]], 1)
    praised = seen.crowded & (seen.kind == _GOOD_REVIEW)
    lost = np.bincount(place[praised], weights=(seen.count * (1.0 - seen.weight))[praised], minlength=size)
    return _Counts(cells, table, lost)


def _worst_first(counts: _Counts, cells: Ints, sold: Floats, weights: Weights) -> tuple[Floats, Floats, Ints]:
    """(bad orders by worst kind, orders taken out by crowded reviews, index into `cells` or -1), per outcome cell."""
    where = np.searchsorted(cells, counts.cells)
    known = where < len(cells)
    known[known] = cells[where[known]] == counts.cells[known]
    n = np.zeros(len(counts.cells))
    n[known] = sold[where[known]]
    n = np.maximum(n, counts.table.max(axis=1, initial=0.0))
    by_kind = np.zeros_like(counts.table)
    left = n.copy()
    for k in np.argsort(-severities(weights), kind="stable"):
        share = np.divide(counts.table[:, k], n, out=np.zeros_like(n), where=n > 0)
        by_kind[:, k] = left * np.minimum(share, 1.0)
        left -= by_kind[:, k]
    return by_kind, counts.discounted, np.where(known, where, -1)


def _people(seen: _Placed, listings: int) -> tuple[Ints, Ints, Ints, Ints]:
    """(customers with a bad outcome at full weight, days those came on, crowded reviews, last day of a crowd), per listing."""
    bad = (seen.kind != _GOOD_REVIEW) & ~seen.crowded & (seen.weight >= 1.0)
    rows = bad & (seen.kind != 2)  # a refund follows a return: one customer
    customers = np.bincount(seen.listing[rows], weights=seen.count[rows], minlength=listings)
    span = int(seen.day.max(initial=0)) + 1
    cells = np.unique(seen.listing[bad] * span + seen.day[bad])
    days = np.bincount(cells // span, minlength=listings)
    crowd = seen.crowded & (seen.kind == _GOOD_REVIEW)
    crowded = np.bincount(seen.listing[crowd], weights=seen.count[crowd], minlength=listings)
    crowded_on = np.full(listings, -1, np.int64)
    np.maximum.at(crowded_on, seen.listing[crowd], seen.day[crowd])
    return np.rint(customers).astype(np.int64), days.astype(np.int64), np.rint(crowded).astype(np.int64), crowded_on
