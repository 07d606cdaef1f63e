"""The life of a product: nine lanes over one time axis, and the line of its grade beneath."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from pinzhi.drawing.chart import Chart, Table, frame
from pinzhi.drawing.scale import Scale
from pinzhi.drawing.svg import clip, label, mark, path, rule, tag, text_width
from pinzhi.drawing.words import pair, word

LANE = 28


@dataclass(frozen=True, slots=True)
class Moment:
    """Something that happened. `tone` is `plain`, `good` (ring) or `bad` (diamond): the shape says it, not the colour."""

    day: date
    text: str
    tone: str = "plain"


@dataclass(frozen=True, slots=True)
class Lane:
    """A station with its moments, in any order."""

    name: str
    moments: tuple[Moment, ...] = ()


@dataclass(frozen=True, slots=True)
class GradeStep:
    """From `day` on the grade was `grade`; `rank` places it (0 = best)."""

    day: date
    grade: str
    rank: int


def life(
    lanes: Sequence[Lane],
    grades: Sequence[GradeStep],
    *,
    first: date,
    last: date,
    title: str,
    summary: str,
    language: str,
    id_: str = "life",
    width: float = 860,
) -> Chart:
    """
    Draw `lanes` from `first` to `last` (inclusive) with the grade line beneath. Moments outside the span are left to the table.

    Equal days in one lane share a mark, whose title counts them.
    """
    last = max(last, first + timedelta(days=1))
    named = [lane.name for lane in lanes] + [pair(word("grade", language), g.grade, language) for g in grades]
    left = min(max(map(text_width, named), default=60) + 20, width * 0.34)
    x = Scale(first.toordinal(), last.toordinal(), left, width - 16)
    lanes_end = 26 + LANE * len(lanes)
    ranks = sorted({g.rank for g in grades})
    height = lanes_end + (24 * len(ranks) + 40 if ranks else 16)
    body = [month_axis(first, last, x, 26, height - 12)]
    for i, lane in enumerate(lanes):
        middle = 26 + LANE * i + LANE / 2
        body.append(
            tag(
                "rect",
                x=left,
                y=middle - LANE / 2 + 2,
                width=width - left - 16,
                height=LANE - 4,
                class_="lane",
                fill="#f3f4f6",
                fill_opacity="0.6",
            )
        )
        body.append(label(left - 10, middle + 4, lane.name, anchor="end", kind="ink" if lane.moments else "soft"))
        body.append(_moments(lane, first, last, x, middle, language))
    if ranks:
        body.append(_grades(grades, ranks, first, last, x, lanes_end + 26, left, language))
    svg = frame(
        "".join(body), id_=id_, title=title, summary=summary, width=width, height=height, kind="life", language=language
    )
    rows = [(m.day.isoformat(), lane.name, m.text) for lane in lanes for m in lane.moments]
    rows += [(g.day.isoformat(), word("grade", language), g.grade) for g in grades]
    columns = (word("date", language), word("station", language), word("event", language))
    return Chart(svg, Table(title, columns, tuple(sorted(rows))), language)


def month_axis(first: date, last: date, x: Scale, top: float, bottom: float) -> str:
    """Rules at the beginnings of months (quarters, years in a long span) with their names above `top`."""
    span = (last - first).days
    months = 1 if span <= 200 else 3 if span <= 800 else 12
    out, day, edge = [], date(first.year, first.month, 1), -100.0
    while day <= last:
        if day >= first and (day.month - 1) % months == 0:
            at = x.at(day.toordinal())
            out.append(rule(at, top, at, bottom))
            if at - edge > 52 and at < x.end - 24:
                out.append(label(at, top - 8, f"{day:%Y-%m}", anchor="middle", kind="soft", size=11))
                edge = at
        day = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    if not out:
        out.append(label(x.start, top - 8, first.isoformat(), kind="soft", size=11))
    return "".join(out)


def _moments(lane: Lane, first: date, last: date, x: Scale, middle: float, language: str) -> str:
    by_day: dict[date, list[Moment]] = {}
    for moment in lane.moments:
        if first <= moment.day <= last:
            by_day.setdefault(moment.day, []).append(moment)
    out = []
    for day in sorted(by_day):
        here = by_day[day]
        tone = next((t for t in ("bad", "good") if any(m.tone == t for m in here)), "plain")
        shape, kind = {"bad": ("diamond", "alarm"), "good": ("ring", "line"), "plain": ("dot", "ink")}[tone]
        said = "; ".join(m.text for m in here[:3]) + (f" (+{len(here) - 3})" if len(here) > 3 else "")
        out.append(
            mark(x.at(day.toordinal()), middle, shape=shape, kind=kind, title=pair(day.isoformat(), said, language))
        )
        if len(here) > 1:
            count, at = str(len(here)), x.at(day.toordinal())
            fits = at + 7 + text_width(count, 10) <= x.end
            out.append(
                label(
                    at + (7 if fits else -7), middle - 4, count, anchor="start" if fits else "end", kind="soft", size=10
                )
            )
    return "".join(out)


def _grades(
    grades: Sequence[GradeStep],
    ranks: list[int],
    first: date,
    last: date,
    x: Scale,
    top: float,
    left: float,
    language: str,
) -> str:
    at = {rank: top + 24 * i for i, rank in enumerate(ranks)}
    names = {g.rank: g.grade for g in grades}
    out = [
        label(
            left - 10,
            at[r] + 4,
            clip(pair(word("grade", language), names[r], language), left - 12),
            anchor="end",
            bold=True,
        )
        for r in ranks
    ]
    ordered = sorted(grades, key=lambda g: g.day)
    line: list[tuple[float, float] | None] = []
    for i, step in enumerate(ordered):
        start = max(step.day, first)
        end = ordered[i + 1].day if i + 1 < len(ordered) else last
        if end < first or start > last:
            continue
        line += [(x.at(start.toordinal()), at[step.rank]), (x.at(min(end, last).toordinal()), at[step.rank])]
    out.append(path(line, width=2.2))
    out += [
        mark(x.at(g.day.toordinal()), at[g.rank], shape="square", title=pair(g.day.isoformat(), g.grade, language))
        for g in ordered
        if first <= g.day <= last
    ]
    return "".join(out)
