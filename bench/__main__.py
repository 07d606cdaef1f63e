"""
`python -m bench [--postgres] [NAMES]`: run the benchmarks (each module with a `run() -> list[Row]`), print the tables, write bench/results/<date>.json.

`NAME=SIZE` gives a benchmark that has sizes another one than its own. `--postgres`: on a PostgreSQL that is started for it and thrown away.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
import time
import traceback
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path

from tools import postgres_server

NAMES = (
    "ledger",
    "ledger_proofs",
    "ingest",
    "folding",
    "detection",
    "rating",
    "papers",
    "admission_lab",
    "admission_pictures",
    "admission_relisting",
    "admission_renewal",
    "admission_reports",
    "admission_text",
    "complaints_triage",
    "tracing_capture",
    "tracing_chain",
    "tracing_codes",
    "tracing_epcis",
    "tracing_labels",
    "tracing_scan",
    "tracing_clones",
    "entitlement",
    "complaints_assistant",
    "complaints_form",
    "complaints_incident",
)


def settle(home: str, database: str) -> None:
    """An installation of our own in a temporary folder: no benchmark touches anybody's data."""
    os.environ.update(PINZHI_HOME=home, PINZHI_DATABASE=database, DJANGO_SETTINGS_MODULE="pinzhi.site.settings")
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", interactive=False, verbosity=0)


def main(names: list[str]) -> None:
    """Run them one after another."""
    done: dict[str, list[dict[str, object]]] = {}
    broken: list[str] = []
    out = Path(__file__).parent / "results" / f"{datetime.now(UTC):%Y-%m-%d}.json"
    out.parent.mkdir(exist_ok=True)
    postgres = "--postgres" in names
    with (
        tempfile.TemporaryDirectory(prefix="pinzhi-bench-") as home,
        postgres_server.running() if postgres else nullcontext("") as database,
    ):
        settle(home, database)
        for asked in [n for n in names if n != "--postgres"] or NAMES:
            name, _, size = asked.partition("=")
            print(f"== {name}", flush=True)
            start = time.perf_counter()
            try:
                rows = importlib.import_module(f"bench.{name}").run(*[int(size)] if size else ())
            except Exception:  # noqa: BLE001 - the others are measured all the same
                traceback.print_exc()
                broken.append(name)
                continue
            for row in rows:
                times = f"x{row.ours / row.peer:,.1f}" if row.peer else ""
                print(
                    f"{row.what:<52} {row.ours:>12,.1f} {row.unit:<13} peer {row.peer:>12,.1f} {times:>8}  ({row.peer_is})"
                )
            print(f"   {time.perf_counter() - start:.0f} s", flush=True)
            done[name] = [row._asdict() for row in rows]
            out.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
    print(f"written: {out}")
    if broken:
        sys.exit(f"not measured: {', '.join(broken)}")


if __name__ == "__main__":
    main(sys.argv[1:])
