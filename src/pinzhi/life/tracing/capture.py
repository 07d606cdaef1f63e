"""
Capture of EPCIS documents: every event judged, hashed, stored once, and a leaf of the ledger, all in one act.

A document is taken in portions, each in an act of its own. A process that dies in the middle leaves whole portions behind; the same document handed in again
goes on where it stopped, because an event is known by its hash and is never stored twice.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import msgspec

from pinzhi.engine import jobs
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.ledger import store as ledger
from pinzhi.life.tracing.models import CaptureJob, Event
from pinzhi.life.tracing.rules.chain.mentions import Told, told
from pinzhi.life.tracing.rules.epcis import certificates, checking, hashing, writing
from pinzhi.life.tracing.rules.epcis.documents import Fault, Head, Read
from pinzhi.life.tracing.rules.epcis.faults import UNREADABLE, sentence
from pinzhi.life.tracing.rules.epcis.reading import open_document
from pinzhi.life.tracing.rules.epcis.writing_xml import Unwritable
from pinzhi.life.tracing.storing import Ready, also, commitment_of, told_apart, write
from pinzhi.people.acts import act, permit
from pinzhi.people.roles import Actor

COLD_JOB = "tracing.look_at_cold"
PORTION = 1000
"""Events in one transaction: some tenths of a second in which nobody else appends to the ledger."""
MOST_ERRORS = 1000
"""Refusals that a job keeps; the rest is counted."""
_SENSORS = '"sensorElementList"'
SKEW = timedelta(minutes=10)
"""So far may the clock of a scanner run ahead. The standard lets an event lie in the future; a history does not."""
LONGEST_URI = 300
LARGEST = 10**17
"""Beyond every quantity of goods."""
MOST_THINGS = 20_000
"""Things that one event may name; a larger one is sent in parts."""


@dataclass(slots=True)
class _Portion:
    ready: list[Ready] = field(default_factory=list)
    errors: list[dict[str, Any]] = field(default_factory=list)


def capture(
    data: bytes, by: Actor, *, rollback: bool = False, most: int | None = None, now: datetime | None = None
) -> CaptureJob:
    """
    Take an EPCIS document in: JSON-LD or XML, whole documents, single events and lists of events.

    `rollback`: one bad event refuses all (the error behaviour of EPCIS 2.0, 12.6.1); else the good ones are stored and the others are named in the job.
    `most`: a document of more events is refused before anything is stored. Raises RefusedError: `not_permitted`, `too_many_events`, and the codes of
    `epcis.reading` for what cannot be read at all.
    """
    permit("tracing.capture", by)
    moment = now or clock.now()
    head, reads = open_document(data)
    events = iter(reads) if most is None else _bounded(reads, most)
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


@dataclass(frozen=True, slots=True)
class TakenOne:
    """A single event: the id under which it can be asked for, and whether it was stored now."""

    event_id: str
    fresh: bool


def capture_one(data: bytes, by: Actor, *, now: datetime | None = None) -> TakenOne:
    """
    Take exactly one event in. Raises RefusedError: the code of the first fault (`event_id_conflict`, `time_future`, …), `one_event`, and those of
    `capture`.
    """
    try:
        job = capture(data, by, rollback=True, most=1, now=now)
    except RefusedError as no:
        if no.refusal.code == "too_many_events":
            raise _not_one() from no
        raise
    if job.errors:
        first = job.errors[0]
        raise RefusedError.because(
            first["code"], _sentences(first)["message_en"], "mend it and send it again", field=first["path"]
        )
    if job.accepted + job.duplicate != 1:
        raise _not_one()
    read = next(iter(open_document(data)[1]))
    event_id = str(read.fields.get("eventID") or "") or hashing.event_hash(read.fields, read.names)
    return TakenOne(event_id, job.accepted == 1)


def _not_one() -> RefusedError:
    return RefusedError.because("one_event", "this is not one event", "send one event; documents go to /epcis/capture")


def _bounded(reads: Iterator[Read], most: int) -> Iterator[Read]:
    """The events, once it is known that they are not too many. What cannot be read any further is raised where it comes."""
    first: list[Read] = []
    broken: RefusedError | None = None
    try:
        first.extend(islice(reads, most + 1))
    except RefusedError as no:
        broken = no
    if len(first) > most:
        raise RefusedError.because(
            "too_many_events", f"more than {most:,} event(s) in one document", "send it in parts"
        )

    def through() -> Iterator[Read]:
        yield from first
        if broken is not None:
            raise broken

    return through()


def committed_event(ref: str) -> object | None:
    """What the ledger's leaf of an event commits to: its hash and who handed it in, for proofs and audits."""
    try:
        row = Event.objects.filter(hash=bytes.fromhex(ref.removesuffix("!")), error=ref.endswith("!")).first()
    except ValueError:
        return None
    return None if row is None else commitment_of(bytes(row.hash), row.owner, error=row.error)


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


def _ready(read: Read) -> Ready:
    said = told(read.fields, read.names)
    if len(said.mentions) > MOST_THINGS:
        raise _TooMuch("event_too_large", str(len(said.mentions)))
    for text, most in _texts(said):
        if len(text) > most:
            raise _TooMuch("identifier_too_long", text[:80])
    for mention in said.mentions:
        if mention.quantity is not None and not -LARGEST < mention.quantity < LARGEST:
            raise _TooMuch("quantity_out_of_range", str(mention.quantity)[:40])
    event_id = str(read.fields.get("eventID") or "")
    if len(event_id) > LONGEST_URI:
        raise _TooMuch("identifier_too_long", event_id[:80])
    hash_ = hashing.event_digest(read.fields, read.names)
    return Ready(
        read.number,
        read.path,
        hash_,
        hashing.uri(hash_),
        event_id,
        bool(read.fields.get("errorDeclaration")),
        said,
        _body(writing.expanded(read)),
        certificates.named(read.fields, read.names),
    )


def _texts(said: Told) -> Iterator[tuple[str, int]]:
    """What goes into columns, with the length that they hold."""
    yield from ((said.kind, 120), (said.step, 200), (said.disposition, 200))
    yield from ((t, LONGEST_URI) for t in (said.read_point, said.location, said.transformation))
    for mention in said.mentions:
        yield mention.uri, LONGEST_URI
        yield mention.lot, LONGEST_URI


def _body(fields: dict[str, Any]) -> str:
    """The event as JSON text. Raises _TooMuch for the one character that a database may not take."""
    try:
        text = msgspec.json.encode(fields, enc_hook=str).decode()
    except (TypeError, ValueError, OverflowError):  # numbers of more than 64 bits
        text = json.dumps(fields, ensure_ascii=False)
    if "\\u0000" in text:
        raise _TooMuch("zero_character", "")
    return text


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
        ledger.hold()  # one portion after another: numbers of events in the order of commits, which subscriptions count by
        fresh, known, conflicts = told_apart(portion.ready)
        if conflicts and job.rollback:
            raise _ConflictError(conflicts)
        if fresh:
            last = Event.objects.order_by("-pk").values_list("pk", flat=True).first() or 0
            write(a, job, fresh)
            if any(_SENSORS in one.body for one in fresh):
                jobs.enqueue(COLD_JOB, key=f"{COLD_JOB} {job.pk} {last}", capture_job=job.pk, after=last)
        if known and job.owner:
            also(job.owner, known)
        job.accepted += len(fresh)
        job.duplicate += len(known)
        _note(job, portion.errors + conflicts)
        a.note = f"{job.id} {len(fresh)}"


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
