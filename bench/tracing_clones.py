"""
Copied codes: share of those with ten copies or more that are raised by their fifth scan, beside the rules that others use, on markets with hidden parameters.

Then the same in markets where destinations and covered codes are known too (`simulation.copies_further`), with and without what they say.

`python -m bench tracing_clones`. Simulator figures (`simulation.copies`); the seeds here were never used to set a figure of the rules.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from importlib.resources import files
from time import thread_time

from bench.ledger import Row

from pinzhi.kernel.policy import read_policy
from pinzhi.life.tracing.rules.clones import CloneRules, CloneWatch, Seen
from pinzhi.life.tracing.rules.clones_further import Covered
from pinzhi.life.tracing.rules.policy import TracingPolicy, typed_policy
from pinzhi.simulation.copies import ScanEvent, draw_field, history
from pinzhi.simulation.copies_further import draw_further, further_history

SEEDS, PIECES = range(900, 910), 20_000
FURTHER = {
    "scans and sales only": (False, False), "and destinations": (True, False), "and covered codes": (False, True),
    "and both": (True, True),
}  # fmt: skip


def by_count(events: list[ScanEvent], scans: int) -> dict[str, int]:
    """Raised at so many scans."""
    seen: Counter[str] = Counter()
    found: dict[str, int] = {}
    for e in events:
        seen[e.code] += not e.sale
        if seen[e.code] == scans:
            found.setdefault(e.code, scans)
    return found


def by_cities(events: list[ScanEvent], cities: int) -> dict[str, int]:
    """Raised at so many regions."""
    where, seen, found = defaultdict(set), Counter(), {}
    for e in events:
        if not e.sale:
            seen[e.code] += 1
            where[e.code].add(e.region)
            if len(where[e.code]) == cities:
                found.setdefault(e.code, seen[e.code])
    return found


def by_travel(events: list[ScanEvent], hours: float = 2.0) -> dict[str, int]:
    """Raised when two regions are seen within hours."""
    last, seen, found = {}, Counter(), {}
    for e in events:
        if not e.sale:
            seen[e.code] += 1
            at, region = last.get(e.code, (e.at, e.region))
            if region != e.region and (e.at - at).total_seconds() < hours * 3600:
                found.setdefault(e.code, seen[e.code])
            last[e.code] = (e.at, e.region)
    return found


def ours(events: list[ScanEvent], *, batches: bool = True) -> dict[str, int]:
    """Our rule."""
    watch, found = CloneWatch(), {}
    for e in events:
        if hit := watch.take(Seen(e.code, e.at, e.sale, e.buyer, e.region, e.batch if batches else "")):
            found[e.code] = hit.scans
    return found


def further(seed: int, counts: dict[str, Counter[str]]) -> None:
    """Count what each kind of evidence gives in one market with destinations and covered codes."""
    events, shipments, truth = further_history(draw_field(seed), draw_further(seed), seed, PIECES)
    scans = Counter(e.code for e in events if not e.sale and not e.covered)
    wanted = [c for c, n in truth.copied.items() if n >= 10 and scans[c] >= 5]
    for name, (sent, covered) in FURTHER.items():
        watch, found = CloneWatch(CloneRules(further=policy().clones)), {}
        for one in shipments if sent else ():
            watch.ship(one.batch, one.region)
        for e in events:
            if covered or e.covered is None:
                typed = Covered(e.covered) if e.covered else None
                if hit := watch.take(Seen(e.code, e.at, e.sale, e.buyer, e.region, e.batch, typed)):
                    found[e.code] = hit.scans
        counts[name]["due"] += len(wanted)
        counts[name]["genuine"] += PIECES - len(truth.copied)
        counts[name]["found"] += sum(found.get(c, 99) <= 5 for c in wanted)
        counts[name]["third"] += sum(found.get(c, 99) <= 3 for c in wanted)
        counts[name]["false"] += sum(c not in truth.copied for c in found)


def policy() -> TracingPolicy:
    """The figures as shipped."""
    return typed_policy(read_policy(files("pinzhi.life.tracing").joinpath("policy.toml").read_text("utf-8")))


def run() -> list[Row]:
    rules = {
        "likelihood": ours,
        "likelihood, batches not known": lambda e: ours(e, batches=False),
        "3 scans": lambda e: by_count(e, 3),
        "5 scans": lambda e: by_count(e, 5),
        "3 regions": lambda e: by_cities(e, 3),
        "two regions within 2 h": by_travel,
    }
    hits, false, due, genuine, events_seen, spent = Counter(), Counter(), 0, 0, 0, 0.0
    for seed in SEEDS:
        events, truth = history(draw_field(seed), seed, PIECES)
        scans = Counter(e.code for e in events if not e.sale)
        wanted = [c for c, n in truth.copied.items() if n >= 10 and scans[c] >= 5]
        due, genuine, events_seen = due + len(wanted), genuine + PIECES - len(truth.copied), events_seen + len(events)
        for name, rule in rules.items():
            start = thread_time()
            found = rule(events)
            spent += (thread_time() - start) * (name == "likelihood")
            hits[name] += sum(found.get(c, 99) <= 5 for c in wanted)
            false[name] += sum(c not in truth.copied for c in found)
    rows = []
    for name in rules:
        rows.append(Row(f"{name}: found by the 5th scan", "%", 100 * hits[name] / due, 95, "goal"))
        rows.append(Row("  genuine codes raised", "per 100,000", 1e5 * false[name] / genuine, 100, "at most (goal)"))
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for seed in SEEDS:
        further(seed, counts)
    for name, n in counts.items():
        rows.append(
            Row(f"further markets, {name}: found by the 5th scan", "%", 100 * n["found"] / n["due"], 95, "goal")
        )
        rows.append(Row("  by the 3rd", "%", 100 * n["third"] / n["due"], 0, ""))
        share = 1e5 * n["false"] / n["genuine"]
        rows.append(Row("  genuine codes raised", "per 100,000", share, 100, "at most (goal)"))
    return [*rows, Row("scans and sales weighed", "events/s", events_seen / spent, 0, "")]
