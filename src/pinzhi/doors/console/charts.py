"""From the columns of a reading model to a chart with the reader's words."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from pinzhi.doors.console.words import STREAMS
from pinzhi.drawing import Chart, Flag, Point, control, multiples
from pinzhi.life.monitoring.rules.series import WEEK, Series


def language() -> str:
    """The reader's language as `drawing` wants it."""
    return get_language() or "zh-hans"


BEFORE, AFTER = 6, 4
"""Weeks that a chart shows before the onset and after the end of an episode."""


@dataclass(frozen=True, slots=True)
class Episode:
    """The days of a signal that a chart must show: `cleared` is None while it goes on."""

    onset: date
    raised: date
    cleared: date | None


def window(of: Series, weeks: int, episode: Episode | None = None) -> range:
    """
    Which weeks are shown: the last `weeks`, if the beginning of the episode is among them with some weeks before it.

    Otherwise `weeks` from some weeks before the onset, or as many more as reach some weeks beyond its end (today, while it goes on).
    """
    n = len(of.start)
    latest = range(max(n - weeks, 0), n)
    if episode is None or not n:
        return latest
    first = max(_week(of, episode.onset) - BEFORE, 0)
    if first >= latest.start:
        return latest
    end = n if episode.cleared is None else _week(of, max(episode.cleared, episode.raised)) + AFTER + 1
    return range(first, min(max(end, first + weeks), n))


def _week(of: Series, day: date) -> int:
    """The index of the week of a day, within the series."""
    return max(bisect_right(of.start, day) - 1, 0)


def points(of: Series, shown: range, raised: date | None = None) -> list[Point]:
    """The weeks `shown`; a week beyond the limit says so, and in the table the one in which the signal was raised says that."""
    out = []
    for i in shown:
        breach = _("beyond the limit") if of.observed[i] > of.limit[i] else ""
        note = _("signal raised") if raised is not None and 0 <= (raised - of.start[i]).days < WEEK else ""
        figures = (of.observed[i], of.expected[i], of.low[i], of.high[i], of.limit[i])
        out.append(Point(of.start[i].isoformat(), *figures, breach, note))
    return out


def summary(shown: Sequence[Point]) -> str:
    """One sentence about a control chart."""
    over = sum(1 for p in shown if p.value is not None and p.limit is not None and p.value > p.limit)
    last = shown[-1]
    return _(
        "%(over)d of %(weeks)d weeks are beyond the limit; in the last week shown %(seen)d where %(due)s were expected."
    ) % {
        "over": over,
        "weeks": len(shown),
        "seen": last.value or 0,
        "due": f"{last.expected or 0:.1f}",
    }


def control_chart(
    of: Series, stream: str, *, weeks: int, episode: Episode | None = None, id_: str = "control"
) -> Chart:
    """The control chart of one stream by week; of a signal, the weeks around its `episode` with a line at the day it was raised."""
    seen = window(of, weeks, episode)
    shown = points(of, seen, episode.raised if episode else None)
    title = _("%(stream)s by week") % {"stream": STREAMS[stream]}
    flags = ()
    if episode is not None and shown:
        place = (episode.raised - of.start[seen.start]).days / WEEK
        flags = (Flag(place, _("signal raised %(day)s") % {"day": episode.raised.isoformat()}),)
    said = summary(shown) if shown else ""
    return control(shown, title=title, summary=said, language=language(), id_=id_, flags=flags)


def small(panels: Sequence[tuple[str, Series]], *, weeks: int, id_: str = "panel") -> tuple[Chart, ...]:
    """Small multiples, each on its own scale: a category with three cases a week must not be a flat line beside one with a hundred."""
    said = _("By week: observed, expected with its range, and the limit.")
    return tuple(
        multiples([(name, points(s, window(s, weeks)))], summary=said, language=language(), id_=f"{id_}-{i}")[0]
        for i, (name, s) in enumerate(panels)
    )
