"""Screen 23, Duties, first form: is everyone on schedule? Departments by the months of a quarter, late in words; a page to enter one and a button for done."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.preferences import back
from pinzhi.doors.console.refusals import in_words
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.law.obligations import Due, Party, between
from pinzhi.law.tables import official, register
from pinzhi.people import duties, queries
from pinzhi.people.queries import DutyRow

STATES = {
    "": gettext_lazy("any"),
    "late": gettext_lazy("overdue"),
    "open": gettext_lazy("not done yet"),
    "done": gettext_lazy("done"),
}


@dataclass(frozen=True, slots=True)
class Quarter:
    """A quarter of a year, written `2026Q4`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}Q{self.number}"

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter that a day lies in."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, text: str, otherwise: date) -> Quarter:
        """From the address; the quarter of `otherwise` for what is none."""
        year, _sep, number = text.partition("Q")
        if len(text) == 6 and text.isascii() and year.isdecimal() and "2000" <= year <= "2099" and number in "1234":
            return cls(int(year), int(number))
        return cls.of(otherwise)

    def moved(self, by: int) -> Quarter:
        """So many quarters later."""
        at = self.year * 4 + self.number - 1 + by
        return Quarter(at // 4, at % 4 + 1)

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its months."""
        return tuple(date(self.year, self.number * 3 - 2 + i, 1) for i in range(3))

    @property
    def last(self) -> date:
        """Its last day."""
        return self.moved(1).months[0] - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """A duty with its state in words (`kind` is `late`, `open`, `soon`, `done`, for the look)."""

    row: DutyRow
    said: str
    kind: str


def line(row: DutyRow) -> Line:
    """Say how a duty stands."""
    if row.done_on is not None:
        if row.days > 0:
            text = ngettext("done on %(day)s, %(count)d day late", "done on %(day)s, %(count)d days late", row.days)
            return Line(row, text % {"day": row.done_on.isoformat(), "count": row.days}, "done")
        return Line(row, _("done on %(day)s, in time") % {"day": row.done_on.isoformat()}, "done")
    if row.late:
        text = ngettext("overdue by %(count)d day", "overdue by %(count)d days", row.days)
        return Line(row, text % {"count": row.days}, "late")
    if row.days == 0:
        return Line(row, _("due today"), "soon")
    text = ngettext("due in %(count)d day", "due in %(count)d days", -row.days) % {"count": -row.days}
    return Line(row, text, "soon" if row.days >= -7 else "open")


def _wanted(row: DutyRow, state: str, department: str) -> bool:
    fits = {"": True, "late": row.late, "open": row.done_on is None, "done": row.done_on is not None}
    return fits[state] and department in ("", row.department)


@staff
def show(request: HttpRequest) -> HttpResponse:
    """The grid of a quarter, what is left over from before, and what the law fixes for the months ahead."""
    today = clock.today()
    quarter = Quarter.read(request.GET.get("quarter", ""), today)
    state = request.GET.get("state", "") if request.GET.get("state", "") in STATES else ""
    names = queries.departments()
    department = request.GET.get("department", "") if request.GET.get("department", "") in names else ""
    found = queries.duties(today, since=quarter.months[0], until=quarter.last)
    before = queries.left_over(today, before=min(quarter.months[0], today))
    cells: dict[tuple[str, int], list[Line]] = defaultdict(list)
    for row in found:
        if _wanted(row, state, department):
            cells[row.department, row.due_on.month].append(line(row))
    grid = [
        (name, [(month, cells.get((code, month.month), [])) for month in quarter.months])
        for code, name in names.items()
        if department in ("", code) and (not state or any(cells.get((code, m.month)) for m in quarter.months))
    ]
    actor = actor_of(request)
    context = {
        "quarter": quarter,
        "quarters": [quarter.moved(n) for n in range(-4, 5)],
        "earlier": _query(quarter.moved(-1), state, department),
        "later": _query(quarter.moved(1), state, department),
        "state": state,
        "states": STATES.items(),
        "department": department,
        "names": names,
        "grid": grid,
        "left_over": [line(r) for r in before if _wanted(r, state, department)],
        "late": sum(r.late for r in found),
        "open": sum(r.done_on is None and not r.late for r in found),
        "done": sum(r.done_on is not None for r in found),
        "total": len(found),
        "law": _law(quarter, found, may=actor.may("people.duty")),
        "may": actor.may("people.duty"),
        "may_manage": actor.may("people.manage"),
        "today": today,
    }
    return render(request, "console/duties.html", context)


def _query(quarter: Quarter, state: str, department: str) -> str:
    asked = {"quarter": str(quarter), "state": state, "department": department}
    return "?" + urlencode({k: v for k, v in asked.items() if v})


@dataclass(frozen=True, slots=True)
class Statutory:
    """A duty that the law fixes: `entered` when a department has it already; `url` leads to the form with it filled in (empty: no permission)."""

    due: Due
    entered: bool
    url: str


def _law(quarter: Quarter, found: tuple[DutyRow, ...], *, may: bool) -> list[Statutory]:
    """The platform's duties of fixed months in this quarter and the next."""
    known = {(r.title.en, r.due_on) for r in found}
    due = between(register(), quarter.months[0], quarter.moved(1).last, official())
    form = reverse("console:duty-new")
    return [
        Statutory(
            d,
            (d.duty.name.en, d.deadline.latest) in known,
            f"{form}?{urlencode({'zh': d.duty.name.zh, 'en': d.duty.name.en, 'due_on': d.deadline.latest.isoformat()})}" if may else "",
        )
        for d in due
        if d.duty.party is Party.PLATFORM
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Typed:
    """The form of a duty as it was typed or as a link fills it in."""

    department: str = ""
    zh: str = ""
    en: str = ""
    due_on: str = ""

    @classmethod
    def read(cls, query: dict[str, str]) -> Typed:
        """From the address or the form."""
        return cls(**{name: query.get(name, "")[:400] for name in cls.__dataclass_fields__})


@staff
def new(request: HttpRequest) -> HttpResponse:
    """Enter a duty. Whoever may not is told so and sees no form."""
    if not actor_of(request).may("people.duty"):
        no = Refusal("not_permitted", "Your role may not enter duties.", "A manager or an administrator may.")
        return render(request, "console/refused.html", {"refusal": in_words(no)}, status=403)
    if request.method != "POST":
        return _form(request, Typed.read(request.GET.dict()))
    typed = Typed.read(request.POST.dict())
    try:
        day = _day(typed.due_on)
        duty = duties.put_duty(actor_of(request), typed.department, typed.zh, typed.en, day)
    except RefusedError as no:
        return _form(request, typed, refusal=no.refusal)
    messages.success(request, _("Entered; it stands in the grid."))
    return HttpResponseRedirect(f"{reverse('console:duties')}?quarter={Quarter.of(duty.due_on)}")


def _form(request: HttpRequest, typed: Typed, *, refusal: Refusal | None = None) -> HttpResponse:
    said = in_words(refusal) if refusal else None
    context = {
        "typed": typed,
        "names": queries.departments(),
        "refusal": said,
        "may_manage": actor_of(request).may("people.manage"),
    }
    return render(request, "console/duty.html", context, status=422 if refusal else 200)


def _day(text: str) -> date:
    """The day typed, from 2000 to 2099. Raises RefusedError(`day_invalid`)."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.min
    if not 2000 <= day.year <= 2099:
        raise RefusedError.because("day_invalid", f"{text[:20]!r} is not a day", "write YYYY-MM-DD", field="due_on")
    return day


@staff
@require_POST
def finish(request: HttpRequest, duty_id: int, verb: str) -> HttpResponse:
    """Mark a duty as done, or as not done after all; back to where one was."""
    try:
        duties.finish_duty(actor_of(request), duty_id, done=verb == "done")
    except RefusedError as no:
        said = in_words(no.refusal)
        status = 403 if no.refusal.code == "not_permitted" else 404
        return render(request, "console/refused.html", {"refusal": said}, status=status)
    messages.success(request, _("Marked as done.") if verb == "done" else _("Open again."))
    return back(request)


@staff
@require_POST
def department(request: HttpRequest) -> HttpResponse:
    """Enter or rename a department."""
    try:
        duties.put_department(actor_of(request), *(request.POST.get(f, "")[:200] for f in ("code", "zh", "en")))
    except RefusedError as no:
        if no.refusal.code == "not_permitted":
            return render(request, "console/refused.html", {"refusal": in_words(no.refusal)}, status=403)
        said = in_words(no.refusal)
        messages.error(request, f"{said.reason} {said.remedy}")
    else:
        messages.success(request, _("The department is entered."))
    return HttpResponseRedirect(reverse("console:duty-new"))
