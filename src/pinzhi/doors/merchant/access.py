"""Who may come in: users of a merchant. For anybody else this door does not exist."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.cache import add_never_cache_headers

from pinzhi.people.roles import Actor, Role

View = Callable[..., HttpResponse]


def actor_of(request: HttpRequest) -> Actor:
    """Who is acting in this request; read once."""
    if not hasattr(request, "actor"):
        request.actor = request.user.actor()  # type: ignore[attr-defined,union-attr]
    return request.actor  # type: ignore[attr-defined,no-any-return]


def own(view: View) -> View:
    """Wrap a page: log in first, 404 for whoever is no user of a merchant, nothing kept in caches."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        actor = actor_of(request)
        if Role.MERCHANT not in actor.roles or not actor.merchant_id:
            raise Http404
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return guarded
