"""`make test`: every test, in rounds, with one closing line. Under CI=true a skip counts as a failure unless the reason cannot be helped here.

Rounds: everything on SQLite in parallel · every database test again on a PostgreSQL that we start ourselves · the browser · the faults (kill -9).
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
import postgres_server

ROOT = Path(__file__).parent.parent
CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")


@dataclass
class Count:
    passed: int = 0
    failed: int = 0
    skipped: list[str] = field(default_factory=list)

    def add(self, report: Path) -> None:
        for case in ET.parse(report).getroot().iter("testcase"):
            skip = case.find("skipped")
            if case.find("failure") is not None or case.find("error") is not None:
                self.failed += 1
            elif skip is not None:
                self.skipped.append(f"{case.get('classname')}::{case.get('name')}: {skip.get('message')}")
            else:
                self.passed += 1


def pytest(
    name: str, marks: str, count: Count, *, workers: int, env: dict[str, str] | None = None, dist: str = "loadfile"
) -> None:
    with tempfile.TemporaryDirectory() as work:
        report = Path(work) / "report.xml"
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--durations=12",
            "--durations-min=8",
            "-m",
            marks,
            f"--junitxml={report}",
            *(["-n", str(workers), f"--dist={dist}"] if workers > 1 else []),
        ]
        print(f"\n=== {name}", flush=True)
        start = time.perf_counter()
        code = subprocess.run(
            command, cwd=ROOT, env=os.environ | {"PYTHONHASHSEED": "0"} | (env or {}), check=False
        ).returncode
        print(f"=== {name}: {time.perf_counter() - start:.0f} s, exit {code}", flush=True)
        if report.exists():
            before = count.failed
            count.add(report)
            if code != 0 and count.failed == before:
                count.failed += 1  # the round itself broke, or found no test at all (5)
        else:
            count.failed += 1


def main() -> int:
    count = Count()
    pytest("everything on SQLite", "not browser and not postgres and not faults", count, workers=2)
    try:
        with postgres_server.running() as address:
            env = {"PINZHI_DATABASE": address}
            pytest(
                "the database tests on PostgreSQL",
                "(django_db or postgres) and not browser and not faults and not sqlite_only",
                count,
                workers=2,
                env=env,
            )
    except RuntimeError as why:
        count.skipped.append(f"PostgreSQL round: {why}")
    pytest("the browser", "browser", count, workers=2, dist="load")
    pytest("faults", "faults", count, workers=1)
    unhelpable = (
        []
        if (ROOT.parent / "shared" / "data").is_dir() or os.environ.get("PINZHI_SHARED")
        else [s for s in count.skipped if "../shared" in s]
    )
    avoidable = [s for s in count.skipped if s not in unhelpable]
    for line in count.skipped:
        print(f"skipped{' (counts as failed under CI)' if CI and line in avoidable else ''}: {line}")
    failed = count.failed + (len(avoidable) if CI else 0)
    skipped = len(count.skipped) - (len(avoidable) if CI else 0)
    print(f"\n{count.passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed or not count.passed else 0


if __name__ == "__main__":
    sys.exit(main())
