"""
A file larger than anybody's patience streams into the store in the memory of a piece. PINZHI_LARGE_MB sets its size (default 200; 10,000 was run by hand, see
docs/decisions/0002-event-store.md).
"""

import json
import os
import subprocess
import sys
import time

import pytest

from installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MEGABYTES = int(os.environ.get("PINZHI_LARGE_MB", "200"))
PIECES_MB = 700
"""Memory of the program, a piece of a file, its checked table and its Parquet file, with a margin."""
INDEX_BYTES = 40
"""Memory per event that the store's index may take at its worst, while two runs of 12 bytes each are merged."""
BLOCK = 50_000


def generate(path, megabytes):
    """Write events until the file has this size, one in ten thousand with a negative quantity; (rows, bad rows)."""
    row = (
        '{{"event_id":"event-{0:010d}","kind":"sale","at":"2026-0{1}-{2:02d}T{3:02d}:{4:02d}:{5:02d}+08:00","listing_id":"L{6}",'
        '"merchant_id":"M{7}","category":"童装","order_id":"order-{0:010d}","quantity":{8},"amount":"{9}.50","buyer_id":"b{10}","region":"上海"}}\n'
    )
    rows = bad = 0
    with path.open("w", encoding="utf-8") as out:
        while out.tell() < megabytes * 1_000_000:
            numbers = range(rows, rows + BLOCK)
            out.write(
                "".join(
                    row.format(
                        n,
                        1 + n % 5,
                        1 + n % 28,
                        n % 24,
                        n % 60,
                        n % 59,
                        n % 5_000,
                        n % 400,
                        1 + n % 3 if n % 10_000 else -1,
                        n % 500,
                        n * 7 % 800_000,
                    )
                    for n in numbers
                )
            )
            bad += sum(n % 10_000 == 0 for n in numbers)
            rows += BLOCK
    return rows, bad


def run(house, *args):
    """(exit code, standard output, seconds, peak memory in MB) of one command."""
    start = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "pinzhi", *args],
        env=house.env,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as command:
        out = command.stdout.read()
        _, status, used = os.wait4(command.pid, 0)
        command.returncode = os.waitstatus_to_exitcode(status)
    return command.returncode, out, time.perf_counter() - start, used.ru_maxrss / 1024


def test_a_large_file_needs_the_memory_of_a_piece(tmp_path):
    house = Installation(tmp_path / "home")
    house.home.mkdir()
    house.command("migrate")
    path = tmp_path / "large.ndjson"
    rows, bad = generate(path, MEGABYTES)
    code, out, seconds, memory = run(house, "feeds", "import", "events", str(path), "--source", "large", "--json")
    told = json.loads(out)
    figures = f"{path.stat().st_size / 1e6:,.0f} MB, {rows:,} events: {seconds:.0f} s, {memory:,.0f} MB at most\n"
    sys.stdout.write(figures)  # shown by «pytest -s», for the run by hand
    assert (code, told) == (3, {"read": rows, "accepted": rows - bad, "duplicate": 0, "refused": bad})
    with (tmp_path / "large.ndjson.refused.ndjson").open(encoding="utf-8") as aside:
        refused = [json.loads(line) for line in aside]
    assert {(r["field"], r["code"]) for r in refused} == {("quantity", "quantity_out_of_range")}
    assert [r["line"] for r in refused] == list(range(1, rows + 1, 10_000))
    assert memory < PIECES_MB + rows * INDEX_BYTES / 1e6
