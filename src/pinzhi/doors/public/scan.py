"""
The scan page at the Digital Link path `/01/{gtin}[/10/{lot}]/21/{serial}`: HTML for people, JSON for programs (by `Accept`). No login, no script needed.

One line says what the code proves and what it does not. The query is counted; who asked is kept as a keyed mark of his device, never as an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import re_path
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import cosigning, keys
from pinzhi.ledger.checkpoint import MLDSA44, tobase64
from pinzhi.life.tracing import certificates, cold, cold_picture, history, numbers, scans
from pinzhi.life.tracing.cold import Cold
from pinzhi.life.tracing.rules.chain.mentions import lot_uri
from pinzhi.life.tracing.rules.gs1.link import place_number
from pinzhi.life.tracing.rules.recalls import LEVELS
from pinzhi.life.tracing.scans import Answer, Said
from pinzhi.life.tracing.words import step_name
from pinzhi.people.tokens import problem

MOST_LINES = 20
"""Steps of the way that the page shows; the interface has all of them."""
TYPED_MOST = 40
LANGUAGES = {"zh": "zh-hans", "en": "en"}
FACTOR_REFUSED: Mapping[str, Any] = {
    "activated_already": gettext_lazy(
        "This piece was activated before. If it was not you, it may not be new: tell the shop or the platform."
    ),
    "covered_code_wrong": gettext_lazy("This is not the code under the cover. Type the eight characters again."),
    "covered_code_rest": gettext_lazy("Too many wrong codes were typed today. Try again tomorrow."),
    "code_not_valid": gettext_lazy("Only a valid code can be activated."),
}


@csrf_exempt  # no session stands behind this page: whoever knows the covered code may activate it from anywhere
@require_http_methods(["GET", "HEAD", "POST"])
def piece(request: HttpRequest, gtin: str, serial: str, lot: str = "") -> HttpResponse:
    """What is known of one piece."""
    chosen = chosen_language(request)
    with translation.override(chosen):
        try:
            return keep_language(request, _piece(request, gtin, serial, lot))
        except RefusedError as no:
            if _wants_json(request):
                return private(problem(no.refusal, 404))
            return private(
                render(request, "public/none.html", {"here": request.path, "english": chosen == "en"}, status=404)
            )


def _piece(request: HttpRequest, gtin: str, serial: str, lot: str) -> HttpResponse:
    said = ""
    status = 200
    if request.method == "POST":
        try:
            typed = request.POST.get("covered", "")[:TYPED_MOST]
            scans.activate(gtin, serial, typed, device=device(request), region=_region(request))
        except RefusedError as no:
            if no.refusal.code not in FACTOR_REFUSED:
                raise
            said, status = str(FACTOR_REFUSED[no.refusal.code]), 422
        found = scans.look(gtin, serial, lot)
    elif request.method == "HEAD":
        found = scans.look(gtin, serial, lot)
    else:
        found = scans.scan(gtin, serial, lot, device=device(request), region=_region(request))
    told = _history(found, lot)
    if _wants_json(request):
        return private(
            JsonResponse(document(found, told, lot), json_dumps_params={"ensure_ascii": False}, status=status)
        )
    return private(
        render(request, "public/piece.html", _context(request, found, told, lot) | {"said": said}, status=status)
    )


def _cold(chain: Cold | None) -> dict[str, Any] | None:
    if chain is None:
        return None
    said = cold_picture.said(chain)
    return {
        "limit_celsius": float(chain.most) if chain.most is not None else None,
        "highest_celsius": float(max(r.celsius for r in chain.readings)),
        "minutes_above": chain.minutes,
        "zh": said.zh,
        "en": said.en,
    }


def document(found: Answer, told: history.History | None, lot: str) -> dict[str, Any]:
    """What is known of a piece, for programs."""
    recall = found.recalled
    return {
        "gtin": found.gtin,
        "serial": found.serial,
        "status": found.said.value,
        "valid": found.said is Said.VALID,
        "batch": found.batch_id or lot,
        "query": found.scans,
        "first_query": found.first_at.isoformat() if found.first_at else None,
        "activated": found.activated_at.isoformat() if found.activated_at else None,
        "recalled": {
            "at": recall.at.isoformat(),
            "reason": recall.reason,
            "level": recall.level,
            "plan": recall.plan,
        }
        if recall
        else None,
        "copied": {"zh": found.copied[0], "en": found.copied[1]} if found.copied else None,
        "cold": _cold(cold.of_history(told)) if told else None,
        "certificates": certificates.document(_certificates(told, _batch(found, lot))),
        "history": history.document(told) if told else None,
    }


def _certificates(told: history.History | None, batch: BatchCard | None) -> list[certificates.Shown]:
    """
    Reports and certificates that the events of this way name: of the piece, its batch, its containers and what it was made from.

    Only what the merchant of the batch or the platform says: anybody else may send an event about goods, and its words are not for this page.
    """
    said = {"", batch.merchant_id if batch else ""}
    return certificates.of_events(line.number for line in told.lines if line.owner in said) if told else []


def _batch(found: Answer, lot: str) -> BatchCard | None:
    return catalogue.batch(found.batch_id or lot) if found.batch_id or lot else None


def _context(request: HttpRequest, found: Answer, told: history.History | None, lot: str) -> dict[str, Any]:
    english = (translation.get_language() or "").startswith("en")
    batch = _batch(found, lot)
    listing = catalogue.listing(batch.listing_id) if batch and batch.listing_id else None
    merchant = catalogue.merchant(batch.merchant_id) if batch else None
    lines = [
        {
            "at": line.at,
            "what": step_name(line.step, line.kind).in_language("en" if english else "zh-hans"),
            "place": place_number(line.place),
            "about": line.about,
            "proof": f"/ledger/proof/event/{line.digest}" if line.leaf is not None else "",
        }
        for line in (told.lines if told else ())
    ]
    recall = found.recalled
    chain = cold.of_history(told) if told else None
    return {
        "cold": cold_picture.said(chain).in_language("en" if english else "zh-hans") if chain else "",
        "warm": bool(chain and chain.breaks),
        "a": found,
        "certificates": [(s, s.name.in_language("en" if english else "zh-hans")) for s in _certificates(told, batch)],
        "english": english,
        "here": request.path,
        "verdict": _verdict(found),
        "tone": _tone(found),
        "batch": batch,
        "batch_name": found.batch_id or lot,
        "own_number": numbers.is_own(found.gtin),
        "listing": listing,
        "merchant": merchant,
        "lines": lines[-MOST_LINES:],
        "earlier": max(0, len(lines) - MOST_LINES),
        "recall": recall,
        "level": level.in_language("en" if english else "zh-hans")
        if recall and (level := LEVELS.get(recall.level))
        else "",
        "expired": bool(batch and batch.expires_on and batch.expires_on < clock.today()),
        "keys": _keys(),
        "trouble": f"/report?unit={quote(found.thing, safe='')}",
        "complain": f"/complain?unit={quote(found.thing, safe='')}{'&lang=en' if english else ''}",
        "ask": f"/ask?unit={quote(found.thing, safe='')}{'&lang=en' if english else ''}",
        "has_cover": found.said is Said.VALID,
    }


def _keys() -> str:
    """
    Public keys of log and witnesses for the check in the browser, separated by spaces.

    Of ML-DSA-44 keys only name, id and type: browsers cannot verify with them, and the check then names whose signature it did not look at.
    """
    known = list(keys.verifiers(settings.LEDGER_KEYS))
    try:
        asked = cosigning.witnesses()
        known += asked.witnesses.values() if asked else ()
    except RefusedError:
        pass  # the operator's file of witnesses is broken: the worker says so; the page goes on with the log's own keys
    return " ".join(
        f"{k.name}+{k.key_id.hex()}+{tobase64(bytes([MLDSA44]))}" if k.algorithm == MLDSA44 else k.line() for k in known
    )


def _verdict(found: Answer) -> str:
    """One line in plain words. It never says that the goods are genuine: the code alone cannot prove that."""
    if found.said is Said.VALID:
        if found.scans <= 1:
            return _("The code is valid · first query")
        return _("The code is valid · query no. %(count)d · first %(day)s") % {
            "count": found.scans,
            "day": _day(found.first_at),
        }
    return {
        Said.VOID: _("This code was declared void: it should be on no goods"),
        Said.REVOKED: _("This code is no longer valid: its key became known to others"),
        Said.OTHER_BATCH: _("The code is valid, but for another batch than the label says"),
        Said.FOREIGN: _("This number was not issued by the platform; its way was recorded by others"),
    }.get(found.said, _("This code was not issued by the platform: it may be made up"))


def _tone(found: Answer) -> str:
    if found.recalled or found.copied or found.said in (Said.UNKNOWN, Said.VOID, Said.REVOKED, Said.OTHER_BATCH):
        return "bad"
    return "plain" if found.said is Said.FOREIGN else "good"


def _history(found: Answer, lot: str) -> history.History | None:
    """The way of the piece; where no event names it, that of its lot."""
    names = [found.thing]
    if batch := found.batch_id or lot:
        names.append(lot_uri(found.gtin, batch))
    for name in names:
        try:
            return history.of(name)
        except RefusedError:
            continue
    return None


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(SHANGHAI):%Y-%m-%d %H:%M}" if moment else ""


def _wants_json(request: HttpRequest) -> bool:
    return request.get_preferred_type(["text/html", "application/json"]) == "application/json"


def device(request: HttpRequest) -> str:
    """A keyed mark of what asks: its address and what it says it is."""
    return scans.device_mark(request.META.get("REMOTE_ADDR", ""), request.headers.get("User-Agent", "")[:300])


def _region(request: HttpRequest) -> str:
    """What the reverse proxy says, where the operator named its header; a visitor's own header is never believed otherwise."""
    return request.headers.get(settings.REGION_HEADER, "")[:64] if settings.REGION_HEADER else ""


def chosen_language(request: HttpRequest) -> str:
    """What was asked for in the address, else what browser or cookie say."""
    return LANGUAGES.get(request.GET.get("lang", ""), translation.get_language() or "zh-hans")


def keep_language(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """A language that was asked for stays, whatever the browser prefers: no page of a form may fall back to the other."""
    if (asked := LANGUAGES.get(request.GET.get("lang", ""))) and request.COOKIES.get(
        settings.LANGUAGE_COOKIE_NAME
    ) != asked:
        response.set_cookie(settings.LANGUAGE_COOKIE_NAME, asked, samesite="Lax", secure=request.is_secure())
    return response


def private(response: HttpResponse) -> HttpResponse:
    """Every query counts: no cache may answer it."""
    response["Cache-Control"] = "no-store"
    response["Referrer-Policy"] = "no-referrer"
    return response


_SERIAL = r"(?P<serial>[^/]{1,90})"
urlpatterns = [
    re_path(rf"^01/(?P<gtin>[0-9]{{8,14}})/21/{_SERIAL}\Z", piece, name="piece"),
    re_path(rf"^01/(?P<gtin>[0-9]{{8,14}})/10/(?P<lot>[^/]{{1,60}})/21/{_SERIAL}\Z", piece, name="piece-of-lot"),
]
