"""A real worker with its job process on SQLite: schedules run once per turn, over restarts and a kill."""

import os
import signal
import time
from pathlib import Path

import pytest

from installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.slow]
STATES = """
from datetime import timedelta
from pinzhi.engine.jobs import SCHEDULES
from pinzhi.engine.models import JobRun
daily = [s.name for s in SCHEDULES if s.period == timedelta(days=1)]
print(sorted(JobRun.objects.filter(name__in=daily).values_list("name", "state", "attempts")))
"""
"""What has a turn more often may have had another one meanwhile."""
ASK = """
from django.db import transaction
from pinzhi.engine.jobs import enqueue
with transaction.atomic():
    enqueue("decisions.forget_dispatches", key="by hand")
"""
NIGHT = [
    ("admission.renew", "done", 1),
    ("admission.watch_papers", "done", 1),
    ("complaints.forget_drafts", "done", 1),
    ("decisions.forget_dispatches", "done", 1),
    ("engine.compact", "done", 1),
    ("engine.forget_turns", "done", 1),
    ("tracing.forget_labels", "done", 1),
]
FORGET = NIGHT[3]


def wait_for(place, wanted, seconds=240):
    deadline = time.monotonic() + seconds
    found = ""
    while time.monotonic() < deadline:
        found = place.python(STATES)
        if found == str(wanted):
            return
        time.sleep(1)
    raise AssertionError(f"{found} instead of {wanted}: " + (place.home / "worker.log").read_text()[-2000:])


def test_the_worker_does_the_jobs_of_the_night_once_and_goes_on_after_a_kill(tmp_path):
    place = Installation(tmp_path)
    place.command("migrate")
    try:
        place.start("worker")
        wait_for(place, NIGHT)
        place.kill("worker")
        place.python(ASK)
        place.start("worker")
        wait_for(place, sorted([FORGET, *NIGHT]))
    finally:
        place.stop()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_to_everybody_ends_everybody_soon(tmp_path, number):
    """Ctrl-C in a terminal reaches the worker and whatever it started at the same moment; nobody may wait for the dead, and nobody may stay behind."""
    place = Installation(tmp_path)
    place.command("migrate")
    try:
        place.start("worker")
        wait_for(place, NIGHT)
        worker = place.running.pop("worker")
        os.killpg(worker.pid, number)
        worker.wait(timeout=25)
    finally:
        place.stop()
    time.sleep(1.5)
    assert not [pid for pid in Path("/proc").glob("[0-9]*") if str(tmp_path).encode() in environment(pid)]


def environment(process):
    try:
        return (process / "environ").read_bytes()
    except OSError:
        return b""
