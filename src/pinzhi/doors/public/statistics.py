"""
Complaints in figures, for everybody: `/public/complaints/statistics` for programs, `/complaints/statistics` for people. No login, no script, may be cached.

Whole months that are over; nothing of fewer buyers than the policy says. `merchant=` adds his listings, `listing=` is one of them.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext_lazy
from django.views.decorators.http import condition, require_safe

from pinzhi.doors.public.complain import english
from pinzhi.doors.public.scan import chosen_language
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.rules.publicly import Figures, Share
from pinzhi.life.complaints.statistics import Answer, Line, statistics
from pinzhi.people.tokens import problem

CACHE = "public, max-age=300"
"""Minutes, not hours: a reply that the house takes down is to be gone soon."""
FAULTS: dict[str, Any] = {
    "month_wrong": gettext_lazy("Write the month like 2026-10."),
    "month_not_over": gettext_lazy("Figures are shown of months that are over."),
    "months_reversed": gettext_lazy("The last month lies before the first."),
    "months_many": gettext_lazy("Ask for fewer months at once."),
}


def _asked(request: HttpRequest) -> Answer:
    get = request.GET
    return statistics(
        clock.now(),
        merchant=get.get("merchant", "")[:128],
        listing=get.get("listing", "")[:128],
        start=get.get("from", ""),
        end=get.get("to", ""),
    )


@require_safe
def interface(request: HttpRequest) -> HttpResponse:
    """The figures as JSON, with an ETag of what they say."""
    try:
        document = _document(_asked(request))
    except RefusedError as no:
        return problem(no.refusal, 422)
    tag = f'"{sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]}"'

    @condition(etag_func=lambda _request: tag)
    def whole(_request: HttpRequest) -> HttpResponse:
        return JsonResponse(document)

    response = whole(request)
    response["Cache-Control"] = CACHE
    response["Access-Control-Allow-Origin"] = "*"
    return response


def _document(found: Answer) -> dict[str, Any]:
    return {
        "from": found.first,
        "to": found.last,
        "least_count": found.least,
        "interval": 0.9,
        "merchant": _line(found.whole) if found.whole else None,
        "lines": [_line(line) for line in found.lines],
        "left_out": found.left_out,
    }


def _line(line: Line) -> dict[str, Any]:
    f = line.figures
    return {
        "id": line.id,
        "name": line.name,
        "complaints": f.complaints,
        "upheld": _share(f.upheld),
        "answered_in_time": _share(f.in_time),
        "first_proposal_hours": _hours(f.first_proposal),
        "refunds_yuan": None if f.refunds is None else str(f.refunds),
        "rated": None if f.mark is None else {"mean": str(f.mark), "n": f.rated},
        "reply": {"words": line.reply, "on": line.replied_on} if line.reply else None,
    }


def _share(share: Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    i = share.interval
    return {"hits": share.hits, "of": share.n, **{k: round(v, 4) for k, v in asdict(i).items() if isinstance(v, float)}}


def _hours(span: timedelta | None) -> float | None:
    return None if span is None else round(span.total_seconds() / 3600, 1)


@require_safe
def page(request: HttpRequest) -> HttpResponse:
    """The same for people."""
    chosen = chosen_language(request)
    with translation.override(chosen):
        response = _page(request)
    response["Cache-Control"] = CACHE
    patch_vary_headers(response, ["Accept-Language", "Cookie"])
    return response


def _page(request: HttpRequest) -> HttpResponse:
    kept = {n: request.GET[n][:128] for n in ("merchant", "listing", "from", "to") if request.GET.get(n)}
    context: dict[str, Any] = {
        "english": english(),
        "here": request.path,
        "query": urlencode(kept) + "&" if kept else "",
        "months": urlencode({n: kept[n] for n in ("from", "to") if n in kept}),
        "asked": {n: kept.get(n, "") for n in ("merchant", "listing", "from", "to")},
    }
    try:
        found = _asked(request)
    except RefusedError as no:
        return render(request, "public/statistics.html", {**context, "said": str(FAULTS[no.refusal.code])}, status=422)
    lines = [(line, _shown(line.figures)) for line in found.lines]
    whole = (found.whole, _shown(found.whole.figures)) if found.whole else None
    return render(
        request,
        "public/statistics.html",
        {
            **context,
            "found": found,
            "lines": lines,
            "whole": whole,
            "merchants": not (kept.keys() & {"merchant", "listing"}),
        },
    )


def _shown(f: Figures) -> dict[str, Any]:
    return {
        "complaints": f.complaints,
        "upheld": _percent(f.upheld),
        "in_time": _percent(f.in_time),
        "hours": _hours(f.first_proposal),
        "refunds": None if f.refunds is None else f"{f.refunds.quantize(Decimal('0.01')):,}",
        "mark": f.mark,
        "rated": f.rated,
    }


def _percent(share: Share | None) -> dict[str, Any] | None:
    if share is None:
        return None
    low, high = share.interval.low, share.interval.high
    return {
        "share": f"{100 * share.hits / share.n:.0f}%",
        "low": f"{100 * low:.0f}",
        "high": f"{100 * high:.0f}",
        "n": share.n,
    }
