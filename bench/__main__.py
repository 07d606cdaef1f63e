"""`python -m bench [NAMES]`: run the benchmarks (each module with a `run() -> list[Row]`), print the tables and write bench/results/<date>.json."""

from __future__ import annotations

import importlib
import json
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

NAMES = ("ledger", "detection")


def main(names: list[str]) -> None:
    done: dict[str, list[dict[str, object]]] = {}
    for name in names or NAMES:
        module = importlib.import_module(f"bench.{name}")
        start = time.perf_counter()
        print(f"== {name}")
        rows = module.in_own_house(module.run) if hasattr(module, "in_own_house") else module.run()
        for row in rows:
            times = f"x{row.ours / row.peer:,.1f}" if row.peer else ""
            print(
                f"{row.what:<52} {row.ours:>12,.1f} {row.unit:<13} peer {row.peer:>12,.1f} {times:>8}  ({row.peer_is})"
            )
        print(f"   {time.perf_counter() - start:.0f} s")
        done[name] = [row._asdict() for row in rows]
    out = Path(__file__).parent / "results" / f"{datetime.now(UTC):%Y-%m-%d}.json"
    out.parent.mkdir(exist_ok=True)
    out.write_text(json.dumps(done, indent=1) + "\n", encoding="utf-8")
    print(f"written: {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
