"""
`POST /api/v1/events`: marketplace events in bulk, answered when they are durable.

    POST /api/v1/events?source=shop-7
    Authorization: Bearer pz_…            (scope events:write)
    Content-Type: application/x-ndjson    (or application/json, application/vnd.apache.arrow.stream, application/vnd.apache.parquet)

    200 {"accepted": 998, "duplicate": 1, "refused": [{"line": 7, "field": "at", "code": …, "reason": …, "remedy": …}], "refused_count": 1}

A bad row stops no other. The same body again, or the same events cut differently, double nothing: sending again after any doubt is always right. The feed
is named by `source`; without it, by the organisation of the token, so that a renewed token goes on where the old one ended. A merchant's token sends events
of its own merchant only, always under its own feed. This view goes around the documented interface's models: columns are parsed and checked as columns.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.conf import settings
from django.http import HttpRequest, HttpResponse

from pinzhi.catalogue.receiving import receive_events
from pinzhi.engine.bodies import body_of
from pinzhi.engine.intake import Chunk, read_body
from pinzhi.engine.ports import Receipt
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.people.roles import Actor
from pinzhi.people.tokens import bearer, problem

SHOWN = 10_000
"""Refused rows in one answer; `refused_count` tells how many there were."""
TYPES = {
    "application/json": "json",
    "application/x-ndjson": "ndjson",
    "application/ndjson": "ndjson",
    "application/jsonl": "ndjson",
    "application/json-seq": "ndjson",
    "application/vnd.apache.arrow.stream": "arrow",
    "application/vnd.apache.arrow.file": "arrow",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
}
"""Media type → reader of the intake."""
STATUS = {
    "body_too_large": 413,
    "media_type_unknown": 415,
    "content_encoding_unknown": 415,
    "length_missing": 411,
    "not_permitted": 403,
    "store_not_writable": 507,
}
"""Refusals of a whole request; every other is 422: the body is not what it says it is."""


@dataclass(frozen=True, slots=True)
class Feed:
    """Under which name a client's events are stored, and the only merchant that it may speak of (empty: all)."""

    source: str
    merchant_id: str = ""


@bearer("events:write")
def events(request: HttpRequest, by: Actor) -> HttpResponse:
    """The view. Every «no» about the whole request is a problem document; what concerns rows stands in the answer."""
    if request.method != "POST":
        told = Refusal("method_not_allowed", "events are sent by POST", "use POST /api/v1/events")
        answer: HttpResponse = problem(told, 405)
        answer["Allow"] = "POST"
        return answer
    try:
        feed = feed_of(by, source_of(request))
        kind = kind_of(request)
        body = body_of(request, settings.FEED_BODY_BYTES)
        return answered(*stored(by, feed, body, kind))
    except RefusedError as no:
        return problem(no.refusal, STATUS.get(no.refusal.code, 422))


def source_of(request: HttpRequest) -> str:
    """The name given for the feed, or nothing. Raises RefusedError(`request_invalid`): a misspelt parameter must not put events into another feed."""
    if strange := sorted(set(request.GET) - {"source"}):
        raise RefusedError.because(
            "request_invalid", "the address has a parameter that does not exist", "give source only", field=strange[0]
        )
    return request.GET.get("source", "")


def feed_of(by: Actor, source: str) -> Feed:
    """The feed of a request. Raises RefusedError(`source_name`)."""
    if by.merchant_id:
        return Feed(f"merchant:{by.merchant_id}", by.merchant_id)
    name = source or (f"organisation:{by.organisation_id}" if by.organisation_id else "api")
    if len(name.encode()) > 64 or not name.isprintable() or name != name.strip():
        raise RefusedError.because(
            "source_name", "source is no name of a feed", "give 1 to 64 printable characters", field="source"
        )
    return Feed(name)


def kind_of(request: HttpRequest) -> str:
    """The reader for a body. Raises RefusedError(`media_type_unknown`)."""
    kind = TYPES.get((request.content_type or "").lower())
    if kind is None:
        raise RefusedError.because(
            "media_type_unknown", f"{request.content_type or 'no type'} is not taken here", f"send {', '.join(TYPES)}"
        )
    return kind


def stored(by: Actor, feed: Feed, body: bytes, kind: str) -> tuple[Receipt, list[Refusal]]:
    """Read, check and store a body: (receipt, rows refused before the store). Raises RefusedError where nothing of it could be read."""
    chunk = read_body(body, kind)
    broken = next((r for r in chunk.refused if r.line is None), None)
    if broken is not None and not chunk.read:
        raise RefusedError(broken)
    if feed.merchant_id:
        chunk = only_of(feed.merchant_id, chunk)
    digest = hashlib.sha256(body).hexdigest()
    try:
        receipt = receive_events(
            by,
            chunk.table,
            source=feed.source,
            body_sha256=digest,
            lines=chunk.lines,
            refused_before=len(chunk.refused),
        )
    except OSError as why:
        raise RefusedError.because(
            "store_not_writable", "the event store cannot be written", "tell the operator; send the same body again"
        ) from why
    return receipt, chunk.refused


def only_of(merchant_id: str, chunk: Chunk) -> Chunk:
    """The rows of one merchant; others are refused."""
    mine = np.asarray(pc.equal(chunk.table.column("merchant_id"), merchant_id))
    if mine.all():
        return chunk
    foreign = [
        Refusal("merchant_not_yours", "the event is of another merchant", "send your own", "merchant_id", int(line))
        for line in chunk.lines[~mine]
    ]
    return Chunk(chunk.table.filter(pa.array(mine)), chunk.lines[mine], [*chunk.refused, *foreign], chunk.read)


def answered(receipt: Receipt, refused: list[Refusal]) -> HttpResponse:
    """The answer to a body whose events are durable."""
    rows = sorted([*refused, *receipt.refused], key=lambda r: (r.line is None, r.line or 0))
    document: dict[str, Any] = {
        "accepted": receipt.accepted,
        "duplicate": receipt.duplicate,
        "refused": [r.row() for r in rows[:SHOWN]],
        "refused_count": len(rows),
    }
    return HttpResponse(msgspec.json.encode(document), content_type="application/json")
