"""
Receiving marketplace events: the one way in, for files, HTTP and adapters alike.

    receipt = receive_events(by, table, source="shop", body_sha256=digest)

Permission first; then the event store makes the batch durable; then one act says so (`EventsAccepted`) and enters ids that nobody registered. A crash between
leaves the events stored and the fact unsaid: the sender, who got no answer, sends the batch again, nothing is doubled, and the fact is said then.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import numpy as np
import pyarrow as pa

from pinzhi.catalogue.actions import observe
from pinzhi.engine.aggregates import days_of
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.models import FactRow
from pinzhi.engine.ports import Receipt
from pinzhi.kernel.facts import EventsAccepted
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

DAY_ZERO = date(1970, 1, 1)
VERB = "feeds.import"


def receive_events(
    by: Actor,
    table: pa.Table,
    *,
    source: str,
    body_sha256: str = "",
    lines: np.ndarray | None = None,
    file: str = "",
    refused_before: int = 0,
    now: datetime | None = None,
) -> Receipt:
    """
    Store the events of `table` (`intake.EVENT_SCHEMA`, checked) that are not stored yet; durable when it returns.

    `body_sha256` names the batch: the same batch twice is stored once. `refused_before` counts rows that the intake set aside; `lines` and `file` are named
    in the refusals of the receipt. Raises RefusedError(`not_permitted`) before anything is stored.
    """
    feed = Subject(Kind.PLATFORM, source)
    if not by.may(VERB):
        with act(VERB, by, subject=feed, now=now):
            pass
    receipt = open_store().append(table, source=source, body_sha256=body_sha256, now=now, lines=lines, file=file)
    if not _worth_saying(receipt, source, body_sha256, table):
        return receipt
    days = days_of(np.asarray(table.column("at").cast(pa.int64())))
    with act(VERB, by, subject=feed, now=now) as a:
        a.fact(
            EventsAccepted(
                subject=feed,
                source=source,
                batch=body_sha256,
                accepted=receipt.accepted,
                duplicate=receipt.duplicate,
                refused=refused_before + len(receipt.refused),
                first_day=DAY_ZERO + timedelta(days=int(days.min())),
                last_day=DAY_ZERO + timedelta(days=int(days.max())),
                store_version=receipt.version,
            )
        )
        a.note = f"{receipt.accepted} accepted, {receipt.duplicate} known, {len(receipt.refused)} refused"
        observe(_names(table), by, now=now)
    return receipt


def _worth_saying(receipt: Receipt, source: str, batch: str, table: pa.Table) -> bool:
    """A batch that brought something, or one that is stored but of which nothing was said because the process died in between."""
    if not table.num_rows:
        return False
    if receipt.accepted or receipt.refused:
        return True
    said = FactRow.objects.filter(
        name="EventsAccepted", subject_kind=Kind.PLATFORM.value, subject_id=source, payload__batch=batch
    )
    return bool(batch) and not said.exists()


def _names(table: pa.Table) -> list[tuple[str, str, str]]:
    distinct = (
        table.select(["listing_id", "merchant_id", "category"])
        .group_by(["listing_id", "merchant_id", "category"])
        .aggregate([])
    )
    return [(r["listing_id"], r["merchant_id"], r["category"]) for r in distinct.to_pylist()]
