"""
Copied codes: share of those with ten copies or more that are raised by their fifth scan, beside the rules that others use, on markets with hidden parameters.

`python -m bench tracing_clones`. Simulator figures (`simulation.copies`); the seeds here were never used to set a figure of the rules.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from time import thread_time

from bench.ledger import Row

from pinzhi.life.tracing.rules.clones import CloneWatch, Seen
from pinzhi.simulation.copies import ScanEvent, draw_field, history

SEEDS, PIECES = range(900, 910), 20_000


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
    return [*rows, Row("scans and sales weighed", "events/s", events_seen / spent, 0, "")]
