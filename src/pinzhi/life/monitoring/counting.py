"""
Complaints of our own desk become events, so that monitoring sees them beside returns and reviews.

A complaint is an event of the kind `complaint` from the feed `complaints`, named by the complaint: counted twice it is one. The marketplace's own feed may
bring complaints too; those that it hands to us by the interface stand in that feed already and are left out here (policy `[complaints] channels`). Words and
buyers stay where they are: an event holds ids and the code of the kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import pyarrow as pa
from django.db import transaction

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import ListingCard
from pinzhi.catalogue.receiving import receive_events
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.kernel.canon import digest
from pinzhi.life.monitoring.models import Counted
from pinzhi.life.monitoring.queries import policy_in_force
from pinzhi.people.roles import Actor

FEED = "complaints"
AT_ONCE = 10_000
"""Complaints of one batch."""


def count_complaints(*, now: datetime | None = None) -> int:
    """
    Store what came in since the last time. Returns how many events are new.

    The place is moved after the events are durable: who dies in between counts the same complaints again, and the store knows them.
    """
    channels = set(policy_in_force(now or clock.now()).complaints.channels)
    new = 0
    while True:
        with transaction.atomic():
            place, _ = Counted.objects.select_for_update().get_or_create(pk=1)
            found = list(FactRow.objects.filter(name="ComplaintOpened", seq__gt=place.seq).order_by("seq")[:AT_ONCE])
            if not found:
                return new
            rows = _events([f for f in found if f.payload["channel"] in channels])
            if rows:
                batch = digest([row["event_id"] for row in rows])
                table = pa.Table.from_pylist(rows, schema=EVENT_SCHEMA)
                new += receive_events(
                    Actor.system("monitoring"), table, source=FEED, body_sha256=batch, now=now
                ).accepted
            place.seq = found[-1].seq
            place.save(update_fields=["seq"])


def _events(facts: Sequence[FactRow]) -> list[dict[str, Any]]:
    """Their events. The goods are asked for once for all of them."""
    batches = catalogue.batches({f.payload["batch_id"] for f in facts if f.payload["batch_id"]})
    of_batch = {id_: batch.listing_id for id_, batch in batches.items()}
    named = {f.payload["listing_id"] or of_batch.get(f.payload["batch_id"], "") for f in facts}
    cards = catalogue.listings(named - {""})
    return [row for f in facts for row in _event(f.payload, f.at, of_batch, cards)]


def _event(
    said: Mapping[str, Any], at: datetime, of_batch: Mapping[str, str], cards: Mapping[str, ListingCard]
) -> Iterable[dict[str, Any]]:
    """The event of a complaint, or none where nobody knows which goods it is about."""
    listing_id = said["listing_id"] or of_batch.get(said["batch_id"], "")
    card = cards.get(listing_id)
    merchant_id, category = (said["merchant_id"] or (card.merchant_id if card else "")), (card.category if card else "")
    category = category or said["category"]
    if not (listing_id and merchant_id and category):
        return
    yield {
        "event_id": said["complaint_id"],
        "kind": "complaint",
        "at": at,
        "listing_id": listing_id,
        "merchant_id": merchant_id,
        "category": category,
        "order_id": said["order_id"] or None,
        "batch_id": said["batch_id"] or None,
        "quantity": 1,
        "reason": said["kind"] or None,
    }
