"""A figure by month with its interval: whole months as dots, months that are not complete yet as rings with the part of them that is known."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinzhi.drawing.chart import Chart, Table, frame, nothing
from pinzhi.drawing.scale import Scale, figure, ticks
from pinzhi.drawing.svg import label, mark, path, rule, text_width
from pinzhi.drawing.words import pair, word


@dataclass(frozen=True, slots=True)
class MonthValue:
    """A month (`label` as `2026-05`). None: nothing can be said. `part` is written under a month of which only a part is known; `bad` names a certain miss."""

    label: str
    value: float | None
    low: float | None = None
    high: float | None = None
    part: str = ""
    bad: str = ""


def months(
    values: Sequence[MonthValue],
    *,
    title: str,
    summary: str,
    language: str,
    target: float | None = None,
    unit: str = "%",
    digits: int = 2,
    id_: str = "months",
    width: float = 760,
    height: float = 270,
    period: str = "month",
) -> Chart:
    """
    Whiskers by month, or by another `period` of the drawing's words, with the target as a long dash. Certain misses are diamonds, incomplete months
    rings: shapes, not colours, tell them apart.
    """
    columns = tuple(word(n, language) for n in (period, "value", "low", "high", "note"))
    known = [v for m in values for v in (m.value, m.low, m.high) if v is not None]
    if not known:
        return nothing(id_=id_, title=title, width=width, height=90, kind="months", language=language, columns=columns)
    marks = ticks(0.0, max(*known, target or 0.0))
    left = 14 + max(text_width(figure(t, unit=unit), 11) for t in marks)
    bottom = height - 44
    y = Scale(marks[0], marks[-1], bottom, 26)
    step = (width - 16 - left) / len(values)
    at = [left + step * (i + 0.5) for i in range(len(values))]
    body = [
        rule(left, y.at(t), width - 16, y.at(t))
        + label(left - 6, y.at(t) + 4, figure(t, unit=unit), anchor="end", kind="soft", size=11)
        for t in marks
    ]
    if target is not None:
        said = pair(word("target", language), figure(target, unit=unit), language)
        body.append(rule(left, y.at(target), width - 16, y.at(target), kind="alarm", dash="7 4", width=1.5))
        body.append(label(width - 16, 16, f"– – {said}", anchor="end", size=11, bold=True))
    body.append(
        path([None if m.value is None else (a, y.at(m.value)) for a, m in zip(at, values, strict=True)], width=1.2)
    )
    for a, m in zip(at, values, strict=True):
        body += _month(m, a, y, bottom, unit, digits, language)
    svg = frame(
        "".join(body),
        id_=id_,
        title=title,
        summary=summary,
        width=width,
        height=height,
        kind="months",
        language=language,
    )
    rows = tuple(
        (
            m.label,
            *(figure(v, digits=digits, unit=unit) for v in (m.value, m.low, m.high)),
            " ".join(p for p in (m.bad, m.part) if p),
        )
        for m in values
    )
    return Chart(svg, Table(title, columns, rows), language)


def _month(m: MonthValue, at: float, y: Scale, bottom: float, unit: str, digits: int, language: str) -> list[str]:
    out = [label(at, bottom + 18, m.label, anchor="middle", kind="soft", size=11)]
    if m.part:
        out.append(label(at, bottom + 34, m.part, anchor="middle", kind="soft", size=10))
    if m.value is None:
        return [*out, label(at, bottom - 6, "—", anchor="middle", kind="soft")]
    if m.low is not None and m.high is not None:
        out.append(rule(at, y.at(m.low), at, y.at(m.high), kind="ink", width=1.5))
        out += [rule(at - 5, y.at(end), at + 5, y.at(end), kind="ink", width=1.5) for end in (m.low, m.high)]
    shape, kind = ("diamond", "alarm") if m.bad else ("ring", "line") if m.part else ("dot", "line")
    said = " ".join(p for p in (figure(m.value, digits=digits, unit=unit), m.bad, m.part) if p)
    return [*out, mark(at, y.at(m.value), shape=shape, kind=kind, title=pair(m.label, said, language))]
