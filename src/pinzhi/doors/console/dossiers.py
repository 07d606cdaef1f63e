"""Screen 4, Product dossier: what has happened to this product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pinzhi.doors.console.access import actor_of, staff
from pinzhi.doors.console.fact_sentences import detail
from pinzhi.doors.console.stations import STATION_WORDS
from pinzhi.doors.console.words import EFFECTS, FACTS
from pinzhi.drawing import Chart, GradeStep, Lane, Moment, life
from pinzhi.kernel import clock
from pinzhi.kernel.standing import SEVERITY
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life import STATIONS
from pinzhi.life.rating import queries as ratings
from pinzhi.life.rating.contracts import GRADE_NAMES, Grade
from pinzhi.reading.dossier import Dossier, Happening, dossier, subjects


@staff
def index(request: HttpRequest) -> HttpResponse:
    """Find a dossier by the beginning of an id; without one, the subjects that something happened to last."""
    text = request.GET.get("text", "")[:120]
    return render(request, "console/dossiers.html", {"text": text, "found": subjects(text)})


@staff
def show(request: HttpRequest, kind: str, subject_id: str) -> HttpResponse:
    """One dossier."""
    if kind not in {k.value for k in Kind} or not subject_id:
        raise Http404
    known = dossier(Subject(Kind(kind), subject_id), actor_of(request), clock.now())
    if not known.known:
        raise Http404
    rated = ratings.rating(kind, subject_id) is not None
    context = {"dossier": known, "life": drawn(known), "rated": rated, "facts": told(known)}
    return render(request, "console/dossier.html", context)


@dataclass(frozen=True, slots=True)
class Line:
    """A fact as a line of the dossier: what it says beside its name, and who did it (the label of an actor or of who decided)."""

    fact: Happening
    said: str
    by: str


def told(known: Dossier) -> list[Line]:
    """The facts with what they say. Who decided is named as in the list of decisions: a rule, not the process that ran it."""
    effects = {d.id: str(EFFECTS[d.effect]) for d in known.decisions}
    undone = {line.act for line in known.audit if line.verb in ("casework.undo", "casework.reopen")}
    lines = []
    for f in known.happenings:
        data = {k: str(v) for k, v in f.payload.items() if isinstance(v, str | int)}
        data["stream"] = data.get("stream") or known.streams.get(data.get("signal_id", ""), "")
        if f.act in undone and f.name == "SignalJudged":
            data["outcome"] = "open"  # the judgement was taken back; that is no «cannot tell yet»
        said = effects.get(data.get("decision_id", ""), "") if f.name == "DecisionLifted" else detail(f.name, data)
        lines.append(Line(f, said, data.get("decided_by") or f.actor))
    return lines


def drawn(known: Dossier) -> Chart:
    """The life as nine lanes with the grade line beneath."""
    language = get_language() or "zh-hans"
    lanes: dict[str, list[Moment]] = {s: [] for s in STATIONS}
    for happening in known.happenings:
        if happening.station:
            tone = "bad" if happening.name in ("SignalRaised", "ListingRefused", "FindingConfirmed") else "plain"
            lanes[happening.station].append(
                Moment(_day(happening), str(FACTS.get(happening.name, happening.name)), tone)
            )
    for decision in known.decisions:
        day = decision.decided_at.astimezone(clock.SHANGHAI).date()
        tone = "bad" if SEVERITY[decision.effect] > 1 else "good" if SEVERITY[decision.effect] == 0 else "plain"
        station = decision.policy.partition("/")[0]
        lanes.get(station, lanes["sanctions"]).append(Moment(day, str(EFFECTS[decision.effect]), tone))
    grades = [
        GradeStep(_day(h), GRADE_NAMES[Grade(str(h.payload["grade"]))].in_language(language), _rank(h))
        for h in known.happenings
        if h.name == "GradeChanged"
    ]
    days = [m.day for lane in lanes.values() for m in lane] + [g.day for g in grades]
    last = clock.today()
    first = min(days, default=last - timedelta(days=30)) - timedelta(days=3)
    summary = _("Nine stations over time; a diamond marks what went wrong, a ring what went well.")
    named = [Lane(str(STATION_WORDS[s]), tuple(moments)) for s, moments in lanes.items()]
    return life(
        named,
        grades,
        first=first,
        last=last,
        title=_("Life of %(id)s") % {"id": known.subject.id},
        summary=summary,
        language=language,
    )


def _day(happening: Happening) -> date:
    """The day that a fact speaks of, where it names one: a history that is read in late happened on its own days."""
    named = happening.payload.get("as_of") or happening.payload.get("raised_on")
    return date.fromisoformat(str(named)) if named else happening.at.astimezone(clock.SHANGHAI).date()


def _rank(happening: Happening) -> int:
    """The place of a grade in the line beneath the lanes, the best on top and «not enough evidence» below the worst."""
    return list(Grade).index(Grade(str(happening.payload["grade"])))
