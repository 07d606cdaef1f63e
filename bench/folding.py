"""
From an event to the new state: micro-batches folded, beside counting everything again. `python -m bench folding`.

A sender posts 2,000 events a second to the door (NDJSON, 200 events per request; one in twenty up to a month late, all out of order) for PINZHI_BENCH_SECONDS
(default 20) into a store that already holds 216,000 events, while a folder takes in what is new five times a second. The latency of an event runs from the
moment when it was due to be sent (a sender that falls behind counts against us) to the moment when a state that contains it is there. At the end the folded
state is compared with a full recompute, bit for bit; a difference ends the benchmark. The peer is that recompute: read the store, count all.
"""

from __future__ import annotations

import dataclasses
import os
import threading
import time
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from bench import feeds
from bench.ingest import door
from bench.ledger import Row

RATE = 2_000
PIECE = 200
EVERY = 0.2
HISTORY = 4


def same(a: Any, b: Any) -> bool:
    """Whether two states are the same bytes."""
    for field in dataclasses.fields(a):
        left, right = getattr(a, field.name), getattr(b, field.name)
        if dataclasses.is_dataclass(left):
            if not same(left, right):
                return False
        elif isinstance(left, np.ndarray):
            if left.dtype != right.dtype or left.tobytes() != right.tobytes():
                return False
        elif left != right:
            return False
    return True


def pieces(seconds: int) -> list[bytes]:
    """The bodies to be sent: events of the day after the history, one in twenty from any day of the month before, none in order."""
    rows = RATE * seconds
    fresh = feeds.batch(40, rows)
    late = feeds.batch(10, rows, days=30)
    chance = np.random.default_rng(7)
    take_late = pa.array(chance.random(rows) < 0.05)
    at = pc.if_else(take_late, late.column("at"), fresh.column("at"))
    table = fresh.set_column(fresh.schema.get_field_index("at"), "at", at).take(pa.array(chance.permutation(rows)))
    return [feeds.body(table.slice(n, PIECE), "ndjson") for n in range(0, rows, PIECE)]


class Sender(threading.Thread):
    """Posts the pieces in time; `sent` tells for each when it was due."""

    def __init__(self, bodies: list[bytes]) -> None:
        super().__init__()
        self.bodies, self.due, self.failed = bodies, [], ""
        self.post = door("ndjson")

    def run(self) -> None:
        """Send each piece when it is due; one that was late is followed by the next at once."""
        start = time.perf_counter()
        try:
            for n, body in enumerate(self.bodies):
                moment = start + n * PIECE / RATE
                time.sleep(max(0.0, moment - time.perf_counter()))
                self.due.append(moment)
                self.post(body)
        except Exception as why:  # noqa: BLE001 - told by the main thread
            self.failed = repr(why)


def run() -> list[Row]:
    """Latencies in milliseconds: less is better."""
    from pinzhi.engine import aggregates
    from pinzhi.engine.embedded.fold import Fold
    from pinzhi.engine.embedded.opened import open_store

    store = open_store()
    history = door("arrow")
    for n in range(HISTORY):
        history(feeds.body(feeds.batch(n), "arrow"))
    before = store.rows()
    fold = Fold(store)
    fold.advance()
    seconds = int(os.environ.get("PINZHI_BENCH_SECONDS", "20"))
    sender = Sender(pieces(seconds))
    sender.start()
    latency: list[float] = []
    folded = 0
    while folded < len(sender.bodies):
        assert not sender.failed, sender.failed
        turn = time.perf_counter() + EVERY
        reached = (fold.advance().events - before) // PIECE
        now = time.perf_counter()
        latency += [now - due for due in sender.due[folded:reached] for _ in range(PIECE)]
        folded = reached
        time.sleep(max(0.0, turn - time.perf_counter()))
    sender.join()
    recompute = []
    for _ in range(3):
        start = time.perf_counter()
        whole = aggregates.tallied(store.dense())
        recompute.append(time.perf_counter() - start)
    assert same(fold.advance(), whole), "the folded state is not the recomputed one"
    all_again = 1000 * sorted(recompute)[1]
    words = f"full recompute of {store.rows():,} events, from the first byte read"
    ms = 1000 * np.array(latency)
    return [
        Row("event to state at 2,000 events/s, median", "ms, less", float(np.median(ms)), all_again, words),
        Row("event to state at 2,000 events/s, 99 of 100", "ms, less", float(np.quantile(ms, 0.99)), all_again, words),
        Row("event to state at 2,000 events/s, worst", "ms, less", float(ms.max()), all_again, words),
    ]
