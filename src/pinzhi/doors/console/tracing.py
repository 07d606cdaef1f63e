"""Screen 5, Tracing: how much of what was sold can be traced, and recalls. One page for both, one for a piece or batch, one for a recall."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.charts import language
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import batches, cold, cold_picture, history
from pinzhi.life.tracing import recall as station
from pinzhi.life.tracing.models import Notice, Recall
from pinzhi.life.tracing.rules.chain.mentions import lot_of
from pinzhi.life.tracing.rules.completeness import QUESTIONS
from pinzhi.life.tracing.rules.recalls import LEVELS
from pinzhi.life.tracing.words import step_name
from pinzhi.people.roles import Actor
from pinzhi.reading.coverage import Steps, covered

MOST = 50
COUNTS: Mapping[str, Any] = {
    "made": gettext_lazy("made"),
    "used": gettext_lazy("went into other goods"),
    "sold": gettext_lazy("sold"),
    "located": gettext_lazy("located"),
    "under_way": gettext_lazy("under way"),
    "destroyed": gettext_lazy("destroyed"),
    "returned": gettext_lazy("returned"),
    "notified": gettext_lazy("told"),
    "unaccounted": gettext_lazy("unaccounted for"),
}
CLOSED: Mapping[str, Any] = {name: COUNTS[name] for name in station.CLOSING}
STATES: Mapping[str, tuple[str, Any]] = {
    "met": ("tag-info", gettext_lazy("in time")),
    "late": ("tag-warn", gettext_lazy("done late")),
    "running": ("tag-plain", gettext_lazy("running")),
    "overdue": ("sev-H", gettext_lazy("overdue")),
}
WRONG: Mapping[str, Any] = {
    "batch_unknown": gettext_lazy(
        "No batch has this name. Give the id of the batch, GTIN/LOT, or the address of the lot."
    ),
    "thing_unknown": gettext_lazy(
        "No event names it. Give the address on the label, the link of a lot, or the id of a batch."
    ),
    "batch_without_gtin": gettext_lazy(
        "This batch has no GTIN, so that no event can name it. Register it with its GTIN."
    ),
    "recall_without_reason": gettext_lazy("Write in one sentence what is wrong with the goods."),
    "recall_level_unknown": gettext_lazy("Choose a level from the list."),
    "known_in_future": gettext_lazy("The risk cannot have become known later than now."),
    "moment_unreadable": gettext_lazy("Write the moment as 2026-11-26 09:30."),
    "closing_without_words": gettext_lazy("Write what was done with the goods before you close the recall."),
    "recall_closed": gettext_lazy("This recall is closed."),
    "not_permitted": gettext_lazy("Your role may rehearse recalls, not open them."),
}


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Coverage of half a year, and the recalls."""
    return _index(request)


def _index(request: HttpRequest, *, wrong: str = "", status: int = 200) -> HttpResponse:
    by, found = actor_of(request), covered()
    context = {
        "found": found,
        "steps": _steps(found.whole) if found else [],
        "merchants": [(m, s, round(100 * s.share("complete"), 1)) for m, s in (found.merchants[:20] if found else [])],
        "months": [(m, s, round(100 * s.share("complete"), 1)) for m, s in (found.months if found else [])],
        "missing": [(QUESTIONS[c][0], n) for c, n in (found.missing[:8] if found else [])],
        "recalls": [(r, LEVELS.get(r.level), station.overdue(r)) for r in Recall.objects.order_by("-at", "-pk")[:MOST]],
        "levels": list(LEVELS.items()),
        "may_recall": by.may("tracing.recall"),
        "may_drill": by.may("tracing.drill"),
        "batch": (request.POST.get("batch") or request.GET.get("batch", ""))[:300],
        "reason": request.POST.get("reason", "")[:1000],
        "wrong": wrong,
    }
    return render(request, "console/tracing.html", context, status=status)


@staff
def piece(request: HttpRequest) -> HttpResponse:
    """One piece or lot: its way, and whether it stayed cold."""
    code = request.GET.get("code", "").strip()[:300]
    context: dict[str, Any] = {"code": code, "language": language()}
    status = 200
    if code:
        try:
            found = _history(code, actor_of(request))
        except RefusedError as no:
            context["wrong"] = str(WRONG.get(no.refusal.code, no.refusal.reason))
            status = 422
        else:
            key = lot_of(found.lot or found.uri)
            card = batches.registered(found.lot or found.uri, key[1]) if key else None
            whole = card is not None and not found.lot
            journeys = cold.of_batch(card) if whole and card else [c for c in (cold.of_history(found),) if c]
            context |= {
                "found": found,
                "card": card,
                "lines": [(line, step_name(line.step, line.kind)) for line in found.lines],
                "journeys": cold_picture.shown(journeys, language()),
                "warm": sum(bool(j.breaks) for j in journeys),
                "measured": len(journeys),
            }
    return render(request, "console/piece.html", context, status=status)


def _history(code: str, by: Actor) -> history.History:
    """By any address of a thing; else the lot of a batch, named as at a recall."""
    try:
        return history.of(code)
    except RefusedError:
        return history.of(batches.find(code, by).uri)


@staff
@require_POST
def call_back(request: HttpRequest) -> HttpResponse:
    """Rehearse a recall, or open one."""
    by, batch = actor_of(request), request.POST.get("batch", "")
    try:
        opened = request.POST.get("do") == "recall"
        if opened:
            row = station.recall(
                batch,
                by,
                request.POST.get("reason", ""),
                level=request.POST.get("level", ""),
                plan=request.POST.get("plan", ""),
            )
        else:
            row = station.drill(batch, by)
    except RefusedError as no:
        return _index(request, wrong=str(WRONG.get(no.refusal.code, no.refusal.reason)), status=422)
    return HttpResponseRedirect(reverse("console:recall", args=[row.pk]))


@staff
def recall(request: HttpRequest, recall_id: str) -> HttpResponse:
    """One recall: its level and clocks, where the goods are, who has been told, what stopped, how it ended."""
    return _recall(request, recall_id)


def _recall(request: HttpRequest, recall_id: str, *, wrong: str = "", status: int = 200) -> HttpResponse:
    row = Recall.objects.filter(pk=recall_id).first()
    if row is None:
        raise Http404
    standing = station.standing(row)
    notices = Notice.objects.filter(recall=row)
    context = {
        "row": row,
        "d": standing,
        "counts": [(COUNTS[name], standing[name]) for name in COUNTS],
        "merchants": notices.filter(to="merchant"),
        "buyers": notices.filter(to="buyer").count(),
        "buyers_told": notices.filter(to="buyer").exclude(told_at=None).count(),
        "level": LEVELS.get(row.level),
        "levels": list(LEVELS.items()),
        "clocks": [(c, *STATES[c.state.value]) for c in station.clocks_of(row)],
        "closed": [(CLOSED[name], row.closing[name]) for name in CLOSED] if row.closing else [],
        "wrong": wrong,
        "may_close": not row.drill and row.closed_at is None and actor_of(request).may("tracing.recall"),
    }
    return render(request, "console/recall.html", context, status=status)


@staff
@require_POST
def grade(request: HttpRequest, recall_id: str) -> HttpResponse:
    """Give a recall its level, the moment of knowledge, and the plan."""
    given = request.POST
    try:
        known = _moment(given.get("known_at", ""))
        station.grade(recall_id, actor_of(request), given.get("level", ""), known_at=known, plan=given.get("plan", ""))
    except RefusedError as no:
        return _refused(request, recall_id, no)
    messages.success(request, _("Level and plan are written."))
    return HttpResponseRedirect(reverse("console:recall", args=[recall_id]))


@staff
@require_POST
def close(request: HttpRequest, recall_id: str) -> HttpResponse:
    """End a recall: counted once more, with what was done with the goods."""
    try:
        station.close(recall_id, actor_of(request), request.POST.get("words", ""))
    except RefusedError as no:
        return _refused(request, recall_id, no)
    messages.success(request, _("The recall is closed. The stop of sale holds until it is lifted."))
    return HttpResponseRedirect(reverse("console:recall", args=[recall_id]))


def _refused(request: HttpRequest, recall_id: str, no: RefusedError) -> HttpResponse:
    if no.refusal.code == "recall_unknown":
        raise Http404 from no
    return _recall(request, recall_id, wrong=str(WRONG.get(no.refusal.code, no.refusal.reason)), status=422)


def _moment(text: str) -> datetime | None:
    """A moment of China's clock as it was typed, or as a browser's field writes it. Raises RefusedError(`moment_unreadable`)."""
    if not text.strip():
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RefusedError.because(
            "moment_unreadable", "this is no moment", "write it as 2026-11-26 09:30", field="known_at"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)


def _steps(of: Steps) -> list[tuple[str, int, float]]:
    """The funnel: words, pieces, percent of the sold ones."""
    names = {
        "sold": _("sold"),
        "named": _("with a batch"),
        "registered": _("with a registered batch"),
        "complete": _("with a complete chain"),
    }
    return [(word, getattr(of, step), round(100 * of.share(step), 1)) for step, word in names.items()]
