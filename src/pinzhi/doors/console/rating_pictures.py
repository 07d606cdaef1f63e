"""The pictures of screen 9: the bars of a score, its course, the ladder of states, and the intervals of a list."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from pinzhi.doors.console.charts import language
from pinzhi.drawing import Chart, Part, Rung, Stage, contributions, course, machine, whisker
from pinzhi.kernel.values import Text
from pinzhi.life.rating.contracts import GRADE_NAMES, STATE_NAMES, Grade, State
from pinzhi.life.rating.models import RatingRow
from pinzhi.life.rating.queries import Explained
from pinzhi.life.rating.rules.policy import RatingPolicy

BARS = {
    "platform": Text("全平台", "Whole platform"),
    "category": Text("品类", "Category"),
    "merchant": Text("商家其他商品", "The merchant's other goods"),
    "complaint": Text("投诉", "Complaints"),
    "return": Text("退货退款", "Returns and refunds"),
    "bad_review": Text("差评", "Bad reviews"),
}


def said(text: Text) -> str:
    """A sentence in the reader's language."""
    return text.in_language(language())


@dataclass(frozen=True, slots=True)
class Line:
    """A rating as a line of a list. `whisker` is drawn on one scale with the other lines."""

    row: RatingRow
    grade: Text
    state: Text
    whisker: str


def lines(rows: Iterable[RatingRow], policy: RatingPolicy) -> list[Line]:
    """Ratings as lines; the dashes in the whiskers are the lines of grade C and of promotion."""
    found = list(rows)
    floor = min([100 * r.low for r in found] + [100 * policy.grades.c])
    goals = (100 * policy.grades.c, 100 * policy.grades.promote)
    return [
        Line(
            r,
            GRADE_NAMES[Grade(r.grade)],
            STATE_NAMES[State(r.state)],
            whisker(
                100 * r.mean,
                100 * r.low,
                100 * r.high,
                scale=(floor, 100.0),
                title=_("%(mean).1f, interval %(low).1f to %(high).1f")
                % {"mean": 100 * r.mean, "low": 100 * r.low, "high": 100 * r.high},
                language=language(),
                lines=goals,
            ),
        )
        for r in found
    ]


def parts(found: Explained) -> Chart:
    """The bars of the score: they sum to it exactly."""
    first, *others = found.rating.bars
    return contributions(
        [Part(said(BARS[b.code]), b.points / 100, said(b.sentence)) for b in others],
        start=first.points / 100,
        start_label=said(BARS[first.code]),
        total_label=_("Score"),
        title=_("What the score is made of"),
        summary=_("From %(start).2f points of the whole platform to a score of %(score).2f.")
        % {"start": first.points / 100, "score": found.rating.score / 100},
        language=language(),
        id_="parts",
    )


def course_of(found: Explained) -> Chart:
    """The course of the rating up to the day of the rating, with the lines of the grades and the state beneath."""
    grades = found.policy.grades
    stages = [
        _stage(p.as_of, p.mean, p.low, p.high, p.grade, p.state) for p in found.history if p.as_of <= found.row.as_of
    ]
    row = found.row
    if not stages or stages[-1].day < row.as_of:
        stages.append(_stage(row.as_of, row.mean, row.low, row.high, row.grade, row.state))
    levels = [
        (said(GRADE_NAMES[g]), 100 * v) for g, v in zip("ABCD", (grades.a, grades.b, grades.c, grades.d), strict=True)
    ]  # type: ignore[index]
    return course(
        stages,
        lines=levels,
        last=row.as_of,
        since=row.since,
        title=_("The rating over time"),
        summary=_("From %(first).1f on %(day)s to %(last).1f; the band is the %(level)d %% interval.")
        % {
            "first": stages[0].value,
            "day": stages[0].day.isoformat(),
            "last": stages[-1].value,
            "level": round(100 * grades.level),
        },
        language=language(),
    )


def _stage(day: date, mean: float, low: float, high: float, grade: str, state: int) -> Stage:
    named = said(STATE_NAMES[State(state)])
    return Stage(day, 100 * mean, 100 * low, 100 * high, said(GRADE_NAMES[Grade(grade)]), named, state)


def states_of(found: Explained) -> Chart:
    """The ladder of states with the conditions of this listing's goods on its arrows."""
    s, line = found.policy.states, found.row.line
    watch = s.watch_line * line / s.line
    figures = {
        "enter": f"{s.enter:.0%}", "leave": f"{s.leave:.0%}", "delist": f"{s.delist:.0%}",
        "watch_enter": f"{s.watch_enter:.0%}", "watch_leave": f"{s.watch_leave:.0%}",
        "line": f"{line:.0%}", "watch": f"{watch:.0%}", "days": s.least_stay_days, "orders": s.least_orders,
        "customers": s.least_customers, "spread": s.least_days,
    }  # fmt: skip
    sure = _("sure ≥ %(share)s")
    rungs = [
        Rung(
            said(STATE_NAMES[State.NORMAL]),
            sure % {"share": figures["watch_enter"]},
            _("sure ≤ %(share)s") % {"share": figures["watch_leave"]},
            _("at least %(watch_enter)s sure that more than %(watch)s of the orders are bad") % figures,
            _("at most %(watch_leave)s sure that more than %(watch)s are bad") % figures,
        ),
        Rung(
            said(STATE_NAMES[State.WATCH]),
            sure % {"share": figures["enter"]},
            _("sure ≤ %(share)s *") % {"share": figures["leave"]},
            _(
                "at least %(enter)s sure that more than %(line)s are bad, from %(orders)d orders, %(customers)d customers and %(spread)d days on"
            )
            % figures,
            _(
                "at most %(leave)s sure that more than %(line)s are bad, %(days)d days have passed, and a corrective action is noted"
            )
            % figures,
        ),
        Rung(
            said(STATE_NAMES[State.RESTRICTED]),
            _("two persons"),
            _("undo, appeal"),
            _("proposed from %(delist)s on; two persons decide, never a rule alone") % figures,
            _("the decision is undone, or an appeal is won"),
        ),
        Rung(said(STATE_NAMES[State.DELISTED])),
    ]
    return machine(
        rungs,
        found.row.state,
        title=_("States and what leads from one to the next"),
        summary=_("Now: %(state)s. Entering is harder than staying, so that nobody flips with every order.")
        % {"state": said(STATE_NAMES[State(found.row.state)])},
        language=language(),
    )
