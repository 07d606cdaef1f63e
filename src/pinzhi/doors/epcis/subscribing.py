"""`/epcis/queries` and their subscriptions. Every name and id belongs to the organisation of the token; another's is not there."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote

from django.http import HttpRequest, HttpResponse, JsonResponse

from pinzhi.doors.epcis.access import JSON_TYPES
from pinzhi.doors.epcis.asking import answered
from pinzhi.doors.epcis.paging import parameters
from pinzhi.engine import bodies
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import subscribing as station
from pinzhi.life.tracing.models_queries import Query
from pinzhi.life.tracing.selecting import stamp
from pinzhi.people.roles import Actor

BODY = 256 * 1024
"""Bytes of a query or a subscription."""


def queries(request: HttpRequest, by: Actor) -> HttpResponse:
    """GET: the queries of the organisation. POST: keep one, 201 with its address."""
    parameters(request)
    if request.method != "POST":
        return _json([_document(q) for q in station.queries(by)])
    said = _object(request)
    if strange := sorted(set(said) - {"name", "query"}):
        raise RefusedError.because(
            "query_invalid", f"there is no field {strange[0][:40]}", "give name and query", field=strange[0][:40]
        )
    row = station.keep(by, said.get("name"), said.get("query"))
    answer = HttpResponse(status=201)
    answer["Location"] = f"/epcis/queries/{quote(row.name, safe='')}"
    return answer


def query(request: HttpRequest, by: Actor, name: str) -> HttpResponse:
    """GET: what the query is. DELETE: end it with its subscriptions."""
    parameters(request)
    if request.method == "DELETE":
        station.drop(by, name)
        return HttpResponse(status=204)
    return _json(_document(station.query(by, name)))


def events(request: HttpRequest, by: Actor, name: str) -> HttpResponse:
    """GET: the events of the query, in pages."""
    parameters(request)
    row = station.query(by, name)
    return answered(request, by, row.parameters, query=row.name)


def subscriptions(request: HttpRequest, by: Actor, name: str) -> HttpResponse:
    """GET: the subscriptions of the query. POST: subscribe, 201 with the address."""
    parameters(request)
    if request.method != "POST":
        return _json([station.document(s) for s in station.subscriptions(by, name)])
    row = station.subscribe(by, name, _object(request))
    answer = _json({"subscriptionID": row.pk}, status=201)
    answer["Location"] = f"/epcis/queries/{quote(name, safe='')}/subscriptions/{row.pk}"
    return answer


def subscription(request: HttpRequest, by: Actor, name: str, subscription_id: str) -> HttpResponse:
    """GET: one subscription. DELETE: end it."""
    parameters(request)
    if request.method == "DELETE":
        station.end(by, name, subscription_id)
        return HttpResponse(status=204)
    return _json(station.document(station.subscription(by, name, subscription_id)))


def _document(row: Query) -> dict[str, Any]:
    return {"name": row.name, "createdAt": stamp(row.created_at), "query": row.parameters}


def _json(value: Any, *, status: int = 200) -> HttpResponse:
    return JsonResponse(value, safe=False, status=status, json_dumps_params={"ensure_ascii": False})


def _object(request: HttpRequest) -> dict[str, Any]:
    """The body, a JSON object. Raises RefusedError: `media_type_unknown`, `query_invalid`, and those of `bodies.body_of`."""
    kind = (request.content_type or "").lower()
    if kind not in JSON_TYPES:
        raise RefusedError.because(
            "media_type_unknown", f"{kind or 'no type'} is not taken here", "send application/json"
        )
    try:
        said = json.loads(bodies.body_of(request, BODY))
    except (ValueError, RecursionError) as why:
        raise RefusedError.because("query_invalid", "the body is no JSON", "send one JSON object in UTF-8") from why
    if not isinstance(said, dict):
        raise RefusedError.because("query_invalid", "the body is no object", "send one JSON object")
    return said
