"""Small choices of a person: look, single-letter keys."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from pinzhi.doors.console.access import staff
from pinzhi.doors.console.context import THEMES


def back(request: HttpRequest) -> HttpResponseRedirect:
    """To the page the form came from, if it is one of ours."""
    where = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(where, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return HttpResponseRedirect(where if safe else "/console/")


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the chosen look for a year."""
    response = back(request)
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        response.set_cookie(
            "theme", chosen, max_age=31_536_000, samesite="Lax", httponly=True, secure=request.is_secure()
        )
    return response


@staff
@require_POST
def keys(request: HttpRequest) -> HttpResponse:
    """Turn single-letter keys on or off (WCAG 2.1.4)."""
    request.user.single_key_shortcuts = request.POST.get("keys") == "on"  # type: ignore[union-attr]
    request.user.save(update_fields=["single_key_shortcuts"])
    return back(request)
