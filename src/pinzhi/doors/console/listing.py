"""The list of cases behind Today and Cases: one table, its filters in the address, its order, its page."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from pinzhi.casework import queries
from pinzhi.casework.desks import DESKS
from pinzhi.casework.queries import Filters, Page
from pinzhi.doors.console.access import actor_of
from pinzhi.doors.console.refusals import in_words
from pinzhi.doors.console.tables import Column, Head, address, heads
from pinzhi.doors.console.words import SEVERITIES, STATES
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError

COLUMNS = (
    Column(_("Case")),
    Column(_("Desk"), wide=True),
    Column(_("Severity")),
    Column(_("Time left"), sort="due"),
    Column(_("With"), wide=True),
    Column(_("Opened"), sort="newest", wide=True),
)


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of cases with everything its template needs. `refusal` says what was wrong with the address."""

    page: Page
    filters: Filters
    heads: tuple[Head, ...]
    query: str
    next_url: str
    refusal: Refusal | None


def listing(request: HttpRequest, *, default: Filters | None = None, desk: str = "", limit: int = 50) -> Listing:
    """Read the list that the address asks for, at one `desk` if it is named. A wrong address gives the empty list and says what is wrong."""
    actor, query = actor_of(request), request.GET
    filters = Filters.from_query(query.dict())
    if default is not None and not filters.to_query():
        filters = default
    if desk:
        filters = replace(filters, desk=desk)
    sort, refusal = query.get("sort", "turn"), None
    try:
        page = queries.queue(actor, filters, sort=sort, cursor=query.get("cursor", ""), limit=limit, now=clock.now())
    except RefusedError as no:
        page, refusal = Page((), "", 0), in_words(no.refusal)
    following = f"{address(query)}&cursor={page.cursor}".replace("?&", "?") if page.cursor else ""
    return Listing(page, filters, heads(COLUMNS, query, sort), filters.to_query(), following, refusal)


def choices() -> dict[str, list[tuple[str, object]]]:
    """The filter form: name → (value, word)."""
    return {
        "state": [(s, STATES[s]) for s in ("waiting", "open", "claimed", "proposed", "snoozed", "paused", "decided")],
        "severity": [("", _("any")), *SEVERITIES.items()],
        "desk": [("", _("any")), *((d.name, d.title) for d in DESKS.values())],
        "assigned": [("", _("anybody")), ("me", _("me")), ("nobody", _("nobody"))],
        "due": [("", _("any")), ("overdue", _("overdue")), ("today", _("due today"))],
    }


def narrowed(filters: Filters, **changes: str) -> str:
    """The address query of these filters with some of them changed."""
    return replace(filters, **changes).to_query()
