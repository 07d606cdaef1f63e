"""From listings to rows and back: canonical snapshots, canonical verdicts, and the goods that were refused before."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Q

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.canon import digest, plain
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.life.admission import tables
from pinzhi.life.admission.contracts import DealPrice, Document, Listing, Missing, Sku, State
from pinzhi.life.admission.models import Docket, Screening, Submission, Sweep
from pinzhi.life.admission.rules import laboratories
from pinzhi.life.admission.rules.borrowed import BORROWED, RELISTED
from pinzhi.life.admission.rules.laboratories import Lost
from pinzhi.life.admission.rules.policy import AdmissionPolicy
from pinzhi.life.admission.rules.relisting import RULE, Offence, RefusedGoods
from pinzhi.people.roles import Actor

MOST_REFERENCES = 500
"""Refused goods of one merchant and his links that a submission is compared with, newest first."""


def snapshot_of(listing: Listing) -> tuple[dict[str, Any], str]:
    """The canonical snapshot and its SHA-256."""
    return plain(listing), digest(listing)


def listing_from(snapshot: Mapping[str, Any]) -> Listing:
    """The listing that `snapshot_of` wrote down."""
    price, compared = snapshot["price"], snapshot["compared_price"]
    return Listing(
        **{n: snapshot[n] for n in ("id", "merchant_id", "category", "title", "subtitle", "description", "brand")},
        attributes=_pairs(snapshot["attributes"]),
        price=None if price is None else Decimal(price),
        compared_price=None if compared is None else Decimal(compared),
        compared_price_meaning=snapshot["compared_price_meaning"],
        deal_prices=tuple(
            DealPrice(datetime.fromisoformat(d["at"]), Decimal(d["price"])) for d in snapshot["deal_prices"]
        ),
        images=tuple(snapshot["images"]),
        documents=tuple(
            Document(d["kind"], d["number"], d["path"], _pairs(d["fields"])) for d in snapshot["documents"]
        ),
        skus=tuple(Sku(d["name"], Decimal(d["price"])) for d in snapshot["skus"]),
        head_price=None if snapshot["head_price"] is None else Decimal(snapshot["head_price"]),
    )


def _pairs(rows: Iterable[Iterable[str]]) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in rows)


def verdict_bytes(row: Mapping[str, Any]) -> bytes:
    """The canonical bytes of a verdict: keys sorted, no white space, confidences in the shortest form that reads back as the same number."""
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False).encode()


def verdict_digest(row: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical bytes."""
    return hashlib.sha256(verdict_bytes(row)).hexdigest()


def outward(verdict: Mapping[str, Any], by: Actor) -> Mapping[str, Any]:
    """The verdict as somebody outside the house may read it: without what another merchant's goods were compared with."""
    if not by.outside:
        return verdict
    shown = [f | {"evidence": {}} if f["rule"] in {RULE, RELISTED, BORROWED} else f for f in verdict["findings"]]
    return {**verdict, "findings": shown}


def gaps_of(listing: Listing, sweep: Sweep, on: date) -> tuple[Missing, ...]:
    """The reports of a listing that what laboratories have lost leaves without a ground."""
    losses = [
        Lost(**{**loss, "years": tuple(loss["years"]), "since": date.fromisoformat(loss["since"])})
        for loss in sweep.losses
    ]
    return laboratories.gaps(listing, losses, tables.matrix(), tables.book(), on)


def admitted_on(row: Submission) -> Screening:
    """The screening that the listing was admitted on; for an admission before there was such a note, its first."""
    held = row.held_on or row.screenings.order_by("pk").first()
    assert held is not None
    return held


def last_screening(submission: Submission) -> Screening:
    """What the rules said last about a submission; every submission has at least one."""
    found = Screening.objects.filter(submission=submission).order_by("-pk").first()
    if found is None:
        raise LookupError(f"submission {submission.pk} was never screened")
    return found


def refused_before(listing: Listing, policy: AdmissionPolicy, now: datetime) -> list[RefusedGoods]:
    """
    Goods of the merchant and of merchants linked with him that were refused, newest first.

    Of the listing itself only the latest submission counts: once it was put right and admitted, its past is not brought up again.
    """
    linked = catalogue.linked(listing.merchant_id)
    latest = Docket.objects.filter(listing_id=listing.id).values_list("latest", flat=True).first()
    rows = Submission.objects.filter(
        merchant_id__in=[listing.merchant_id, *sorted(linked)],
        state=State.REFUSED,
        at__gte=now - timedelta(days=policy.clock.relisting_days),
    ).exclude(Q(listing_id=listing.id) & ~Q(pk=latest or ""))
    rows = rows.order_by("-at", "-pk")[:MOST_REFERENCES]
    return goods_of(list(rows), {m: linked[m] for m in linked})


def goods_compared(reference: Iterable[tuple[str, int, Sequence[str]]]) -> list[RefusedGoods]:
    """The same goods again as they were then, for a replay: what was said of them later, and who is linked with whom today, do not count."""
    wanted = list(reference)
    rows = Submission.objects.in_bulk([submission for submission, _, _ in wanted])
    said = Screening.objects.in_bulk([screening for _, screening, _ in wanted])
    return [_refused(rows[row], said[screening], tuple(links)) for row, screening, links in wanted]


def goods_of(rows: list[Submission], linked: Mapping[str, tuple[str, ...]]) -> list[RefusedGoods]:
    """Submissions as the rule of relisting sees them. One query more."""
    last: dict[str, Screening] = {
        s.submission_id: s for s in Screening.objects.filter(submission__in=rows).order_by("pk")
    }
    return [_refused(row, last[row.pk], linked.get(row.merchant_id, ())) for row in rows if row.pk in last]


def _refused(row: Submission, said: Screening, links: tuple[str, ...]) -> RefusedGoods:
    return RefusedGoods(
        submission_id=row.pk,
        refused_on=row.at.astimezone(SHANGHAI).date(),
        listing=listing_from(row.snapshot),
        offences=offences_in(said.verdict, said.severe),
        links=links,
        screening=said.pk,
    )


def offences_in(verdict: Mapping[str, Any], severe: Iterable[str]) -> tuple[Offence, ...]:
    """What a verdict held against a listing: its findings but notes, and its missing papers."""
    grave = set(severe)
    found = [
        Offence(f["rule"], f["field"], f["text"], f["rule"] in grave)
        for f in verdict["findings"]
        if f["severity"] != "L"
    ]
    found += [Offence("missing", "missing", kind) for m in verdict["missing"] for kind in m["kinds"][:1]]
    return tuple(found)
