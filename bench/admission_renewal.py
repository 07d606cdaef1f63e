"""
Live listings held against changed rules, through the real sweep with its transactions. `python -m bench admission_renewal`.

Listings are cycled from real titles (or invented ones without the shared data) with papers and a label; one in a thousand is hit by the changed rule.
"""

from __future__ import annotations

import json
import os
import time
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from bench.ledger import Row

SHARED = Path(os.environ.get("PINZHI_SHARED", "/nonexistent"))
LISTINGS = 20_000
NIGHT, NIGHT_SECONDS = 1_000_000, 8 * 3600
DRAFT = """version = "9"
[[rule]]
id = "T01.9"
severity = "H"
law = "advert.absolute_terms"
zh = "“{text}”不得使用。"
en = "«{text}» is not used."
fix_zh = "删去“{text}”。"
fix_en = "Drop «{text}»."
[[rule.group]]
name = "bench"
words = "复核测试词"
"""


def titles() -> list[str]:
    """Real titles where they are there."""
    path = SHARED / "data" / "taobao-titles-ner" / "titles.jsonl"
    if not path.exists():
        return [f"圆领短袖T恤 宽松百搭 {n}" for n in range(500)]
    return [json.loads(line)["title"] for line in path.read_text(encoding="utf-8").splitlines()]


def enter(count: int, now: datetime) -> None:
    """Admitted listings with their screenings, as the desk would have stored them."""
    from pinzhi.life.admission import renewal, shipped
    from pinzhi.life.admission.contracts import Document, Listing
    from pinzhi.life.admission.models import Screening, Submission
    from pinzhi.life.admission.queries import policy_in_force
    from pinzhi.life.admission.screening import judge
    from pinzhi.life.admission.stored import snapshot_of, verdict_digest

    policy, rules, known = policy_in_force(now), shipped.ruleset(), titles()
    basis = renewal.basis_in_force(policy)
    rows, screenings = [], []
    first = (Screening.objects.order_by("-pk").values_list("pk", flat=True).first() or 0) + 1
    for n in range(first, first + count):
        listing = Listing(
            f"L{n}",
            f"M{n % 500}",
            "服装/T恤",
            known[n % len(known)] + ("复核测试词" if n % 1000 == 0 else ""),
            attributes=(("材质", "棉100%"), ("执行标准", "GB 18401-2010"), ("安全类别", "B类")),
            price=Decimal("59.00"),
            documents=(
                Document("report", f"TR-{n}", fields=(("签发日期", "2026-05-01"), ("检验依据", "GB 18401-2010"))),
            ),
        )
        judged = judge(listing, rules, now.date(), policy)
        snapshot, content = snapshot_of(listing)
        row = Submission(
            id=f"{n:032x}", listing_id=listing.id, merchant_id=listing.merchant_id, category=listing.category, title=listing.title,
            price=listing.price, content=content, snapshot=snapshot, at=now, by="system:bench", state="passed", basis=basis,
        )  # fmt: skip
        rows.append(row)
        screenings.append(
            Screening(
                id=n,
                submission=row,
                at=now,
                as_of=now.date(),
                why="submitted",
                outcome=judged.screened.outcome.value,
                verdict=judged.verdict,
                digest=verdict_digest(judged.verdict),
                ruleset=judged.screened.ruleset,
                policy=policy.version,
                around={"merchant": None, "group": None, "sweeps": []},
            )
        )
    Submission.objects.bulk_create(rows, batch_size=500)
    Screening.objects.bulk_create(screenings, batch_size=500)
    for row, screening in zip(rows, screenings, strict=True):
        row.held_on = screening
    Submission.objects.bulk_update(rows, ["held_on"], batch_size=200)


def run() -> list[Row]:
    """Enter the listings as admitted, change the rules, sweep."""
    from pinzhi.life.admission import renewal, shipped
    from pinzhi.people.roles import Actor

    now, house = datetime(2026, 11, 26, 2, tzinfo=UTC), Actor.system("bench")
    enter(LISTINGS, now)
    changed = shipped.candidate({"draft": DRAFT})
    real, shipped.ruleset = shipped.ruleset, lambda: changed  # type: ignore[assignment]
    try:
        start, busy = time.perf_counter(), time.process_time()
        sweep = renewal.renew(house, now=now)
        took, used = time.perf_counter() - start, time.process_time() - busy
    finally:
        shipped.ruleset = real
    assert sweep is not None
    assert (sweep.state, sweep.judged, sweep.told) == ("done", LISTINGS, LISTINGS // 1000)
    need = NIGHT / NIGHT_SECONDS
    return [
        Row(
            "live listings held against changed rules, all in",
            "listings/s",
            LISTINGS / took,
            need,
            "10^6 in a night of 8 h",
        ),
        Row("the same, of processor", "listings/s", LISTINGS / used, need, "10^6 in a night of 8 h"),
    ]
