"""What screen 9 says in words: what would raise the grade, what the what-if comes to, and what changed when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from pinzhi.doors.console.rating_pictures import said
from pinzhi.kernel.values import Kind
from pinzhi.life.rating.contracts import GRADE_NAMES, STATE_NAMES, Grade, State
from pinzhi.life.rating.queries import Explained
from pinzhi.life.rating.rules.projection import HORIZON, Projection, share_of_faults
from pinzhi.life.rating.stored import day_of, number_of
from pinzhi.reading.rating import Moved

LIKE = {
    "none": gettext_lazy("without any fault"),
    "category": gettext_lazy("at the rate of its category"),
    "now": gettext_lazy("as they do today"),
}


def percent(share: float, digits: int = 1) -> str:
    """`4.2%` as sentences write it; the space of English is part of the sentence."""
    return f"{100 * share:.{digits}f}"


def likes(found: Explained) -> list[tuple[str, str]]:
    """The shares of faults that the form offers, with their figures. A merchant has no category."""
    offered = [k for k in LIKE if k != "category" or found.row.subject_kind == Kind.LISTING]
    return [
        (k, str(LIKE[k]) if k == "none" else _("%(word)s (%(share)s %%)") % {"word": LIKE[k], "share": percent(share_of_faults(found.rating, k))})
        for k in offered
    ]  # fmt: skip


def way(found: Explained) -> list[str]:
    """What the next grade, promotion, and the end of a restriction ask, counted in orders without a fault."""
    steps, asked = found.way, []
    if steps.next_grade is not None:
        target = said(GRADE_NAMES[steps.next_grade])
        asked.append((steps.to_next_grade, _("%(count)s further orders without a fault: %(goal)s."), target))
    if found.rating.state is State.NORMAL and not found.row.promoted:
        asked.append((steps.to_promotion, _("%(count)s further orders without a fault: %(goal)s."), _("promotion")))
    if found.rating.state is State.RESTRICTED:
        asked.append(
            (
                steps.to_leave_restriction,
                _("%(count)s further orders without a fault: %(goal)s."),
                _("the risk falls below the line at which the restriction may end"),
            )
        )
    return [
        sentence % {"count": f"{count:,}", "goal": goal}
        if count is not None
        else _("No number of good orders alone leads to: %(goal)s.") % {"goal": goal}
        for count, sentence, goal in asked
    ]


def supposed(good: int, bad: int) -> str:
    """One line of the table of examples."""
    if bad:
        return ngettext("%(count)d further order with a fault", "%(count)d further orders with a fault", bad) % {
            "count": bad
        }
    return ngettext("%(count)d further good order", "%(count)d further good orders", good) % {"count": good}


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer of the what-if: one sentence on the last day asked for, and what comes when."""

    headline: str
    counted: str
    steps: tuple[str, ...]


def outcome(found: Explained, p: Projection) -> Outcome:
    """The projection in words."""
    day = day_of(found.rating.as_of + p.suppose.days).isoformat()
    headline = _("On %(day)s: score %(score)s (interval %(low)s to %(high)s), %(grade)s, state «%(state)s».") % {
        "day": day,
        "score": percent(p.then.mean),
        "low": percent(p.then.low),
        "high": percent(p.then.high),
        "grade": said(GRADE_NAMES[p.then.grade]),
        "state": said(STATE_NAMES[p.state]),
    }
    counted = _(
        "Of %(orders)s further orders, %(share)s %% with a fault, %(counted)s are old enough to count by then."
    ) % {
        "orders": f"{p.suppose.orders:,}",
        "share": percent(p.suppose.fault),
        "counted": f"{p.counted:,.0f}",
    }
    return Outcome(headline, counted, (*_grades(found, p), *_states(found, p), *_holds(found, p)))


def _grades(found: Explained, p: Projection) -> list[str]:
    if found.rating.grade is Grade.A:
        return [_("Grade A is the best there is.")]
    if p.better_on is None or p.better is None:
        return [_("At this pace no better grade comes within a year.")]
    told = {"grade": said(GRADE_NAMES[p.better]), "day": day_of(p.better_on).isoformat()}
    return [_("At this pace %(grade)s comes at the earliest on %(day)s.") % told]


def _states(found: Explained, p: Projection) -> list[str]:
    state = found.rating.state
    if state is State.NORMAL:
        if p.promoted_on is None or found.row.promoted:
            return []
        return [_("Promotion comes at the earliest on %(day)s.") % {"day": day_of(p.promoted_on).isoformat()}]
    if state is State.DELISTED:
        return [_("A delisting ends by a person's decision only; no number of orders lifts it.")]
    told: dict[str, Any] = {"state": said(STATE_NAMES[state])}
    if p.eased_on is None:
        return [_("The state «%(state)s» does not end within %(days)d days.") % (told | {"days": HORIZON})]
    return [
        _("The state «%(state)s» ends at the earliest on %(day)s.") % (told | {"day": day_of(p.eased_on).isoformat()})
    ]


def _holds(found: Explained, p: Projection) -> list[str]:
    if found.rating.state is not State.RESTRICTED:
        return []
    s = found.policy.states
    free = day_of(number_of(found.row.since) + s.least_stay_days).isoformat()
    words = {
        "risk": _(
            "What still holds it then: we are %(risk)s %% sure that more than %(line)s %% are bad; it ends at %(leave)s %% or less."
        )
        % {"risk": percent(p.then.bad_risk, 0), "line": percent(found.row.line, 0), "leave": percent(s.leave, 0)},
        "stay": _("What still holds it then: a restriction stays at least %(days)d days, that is until %(day)s.")
        % {"days": s.least_stay_days, "day": free},
        "correction": _("What still holds it then: no corrective action has been noted since the restriction began."),
    }
    return [words[code] for code in p.holds]


def moved(m: Moved) -> str:
    """A change of grade and state in words; empty when only a decision was taken."""
    pieces = []
    if m.grade and m.old_grade != m.grade:
        pieces.append(f"{_grade(m.old_grade)} → {_grade(m.grade)}")
    if m.state and m.old_state != m.state:
        pieces.append(f"{_state(m.old_state)} → {_state(m.state)}")
    return " · ".join(pieces)


def _grade(code: str) -> str:
    return said(GRADE_NAMES[Grade(code)]) if code in set(Grade) else code


def _state(word: str) -> str:
    return next((said(STATE_NAMES[s]) for s in State if s.word == word), word)
