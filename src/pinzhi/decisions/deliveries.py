"""How the sending of decisions goes, subscription by subscription: for the Health screen and for `pinzhi webhooks list`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, F, Max, Min, Q
from django.db.models.functions import Coalesce

from pinzhi.decisions.models import Dispatch, Subscription

SILENT = timedelta(hours=1)
"""Something has waited for so long, and nothing was delivered meanwhile: a person should look."""


@dataclass(frozen=True, slots=True)
class Delivering:
    """
    One subscription: the last delivery, failures in a row, what waits and since when, what is dead, and when the next try is due.

    `silent` is the plain warning: an active subscription has delivered nothing for an hour while something waited.
    """

    row: Subscription
    last_success: datetime | None
    waiting: int
    dead: int
    waiting_since: datetime | None
    next_attempt: datetime | None
    silent: bool


def deliveries(now: datetime) -> tuple[Delivering, ...]:
    """Every subscription at `now`, the silent ones first, then by name. Two queries."""
    first_try = (
        Dispatch.objects.filter(state="waiting")
        .annotate(since=Coalesce(Min("tries__at"), F("due")))
        .values_list("subscription_id", "since")
    )
    since: dict[str, datetime] = {}
    for subscription, moment in first_try:
        since[subscription] = min(moment, since.get(subscription, moment))
    waiting, dead = Q(dispatches__state="waiting"), Q(dispatches__state="dead")
    found = Subscription.objects.annotate(
        last_success=Max("dispatches__done_at"),
        waits=Count("dispatches", filter=waiting),
        dead=Count("dispatches", filter=dead),
        next_due=Min("dispatches__due", filter=waiting),
    )
    states = [_state(row, since.get(row.pk), now) for row in found]
    return tuple(sorted(states, key=lambda s: (not s.silent, s.row.name, s.row.pk)))


def _state(row: Subscription, since: datetime | None, now: datetime) -> Delivering:
    last, due = row.last_success, row.next_due
    if due is not None and row.rest_until is not None:
        due = max(due, row.rest_until)
    quiet = last is None or last <= now - SILENT
    silent = row.active and since is not None and since <= now - SILENT and quiet
    return Delivering(row, last, row.waits, row.dead, since, due if row.active else None, silent)
