"""Larger letters on the public pages, for whoever wants them: one link, kept in a cookie that holds nothing else. No script."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_safe

COOKIE = "letters"
YEAR = 366 * 24 * 3600


@require_safe
def letters(request: HttpRequest) -> HttpResponse:
    """Keep the choice and go back to the page; an address elsewhere is not followed."""
    back = request.GET.get("back", "")[:4000]
    if not (back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)):
        back = reverse("complain")
    response = HttpResponseRedirect(back)
    if request.GET.get("size") == "large":
        response.set_cookie(COOKIE, "large", YEAR, httponly=True, samesite="Lax", secure=request.is_secure())
    else:
        response.delete_cookie(COOKIE, samesite="Lax")
    response["Cache-Control"] = "no-store"
    return response
