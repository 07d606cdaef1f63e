"""Errors as EPCIS 2.0 gives them: problem documents (RFC 9457), the `type` an exception of the standard, with our `code`, `reason`, `remedy` beside it."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.http import HttpResponse

from pinzhi.kernel.refusal import Refusal, RefusedError

MEDIA_TYPE = "application/problem+json"
_VALIDATION, _SECURITY, _MISSING = "ValidationException", "SecurityException", "NoSuchResourceException"
_LIMIT, _QUERY, _CONTROLS = "CaptureLimitExceededException", "QueryParameterException", "SubscriptionControlsException"
_EXISTS = "ResourceAlreadyExistsException"
_BY_CODE = {
    "not_permitted": (403, _SECURITY),
    "scope_missing": (403, _SECURITY),
    "token_missing": (401, _SECURITY),
    "token_invalid": (401, _SECURITY),
    "epcis_too_big": (413, _LIMIT),
    "body_too_large": (413, _LIMIT),
    "too_many_events": (413, _LIMIT),
    "length_missing": (411, _VALIDATION),
    "media_type_unknown": (415, "UnsupportedMediaTypeException"),
    "content_encoding_unknown": (415, "UnsupportedMediaTypeException"),
    "not_acceptable": (406, "NotAcceptableException"),
    "method_not_allowed": (405, _VALIDATION),
    "query_parameter_unknown": (400, _QUERY),
    "query_parameter_invalid": (400, _QUERY),
    "query_pattern_unsupported": (400, _QUERY),
    "page_token_invalid": (400, _QUERY),
    "query_too_large": (413, "QueryTooLargeException"),
    "query_too_complex": (413, "QueryTooComplexException"),
    "query_invalid": (400, "QueryValidationException"),
    "query_exists": (409, _EXISTS),
    "event_id_conflict": (409, _EXISTS),
    "too_many_queries": (409, _CONTROLS),
    "too_many_subscriptions": (409, _CONTROLS),
    "webhook_address_refused": (400, _CONTROLS),
    "subscription_invalid": (400, _CONTROLS),
    "address_unknown": (404, _MISSING),
    "job_unknown": (404, _MISSING),
    "event_unknown": (404, _MISSING),
    "query_unknown": (404, "NoSuchNameException"),
    "subscription_unknown": (404, _MISSING),
    "internal_error": (500, "ImplementationException"),
}
"""Code of a refusal → HTTP status and exception; every other is 400: the document is not what the standard asks for."""


def kind_of(code: str) -> tuple[int, str]:
    """HTTP status and type of a problem by the code of its refusal."""
    status, exception = _BY_CODE.get(code, (400, _VALIDATION))
    return status, f"epcisException:{exception}"


def body_of(no: Refusal, **more: Any) -> dict[str, Any]:
    """The members of a problem document."""
    status, kind = kind_of(no.code)
    body: dict[str, Any] = {"type": kind, "title": HTTPStatus(status).phrase, "status": status, "detail": no.reason}
    body |= {"code": no.code, "reason": no.reason, "remedy": no.remedy}
    return body | ({"field": no.field} if no.field else {}) | more


def problem(no: Refusal, **more: Any) -> HttpResponse:
    """A refusal as the answer."""
    body = body_of(no, **more)
    response = HttpResponse(json.dumps(body, ensure_ascii=False), status=body["status"], content_type=MEDIA_TYPE)
    if body["status"] == 401:
        response["WWW-Authenticate"] = "Bearer" if no.code == "token_missing" else 'Bearer error="invalid_token"'
    return response


def not_there(what: str) -> RefusedError:
    """There is no such thing, or it belongs to somebody else: both sound the same."""
    return RefusedError.because(f"{what}_unknown", f"there is no such {what}", "check the address")
