"""
Screen Agreement: do reviewers say the same, and is every rule clear?

Seniors and managers see the figures of a desk; everybody sees his own answers to cases with a known answer. It speaks of the texts of rules, never of blame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.casework import agreement
from pinzhi.casework.agreement import Agreement, Share, Week
from pinzhi.casework.desks import DESKS, Desk, desk
from pinzhi.casework.policy import policy
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.charts import language
from pinzhi.doors.console.refusals import in_words
from pinzhi.drawing import Chart, MonthValue, months
from pinzhi.kernel.refusal import RefusedError

ORIGINS = {
    "two": gettext_lazy("decided by two"),
    "second": gettext_lazy("same second answer"),
    "consensus": gettext_lazy("settled by a senior"),
    "kept": gettext_lazy("kept by hand"),
}


DRIFTS = {
    "golden": gettext_lazy("Answers equal to the known one, by week"),
    "second": gettext_lazy("Second answers equal to the first, by week"),
}


@staff
def show(request: HttpRequest) -> HttpResponse:
    """One desk's agreement for those who lead it, and the reader's own golden items."""
    by = actor_of(request)
    checked = [name for name in DESKS if name in policy().checked]
    asked = request.GET.get("desk", "")
    name = asked if asked in checked else next(iter(checked), "")
    context: dict[str, Any] = {
        "own": [(a, desk(a.desk)) for a in agreement.own_answers(by)],
        "policy": policy(),
        "desks": [(n, DESKS[n].title) for n in checked],
        "asked": name,
        "leads": by.may("casework.settle"),
    }
    if context["leads"] and name:
        found = agreement.agreement(name, by)
        kept, total = agreement.pool(name, by)
        context |= {
            "found": found,
            "at_desk": desk(name),
            "unclear": [line for line in found.rules if line.unclear],
            "matrix": matrix(found.confusion, desk(name)),
            "drift": [(title, drift(found, part, str(title))) for part, title in DRIFTS.items()],
            "kept": [(k, ORIGINS[k.origin]) for k in kept],
            "kept_total": total,
        }
    return render(request, "console/agreement.html", context)


def matrix(counted: Mapping[tuple[str, str], int], at: Desk) -> list[tuple[Any, list[tuple[int, bool]], int]]:
    """Lines of the confusion: the known answer, how often each answer was given (and whether it is the same), and the sum."""
    codes = [o.code for o in at.outcomes]
    return [
        (
            o.name,
            [(counted.get((o.code, c), 0), c == o.code) for c in codes],
            sum(counted.get((o.code, c), 0) for c in codes),
        )
        for o in at.outcomes
    ]


def drift(found: Agreement, part: str, title: str) -> Chart:
    """A share by week with its interval."""
    shares: list[tuple[Week, Share]] = [(w, getattr(w, part)) for w in found.weeks]
    known = [s for _w, s in shares if s.of]
    summary = _("%(n)d weeks with answers, %(same)d of %(of)d the same.") % {
        "n": len(known),
        "same": sum(s.hits for s in known),
        "of": sum(s.of for s in known),
    }
    values = [
        MonthValue(
            f"{w.monday:%m-%d}",
            s.interval.value * 100 if s.interval else None,
            s.interval.low * 100 if s.interval else None,
            s.interval.high * 100 if s.interval else None,
        )
        for w, s in shares
    ]
    return months(
        values,
        title=title,
        summary=summary,
        language=language(),
        digits=0,
        id_=f"drift-{part}",
        height=220,
        period="week",
    )


@staff
@require_POST
def task(request: HttpRequest) -> HttpResponse:
    """Put an unclear rule before those who write the rules."""
    try:
        row = agreement.open_task(request.POST.get("desk", ""), request.POST.get("rule", ""), actor_of(request))
    except RefusedError as no:
        return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=_status(no))
    messages.success(request, _("The task is open: those who write the rules will look at the text."))
    return HttpResponseRedirect(reverse("console:case", args=[row.id]))


@staff
@require_POST
def retire(request: HttpRequest, item_id: int) -> HttpResponse:
    """Take a known answer out of the pool."""
    try:
        agreement.retire(item_id, actor_of(request))
    except RefusedError as no:
        return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=_status(no))
    messages.success(request, _("It is no longer put before anybody."))
    return HttpResponseRedirect(reverse("console:agreement"))


def _status(no: RefusedError) -> int:
    return {"not_permitted": 403, "golden_unknown": 404}.get(no.refusal.code, 422)
