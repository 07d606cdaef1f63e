"""Screen 9, Rating explained: why this grade, what would raise it? A list to find a rating by, and a page for each."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_POST

from pinzhi.casework.contracts import CaseRow
from pinzhi.doors.console import rating_pictures as pictures
from pinzhi.doors.console import rating_sentences as sentences
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.doors.console.tables import Column, View, heads
from pinzhi.doors.console.words import KINDS
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.rating import actions, queries
from pinzhi.life.rating.contracts import GRADE_NAMES, STATE_NAMES, Grade, State
from pinzhi.life.rating.rules.projection import HORIZON
from pinzhi.reading.rating import RatingView, rating_view

COLUMNS = (
    Column(_("Rating of")),
    Column(_("Grade")),
    Column(_("State"), sort="worst"),
    Column(_("Score and interval"), sort="best"),
    Column(_("Sure that it harms"), sort="risk", wide=True),
    Column(_("Orders"), sort="orders", wide=True),
    Column(_("State since"), sort="newest", wide=True),
)
CHOICES: dict[str, list[tuple[str, Any]]] = {
    "kind": [("listing", KINDS["listing"]), ("merchant", KINDS["merchant"])],
    "grade": [("", _("any")), *((g.value, GRADE_NAMES[g]) for g in Grade)],
    "state": [("", _("any")), *((s.word, STATE_NAMES[s]) for s in State)],
    "interval": [
        ("", _("any")),
        ("good", _("certainly good: all of it above the promotion line")),
        ("poor", _("certainly poor: all of it below the line of grade C")),
        ("wide", _("wide: more than 10 points")),
    ],
    "promoted": [("", _("any")), ("yes", _("promoted")), ("no", _("not promoted"))],
}
MOST_ORDERS = 100_000


@dataclass(frozen=True, slots=True)
class Shown(View):
    """What the address of the list asks for. A value that is not offered is the first one of its list."""

    kind: str = "listing"
    grade: str = ""
    state: str = ""
    interval: str = ""
    promoted: str = ""
    merchant: str = ""
    category: str = ""
    text: str = ""
    sort: str = "worst"

    @classmethod
    def read(cls, query: dict[str, str]) -> Shown:
        """From the parameters of the address."""
        free = {n: query.get(n, "").replace("\x00", "")[:120] for n in ("merchant", "category", "text")}
        chosen = cls(**free, sort=query.get("sort", "") if query.get("sort", "") in queries.SORTS else "worst")
        for name, offered in CHOICES.items():
            if query.get(name) in [value for value, _word in offered]:
                chosen = replace(chosen, **{name: query[name]})
        return chosen


@staff
def index(request: HttpRequest) -> HttpResponse:
    """The ratings of the filters, the worst first, with how many stand in each state."""
    asked = Shown.read(request.GET.dict())
    rows = queries.ratings(
        kind=asked.kind,
        grade=asked.grade,
        state=asked.state,
        merchant_id=asked.merchant,
        category=asked.category,
        promoted=asked.promoted,
        interval=asked.interval,
        text=asked.text,
        sort=asked.sort,
    )
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    counted = queries.counts(asked.kind)
    context = {
        "asked": asked,
        "choices": CHOICES,
        "page": page,
        "lines": pictures.lines(page.object_list, queries.policy_in_force()),
        "heads": heads(COLUMNS, request.GET, asked.sort),
        "states": [(s.word, STATE_NAMES[s], counted[s.word], asked.query(state=s.word)) for s in State],
        "unrated": counted["unrated"],
        "run": queries.last_run(),
        "due": queries.due(),
    }
    return render(request, "console/ratings.html", context)


@dataclass(frozen=True, slots=True)
class Asked:
    """The form «what if» as typed, and what is wrong with it by field."""

    orders: str = "50"
    days: str = "30"
    like: str = "none"
    corrective: bool = False
    wrong: dict[str, Any] = field(default_factory=dict)

    @classmethod
    def read(cls, query: dict[str, str]) -> Asked:
        """From the address."""
        typed = cls(
            query.get("orders", "50").strip()[:12],
            query.get("days", "30").strip()[:12],
            query.get("like", "none"),
            query.get("corrective") == "yes",
        )
        if not _between(typed.orders, 0, MOST_ORDERS):
            typed.wrong["orders"] = _("Write a whole number from 0 to 100,000.")
        if not _between(typed.days, 1, HORIZON):
            typed.wrong["days"] = _("Write a whole number from 1 to 365.")
        if typed.like not in sentences.LIKE:
            typed.wrong["like"] = _("Choose one of the shares that are offered.")
        return typed


def _between(text: str, low: int, high: int) -> bool:
    return text.isascii() and text.isdecimal() and low <= int(text) <= high


@staff
def show(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """One rating: the bars, the reasons, the course, the states with their decisions, and what would change it."""
    view = rating_view(kind, subject_id, clock.now())
    if view is None:
        raise Http404
    return _page(request, view)


def _page(
    request: HttpRequest, view: RatingView, *, refusal: Refusal | None = None, typed: str = "", status: int = 200
) -> HttpResponse:
    asked = Asked.read(request.GET.dict())
    found = view.found
    projection = None
    if not asked.wrong:
        projection = queries.projected(
            found, orders=int(asked.orders), days=int(asked.days), like=asked.like, corrective=asked.corrective
        )
    context = about(view) | {
        "asked": asked,
        "likes": sentences.likes(found),
        "projection": projection,
        "outcome": sentences.outcome(found, projection) if projection else None,
        "way": sentences.way(found),
        "futures": [(sentences.supposed(f.good, f.bad), f.then, GRADE_NAMES[f.then.grade]) for f in found.futures],
        "corrected": queries.corrected(found),
        "may_review": actor_of(request).may("rating.review") and found.row.subject_kind == "listing",
        "refusal": in_words(refusal) if refusal else None,
        "typed": typed,
    }
    return render(request, "console/rating.html", context, status=status)


def about(view: RatingView) -> dict[str, Any]:
    """What the page of a rating and the page of a rating case have in common."""
    found = view.found
    return {
        "view": view,
        "row": found.row,
        "kind_word": KINDS[found.row.subject_kind],
        "grade": GRADE_NAMES[found.rating.grade],
        "state": STATE_NAMES[found.rating.state],
        "interval": found.interval,
        "watch_line": found.policy.states.watch_line * found.row.line / found.policy.states.line,
        "reasons": found.rating.reasons,
        "parts": pictures.parts(found) if found.row.subject_kind == "listing" else None,
        "course": pictures.course_of(found),
        "machine": pictures.states_of(found),
        "moves": [(m, sentences.moved(m)) for m in view.history],
        "listings": pictures.lines(view.listings, found.policy),
    }


def panel(case: CaseRow, _part: str) -> dict[str, Any]:
    """What the page of a rating case shows in place of bare evidence; empty when the rating is gone."""
    view = rating_view(case.subject.kind.value, case.subject.id, clock.now())
    return about(view) if view is not None else {}


@staff
@require_POST
def note(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """Note a corrective action, or that crowded reviews are real. A refusal shows the page again with the typed text."""
    view = rating_view(kind, subject_id, clock.now())
    if view is None or kind != "listing":
        raise Http404
    verbs = {"correction": actions.note_correction, "burst": actions.confirm_burst}
    verb, typed = verbs.get(request.POST.get("what", "")), request.POST.get("note", "")
    if verb is None:
        raise Http404
    try:
        verb(subject_id, actor_of(request), note=typed, day=_day(request.POST.get("day", "")))
    except RefusedError as no:
        status = 403 if no.refusal.code == "not_permitted" else 422
        return _page(request, view, refusal=no.refusal, typed=typed, status=status)
    messages.success(request, _("Noted. The next recomputation takes it in."))
    return HttpResponseRedirect(reverse("console:rating", args=[kind, subject_id]))


def _day(text: str) -> date | None:
    """The day typed, None for none. Raises RefusedError(`day_invalid`)."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise RefusedError.because(
            "day_invalid", f"{text[:20]!r} is not a day", "write YYYY-MM-DD", field="day"
        ) from None
