"""What a fact says beyond its name, in a few words: verdict and stream of a signal, the grade from and to, the effect of a decision."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pinzhi.casework.desks import DESKS
from pinzhi.casework.rules.inspection import RESULT_NAMES, Result
from pinzhi.doors.console.words import CHANGES, EFFECTS, JUDGEMENTS, SEVERITIES, STREAMS
from pinzhi.kernel.values import Text
from pinzhi.life.rating.contracts import GRADE_NAMES, STATE_NAMES, Grade, State

Payload = Mapping[str, str]


def detail(name: str, payload: Payload) -> str:
    """The words beside the name of a fact; empty for one that says nothing more. `payload` holds its fields as texts."""
    return SENTENCES[name](payload) if name in SENTENCES else ""


def _text(text: Text) -> str:
    return text.in_language(get_language() or "zh-hans")


def _joined(*parts: object) -> str:
    return " · ".join(str(p) for p in parts if p)


def _raised(of: Payload) -> str:
    severity = SEVERITIES.get(of.get("severity", ""), "")
    return _joined(STREAMS.get(of["stream"], ""), _("severity %(word)s") % {"word": severity} if severity else "")


def _judged(of: Payload) -> str:
    return _joined(JUDGEMENTS.get(of.get("outcome", ""), ""), STREAMS.get(of["stream"], ""))


def _graded(of: Payload) -> str:
    grades = [_text(GRADE_NAMES[Grade(g)]) if g in set(Grade) else "—" for g in (of["old_grade"], of["grade"])]
    named = {s.word: _text(STATE_NAMES[s]) for s in State}
    states = [named.get(s, "—") for s in (of["old_state"], of["state"])]
    return _joined(*(" → ".join(pair) for pair in (grades, states) if pair[0] != pair[1]))


def _case(of: Payload) -> str:
    desk = DESKS.get(of.get("desk", ""))
    if desk is None:
        return ""
    found = next((o.name for o in desk.outcomes if o.code == of.get("outcome")), None)
    return _joined(_text(desk.title), _text(found) if found else "")


def _accepted(of: Payload) -> str:
    return _("%(count)s events") % {"count": f"{int(of['accepted']):,}"}


SENTENCES: dict[str, Callable[[Payload], str]] = {
    "EventsAccepted": _accepted,
    "CatalogueChanged": lambda of: str(CHANGES.get(of.get("change", ""), "")),
    "SignalRaised": _raised,
    "SignalJudged": _judged,
    "GradeChanged": _graded,
    "DecisionIssued": lambda of: str(EFFECTS.get(of.get("effect", ""), "")),
    "CaseOpened": _case,
    "CaseDecided": _case,
    "CaseReopened": _case,
    "InspectionClosed": lambda of: _text(RESULT_NAMES[Result(of["result"])]) if of.get("result") in set(Result) else "",
}
"""Fact → what its line says."""
