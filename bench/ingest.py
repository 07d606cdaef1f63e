"""
Bulk ingest beside what one would use instead: `python -m bench ingest`.

Every figure is events per second of one core: each contestant runs in a child process pinned to one CPU (all its threads share it), gets batches of 54,000
rows with 13 columns («slim»: the six required ones, order and quantity), and is timed from the bytes of a request to its answer. Ours is the door itself: the
whole WSGI application is called in process, with middleware, token, checks, the event store with every flush, the act with its fact, ledger leaf and audit
line; only the socket is left out. Beside it:

- Ninja: the schema-checked way. Pydantic models, `bulk_create` with `ignore_conflicts` on (source, event_id), SQLite in WAL with synchronous=FULL; no socket.
- Parquet + manifest: the Arrow body as a flushed Parquet segment, its name in a SQLite table with synchronous=FULL. No check, no idempotence.
- deltalake: the Arrow body through `write_deltalake(mode="append")`. No check, no idempotence, and no flush: a power cut may lose what was answered.

Contestants take turns in PINZHI_BENCH_ROUNDS rounds (default 3); a figure is the median over the batches of all rounds, without the first of each round, which
brings the names. «By CPU time» leaves out waiting for the disk and for other programs of a shared machine.
"""

from __future__ import annotations

import io
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from bench import feeds
from bench import ingest_peers as peers
from bench.ledger import Row

Send = peers.Send


def door(kind: str) -> Send:
    """Our own: the WSGI application of the house."""
    from pinzhi.people import tokens
    from pinzhi.people.roles import Actor
    from pinzhi.site.wsgi import application

    secret = tokens.make(Actor.system("bench"), name="bench", scopes=["events:write"])[1]

    def send(body: bytes) -> int:
        told: list[str] = []
        answer = application(
            {
                "REQUEST_METHOD": "POST",
                "PATH_INFO": "/api/v1/events",
                "QUERY_STRING": "source=bench",
                "SERVER_NAME": "127.0.0.1",
                "SERVER_PORT": "8000",
                "HTTP_HOST": "127.0.0.1",
                "HTTP_AUTHORIZATION": f"Bearer {secret}",
                "CONTENT_TYPE": feeds.TYPES[kind],
                "CONTENT_LENGTH": str(len(body)),
                "wsgi.input": io.BytesIO(body),
                "wsgi.errors": sys.stderr,
                "wsgi.url_scheme": "http",
            },
            lambda status, _: told.append(status),
        )
        said = b"".join(answer)
        answer.close()
        assert told[0].startswith("200"), said
        return int(json.loads(said)["accepted"])

    return send


CONTESTANTS: dict[str, tuple[Callable[[str], Send], str, int]] = {
    "arrow": (door, "arrow", 10),
    "parquet": (door, "parquet", 10),
    "ndjson": (door, "ndjson", 6),
    "json": (door, "json", 6),
    "ninja": (peers.ninja, "json", 2),
    "segments": (peers.segments, "arrow", 10),
    "delta": (peers.delta, "arrow", 10),
    "slim arrow": (door, "arrow", 10),
    "slim json": (door, "json", 6),
    "slim ninja": (peers.ninja, "json", 2),
    "slim segments": (peers.segments, "arrow", 10),
}
"""Who, by which type of body, in how many batches."""


# --- measuring -----------------------------------------------------------------------------------------------------------------------------


def child(who: str) -> None:
    """One round of one contestant, in an installation of its own on one core; prints wall and CPU seconds of each batch."""
    from bench.__main__ import settle

    cores = sorted(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {cores[-1]})
    make, kind, batches = CONTESTANTS[who]
    with tempfile.TemporaryDirectory(prefix="pinzhi-bench-") as home:
        settle(home)
        send = make(kind)
        wall, cpu = [], []
        for number in range(batches):
            table = feeds.batch(number)
            body = feeds.body(table.select(feeds.SLIM) if who.startswith("slim") else table, kind)
            before = _cpu()
            start = time.perf_counter()
            stored = send(body)
            wall.append(time.perf_counter() - start)
            cpu.append(_cpu() - before)
            assert stored == feeds.ROWS, (who, number, stored)
    print(json.dumps({"wall": wall[1:] or wall, "cpu": cpu[1:] or cpu, "mb": len(body) / 1e6, "rss": _peak()}))


def _cpu() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def _peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measured(who: list[str], rounds: int) -> dict[str, dict[str, list[float]]]:
    """Rounds in turn: contestant → wall and CPU seconds of its batches."""
    found: dict[str, dict[str, list[float]]] = {w: {"wall": [], "cpu": []} for w in who}
    for _ in range(rounds):
        for one in who:
            done = subprocess.run(
                [sys.executable, "-m", "bench.ingest", one],
                cwd=Path(__file__).parents[1],
                capture_output=True,
                text=True,
                check=False,
            )
            assert done.returncode == 0, done.stderr[-3000:]
            told = json.loads(done.stdout.splitlines()[-1])
            for name in ("wall", "cpu"):
                found[one][name] += told[name]
    return found


def run() -> list[Row]:
    """All figures, in events per second of one core."""
    rounds = int(os.environ.get("PINZHI_BENCH_ROUNDS", "3"))
    found = measured(list(CONTESTANTS), rounds)

    def rate(who: str, clock: str) -> float:
        return feeds.ROWS / statistics.median(found[who][clock])

    out = []
    for ours, told, others in PAIRS:
        slow = [(rate(peer, "wall"), WORDS[peer.removeprefix("slim ")]) for peer in others]
        out += [Row(told, "events/s", rate(ours, "wall"), figure, words) for figure, words in slow]
        out.append(
            Row(f"{told}, by CPU time", "events/s", rate(ours, "cpu"), rate(others[0], "cpu"), "the same, by CPU time")
        )
    return out


WORDS = {
    "ninja": "Ninja + ORM bulk_create, JSON, SQLite FULL",
    "segments": "Parquet + manifest: no checks, no idempotence",
    "delta": "write_deltalake: no flush, checks, idempotence",
}
PAIRS = (
    ("arrow", "Arrow, durable", ("segments", "delta", "ninja")),
    ("parquet", "Parquet, durable", ("segments", "ninja")),
    ("ndjson", "NDJSON, durable", ("ninja",)),
    ("json", "JSON array, durable", ("ninja",)),
    ("slim arrow", "slim Arrow, durable", ("slim segments", "slim ninja")),
    ("slim json", "slim JSON array, durable", ("slim ninja",)),
)


if __name__ == "__main__":
    child(sys.argv[1])
