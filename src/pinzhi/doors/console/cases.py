"""The list of cases and one case: decide by key, the next one is already there, undo, nothing typed is ever lost."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.casework import actions, agreement, inspections, queries
from pinzhi.casework.contracts import CaseRow, EvidenceChangedError, Purpose
from pinzhi.casework.desks import desk
from pinzhi.casework.policy import policy
from pinzhi.casework.queries import Filters
from pinzhi.casework.rules.inspection import RESULT_NAMES, STATE_NAMES, Result
from pinzhi.doors.console import admission, complaints, fast, incidents, ratings, signals
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.listing import choices, listing
from pinzhi.doors.console.refusals import in_words
from pinzhi.doors.console.shortcuts import RESERVED
from pinzhi.doors.console.together import VERBS, remember
from pinzhi.doors.console.views import kept, sharing
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.people.roles import Actor


@staff
def queue(request: HttpRequest) -> HttpResponse:
    """The list, with filters, selection and the bulk bar."""
    shown = listing(request)
    desks = {row.desk for row in shown.page.rows}
    outcomes = [o for o in desk(desks.pop()).outcomes if not o.two_person] if len(desks) == 1 else []
    here = next((v for v in kept(request) if v.here), None)
    context = {
        "listing": shown,
        "choices": choices(),
        "outcomes": outcomes,
        "verbs": VERBS,
        "colleagues": queries.colleagues() if actor_of(request).may("casework.assign") else (),
        "view": here,
        "sharing": sharing(request),
        "now": clock.now(),
    }
    return render(request, "console/queue.html", context)


@staff
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """One case."""
    try:
        row = queries.case(case_id, actor_of(request))
    except RefusedError as no:
        return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=404)
    return show(request, row)


def show(
    request: HttpRequest,
    row: CaseRow,
    *,
    refusal: Refusal | None = None,
    changes: object = (),
    typed: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of a case, if need be with the refusal, the difference, and what had been typed."""
    at_desk = desk(row.desk)
    outcomes = [
        (o, o.key if o.key not in RESERVED else "", at_desk.needs_two(o.code, row.evidence)) for o in at_desk.outcomes
    ]
    filters = Filters.from_query(request.GET.dict()).to_query()
    keyed = [(key, o.name) for o, key, _two in outcomes if key] if row.state not in ("decided", "proposed") else []
    context = {
        "case": row,
        "desk": at_desk,
        "outcomes": outcomes,
        "history": queries.history(row.id, actor_of(request)),
        "desk_keys": keyed,
        "taken": {key for key, _name in keyed},
        "back_query": f"?{filters}" if filters else "",
        "refusal": in_words(refusal) if refusal else None,
        "changes": changes,
        "typed": typed,
        "inspections": [
            (i, STATE_NAMES[i.state], RESULT_NAMES[Result(i.result)] if i.result else None)
            for i in inspections.of_case(row.id)
        ],
        "both": agreement.seconds_of(row) if row.purpose == Purpose.CONSENSUS else (),
        "may_keep": _may_keep(row, actor_of(request)),
        "mine": row.assigned == actor_of(request).account_id,
        "proposed_by_me": bool(row.proposal and row.proposal.by_account == actor_of(request).account_id),
    }
    more, template = {}, "console/case.html"
    if row.desk in PANELS:
        name, read = PANELS[row.desk]
        if more := read(row, request.GET.get("signal", "")):
            template = name
    return render(request, template, context | more, status=status)


def _may_keep(row: CaseRow, by: Actor) -> bool:
    """Whether the page offers to keep the case as a known answer."""
    work = row.state == "decided" and row.purpose == Purpose.WORK and row.desk in policy().checked
    return work and by.may("casework.golden") and by.account_id != row.decided_account


def _snooze(case_id: uuid.UUID, by: Actor, request: HttpRequest) -> CaseRow:
    hours = request.POST.get("hours", "")
    span = timedelta(hours=int(hours) if hours.isdecimal() and len(hours) < 4 else 24)
    return actions.snooze(case_id, by, until=clock.now() + span, note=request.POST.get("reason", ""))


STEPS: dict[str, Callable[[uuid.UUID, Actor, HttpRequest], CaseRow]] = {
    "decide": lambda i, by, r: actions.decide(
        i, r.POST.get("outcome", ""), by, seen=r.POST.get("seen", ""), reason=r.POST.get("reason", "")
    ),
    "confirm": lambda i, by, r: actions.confirm(i, by, seen=r.POST.get("seen", "")),
    "reject": lambda i, by, r: actions.reject(i, by, reason=r.POST.get("reason", "")),
    "withdraw": lambda i, by, r: actions.withdraw(i, by, reason=r.POST.get("reason", "")),
    "reopen": lambda i, by, r: actions.reopen(i, by, reason=r.POST.get("reason", "")),
    "claim": lambda i, by, _r: actions.claim(i, by),
    "release": lambda i, by, _r: actions.release(i, by),
    "snooze": _snooze,
    "wake": lambda i, by, _r: actions.wake(i, by),
    "escalate": lambda i, by, r: actions.escalate(i, by, note=r.POST.get("reason", "")),
    "ask": lambda i, by, r: actions.ask_for_more(i, by, note=r.POST.get("reason", "")),
    "comment": lambda i, by, r: actions.comment(i, by, note=r.POST.get("reason", "")),
    "undo": lambda i, by, r: actions.undo(i, by, reason=r.POST.get("reason", "")),
    "keep": lambda i, by, r: agreement.keep_known(str(i), by, why=r.POST.get("reason", "")),
}
PANELS: dict[str, tuple[str, Callable[[CaseRow, str], dict[str, Any]]]] = {
    "admission": ("console/admission_case.html", admission.panel),
    "monitoring": ("console/signal.html", signals.panel),
    "rating": ("console/rating_case.html", ratings.panel),
    **dict.fromkeys(complaints.OUR_DESKS, ("console/complaint_case.html", complaints.panel)),
    "complaints_questions": ("console/question_case.html", complaints.question),
    **dict.fromkeys(fast.DESKS, ("console/fast_case.html", fast.panel)),
    "complaints_incident": ("console/incident_case.html", incidents.panel),
    "complaints_offence": ("console/offence_case.html", complaints.offence),
}
"""Desks whose cases have a page of their own: its template, and what it shows beside the case (given which of its parts was asked for)."""
MOVES_ON = frozenset({"decide", "confirm", "snooze"})
"""After these the next case of the same list is shown; after the others the same case again."""


@staff
@require_POST
def step(request: HttpRequest, case_id: uuid.UUID, verb: str) -> HttpResponse:
    """Do one thing to a case. A refusal shows the case again with the reason, the remedy, the difference and the typed text."""
    by, typed = actor_of(request), request.POST.get("reason", "")
    try:
        row = STEPS[verb](case_id, by, request)
    except RefusedError as no:
        changes = no.changes if isinstance(no, EvidenceChangedError) else ()
        try:
            row = queries.case(case_id, by)
        except RefusedError:
            return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=404)
        status = {"not_permitted": 403, "evidence_changed": 409, "leased": 409}.get(no.refusal.code, 422)
        return show(request, row, refusal=no.refusal, changes=changes, typed=typed, status=status)
    return _after(request, row, verb)


def _after(request: HttpRequest, row: CaseRow, verb: str) -> HttpResponse:
    filters = Filters.from_query(request.GET.dict())
    title = row.title.in_language(get_language() or "zh-hans")
    if verb == "undo":
        messages.success(request, _("Undone: %(title)s is as it was before.") % {"title": title})
    elif verb in ("decide", "confirm"):
        said = desk(row.desk).outcome(row.outcome or (row.proposal.outcome if row.proposal else "")).name
        word = said.in_language(get_language() or "zh-hans")
        messages.success(request, _("%(outcome)s: %(title)s") % {"outcome": word, "title": title})
        remember(request, case=row.id)
        _tell(request, row)
    elif verb == "keep":
        messages.success(request, _("Kept as a known answer: %(title)s") % {"title": title})
    else:
        messages.success(request, _("Done: %(title)s") % {"title": title})
    target = row.id
    if verb in MOVES_ON:
        following = queries.next_after(actor_of(request), filters, row.id)
        if following is None:
            messages.info(request, _("That was the last one in this list."))
            return HttpResponseRedirect(_with(reverse("console:queue"), filters))
        target = following.id
    return HttpResponseRedirect(_with(reverse("console:case", args=[target]), filters))


def _tell(request: HttpRequest, row: CaseRow) -> None:
    """Where the house wants it said at once: that this was a golden item, and the right answer."""
    known = agreement.told_at_once(row.id, actor_of(request))
    if known is None:
        return
    language = get_language() or "zh-hans"
    names = {
        name: desk(row.desk).outcome(code).name.in_language(language)
        for name, code in (("given", known.given), ("expected", known.expected))
    }
    said = (
        _("That case had a known answer, and yours is the same: %(expected)s. %(why)s")
        if known.given == known.expected
        else _("That case had a known answer: %(expected)s. You said %(given)s. %(why)s")
    )
    messages.info(request, said % {**names, "why": known.why})


def _with(path: str, filters: Filters) -> str:
    query = filters.to_query()
    return f"{path}?{query}" if query else path
