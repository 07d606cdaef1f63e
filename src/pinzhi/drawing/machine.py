"""A ladder of states: where something stands, what leads on, what leads back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from pinzhi.drawing.chart import Chart, Table, frame
from pinzhi.drawing.svg import clip, label, rule, tag
from pinzhi.drawing.words import word

BOX, TALL = 118, 40


@dataclass(frozen=True, slots=True)
class Rung:
    """A state. `onward` and `back` say in a few words what leads to the next one and from the next one back; the last rung has neither."""

    name: str
    onward: str = ""
    back: str = ""
    onward_full: str = ""
    back_full: str = ""


def machine(
    rungs: Sequence[Rung],
    current: int,
    *,
    title: str,
    summary: str,
    language: str,
    id_: str = "machine",
    width: float = 760,
) -> Chart:
    """Draw `rungs` from the mildest; the one at index `current` is filled, framed heavily and named as the present one. The table has the full conditions."""
    gap = (width - 16 - BOX * len(rungs)) / max(len(rungs) - 1, 1)
    middle = 52.0
    body = []
    for i, rung in enumerate(rungs):
        x = 8 + i * (BOX + gap)
        here = i == current
        body.append(
            tag(
                "rect",
                x=x,
                y=middle - TALL / 2,
                width=BOX,
                height=TALL,
                rx=6,
                class_="bar ink-stroke" if here else "lane soft-stroke",
                fill="#93b4f5" if here else "#f3f4f6",
                stroke="#1f2937" if here else "#4b5563",
                stroke_width=2.4 if here else 1,
            )
        )
        body.append(label(x + BOX / 2, middle + 4, clip(rung.name, BOX - 8), anchor="middle", bold=here))
        if here:
            body.append(
                label(x + BOX / 2, middle + TALL / 2 + 18, f"▲ {word('now', language)}", anchor="middle", bold=True)
            )
        if i + 1 < len(rungs):
            body += _arrows(x + BOX, gap, middle, rung)
    svg = frame(
        "".join(body), id_=id_, title=title, summary=summary, width=width, height=104, kind="machine", language=language
    )
    rows = tuple((r.name, r.onward_full or r.onward or "—", r.back_full or r.back or "—") for r in rungs)
    columns = (word("state", language), word("onward", language), word("back", language))
    return Chart(svg, Table(title, columns, rows), language)


def _arrows(x: float, gap: float, middle: float, rung: Rung) -> list[str]:
    out = []
    for text, y, right in ((rung.onward, middle - 8, True), (rung.back, middle + 8, False)):
        if not text:
            continue
        kind = "alarm" if right else "line"
        start, end = (x + 3, x + gap - 3) if right else (x + gap - 3, x + 3)
        turn = -6 if right else 6
        out += [
            rule(start, y, end, y, kind=kind, dash=None if right else "5 3", width=1.5),
            rule(end + turn, y - 4, end, y, kind=kind, width=1.5),
            rule(end + turn, y + 4, end, y, kind=kind, width=1.5),
            label(
                x + gap / 2, y - 7 if right else y + 17, clip(text, gap - 2, 11), anchor="middle", kind="soft", size=11
            ),
        ]
    return out
