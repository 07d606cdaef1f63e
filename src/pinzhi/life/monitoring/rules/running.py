"""
The running evidence: every pair of entity and day, judged with the expectation that could be known at the beginning of its four-week block.

Nothing here looks ahead, so the answer for a day is the same whether the history ends there or goes on; only thresholds are fitted on the whole history.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Stream, Tallies
from pinzhi.life.monitoring.contracts import LEVELS, MonitoringPolicy
from pinzhi.life.monitoring.rules import baseline, common_cause, evidence, marks
from pinzhi.life.monitoring.rules.baseline import Expectation, History
from pinzhi.life.monitoring.rules.panel import STREAM_EVENTS, Events, Panel, events, panel
from pinzhi.life.monitoring.rules.windows import Exposure, Pairs, Windows, seen_by_onset

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
CHUNK = 100_000
"""Pairs judged at once: bounds the memory (about 250 MB with four streams)."""


@dataclass(frozen=True, slots=True)
class Block:
    """Days `start..stop` (indices) with their expectation; `ripe` holds the common causes, `plain` leaves them out (for the category itself)."""

    start: int
    stop: int
    fitted: Expectation
    ripe: Floats
    plain: Floats


@dataclass(frozen=True, slots=True)
class Course:
    """One stream through the whole history: its blocks, the daily factor of every category, and ρ of every mark by block (blocks, codes)."""

    past: History
    blocks: tuple[Block, ...]
    factors: Floats
    rho: Floats


@dataclass(frozen=True, slots=True)
class Channel:
    """One stream at one level: its events, its exposure, and how bursty it is."""

    stream: str
    course: Course
    seen: Events
    reviews: Events | None
    exposure: Exposure
    dispersion: float = 1.0


@dataclass(frozen=True, slots=True)
class Judged:
    """
    Columns over pairs. `score` is log e-SR, `fast` the CUSUM lane; `onset` the index of the best onset; `seen`, `expected` (of the entity's own baseline) since
    it; `onsets` the log evidence by onset for fusing.
    """

    score: Floats
    fast: Floats
    onset: Ints
    seen: Floats
    expected: Floats
    rate: Floats
    onsets: Floats = field(repr=False)


def course(tallies: Tallies, stream: str, policy: MonitoringPolicy, members: Panel) -> Course:
    """Fit a stream block by block, each from what was known before it."""
    past = baseline.history(tallies, stream, policy.delay)
    days = tallies.last_day - tallies.first_day + 1
    refresh = policy.baseline.refresh
    blocks: list[Block] = []
    factors = np.ones((len(past.sold), days))
    for start in range(0, days, refresh):
        stop = min(start + refresh, days)
        fitted = baseline.fit(past, start, policy.baseline, policy.delay)
        if start:
            factors[:, start:stop] = common_cause.daily_factors(
                past, members, fitted, slice(start, stop), policy.common_cause
            )
        ones = np.ones_like(factors[:, :stop])
        plain = common_cause.ripeness(fitted.curve, ones, start, stop) if past.matures else fitted.curve[:, None]
        ripe = plain
        if (factors[:, max(0, start - fitted.curve.shape[1]) : stop] != 1.0).any():
            ripe = common_cause.ripeness(fitted.curve, factors, start, stop)
        blocks.append(Block(start, stop, fitted, ripe, plain))
    return Course(past, tuple(blocks), factors, mark_ratios(past, blocks, policy))


def mark_ratios(past: History, blocks: Sequence[Block], policy: MonitoringPolicy) -> Floats:
    """ρ of every mark in every block, from the events known before it. The rate is per line sold (or review written) until then."""
    seen, rows = past.by_listing, past.rows
    out = np.ones((len(blocks), marks.CODES))
    for i, block in enumerate(blocks):
        before = seen.day < block.start
        count = np.bincount(seen.mark[before], weights=seen.count[before], minlength=marks.CODES)
        lines = float(rows.count[rows.known < block.start].sum())
        out[i] = marks.ratio(count, float(count.sum()) / max(lines, 1.0), policy.marks)
    return out


def channel(tallies: Tallies, run: Course, at: Panel, policy: MonitoringPolicy, exposure: Exposure) -> Channel:
    """One stream at the level of `at`."""
    past = run.past
    longest = policy.delay.longest
    seen = events(tallies, at.level, STREAM_EVENTS[past.stream], past.order, longest)
    reviews = None if past.matures else events(tallies, at.level, Stream.REVIEW, past.order, longest)
    return Channel(past.stream, run, seen, reviews, exposure)


def levels(tallies: Tallies, wanted: tuple[str, ...]) -> Iterator[Panel]:
    """The panels of the wanted levels that the history has anything for, in a fixed order."""
    for level in LEVELS:
        if level in wanted:
            made = panel(tallies, level)
            if made.entities:
                yield made


def known_at(one: Channel, seen: Events, pairs: Pairs, policy: MonitoringPolicy) -> tuple[Windows, Floats, Floats]:
    """Windows of `pairs`, the prior ratio of each pair's entity, and (for reviews) all reviews since each onset."""
    days = one.exposure.panel.days
    rho = one.course.rho[seen.day // policy.baseline.refresh, seen.mark]
    weights = np.log1p((np.asarray(policy.evidence.sizes) - 1.0) * rho[:, None])
    since, total, weight = seen_by_onset(seen, pairs, days, policy.evidence, weights)
    expected, whole = np.zeros_like(since), np.zeros_like(total)
    number = np.zeros_like(since)
    ratio = np.ones(len(pairs))
    level = one.exposure.panel.level
    for block in one.course.blocks:
        rows = np.flatnonzero((pairs.day >= block.start) & (pairs.day < block.stop))
        if not len(rows):
            continue
        some = Pairs(pairs.entity[rows], pairs.day[rows])
        if one.reviews is None:
            ripe = block.plain if level == "category" else block.ripe
            made = one.exposure.expected_by_onset(some, block.fitted.rate, ripe, block.start)
            expected[rows], whole[rows] = made
        else:
            number[rows] = seen_by_onset(one.reviews, some, days, policy.evidence)[0]
            weighed = Events(
                one.reviews.entity,
                one.reviews.category,
                one.reviews.order,
                one.reviews.day,
                one.reviews.mark,
                one.reviews.count * block.fitted.rate[one.reviews.category],
            )
            expected[rows], whole[rows], _ = seen_by_onset(weighed, some, days, policy.evidence)
        ratio[rows] = block.fitted.ratio[level][some.entity]
    return Windows(since, expected, total, whole, weight), ratio, number


def judge(one: Channel, seen: Events, pairs: Pairs, policy: MonitoringPolicy) -> Judged:
    """Judge `pairs` of one channel on `seen` (the real events, or redrawn ones)."""
    known, ratio, number = known_at(one, seen, pairs, policy)
    sizes = np.asarray(policy.evidence.sizes)
    k = one.course.blocks[-1].fitted.events[one.exposure.panel.level]
    factors = (
        evidence.gamma_poisson(known, k, ratio, sizes)
        if one.reviews is None
        else evidence.beta_binomial(known, number, k, ratio, sizes)
    )
    onsets = evidence.by_onset(factors, policy.evidence, one.dispersion)
    best = onsets.argmax(axis=1)
    row = np.arange(len(pairs))
    before = (k + known.all_seen - known.seen[row, best]) / np.maximum(
        k / ratio + known.all_expected - known.expected[row, best], 1e-9
    )
    fast = evidence.fast_lane(factors, sizes, policy.evidence.fast_size, one.dispersion)
    return Judged(
        score=evidence.summed(onsets, known),
        fast=fast,
        onset=best,
        seen=known.seen[row, best],
        expected=known.expected[row, best] * before,
        rate=before,
        onsets=onsets,
    )


def fuse(parts: list[Judged], weights: list[float]) -> Judged:
    """
    Sum the streams' log evidence onset by onset with weights (at most 1): one statistic for «something has begun here on that day».

    Counts and expectations add up over the streams at the fused onset's own best columns of each stream; the fast lane stays with single streams.
    """
    onsets = np.sum([w * p.onsets for w, p in zip(weights, parts, strict=True)], axis=0)
    top = onsets.max(axis=1)
    score = np.maximum(top + np.log(np.exp(onsets - top[:, None]).sum(axis=1)), evidence.LOWEST)
    return Judged(
        score=score,
        fast=np.zeros(len(score)),
        onset=onsets.argmax(axis=1),
        seen=np.sum([p.seen for p in parts], axis=0),
        expected=np.sum([p.expected for p in parts], axis=0),
        rate=np.ones(len(score)),
        onsets=onsets,
    )
