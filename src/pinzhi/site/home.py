"""Where somebody is led who asks for the house and not for a door."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse

from pinzhi.people.roles import STAFF, Role


def home(request: HttpRequest) -> HttpResponseRedirect:
    """A merchant's user to his own door, everybody else to the console (which asks for a login)."""
    if request.user.is_authenticated:
        roles = request.user.roles()  # type: ignore[union-attr]
        if Role.MERCHANT in roles and not roles & STAFF:
            return HttpResponseRedirect(reverse("merchant:index"))
    return HttpResponseRedirect(reverse("console:today"))
