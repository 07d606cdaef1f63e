"""From the columns of a reading model to a chart with the reader's words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pinzhi.doors.console.words import STREAMS
from pinzhi.drawing import Chart, Point, control, multiples
from pinzhi.life.monitoring.rules.series import Series


def language() -> str:
    """The reader's language as `drawing` wants it."""
    return get_language() or "zh-hans"


def points(of: Series, weeks: int, raised: date | None = None) -> list[Point]:
    """The last `weeks` weeks; a week beyond the limit says so, and the one in which the signal was raised says that."""
    out = []
    for i in range(max(len(of.start) - weeks, 0), len(of.start)):
        breach = _("beyond the limit") if of.observed[i] > of.limit[i] else ""
        if raised is not None and 0 <= (raised - of.start[i]).days < 7:
            breach = _("signal raised")
        out.append(
            Point(of.start[i].isoformat(), of.observed[i], of.expected[i], of.low[i], of.high[i], of.limit[i], breach)
        )
    return out


def summary(shown: Sequence[Point]) -> str:
    """One sentence about a control chart."""
    over = sum(1 for p in shown if p.value is not None and p.limit is not None and p.value > p.limit)
    last = shown[-1]
    return _(
        "%(over)d of %(weeks)d weeks are beyond the limit; in the last week %(seen)d where %(due)s were expected."
    ) % {
        "over": over,
        "weeks": len(shown),
        "seen": last.value or 0,
        "due": f"{last.expected or 0:.1f}",
    }


def control_chart(of: Series, stream: str, *, weeks: int, raised: date | None = None, id_: str = "control") -> Chart:
    """The control chart of one stream by week."""
    shown = points(of, weeks, raised)
    title = _("%(stream)s by week") % {"stream": STREAMS[stream]}
    return control(shown, title=title, summary=summary(shown) if shown else "", language=language(), id_=id_)


def small(panels: Sequence[tuple[str, Series]], *, weeks: int, id_: str = "panel") -> tuple[Chart, ...]:
    """Small multiples, each on its own scale: a category with three cases a week must not be a flat line beside one with a hundred."""
    said = _("By week: observed, expected with its range, and the limit.")
    return tuple(
        multiples([(name, points(s, weeks))], summary=said, language=language(), id_=f"{id_}-{i}")[0]
        for i, (name, s) in enumerate(panels)
    )
