"""
All of it: tallies in, signals out.

Levels are scanned one after another; within a level every stream is a channel, and with more than one stream their fusion is one more. The budget of a level is
shared out equally among its channels. A channel raises one signal per *episode*: it begins when the evidence reaches the threshold on a day with a new
event, and ends when the evidence has fallen below `clear` of it. What a signal says is frozen at its day; later events do not rewrite it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Tallies
from pinzhi.life.monitoring.contracts import (
    FUSED,
    LEVELS,
    MonitoringPolicy,
    Scan,
    Scores,
    Signal,
    Threshold,
)
from pinzhi.life.monitoring.rules import calibration, running, windows
from pinzhi.life.monitoring.rules.panel import Events, Panel, panel
from pinzhi.life.monitoring.rules.running import CHUNK, Channel, Course, Judged
from pinzhi.life.monitoring.rules.signals import Found, signal
from pinzhi.life.monitoring.rules.windows import Pairs

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Track:
    """The running evidence of one channel over pairs, kept light: what thresholds and episodes need."""

    score: Floats
    fast: Floats
    seen: Floats

    def highest(self, pairs: Pairs, entities: int, least: int) -> tuple[Floats, Floats]:
        """The greatest score and fast score of each entity, counting only pairs with enough events to raise a signal."""
        top, quick = np.full(entities, -np.inf), np.zeros(entities)
        able = self.seen >= least - 1e-9
        np.maximum.at(top, pairs.entity[able], self.score[able])
        np.maximum.at(quick, pairs.entity[able], self.fast[able])
        return top, quick


def scan(
    tallies: Tallies,
    policy: MonitoringPolicy,
    *,
    levels: Sequence[str] = LEVELS,
    streams: Sequence[str] = ("return", "review", "complaint"),
    budget: float | None = None,
    scores: bool = False,
) -> Scan:
    """
    Scan the whole history.

    `budget` is the share of healthy entities of a level that may ever be flagged over the history (default: the policy's). Deterministic: the same tallies and
    policy give the same signals. Nothing before day `baseline.refresh` is judged, because nothing could be known then.
    """
    share = policy.signal.budget if budget is None else budget
    days = tallies.last_day - tallies.first_day + 1 if len(tallies.sales.listing) else 0
    warm = policy.baseline.refresh
    if days <= warm:
        note = (
            f"历史只有{days}天，少于建立基线所需的{warm}天，未作判断。",
            f"The history spans {days} days; {warm} are needed before anything can be judged. No signals.",
        )
        return Scan((), (), (), 0, days, 0.0, (note,))
    members = panel(tallies, "listing")
    courses = {s: running.course(tallies, s, policy, members) for s in streams}
    found: list[Signal] = []
    thresholds: list[Threshold] = []
    series: list[Scores] = []
    entities = 0
    for at in running.levels(tallies, tuple(levels)):
        level = _Level(tallies, policy, at, courses, share)
        found += level.signals()
        thresholds += level.thresholds
        series += level.scores() if scores else []
        entities += at.entities
    found.sort(key=lambda s: (s.raised_on, -s.evidence, s.entity_kind, s.entity_id, s.stream))
    notes = [] if entities else [("没有可监测的对象。", "There is nothing to monitor at the levels asked for.")]
    return Scan(tuple(found), tuple(thresholds), tuple(series), entities, days, share * entities, tuple(notes))


class _Level:
    """One level while it is scanned."""

    def __init__(
        self, tallies: Tallies, policy: MonitoringPolicy, at: Panel, courses: dict[str, Course], budget: float
    ) -> None:
        self.tallies, self.policy, self.at, self.budget = tallies, policy, at, budget
        self.warm = policy.baseline.refresh
        exposure = windows.Exposure(at, policy.evidence)
        self.channels = [running.channel(tallies, c, at, policy, exposure) for c in courses.values()]
        self.names = [c.stream for c in self.channels] + ([FUSED] if len(self.channels) > 1 else [])
        self.onsets = policy.evidence.steps + at.days // policy.evidence.step
        self.pairs = self._event_pairs([c.seen for c in self.channels])
        self.tracks = self._run([c.seen for c in self.channels], self.pairs)
        self._temper()
        self.thresholds = self._calibrate()

    def _event_pairs(self, seen: list[Events]) -> Pairs:
        keys = [
            p.entity * self.at.days + p.day for p in (windows.event_pairs(e, self.at.days, self.warm) for e in seen)
        ]
        key = np.unique(np.concatenate(keys))
        return Pairs(key // self.at.days, key % self.at.days)

    def judged(self, seen: list[Events], pairs: Pairs) -> list[Judged]:
        """Every channel (and the fusion last) on `pairs`."""
        parts = [running.judge(c, e, pairs, self.policy) for c, e in zip(self.channels, seen, strict=True)]
        if len(parts) > 1:
            parts.append(running.fuse(parts, [self.policy.fusion.weight(c.stream) for c in self.channels]))
        return parts

    def _run(self, seen: list[Events], pairs: Pairs) -> list[Track]:
        parts = range(0, max(len(pairs), 1), CHUNK)
        collected = [self.judged(seen, pairs.part(low, low + CHUNK)) for low in parts]
        return [
            Track(
                np.concatenate([c[i].score for c in collected]),
                np.concatenate([c[i].fast for c in collected]),
                np.concatenate([c[i].seen for c in collected]),
            )
            for i in range(len(self.names))
        ]

    def _temper(self) -> None:
        """Measure burstiness over the entities under no suspicion and temper the evidence with it, once."""
        suspicion = calibration.level_in_theory(0.05, self.onsets, self.policy.calibration.floor)
        self.bursts = []
        for i, one in enumerate(self.channels):
            top, _ = self.tracks[i].highest(self.pairs, self.at.entities, self.policy.evidence.least_events)
            curve = one.course.blocks[-1].fitted.curve
            measured = calibration.burstiness(one.seen, self._exposed(one), curve, top < suspicion)
            self.bursts.append(measured.variance)
            self.channels[i] = replace(one, dispersion=measured.dispersion)
        if any(c.dispersion > 1.0 for c in self.channels):
            self.tracks = self._run([c.seen for c in self.channels], self.pairs)

    def _exposed(self, one: Channel) -> Panel:
        """The panel with the channel's own exposure in it: reviews by order day for the stream of bad reviews."""
        if one.reviews is None:
            return self.at
        wide = int(self.at.category.max(initial=0)) + 1
        cell_key = self.at.owner * wide + self.at.category
        spot = np.minimum(
            np.searchsorted(cell_key, one.reviews.entity * wide + one.reviews.category), len(cell_key) - 1
        )
        lines = np.bincount(
            spot * self.at.days + one.reviews.order, weights=one.reviews.count, minlength=self.at.lines.size
        )
        return replace(self.at, lines=lines.reshape(self.at.lines.shape))

    def _redrawn(self, chance: np.random.Generator) -> list[Events]:
        out = []
        for one, burst in zip(self.channels, self.bursts, strict=True):
            if one.reviews is None:
                curve = one.course.blocks[-1].fitted.curve
                out.append(calibration.redrawn_sales(one.seen, self.at, curve, burst, chance))
            else:
                out.append(calibration.redrawn_reviews(one.seen, one.reviews, self.at, burst, chance))
        return out

    def _calibrate(self) -> list[Threshold]:
        own = self.policy.calibration
        share = self.budget / len(self.names)
        rounds = int(np.clip(np.ceil(own.entities / self.at.entities), 1, 25))
        enough = [c.seen.count.sum() >= 30 for c in self.channels]
        enough += [any(enough)] if len(self.names) > len(self.channels) else []
        chance = np.random.default_rng([own.seed, LEVELS.index(self.at.level)])
        tops: list[list[Floats]] = [[] for _ in self.names]
        quicks: list[list[Floats]] = [[] for _ in self.names]
        for _ in range(rounds if any(enough) else 0):
            seen = self._redrawn(chance)
            pairs = self._event_pairs(seen)
            for i, track in enumerate(self._run(seen, pairs)):
                top, quick = track.highest(pairs, self.at.entities, self.policy.evidence.least_events)
                tops[i].append(np.maximum(top, own.floor - 1.0))
                quicks[i].append(quick)
        out = []
        self.tails: list[calibration.Tail | None] = []
        for i, name in enumerate(self.names):
            self.tails.append(calibration.Tail.of(np.concatenate(tops[i])) if enough[i] else None)
            tail = self.tails[-1]
            if tail is not None:
                main = tail.level(share * (1 - own.fast_share), own.floor)
                fast = calibration.Tail.of(np.concatenate(quicks[i])).level(share * own.fast_share, own.floor)
            else:
                main = calibration.level_in_theory(share, self.onsets, own.floor)
                fast = main
            source = "redrawn" if enough[i] else "theory"
            out.append(Threshold(self.at.level, name, main, fast, source, self.at.entities * rounds))
        return out

    def signals(self) -> list[Signal]:
        """One signal per episode of each channel."""
        found: list[Found] = []
        for i, (name, track) in enumerate(zip(self.names, self.tracks, strict=True)):
            found += self._episodes(i, name, track)
        hypotheses = self.at.entities * len(self.names)
        scores = np.array([f.judged.score[0] for f in found])
        chance = np.array([self._chance(f) for f in found])
        shares = calibration.expected_false(chance, hypotheses)
        bounds = calibration.bounded_false(scores, hypotheses, self.onsets)
        return [
            signal(self.tallies, self.policy, self.at, self.channels, one, (float(share), float(bound)))
            for one, share, bound in zip(found, shares, bounds, strict=True)
        ]

    def _chance(self, found: Found) -> float:
        """The chance that a faultless entity ever gets this far: by redrawn history, or by Ville's inequality."""
        tail = self.tails[found.channel]
        score = found.judged.score
        return float(tail.chance(score)[0] if tail else min(self.onsets * np.exp(-score[0]), 1.0))

    def _crossed(self, i: int, track: Track | Judged) -> NDArray[np.bool_]:
        limit = self.thresholds[i]
        enough = track.seen >= self.policy.evidence.least_events - 1e-9
        return enough & ((track.score >= limit.value) | ((track.fast >= limit.fast) & (self.names[i] != FUSED)))

    def _episodes(self, i: int, name: str, track: Track) -> list[Found]:
        crossed = self._crossed(i, track)
        out: list[Found] = []
        event = self.pairs.entity * self.at.days + self.pairs.day
        for entity in np.unique(self.pairs.entity[crossed]):
            first = int(self.pairs.day[crossed & (self.pairs.entity == entity)][0])
            length = self.at.days - first
            every = Pairs(np.full(length, entity), np.arange(first, self.at.days))
            parts = self.judged([c.seen for c in self.channels], every)
            place = np.minimum(np.searchsorted(event, entity * self.at.days + every.day), len(event) - 1)
            fresh = event[place] == entity * self.at.days + every.day
            up = self._crossed(i, parts[i]) & fresh
            down = parts[i].score < self.policy.signal.clear * self.thresholds[i].value
            day = 0
            while up[day:].any():
                begin = day + int(up[day:].argmax())
                end = begin + int(down[begin:].argmax()) if down[begin:].any() else -1
                here = [_row(p, begin) for p in parts]
                cleared = int(every.day[end]) if end >= 0 else None
                out.append(
                    Found(i, name, int(entity), int(every.day[begin]), here[i], here, cleared, self.thresholds[i])
                )
                if end < 0:
                    break
                day = end
        return out

    def scores(self) -> list[Scores]:
        """The running evidence of every entity on every day since its first sale, all channels."""
        pairs = windows.all_pairs(self.at, self.warm)
        tracks = self._run([c.seen for c in self.channels], pairs)
        day = (pairs.day + self.tallies.first_day).astype(np.int32)
        return [
            Scores(self.at.level, name, self.at.ids, pairs.entity, day, track.score)
            for name, track in zip(self.names, tracks, strict=True)
        ]


def _row(of: Judged, row: int) -> Judged:
    one = slice(row, row + 1)
    return Judged(
        of.score[one], of.fast[one], of.onset[one], of.seen[one], of.expected[one], of.rate[one], of.onsets[one]
    )
