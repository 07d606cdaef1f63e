"""Screen Inspections: where do we look on site, and what was found? The page of one works on a phone and prints as a sheet to take along."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from pinzhi.casework import inspecting, inspections, queries
from pinzhi.casework.checklists import shipped
from pinzhi.casework.models import Inspection
from pinzhi.casework.rows import name_of
from pinzhi.casework.rules.inspection import ANSWER_NAMES, RESULT_NAMES, STATE_NAMES, Result
from pinzhi.catalogue import queries as catalogue
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel import clock
from pinzhi.kernel.course import INSPECTION
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission import queries as admission
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.stored import listing_from
from pinzhi.people.roles import Actor


@staff
def index(request: HttpRequest) -> HttpResponse:
    """All inspections by their day, with how many stand in each state."""
    by, asked, today = actor_of(request), request.GET.get("state", ""), clock.today()
    mine = request.GET.get("mine", "") == "1"
    counted = inspections.counts(by)
    page = Paginator(
        inspections.inspections(by, state=asked if asked in inspections.STATES else "", mine=mine), 50
    ).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "lines": [
            (
                row,
                STATE_NAMES[row.state],
                _result(row),
                shipped().places.get(row.place_kind),
                name_of(row.inspector),
                Text(row.case.title_zh, row.case.title_en),
                row.state == "appointed" and row.day is not None and row.day < today,
            )
            for row in page.object_list
        ],
        "states": [(s, STATE_NAMES[s], counted[s]) for s in inspections.STATES],
        "asked": asked,
        "mine": mine,
        "mine_count": inspections.inspections(by, mine=True).count(),
    }
    return render(request, "console/inspections.html", context)


def _result(row: Inspection) -> Text | None:
    return RESULT_NAMES[Result(row.result)] if row.result else None


@staff
def new(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Ask for an inspection from a case. A refused request shows the form again with what was typed."""
    by = actor_of(request)
    try:
        case = queries.case(case_id, by)
    except RefusedError as no:
        return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=404)
    refusal, status = None, 200
    if request.method == "POST":
        try:
            made = inspecting.ask(
                case.id,
                by,
                reason=request.POST.get("reason", ""),
                place_kind=request.POST.get("place_kind", ""),
                place=request.POST.get("place", ""),
                days=_days(request.POST.getlist("days")),
                inspector=_number(request.POST.get("inspector", "")),
            )
        except RefusedError as no:
            refusal, status = in_words(no.refusal), 403 if no.refusal.code == "not_permitted" else 422
        else:
            messages.success(
                request, _("The days have been proposed to the merchant; the clock of the case stands still.")
            )
            return HttpResponseRedirect(reverse("console:inspection", args=[made.pk]))
    context = {
        "case": case,
        "places": shipped().places.items(),
        "days": inspections.days_to_propose(clock.now()),
        "inspectors": inspections.inspectors(case.id, by),
        "typed": request.POST,
        "chosen": request.POST.getlist("days"),
        "refusal": refusal,
    }
    return render(request, "console/inspection_new.html", context, status=status)


def _days(texts: Iterable[str]) -> list[date]:
    found = []
    for text in texts:
        try:
            found.append(date.fromisoformat(text[:10]))
        except ValueError:
            raise RefusedError.because(
                "day_missing", f"«{text[:10]}» is no day", "choose a day", field="days"
            ) from None
    return found


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 16 else 0


@staff
def show(request: HttpRequest, inspection_id: uuid.UUID) -> HttpResponse:
    """One inspection: where, when, who, the points with their answers, the result."""
    try:
        row = inspections.inspection(inspection_id, actor_of(request))
    except RefusedError as no:
        return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=404)
    return _page(request, row)


def _page(request: HttpRequest, row: Inspection, refusal: Any = None, status: int = 200) -> HttpResponse:
    by, today = actor_of(request), clock.today()
    may = INSPECTION.verbs(row.state) if by.may("casework.inspect") else ()
    typed = request.POST if refusal else {}
    context = {
        "row": row,
        "state": STATE_NAMES[row.state],
        "result": _result(row),
        "place_kind": shipped().places.get(row.place_kind),
        "inspector": name_of(row.inspector),
        "groups": points(row, typed),
        "answers": [(a.value, name) for a, name in ANSWER_NAMES.items()],
        "results": [(r.value, name) for r, name in RESULT_NAMES.items()],
        "mine": row.inspector_id == by.account_id,
        "on_site": _on_site(row, by) and row.day is not None and row.day <= today,
        "finding": typed.get("finding", row.finding),
        "chosen_result": typed.get("result", ""),
        "may": may,
        "may_give_up": "give_up" in may and (row.state == "declined" or row.answer_by < today),
        "days": inspections.days_to_propose(clock.now()) if "propose" in may else (),
        "inspectors": inspections.inspectors(str(row.case_id), by) if "propose" in may else (),
        "refusal": refusal,
        "overdue": row.state == "appointed" and row.day is not None and row.day < today,
        "name": _named(row),
        "goods": _goods(row),
    }
    return render(request, "console/inspection.html", context, status=status)


def _named(row: Inspection) -> str:
    """The merchant's name as the catalogue has it; empty where it knows none."""
    card = catalogue.merchant(row.merchant_id)
    return "" if card is None or card.name == card.id else card.name


def _goods(row: Inspection) -> Listing | None:
    """The goods that an admission case is about, as the page sells them: what the inspector holds the goods on site against."""
    of = admission.of_case(str(row.case_id))
    return None if of is None else listing_from(of.snapshot)


def _on_site(row: Inspection, by: Actor) -> bool:
    return row.state == "appointed" and row.inspector_id == by.account_id and by.may("casework.visit")


def points(row: Inspection, typed: Any) -> list[tuple[Text, list[dict[str, Any]]]]:
    """The points by group, each with its answer and remark, as typed where the form is shown again."""
    groups: dict[str, tuple[Text, list[dict[str, Any]]]] = {}
    for p in row.points:
        said = typed.get(f"a-{p['id']}", row.answers.get(p["id"], ""))
        _name, lines = groups.setdefault(p["group_en"], (Text(p["group_zh"], p["group_en"]), []))
        lines.append(
            {
                "id": p["id"],
                "text": Text(p["zh"], p["en"]),
                "must": p["must"],
                "said": said,
                "word": next((n for a, n in ANSWER_NAMES.items() if a == said), None),
                "remark": typed.get(f"r-{p['id']}", row.remarks.get(p["id"], "")),
            }
        )
    return list(groups.values())


@staff
@require_POST
def step(request: HttpRequest, inspection_id: uuid.UUID, verb: str) -> HttpResponse:
    """Write down, close, propose other days, give up, cancel. A refusal shows the page again with what was typed."""
    by, key, post = actor_of(request), str(inspection_id), request.POST
    try:
        if verb == "record":
            inspecting.record(
                key,
                by,
                answers={n[2:]: v for n, v in post.items() if n.startswith("a-") and v},
                remarks={n[2:]: v for n, v in post.items() if n.startswith("r-")},
                finding=post.get("finding", ""),
                result=post.get("result", "") if post.get("do") == "close" else "",
            )
        elif verb == "propose":
            other = _number(post.get("inspector", ""))
            inspecting.propose(key, by, days=_days(post.getlist("days")), inspector=other or None)
        else:
            {"give_up": inspecting.give_up, "cancel": inspecting.cancel}[verb](key, by, why=post.get("reason", ""))
    except RefusedError as no:
        try:
            row = inspections.inspection(key, by)
        except RefusedError:
            return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=404)
        return _page(request, row, in_words(no.refusal), 403 if no.refusal.code == "not_permitted" else 422)
    messages.success(request, _("Saved."))
    return HttpResponseRedirect(reverse("console:inspection", args=[key]))
