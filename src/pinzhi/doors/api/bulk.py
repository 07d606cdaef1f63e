"""
What the description says about `POST /api/v1/events`, which columns and not models receive (`doors.feeds.http`).

The door has no view here: only its contract stands in the one document that clients read. A test holds both together: types, statuses, scope, columns.
"""

from __future__ import annotations

from typing import Any

from pinzhi.doors.api.access import BearerToken, Scope
from pinzhi.doors.api.problems import MEDIA_TYPE

PATH = "/api/v1/events"
_TEXT = {"type": "string", "maxLength": 128}
_TIME = {
    "type": "string",
    "description": "RFC 3339; a time without a zone, and a day alone, are China's. From 2000-01-01 to a day from now.",
    "examples": ["2026-05-03T09:30:00+08:00"],
}
_KINDS = ["sale", "delivery", "return", "review", "complaint", "refund", "cancel", "scan"]
EVENT: dict[str, Any] = {
    "title": "EventIn",
    "type": "object",
    "description": "One event. It is known by the feed and its `event_id`: sent again it is a duplicate, with other content it is refused.",
    "properties": {
        "event_id": _TEXT,
        "kind": {"type": "string", "enum": _KINDS},
        "at": _TIME,
        "listing_id": _TEXT,
        "merchant_id": _TEXT,
        "category": _TEXT,
        "order_id": _TEXT,
        "batch_id": _TEXT,
        "code": {"type": "string", "maxLength": 512},
        "quantity": {"type": "integer", "minimum": 1, "maximum": 10_000_000, "default": 1},
        "amount": {"type": "string", "description": "yuan with at most two places", "examples": ["12.50"]},
        "score": {"type": "integer", "minimum": 1, "maximum": 5, "description": "stars of a review"},
        "reason": {"type": "string", "maxLength": 512},
        "text": {"type": "string", "maxLength": 20_000},
        "buyer_id": _TEXT | {"description": "a pseudonym, never a name or a number of a person"},
        "region": _TEXT,
        "carrier": _TEXT,
    },
    "required": ["event_id", "kind", "at", "listing_id", "merchant_id", "category"],
}
REFUSED: dict[str, Any] = {
    "title": "RefusedRow",
    "type": "object",
    "description": "A row that was not stored. The others were.",
    "properties": {
        "line": {"type": ["integer", "null"], "description": "row of the body, the first is 1; null: all that follows"},
        "field": {"type": "string"},
        "code": {"type": "string"},
        "reason": {"type": "string"},
        "remedy": {"type": "string"},
        "file": {"type": "string"},
    },
    "required": ["line", "field", "code", "reason", "remedy"],
}
TAKEN: dict[str, Any] = {
    "title": "EventsTaken",
    "type": "object",
    "properties": {
        "accepted": {"type": "integer", "minimum": 0},
        "duplicate": {"type": "integer", "minimum": 0},
        "refused": {"type": "array", "items": {"$ref": "#/components/schemas/RefusedRow"}, "maxItems": 10_000},
        "refused_count": {"type": "integer", "minimum": 0, "description": "all refused rows, also those not shown"},
    },
    "required": ["accepted", "duplicate", "refused", "refused_count"],
}
SCHEMAS = {"EventIn": EVENT, "RefusedRow": REFUSED, "EventsTaken": TAKEN}

_ROWS = {"type": "array", "items": {"$ref": "#/components/schemas/EventIn"}}
_LINES = {"type": "string", "description": "one EventIn as a JSON object per line, UTF-8"}
_COLUMNS = {"type": "string", "contentMediaType": "application/octet-stream"}
BODIES: dict[str, dict[str, Any]] = {
    "application/json": {"schema": _ROWS},
    "application/x-ndjson": {"schema": _LINES},
    "application/ndjson": {"schema": _LINES},
    "application/jsonl": {"schema": _LINES},
    "application/json-seq": {"schema": _LINES},
    "application/vnd.apache.arrow.stream": {"schema": _COLUMNS},
    "application/vnd.apache.arrow.file": {"schema": _COLUMNS},
    "application/vnd.apache.parquet": {"schema": _COLUMNS},
    "application/x-parquet": {"schema": _COLUMNS},
}
PROBLEMS = {
    "401": "no token, or none that is valid",
    "403": "the token lacks the scope, or may not send events",
    "405": "another method than POST",
    "411": "a body without Content-Length",
    "413": "more than the installation takes in one request, packed or unpacked",
    "415": "a media type or a packing that is not taken here",
    "422": "the body cannot be read at all, or the request has a parameter that does not exist; nothing was stored",
    "507": "the event store cannot be written; send the same body again",
}


def operation() -> dict[str, Any]:
    """The operation object."""
    problem = {"content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}}
    return {
        "operationId": "send_events",
        "summary": "Send Events",
        "description": (
            "Marketplace events in bulk, stored once each and durable before the answer. A bad row stops no other: it stands in `refused`. The same body "
            "again, or the same events cut differently, double nothing, so sending again after any doubt is right. Columns of Arrow and Parquet are named "
            "like the properties of EventIn; unknown ones are left alone. The body may be packed: `Content-Encoding: gzip` or `deflate`.\n\n"
            f"Scope: `{Scope.EVENTS}`."
        ),
        "tags": ["events"],
        "parameters": [
            {
                "name": "source",
                "in": "query",
                "required": False,
                "description": "Name of the feed (letters of any script are taken, 64 bytes in all); without it the organisation of the token. "
                "A merchant's token always sends its own feed.",
                "schema": {"type": "string", "maxLength": 64, "pattern": "^[!-~]([ -~]{0,62}[!-~])?$"},
            },
        ],
        "requestBody": {"required": True, "content": BODIES},
        "responses": {
            "200": {
                "description": "What is accepted is durable.",
                "content": {"application/json": {"schema": {"$ref": "#/components/schemas/EventsTaken"}}},
            },
            **{status: {"description": words, **problem} for status, words in PROBLEMS.items()},
        },
        "security": [{BearerToken.__name__: [str(Scope.EVENTS)]}],
    }
