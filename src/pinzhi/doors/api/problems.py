"""
Problem documents (RFC 9457): every error of the interface has the same shape, whatever raised it.

Beside the standard members each carries `code` (stable, for programs), `reason` and `remedy` (for people). The status tells three kinds apart: 422, the
request is not what the description says; 409, it was understood and is refused; 404, there is no such thing, or it belongs to somebody else.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from pinzhi.casework.contracts import EvidenceChangedError
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.people.tokens import problem_document

log = logging.getLogger("pinzhi.api")
MEDIA_TYPE = "application/problem+json"
_FORBIDDEN = frozenset({"not_permitted", "scope_missing"})
_IN_THE_REQUEST = frozenset(
    {"kind_unknown", "step_unknown", "filter_unknown", "sort_unknown", "cursor_unknown", "outcome_unknown"}
)
_STATUS = {
    "file_too_large": 413,
    "file_type_unknown": 415,
    "file_type_differs": 415,
    "file_empty": 422,
    "length_missing": 411,
    "body_damaged": 400,
    "files_not_writable": 507,
    "files_of_owner": 507,
}
"""Refusals that HTTP has a word of its own for."""
"""Unknown words of the request: understood and refused, not a missing thing."""
_HTTP: Mapping[int, tuple[str, str, str]] = {
    400: ("request_unreadable", "the request cannot be read", "send valid JSON in UTF-8"),
    401: ("token_missing", "no valid token was sent", "send Authorization: Bearer and a token that is not revoked"),
    403: ("not_permitted", "the token may not do this", "ask for a token with the scope that may"),
    404: ("not_found", "there is nothing at this address", "see /api/v1/openapi.json"),
    405: ("method_not_allowed", "this address does not take this method", "see the Allow header"),
    413: ("body_too_large", "the body is too large", "send it in parts"),
    415: ("media_type_unknown", "the body is of a type that is not taken here", "see /api/v1/openapi.json"),
    429: ("too_many_requests", "too many requests", "wait and try again"),
    500: ("internal_error", "something went wrong on our side", "try again; if it stays, tell the operator the time"),
}


def status_of(code: str) -> int:
    """The HTTP status of a refusal by its code."""
    if code in _STATUS:
        return _STATUS[code]
    if code in _FORBIDDEN:
        return 403
    if code.endswith(("_unknown", "_not_found")) and code not in _IN_THE_REQUEST:
        return 404
    return 409


def problem(status: int, refusal: Refusal, *, errors: list[dict[str, str]] | None = None, **more: Any) -> HttpResponse:
    """A response with a problem document; `more` are members of its own."""
    body = problem_document(refusal, status)
    if errors:
        body["errors"] = errors
    body |= more
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=status, content_type=MEDIA_TYPE)
    if status == 401:
        response["WWW-Authenticate"] = 'Bearer realm="pinzhi"'
    return response


def plain_problem(status: int) -> HttpResponse:
    """The problem document of a bare HTTP status."""
    code, reason, remedy = _HTTP.get(status, (f"http_{status}", HTTPStatus(status).phrase, "see /api/v1/openapi.json"))
    return problem(status, Refusal(code, reason, remedy))


def not_found(what: str) -> RefusedError:
    """There is no such thing, or it belongs to somebody else: both sound the same."""
    return RefusedError.because(f"{what}_unknown", f"there is no such {what}", "check the id")


def install(api: NinjaAPI) -> None:
    """Answer everything that is raised with a problem document."""

    def refused(_: HttpRequest, no: RefusedError) -> HttpResponse:
        more = {"changes": [asdict(c) for c in no.changes]} if isinstance(no, EvidenceChangedError) else {}
        return problem(status_of(no.refusal.code), no.refusal, **more)

    def invalid(_: HttpRequest, no: ValidationError) -> HttpResponse:
        errors = [{"field": _where(e.get("loc", ())), "reason": str(e.get("msg", ""))} for e in no.errors]
        first = errors[0] if errors else {"field": "", "reason": "invalid"}
        told = Refusal(
            "request_invalid",
            f"{first['field'] or 'the request'}: {first['reason']}",
            "correct the fields named in errors; their description is in /api/v1/openapi.json",
            first["field"],
        )
        return problem(422, told, errors=errors)

    def http(_: HttpRequest, no: HttpError) -> HttpResponse:
        return plain_problem(no.status_code)

    def missing(_: HttpRequest, __: Http404) -> HttpResponse:
        return plain_problem(404)

    def broken(request: HttpRequest, why: Exception) -> HttpResponse:
        log.error("%s %s failed", request.method, request.path, exc_info=why)
        return plain_problem(500)

    api.add_exception_handler(RefusedError, refused)
    api.add_exception_handler(ValidationError, invalid)
    api.add_exception_handler(HttpError, http)
    api.add_exception_handler(Http404, missing)
    api.add_exception_handler(Exception, broken)


def _where(place: tuple[Any, ...]) -> str:
    """`("body", "payload", "effects", 0)` → `effects.0`: the path that the client knows."""
    parts = [str(p) for p in place]
    if parts and parts[0] in ("body", "query", "path", "header"):
        parts = parts[2:] if parts[0] == "body" and len(parts) > 1 else parts[1:]
    return ".".join(parts)


def always_problems(
    get_response: Callable[[HttpRequest], HttpResponseBase],
) -> Callable[[HttpRequest], HttpResponseBase]:
    """Middleware: below `/api/`, an error that comes from anywhere else (wrong method, no such address) is a problem document too."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = get_response(request)
        if not request.path_info.startswith("/api/") or response.status_code < 400:
            return response
        if response.headers.get("Content-Type", "").startswith((MEDIA_TYPE, "application/json")):
            return response
        told = plain_problem(response.status_code)
        if allow := response.headers.get("Allow"):
            told["Allow"] = allow
        return told

    return middleware
