"""Recall: where are the goods of a batch, who is to be told, and the stop of its sale in the same act. A drill does everything but the stop and the notices."""

from __future__ import annotations

import time
import uuid
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pinzhi.catalogue import queries as catalogue
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import policies
from pinzhi.engine import jobs
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.facts import RecallOpened
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.law.rows import reference
from pinzhi.law.tables import official, statutes
from pinzhi.life.tracing import batches, walk
from pinzhi.life.tracing.batches import Lot
from pinzhi.life.tracing.fates import coverage
from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import Notice, Recall
from pinzhi.life.tracing.rules.chain.coverage import Coverage
from pinzhi.life.tracing.rules.chain.mentions import lot_of
from pinzhi.life.tracing.rules.policy import TracingPolicy, typed_policy
from pinzhi.life.tracing.rules.recalls import LEVELS, Clock, State, clocks
from pinzhi.people.acts import act, permit
from pinzhi.people.roles import Actor

LAW = "refund.dangerous_defect"
JOB = "tracing.write_notices"
MOST_PLACES = 200
MOST_RECALLS = 2000
"""The latest recalls that are looked through for one listing."""
CLOSING = ("made", "sold", "located", "under_way", "returned", "destroyed", "unaccounted")
"""The counts that the closing of a recall keeps."""
_LOTS = "SELECT uri FROM tracing_thing WHERE lot_id IS NULL AND id IN {ids}"
CALLED_BACK = Text(
    "本批次商品启动召回：停止销售，通知商家和买家，已售出的召回处理。",
    "This batch is called back: sale stops, merchants and buyers are told, what was sold is taken back.",
)


@dataclass(frozen=True, slots=True)
class Sale:
    """What one buyer has of the batch: pieces bought less pieces cancelled or sent back."""

    order_id: str
    listing_id: str
    merchant_id: str
    buyer: str
    quantity: int


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a recall knows at the moment that it is asked."""

    lot: Lot
    lots: tuple[str, ...]
    reached: int
    counts: Coverage
    sales: tuple[Sale, ...]
    returned_by_orders: int
    milliseconds: int


def look(batch: str, by: Actor, *, now: datetime | None = None) -> Found:
    """
    Walk forward from a batch and count. Nothing is stored.

    Raises RefusedError: `not_permitted`, and those of `batches.find`.
    """
    permit("tracing.drill", by)
    moment = now or clock.now()
    start = time.perf_counter()
    lot, reach, lots = forward(batch, by)
    counts = coverage(reach)
    sales, back = _sales(lot, lots, moment, policy_in_force(moment))
    if lot.card is not None and lot.card.quantity and not counts.made:
        counts.made = Decimal(lot.card.quantity)
    took = int((time.perf_counter() - start) * 1000)
    return Found(lot, lots or (lot.uri,), len(reach.came_from), counts, sales, back, took)


def forward(batch: str, by: Actor) -> tuple[Lot, walk.Reach, tuple[str, ...]]:
    """A batch, the walk forward from it, and the lots that the walk reaches; nothing is counted. Raises RefusedError as `batches.find`."""
    lot = batches.find(batch, by)
    reach = walk.forward([lot.thing]) if lot.thing is not None else walk.Reach({})
    return lot, reach, tuple(sorted(uri for (uri,) in rows(_LOTS, list(reach.came_from)) if lot_of(uri)))


def drill(batch: str, by: Actor, *, now: datetime | None = None) -> Recall:
    """Rehearse a recall: the coverage is computed and kept with its time; nobody is told and nothing stops. Raises RefusedError as `look`."""
    found = look(batch, by, now=now)
    with act("tracing.drill", by, subject=_subject(found.lot), now=now) as a:
        return _write(a, found, drill=True, reason="")


def recall(
    batch: str,
    by: Actor,
    reason: str,
    *,
    level: str = "",
    known_at: datetime | None = None,
    plan: str = "",
    now: datetime | None = None,
) -> Recall:
    """
    Call the goods of a batch back, in one act: the sale of every registered batch that the walk reached stops, and notices are written.

    `level` as in `rules.recalls.LEVELS`, or empty: the sale stops first and `grade` comes later. `known_at`: when the risk became known (now). `plan`:
    what holders of the goods are to do. A recall of the batch that is open already is returned and nothing is written.

    Raises RefusedError: `not_permitted`, `recall_without_reason`, `recall_level_unknown`, `known_in_future`, and those of `look`.
    """
    permit("tracing.recall", by)
    said = " ".join(reason.replace("\0", "").split())
    if not said:
        raise RefusedError.because(
            "recall_without_reason",
            "a recall says why",
            "write in one sentence what is wrong with the goods",
            field="reason",
        )
    _check_grade(level, known_at, now or clock.now())
    found = look(batch, by, now=now)
    with act("tracing.recall", by, subject=_subject(found.lot), now=now) as a:
        open_already = Recall.objects.filter(batch=found.lot.uri, drill=False, closed_at=None).first()
        if open_already is not None:
            return open_already
        row = _write(a, found, drill=False, reason=said[:1000])
        row.level, row.known_at, row.plan = level, known_at or a.now, _words(plan)
        law = reference(statutes().in_force(LAW, a.now.astimezone(SHANGHAI).date()))
        why = Reason("batch_recalled", CALLED_BACK, (("recall", row.pk), ("said", said[:300])), law)
        row.decisions = [
            decisions.issue(
                a,
                Subject(Kind.BATCH, name),
                Effect.STOP_SALE,
                [why],
                policy=policy_in_force(a.now).version,
                decided_by=a.by.label,
                source=f"tracing:{row.pk}",
            ).pk
            for name in _batch_ids(found)
        ]
        row.save(update_fields=["decisions", "level", "known_at", "plan"])
        jobs.enqueue(JOB, key=f"{JOB} {row.pk}", recall_id=row.pk)
        return row


def grade(
    recall_id: str,
    by: Actor,
    level: str,
    *,
    known_at: datetime | None = None,
    plan: str = "",
    now: datetime | None = None,
) -> Recall:
    """
    Give an open recall its level, or another one; what is left out stays as it is.

    Raises RefusedError: `not_permitted`, `recall_unknown`, `recall_closed`, `recall_level_unknown`, `known_in_future`.
    """
    with act("tracing.recall", by, now=now) as a:
        row = _open(recall_id)
        _check_grade(level, known_at, a.now)
        row.level = level or row.level
        row.known_at = known_at or row.known_at
        row.plan = _words(plan) or row.plan
        row.save(update_fields=["level", "known_at", "plan"])
        a.note = f"{row.pk} {row.level}"
        return row


def close(recall_id: str, by: Actor, words: str, *, now: datetime | None = None) -> Recall:
    """
    End a recall: the goods are counted once more, and `words` say what was done with what came back. The stop of sale is lifted separately.

    A recall that is closed is returned as it is. Raises RefusedError: `not_permitted`, `recall_unknown`, `closing_without_words`.
    """
    permit("tracing.recall", by)
    said = _words(words)
    row = Recall.objects.filter(pk=recall_id, drill=False).first()
    if row is None:
        raise unknown(recall_id)
    if row.closed_at is not None:
        return row
    if not said:
        raise RefusedError.because(
            "closing_without_words",
            "nothing says what was done with the goods",
            "write what was returned, destroyed or mended, and what is still outside",
            field="words",
        )
    found = look(row.batch, by, now=now)
    with act("tracing.recall", by, subject=_subject(found.lot), now=now) as a:
        row = Recall.objects.select_for_update().get(pk=recall_id)
        if row.closed_at is None:
            row.closed_at = a.now
            row.closing = {name: document(found)[name] for name in CLOSING} | {"words": said, "by": a.by.label}
            row.save(update_fields=["closed_at", "closing"])
            a.note = f"{row.pk} closed"
        return row


def clocks_of(row: Recall, now: datetime | None = None) -> tuple[Clock, ...]:
    """The clocks of a recall; none for a drill and for one without a grade."""
    if row.drill:
        return ()
    return clocks(
        row.level, row.known_at or row.at, row.at, row.closed_at, now or clock.now(), statutes().in_force, official()
    )


def overdue(row: Recall, now: datetime | None = None) -> bool:
    """Whether a clock of the recall has run out and it is still open."""
    return any(c.state is State.OVERDUE for c in clocks_of(row, now))


def about_listing(listing_id: str) -> list[str]:
    """The recalls of goods that a listing offers or has sold: what its page has to show."""
    rows = Recall.objects.filter(drill=False).order_by("-at").values_list("pk", "found")[:MOST_RECALLS]
    return [pk for pk, found in rows if listing_id in found.get("listings", ())]


def _open(recall_id: str) -> Recall:
    row = Recall.objects.select_for_update().filter(pk=recall_id, drill=False).first()
    if row is None:
        raise unknown(recall_id)
    if row.closed_at is not None:
        raise RefusedError.because(
            "recall_closed", "this recall is closed", "open a new one where the goods are still a danger"
        )
    return row


def _check_grade(level: str, known_at: datetime | None, now: datetime) -> None:
    if level and level not in LEVELS:
        raise RefusedError.because(
            "recall_level_unknown", f"there is no level {level[:20]!r}", f"one of: {', '.join(LEVELS)}", field="level"
        )
    if known_at is not None and known_at > now:
        raise RefusedError.because(
            "known_in_future", "the risk cannot have become known later than now", "give the moment", field="known_at"
        )


def _words(text: str) -> str:
    return " ".join(text.replace("\0", "").split())[:2000]


def unknown(recall_id: str) -> RefusedError:
    """The refusal for an id that is no recall of the actor's."""
    return RefusedError.because(
        "recall_unknown", f"there is no recall {recall_id[:40]!r}", "`pinzhi tracing recalls` lists them"
    )


def policy_in_force(at: datetime | None = None) -> TracingPolicy:
    """The station's policy in force, typed."""
    return typed_policy(policies.policy_in_force("tracing", at))


def write_notices(recall_id: str) -> int:
    """The notices of a recall: the merchant of every batch, and every buyer who has something of it. Again is the same: each is written once."""
    row = Recall.objects.get(pk=recall_id)
    found = row.found
    lot = batches.find(row.batch, Actor.system("tracing"))
    sales, _ = _sales(lot, tuple(found["lots"]), clock.now(), policy_in_force())
    notices = [
        Notice(recall=row, to="merchant", party=m)
        for m in sorted({row.merchant_id, *(s.merchant_id for s in sales)} - {""})
    ]
    notices += [
        Notice(recall=row, to="buyer", party=s.buyer, order_id=s.order_id, listing_id=s.listing_id, quantity=s.quantity)
        for s in sales
        if s.quantity > 0
    ]
    Notice.objects.bulk_create(notices, batch_size=policy_in_force().recall.portion, ignore_conflicts=True)
    return len(notices)


def told(recall_id: str, numbers: list[int], by: Actor, *, now: datetime | None = None) -> int:
    """The marketplace says that notices were delivered. Raises RefusedError: `not_permitted`, `recall_unknown`. Saying it again changes nothing."""
    with act("tracing.told", by, now=now) as a:
        if not Recall.objects.filter(pk=recall_id, drill=False).exists():
            raise unknown(recall_id)
        return Notice.objects.filter(recall_id=recall_id, pk__in=numbers[:10_000], told_at=None).update(told_at=a.now)


def standing(row: Recall) -> dict[str, Any]:
    """A recall as it stands: the coverage when it was opened, and how many have been told since."""
    notices = Notice.objects.filter(recall=row)
    buyers = notices.filter(to="buyer")
    return {
        "recall": row.pk,
        "drill": row.drill,
        "at": row.at.isoformat(),
        "closed_at": row.closed_at.isoformat() if row.closed_at else None,
        **row.found,
        "to_notify": notices.count(),
        "notified": notices.exclude(told_at=None).count(),
        "pieces_notified": sum(buyers.exclude(told_at=None).values_list("quantity", flat=True)),
        "decisions": row.decisions,
        "level": row.level,
        "reason": row.reason,
        "known_at": row.known_at.isoformat() if row.known_at else None,
        "plan": row.plan,
        "clocks": [_clock(c) for c in clocks_of(row)],
        "overdue": overdue(row),
        "closing": row.closing,
    }


def document(found: Found) -> dict[str, Any]:
    """The coverage as plain JSON values: what the screens show and the interface prints."""
    c = found.counts
    sold_by_orders = sum(s.quantity for s in found.sales)
    return {
        "batch": found.lot.name,
        "lot": found.lot.uri,
        "merchant_id": found.lot.merchant_id,
        "listings": _listings(found),
        "lots": list(found.lots),
        "reached": found.reached,
        "made": _figure(c.made),
        "used": _figure(c.used),
        "sold": _figure(c.sold_at_least(sold_by_orders)),
        "sold_by_events": _figure(c.sold),
        "sold_by_orders": sold_by_orders,
        "orders": len(found.sales),
        "located": _figure(c.located),
        "under_way": _figure(c.under_way),
        "returned": _figure(max(c.returned, Decimal(found.returned_by_orders))),
        "destroyed": _figure(c.destroyed),
        "unaccounted": _figure(c.unaccounted_beside(sold_by_orders)),
        "places": [
            {"place": place, "count": _figure(n)}
            for place, n in sorted(c.held.items(), key=lambda p: (-p[1], p[0]))[:MOST_PLACES]
        ],
        "milliseconds": found.milliseconds,
    }


# --- inside ------------------------------------------------------------------------------------------------------------------------------


def _figure(value: Decimal) -> int | str:
    """Whole counts as numbers, other quantities in plain decimals (canonical values have no floats)."""
    return int(value) if value == value.to_integral_value() else format(value.normalize(), "f")


def _clock(of: Clock) -> dict[str, Any]:
    due = {"until": of.until.isoformat()} if of.until else of.deadline.row() if of.deadline else {}
    return {
        "name_zh": of.name.zh,
        "name_en": of.name.en,
        "state": of.state.value,
        **due,
        "law": of.row.id,
        "verified": of.row.verified,
    }


def _listings(found: Found) -> list[str]:
    """Where the goods are offered: the listings of the batches that the walk reached, and of the sales."""
    cards = catalogue.batches(_batch_ids(found)).values()
    return sorted(({c.listing_id for c in cards} | {s.listing_id for s in found.sales}) - {""})[:MOST_PLACES]


def _subject(lot: Lot) -> Subject:
    return Subject(Kind.BATCH, lot.card.id if lot.card else lot.uri)


def _batch_ids(found: Found) -> list[str]:
    """Batches of the catalogue among the lots; a lot that it does not know is stopped under its link."""
    names = []
    for uri in dict.fromkeys((found.lot.uri, *found.lots)):
        key = lot_of(uri)
        card = batches.registered(uri, key[1]) if key else None
        names.append(card.id if card else uri)
    return names


def _write(a: Any, found: Found, *, drill: bool, reason: str) -> Recall:
    row = Recall.objects.create(
        id=uuid.uuid4().hex, at=a.now, by=a.by.label, batch=found.lot.uri, merchant_id=found.lot.merchant_id, drill=drill,
        reason=reason, milliseconds=found.milliseconds, found=document(found),
    )  # fmt: skip
    d = row.found
    a.fact(
        RecallOpened(
            subject=_subject(found.lot), recall=row.pk, drill=drill, merchant_id=found.lot.merchant_id, reached=found.reached,
            made=int(found.counts.made), sold=int(float(d["sold"])), located=int(found.counts.located), unaccounted=int(float(d["unaccounted"])),
            milliseconds=found.milliseconds,
        )
    )  # fmt: skip
    return row


def _sales(lot: Lot, lots: tuple[str, ...], now: datetime, policy: TracingPolicy) -> tuple[tuple[Sale, ...], int]:
    """Who has something of the batches, from the marketplace's own events; and how many pieces came back."""
    first: date = (now - timedelta(days=policy.recall.sales_days)).date()
    held: dict[tuple[str, str, str, str], int] = defaultdict(int)
    back = 0
    ids = [lot.card.id] if lot.card else []
    ids += [key[1] for uri in lots if (key := lot_of(uri)) and batches.registered(uri, key[1]) is not None]
    for name in dict.fromkeys(ids):
        events = open_store().about("batch", name, kinds=("sale", "return", "cancel"), first=first)
        for row in events.select(["kind", "order_id", "listing_id", "merchant_id", "buyer_id", "quantity"]).to_pylist():
            key_ = (row["order_id"] or "", row["listing_id"], row["merchant_id"], row["buyer_id"] or "")
            amount = row["quantity"] or 1
            held[key_] += amount if row["kind"] == "sale" else -amount
            back += amount if row["kind"] == "return" else 0
    return tuple(Sale(o, li, m, b, n) for (o, li, m, b), n in sorted(held.items()) if n > 0), back
