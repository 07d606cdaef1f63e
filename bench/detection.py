"""
Detection beside what one would use instead: `python -m bench detection`. Everything in one process, on the same counts, thresholds found the same way.

Three kinds of planted faults on the real Online Retail returns: «independent» (a fault does not care who bought), «habitual» (every added return is
carried by the buyer's habit of returning and joins his other returns; the hard case for marks), and «permuted» (a true null underneath).
Root causes are measured on the simulator's planted incidents; those figures are simulated. PINZHI_BENCH_SEEDS (default 2) and PINZHI_BENCH_WORLDS (default 1)
set how many of each.
"""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
from bench import retail
from bench.ledger import Row

SIZES = np.array([1.5, 2.0, 3.0, 5.0, 10.0])
PRIOR = np.array([0.15, 0.25, 0.25, 0.20, 0.15])
GUARD = 28
KINDS = ("independent", "habitual", "permuted")


def policy():
    import pinzhi.life.monitoring as station
    from pinzhi.kernel.policy import read_policy
    from pinzhi.life.monitoring.contracts import MonitoringPolicy

    return MonitoringPolicy.of(read_policy(Path(station.__file__).with_name("policy.toml").read_text("utf-8")))


def without_marks(own):
    """The policy with every ρ equal to one."""
    return replace(own, marks=replace(own.marks, mixing=1.0, habit=0.0))


class Prepared:
    """One shop with planted faults, fitted once; `score` judges it with or without marks."""

    def __init__(self, real: retail.Shop, returns: retail.Lines) -> None:
        from pinzhi.life.monitoring.rules import panel, running, windows

        self.tallies, self.policy = retail.tallies(real, returns), policy()
        self.at = panel.panel(self.tallies, "listing")
        self.course = running.course(self.tallies, "return", self.policy, self.at)
        self.exposure = windows.Exposure(self.at, self.policy.evidence)
        self.code = np.array([int(name[1:]) for name in self.at.ids])
        self.shape = (real.products, real.days)

    def score(self, own, *, every_day: bool = False) -> np.ndarray:
        """The running evidence (products, days); between events it only falls, so days with an event are enough."""
        from pinzhi.life.monitoring.rules import running, windows

        course = replace(self.course, rho=running.mark_ratios(self.course.past, self.course.blocks, own))
        channel = running.channel(self.tallies, course, self.at, own, self.exposure)
        pairs = windows.all_pairs(self.at, 28) if every_day else windows.event_pairs(channel.seen, self.at.days, 28)
        out = np.full(self.shape, -30.0)
        for low in range(0, len(pairs), running.CHUNK):
            some = pairs.part(low, low + running.CHUNK)
            out[self.code[some.entity], some.day] = running.judge(channel, channel.seen, some, own).score
        return out

    def counts(self) -> tuple[np.ndarray, np.ndarray]:
        """Returning customers and sold lines by product and day: what every peer is given."""
        sales, rows = self.tallies.sales, self.tallies.outcomes
        x, s = np.zeros(self.shape), np.zeros(self.shape)
        np.add.at(x, (self.code[rows.listing], rows.day - self.tallies.first_day), rows.count)
        np.add.at(s, (self.code[sales.listing], sales.day - self.tallies.first_day), sales.lines)
        return x, s


def matured(sold: np.ndarray, delay: np.ndarray) -> np.ndarray:
    """Sales convolved with the measured delays."""
    out = np.zeros_like(sold)
    for lag, share in enumerate(delay):
        out[:, lag:] += share * sold[:, : sold.shape[1] - lag]
    return out


def before(values: np.ndarray, guard: int = GUARD) -> np.ndarray:
    """Running totals until `guard` days ago."""
    out = np.zeros_like(values)
    out[:, guard:] = np.cumsum(values, axis=1)[:, :-guard]
    return out


def last(values: np.ndarray, days: int) -> np.ndarray:
    """Totals of the last `days` days."""
    total = np.cumsum(values, axis=1)
    out = total.copy()
    out[:, days:] -= total[:, :-days]
    return out


def rolling_z(x: np.ndarray, _: np.ndarray) -> np.ndarray:
    """The last 7 days against the 56 before, in standard deviations of daily counts."""
    mean7 = last(x, 7) / 7
    old, square = np.zeros_like(x), np.zeros_like(x)
    old[:, 7:], square[:, 7:] = last(x, 56)[:, :-7] / 56, last(x**2, 56)[:, :-7] / 56
    return (mean7 - old) / np.sqrt(np.maximum(square - old**2, 0.01) / 7)


def p_chart(x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """The last 14 days against the product's own history, in standard errors."""
    mean = before(x) / np.maximum(before(e), 1e-9)
    mean = np.where(before(e) > 0, mean, x.sum() / e.sum())
    expected = np.maximum(mean, 1e-3) * last(e, 14)
    return (last(x, 14) - expected) / np.sqrt(expected + 0.25)


def own_cusum(x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Page's CUSUM for three times the product's own history (half an event of the shop's mean inside)."""
    mean = x.sum() / e.sum()
    rate = (before(x) + 0.5) / (before(e) + 0.5 / mean)
    out, now = np.zeros_like(x), np.zeros(len(x))
    for day in range(x.shape[1]):
        now = np.maximum(now + x[:, day] * np.log(3.0) - 2.0 * rate[:, day] * e[:, day], 0.0)
        out[:, day] = now
    return out


def daily_esr(x: np.ndarray, e: np.ndarray) -> np.ndarray:
    """Shiryaev-Roberts mixture by day of arrival over a gamma-Poisson baseline shrunk to the shop: the field notes' best method on one stream."""
    gx, ge = before(x), before(e)
    mean = (gx.sum(0) + 1) / (ge.sum(0) + 1 / 0.018)
    some, m = ge[:, 150] > 5, mean[150]
    spread = ((gx[some, 150] - m * ge[some, 150]) ** 2 - m * ge[some, 150]).sum() / (ge[some, 150] ** 2).sum()
    k = m * m / max(spread, 1e-9)
    out, total = np.zeros_like(x), np.zeros((len(x), len(SIZES)))
    for day in range(x.shape[1]):
        a, b = (k + gx[:, day])[:, None], (k / mean[day] + ge[:, day])[:, None]
        seen, due = x[:, day, None], e[:, day, None]
        step = seen * np.log(SIZES) + (a + seen) * np.log((b + due) / (b + SIZES * due))
        total = (total + 1) * np.exp(np.clip(step, -50, 50))
        out[:, day] = np.log(total @ PRIOR)
    return out


def page_hinkley(x: np.ndarray) -> tuple[np.ndarray, float]:
    """river's PageHinkley, tuned as in the field notes (threshold 3, delta 0.02), on daily counts: 1 on days it raises. And its updates per second."""
    from river.drift import PageHinkley

    out = np.zeros_like(x)
    start = time.perf_counter()
    for i, counts in enumerate(x.tolist()):
        watch = PageHinkley(threshold=3.0, delta=0.02, min_instances=10, mode="up")
        for day, count in enumerate(counts):
            watch.update(count)
            out[i, day] = watch.drift_detected
    return out, x.size / (time.perf_counter() - start)


PEERS = {"rolling z": rolling_z, "p-chart": p_chart, "own CUSUM": own_cusum, "day e-SR": daily_esr}


def one_run(real: retail.Shop, kind: str, size: float, seed: int) -> dict[tuple[str, float], retail.Recall]:
    """All detectors on one planting: recall by (detector, budget)."""
    under = retail.permuted(real, seed) if kind == "permuted" else real
    returns, since = retail.planted(under, seed, size, habits=kind == "habitual")
    ready = Prepared(under, returns)
    x, sold = ready.counts()
    e = matured(sold, under.delay)
    scores = {"ours": ready.score(ready.policy), "ours without marks": ready.score(without_marks(ready.policy))}
    scores |= {name: peer(x, e) for name, peer in PEERS.items()}
    out = {(n, b): retail.recall(under, s, since, b) for n, s in scores.items() for b in (0.05, 0.01)}
    drift = retail.recall(under, page_hinkley(x)[0], since, None)
    out["PageHinkley", 0.0] = drift
    out["ours", 0.0] = retail.recall(under, scores["ours"], since, max(drift.flagged, 1e-4))
    return out


def recalls(real: retail.Shop, seeds: int) -> list[Row]:
    """The table of recalls."""
    rows = []
    for kind in KINDS:
        for size in (10.0, 5.0):
            runs = [one_run(real, kind, size, seed) for seed in range(seeds)]
            mean = {key: 100 * float(np.mean([r[key].found for r in runs])) for key in runs[0]}
            for budget in (0.01, 0.05):
                what = f"{kind}, x{size:.0f}, {budget:.0%} of healthy flagged"
                peers = ("ours without marks", *reversed(PEERS))
                rows += [Row(what, "recall %", mean["ours", budget], mean[name, budget], name) for name in peers]
            flagged = 100 * float(np.mean([r["PageHinkley", 0.0].flagged for r in runs]))
            what = f"{kind}, x{size:.0f}, {flagged:.1f} % of healthy flagged"
            rows.append(Row(what, "recall %", mean["ours", 0.0], mean["PageHinkley", 0.0], "river PageHinkley"))
    return rows


def throughput(real: retail.Shop) -> list[Row]:
    """Every product over every day, baseline fits included: as a sweep does it (days with an event), and with a score for each day."""
    from pinzhi.life.monitoring.rules import running

    ready = Prepared(real, real.returns)
    peer = page_hinkley(ready.counts()[0])[1]
    out = []
    for what, every_day in (("as swept", False), ("a score for every day", True)):
        start = time.perf_counter()
        running.course(ready.tallies, "return", ready.policy, ready.at)
        ready.score(ready.policy, every_day=every_day)
        ours = real.products * real.days / (time.perf_counter() - start)
        out.append(Row(f"throughput, {what}", "entity-days/s", ours, peer, "river PageHinkley"))
    return out


def run() -> list[Row]:
    """All figures. Without the shared data only the simulated ones."""
    from bench import causes

    rows = causes.run()
    path = retail.data()
    if path is None:
        print("detection: the public data sets (../shared) are not on this machine; recalls are skipped")
        return rows
    real = retail.shop(path)
    return [*rows, *throughput(real), *recalls(real, int(os.environ.get("PINZHI_BENCH_SEEDS", "2")))]
