"""Inspections as the merchant meets them: which days are proposed, what will be looked at, one day confirmed or all of them declined with a reason."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.casework import inspecting, inspections
from pinzhi.casework.checklists import shipped
from pinzhi.casework.models import Inspection
from pinzhi.casework.rules.inspection import RESULT_NAMES, STATE_NAMES, Result
from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text

REFUSED = {
    "day_not_proposed": gettext_lazy("Choose one of the proposed days."),
    "day_past": gettext_lazy("That day is over; choose another, or decline."),
    "reason_missing": gettext_lazy("Say why none of the days suits."),
    "step_not_allowed": gettext_lazy("This inspection has been answered already, or is over."),
}
"""What is wrong with an answer, in the merchant's words."""


@own
def index(request: HttpRequest) -> HttpResponse:
    """The merchant's own inspections."""
    rows = inspections.inspections(actor_of(request))[:100]
    context = {"lines": [(row, STATE_NAMES[row.state], shipped().places.get(row.place_kind)) for row in rows]}
    return render(request, "merchant/inspections.html", context)


@own
def show(request: HttpRequest, inspection_id: uuid.UUID) -> HttpResponse:
    """One inspection: the place, the days, what will be looked at, how it ended."""
    return _page(request, inspection_id)


def _page(
    request: HttpRequest, inspection_id: uuid.UUID, *, wrong: object = "", typed: str = "", status: int = 200
) -> HttpResponse:
    try:
        row = inspections.inspection(inspection_id, actor_of(request))
    except RefusedError:
        raise Http404 from None
    context = {
        "row": row,
        "state": STATE_NAMES[row.state],
        "result": RESULT_NAMES[Result(row.result)] if row.result else None,
        "place_kind": shipped().places.get(row.place_kind),
        "groups": looked_at(row),
        "wrong": wrong,
        "typed": typed,
    }
    return render(request, "merchant/inspection.html", context, status=status)


def looked_at(row: Inspection) -> list[tuple[Text, list[tuple[Text, bool]]]]:
    """The points by group, and of a closed inspection which were not as they must be. The inspector's remarks stay in the house."""
    groups: dict[str, tuple[Text, list[tuple[Text, bool]]]] = {}
    for p in row.points:
        _name, lines = groups.setdefault(p["group_en"], (Text(p["group_zh"], p["group_en"]), []))
        failed = row.state == "closed" and p["must"] and row.answers.get(p["id"]) == "no"
        lines.append((Text(p["zh"], p["en"]), failed))
    return list(groups.values())


@own
@require_POST
def answer(request: HttpRequest, inspection_id: uuid.UUID) -> HttpResponse:
    """Confirm a day, or decline. A refused answer shows the page again with what was typed."""
    by, key, why = actor_of(request), str(inspection_id), request.POST.get("why", "")
    try:
        if request.POST.get("do") == "decline":
            inspecting.decline(key, by, why=why)
            messages.success(request, _("Your reason has been handed on; other days will be proposed."))
        else:
            inspecting.confirm(key, by, day=request.POST.get("day", ""))
            messages.success(request, _("The day is agreed."))
    except RefusedError as no:
        if no.refusal.code == "inspection_unknown":
            raise Http404 from None
        return _page(
            request, inspection_id, wrong=REFUSED.get(no.refusal.code, no.refusal.reason), typed=why, status=422
        )
    return HttpResponseRedirect(reverse("merchant:inspection", args=[inspection_id]))
