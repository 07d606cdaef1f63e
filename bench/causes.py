"""Root causes and stunts on the simulator's planted incidents. The truth is planted, so every figure here is simulated."""

from __future__ import annotations

import os
from dataclasses import dataclass
from datetime import date, timedelta

from bench.ledger import Row

AFTER = 45
"""Days after the end of an incident in which a signal still counts as its own: returns of its last orders come late."""


@dataclass(frozen=True)
class Outcome:
    """What became of one planted incident. `raised` is the first signal that touches it, `named` whether a signal's cause is the true one."""

    name: str
    fault: bool
    raised: date | None
    delay: int | None
    cause: str
    named: bool
    signals: int


def touched(world, incident) -> set[tuple[str, str]]:
    """The entities that an incident runs through: itself, the batches and listings inside it, and the listing of a batch."""
    market = world.market
    if incident.entity_kind == "carrier":
        return set()
    if incident.entity_kind == "merchant":
        inside = {r["listing_id"] for r in market.listings if r["merchant_id"] == incident.entity_id}
    else:
        inside = {incident.entity_id if incident.entity_kind == "listing" else "L" + incident.entity_id[1:6]}
    out = {("listing", i) for i in inside} | {(incident.entity_kind, incident.entity_id)}
    if incident.entity_kind != "batch":
        out |= {("batch", b["batch_id"]) for b in world.batches if b["listing_id"] in inside}
    return out


def judged(world, incident, signals) -> Outcome:
    """Match the signals to one incident: on its entities, raised between its start and a while after its end."""
    mine = touched(world, incident)
    span = (incident.start, incident.end + timedelta(days=AFTER))
    hits = [s for s in signals if (s.entity_kind, s.entity_id) in mine and span[0] <= s.raised_on <= span[1]]
    if not incident.is_fault:
        # a stunt lasts days; what is raised on the same listing in its stream within two weeks is its doing
        stream = {"bad_review": "review"}.get(incident.stream, incident.stream)
        near = incident.start + timedelta(days=14)
        hits = [s for s in hits if s.stream in {stream, "fused"} and s.raised_on <= near]
        if incident.entity_kind == "carrier":
            hits = []
    first = hits[0] if hits else None
    right = [s for s in hits if (s.cause_kind, s.cause_id) == (incident.entity_kind, incident.entity_id)]
    return Outcome(
        name=incident.name,
        fault=incident.is_fault,
        raised=first.raised_on if first else None,
        delay=(first.raised_on - incident.start).days if first else None,
        cause=f"{first.cause_kind} {first.cause_id}" if first else "",
        named=bool(first and first in right),
        signals=len(hits),
    )


def world_of(seed: int):
    """A simulated year, its scan, and what became of each incident. Signals that touch no incident come last."""
    from bench.detection import policy

    from pinzhi.doors.cli.demo import event_table
    from pinzhi.engine import aggregates
    from pinzhi.life.monitoring.rules.scan import scan
    from pinzhi.simulation.history import simulate

    world = simulate(seed=seed)
    found = scan(aggregates.tallies(event_table(world.events)), policy())
    outcomes = [judged(world, i, found.signals) for i in world.incidents]
    carrier = next(i for i in world.incidents if i.entity_kind == "carrier")
    known = set().union(*(touched(world, i) for i in world.incidents))
    rest = [s for s in found.signals if (s.entity_kind, s.entity_id) not in known]
    weather = [s for s in rest if carrier.start <= s.raised_on <= carrier.end + timedelta(days=14)]
    return outcomes, rest, weather, found


def run() -> list[Row]:
    """Print the table, and give the sums as rows (peer: the goal of the field notes)."""
    seeds = [20261125 + i for i in range(int(os.environ.get("PINZHI_BENCH_WORLDS", "1")))]
    faults, named, raised, false, total = 0, 0, 0, 0, 0
    print(f"simulated: {len(seeds)} worlds of 420 listings over 365 days, 1 % budget for each level")
    for seed in seeds:
        outcomes, rest, weather, found = world_of(seed)
        for one in outcomes:
            if one.name == "carrier_failure":
                continue  # it has no listing of its own: counted below
            kind = "fault" if one.fault else "stunt"
            when = f"after {one.delay:>3} days" if one.raised else "not raised    "
            print(f"  simulated {seed} {kind} {one.name:<20} {when} {one.signals:>3} signals  named {one.cause or '-':<22} {'right' if one.named else ''}")  # fmt: skip
            faults, raised = faults + one.fault, raised + (one.fault and one.raised is not None)
            named += one.fault and one.named
            false += not one.fault and one.signals > 0
        total += len(rest)
        print(f"  simulated {seed} signals elsewhere: {len(rest)} of {len(found.signals)} over {found.entities} entities (budget {found.expected_false:.1f}); of them {len(weather)} around the carrier's failure")  # fmt: skip
    return [
        Row("simulated: faults raised", "%", 100 * raised / faults, 100.0, "planted"),
        Row("simulated: cause named right, of those raised", "%", 100 * named / max(raised, 1), 90.0, "goal"),
        Row("simulated: stunts taken for faults", "of 2 a world", false / len(seeds), 0.0, "goal"),
        Row("simulated: signals elsewhere", "per world", total / len(seeds), 0.0, "goal"),
    ]
