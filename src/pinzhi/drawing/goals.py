"""Figures against their targets, each on its own scale: the bar of an interval, the target as a line, and a word that says whether it is met."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinzhi.drawing.chart import Chart, Table, frame
from pinzhi.drawing.scale import Scale, figure, ticks
from pinzhi.drawing.svg import LINE, clip, label, rule, tag, text_width
from pinzhi.drawing.words import pair, word

ROW = 84


@dataclass(frozen=True, slots=True)
class Goal:
    """
    A figure with its interval (all None: there is no figure, and `note` says why) against `target`; `at_most`: the good side is below it.

    `status` is the word for met, not met, or not proven; `bad` marks the one that is certainly not met.
    """

    label: str
    target: float
    at_most: bool
    value: float | None = None
    low: float | None = None
    high: float | None = None
    status: str = ""
    note: str = ""
    bad: bool = False


def goals(
    rows: Sequence[Goal],
    *,
    title: str,
    summary: str,
    language: str,
    unit: str = "%",
    digits: int = 2,
    id_: str = "goals",
    width: float = 760,
) -> Chart:
    """One band per figure; its good side is shaded, so that one sees at a glance whether the whole interval lies in it."""
    body: list[str] = []
    for i, row in enumerate(rows):
        body.append(_goal(row, 8 + ROW * i, width, unit, digits, language))
    svg = frame(
        "".join(body), id_=id_, title=title, summary=summary, width=width, height=8 + ROW * len(rows), kind="goals",
        language=language,
    )  # fmt: skip
    columns = tuple(word(n, language) for n in ("item", "target", "value", "low", "high", "note"))
    table = tuple(
        (
            r.label,
            _target(r, unit),
            *(figure(v, digits=digits, unit=unit) for v in (r.value, r.low, r.high)),
            " ".join(p for p in (r.status, r.note) if p),
        )
        for r in rows
    )
    return Chart(svg, Table(title, columns, table), language)


def _target(row: Goal, unit: str) -> str:
    return f"{'≤' if row.at_most else '≥'} {figure(row.target, unit=unit)}"


def _goal(row: Goal, top: float, width: float, unit: str, digits: int, language: str) -> str:
    left, right, middle = 14.0, width - 14, top + 42
    if row.value is None:
        return "".join(
            (
                label(left, top + 14, row.label, size=13, bold=True),
                label(_beside(row, left), top + 14, row.status, size=13, bold=True),
                tag("rect", x=left, y=middle - 12, width=right - left, height=24, class_="lane", fill="#f3f4f6"),
                label(left + 10, middle + 4, clip(row.note, right - left - 20), kind="soft"),
                label(
                    left, middle + 27, pair(word("target", language), _target(row, unit), language), size=11, bold=True
                ),
            )
        )
    known = [v for v in (row.value, row.low, row.high) if v is not None]
    marks = ticks(0.0, max(*known, row.target * 1.6)) if row.at_most else _near_hundred(known, row.target)
    x = Scale(marks[0], marks[-1], left, right)
    goal = x.at(row.target)
    good = (left, goal) if row.at_most else (goal, right)
    said = f"{figure(row.value, digits=digits, unit=unit)} {row.status}".strip()
    out = [
        label(left, top + 14, row.label, size=13, bold=True),
        label(_beside(row, left), top + 14, said, size=13, bold=True, kind="alarm" if row.bad else "ink"),
        tag("rect", x=left, y=middle - 12, width=right - left, height=24, class_="lane", fill="#f3f4f6"),
        tag("rect", x=good[0], y=middle - 12, width=max(good[1] - good[0], 1), height=24, class_="band", fill="#e5e7eb"),
        *(label(x.at(t), middle + 27, figure(t, unit=unit), anchor=_anchor(x.at(t), left, right), kind="soft", size=11)
          for t in (marks[0], marks[-1])),
        rule(goal, middle - 16, goal, middle + 16, kind="ink", dash="7 4", width=1.6),
        label(goal, middle + 27, pair(word("target", language), _target(row, unit), language),
              anchor=_anchor(goal, left, right), size=11, bold=True),
    ]  # fmt: skip
    if row.low is not None and row.high is not None:
        a, b = x.at(row.low), x.at(row.high)
        out.append(tag("rect", x=a, y=middle - 7, width=max(b - a, 2), height=14, class_="bar", fill="#93b4f5"))
        out += [rule(e, middle - 9, e, middle + 9, kind="ink", width=1.6) for e in (a, b)]
        out.append(tag("circle", cx=x.at(row.value), cy=middle, r=5, class_="line", fill=LINE))
    return "".join(out)


def _beside(row: Goal, left: float) -> float:
    """Where the figure stands: close behind its name, so that it is seen on a phone without scrolling."""
    return left + text_width(row.label, 13) * 1.1 + 14


def _near_hundred(known: Sequence[float], target: float) -> tuple[float, ...]:
    """A scale that ends at 100 and begins below everything: right for shares that should be close to it."""
    return (*ticks(min([*known, target - (100 - target) * 2]), 100.0)[:-1], 100.0)


def _anchor(at: float, left: float, right: float) -> str:
    return "start" if at < left + 60 else "end" if at > right - 60 else "middle"
