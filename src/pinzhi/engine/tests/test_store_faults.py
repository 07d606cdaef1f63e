"""Nothing acknowledged is lost and nothing is doubled when the writer is killed at any moment."""

import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter

import pytest

from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.tests.appender import batch


def run_and_kill(folder, start, pause):
    """Let a writer work for `pause` seconds from its first receipt on; the numbers of the batches it acknowledged."""
    command = [sys.executable, "-m", "pinzhi.engine.tests.appender", str(folder), str(start)]
    environment = dict(os.environ) | {"PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as writer:
        killer = threading.Timer(pause, writer.send_signal, [signal.SIGKILL])
        lines = []
        for line in writer.stdout:
            if not lines:
                killer.start()
            lines.append(int(line.split()[0]))
        writer.wait()
    assert writer.returncode == -signal.SIGKILL
    return lines


@pytest.mark.faults
def test_kill_at_any_moment(tmp_path):
    chance = random.Random(20260601)
    folder = tmp_path / "events"
    acknowledged: list[int] = []
    for _ in range(8):
        acknowledged += run_and_kill(folder, max(acknowledged, default=-1) + 1, chance.uniform(0.05, 0.9))
    assert len(acknowledged) > 20
    store = EventStore(folder)
    found = Counter(i for t in store.events() for i in t.column("event_id").to_pylist())
    assert set(found.values()) == {1}
    assert {f"e{n}-{k}" for n in acknowledged for k in range(10)} <= set(found)
    # at most one batch per kill was stored without its receipt having been seen
    assert len(found) <= 10 * (len(set(acknowledged)) + 8)
    for number in (acknowledged[0], acknowledged[-1]):
        assert store.append(batch(number), source="s").duplicate == 10
        assert store.append(batch(number), source="s", body_sha256=str(number)).duplicate == 10
