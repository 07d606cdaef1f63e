"""Screen 1, Today: what needs me now. The list refreshes itself in place and keeps focus and selection."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from pinzhi.casework import queries
from pinzhi.casework.desks import DESKS
from pinzhi.casework.queries import Filters
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.listing import listing
from pinzhi.kernel import clock
from pinzhi.kernel.values import Text
from pinzhi.reading.moved import moved


@staff
def today(request: HttpRequest) -> HttpResponse:
    """The worst twelve of my queue, the figures of every desk, and what has just happened."""
    actor, now = actor_of(request), clock.now()
    counted = queries.counts(actor, now=now)
    desks = [
        {"name": name, "title": DESKS[name].title if name in DESKS else Text(name, name), **figures}
        for name, figures in counted.items()
    ]
    total = {k: sum(d[k] for d in counted.values()) for k in ("waiting", "overdue", "mine", "proposed")}
    context = {
        "listing": listing(request, default=Filters(), limit=12),
        "desks": desks,
        "total": total,
        "moved": moved(8),
        "now": now,
        "question": "today",
    }
    part = "console/parts/today.html" if request.headers.get("HX-Request") else "console/today.html"
    return render(request, part, context)
