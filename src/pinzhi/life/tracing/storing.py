"""
A portion of judged events into the tables, in the act of its capture: events, things, mentions, leaves, the fact.

Rows go in by prepared statements (`ledger.inserting`); the act holds the head of the ledger, so that numbers follow the order of commits.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from pinzhi.kernel.facts import EventsCaptured
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger import inserting
from pinzhi.ledger.tree import Edge, leaf_hash
from pinzhi.life.tracing.models import CaptureJob, Certified, Event, HandedIn, Mention, Thing
from pinzhi.life.tracing.rules.chain.mentions import Told, gtin_of
from pinzhi.life.tracing.rules.epcis import hashing
from pinzhi.life.tracing.rules.epcis.certificates import Certificate
from pinzhi.people.acts import Act


@dataclass(frozen=True, slots=True)
class Ready:
    """An event that may be stored: judged, hashed, its body as JSON text."""

    number: int
    path: str
    hash: bytes
    uri: str
    event_id: str
    error: bool
    told: Told
    body: str
    certificates: tuple[Certificate, ...] = ()


def commitment_of(hash_: bytes, owner: str, *, error: bool) -> dict[str, Any]:
    """What a leaf says about an event."""
    return {"hash": hashing.uri(hash_), "owner": owner, "error": error}


def reference(hash_: bytes, *, error: bool) -> str:
    """The name under which the ledger knows an event: its hash, with a mark for the declaration that it was wrong."""
    return hash_.hex() + ("!" if error else "")


def told_apart(ready: list[Ready]) -> tuple[list[Ready], list[Ready], list[dict[str, Any]]]:
    """Events that are new; those that are stored already; and those whose id is known with other content."""
    hashes = {(bytes(h), e) for h, e in _held("hash", [r.hash for r in ready], "hash", "error")}
    named = {
        (i, e): bytes(h)
        for i, e, h in _held("event_id", [r.event_id for r in ready if r.event_id], "event_id", "error", "hash")
    }
    fresh: list[Ready] = []
    known: list[Ready] = []
    conflicts = []
    for one in ready:
        held = named.get((one.event_id, one.error)) if one.event_id else None
        if held is not None and held != one.hash:
            conflicts.append(
                {"number": one.number, "path": one.path, "code": "event_id_conflict", "value": one.event_id[:200]}
            )
        elif (one.hash, one.error) in hashes:
            known.append(one)
        else:
            hashes.add((one.hash, one.error))
            if one.event_id:
                named[one.event_id, one.error] = one.hash
            fresh.append(one)
    return fresh, known, conflicts


def also(owner: str, known: list[Ready]) -> None:
    """Whoever hands in what somebody else had handed in may see it too."""
    marks = {(one.hash, one.error) for one in known}
    others = _held("hash", [h for h, _ in marks], "hash", "error", "id", "owner")
    rows = [
        HandedIn(event_id=pk, owner=owner) for h, e, pk, first in others if (bytes(h), e) in marks and first != owner
    ]
    HandedIn.objects.bulk_create(rows, ignore_conflicts=True, batch_size=500)


def _held(column: str, values: list[Any], *wanted: str) -> Iterator[tuple[Any, ...]]:
    return inserting.look_up(Event, column, values, wanted)


def write(a: Act, job: CaptureJob, fresh: list[Ready]) -> None:
    """Events, things, mentions, leaves and the fact."""
    numbers = inserting.reserve(Event, len(fresh))
    now = inserting.moment(a.now)
    inserting.insert(
        Event,
        ("id", "hash", "event_id", "kind", "at", "recorded_at", "action", "step", "disposition", "read_point", "location", "transformation",
         "error", "voided", "owner", "job_id", "body"),
        [
            (pk, one.hash, one.event_id, told.kind, inserting.moment(told.at), now, told.action, told.step, told.disposition, told.read_point,
             told.location, told.transformation, one.error, False, job.owner, job.pk, one.body)
            for pk, one in zip(numbers, fresh, strict=True)
            for told in (one.told,)
        ],
    )  # fmt: skip
    things = _things(fresh)
    inserting.insert(
        Mention,
        ("thing_id", "event_id", "part", "quantity", "unit"),
        [
            (things[m.uri], pk, m.part.value, inserting.number(m.quantity, 24, 6), m.unit)
            for pk, one in zip(numbers, fresh, strict=True)
            for m in one.told.mentions
        ],
    )
    Certified.objects.bulk_create(
        [
            Certified(event_id=pk, sha256=c.sha256, kind=c.kind, number=c.number, issued_on=c.issued_on)
            for pk, one in zip(numbers, fresh, strict=True)
            for c in one.certificates
        ],
        batch_size=500,
    )
    _void(fresh, job.owner)
    for one in fresh:
        a.leaf("event", reference(one.hash, error=one.error), commitment_of(one.hash, job.owner, error=one.error))
    root = Edge().append(leaf_hash(one.hash) for one in fresh).root().hex()
    a.fact(
        EventsCaptured(
            subject=Subject(Kind.PLATFORM, "epcis"), job=job.id, owner=job.owner, events=len(fresh), root=root
        )
    )


def _things(fresh: list[Ready]) -> dict[str, int]:
    """The numbers of all things that the events name; new ones are entered, and a unit gets its lot when an event first tells it."""
    lots = {m.uri: m.lot for one in fresh for m in one.told.mentions if m.lot}
    wanted = list(dict.fromkeys([*lots.values(), *(m.uri for one in fresh for m in one.told.mentions)]))
    known: dict[str, int] = {}
    without: set[int] = set()
    for uri, pk, lot in inserting.look_up(Thing, "uri", wanted, ("uri", "id", "lot_id")):
        known[uri] = pk
        if lot is None:
            without.add(pk)
    _enter([(uri, None) for uri in wanted if uri not in known and uri not in lots], known)
    _enter([(uri, known[lots[uri]]) for uri in wanted if uri not in known], known)
    late = [Thing(pk=known[uri], lot_id=known[lot]) for uri, lot in lots.items() if known[uri] in without]
    Thing.objects.bulk_update(late, ["lot"], batch_size=500)
    return known


def _enter(rows: list[tuple[str, int | None]], known: dict[str, int]) -> None:
    numbers = inserting.reserve(Thing, len(rows))
    inserting.insert(
        Thing,
        ("id", "uri", "gtin", "lot_id"),
        [(pk, uri, gtin_of(uri), lot) for pk, (uri, lot) in zip(numbers, rows, strict=True)],
    )
    known.update((uri, pk) for pk, (uri, _) in zip(numbers, rows, strict=True))


def _void(fresh: list[Ready], owner: str) -> None:
    """
    What is declared wrong no longer counts; nor does an event that arrives after its declaration. Found by the id, else by the hash.

    A merchant declares wrong what it handed in itself; the platform declares anything.
    """
    declared = [one for one in fresh if one.error]
    late = [one for one in fresh if not one.error]
    theirs = {"", owner}
    hashes = [
        h
        for h, error, who in _held("hash", [o.hash for o in late], "hash", "error", "owner")
        if error and who in theirs
    ]
    ids = [o.event_id for o in late if o.event_id]
    names = [i for i, error, who in _held("event_id", ids, "event_id", "error", "owner") if error and who in theirs]
    if hashes or names:
        Event.objects.filter(Q(hash__in=hashes) | Q(event_id__in=names), error=False, owner=owner).update(voided=True)
    if declared:
        of_id = [one.event_id for one in declared if one.event_id]
        rows = Event.objects.filter(Q(hash__in=[o.hash for o in declared]) | Q(event_id__in=of_id), error=False)
        (rows.filter(owner=owner) if owner else rows).update(voided=True)
