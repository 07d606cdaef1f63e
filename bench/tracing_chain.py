"""
Histories and recalls over a large store of events. `python -m bench tracing_chain`; PINZHI_BENCH_EDGES sets the size (default 1,000,000 mentions).

The chain: lots of 10,000 units, coded in events of 1,000, packed by hundreds, shipped and received as pallets, some sold. Rows are written straight into the
tables, as capture would have left them; what is measured is reading.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from bench.ledger import Row

EDGES = int(os.environ.get("PINZHI_BENCH_EDGES", "1000000"))
UNITS = 10_000
GTIN = "06901234567892"
T0 = datetime(2026, 9, 1, tzinfo=UTC)
TRIES = 300


def run() -> list[Row]:
    """Fill, then ask."""
    from pinzhi.life.tracing import history, recall
    from pinzhi.life.tracing.models import Mention
    from pinzhi.people.roles import Actor

    lots = max(1, EDGES // 31_000)
    start = time.perf_counter()
    fill(lots)
    filled = time.perf_counter() - start
    mentions = Mention.objects.count()
    rng = random.Random(20261126)
    took = []
    for _ in range(TRIES):
        lot, serial = rng.randrange(lots), rng.randrange(UNITS)
        begin = time.perf_counter()
        found = history.of(f"https://id.gs1.org/01/{GTIN}/21/L{lot}U{serial}")
        took.append(time.perf_counter() - begin)
        assert len(found.lines) in (4, 5), found
    took.sort()
    by, again = Actor.system("bench"), []
    for _ in range(5):
        begin = time.perf_counter()
        counts = recall.look(f"{GTIN}/L{rng.randrange(lots)}", by).counts
        again.append(time.perf_counter() - begin)
        assert (counts.made, counts.sold, counts.located) == (UNITS, UNITS // 10, UNITS - UNITS // 10)
    again.sort()
    return [
        Row(f"filled: {mentions:,} mentions", "mentions/s", mentions / filled, 0, "straight into the tables"),
        Row("history of a unit, median", "ms", took[TRIES // 2] * 1000, 10, "goal p99"),
        Row("history of a unit, p99", "ms", took[int(TRIES * 0.99)] * 1000, 10, "goal"),
        Row(f"recall of a lot of {UNITS:,} units, median", "ms", again[2] * 1000, 200, "goal"),
    ]


def fill(lots: int) -> None:
    """So many lots, each with its units and events."""
    from django.db import connection, transaction

    from pinzhi.life.tracing.models import CaptureJob

    job = CaptureJob.objects.create(id="0" * 32, at=T0, by="bench", digest="0" * 64)
    state = {"thing": 0, "event": 0}
    for lot in range(lots):
        with transaction.atomic(), connection.cursor() as cursor:
            things, events, mentions = rows(lot, state)
            cursor.executemany("INSERT INTO tracing_thing (id, uri, lot_id) VALUES (%s, %s, %s)", things)
            cursor.executemany(
                "INSERT INTO tracing_event (id, hash, event_id, kind, at, recorded_at, action, step, disposition, read_point, location,"
                " transformation, error, voided, owner, job_id, body) VALUES (%s, %s, '', %s, %s, %s, %s, %s, '', '', %s, '', 0, 0, '', %s, NULL)",
                [(*e, job.pk) for e in events],
            )
            cursor.executemany(
                "INSERT INTO tracing_mention (thing_id, event_id, part, quantity, unit) VALUES (%s, %s, %s, NULL, '')",
                mentions,
            )


def rows(lot: int, state: dict[str, int]) -> tuple[list[tuple], list[tuple], list[tuple]]:
    """Things, events and mentions of one lot."""
    things: list[tuple] = []
    events: list[tuple] = []
    mentions: list[tuple] = []

    def thing(uri: str, of: int | None = None) -> int:
        state["thing"] += 1
        things.append((state["thing"], uri, of))
        return state["thing"]

    def event(kind: str, hours: float, step: str, place: str, action: str, parts: Iterator[tuple[int, str]]) -> None:
        state["event"] += 1
        at = str(T0 + timedelta(hours=lot % 900 + hours))[:19]
        number = state["event"]
        events.append((number, number.to_bytes(32), kind, at, at, action, step, place))
        mentions.extend((pk, number, part) for pk, part in parts)

    own = thing(f"https://id.gs1.org/01/{GTIN}/10/L{lot}")
    units = [thing(f"https://id.gs1.org/01/{GTIN}/21/L{lot}U{n}", own) for n in range(UNITS)]
    for first in range(0, UNITS, 1000):
        event("ObjectEvent", 0, "commissioning", "F", "ADD", ((u, "object") for u in units[first : first + 1000]))
    for first in range(0, UNITS, 100):
        pallet = thing(f"https://id.gs1.org/00/L{lot}P{first}")
        event(
            "AggregationEvent",
            1,
            "packing",
            "F",
            "ADD",
            iter([(pallet, "parent"), *((u, "child") for u in units[first : first + 100])]),
        )
        event("ObjectEvent", 2, "shipping", "F", "OBSERVE", iter([(pallet, "object")]))
        event("ObjectEvent", 30, "receiving", "W", "OBSERVE", iter([(pallet, "object")]))
    for first in range(0, UNITS // 10, 100):
        event("ObjectEvent", 90, "retail_selling", "S", "OBSERVE", ((u, "object") for u in units[first : first + 100]))
    return things, events, mentions
