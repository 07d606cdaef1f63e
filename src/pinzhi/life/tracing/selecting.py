"""
Events that a query asks for, of those that whoever asks may see.

A merchant sees what it handed in, and events about goods whose GTIN it alone lists or has batches of. The platform and its integrators see everything.
Answers come in pages: the next one begins after the last event of the page before, and no later event slips in between.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import numbers
from pinzhi.life.tracing.models import Event, HandedIn, Mention, Thing
from pinzhi.life.tracing.rules.epcis import hashing
from pinzhi.life.tracing.rules.epcis.querying import Asked, Named, holds
from pinzhi.life.tracing.rules.gs1.digits import gtin_14
from pinzhi.people.roles import Actor

MOST_LOOKED_AT = 20_000
"""Events that one page looks at where only their bodies answer a condition; the page is then short and the next one goes on."""
_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Sight:
    """Whose events are seen: those of one merchant and about its GTINs; `owner` empty: all."""

    owner: str = ""
    gtins: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Where the next page begins: after this value of the order and this number; `until` is the newest event of the first page; `given` events before it."""

    value: str
    number: int
    until: int
    given: int


@dataclass(frozen=True, slots=True)
class Page:
    """Events in the order asked for, each as the JSON form that a client gets, and where the next page begins (None: there is none)."""

    events: tuple[dict[str, Any], ...]
    next: Place | None = None


def sight_of(by: Actor) -> Sight:
    """What a client sees."""
    return sight(by.merchant_id)


def sight(owner: str) -> Sight:
    """What a merchant sees; empty: everything."""
    if not owner:
        return Sight()
    own = {gtin_14(g) for g in catalogue.own_gtins(owner)} | numbers.of_merchant(owner)
    return Sight(owner, tuple(sorted(own)))


def seen(who: Sight) -> QuerySet[Event]:
    """The events that may be seen, those with a body."""
    rows = Event.objects.filter(body__isnull=False)
    if not who.owner:
        return rows
    mine = Q(owner=who.owner) | Q(pk__in=HandedIn.objects.filter(owner=who.owner).values("event_id"))
    if who.gtins:
        mine |= Q(pk__in=Mention.objects.filter(thing__gtin__in=who.gtins).values("event_id"))
    return rows.filter(mine)


def matching(asked: Asked, who: Sight) -> QuerySet[Event]:
    """The events that meet every condition that the tables answer, in no order. `asked.tests` remain."""
    rows = seen(who)
    for among in asked.among:
        rows = rows.filter(**{f"{among.column}__in": among.values})
    for span in asked.spans:
        rows = rows.filter(**{f"{span.column}__{'gte' if span.how == 'ge' else 'lt'}": span.moment})
    for named in asked.named:
        rows = rows.filter(pk__in=_mentions(named))
    if asked.ids is not None:
        rows = rows.filter(Q(event_id__in=[i for i in asked.ids if i]) | Q(hash__in=_hashes(asked.ids)))
    return rows.filter(error=True) if asked.declared else rows


def _mentions(named: Named) -> QuerySet[Mention, dict[str, Any]]:
    """Numbers of the events that name one of the things."""
    which = Q(uri__in=named.uris)
    for stem in named.stems:
        # SQLite takes an index for a range, PostgreSQL for a beginning.
        which |= (
            Q(uri__startswith=stem) if connection.vendor == "postgresql" else Q(uri__gte=stem, uri__lt=stem + _LAST)
        )
    things = Thing.objects.filter(which).values("pk")
    return Mention.objects.filter(part__in=named.parts, thing__in=things).values("event_id")


def _hashes(ids: Sequence[str]) -> list[bytes]:
    return [hash_ for one in ids if (hash_ := hashing.digest(one)) is not None]


def page(asked: Asked, who: Sight, *, size: int, after: Place | None = None) -> Page:
    """
    At most `size` events. Raises RefusedError: `query_too_large` where there are more than `asked.most`, `query_too_complex` where that cannot be told in
    bounds.
    """
    until = after.until if after else newest()
    rows = matching(asked, who).filter(pk__lte=until)
    if asked.most is not None and after is None:
        _check_size(asked, rows)
    given = after.given if after else 0
    if asked.limit is not None:
        size = min(size, asked.limit - given)
    if size <= 0:
        return Page(())
    found: list[Event] = []
    looked, last = 0, None
    for row in _from(rows, asked, after)[: MOST_LOOKED_AT if asked.tests else size + 1].iterator(chunk_size=1000):
        if len(found) == size:
            break
        looked, last = looked + 1, row
        if all(holds(t, row.body) for t in asked.tests):
            found.append(row)
    else:
        if looked < (MOST_LOOKED_AT if asked.tests else size + 1):
            last = None  # nothing is left
    done = asked.limit is not None and given + len(found) >= asked.limit
    goes_on = None if last is None or done else _place(last, asked, until, given + len(found))
    return Page(tuple(form(row) for row in found), goes_on)


def _check_size(asked: Asked, rows: QuerySet[Event]) -> None:
    most = asked.most or 0
    if not asked.tests:
        count = rows.order_by()[: most + 1].count()
    else:
        count = 0
        for looked, row in enumerate(rows.order_by("pk")[: MOST_LOOKED_AT + 1].iterator(chunk_size=1000)):
            if looked == MOST_LOOKED_AT:
                raise RefusedError.because(
                    "query_too_complex",
                    "too many events would have to be read to count them",
                    "ask for a shorter time, or leave maxEventCount out",
                )
            count += all(holds(t, row.body) for t in asked.tests)
            if count > most:
                break
    if count > most:
        raise RefusedError.because(
            "query_too_large",
            f"more than {most} events match",
            "ask for a shorter time or fewer things",
            field="maxEventCount",
        )


def _from(rows: QuerySet[Event], asked: Asked, after: Place | None) -> QuerySet[Event]:
    sign, way = ("-", "lt") if asked.descending else ("", "gt")
    if after is not None:
        at = datetime.fromisoformat(after.value)
        rows = rows.filter(Q(**{f"{asked.order}__{way}": at}) | Q(**{asked.order: at, f"pk__{way}": after.number}))
    return rows.order_by(sign + asked.order, sign + "pk")


def _place(row: Event, asked: Asked, until: int, given: int) -> Place:
    return Place(getattr(row, asked.order).isoformat(), row.pk, until, given)


def newest() -> int:
    """The number of the newest event; 0 where there is none."""
    return Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0


def stored_before(at: datetime) -> int:
    """The number of the last event that was captured before a moment; 0 where there is none."""
    rows = Event.objects.filter(recorded_at__lt=at).order_by("-pk")
    return rows.values_list("pk", flat=True).first() or 0


def span(asked: Asked, who: Sight, cursor: int, until: int, most: int) -> tuple[list[dict[str, Any]], int]:
    """
    What a subscription reports next: matching events with numbers after `cursor`, up to `until`, in the order in which they were stored; and the number up to
    which they were looked for. `most` are looked at.
    """
    rows = matching(asked, who).filter(pk__gt=cursor, pk__lte=until).order_by("pk")
    found = list(rows[:most])
    through = found[-1].pk if len(found) == most else until
    return [form(row) for row in found if all(holds(t, row.body) for t in asked.tests)], through


def one(event_id: str, who: Sight) -> tuple[dict[str, Any], ...]:
    """The event of an id or hash with its declaration of error, if there is one. Raises RefusedError(`event_unknown`)."""
    rows = matching(replace(Asked(), ids=(event_id,)), who).order_by("pk")[:10]
    found = tuple(form(row) for row in rows)
    if not found:
        raise RefusedError.because("event_unknown", "there is no such event", "check the id")
    return found


def form(row: Event) -> dict[str, Any]:
    """The JSON form with names expanded: as it was captured, with the time of capture, and the hash for an id where it had none."""
    body = row.body | {"recordTime": stamp(row.recorded_at)}
    if not row.event_id:
        body["eventID"] = hashing.uri(bytes(row.hash))
    return body


def stamp(at: datetime) -> str:
    """A moment in UTC with milliseconds."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


_COLLECTIONS = {
    "bizSteps": "step",
    "dispositions": "disposition",
    "bizLocations": "location",
    "readPoints": "read_point",
    "eventTypes": "kind",
}


def values(resource: str, who: Sight, *, after: str, size: int) -> list[str]:
    """What the events seen name: EPCs, steps, dispositions, locations, read points, types; those after `after`, at most `size`."""
    if resource == "epcs":
        things = Thing.objects.filter(uri__gt=after)
        if who.owner:
            things = things.filter(pk__in=Mention.objects.filter(event__in=seen(who)).values("thing_id"))
        return list(things.order_by("uri").values_list("uri", flat=True)[:size])
    column = _COLLECTIONS[resource]
    rows = seen(who).filter(**{f"{column}__gt": after}).order_by(column)
    return list(rows.values_list(column, flat=True).distinct()[:size])
