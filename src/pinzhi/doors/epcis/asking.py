"""`/epcis/events` and the collections: events out, as EPCISQueryDocument in JSON-LD or XML."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import astuple
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from pinzhi.doors.epcis.access import form_wanted
from pinzhi.doors.epcis.paging import begun, linked, parameters, size_of
from pinzhi.kernel import clock
from pinzhi.life.tracing import selecting
from pinzhi.life.tracing.rules.epcis import querying, writing
from pinzhi.life.tracing.rules.epcis.names import STANDARD, Names
from pinzhi.people.roles import Actor

SIMPLE = "SimpleEventQuery"
RESOURCES = {
    "epcs": "MATCH_anyEPC",
    "bizSteps": "EQ_bizStep",
    "dispositions": "EQ_disposition",
    "bizLocations": "EQ_bizLocation",
    "readPoints": "EQ_readPoint",
    "eventTypes": "eventType",
}
"""Collections of the standard, and the parameter that one of their members stands for."""
_TYPES = {"json": "application/ld+json", "xml": "application/xml"}


def events(request: HttpRequest, by: Actor) -> HttpResponse:
    """GET /events: the events that the parameters ask for."""
    return answered(request, by, parameters(request, "*"))


def of_member(request: HttpRequest, by: Actor, resource: str, value: str) -> HttpResponse:
    """GET /{resource}/{value}/events: the same, of one EPC, step, place …"""
    return answered(request, by, parameters(request, "*"), {RESOURCES[resource]: [value]})


def answered(
    request: HttpRequest,
    by: Actor,
    given: Mapping[str, Any],
    fixed: Mapping[str, Any] | None = None,
    *,
    query: str = SIMPLE,
    who: selecting.Sight | None = None,
) -> HttpResponse:
    """One page of a query. `fixed`: conditions of the address itself, which hold beside those that are given."""
    names = _names(request)
    asked = querying.read(given, names)
    if fixed:
        asked = querying.both(asked, querying.read(fixed, names))
    form = form_wanted(request)
    what = [given, fixed]
    place = begun(request, what)
    page = selecting.page(
        asked,
        who or selecting.sight_of(by),
        size=size_of(request),
        after=None if place is None else selecting.Place(*place),
    )
    return linked(written(page.events, form, query=query), request, what, page.next and list(astuple(page.next)))


def one(request: HttpRequest, by: Actor, event_id: str) -> HttpResponse:
    """GET /events/{id}: the event, and its declaration of error if there is one."""
    parameters(request)
    form = form_wanted(request)
    return written(selecting.one(event_id, selecting.sight_of(by)), form)


def written(found: Iterable[Mapping[str, Any]], form: str, *, query: str = SIMPLE) -> HttpResponse:
    """Events as a query document. What XML cannot hold is left out, and a header says how many."""
    document = writing.answer(found, form, created=selecting.stamp(clock.now()), asked=writing.Asked(query))
    answer = HttpResponse(document.data, content_type=_TYPES[form])
    if document.left_out:
        answer["Pinzhi-Events-Left-Out"] = str(len(document.left_out))
    return answer


def members(request: HttpRequest, by: Actor, resource: str) -> HttpResponse:
    """GET /{resource}: which EPCs, steps, places … the events name."""
    parameters(request)
    after, size = begun(request, resource) or "", size_of(request)
    found = selecting.values(resource, selecting.sight_of(by), after=after, size=size + 1)
    told = {"@context": writing.CONTEXT, "type": "Collection", "member": found[:size]}
    answer = JsonResponse(told, json_dumps_params={"ensure_ascii": False})
    return linked(answer, request, resource, found[size - 1] if len(found) > size else None)


def member(request: HttpRequest, by: Actor, resource: str, value: str) -> HttpResponse:
    """GET /{resource}/{value}: what can be asked below it."""
    parameters(request)
    del by, resource, value
    told = {"@context": writing.CONTEXT, "type": "Collection", "member": ["events"]}
    return JsonResponse(told)


def _names(request: HttpRequest) -> Names:
    """The prefixes that the client declares: `GS1-Extensions: ext=https://example.org/ns/, …`."""
    declared = {}
    for pair in request.headers.get("GS1-Extensions", "").split(","):
        prefix, mark, space = pair.strip().partition("=")
        if mark and prefix and space:
            declared[prefix] = space
    return STANDARD.under(declared) if declared else STANDARD
