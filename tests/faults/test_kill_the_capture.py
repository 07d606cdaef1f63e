"""A capture is killed again and again while it stores and while checkpoints are signed: every event is there once, the ledger is whole and never forks."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import time

import pytest

from installation import Installation
from pinzhi.life.tracing.tests.chains import FACTORY, document, made, seen, unit

pytestmark = [pytest.mark.faults, pytest.mark.slow]
EVENTS = 4_000


def events():
    for n in range(EVENTS // 2):
        at = {"eventTime": f"2026-11-01T{n // 3600:02}:{n // 60 % 60:02}:{n % 60:02}+00:00"}
        yield made(0, [unit(f"S{n}")], "L7") | at
        yield seen(0, [unit(f"S{n}")], "shipping", FACTORY) | at


def stored(house):
    """Committed events, read past the running process."""
    with sqlite3.connect(f"file:{house.home / 'pinzhi.sqlite3'}?mode=ro", uri=True) as db:
        return db.execute("SELECT COUNT(*) FROM tracing_event").fetchone()[0]


def begin(house, path):
    return subprocess.Popen(
        [sys.executable, "-m", "pinzhi", "tracing", "capture", str(path), "--json"],
        env=house.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, start_new_session=True,
    )  # fmt: skip


def test_a_killed_capture_goes_on_where_it_stopped(tmp_path):
    house = Installation(tmp_path / "home")
    house.home.mkdir()
    house.command("migrate")
    path = tmp_path / "events.json"
    path.write_bytes(document(*events()))
    seen_sizes, kills = [0], 0
    for wanted in (1, 1_500, 2_800):
        running = begin(house, path)
        while running.poll() is None and stored(house) < wanted:
            time.sleep(0.02)
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            kills += 1
        running.wait()
        seen_sizes.append(stored(house))
        # A checkpoint between the deaths: what was signed must stay the beginning of everything that comes after.
        signing = subprocess.Popen(
            [sys.executable, "-m", "pinzhi", "ledger", "checkpoint"],
            env=house.env,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
        )
        time.sleep(0.4 * kills)
        os.killpg(signing.pid, signal.SIGKILL)
        signing.wait()
    assert kills >= 1
    assert seen_sizes == sorted(seen_sizes)
    assert all(size % 1000 == 0 for size in seen_sizes), "a portion is stored whole or not at all"
    done = begin(house, path)
    (answer,) = json.loads(done.communicate(timeout=280)[0])
    assert answer["accepted"] + answer["duplicate"] == EVENTS
    assert (answer["duplicate"], answer["refused"]) == (seen_sizes[-1], 0)
    assert stored(house) == EVENTS
    house.command("ledger", "checkpoint")
    audit = json.loads(house.command("ledger", "audit", "--json").stdout)
    assert audit["valid"] is True, audit
    with sqlite3.connect(f"file:{house.home / 'pinzhi.sqlite3'}?mode=ro", uri=True) as db:
        assert db.execute("SELECT COUNT(DISTINCT ref), COUNT(*) FROM ledger_leaf WHERE kind = 'event'").fetchone() == (
            EVENTS,
            EVENTS,
        )
        assert db.execute("SELECT COUNT(*) FROM tracing_mention").fetchone()[0] == EVENTS
