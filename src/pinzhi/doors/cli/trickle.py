"""
Live events for the demo: `python -m pinzhi.doors.cli.trickle URL`, with the token in `PINZHI_DEMO_TOKEN`.

A process of its own that comes in by the same door as a marketplace: a few events every two seconds over `POST /api/v1/events`. A body that was not
answered is sent again; the door doubles nothing. It ends with the demo that started it.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
import urllib.error
import urllib.request

import numpy as np

from pinzhi.doors.cli.demo import simulated_year
from pinzhi.kernel import clock
from pinzhi.simulation.live import live_batch, recent_sales

PAUSE = 2.0


def send(url: str, token: str, body: bytes) -> None:
    """One batch, until it is answered. Raises OSError after two minutes without an answer."""
    asked = urllib.request.Request(  # noqa: S310 - the address is the demo's own
        f"{url}/api/v1/events?source=demo-live",
        body,
        {"Authorization": f"Bearer {token}", "Content-Type": "application/x-ndjson"},
    )
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(asked, timeout=30):  # noqa: S310
                return
        except OSError as why:
            if isinstance(why, urllib.error.HTTPError) and why.code < 500:
                raise
            if time.monotonic() > deadline:
                raise
            time.sleep(PAUSE)


def main() -> None:
    """Send until the parent is gone."""
    parent, url, token = os.getppid(), sys.argv[1], os.environ["PINZHI_DEMO_TOKEN"]
    world = simulated_year()
    pool = recent_sales(world, clock.today())
    serial = int(clock.now().timestamp())
    rng = np.random.default_rng(serial)
    while os.getppid() == parent:
        serial += 1
        batch = live_batch(world, pool, rng, clock.now(), int(rng.integers(1, 9)), serial)
        names = list(batch)
        rows = (dict(zip(names, values, strict=True)) for values in zip(*batch.values(), strict=True))
        lines = (
            json.dumps({k: v for k, v in r.items() if v is not None}, ensure_ascii=False, default=_plain) for r in rows
        )
        send(url, token, "\n".join(lines).encode())
        time.sleep(PAUSE)


def _plain(value: object) -> object:
    return value.item() if isinstance(value, np.generic) else str(value)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
