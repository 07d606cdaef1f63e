"""The history of one thing: what happened to it and to what it was in, what it was made from, and where in the ledger each event stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing import walk
from pinzhi.life.tracing.models import Event, Mention, Thing
from pinzhi.life.tracing.rules.epcis.values import canonical
from pinzhi.life.tracing.storing import reference

MOST_EVENTS = 500
MOST_SOURCES = 200
OWN, CONTAINER, SOURCE = "own", "container", "source"


@dataclass(frozen=True, slots=True)
class Line:
    """One event of a history. `about` says by which relation it belongs to it, `leaf` where the ledger has it (None: erased or not appended yet)."""

    number: int
    at: datetime
    kind: str
    action: str
    step: str
    disposition: str
    place: str
    about: str
    thing: str
    hash: str
    owner: str
    leaf: int | None


@dataclass(frozen=True, slots=True)
class History:
    """Everything that the events tell about a thing, in the order of time."""

    uri: str
    lot: str
    lines: tuple[Line, ...]
    sources: tuple[tuple[str, str], ...]
    """(thing, what was made from it): everything upstream, nearest first."""
    inside: tuple[tuple[str, datetime, datetime | None], ...]
    """Containers with the time that the thing was in them."""
    more: bool = False


def of(address: str) -> History:
    """
    The history of a thing, named by any form of its key: URN, Digital Link, also with the lot in the path.

    Raises RefusedError(`thing_unknown`): no event names it.
    """
    uri = canonical("".join(c for c in address.strip() if c.isprintable()))
    row = Thing.objects.filter(uri=uri).select_related("lot").first()
    if row is None:
        raise RefusedError.because(
            "thing_unknown",
            f"no event names {uri[:120]}",
            "give the address on the label, an EPC, or the link of a lot; `pinzhi tracing verify` tells whether a code was issued here",
            field="code",
        )
    stays = walk.stays_of(row.pk)
    upstream = walk.back([row.pk])
    # The lot is upstream of its unit, and what was told of the lot was told of the unit.
    sources = [pk for pk in upstream.came_from if pk != row.pk][:MOST_SOURCES]
    about: dict[int, tuple[str, int]] = {}
    for pk in sources:
        for event in _events_of([pk]):
            about.setdefault(event, (SOURCE, pk))
    for stay in stays:
        for event, at in _dated(stay.parent):
            if stay.holds(at):
                about[event] = (CONTAINER, stay.parent)
    for event in _events_of([row.pk]):
        about[event] = (OWN, row.pk)
    names = _names([row.pk, *sources, *(s.parent for s in stays), *(p for p in upstream.came_from.values() if p)])
    lines = _lines(about, names)
    return History(
        uri=row.uri,
        lot=row.lot.uri if row.lot else "",
        lines=tuple(lines[:MOST_EVENTS]),
        sources=tuple((names[pk], names[came]) for pk in sources if (came := upstream.came_from[pk]) is not None),
        inside=tuple((names[s.parent], s.start, s.end) for s in stays),
        more=len(lines) > MOST_EVENTS,
    )


def document(found: History) -> dict[str, Any]:
    """The history as plain JSON values."""
    return {
        "thing": found.uri,
        "lot": found.lot,
        "events": [
            {
                "at": line.at.isoformat(),
                "type": line.kind,
                "action": line.action,
                "step": line.step,
                "disposition": line.disposition,
                "place": line.place,
                "about": line.about,
                "of": line.thing,
                "hash": line.hash,
                "by": line.owner,
                "leaf": line.leaf,
            }
            for line in found.lines
        ],
        "made_from": [{"thing": thing, "became": became} for thing, became in found.sources],
        "inside": [
            {"container": uri, "from": start.isoformat(), "until": end.isoformat() if end else None}
            for uri, start, end in found.inside
        ],
        "more": found.more,
    }


def _events_of(things: list[int]) -> list[int]:
    return list(Mention.objects.filter(thing__in=things).values_list("event_id", flat=True))


def _dated(thing: int) -> list[tuple[int, datetime]]:
    return list(Mention.objects.filter(thing=thing).values_list("event_id", "event__at"))


def _names(things: list[int]) -> dict[int, str]:
    return dict(Thing.objects.filter(pk__in=set(things)).values_list("pk", "uri"))


def _lines(about: dict[int, tuple[str, int]], names: dict[int, str]) -> list[Line]:
    events = Event.objects.filter(pk__in=list(about), voided=False, error=False).order_by("at", "pk")
    rows = list(events.defer("body"))
    refs = {reference(bytes(e.hash), error=False): e.pk for e in rows}
    leaves = {
        refs[ref]: index
        for ref, index in Leaf.objects.filter(kind="event", ref__in=list(refs)).values_list("ref", "index")
    }
    return [
        Line(
            e.pk, e.at, e.kind, e.action, e.step, e.disposition, e.location or e.read_point,
            about[e.pk][0], names.get(about[e.pk][1], ""), f"ni:///sha-256;{bytes(e.hash).hex()}?ver=CBV2.0", e.owner, leaves.get(e.pk),
        )
        for e in rows
    ]  # fmt: skip
