"""Who may come in: staff with their second factor. For anybody else the console does not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.cache import add_never_cache_headers

from pinzhi.people.roles import STAFF, Actor

View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """Who is acting in this request; read once."""
    if not hasattr(request, "actor"):
        request.actor = request.user.actor()  # type: ignore[attr-defined,union-attr]
    return request.actor  # type: ignore[attr-defined,no-any-return]


def staff(view: View) -> View:
    """Wrap a screen: log in first, 404 for whoever is not staff, the second factor where it is required, nothing kept in caches."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = actor_of(request)
        if actor.outside or not actor.roles & STAFF:
            raise Http404
        if settings.SECOND_FACTOR_REQUIRED and not is_mfa_enabled(request.user):
            return redirect("mfa_index")
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded
