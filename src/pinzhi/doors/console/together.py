"""Many cases at once: first what will not be done and why, then the rest, and all of it taken back as one."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from pinzhi.casework import actions, queries
from pinzhi.casework.desks import desk
from pinzhi.casework.policy import policy
from pinzhi.casework.rules.bulk import Asked, Choice, Skipped
from pinzhi.casework.together import AT_ONCE, plan
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.doors.console.templatetags.console import desk_title, iso, outcome, text
from pinzhi.doors.console.words import SEVERITIES, STATES
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError

VERBS = {"claim": gettext_lazy("Take the cases"), "snooze": gettext_lazy("Put aside for a day")}
"""What the bar offers beside a desk's outcomes."""
NAMES = {**VERBS, "assign": gettext_lazy("Give to a colleague")}
EXPORT = (
    (gettext_lazy("Case"), lambda c: text(c.title)),
    (gettext_lazy("Desk"), lambda c: desk_title(c.desk)),
    (gettext_lazy("Subject"), lambda c: str(c.subject)),
    (gettext_lazy("Merchant"), lambda c: c.merchant_id),
    (gettext_lazy("Severity"), lambda c: SEVERITIES[c.severity]),
    (gettext_lazy("State"), lambda c: STATES[c.state]),
    (gettext_lazy("With"), lambda c: c.assigned_name),
    (gettext_lazy("Opened"), lambda c: iso(c.opened_at)),
    (gettext_lazy("Deadline"), lambda c: iso(c.due) if c.due else ""),
    (gettext_lazy("Decision"), lambda c: outcome(c.outcome, desk(c.desk)) if c.outcome else ""),
    (gettext_lazy("Reason"), lambda c: c.reason),
)
"""Head and value of the columns of an exported list."""


@dataclass(frozen=True, slots=True)
class Left:
    """Why some of the chosen cases are left out, said once, with their names."""

    refusal: Refusal
    names: tuple[Any, ...]


def left_out(skipped: tuple[Skipped, ...]) -> list[Left]:
    """The cases left out, by reason, in the order in which they were chosen."""
    by_reason: dict[Refusal, list[Any]] = {}
    for one in skipped:
        by_reason.setdefault(in_words(one.refusal), []).append(one.case.title if one.case else one.id)
    return [Left(refusal, tuple(names)) for refusal, names in by_reason.items()]


def _asked(request: HttpRequest) -> Asked:
    does, reason = request.POST.get("do", ""), request.POST.get("reason", "")
    verb, _sep, outcome = does.partition(":")
    until = clock.now() + timedelta(days=1) if verb == "snooze" else None
    to = request.POST.get("to", "")
    return Asked(
        verb, outcome=outcome, sentence=reason, until=until, to=int(to) if to.isdecimal() and len(to) < 19 else 0
    )


def _back(request: HttpRequest) -> HttpResponseRedirect:
    query = urlencode({k: v for k, v in request.GET.items() if v})
    return HttpResponseRedirect(reverse("console:queue") + (f"?{query}" if query else ""))


@staff
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """
    Do one thing to every chosen case, each as its own act under one number.

    Where some must be left out the page says which and why, and nothing is done until that is agreed to (`sure`).
    """
    chosen = [Choice(i, seen) for i, _sep, seen in (c.partition("~") for c in request.POST.getlist("case"))]
    asked, by = _asked(request), actor_of(request)
    if not chosen:
        messages.info(request, _("No case was chosen."))
        return _back(request)
    try:
        will = plan(asked, chosen, by)
        if will.skipped and request.POST.get("sure") != "yes":
            return render(request, "console/bulk.html", _shown(request, asked, will.do, will.skipped))
        done = actions.bulk(asked, chosen, by)
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
        return _back(request)
    if count := len(done.done):
        messages.success(request, ngettext("Done: %(count)d case.", "Done: %(count)d cases.", count) % {"count": count})
        if asked.verb == "decide":
            remember(request, bulk=done.number)
    for left in left_out(done.skipped):
        count = len(left.names)
        said = ngettext("Not done: %(count)d case.", "Not done: %(count)d cases.", count) % {"count": count}
        messages.error(request, f"{said} {left.refusal.reason} {left.refusal.remedy}")
    return _back(request)


def _shown(request: HttpRequest, asked: Asked, do: tuple[Choice, ...], skipped: tuple[Skipped, ...]) -> dict[str, Any]:
    case = next((s.case for s in skipped if s.case is not None), None)
    name: Any = NAMES.get(asked.verb, "")
    if asked.verb == "decide" and case is not None:
        name = next((o.name for o in desk(case.desk).outcomes if o.code == asked.outcome), asked.outcome)
    return {
        "name": name,
        "does": request.POST.get("do", ""),
        "reason": asked.sentence,
        "to": asked.to,
        "do": do,
        "left": left_out(skipped),
        "back": urlencode({k: v for k, v in request.GET.items() if v}),
    }


@staff
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """The chosen cases as a CSV file in the reader's language, for a spreadsheet. Nothing is changed; what he may not see is not in it."""
    ids = [c.partition("~")[0] for c in request.POST.getlist("case")][:AT_ONCE]
    found = queries.cases(ids, actor_of(request))
    page = io.StringIO()
    page.write("\ufeff")  # without the mark the usual spreadsheet reads Chinese as something else
    lines = csv.writer(page)
    lines.writerow([str(head) for head, _value in EXPORT])
    lines.writerows([_harmless(str(value(found[i]))) for _head, value in EXPORT] for i in ids if i in found)
    answer = HttpResponse(page.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="cases-{clock.today().isoformat()}.csv"'
    return answer


def _harmless(cell: str) -> str:
    """A cell that a spreadsheet would take for a formula becomes text."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell


def remember(request: HttpRequest, **what: Any) -> None:
    """What the undo toast takes back (`case` or `bulk`), and until when it stands."""
    until = clock.now() + timedelta(seconds=policy().desk.undo_seconds)
    request.session["undo"] = {**what, "until": until.isoformat()}


@staff
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Take back the last decision, or the last bulk decision, all of it."""
    last = request.session.pop("undo", None)
    by = actor_of(request)
    if not last:
        messages.info(request, _("There is nothing to undo any more."))
        return HttpResponseRedirect(reverse("console:queue"))
    try:
        if "bulk" in last:
            back = actions.undo_bulk(last["bulk"], by)
            done, skipped = back.done, back.skipped
        else:
            done, skipped = (actions.undo(last["case"], by),), ()
    except RefusedError as no:
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
        return HttpResponseRedirect(reverse("console:queue"))
    for left in left_out(skipped):
        messages.error(request, f"{left.refusal.reason} {left.refusal.remedy}")
    said_done = ngettext("Undone: %(count)d case.", "Undone: %(count)d cases.", len(done)) % {"count": len(done)}
    messages.success(request, said_done)
    only = len(done) == 1 and not skipped
    return HttpResponseRedirect(reverse("console:case", args=[done[0].id]) if only else reverse("console:queue"))
