"""
How surprising is surprising enough: thresholds from a false-alarm budget, found on the history at hand redrawn without faults.

Each entity keeps its own sales and its own number of events; the events are dealt again over its orders in proportion to how ripe they are, with the
*burstiness* that the live history shows beyond chance (a gamma factor by entity and four weeks, fitted by moments). What remains is everything but faults:
volumes, seasons, ageing, heterogeneity, clumps. The threshold is the evidence that only the budgeted share of these entities ever reaches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.monitoring.rules.panel import Events, Panel

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
BLOCK = 28


@dataclass(frozen=True, slots=True)
class Burstiness:
    """`dispersion` φ: Pearson's quotient of four-week counts; `variance` ω: of the gamma factor that explains it. Both robust against single faults."""

    dispersion: float
    variance: float


def burstiness(seen: Events, panel: Panel, curve: Floats, calm: NDArray[np.bool_]) -> Burstiness:
    """
    Measure how much more than chance four-week cohorts of one entity differ, given its total, over the `calm` entities (those under no suspicion: a
    fault must not teach that faults are usual). `curve` (categories, ages) matures the last cohorts.
    """
    blocks = panel.days // BLOCK + 1
    owner = panel.owner
    ripe = np.cumsum(curve, axis=1)[panel.category]
    age = np.clip(panel.days - 1 - np.arange(panel.days), 0, curve.shape[1] - 1)
    matured = panel.lines * ripe[:, age]
    edges = np.arange(0, panel.days, BLOCK)
    exposure = np.zeros((panel.entities, blocks))
    np.add.at(exposure[:, : len(edges)], owner, np.add.reduceat(matured, edges, axis=1))
    count = np.bincount(
        seen.entity * blocks + seen.order // BLOCK, weights=seen.count, minlength=panel.entities * blocks
    ).reshape(panel.entities, blocks)
    whole = exposure.sum(1, keepdims=True)
    share = np.divide(exposure, whole, out=np.zeros_like(exposure), where=whole > 0)
    mean = count.sum(1, keepdims=True) * share
    kept = (share > 0) & (share < 0.9) & (mean > 0) & calm[:, None]
    x, e, v = count[kept], mean[kept], (mean * (1 - share))[kept]
    if len(x) < 30:
        return Burstiness(1.0, 0.0)
    x = np.minimum(x, np.ceil(e + 4.0 * np.sqrt(e) + 1.0))
    square = (x - e) ** 2
    dispersion = float(square.sum() / v.sum())
    variance = float((square - v).sum() / (e**2).sum())
    return Burstiness(float(np.clip(dispersion, 1.0, 5.0)), float(np.clip(variance, 0.0, 4.0)))


def redrawn_sales(seen: Events, panel: Panel, curve: Floats, burst: float, chance: np.random.Generator) -> Events:
    """One redrawn history of a stream that matures over sales: order days by ripe lines, delays by the category's curve cut at the last day."""
    number = np.round(seen.total(panel.entities)).astype(np.int64)
    ripe = np.cumsum(curve, axis=1)
    age = np.clip(panel.days - 1 - np.arange(panel.days), 0, curve.shape[1] - 1)
    weight = panel.lines * ripe[panel.category][:, age]
    if burst > 0:
        noise = chance.gamma(1.0 / burst, burst, size=(len(weight), panel.days // BLOCK + 1))
        weight = weight * noise[:, np.arange(panel.days) // BLOCK]
    total = np.concatenate([[0.0], np.cumsum(weight.ravel())])
    low, high = total[panel.start[:-1] * panel.days], total[panel.start[1:] * panel.days]
    entity, mark = _dealt(seen, number, high > low)
    spot = low[entity] + chance.random(len(entity)) * (high - low)[entity]
    flat = np.clip(np.searchsorted(total, spot, side="right") - 1, 0, weight.size - 1)
    order, category = flat % panel.days, panel.category[flat // panel.days]
    oldest = np.minimum(panel.days - 1 - order, curve.shape[1] - 1)
    level = chance.random(len(entity)) * ripe[category, oldest]
    stacked = (ripe + np.arange(len(ripe))[:, None] * 2.0).ravel()
    lag = np.searchsorted(stacked, level + category * 2.0, side="right") - category * curve.shape[1]
    return _events(entity, category, order, order + np.clip(lag, 0, oldest), mark)


def redrawn_reviews(seen: Events, reviews: Events, panel: Panel, burst: float, chance: np.random.Generator) -> Events:
    """One redrawn history of bad reviews: each entity's bad ones dealt again over its own reviews."""
    number = np.round(seen.total(panel.entities)).astype(np.int64)
    weight = reviews.count
    if burst > 0:
        noise = chance.gamma(1.0 / burst, burst, size=(panel.entities, panel.days // BLOCK + 1))
        weight = weight * noise[reviews.entity, reviews.order // BLOCK]
    total = np.concatenate([[0.0], np.cumsum(weight)])
    begin = np.searchsorted(reviews.entity, np.arange(panel.entities + 1))
    low, high = total[begin[:-1]], total[begin[1:]]
    entity, mark = _dealt(seen, number, high > low)
    spot = low[entity] + chance.random(len(entity)) * (high - low)[entity]
    row = np.clip(np.searchsorted(total, spot, side="right") - 1, 0, max(len(weight) - 1, 0))
    return _events(entity, reviews.category[row], reviews.order[row], reviews.day[row], mark)


def _dealt(seen: Events, number: Ints, able: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Entity and mark of every event that is dealt again: an entity's events keep who sent them, and only their days are drawn anew."""
    entity = np.repeat(np.arange(len(number)), np.where(able, number, 0))
    times = np.where(able[seen.entity], np.round(seen.count).astype(np.int64), 0)
    return entity, np.repeat(seen.mark, times)


def _events(entity: Ints, category: Ints, order: Ints, day: Ints, mark: Ints) -> Events:
    place = np.lexsort((mark, category, order, day, entity))
    return Events(entity[place], category[place], order[place], day[place], mark[place], np.ones(len(place)))


def level_in_theory(budget: float, onsets: int, floor: float) -> float:
    """
    Where there is too little to redraw: log(onsets / budget). Under the null the e-SR statistic minus the number of onsets tried is a martingale, so it
    exceeds that with probability at most `budget` (Ville's inequality; Shiryaev-Roberts).
    """
    return float(max(np.log(max(onsets, 1) / budget), floor))


@dataclass(frozen=True, slots=True)
class Tail:
    """The distribution of the greatest evidence of a faultless entity over the history: sorted maxima, the ninth decile and the mean excess above it."""

    ordered: Floats
    decile: float
    excess: float

    @classmethod
    def of(cls, highest: Floats) -> Tail:
        """From the maxima of redrawn entities."""
        decile = float(np.quantile(highest, 0.9))
        above = highest[highest > decile]
        return cls(np.sort(highest), decile, float((above - decile).mean()) if len(above) else 1.0)

    def level(self, budget: float, floor: float) -> float:
        """
        The evidence that at most the budgeted share ever exceeds, but never below `floor`.

        Where fewer than ten entities make up the budget, the tail above the ninth decile is taken for exponential and extended.
        """
        if budget * len(self.ordered) >= 10:
            return float(max(self.ordered[::-1][int(budget * len(self.ordered))], floor))
        return float(max(self.decile + self.excess * np.log(0.1 / min(budget, 0.1)), floor))

    def chance(self, evidence: Floats) -> Floats:
        """The chance that a faultless entity ever reaches `evidence`: counted, beyond the tenth greatest extended exponentially."""
        over = len(self.ordered) - np.searchsorted(self.ordered, evidence)
        counted = (over + 1.0) / (len(self.ordered) + 1.0)
        beyond = 0.1 * np.exp(-np.maximum(evidence - self.decile, 0.0) / self.excess)
        return np.asarray(np.where(over >= 10, counted, np.minimum(beyond, counted)))


def expected_false(chance: Floats, hypotheses: int) -> Floats:
    """Benjamini-Hochberg: for each signal the expected share of false ones among the signals at least as unlikely. Shape as `chance`; in [0, 1]."""
    return _step_up(np.log(np.maximum(chance, 1e-300)), hypotheses)


def bounded_false(evidence: Floats, hypotheses: int, onsets: int) -> Floats:
    """
    e-BH: the same as a bound under any dependence. Wang & Ramdas 2022.

    The evidence of a frozen signal is a running supremum, so it is first divided by the number of onsets tried and adjusted by 0.1·E^0.9
    (Shafer et al. 2011; Tavyrikov, Goeman, de Heide, arXiv 2501.19360).
    """
    return _step_up(-(np.log(0.1) + 0.9 * (evidence - np.log(max(onsets, 1)))), hypotheses)


def _step_up(log_chance: Floats, hypotheses: int) -> Floats:
    """Hypotheses × chance / rank, made monotone from the weakest up."""
    if not len(log_chance):
        return np.zeros(0)
    order = np.argsort(log_chance, kind="stable")
    bound = np.log(max(hypotheses, 1)) + log_chance[order] - np.log(np.arange(1, len(order) + 1))
    out = np.empty(len(order))
    out[order] = np.exp(np.minimum(np.minimum.accumulate(bound[::-1])[::-1], 0.0))
    return out
