"""Pages of answers: `perPage`, and the signed `nextPageToken` that says where the next one begins."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.core import signing
from django.http import HttpRequest, HttpResponse

from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis.querying import whole_number

USUAL, MOST = 30, 1000
"""Entries of a page where the client says nothing (the standard's), and at most."""
LIFE = timedelta(days=1)
_SALT = "pinzhi.epcis.page"


def size_of(request: HttpRequest) -> int:
    """`perPage`. More than the most is cut to it, as the standard allows. Raises RefusedError(`query_parameter_invalid`)."""
    return min(whole_number("perPage", request.GET.get("perPage", str(USUAL)), 1, 1_000_000), MOST)


def begun(request: HttpRequest, what: Any) -> Any:
    """What the token of the request holds, None without one. Raises RefusedError(`page_token_invalid`) for that of another question."""
    token = request.GET.get("nextPageToken")
    if token is None:
        return None
    try:
        held, place = signing.loads(token, salt=_SALT, max_age=LIFE)
    except (signing.BadSignature, ValueError) as why:
        raise _not_ours() from why
    if held != _mark(request, what):
        raise _not_ours()
    return place


def _not_ours() -> RefusedError:
    return RefusedError.because(
        "page_token_invalid",
        "the token is not that of this question, or too old",
        "ask again from the first page",
        field="nextPageToken",
    )


def linked(answer: HttpResponse, request: HttpRequest, what: Any, place: Any) -> HttpResponse:
    """Say where the next page is (RFC 8288), if there is one."""
    if place is not None:
        token = signing.dumps([_mark(request, what), place], salt=_SALT, compress=True)
        kept = [(k, v) for k, vs in request.GET.lists() for v in vs if k != "nextPageToken"]
        url = request.build_absolute_uri(request.path) + "?" + urlencode([*kept, ("nextPageToken", token)])
        answer["Link"] = f'<{url}>; rel="next"'
        answer["GS1-Next-Page-Token-Expires"] = (clock.now() + LIFE).isoformat(timespec="seconds")
    return answer


def _mark(request: HttpRequest, what: Any) -> str:
    said = json.dumps([request.path, what], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()[:24]


def parameters(request: HttpRequest, *known: str) -> dict[str, list[str]]:
    """The parameters of the query itself, without those of paging. `known`: refuse every other. Raises RefusedError(`query_parameter_unknown`)."""
    found = {k: vs for k, vs in request.GET.lists() if k not in ("perPage", "nextPageToken")}
    if strange := sorted(set(found) - set(known)) if known != ("*",) else []:
        raise RefusedError.because(
            "query_parameter_unknown",
            f"there is no parameter {strange[0][:80]} here",
            "leave it out",
            field=strange[0][:80],
        )
    return found
