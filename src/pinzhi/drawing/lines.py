"""Lines over time: the control chart, small multiples on one scale, the sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinzhi.drawing.chart import Chart, Table, frame, nothing
from pinzhi.drawing.scale import Scale, figure, ticks
from pinzhi.drawing.svg import area, clean, clip, finite, label, mark, path, rule, tag, text_width
from pinzhi.drawing.words import pair, word


@dataclass(frozen=True, slots=True)
class Point:
    """
    One place on the time axis.

    `label` stands under the axis (an ISO date). `value` is what was observed, `expected` the line it is measured by, `low..high` the range that chance
    explains, `limit` where an alarm is due; None leaves a gap. `breach` names why this point broke the limit (`""` = it did not); `note` stands in the
    table only.
    """

    label: str
    value: float | None
    expected: float | None = None
    low: float | None = None
    high: float | None = None
    limit: float | None = None
    breach: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Flag:
    """A moment with a word: a line from top to bottom at `place`, counted in points (2.5 = halfway between the third and the fourth)."""

    place: float
    text: str


@dataclass(frozen=True, slots=True)
class Limits:
    """How figures are written and named: `unit` behind them, decimals, the words for the observed line and its limit (defaults if empty)."""

    unit: str = ""
    digits: int | None = None
    observed: str = ""
    limit: str = ""


def _bounds(points: Sequence[Point]) -> tuple[float, float]:
    found = [
        v
        for p in points
        for v in (finite(p.value), finite(p.expected), finite(p.low), finite(p.high), finite(p.limit))
        if v is not None
    ]
    return (min(0.0, *found), max(found)) if found else (0.0, 1.0)


def _line(points: Sequence[Point], field: str, x: Scale, y: Scale) -> list[tuple[float, float] | None]:
    values = [finite(getattr(p, field)) for p in points]
    return [None if v is None else (x.at(i), y.at(v)) for i, v in enumerate(values)]


def _band(points: Sequence[Point], x: Scale, y: Scale) -> str:
    """The expected range, one piece for each unbroken run of points that have both ends."""
    pieces: list[str] = []
    run: list[tuple[float, float, float]] = []
    for i, p in enumerate([*points, None]):
        low, high = (None, None) if p is None else (finite(p.low), finite(p.high))
        if low is not None and high is not None:
            run.append((x.at(i), y.at(max(low, high)), y.at(min(low, high))))
            continue
        if len(run) > 1:
            pieces.append(area([(a, b) for a, b, _ in run], [(a, c) for a, _, c in run]))
        run = []
    return "".join(pieces)


def _axis_labels(points: Sequence[Point], x: Scale, y: float, most: int) -> str:
    step = max(1, -(-len(points) // most))
    shown = list(range(0, len(points), step))
    out = []
    for i in shown:
        anchor = "start" if i == 0 else "end" if i == len(points) - 1 and len(points) > 1 else "middle"
        out.append(label(x.at(i), y, points[i].label, anchor=anchor, kind="soft", size=11))
    return "".join(out)


def _table(points: Sequence[Point], title: str, how: Limits, language: str) -> Table:
    names = ("date", "observed", "expected", "low", "high", "limit", "note")
    columns = [word(n, language) for n in names]
    if how.observed:
        columns[1] = how.observed
    rows = tuple(
        (
            p.label,
            *(
                figure(finite(v), digits=how.digits, unit=how.unit)
                for v in (p.value, p.expected, p.low, p.high, p.limit)
            ),
            ", ".join(filter(None, (p.note, p.breach))),
        )
        for p in points
    )
    keep = [i for i in range(7) if i < 2 or any(r[i] not in ("—", "") for r in rows)]
    return Table(title, tuple(columns[i] for i in keep), tuple(tuple(r[i] for i in keep) for r in rows))


def _legend(points: Sequence[Point], how: Limits, language: str, left: float, room: float) -> str:
    entries = [("line", how.observed or word("observed", language))]
    if any(finite(p.expected) is not None for p in points):
        entries.append(("expected", word("expected", language)))
    if any(finite(p.low) is not None for p in points):
        entries.append(("band", word("band", language)))
    if any(finite(p.limit) is not None for p in points):
        entries.append(("limit", how.limit or word("limit", language)))
    if any(p.breach for p in points):
        entries.append(("breach", word("breach", language)))
    out, x = [], left
    for kind, text in entries:
        if x + 30 + text_width(text, 11) > left + room:
            break
        sample = {
            "line": rule(x, 12, x + 20, 12, kind="line", width=1.8),
            "expected": rule(x, 12, x + 20, 12, kind="soft", dash="2 3", width=1.4),
            "band": tag("rect", x=x, y=6, width=20, height=11, class_="band", fill="#e5e7eb"),
            "limit": rule(x, 12, x + 20, 12, kind="alarm", dash="7 4", width=1.5),
            "breach": mark(x + 10, 12, shape="diamond", kind="alarm"),
        }[kind]
        out.append(sample + label(x + 26, 16, text, kind="soft", size=11))
        x += 26 + text_width(text, 11) + 18
    return "".join(out)


def control(
    points: Sequence[Point],
    *,
    title: str,
    summary: str,
    language: str,
    how: Limits | None = None,
    id_: str = "control",
    width: float = 760,
    height: float = 280,
    flags: Sequence[Flag] = (),
) -> Chart:
    """
    A control chart: the observed line, the range that chance explains (band), the limit (long dash) and the breaking points (diamonds with a word).

    `flags` are moments beside the weeks, each a line with its word; those outside the points are left out.

    `summary` says in a sentence what the picture shows: it is the description that screen readers get.
    """
    how = how or Limits()
    if not points:
        return nothing(
            id_=id_,
            title=title,
            width=width,
            height=90,
            kind="control",
            language=language,
            columns=(word("date", language), word("observed", language)),
        )
    low, high = _bounds(points)
    marks = ticks(low, high)
    left = 14 + max(text_width(figure(t, unit=how.unit), 11) for t in marks)
    shown = [f for f in flags if 0 <= f.place <= len(points)]
    y = Scale(marks[0], marks[-1], height - 30, 52 if shown else 34)
    x = Scale(0, max(len(points) - 1, 1), left, width - 16)
    body = [_legend(points, how, language, left, width - left - 16)]
    for t in marks:
        body.append(rule(left, y.at(t), width - 16, y.at(t)))
        body.append(label(left - 6, y.at(t) + 4, figure(t, unit=how.unit), anchor="end", kind="soft", size=11))
    body += [
        _band(points, x, y),
        path(_line(points, "expected", x, y), kind="soft", dash="2 3", width=1.4),
        path(_line(points, "limit", x, y), kind="alarm", dash="7 4", width=1.5),
        path(_line(points, "value", x, y), kind="line"),
        _flags(shown, x, height - 30, width),
        _marks(points, x, y, how, width, language),
        _axis_labels(points, x, height - 10, int(width // 110)),
    ]
    svg = frame(
        "".join(body),
        id_=id_,
        title=title,
        summary=summary,
        width=width,
        height=height,
        kind="control",
        language=language,
    )
    return Chart(svg, _table(points, title, how, language), language)


def _flags(flags: Sequence[Flag], x: Scale, bottom: float, width: float) -> str:
    out = []
    for flag in flags:
        at = min(x.at(flag.place), x.end)
        late = at > width * 0.6
        out.append(rule(at, 32, at, bottom, kind="ink", dash="3 3", width=1.4))
        out.append(
            label(at + (-6 if late else 6), 42, flag.text, anchor="end" if late else "start", size=11, bold=True)
        )
    return "".join(out)


def _marks(points: Sequence[Point], x: Scale, y: Scale, how: Limits, width: float, language: str) -> str:
    out, named = [], False
    few = len(points) <= 60
    for i, p in enumerate(points):
        value = finite(p.value)
        if value is None:
            continue
        said = pair(p.label, figure(value, digits=how.digits, unit=how.unit), language)
        if p.breach:
            out.append(mark(x.at(i), y.at(value), shape="diamond", kind="alarm", title=f"{said} {p.breach}"))
            if not named:  # one word on the picture, at the first break; every break has its own in the table
                end = x.at(i) > width * 0.6
                out.append(
                    label(
                        x.at(i) + (-10 if end else 10),
                        y.at(value) - 8,
                        clip(p.breach, width * 0.55, 11),
                        anchor="end" if end else "start",
                        kind="alarm",
                        size=11,
                        bold=True,
                    )
                )
                named = True
        elif few:
            out.append(mark(x.at(i), y.at(value), title=said))
    return "".join(out)


def multiples(
    panels: Sequence[tuple[str, Sequence[Point]]],
    *,
    summary: str,
    language: str,
    how: Limits | None = None,
    id_: str = "panel",
    width: float = 300,
    height: float = 130,
) -> tuple[Chart, ...]:
    """
    Small multiples: one little control chart for each (title, points), all on one vertical scale, so that they can be compared.

    They come one by one: the page lays them out in a grid that fits the screen.
    """
    how = how or Limits()
    low, high = _bounds([p for _, points in panels for p in points])
    marks = ticks(low, high, 2)
    left = 10 + max(text_width(figure(t, unit=how.unit), 10) for t in marks)
    y = Scale(marks[0], marks[-1], height - 22, 10)
    charts = []
    for number, (title, points) in enumerate(panels):
        x = Scale(0, max(len(points) - 1, 1), left, width - 10)
        body = [
            rule(left, y.at(t), width - 10, y.at(t))
            + label(left - 5, y.at(t) + 4, figure(t, unit=how.unit), anchor="end", kind="soft", size=10)
            for t in marks
        ]
        body += [
            _band(points, x, y),
            path(_line(points, "expected", x, y), kind="soft", dash="2 3", width=1.2),
            path(_line(points, "limit", x, y), kind="alarm", dash="6 3", width=1.3),
            path(_line(points, "value", x, y), kind="line", width=1.6),
        ]
        body += [
            mark(x.at(i), y.at(v), shape="diamond", kind="alarm", title=p.breach)
            for i, p in enumerate(points)
            if p.breach and (v := finite(p.value)) is not None
        ]
        if points:
            body.append(label(left, height - 6, points[0].label, kind="soft", size=10))
            body.append(label(width - 10, height - 6, points[-1].label, anchor="end", kind="soft", size=10))
        svg = frame(
            "".join(body),
            id_=f"{id_}-{number}",
            title=title,
            summary=summary,
            width=width,
            height=height,
            kind="multiple",
            language=language,
        )
        charts.append(Chart(svg, _table(points, title, how, language), language))
    return tuple(charts)


def sparkline(
    values: Sequence[float | None], *, title: str, language: str, width: float = 120, height: float = 28
) -> str:
    """A line of the size of a word, for table cells; its last point is marked. The title carries the figures that matter."""
    known = [v for v in map(finite, values) if v is not None]
    y = Scale(min(known, default=0.0), max(known, default=1.0), height - 4, 4)
    x = Scale(0, max(len(values) - 1, 1), 3, width - 5)
    line: list[tuple[float, float] | None] = [
        None if (v := finite(raw)) is None else (x.at(i), y.at(v)) for i, raw in enumerate(values)
    ]
    last = next((p for p in reversed(line) if p is not None), None)
    body = path(line, width=1.5) + (mark(*last) if last else "")
    return tag(
        "svg",
        tag("title", clean(title)),
        body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} {height:.0f}",
        width=width,
        height=height,
        role="img",
        aria_label=title,
        class_="drawing spark",
        lang="zh-Hans" if language.lower().startswith("zh") else "en",
    )
