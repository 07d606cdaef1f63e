"""The processes that answer requests, as `pinzhi serve` starts them."""

from __future__ import annotations

from pathlib import Path

import pytest

from installation import Installation
from pinzhi.doors.cli.running import STACK

pytestmark = pytest.mark.slow


def test_a_thread_that_answers_has_room_for_what_a_request_reckons(tmp_path):
    """A matrix that was solved while an answer was made once killed the whole server: its threads had 2 MiB of stack."""
    place = Installation(tmp_path)
    place.command("migrate")
    place.start("serve")
    try:
        stacks = {size for process in _family(place.running["serve"].pid) for size in _writable(process)}
    finally:
        place.stop()
    assert STACK in stacks


def _family(pid: int) -> list[int]:
    """A process and all that it started."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(p for child in children for p in _family(int(child)))]


def _writable(pid: int) -> list[int]:
    """Sizes in bytes of a process's own writable mappings, stacks of threads among them."""
    rows = [line.split() for line in Path(f"/proc/{pid}/maps").read_text().splitlines()]
    spans = [row[0].split("-") for row in rows if row[1] == "rw-p" and len(row) == 5]
    return [int(end, 16) - int(start, 16) for start, end in spans]
