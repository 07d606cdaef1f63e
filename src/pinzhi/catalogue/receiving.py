"""
Receiving marketplace events: the one way in, for files, HTTP and adapters alike.

    receipt = receive_events(by, table, source="shop", body_sha256=digest)

Permission first; then the event store makes the batch durable; then one act says so (`EventsAccepted`) and enters ids that nobody registered. A crash between
leaves the events stored and the fact unsaid: the sender, who got no answer, sends the batch again, nothing is doubled, and the fact is said then.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from weakref import WeakKeyDictionary

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction

from pinzhi.catalogue.actions import observe
from pinzhi.engine.aggregates import days_of
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.models import FactRow
from pinzhi.engine.ports import Receipt
from pinzhi.kernel.facts import EventsAccepted
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

DAY_ZERO = date(1970, 1, 1)
VERB = "feeds.import"
MOST_REMEMBERED = 500_000
"""Ids kept in memory by one process, about 100 bytes each."""
_seen: WeakKeyDictionary[EventStore, dict[str, set[str]]] = WeakKeyDictionary()


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
        _observe(table, by, now)
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


def _observe(table: pa.Table, by: Actor, now: datetime | None) -> None:
    """Enter ids that nobody registered. What this process has seen committed in the catalogue is not asked for again: nothing is ever taken out of it."""
    seen = _seen.setdefault(open_store(), {"listing_id": set(), "merchant_id": set()})
    fresh = {n: set(pc.unique(table.column(n)).to_pylist()) - known for n, known in seen.items()}
    if not any(fresh.values()):
        return
    masks = [pc.is_in(table.column(n), pa.array(sorted(ids), pa.string())) for n, ids in fresh.items()]
    three = ["listing_id", "merchant_id", "category"]
    rows = table.filter(pc.or_(*masks)).select(three).group_by(three).aggregate([]).to_pylist()
    observe([(r["listing_id"], r["merchant_id"], r["category"]) for r in rows], by, now=now)
    transaction.on_commit(lambda: _remember(seen, fresh))


def _remember(seen: dict[str, set[str]], fresh: dict[str, set[str]]) -> None:
    for name, ids in fresh.items():
        if len(seen[name]) > MOST_REMEMBERED:
            seen[name].clear()
        seen[name] |= ids
