"""
Capture over HTTP: events a second that are durable, and how long until a signed checkpoint covers them. `python -m bench tracing_capture`.

A server (`pinzhi serve`) and a worker (`pinzhi worker`, which signs the log) run as on an installation with SQLite; two clients on the same machine send
documents of 1,000 events each over loopback and take the next one when the answer is there. An event names one new unit, its step, disposition and place:
read, judged, hashed, stored with its mention and its leaf, flushed to disk before the answer. Three witnesses (`pinzhi ledger witness`, a process each) cosign:
from the request of a document to the moment at which all three are seen to have signed for it. The clock tells what this machine did beside its other work;
the processor time of the server alone tells what one core can do.
"""

from __future__ import annotations

import http.client
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import msgspec

EVENTS, DOCUMENTS, CLIENTS, WITNESSES = 1000, 20, 2, 3
LOOK = 0.02
"""Seconds between two looks at what was cosigned."""
GOAL = 10_000
"""T8: events a second on two cores."""


class Row(NamedTuple):
    """One figure beside its goal."""

    what: str
    unit: str
    ours: float
    peer: float
    peer_is: str


def document(number: int, events: int = EVENTS) -> bytes:
    """Document `number`: shipments of so many units, all its own."""
    start = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number)
    found = [
        {
            "type": "ObjectEvent",
            "eventTime": (start + timedelta(milliseconds=i * 10)).isoformat(timespec="milliseconds"),
            "eventTimeZoneOffset": "+08:00",
            "epcList": [f"https://id.gs1.org/01/06901234567892/21/K{number}X{i}"],
            "action": "OBSERVE",
            "bizStep": "shipping",
            "disposition": "in_transit",
            "readPoint": {"id": "https://id.gs1.org/414/6901234000009"},
        }
        for i in range(events)
    ]
    whole = {
        "@context": ["https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld"],
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-01-01T00:00:00Z",
        "epcisBody": {"eventList": found},
    }
    return msgspec.json.encode(whole)


def measured(workers: int) -> list[Row]:
    """A server of `workers` processes."""
    with tempfile.TemporaryDirectory(prefix="pinzhi-bench-http-") as home:
        env = os.environ | {"PINZHI_HOME": home, "PINZHI_DATABASE": ""}
        token = _set_up(env)
        port = _free_port()
        witnesses = _witnesses(env, Path(home))
        commands = [["serve", "--port", str(port), "--workers", str(workers)], ["worker"], *witnesses]
        running = [
            subprocess.Popen(
                [sys.executable, "-m", "pinzhi", *c], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
            )
            for c in commands
        ]
        try:
            _wait(port)
            return _load(port, token, workers, Path(home), running[0].pid)
        finally:
            for process in running:
                process.terminate()
            for process in running:
                process.wait(20)


_MAKE_TOKEN = """
import django; django.setup()
from django.core.management import call_command
from pinzhi.people import tokens
from pinzhi.people.roles import Actor
print(tokens.make(Actor.system("bench"), name="bench", scopes=["tracing:write", "tracing:read"])[1])
"""


def _set_up(env: dict[str, str]) -> str:
    subprocess.run([sys.executable, "-m", "pinzhi", "migrate"], env=env, check=True, capture_output=True)
    made = subprocess.run([sys.executable, "-c", _MAKE_TOKEN], env=env, check=True, capture_output=True, text=True)
    return made.stdout.strip().splitlines()[-1]


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _witnesses(env: dict[str, str], home: Path) -> list[list[str]]:
    """The commands that run three witnesses; the file that names them is put into `env`."""

    def say(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "pinzhi", *command], env=env, check=True, capture_output=True, text=True
        )
        return done.stdout

    log = next(line for line in say("ledger", "policy").splitlines() if line.startswith("log ")).removeprefix("log ")
    lines, commands = [], []
    for n in range(WITNESSES):
        own = [
            "ledger",
            "witness",
            "--folder",
            str(home / f"witness-{n}"),
            "--name",
            f"witness.example/{n}",
            "--log",
            log,
        ]
        key, port = say(*own, "--show").splitlines()[0], _free_port()
        lines.append(f"witness w{n} {key} http://127.0.0.1:{port}/")
        commands.append([*own, "--port", str(port)])
    lines += [f"group all {WITNESSES} {' '.join(f'w{n}' for n in range(WITNESSES))}", "quorum all"]
    path = home / "witnesses"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    env["PINZHI_WITNESSES"] = str(path)
    return commands


def _wait(port: int) -> None:
    for _ in range(600):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
            connection.request("GET", "/healthz")
            if connection.getresponse().status == 200:
                return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("the server does not answer")


class Cosigned(threading.Thread):
    """Looks again and again how many leaves all witnesses have signed for: (seconds of the clock, leaves) at every change."""

    def __init__(self, home: Path) -> None:
        super().__init__(daemon=True)
        self.home, self.over = home, threading.Event()
        self.seen: list[tuple[float, int]] = []

    def run(self) -> None:
        while not self.over.wait(LOOK):
            found = _ask(self.home, "SELECT min(size) FROM ledger_witnesshead HAVING count(*) = ?", WITNESSES)
            if found and (size := int(found[0] or 0)) > self.leaves:  # type: ignore[call-overload]
                self.seen.append((time.time(), size))

    @property
    def leaves(self) -> int:
        return self.seen[-1][1] if self.seen else 0

    def end(self, leaves: int) -> None:
        """Wait until so many are signed for."""
        for _ in range(600):
            if self.leaves >= leaves:
                break
            time.sleep(0.1)
        self.over.set()
        self.join()
        if self.leaves < leaves:
            raise RuntimeError("the witnesses do not cosign")


def _load(port: int, token: str, workers: int, home: Path, server: int) -> list[Row]:
    bodies = [document(n) for n in range(DOCUMENTS + CLIENTS)]
    todo, told, lock = list(range(CLIENTS, len(bodies))), [], threading.Lock()

    def send(connection: http.client.HTTPConnection, number: int) -> float:
        begun = time.time()
        headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        connection.request("POST", "/epcis/capture", bodies[number], headers)
        answer = connection.getresponse()
        text = answer.read()
        if answer.status != 202:
            raise RuntimeError(f"{answer.status} {text[:200]!r}")
        return begun

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        send(connection, number)  # warm
        ready.wait()
        while True:
            with lock:
                if not todo:
                    return
                mine = todo.pop(0)
            begun = send(connection, mine)
            size = _size(home)
            with lock:
                told.append((begun, time.time(), size))

    cosigned = Cosigned(home)
    cosigned.start()
    used: list[float] = []
    ready = threading.Barrier(CLIENTS, action=lambda: used.append(_processor(server)))
    threads = [threading.Thread(target=client, args=(n,)) for n in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    used.append(_processor(server))
    first, last = min(t[0] for t in told), max(t[1] for t in told)
    if len(told) != DOCUMENTS or _events(home) != EVENTS * len(bodies):
        raise RuntimeError("not every event was stored")
    waits = sorted(_signed(home, size) - begun for begun, _, size in told)
    cosigned.end(max(size for *_, size in told))
    until = sorted(next(at for at, covered in cosigned.seen if covered >= size) - begun for begun, _, size in told)
    whole = f"{workers} server process{'es' if workers > 1 else ''}"
    return [
        Row(f"capture over HTTP, {whole}", "events/s", EVENTS * len(told) / (last - first), GOAL, "goal T8"),
        Row(
            f"the same by the server's processor time, {whole}",
            "events/s",
            EVENTS * len(told) / (used[1] - used[0]),
            GOAL / 2,
            "half of goal T8",
        ),
        *_waits("signed checkpoint", waits, whole),
        *_waits(f"checkpoint with {WITNESSES} cosignatures", until, whole),
    ]


def _waits(until: str, waits: list[float], whole: str) -> list[Row]:
    p50, p99 = waits[len(waits) // 2], waits[-1 - len(waits) // 100]
    return [
        Row(f"request to {until}, p50, {whole}", "s", p50, 0, ""),
        Row(f"request to {until}, p99, {whole}", "s", p99, 2, "goal T8: with cosignatures"),
    ]


def _processor(pid: int) -> float:
    """Seconds of processor time of a process and its children."""
    pids = {pid}
    stats = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        stats[int(path.parent.name)] = (int(fields[1]), int(fields[11]) + int(fields[12]))
    while more := {p for p, (parent, _) in stats.items() if parent in pids} - pids:
        pids |= more
    return sum(stats[p][1] for p in pids if p in stats) / os.sysconf("SC_CLK_TCK")


def _ask(home: Path, sql: str, *values: object) -> tuple[object, ...] | None:
    import sqlite3

    connection = sqlite3.connect(f"file:{home / 'pinzhi.sqlite3'}?mode=ro", uri=True, timeout=30)
    try:
        return connection.execute(sql, values).fetchone()  # type: ignore[no-any-return]
    finally:
        connection.close()


def _size(home: Path) -> int:
    """Leaves by now: at least up to the document that was just answered."""
    found = _ask(home, "SELECT size FROM ledger_treehead")
    return int(found[0]) if found else 0  # type: ignore[call-overload,no-any-return]


def _events(home: Path) -> int:
    found = _ask(home, "SELECT count(*) FROM tracing_event")
    return int(found[0]) if found else 0  # type: ignore[call-overload,no-any-return]


def _signed(home: Path, size: int) -> float:
    """When the first checkpoint that covers so many leaves was signed, as seconds of the clock."""
    for _ in range(300):
        found = _ask(home, "SELECT at FROM ledger_signedcheckpoint WHERE size >= ? ORDER BY size LIMIT 1", size)
        if found:
            return datetime.fromisoformat(str(found[0])).replace(tzinfo=UTC).timestamp()
        time.sleep(0.1)
    raise RuntimeError("no checkpoint covers the events: does the worker run?")


def run() -> list[Row]:
    """One server process, as an installation with SQLite has it, and two."""
    return [row for workers in (1, 2) for row in measured(workers)]
