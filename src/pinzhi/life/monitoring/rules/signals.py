"""A found crossing becomes a signal: counts at the best onset, cause, honest limits, and the sentence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Tallies
from pinzhi.life.monitoring.contracts import FUSED, MonitoringPolicy, Signal, Threshold, day_of
from pinzhi.life.monitoring.rules import explain
from pinzhi.life.monitoring.rules.cause import Cause, Cells, cause
from pinzhi.life.monitoring.rules.panel import STREAM_EVENTS, Panel, names_of
from pinzhi.life.monitoring.rules.running import Channel, Judged

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Found:
    """A crossing: `channel` index and name, entity code, day index, what was judged (one row; `parts` of all channels), end of the episode."""

    channel: int
    name: str
    entity: int
    day: int
    judged: Judged
    parts: list[Judged]
    cleared: int | None
    threshold: Threshold


def signal(
    tallies: Tallies,
    policy: MonitoringPolicy,
    at: Panel,
    channels: list[Channel],
    found: Found,
    doubt: tuple[float, float],
) -> Signal:
    """Say everything about one crossing. `doubt`: the calibrated false share and the e-BH bound."""
    mine = channels if found.name == FUSED else [channels[found.channel]]
    onset = max(found.day - policy.evidence.step * (int(found.judged.onset[0]) + 1) + 1, 0)
    observed = round(float(found.judged.seen[0]))
    expected = max(float(found.judged.expected[0]), 0.005)
    ratio = observed / expected
    low, high = explain.gamma_interval(observed, expected)
    why = _cause(tallies, at, mine, found, onset)
    rate, volume = _rate(at, mine, found)
    fast = bool(found.judged.score[0] < found.threshold.value)
    evidence = float(found.judged.fast[0] if fast else found.judged.score[0])
    limit = found.threshold.fast if fast else found.threshold.value
    visible = explain.smallest_visible(np.array([30.0, 90.0]) * volume * rate, limit)
    clear = policy.signal.clear * limit
    story = explain.Story(
        entity_kind=at.level,
        entity_id=at.ids[found.entity],
        stream=found.name,
        onset=day_of(tallies.first_day + onset),
        observed=observed,
        expected=expected,
        ratio=ratio,
        low=low,
        high=high,
        evidence=evidence,
        cause_kind=why.kind,
        cause_id=names_of(tallies, why.kind)[why.code],
        cause_share=why.share,
        visible_30=float(visible[0]),
        visible_90=float(visible[1]),
        clear_orders=explain.orders_to_clear(evidence, clear, ratio, rate),
    )
    return _frozen(tallies, policy, found, story, (limit, fast, *doubt))


def _frozen(
    tallies: Tallies,
    policy: MonitoringPolicy,
    found: Found,
    story: explain.Story,
    rest: tuple[float, bool, float, float],
) -> Signal:
    limit, fast, share, bound = rest
    merchant, category = _belongs(tallies, story.entity_kind, found.entity)
    text = explain.sentence(story)
    return Signal(
        entity_kind=story.entity_kind,
        entity_id=story.entity_id,
        stream=story.stream,
        raised_on=day_of(tallies.first_day + found.day),
        onset=story.onset,
        evidence=round(story.evidence, 3),
        threshold=round(limit, 3),
        fast=fast,
        observed=story.observed,
        expected=round(story.expected, 3),
        ratio=round(story.ratio, 3),
        low=round(story.low, 3),
        high=round(story.high, 3),
        cause_kind=story.cause_kind,
        cause_id=story.cause_id,
        cause_share=round(story.cause_share, 3),
        severity=_severity(policy, story),
        merchant_id=merchant,
        category=category,
        visible_30=round(min(story.visible_30, 999.0), 2),
        visible_90=round(min(story.visible_90, 999.0), 2),
        clear_orders=story.clear_orders,
        false_share=round(share, 4),
        false_bound=round(bound, 4),
        cleared_on=None if found.cleared is None else day_of(tallies.first_day + found.cleared),
        policy=policy.version,
        text_zh=text.zh,
        text_en=text.en,
    )


def _severity(policy: MonitoringPolicy, story: explain.Story) -> str:
    limits = policy.signal
    if story.ratio >= limits.severe_ratio and story.observed >= limits.severe_events:
        return "H"
    return "M" if story.ratio >= limits.medium_ratio else "L"


def _belongs(tallies: Tallies, level: str, entity: int) -> tuple[str, str]:
    """Ids of the merchant and the category of an entity, empty where it has none or many."""
    names = tallies.names
    if level == "category":
        return "", names.categories[entity]
    if level == "merchant":
        own = np.unique(names.category[names.merchant == entity])
        return names.merchants[entity], names.categories[own[0]] if len(own) == 1 and own[0] >= 0 else ""
    listing = entity
    if level == "batch":
        sold = np.flatnonzero(tallies.sales.batch == entity)
        if not len(sold):
            return "", ""
        listing = int(tallies.sales.listing[sold[0]])
    merchant, category = int(names.merchant[listing]), int(names.category[listing])
    return (
        names.merchants[merchant] if merchant >= 0 else "",
        names.categories[category] if category >= 0 else "",
    )


def _rate(at: Panel, channels: list[Channel], found: Found) -> tuple[float, float]:
    """Expected events per order of the entity (summed over the channels), and its orders per day over the last 91 days."""
    cells = slice(at.start[found.entity], at.start[found.entity + 1])
    begin = max(found.day - 90, 0)
    recent = at.lines[cells, begin : found.day + 1].sum(1)
    weight = recent / recent.sum() if recent.sum() > 0 else np.full(len(recent), 1.0 / max(len(recent), 1))
    rate = 0.0
    for one in channels:
        block = next(b for b in one.course.blocks if b.start <= found.day < b.stop)
        per_line = float((block.fitted.rate[at.category[cells]] * weight).sum())
        if one.reviews is not None:
            per_line *= _reviews_per_line(one, at, found)
        part = found.parts[[c.stream for c in channels].index(one.stream)] if len(channels) > 1 else found.judged
        rate += per_line * float(part.rate[0])
    return rate, float(recent.sum()) / (found.day - begin + 1)


def _reviews_per_line(one: Channel, at: Panel, found: Found) -> float:
    assert one.reviews is not None
    mine = (one.reviews.entity == found.entity) & (one.reviews.day <= found.day)
    sold = float(at.lines[at.start[found.entity] : at.start[found.entity + 1], : found.day + 1].sum())
    return float(one.reviews.count[mine].sum()) / sold if sold > 0 else 1.0


def _cause(tallies: Tallies, at: Panel, channels: list[Channel], found: Found, onset: int) -> Cause:
    """
    Cut the orders since the onset into cells of listing × batch, over the entity's categories and merchant, and choose. A listing that has only ever
    sold one batch has no batch change, so no batch to blame.
    """
    parts = [_cells(tallies, one, found.day, onset) for one in channels]
    listing = np.concatenate([p[0] for p in parts])
    batch = np.concatenate([p[1] for p in parts])
    seen = np.concatenate([p[2] for p in parts])
    expected = np.concatenate([p[3] for p in parts])
    wide = len(tallies.names.batches) + 1
    key, place = np.unique(listing * wide + batch + 1, return_inverse=True)
    listing, batch = key // wide, key % wide - 1
    names = tallies.names
    merchant, category = names.merchant[listing].astype(np.int64), names.category[listing].astype(np.int64)
    cells = Cells(
        listing=listing,
        batch=np.where(channels[0].course.past.many_batches[listing], batch, -1),
        merchant=merchant,
        category=category,
        seen=np.bincount(place, weights=seen),
        expected=np.bincount(place, weights=expected),
    )
    inside = {"listing": listing, "batch": batch, "merchant": merchant, "category": category}[at.level] == found.entity
    near = np.isin(category, category[inside]) | np.isin(merchant, merchant[inside])
    scope = Cells(*(getattr(cells, f)[near] for f in ("listing", "batch", "merchant", "category", "seen", "expected")))
    return cause(scope, inside[near], (at.level, found.entity))


def _cells(tallies: Tallies, one: Channel, day: int, onset: int) -> tuple[Ints, Ints, Floats, Floats]:
    """Listing, batch, events and expected events of the orders from `onset` on, as known on `day`; expectations from the fit before the onset."""
    past = one.course.past
    block = next(b for b in one.course.blocks if b.start <= day < b.stop)
    before = next(b for b in one.course.blocks if b.start <= onset < b.stop).fitted
    rows = past.rows
    span = slice(np.searchsorted(rows.order, onset), np.searchsorted(rows.order, day, side="right"))
    known = rows.known[span] <= day
    listing, batch = rows.listing[span][known], rows.batch[span][known]
    category = past.category[listing]
    age = np.minimum(day - rows.order[span][known], block.plain.shape[2] - 1)
    ripe = block.plain[category, day - block.start if past.matures else 0, age] if past.matures else 1.0
    expected = rows.count[span][known] * ripe * before.rate[category] * before.listing_ratio[listing]
    out = tallies.outcomes
    when = out.day.astype(np.int64) - tallies.first_day
    mine = (out.stream == int(STREAM_EVENTS[one.stream])) & (past.order >= onset) & (when <= day)
    mine &= when - past.order < block.fitted.curve.shape[1]
    zero, count = np.zeros(int(mine.sum())), out.count[mine].astype(np.float64)
    return (
        np.concatenate([listing, out.listing[mine].astype(np.int64)]),
        np.concatenate([batch, out.batch[mine].astype(np.int64)]),
        np.concatenate([np.zeros(len(listing)), count]),
        np.concatenate([expected, zero]),
    )
