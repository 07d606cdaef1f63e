"""Saved views: a list of cases keeps its address under a name, one's own or shared with a role, and stands in the menu with its count."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.casework import actions
from pinzhi.casework.queries import Filters
from pinzhi.casework.views import ViewRow, views
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.roles import ROLE_NAMES, STAFF, Role


@dataclass(frozen=True, slots=True)
class Kept:
    """A saved view in the menu: where it leads, and whether it is the list on the screen."""

    row: ViewRow
    url: str
    here: bool


def kept(request: HttpRequest) -> tuple[Kept, ...]:
    """The person's views, read once for a page."""
    if not hasattr(request, "kept_views"):
        at_list = request.path == reverse("console:queue")
        asked = Filters.from_query(request.GET.dict()).to_query() if at_list else None
        request.kept_views = tuple(  # type: ignore[attr-defined]
            Kept(row, f"{reverse('console:queue')}?{row.query}", row.query == asked) for row in views(actor_of(request))
        )
    return request.kept_views  # type: ignore[attr-defined,no-any-return]


def sharing(request: HttpRequest) -> list[tuple[str, object]]:
    """With whom the person may share: value and word; empty for who may not share."""
    if not actor_of(request).may("casework.share"):
        return []
    return [("", _("only for me")), *((r.value, ROLE_NAMES[r]) for r in Role if r in STAFF)]


@staff
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keep the list of this address under a name; back to the same list."""
    shared = request.POST.get("shared", "")
    query = Filters.from_query(request.GET.dict()).to_query()
    try:
        actions.save_view(
            actor_of(request),
            request.POST.get("name", ""),
            query,
            shared_with=Role(shared) if shared in {r.value for r in STAFF} else None,
        )
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
    else:
        messages.success(request, _("The view is kept; it stands in the menu."))
    return HttpResponseRedirect(reverse("console:queue") + (f"?{query}" if query else ""))


@staff
@require_POST
def remove(request: HttpRequest, view_id: int) -> HttpResponse:
    """Forget a view."""
    try:
        actions.remove_view(actor_of(request), view_id)
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
    else:
        messages.success(request, _("The view is removed; the cases are as they were."))
    return HttpResponseRedirect(reverse("console:queue"))
