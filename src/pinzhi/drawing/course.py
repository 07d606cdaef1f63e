"""A rating over time: the mean with its interval between the lines of the grades, and beneath it what state held when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pinzhi.drawing.chart import Chart, Table, frame, nothing
from pinzhi.drawing.scale import Scale, figure, ticks
from pinzhi.drawing.svg import area, clean, label, mark, path, rule, tag, text_width
from pinzhi.drawing.timeline import month_axis
from pinzhi.drawing.words import pair, word

STRIP = 26


@dataclass(frozen=True, slots=True)
class Stage:
    """The rating on a day: score with its interval, the grade in words, and the state that held from then on (`rank` 0 = the mildest)."""

    day: date
    value: float
    low: float
    high: float
    grade: str
    state: str
    rank: int


def course(
    stages: Sequence[Stage],
    *,
    lines: Sequence[tuple[str, float]],
    last: date,
    since: date | None = None,
    title: str,
    summary: str,
    language: str,
    id_: str = "course",
    width: float = 760,
    height: float = 300,
) -> Chart:
    """
    Draw `stages` (oldest first) up to `last`; `lines` are the (name, score) at which a grade begins, `since` is the day on which the last state began.

    The state stands in words in a strip of its own; harmful states have a dashed outline, so that the picture reads in black and white.
    """
    columns = tuple(word(n, language) for n in ("date", "value", "low", "high", "grade", "state"))
    if not stages:
        return nothing(id_=id_, title=title, width=width, height=90, kind="course", language=language, columns=columns)
    first = min(stages[0].day, last - timedelta(days=30))
    marks = ticks(min(s.low for s in stages), max(s.high for s in stages))
    left = 14 + max(text_width(figure(t), 11) for t in marks)
    right = 16 + max((text_width(name, 11) for name, _ in lines), default=0)
    bottom = height - STRIP - 16
    x = Scale(first.toordinal(), last.toordinal(), left, width - right)
    y = Scale(marks[0], marks[-1], bottom, 30)
    body = [month_axis(first, last, x, 26, bottom)]
    at = [x.at(s.day.toordinal()) for s in stages]
    if len(stages) > 1:
        body.append(
            area(
                [(a, y.at(s.high)) for a, s in zip(at, stages, strict=True)],
                [(a, y.at(s.low)) for a, s in zip(at, stages, strict=True)],
            )
        )
    else:
        body.append(rule(at[0], y.at(stages[0].low), at[0], y.at(stages[0].high), kind="ink", width=1.6))
    for t in marks:
        body.append(rule(left, y.at(t), width - right, y.at(t)))
        body.append(label(left - 6, y.at(t) + 4, figure(t), anchor="end", kind="soft", size=11))
    for name, value in lines:
        if marks[0] <= value <= marks[-1]:
            body.append(rule(left, y.at(value), width - right, y.at(value), kind="soft", dash="7 4", width=1.2))
            body.append(label(width - right + 6, y.at(value) + 4, name, kind="soft", size=11))
    body.append(path([(a, y.at(s.value)) for a, s in zip(at, stages, strict=True)]))
    for a, s in zip(at, stages, strict=True):
        said = pair(s.day.isoformat(), f"{figure(s.value, digits=1)} {s.grade} {s.state}", language)
        body.append(mark(a, y.at(s.value), title=said))
    body.append(_strip(stages, x, last, since, height - STRIP, language))
    svg = frame(
        "".join(body),
        id_=id_,
        title=title,
        summary=summary,
        width=width,
        height=height,
        kind="course",
        language=language,
    )
    rows = tuple(
        (s.day.isoformat(), *(figure(v, digits=1) for v in (s.value, s.low, s.high)), s.grade, s.state) for s in stages
    )
    return Chart(svg, Table(title, columns, rows), language)


def _strip(stages: Sequence[Stage], x: Scale, last: date, since: date | None, top: float, language: str) -> str:
    runs: list[Stage] = []
    for stage in stages:
        if not runs or runs[-1].state != stage.state:
            runs.append(stage)
    days = [run.day for run in runs]
    if since is not None and len(days) > 1:
        days[-1] = max(since, days[-2])
    out = []
    for i, run in enumerate(runs):
        start = x.at(days[i].toordinal())
        end = x.at((days[i + 1] if i + 1 < len(runs) else last).toordinal())
        kind = ("lane", "band", "loss", "loss")[min(run.rank, 3)]
        out.append(
            tag(
                "rect",
                tag("title", clean(pair(run.state, f"{word('from', language)} {days[i].isoformat()}", language))),
                x=start,
                y=top,
                width=max(end - start, 2),
                height=STRIP - 6,
                class_=kind,
                fill={"lane": "#f3f4f6", "band": "#e5e7eb"}.get(kind, "#ffffff"),
                stroke="#b91c1c" if kind == "loss" else None,
                stroke_dasharray="4 2" if kind == "loss" else None,
            )
        )
        if text_width(run.state, 11) + 8 < end - start:
            out.append(label(start + 5, top + 14, run.state, size=11, bold=run.rank >= 2))
    return "".join(out)
