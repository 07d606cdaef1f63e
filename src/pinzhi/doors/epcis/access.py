"""
What every address of this door does: bearer token and scope, methods, the version headers of the standard, and no error but a problem document.

    @address({"GET": "tracing:read", "POST": "tracing:write"})
    def capture(request, by): …
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt

from pinzhi import __version__
from pinzhi.doors.epcis.problems import problem
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.people.roles import Actor
from pinzhi.people.tokens import authenticate

log = logging.getLogger("pinzhi.epcis")
VERSION = "2.0.0"
MOST_EVENTS = 20_000
"""Events in one captured document."""
JSON_TYPES = ("application/json", "application/ld+json")
XML_TYPES = ("application/xml", "text/xml")
_VERSION = re.compile(r"(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?\Z", re.ASCII)
View = Callable[..., HttpResponse]


def address(scopes: Mapping[str, str], *, capturing: bool = False) -> Callable[[View], View]:
    """A view of the door: `scopes` are those that each method asks of the token. OPTIONS is open to everybody."""
    allowed = ", ".join(["OPTIONS", *scopes, *(["HEAD"] if "GET" in scopes else [])])

    def guarded(view: View) -> View:
        @csrf_exempt  # a bearer token is not sent by a browser on its own
        @wraps(view)
        def checked(request: HttpRequest, *positional: Any, **named: Any) -> HttpResponse:
            try:
                answer = _answer(request, view, scopes, positional, named)
            except RefusedError as no:
                answer = problem(no.refusal)
            except Exception:
                log.exception("%s %s failed", request.method, request.path)
                told = Refusal("internal_error", "something went wrong on our side", "send the same again")
                answer = problem(told)
            if answer.status_code == 405 or request.method == "OPTIONS":
                answer["Allow"] = allowed
            return _versions(answer, capturing=capturing)

        return checked

    return guarded


def _answer(request: HttpRequest, view: View, scopes: Mapping[str, str], positional: Any, named: Any) -> HttpResponse:
    method = request.method or ""
    if method == "OPTIONS":
        _check_version(request)
        return HttpResponse(status=204)
    scope = scopes.get("GET" if method == "HEAD" else method)
    if scope is None:
        raise RefusedError.because("method_not_allowed", f"{method} is not possible here", "see the Allow header")
    by: Actor = authenticate(request, scope)
    _check_version(request)
    return view(request, by, *positional, **named)


def _versions(answer: HttpResponse, *, capturing: bool) -> HttpResponse:
    for name in (
        "GS1-EPCIS-Version",
        "GS1-EPCIS-Min",
        "GS1-EPCIS-Max",
        "GS1-CBV-Version",
        "GS1-CBV-Min",
        "GS1-CBV-Max",
    ):
        answer[name] = VERSION
    answer["GS1-Vendor-Version"] = f"pinzhi-{__version__}"
    answer["GS1-Extensions"] = ""
    answer["Cache-Control"] = "private, no-store"
    if capturing:
        answer["GS1-EPCIS-Capture-Limit"] = str(MOST_EVENTS)
        answer["GS1-EPCIS-Capture-File-Size-Limit"] = str(settings.FEED_BODY_BYTES)
        answer["GS1-Capture-Error-Behaviour"] = "rollback"
    return answer


def _check_version(request: HttpRequest) -> None:
    """What a client demands must include 2.0.0. Raises RefusedError(`not_acceptable`)."""
    for what in ("EPCIS", "CBV"):
        low, high = request.headers.get(f"GS1-{what}-Min", ""), request.headers.get(f"GS1-{what}-Max", "")
        if (low and _number(low) > (2, 0, 0)) or (high and _number(high) < (2, 0, 0)):
            raise RefusedError.because(
                "not_acceptable", f"{what} is spoken here in version {VERSION}", "ask for that version"
            )
    epc = request.headers.get("GS1-EPC-Format", "No_Preference")
    if epc not in ("No_Preference", "Never_Translates"):
        raise RefusedError.because(
            "not_acceptable", "identifiers are given in the form in which they were captured", "ask for No_Preference"
        )


def _number(text: str) -> tuple[int, int, int]:
    found = _VERSION.match(text.strip())
    if found is None:
        raise RefusedError.because("not_acceptable", f"«{text[:20]}» is no version", "write it like 2.0.0")
    return int(found[1]), int(found[2] or 0), int(found[3] or 0)


def form_wanted(request: HttpRequest) -> str:
    """`json` or `xml`, by the Accept header. Raises RefusedError(`not_acceptable`)."""
    if request.accepts("application/json") or request.accepts("application/ld+json"):
        wanted = request.headers.get("Accept", "*/*")
        if not any(t in wanted for t in JSON_TYPES) and any(t in wanted for t in XML_TYPES):
            return "xml"
        return "json"
    if any(request.accepts(t) for t in XML_TYPES):
        return "xml"
    raise RefusedError.because(
        "not_acceptable", "answers are JSON-LD or XML", "accept application/ld+json or application/xml"
    )


def missing(_: HttpRequest) -> HttpResponse:
    """No such address."""
    told = Refusal("address_unknown", "there is nothing at this address", "see the chapter on tracing")
    return _versions(problem(told), capturing=False)


missing.csrf_exempt = True  # type: ignore[attr-defined]
