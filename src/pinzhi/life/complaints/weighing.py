"""
How grave a complaint is, whenever something new is known of it: what the buyer says later is read like what he said first, and only ever makes it graver.

Where somebody may be hurt, the claims of the same batch are counted, the other stations are told, and whoever else it waited for waits no longer.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.facts_complaints import HazardReported
from pinzhi.life.complaints import log
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.reading import Reading, read_words
from pinzhi.life.complaints.rules import hazard
from pinzhi.people.acts import Act

NOT_YET_HOUSE = ("awaiting_merchant", "asked_by_merchant", "proposed")
HARM = frozenset({"injury", "product_caused_damage", "serious_harm"})
"""Findings that confirm a hazard once a person has established them."""


def heard(a: Act, row: Complaint, words: str) -> None:
    """Read what the buyer says of a complaint that is open."""
    if words and row.state not in ("closed", "merged"):
        graver(a, row, read_words(words, row.category or row.goods))


def graver(a: Act, row: Complaint, found: Reading) -> None:
    """Raise the severity to what was read; never lower it."""
    if found.level >= row.level:
        return
    kinds = list(dict.fromkeys((*found.kinds, *row.kinds)))
    log.take(a, row, "assess", Side.RULE, {"level": found.level, "kinds": kinds})
    if row.level == 1:
        alarm(a, row)


def alarm(a: Act, row: Complaint, *, told: bool = False) -> None:
    """Count, tell the other stations (unless they were `told`), and take over from whoever was to act. The complaint is at severity 1."""
    now = log.of(row)
    confirmed = any(now.findings.get(name) == "established" for name in HARM)
    found = _claims(a, row, confirmed=int(confirmed))
    row.reading = {**row.reading, "hazard": found}
    row.save(update_fields=["reading"])
    if not told:
        a.fact(
            HazardReported(
                subject=log.subject(row), complaint_id=row.pk, kind=row.kind, merchant_id=row.merchant_id, listing_id=row.listing_id,
                batch_id=row.batch_id, claims=int(found["claims"]),
            )
        )  # fmt: skip
    if row.state in NOT_YET_HOUSE:
        log.take(a, row, "hand_over", Side.RULE)


def _claims(a: Act, row: Complaint, *, confirmed: int) -> dict[str, Any]:
    """Claims of the same batch (or listing) by different buyers, and why stopping its sale is to be put before a person, if it is."""
    figures = policy_in_force(a.now).hold
    goods = {"batch_id": row.batch_id} if row.batch_id else {"listing_id": row.listing_id}
    alike = Complaint.objects.filter(level=1, opened_at__gte=a.now - timedelta(days=figures.days), **goods)
    known = any(goods.values())
    buyers = {who or pk for who, pk in (alike.values_list("buyer_id", "pk") if known else ())}
    claims = len(buyers | {row.buyer_id or row.pk})
    why = hazard.proposed(claims, confirmed, _sold(row) if claims >= figures.claims else None, figures)
    return {"claims": claims, "days": figures.days, **({"zh": why.zh, "en": why.en} if why else {})}


def _sold(row: Complaint) -> int | None:
    """Pieces of the batch (or listing) that the marketplace says were sold; None where it has said nothing of it."""
    kind, id_ = ("batch", row.batch_id) if row.batch_id else ("listing", row.listing_id)
    if not id_:
        return None
    events = open_store().about(kind, id_, kinds=("sale",), first=date.min).column("quantity").to_pylist()
    return sum(int(n or 1) for n in events) or None
