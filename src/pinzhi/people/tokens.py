"""
API tokens: made with scopes and an end, shown once, kept as a hash.

A token reads `pz_<prefix>_<secret>`. The prefix finds the row, the comparison is constant in time, and whatever is wrong with a token (unknown,
expired, revoked) has one
answer, so that nothing can be learnt by trying.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse

from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.people.acts import act
from pinzhi.people.models import ApiToken, Organisation
from pinzhi.people.roles import SCOPES, Actor, Role

LIFE_DAYS = 365
PROBLEM = "application/problem+json"
_UNKNOWN = "0" * 64


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def make(
    by: Actor, *, name: str, scopes: Iterable[str], organisation: Organisation | None = None, days: int = LIFE_DAYS
) -> tuple[ApiToken, str]:
    """A new token; the second part is the secret, which is never shown again. Raises RefusedError(`scope_unknown`, `token_life`, `not_permitted`)."""
    wanted = sorted(set(scopes))
    with act("people.token", by) as a:
        strange = [s for s in wanted if s not in SCOPES]
        if strange or not wanted:
            raise RefusedError.because(
                "scope_unknown",
                f"no such scope: {', '.join(strange) or 'none given'}",
                f"one of: {', '.join(SCOPES)}",
                field="scopes",
            )
        if not 1 <= days <= 3 * 365:
            raise RefusedError.because(
                "token_life", "a token lives 1 to 1095 days", "choose a life in that span", field="days"
            )
        prefix = secrets.token_hex(6)
        secret = f"pz_{prefix}_{secrets.token_urlsafe(32)}"
        row = ApiToken.objects.create(
            prefix=prefix,
            secret_hash=_hash(secret),
            name=name[:80],
            organisation=organisation,
            scopes=wanted,
            made_at=a.now,
            expires_at=a.now + timedelta(days=days),
        )
        a.note = f"token:{prefix} made"
    return row, secret


def revoke(by: Actor, prefix: str) -> None:
    """End a token now. Raises RefusedError(`token_unknown`)."""
    with act("people.token", by) as a:
        a.note = f"token:{prefix[:12]} revoked"
        if not ApiToken.objects.filter(prefix=prefix, revoked_at=None).update(revoked_at=a.now):
            raise RefusedError.because(
                "token_unknown", "there is no live token with this prefix", "see the list of tokens"
            )


def recognise(token: str) -> Actor:
    """The client behind a token. Raises RefusedError(`token_invalid`), the same for everything that may be wrong with it."""
    now = clock.now()
    parts = token.split("_", 2)
    row = None
    if len(parts) == 3 and parts[0] == "pz" and len(token) < 200 and "\x00" not in token:
        row = ApiToken.objects.select_related("organisation").filter(prefix=parts[1]).first()
    same = hmac.compare_digest(_hash(token), row.secret_hash if row else _UNKNOWN)
    if row is None or not same or row.revoked_at is not None or row.expires_at <= now:
        raise RefusedError.because("token_invalid", "this token is not valid", "ask an administrator for a new one")
    if row.last_used_on != now.date():
        ApiToken.objects.filter(pk=row.pk).update(last_used_on=now.date())
    return Actor(
        "token",
        f"token:{row.prefix}",
        roles=frozenset({Role.API_CLIENT}),
        organisation_id=row.organisation_id,
        merchant_id=row.organisation.merchant_id if row.organisation else "",
        scopes=frozenset(row.scopes),
    )


def authenticate(request: HttpRequest, scope: str = "") -> Actor:
    """
    The client of a request by its `Authorization: Bearer` header.

    Raises RefusedError(`token_missing`, `token_invalid`: 401; `scope_missing`: 403). A scope that stands in no table is a KeyError: a defect of ours.
    """
    if scope:
        SCOPES[scope]
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise RefusedError.because(
            "token_missing", "this address asks for a bearer token", "send «Authorization: Bearer …»"
        )
    actor = recognise(token.strip())
    if scope and scope not in actor.scopes:
        raise RefusedError.because(
            "scope_missing", f"this token has no scope «{scope}»", "ask an administrator for one that has"
        )
    return actor


def problem_document(refusal: Refusal, status: int) -> dict[str, Any]:
    """The members of a problem document (RFC 9457) with ours: `code`, `reason`, `remedy`, and `field` and `line` where the refusal has them."""
    body: dict[str, Any] = {
        "type": f"urn:pinzhi:problem:{refusal.code}",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": refusal.reason,
        "code": refusal.code,
        "reason": refusal.reason,
        "remedy": refusal.remedy,
    }
    if refusal.field:
        body["field"] = refusal.field
    if refusal.line is not None:
        body["line"] = refusal.line
    return body


def problem(refusal: Refusal, status: int) -> JsonResponse:
    """A refusal as an RFC 9457 problem document; 401 says how to identify oneself (RFC 6750)."""
    response = JsonResponse(
        problem_document(refusal, status),
        status=status,
        content_type=PROBLEM,
        json_dumps_params={"ensure_ascii": False},
    )
    if status == 401:
        response["WWW-Authenticate"] = "Bearer" if refusal.code == "token_missing" else 'Bearer error="invalid_token"'
    return response


def status_of(refusal: Refusal) -> int:
    """The HTTP status of a refusal by `authenticate`."""
    return 403 if refusal.code == "scope_missing" else 401


def bearer(scope: str) -> Callable[[Callable[..., HttpResponse]], Callable[..., HttpResponse]]:
    """For plain views: `view(request, actor, …)` runs only with a token that has `scope`; otherwise a problem document answers."""
    SCOPES[scope]

    def guarded(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        @wraps(view)
        def checked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            try:
                actor = authenticate(request, scope)
            except RefusedError as no:
                return problem(no.refusal, status_of(no.refusal))
            return view(request, actor, *args, **kwargs)

        checked.csrf_exempt = True  # type: ignore[attr-defined]  # a bearer token is not sent by a browser on its own
        return checked

    return guarded
