"""Bars: estimates with their intervals against a target, contributions that sum to a score, a funnel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinzhi.drawing.chart import Chart, Table, frame, nothing
from pinzhi.drawing.scale import Scale, figure, ticks
from pinzhi.drawing.svg import ALARM, LINE, SOFT, clip, finite, label, rule, tag, text_width
from pinzhi.drawing.words import pair, word

ROW = 34


@dataclass(frozen=True, slots=True)
class Bar:
    """An estimate: `low..high` its interval (None = no interval known), `note` a word behind it such as a status."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """One contribution to a score, positive or negative; `note` says what it rests on."""

    label: str
    value: float
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a funnel: how many came so far."""

    label: str
    count: int


def _gutter(labels: Sequence[str], width: float) -> float:
    return min(max((text_width(text) for text in labels), default=0) + 14, width * 0.34)


def bars(
    rows: Sequence[Bar],
    *,
    title: str,
    summary: str,
    language: str,
    unit: str = "",
    digits: int | None = None,
    target: float | None = None,
    zero: bool = True,
    id_: str = "bars",
    width: float = 760,
) -> Chart:
    """
    Horizontal bars with interval whiskers and an optional target line (long dash, named).

    `zero=False` lets the axis start near the values: right for shares close to 100 %, where a bar from nought would hide every difference; the
    value is then drawn as a point, because the length of a cut bar would lie.
    """
    columns = (
        word("item", language),
        word("value", language),
        word("low", language),
        word("high", language),
        word("note", language),
    )
    height = 40 + ROW * max(len(rows), 1) + 24
    found = [v for r in rows for v in (finite(r.value), finite(r.low), finite(r.high)) if v is not None]
    if not found:
        return nothing(
            id_=id_, title=title, width=width, height=height, kind="bars", language=language, columns=columns
        )
    goal = finite(target)
    ends = [*found, *([goal] if goal is not None else [])]
    marks = ticks(min(0.0, *ends) if zero else min(ends), max(ends))
    left = _gutter([r.label for r in rows], width)
    right = max(text_width(_said(r, unit, digits), 14) for r in rows) + 16
    x = Scale(marks[0], marks[-1], left, width - right)
    bottom = 34 + ROW * len(rows)
    body = [
        rule(x.at(t), 30, x.at(t), bottom)
        + label(x.at(t), bottom + 16, figure(t, unit=unit), anchor="middle", kind="soft", size=11)
        for t in marks
    ]
    for i, row in enumerate(rows):
        body.append(_bar(row, 34 + ROW * i, x, left, width - right + 10, unit, digits, zero=zero))
    if goal is not None:
        at = x.at(goal)
        end = at > (left + width - right) / 2
        body.append(rule(at, 24, at, bottom, kind="ink", dash="7 4", width=1.5))
        body.append(
            label(
                at,
                18,
                pair(word("target", language), figure(goal, digits=digits, unit=unit), language),
                anchor="end" if end else "start",
                size=11,
                bold=True,
            )
        )
    svg = frame(
        "".join(body),
        id_=id_,
        title=title,
        summary=summary,
        width=width,
        height=bottom + 24,
        kind="bars",
        language=language,
    )
    table = tuple(
        (r.label, *(figure(finite(v), digits=digits, unit=unit) for v in (r.value, r.low, r.high)), r.note)
        for r in rows
    )
    return Chart(svg, Table(title, columns, table), language)


def _said(row: Bar, unit: str, digits: int | None) -> str:
    return " ".join(p for p in (figure(finite(row.value), digits=digits, unit=unit), row.note) if p)


def _bar(
    row: Bar, top: float, x: Scale, left: float, notes: float, unit: str, digits: int | None, *, zero: bool
) -> str:
    middle = top + ROW / 2
    out = [label(left - 8, middle + 4, clip(row.label, left - 12), anchor="end")]
    value, low, high = finite(row.value), finite(row.low), finite(row.high)
    if value is not None and zero:
        start, end = sorted((x.at(0.0), x.at(value)))
        out.append(
            tag("rect", x=start, y=middle - 8, width=max(end - start, 1), height=16, class_="bar", fill="#93b4f5")
        )
    if low is not None and high is not None:
        a, b = x.at(min(low, high)), x.at(max(low, high))
        out += [rule(a, middle, b, middle, kind="ink", width=1.6)] + [
            rule(e, middle - 6, e, middle + 6, kind="ink", width=1.6) for e in (a, b)
        ]
    if value is not None:
        out.append(tag("circle", cx=x.at(value), cy=middle, r=4.5, class_="line", fill=LINE))
    out.append(label(notes, middle + 4, _said(row, unit, digits), bold=True))
    return "".join(out)


def contributions(
    parts: Sequence[Part],
    *,
    start: float,
    title: str,
    summary: str,
    language: str,
    start_label: str = "",
    total_label: str = "",
    unit: str = "",
    digits: int = 2,
    id_: str = "parts",
    width: float = 760,
) -> Chart:
    """
    A waterfall: from `start`, each part moves the score right or left, and the last bar is the sum.

    Gains are solid, losses hatched by a dashed outline, and both carry their sign, so the picture reads without colour.
    """
    first, last = start_label or word("start", language), total_label or word("total", language)
    known = [Part(p.label, finite(p.value) or 0.0, p.note) for p in parts]
    edges = [start]
    for part in known:
        edges.append(edges[-1] + part.value)
    names = [first, *(p.label for p in known), last]
    left = _gutter(names, width)
    marks = ticks(min(edges), max(edges))
    x = Scale(marks[0], marks[-1], left, width - 84)
    body: list[str] = []
    bottom = 14 + ROW * len(names)
    body += [rule(x.at(t), 10, x.at(t), bottom) for t in marks]
    body += [label(x.at(t), bottom + 16, figure(t, unit=unit), anchor="middle", kind="soft", size=11) for t in marks]
    for i, name in enumerate(names):
        middle = 14 + ROW * i + ROW / 2
        body.append(label(left - 8, middle + 4, clip(name, left - 12), anchor="end", bold=i in (0, len(names) - 1)))
        if i in (0, len(names) - 1):
            at = start if i == 0 else edges[-1]
            body.append(rule(x.at(at), middle - 11, x.at(at), middle + 11, kind="ink", width=3))
            body.append(label(x.at(at) + 8, middle + 4, figure(at, digits=digits, unit=unit), bold=True))
        else:
            body.append(_part(known[i - 1].value, edges[i - 1], edges[i], middle, x, digits, unit))
    svg = frame(
        "".join(body),
        id_=id_,
        title=title,
        summary=summary,
        width=width,
        height=bottom + 24,
        kind="parts",
        language=language,
    )
    rows = (
        (first, figure(start, digits=digits, unit=unit), ""),
        *((p.label, figure(p.value, digits=digits, unit=unit, sign=True), p.note) for p in known),
        (last, figure(edges[-1], digits=digits, unit=unit), ""),
    )
    return Chart(
        svg, Table(title, (word("part", language), word("effect", language), word("note", language)), rows), language
    )


def _part(value: float, before: float, after: float, middle: float, x: Scale, digits: int, unit: str) -> str:
    gain = value >= 0
    a, b = sorted((x.at(before), x.at(after)))
    box = tag(
        "rect",
        x=a,
        y=middle - 9,
        width=max(b - a, 1),
        height=18,
        class_="gain" if gain else "loss",
        fill="#93b4f5" if gain else "#ffffff",
        stroke=LINE if gain else ALARM,
        stroke_width=1.5,
        stroke_dasharray=None if gain else "4 2",
    )
    joint = rule(x.at(after), middle - 9, x.at(after), middle + ROW - 9, kind="soft", dash="1 3")
    return (
        box
        + joint
        + label(b + 6, middle + 4, figure(value, digits=digits, unit=unit, sign=True), kind="ink" if gain else "alarm")
    )


def funnel(
    steps: Sequence[Step], *, title: str, summary: str, language: str, id_: str = "funnel", width: float = 560
) -> Chart:
    """Centred bars, each as wide as its count; between two steps the share that went on."""
    columns = (word("step", language), word("count", language), word("share", language))
    most = max((s.count for s in steps), default=0)
    if most <= 0:
        return nothing(id_=id_, title=title, width=width, height=120, kind="funnel", language=language, columns=columns)
    left = _gutter([s.label for s in steps], width)
    room = width - left - 20
    body, rows, height = [], [], 10.0
    before: int | None = None
    for step in steps:
        share = f"{step.count / before:.1%}" if before else "—"
        if before is not None:
            body.append(label(left + room / 2, height + 12, f"↓ {share}", anchor="middle", kind="soft", size=11))
            height += 18
        wide = max(step.count, 0) / most * room
        body.append(label(left - 8, height + 17, clip(step.label, left - 12), anchor="end"))
        body.append(
            tag(
                "rect",
                x=left + (room - wide) / 2,
                y=height,
                width=max(wide, 1),
                height=26,
                class_="bar",
                fill="#c7d7fa",
                stroke=SOFT,
                stroke_width=0.8,
            )
        )
        body.append(label(left + room / 2, height + 17, figure(step.count, digits=0), anchor="middle", bold=True))
        rows.append((step.label, figure(step.count, digits=0), share))
        height, before = height + 30, step.count
    svg = frame(
        "".join(body),
        id_=id_,
        title=title,
        summary=summary,
        width=width,
        height=height + 6,
        kind="funnel",
        language=language,
    )
    return Chart(svg, Table(title, columns, tuple(rows)), language)
