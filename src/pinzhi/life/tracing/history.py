"""The history of one thing: what happened to it and to what it was in, what it was made from, and where in the ledger each event stands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import store as ledger
from pinzhi.life.tracing import walk
from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import Thing
from pinzhi.life.tracing.record import Record
from pinzhi.life.tracing.rules.epcis import hashing
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

    @property
    def digest(self) -> str:
        """The hash as hexadecimal digits, as the address of its proof has it."""
        return (hashing.digest(self.hash) or b"").hex()


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
    row = Thing.objects.filter(uri=uri).values_list("pk", "uri", "lot__uri").first()
    if row is None:
        raise RefusedError.because(
            "thing_unknown",
            f"no event names {uri[:120]}",
            "give the address on the label, an EPC, or the link of a lot; `pinzhi tracing verify` tells whether a code was issued here",
            field="code",
        )
    own, name, lot = row
    upstream = walk.back([own])
    record = upstream.record
    record.stays([own])
    stays = sorted(record.whole(record.group_of[own]), key=lambda s: s.start)
    # The lot is upstream of its unit, and what was told of the lot was told of the unit.
    sources = [pk for pk in upstream.came_from if pk != own][:MOST_SOURCES]
    about: dict[int, tuple[str, int]] = {}
    for pk in sources:
        for event in _told_of(pk, record):
            about.setdefault(event, (SOURCE, pk))
    for stay in stays:
        for event in _told_of(stay.parent, record):
            if stay.holds(record.told[event].at):
                about[event] = (CONTAINER, stay.parent)
    for event in _told_of(own, record):
        about[event] = (OWN, own)
    names = _names({*sources, *(s.parent for s in stays), *(p for p in upstream.came_from.values() if p)}) | {own: name}
    lines = _lines(about, names, record)
    return History(
        uri=name,
        lot=lot or "",
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


def _told_of(thing: int, record: Record) -> list[int]:
    """The events that name a thing and count."""
    return [n.event for n in record.group_of[thing].named if n.event in record.told]


def _names(things: set[int]) -> dict[int, str]:
    return dict(rows("SELECT id, uri FROM tracing_thing WHERE id IN {ids}", things))  # type: ignore[arg-type]


def _lines(about: dict[int, tuple[str, int]], names: dict[int, str], record: Record) -> list[Line]:
    told = sorted(((pk, record.told[pk]) for pk in about), key=lambda e: (e[1].at, e[0]))
    refs = {reference(e.hash, error=False): pk for pk, e in told}
    leaves = {refs[ref]: index for ref, index in ledger.leaves_of("event", list(refs)).values_list("ref", "index")}
    return [
        Line(
            pk, e.at, e.kind, e.action, e.step, e.disposition, e.place,
            about[pk][0], names.get(about[pk][1], ""), hashing.uri(e.hash), e.owner, leaves.get(pk),
        )
        for pk, e in told
    ]  # fmt: skip
