"""Screen 24, Health: is data arriving, are reactions late."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.engine import outbox
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.acts import act
from pinzhi.reading.health import health


@staff
def show(request: HttpRequest) -> HttpResponse:
    """Figures, dead letters, the fact → reaction table, jobs. The page refreshes its own body."""
    actor = actor_of(request)
    context = {
        "health": health(clock.now()),
        "may_retry": actor.may("engine.retry"),
        "may_discard": actor.may("engine.discard"),
    }
    part = "console/parts/health.html" if request.headers.get("HX-Request") else "console/health.html"
    return render(request, part, context)


@staff
@require_POST
def letter(request: HttpRequest, delivery_id: int, verb: str) -> HttpResponse:
    """Retry or discard one dead letter."""
    change = {"retry": outbox.retry, "discard": outbox.discard}[verb]
    try:
        with act(f"engine.{verb}", actor_of(request)) as a:
            a.note = f"delivery {delivery_id}"
            change(delivery_id)
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
    else:
        said = _("It will be tried again now.") if verb == "retry" else _("Discarded; its subject moves on.")
        messages.success(request, said)
    return HttpResponseRedirect(reverse("console:health"))
