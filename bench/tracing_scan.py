"""
A query of a code at the scan page, through views and database, without the network. `python -m bench tracing_scan`.

The book of the command line has 20,000 ranges, as of a house that prints every week for years; the ring has three epochs. Codes of the book and codes of the
house are asked for in turn, each by another device, as JSON and as the page.
"""

from __future__ import annotations

import json
import tempfile
import time
from datetime import date
from pathlib import Path

from bench.ledger import Row

RANGES, TRIES = 20_000, 300
GTIN = "06901234567892"


def run() -> list[Row]:
    """Ask, and say how many answers a second of processor time."""
    from django.conf import settings
    from django.test import Client

    from pinzhi.catalogue import actions as catalogue
    from pinzhi.catalogue.contracts import BatchEntry, MerchantEntry
    from pinzhi.kernel.values import Kind
    from pinzhi.life.tracing import giving, ring
    from pinzhi.life.tracing.rules import codes
    from pinzhi.life.tracing.rules.codes import SERIALS, Form
    from pinzhi.people.roles import Actor

    settings.ALLOWED_HOSTS = ["*"]
    house, day = Actor.system("bench"), date(2026, 11, 26)
    settings.CODE_KEYS = folder = Path(tempfile.mkdtemp())
    for _ in range(3):
        epoch = ring.rotate(folder, Form.LETTERS, day)
    half = SERIALS[Form.LETTERS] // 2
    names = ring.Range.__slots__
    book = (ring.Range(GTIN, epoch.number, half + 1000 * n, 1000, f"C{n}", "2026-11-26") for n in range(RANGES))
    (folder / ring.BOOK).write_text("".join(json.dumps({k: getattr(r, k) for k in names}) + "\n" for r in book))
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("BENCH-M", "一号店")], house)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("BENCH-B", "BENCH-M", gtin=GTIN)], house)
    given = giving.issue("BENCH-B", TRIES, house)
    own = [c.decode() for c in codes.issue(epoch.keys(GTIN), given.first, TRIES).tolist()]
    last = half + 1000 * (RANGES - 1)
    printed = [c.decode() for c in codes.issue(epoch.keys(GTIN), last, TRIES).tolist()]
    return [
        Row(f"scan, {what}, {form}", "per s of CPU", _asked(Client(), made, form), 0, "")
        for what, made in (("code of the house", own), ("code of the book", printed))
        for form in ("application/json", "text/html")
    ]


def _asked(client: object, made: list[str], form: str) -> float:
    begin = time.process_time()
    for n, code in enumerate(made):
        answer = client.get(f"/01/{GTIN}/21/{code}", headers={"accept": form, "user-agent": f"phone {n}"})  # type: ignore[attr-defined]
        assert answer.status_code == 200
    return len(made) / (time.process_time() - begin)
