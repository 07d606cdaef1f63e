"""
The outbox: facts are written with their deliveries in the transaction of the act; a pump hands them to reactions afterwards.

At least once, idempotent by (fact, reaction): the delivery is marked done in the same transaction as the reaction's own effects. Ordered per subject and
reaction: a later fact waits while an earlier one about the same subject has not been delivered. After `MAX_ATTEMPTS` a delivery is a dead letter: visible in
the Health screen, holding back its own subject only, until a person retries or discards it.
"""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef

from pinzhi.engine.models import Delivery, FactRow
from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.canon import canonical, plain
from pinzhi.kernel.fact import Fact, payload, revive
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger import store as ledger

log = logging.getLogger("pinzhi.outbox")
MAX_ATTEMPTS = 6
Reaction = Callable[[Fact, "Context"], None]
REACTIONS: dict[str, list[tuple[str, Reaction]]] = {}


@dataclass(frozen=True, slots=True)
class Context:
    """What a reaction knows beside the fact: its place in the order, when it happened, and by whom."""

    seq: int
    at: datetime
    act: str
    actor: str


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing to commit to: a fact (stored and delivered) or another value (leaf only). `act`, `actor`: by whose act, if not the writer's own."""

    kind: str
    ref: str
    value: object
    nonce: bytes
    fact: Fact | None = None
    act: str = ""
    actor: str = ""

    @classmethod
    def of_fact(cls, what: Fact, *, act: str = "", actor: str = "") -> Entry:
        """An entry for a fact; its leaf commits to everything that is stored of it (`fact_body`)."""
        return cls("fact", type(what).__name__, None, secrets.token_bytes(ledger.NONCE_BYTES), what, act, actor)

    @classmethod
    def of_value(cls, kind: str, ref: str, value: object) -> Entry:
        """An entry for any canonical value; its leaf commits to kind, ref, value and time (`value_body`)."""
        return cls(kind, ref, plain(value), secrets.token_bytes(ledger.NONCE_BYTES))

    def body(self, *, at: datetime, act: str, actor: str) -> bytes:
        """The canonical bytes that the leaf commits to."""
        if self.fact is None:
            return value_body(self.kind, self.ref, self.value, at)
        what = self.fact
        return fact_body(self.ref, what.version, str(what.subject), payload(what), at=at, act=act, actor=actor)


def fact_body(
    name: str, version: int, subject: str, values: dict[str, Any], *, at: datetime, act: str, actor: str
) -> bytes:
    """What the leaf of a fact commits to: the fact, its moment (UTC), the act it belongs to, and who acted (a role or policy, never a name)."""
    return canonical(
        {
            "fact": name,
            "version": version,
            "subject": subject,
            "payload": values,
            "at": at.astimezone(UTC),
            "act": act,
            "actor": actor,
        }
    )


def value_body(kind: str, ref: str, value: object, at: datetime) -> bytes:
    """What the leaf of any other value commits to."""
    return canonical({"kind": kind, "ref": ref, "value": value, "at": at.astimezone(UTC)})


def commitment(nonce: bytes, body: bytes) -> bytes:
    """The 32 bytes that go on the log: SHA-256(nonce || body). Without the nonce nothing can be guessed from it."""
    return hashlib.sha256(nonce + body).digest()


def register(reactions: dict[type[Fact], Sequence[Reaction]]) -> None:
    """Enter a station's reaction table. Called once per station when Django is ready; the same name twice is an error."""
    for kind, functions in reactions.items():
        for function in functions:
            name = f"{function.__module__.removeprefix('pinzhi.').removesuffix('.reactions')}.{function.__name__}"
            rows = REACTIONS.setdefault(kind.__name__, [])
            if any(n == name for n, _ in rows):
                raise ValueError(f"the reaction {name} stands twice for {kind.__name__}")
            rows.append((name, function))


def write(entries: Sequence[Entry], *, at: datetime, act: str, actor: str) -> list[int]:
    """Store facts, deliveries and leaves. Must run inside the act's transaction; returns the leaf indexes in order."""
    if not entries:
        return []
    if not connection.in_atomic_block:
        raise RuntimeError("facts are written in the transaction of their act")
    leaves = ledger.append(
        [
            ledger.NewLeaf(
                e.kind,
                e.ref,
                commitment(e.nonce, e.body(at=at, act=e.act or act, actor=e.actor or actor)),
                e.nonce,
            )
            for e in entries
        ],
        at=at,
    )
    for entry, leaf in zip(entries, leaves, strict=True):
        if entry.fact is None:
            continue
        row = FactRow.objects.create(
            name=entry.ref,
            version=entry.fact.version,
            subject_kind=str(entry.fact.subject.kind),
            subject_id=entry.fact.subject.id,
            payload=payload(entry.fact),
            at=at,
            act=entry.act or act,
            actor=entry.actor or actor,
            nonce=entry.nonce.hex(),
            leaf=leaf,
        )
        Delivery.objects.bulk_create(
            Delivery(fact=row, reaction=name, subject_kind=row.subject_kind, subject_id=row.subject_id, due=at)
            for name, _ in REACTIONS.get(entry.ref, ())
        )
    return leaves


def _ready(now: datetime) -> Iterable[Delivery]:
    earlier = Delivery.objects.filter(
        reaction=OuterRef("reaction"),
        subject_kind=OuterRef("subject_kind"),
        subject_id=OuterRef("subject_id"),
        fact__lt=OuterRef("fact"),
        state__in=("waiting", "dead"),
    )
    return (
        Delivery.objects.filter(state="waiting", due__lte=now)
        .filter(~Exists(earlier))
        .order_by("fact")
        .select_related("fact")
    )


def pump(limit: int = 200) -> int:
    """Deliver what is ready, one transaction each. Returns how many were tried; call again while it is not 0."""
    now = clock.now()
    tried = 0
    for delivery in list(_ready(now)[:limit]):
        tried += 1
        _deliver(delivery)
    return tried


def drain(limit: int = 100_000) -> int:
    """Pump until nothing is ready. For tests, the demo and commands that must see the consequences before they end."""
    total = 0
    while total < limit and (n := pump()):
        total += n
    return total


def _deliver(waiting: Delivery) -> None:
    function = dict(REACTIONS.get(waiting.fact.name, ())).get(waiting.reaction)
    try:
        with whole():
            mine = Delivery.objects.select_for_update(skip_locked=connection.features.has_select_for_update_skip_locked)
            delivery = mine.filter(pk=waiting.pk, state="waiting").first()
            if delivery is None:
                return
            if function is None:
                raise LookupError(f"no reaction is called {waiting.reaction}")
            row = waiting.fact
            function(revived(row), Context(row.seq, row.at, row.act, row.actor))
            delivery.state, delivery.done_at, delivery.attempts = "done", clock.now(), delivery.attempts + 1
            delivery.last_error = ""
            delivery.save()
    except Exception as why:  # noqa: BLE001 - whatever a reaction raises, the delivery is kept and tried again
        _note_failure(waiting, why)


def _note_failure(waiting: Delivery, why: Exception) -> None:
    attempts = waiting.attempts + 1
    dead = attempts >= MAX_ATTEMPTS
    Delivery.objects.filter(pk=waiting.pk, state="waiting").update(
        attempts=attempts,
        state="dead" if dead else "waiting",
        due=clock.now() + timedelta(seconds=min(2**attempts, 300)),
        last_error=f"{type(why).__name__}: {why}"[:500],
    )
    log.warning(
        "reaction %s failed on fact %s (attempt %s%s)",
        waiting.reaction,
        waiting.fact_id,
        attempts,
        ", dead" if dead else "",
    )


def revived(row: FactRow) -> Fact:
    """A stored fact as its dataclass."""
    return revive(row.name, Subject(Kind(row.subject_kind), row.subject_id), row.payload)


def retry(delivery_id: int) -> None:
    """Give a dead letter another life. Permission is the caller's act (`engine.retry`)."""
    Delivery.objects.filter(pk=delivery_id, state="dead").update(state="waiting", attempts=0, due=clock.now())


def discard(delivery_id: int) -> None:
    """Let a dead letter go and its subject move on. Permission is the caller's act (`engine.discard`)."""
    Delivery.objects.filter(pk=delivery_id, state="dead").update(state="discarded", done_at=clock.now())


def reaction_table() -> list[dict[str, Any]]:
    """Fact → reactions, as `pinzhi map` prints it and the documentation carries it."""
    from pinzhi.kernel.fact import FACTS

    return [{"fact": name, "reactions": [n for n, _ in REACTIONS.get(name, ())]} for name in FACTS]
