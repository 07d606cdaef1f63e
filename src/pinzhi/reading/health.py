"""How the house itself is doing: facts waiting for their reactions, dead letters, jobs, webhooks, anchors of the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min, Q

from pinzhi.decisions.deliveries import Delivering, deliveries
from pinzhi.engine import outbox
from pinzhi.engine.models import Delivery, FactRow, JobRun
from pinzhi.ledger.anchoring.anchors import Standing, standings


@dataclass(frozen=True, slots=True)
class ReactionState:
    """One reaction to one fact: how many deliveries wait, were delivered, are dead, and the age of the oldest that waits, in seconds."""

    fact: str
    reaction: str
    waiting: int
    done: int
    dead: int
    oldest_seconds: int


@dataclass(frozen=True, slots=True)
class Health:
    """The whole picture. `lag_seconds` is the age of the oldest fact that a reaction has not seen."""

    lag_seconds: int
    waiting: int
    retrying: int
    dead: tuple[Delivery, ...]
    dead_total: int
    last_events_at: datetime | None
    table: tuple[ReactionState, ...]
    jobs: tuple[JobRun, ...]
    webhooks: tuple[Delivering, ...]
    anchors: tuple[Standing, ...]


def health(now: datetime, *, limit: int = 50) -> Health:
    """Read the state of outbox and jobs at `now`. Nine queries, whatever the size."""
    counted = {
        (row["fact__name"], row["reaction"]): row
        for row in Delivery.objects.values("fact__name", "reaction").annotate(
            waiting=Count("pk", filter=Q(state="waiting")),
            finished=Count("pk", filter=Q(state="done")),
            dead=Count("pk", filter=Q(state="dead")),
            oldest=Min("fact__at", filter=Q(state="waiting")),
        )
    }
    table = tuple(
        _state(entry["fact"], name, counted.get((entry["fact"], name)), now)
        for entry in outbox.reaction_table()
        for name in entry["reactions"]
    )
    whole = Delivery.objects.aggregate(
        waiting=Count("pk", filter=Q(state="waiting")),
        retrying=Count("pk", filter=Q(state="waiting", attempts__gt=0)),
        dead=Count("pk", filter=Q(state="dead")),
        oldest=Min("fact__at", filter=Q(state="waiting")),
    )
    return Health(
        lag_seconds=_age(whole["oldest"], now),
        waiting=whole["waiting"],
        retrying=whole["retrying"],
        dead=tuple(Delivery.objects.filter(state="dead").select_related("fact").order_by("-fact")[:limit]),
        dead_total=whole["dead"],
        last_events_at=FactRow.objects.filter(name="EventsAccepted").aggregate(at=Max("at"))["at"],
        table=table,
        jobs=tuple(JobRun.objects.order_by("-queued_at")[:20]),
        webhooks=deliveries(now),
        anchors=standings(),
    )


def _age(oldest: datetime | None, now: datetime) -> int:
    return max(int((now - oldest).total_seconds()), 0) if oldest else 0


def _state(fact: str, reaction: str, row: dict[str, object] | None, now: datetime) -> ReactionState:
    if row is None:
        return ReactionState(fact, reaction, 0, 0, 0, 0)
    oldest = row["oldest"] if isinstance(row["oldest"], datetime) else None
    waiting, done, dead = (int(str(row[k])) for k in ("waiting", "finished", "dead"))
    return ReactionState(fact, reaction, waiting, done, dead, _age(oldest, now))
