"""Screen 2b, Ending soon: which live listings lose what they stand on within thirty days, by merchant, and what changed rules have found."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.kernel import clock
from pinzhi.life.admission import ending
from pinzhi.life.admission.rules.evidence import PAPER_NAMES
from pinzhi.life.admission.tables import matrix

SWEEP_STATES = {
    "judging": _("being looked at, nothing has been told"),
    "asked": _("waits for two persons, nothing has been told"),
    "acting": _("merchants are being told"),
    "done": _("done"),
    "dropped": _("dropped, nothing was told"),
}
WHY = {"rules": _("changed rules"), "laboratory": _("laboratories that lost scope")}


@staff
def show(request: HttpRequest) -> HttpResponse:
    """What ends within thirty days, by merchant; periods of grace; the last sweep."""
    by, today, merchant = actor_of(request), clock.today(), request.GET.get("merchant", "")[:128].replace("\0", "")
    kinds = matrix().kinds
    sweep = ending.last_sweep()
    context = {
        "merchants": ending.merchants(by, today),
        "lines": [
            (line, PAPER_NAMES.get(kinds.get(line.paper.kind, ""))) for line in ending.lines(by, today, merchant)
        ],
        "graces": ending.graces(by),
        "asked": merchant,
        "sweep": sweep,
        "sweep_state": SWEEP_STATES.get(sweep.state, "") if sweep else "",
        "sweep_why": WHY.get(sweep.why, "") if sweep else "",
        "today": today,
    }
    return render(request, "console/ending.html", context)
