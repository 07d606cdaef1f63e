"""
Capture of EPCIS documents: every event judged, hashed, stored once, and a leaf of the ledger, all in one act.

A document is taken in portions, each in an act of its own. A process that dies in the middle leaves whole portions behind; the same document handed in again
goes on where it stopped, because an event is known by its hash and is never stored twice.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from django.db.models import Q

from pinzhi.kernel import clock
from pinzhi.kernel.facts import EventsCaptured
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger.tree import Edge, leaf_hash
from pinzhi.life.tracing.models import CaptureJob, Event, Mention, Thing
from pinzhi.life.tracing.rules.chain.mentions import Told, told
from pinzhi.life.tracing.rules.epcis import checking, hashing, writing
from pinzhi.life.tracing.rules.epcis.documents import Fault, Head, Read
from pinzhi.life.tracing.rules.epcis.faults import UNREADABLE, sentence
from pinzhi.life.tracing.rules.epcis.reading import open_document
from pinzhi.life.tracing.rules.epcis.writing_xml import Unwritable
from pinzhi.people.acts import Act, act, permit
from pinzhi.people.roles import Actor

PORTION = 1000
"""Events in one transaction: some tenths of a second in which nobody else appends to the ledger."""
MOST_ERRORS = 1000
"""Refusals that a job keeps; the rest is counted."""
SKEW = timedelta(minutes=10)
"""So far may the clock of a scanner run ahead. The standard lets an event lie in the future; a history does not."""
LONGEST_URI = 300
MOST_THINGS = 20_000
"""Things that one event may name; a larger one is sent in parts."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """An event that may be stored."""

    number: int
    path: str
    hash: bytes
    uri: str
    event_id: str
    error: bool
    told: Told
    body: dict[str, Any]


@dataclass(slots=True)
class _Portion:
    ready: list[_Ready] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


def capture(data: bytes, by: Actor, *, rollback: bool = False, now: datetime | None = None) -> CaptureJob:
    """
    Take an EPCIS document in: JSON-LD or XML, whole documents, single events and lists of events.

    `rollback`: one bad event refuses all (the error behaviour of EPCIS 2.0, 12.6.1); else the good ones are stored and the others are named in the job.
    Raises RefusedError: `not_permitted`, and the codes of `epcis.reading` for what cannot be read at all.
    """
    permit("tracing.capture", by)
    moment = now or clock.now()
    head, reads = open_document(data)
    events = iter(reads)
    job = _begin(hashlib.sha256(data).hexdigest(), by, moment, rollback=rollback)
    try:
        if rollback:
            _all_or_nothing(job, head, events, by, moment)
        else:
            seen: set[Any] = set()
            while portion := _next(events, PORTION, moment, seen):
                _store(job, portion, by, moment)
            if faults := [f for f in checking.head_faults(head) if not f.warning]:
                _note(job, [_error(-1, f) for f in faults])
    except RefusedError as no:
        # What cannot be read any further is said in the job; the whole portions before it are stored.
        _note(job, [{"number": -1, "path": "", "code": no.refusal.code, "value": no.refusal.reason[:200]}])
        if not job.accepted + job.duplicate:
            _finish(job, moment)
            raise
    _finish(job, moment)
    return job


def committed_event(ref: str) -> object | None:
    """What the ledger's leaf of an event commits to: its hash and who handed it in, for proofs and audits."""
    try:
        row = Event.objects.filter(hash=bytes.fromhex(ref.removesuffix("!")), error=ref.endswith("!")).first()
    except ValueError:
        return None
    return None if row is None else _commitment(bytes(row.hash), row.owner, error=row.error)


def _commitment(hash_: bytes, owner: str, *, error: bool) -> dict[str, Any]:
    return {"hash": f"ni:///sha-256;{hash_.hex()}?ver=CBV2.0", "owner": owner, "error": error}


def reference(hash_: bytes, *, error: bool) -> str:
    """The name under which the ledger knows an event: its hash, with a mark for the declaration that it was wrong."""
    return hash_.hex() + ("!" if error else "")


# --- judging -------------------------------------------------------------------------------------------------------------------------------


def _next(events: Iterator[Read], most: int, now: datetime, seen: set[Any]) -> _Portion | None:
    part = list(islice(events, most))
    if not part:
        return None
    found = _Portion()
    for read in part:
        _judge(read, now, seen, found)
    return found


def _judge(read: Read, now: datetime, seen: set[Any], found: _Portion) -> None:
    said = checking.event_faults(read, as_of=now + SKEW, seen=seen)
    faults = [f for f in said if not f.warning or f.code == "time_future"]
    if not faults:
        try:
            found.ready.append(_ready(read))
        except Unwritable as why:
            faults = [Fault("epcis_prefix_unknown", read.path, str(why)[:200])]
        except _TooMuch as why:
            faults = [Fault(why.code, read.path, why.value)]
    found.errors += [_error(read.number, f) for f in faults]


class _TooMuch(Exception):  # noqa: N818 - an expected «no» about one event
    def __init__(self, code: str, value: str) -> None:
        super().__init__(code)
        self.code, self.value = code, value


def _ready(read: Read) -> _Ready:
    said = told(read.fields, read.names)
    if len(said.mentions) > MOST_THINGS:
        raise _TooMuch("event_too_large", str(len(said.mentions)))
    long = next((m.uri for m in said.mentions if len(m.uri) > LONGEST_URI or len(m.lot) > LONGEST_URI), None)
    if long is not None or len(said.read_point) > LONGEST_URI or len(said.location) > LONGEST_URI:
        raise _TooMuch("identifier_too_long", (long or said.read_point)[:80])
    event_id = str(read.fields.get("eventID") or "")
    if len(event_id) > LONGEST_URI:
        raise _TooMuch("identifier_too_long", event_id[:80])
    uri = hashing.event_hash(read.fields, read.names)
    return _Ready(
        read.number,
        read.path,
        bytes.fromhex(uri[len("ni:///sha-256;") : -len("?ver=CBV2.0")]),
        uri,
        event_id,
        bool(read.fields.get("errorDeclaration")),
        said,
        writing.expanded(read),
    )


def _error(number: int, fault: Fault) -> dict[str, Any]:
    return {"number": number, "path": fault.path, "code": fault.code, "value": fault.value[:200]}


# --- storing -------------------------------------------------------------------------------------------------------------------------------


def _begin(digest: str, by: Actor, now: datetime, *, rollback: bool) -> CaptureJob:
    return CaptureJob.objects.create(
        id=uuid.uuid4().hex, at=now, by=by.label, owner=by.merchant_id, digest=digest, rollback=rollback
    )


def _all_or_nothing(job: CaptureJob, head: Head, events: Iterator[Read], by: Actor, now: datetime) -> None:
    whole = _next(events, 10**9, now, set()) or _Portion()
    errors = [_error(-1, f) for f in checking.head_faults(head) if not f.warning] + whole.errors
    if errors:
        job.refused = len(whole.ready) + len({e["number"] for e in whole.errors})
        _note(job, errors, counted=True)
        return
    try:
        _store(job, whole, by, now)
    except _ConflictError as no:
        job.refused = len(whole.ready)
        _note(job, no.errors, counted=True)


class _ConflictError(Exception):
    """Known ids with other content, where one bad event refuses all."""

    def __init__(self, errors: list[dict[str, Any]]) -> None:
        super().__init__("event_id_conflict")
        self.errors = errors


def _store(job: CaptureJob, portion: _Portion, by: Actor, now: datetime) -> None:
    """One portion in one act: events, things, mentions, leaves, the fact, and the counts of the job."""
    with act("tracing.capture", by, subject=Subject(Kind.PLATFORM, "epcis"), now=now) as a:
        fresh, known, conflicts = _told_apart(portion.ready)
        if conflicts and job.rollback:
            raise _ConflictError(conflicts)
        if fresh:
            _write(a, job, fresh)
        job.accepted += len(fresh)
        job.duplicate += known
        _note(job, portion.errors + conflicts)
        a.note = f"{job.id} {len(fresh)}"


def _told_apart(ready: list[_Ready]) -> tuple[list[_Ready], int, list[dict[str, Any]]]:
    """Events that are new; how many are stored already; and those whose id is known with other content."""
    hashes = {(bytes(h), e) for h, e in _by_hundreds("hash", [r.hash for r in ready], "hash", "error")}
    named = {
        (i, e): bytes(h)
        for i, e, h in _by_hundreds("event_id", [r.event_id for r in ready if r.event_id], "event_id", "error", "hash")
    }
    fresh: list[_Ready] = []
    known, conflicts = 0, []
    for one in ready:
        held = named.get((one.event_id, one.error)) if one.event_id else None
        if held is not None and held != one.hash:
            conflicts.append(
                {"number": one.number, "path": one.path, "code": "event_id_conflict", "value": one.event_id[:200]}
            )
        elif (one.hash, one.error) in hashes:
            known += 1
        else:
            hashes.add((one.hash, one.error))
            if one.event_id:
                named[one.event_id, one.error] = one.hash
            fresh.append(one)
    return fresh, known, conflicts


def _by_hundreds(column: str, values: list[Any], *wanted: str) -> Iterator[tuple[Any, ...]]:
    distinct = list(dict.fromkeys(values))
    for start in range(0, len(distinct), 500):
        yield from Event.objects.filter(**{f"{column}__in": distinct[start : start + 500]}).values_list(*wanted)


def _write(a: Act, job: CaptureJob, fresh: list[_Ready]) -> None:
    rows = Event.objects.bulk_create(
        [
            Event(
                hash=one.hash, event_id=one.event_id, kind=one.told.kind, at=one.told.at, recorded_at=a.now, action=one.told.action,
                step=one.told.step, disposition=one.told.disposition, read_point=one.told.read_point, location=one.told.location,
                transformation=one.told.transformation, error=one.error, owner=job.owner, job=job, body=one.body,
            )
            for one in fresh
        ],
        batch_size=500,
    )  # fmt: skip
    things = _things(fresh)
    Mention.objects.bulk_create(
        [
            Mention(thing_id=things[m.uri], event_id=row.pk, part=m.part.value, quantity=m.quantity, unit=m.unit)
            for row, one in zip(rows, fresh, strict=True)
            for m in one.told.mentions
        ],
        batch_size=2000,
    )
    _void(fresh)
    for one in fresh:
        a.leaf("event", reference(one.hash, error=one.error), _commitment(one.hash, job.owner, error=one.error))
    root = Edge().append(leaf_hash(one.hash) for one in fresh).root().hex()
    a.fact(
        EventsCaptured(
            subject=Subject(Kind.PLATFORM, "epcis"), job=job.id, owner=job.owner, events=len(fresh), root=root
        )
    )


def _things(fresh: list[_Ready]) -> dict[str, int]:
    """The numbers of all things that the events name; new ones are entered, and a unit gets its lot when an event first tells it."""
    lots = {m.uri: m.lot for one in fresh for m in one.told.mentions if m.lot}
    wanted = list(dict.fromkeys([*lots.values(), *(m.uri for one in fresh for m in one.told.mentions)]))
    known: dict[str, int] = {}
    without: set[int] = set()
    for start in range(0, len(wanted), 500):
        for uri, pk, lot in Thing.objects.filter(uri__in=wanted[start : start + 500]).values_list(
            "uri", "pk", "lot_id"
        ):
            known[uri] = pk
            if lot is None:
                without.add(pk)
    _enter([Thing(uri=uri) for uri in wanted if uri not in known and uri not in lots], known)
    _enter([Thing(uri=uri, lot_id=known[lots[uri]]) for uri in wanted if uri not in known], known)
    late = [Thing(pk=known[uri], lot_id=known[lot]) for uri, lot in lots.items() if known[uri] in without]
    Thing.objects.bulk_update(late, ["lot"], batch_size=500)
    return known


def _enter(rows: list[Thing], known: dict[str, int]) -> None:
    known.update((t.uri, t.pk) for t in Thing.objects.bulk_create(rows, batch_size=2000))


def _void(fresh: list[_Ready]) -> None:
    """What is declared wrong no longer counts; nor does an event that arrives after its declaration. Found by the id, else by the hash."""
    declared = [one for one in fresh if one.error]
    late = [one for one in fresh if not one.error]
    hashes = [one.hash for one in declared]
    hashes += [h for h, error in _by_hundreds("hash", [o.hash for o in late], "hash", "error") if error]
    names = [one.event_id for one in declared if one.event_id]
    named = [o.event_id for o in late if o.event_id]
    names += [i for i, error in _by_hundreds("event_id", named, "event_id", "error") if error]
    if hashes or names:
        Event.objects.filter(Q(hash__in=hashes) | Q(event_id__in=names), error=False).update(voided=True)


def _note(job: CaptureJob, errors: list[dict[str, Any]], *, counted: bool = False) -> None:
    job.errors = [*job.errors, *errors][:MOST_ERRORS]
    if not counted:
        job.refused += len({e["number"] for e in errors if e["number"] >= 0})
    job.save(update_fields=["accepted", "duplicate", "refused", "errors"])


def _finish(job: CaptureJob, now: datetime) -> None:
    job.running, job.finished_at = False, now
    job.save(update_fields=["running", "finished_at"])


def document(job: CaptureJob) -> dict[str, Any]:
    """A job as plain JSON values, each refusal with its sentence in both languages."""
    return {
        "job": job.pk,
        "running": job.running,
        "accepted": job.accepted,
        "duplicate": job.duplicate,
        "refused": job.refused,
        "errors": [e | _sentences(e) for e in job.errors],
    }


def _sentences(error: dict[str, Any]) -> dict[str, str]:
    text = UNREADABLE.get(error["code"]) or sentence(Fault(error["code"], error["path"], error["value"]))
    return {"message_zh": text.zh, "message_en": text.en}
