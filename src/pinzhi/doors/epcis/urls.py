"""Addresses of EPCIS 2.0. Values in the path are percent-encoded by the client, so that a link may be one of them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from pinzhi.doors.epcis import asking, capturing, subscribing
from pinzhi.doors.epcis.access import address, missing
from pinzhi.people.roles import Actor

READ, WRITE = "tracing:read", "tracing:write"
_RESOURCE = "(?P<resource>epcs|bizSteps|dispositions|bizLocations|readPoints|eventTypes)"


@address({"GET": WRITE, "POST": WRITE}, capturing=True)
def capture(request: HttpRequest, by: Actor) -> HttpResponse:
    """Documents in, and the list of jobs."""
    return capturing.take(request, by) if request.method == "POST" else capturing.jobs(request, by)


@address({"GET": READ, "POST": WRITE}, capturing=True)
def events(request: HttpRequest, by: Actor) -> HttpResponse:
    """Events out, one event in."""
    return capturing.take_one(request, by) if request.method == "POST" else asking.events(request, by)


def _reading(view: Any) -> Any:
    return address({"GET": READ})(view)


def _keeping(method: str) -> Any:
    return address({"GET": READ, method: READ})


urlpatterns = [
    path("capture", capture, name="epcis-capture"),
    path("capture/<str:job_id>", address({"GET": WRITE}, capturing=True)(capturing.job), name="epcis-job"),
    path("events", events, name="epcis-events"),
    re_path(r"^events/(?P<event_id>.+)\Z", _reading(asking.one), name="epcis-event"),
    re_path(rf"^{_RESOURCE}/(?P<value>.+)/events\Z", _reading(asking.of_member), name="epcis-events-of"),
    re_path(rf"^{_RESOURCE}\Z", _reading(asking.members), name="epcis-members"),
    re_path(rf"^{_RESOURCE}/(?P<value>.+)\Z", _reading(asking.member), name="epcis-member"),
    path("queries", _keeping("POST")(subscribing.queries), name="epcis-queries"),
    path("queries/<str:name>", _keeping("DELETE")(subscribing.query), name="epcis-query"),
    path("queries/<str:name>/events", _reading(subscribing.events), name="epcis-events-of-query"),
    path("queries/<str:name>/subscriptions", _keeping("POST")(subscribing.subscriptions), name="epcis-subscriptions"),
    path(
        "queries/<str:name>/subscriptions/<str:subscription_id>",
        _keeping("DELETE")(subscribing.subscription),
        name="epcis-subscription",
    ),
    re_path(r"^.*\Z", missing),
]
