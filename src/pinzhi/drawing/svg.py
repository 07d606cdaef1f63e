"""The few SVG elements that the charts are made of, escaped, with coordinates rounded to a tenth so that equal input gives equal bytes."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from html import escape

INK, SOFT, GRID, BAND, LINE, ALARM = "#1f2937", "#4b5563", "#d1d5db", "#e5e7eb", "#1d4ed8", "#b91c1c"
"""The printed look; a page may override each by the class of the same meaning (`ink`, `soft`, `grid`, `band`, `line`, `alarm`)."""

FONT = (
    "system-ui, 'PingFang SC', 'HarmonyOS Sans SC', 'Microsoft YaHei', 'Noto Sans CJK SC', 'Noto Sans SC', sans-serif"
)
_FORBIDDEN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_WIDE = re.compile(
    "[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\uffe0-\uffe6\U0001f300-\U0001faff]"
)


def clean(text: object) -> str:
    """Text without the characters that XML forbids, escaped for content and attributes."""
    return escape(_FORBIDDEN.sub("", str(text)), quote=True)


def num(value: float) -> str:
    """A coordinate: at most one decimal, never `-0`."""
    text = f"{value:.1f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def tag(name: str, *children: str, **attributes: object) -> str:
    """One element. Attribute names use `_` for `-`; numbers are coordinates; None is left out; `class_` is the class."""
    parts = []
    for key, value in attributes.items():
        if value is None:
            continue
        text = num(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else clean(value)
        parts.append(f' {key.rstrip("_").replace("_", "-")}="{text}"')
    head = name + "".join(parts)
    return f"<{head}>{''.join(children)}</{name}>" if children else f"<{head}/>"


def label(
    x: float, y: float, text: str, *, anchor: str = "start", kind: str = "ink", size: int = 12, bold: bool = False
) -> str:
    """A piece of text at a baseline."""
    return tag(
        "text",
        clean(text),
        x=x,
        y=y,
        text_anchor=None if anchor == "start" else anchor,
        class_=kind,
        fill={"ink": INK, "soft": SOFT, "alarm": ALARM}.get(kind, INK),
        font_size=size,
        font_weight="600" if bold else None,
    )


def rule(
    x1: float, y1: float, x2: float, y2: float, *, kind: str = "grid", dash: str | None = None, width: float = 1
) -> str:
    """A straight line."""
    stroke = {"grid": GRID, "soft": SOFT, "ink": INK, "alarm": ALARM, "line": LINE}[kind]
    return tag(
        "line",
        x1=x1,
        y1=y1,
        x2=x2,
        y2=y2,
        class_=f"{kind}-stroke",
        stroke=stroke,
        stroke_width=width,
        stroke_dasharray=dash,
    )


def path(
    points: Sequence[tuple[float, float] | None], *, kind: str = "line", dash: str | None = None, width: float = 1.8
) -> str:
    """An open line through `points`; None lifts the pen. Empty when there is nothing to draw."""
    stroke = {"line": LINE, "alarm": ALARM, "soft": SOFT, "ink": INK}[kind]
    pieces, pen_up = [], True
    for point in points:
        if point is None:
            pen_up = True
            continue
        pieces.append(f"{'M' if pen_up else 'L'}{num(point[0])} {num(point[1])}")
        pen_up = False
    if not pieces:
        return ""
    return tag(
        "path",
        d="".join(pieces),
        class_=f"{kind}-stroke",
        fill="none",
        stroke=stroke,
        stroke_width=width,
        stroke_dasharray=dash,
    )


def area(upper: Sequence[tuple[float, float]], lower: Sequence[tuple[float, float]]) -> str:
    """A filled band between two lines of equal length."""
    if not upper:
        return ""
    corners = [*upper, *reversed(lower)]
    return tag("path", d="M" + "L".join(f"{num(x)} {num(y)}" for x, y in corners) + "Z", class_="band", fill=BAND)


def mark(x: float, y: float, *, shape: str = "dot", kind: str = "line", title: str = "") -> str:
    """A point: `dot`, `ring`, `diamond` (a breach), `square`. The title is what hovering and screen readers say."""
    colour = {"line": LINE, "alarm": ALARM, "soft": SOFT, "ink": INK}[kind]
    inner = (tag("title", clean(title)),) if title else ()
    if shape == "diamond":
        return tag(
            "path",
            *inner,
            d=f"M{num(x)} {num(y - 6)}L{num(x + 6)} {num(y)}L{num(x)} {num(y + 6)}L{num(x - 6)} {num(y)}Z",
            class_=kind,
            fill=colour,
        )
    if shape == "square":
        return tag("rect", *inner, x=x - 4, y=y - 4, width=8, height=8, class_=kind, fill=colour)
    if shape == "ring":
        return tag(
            "circle",
            *inner,
            cx=x,
            cy=y,
            r=4,
            class_=f"{kind}-stroke ring",
            fill="#ffffff",
            stroke=colour,
            stroke_width=1.6,
        )
    return tag("circle", *inner, cx=x, cy=y, r=2.6, class_=kind, fill=colour)


def text_width(text: str, size: float = 12) -> float:
    """Roughly how wide a text is: a Chinese character one em, everything else a little over half."""
    return sum(1.0 if _WIDE.match(c) else 0.57 for c in text) * size


def clip(text: str, room: float, size: float = 12) -> str:
    """The text, or its beginning with an ellipsis if it is wider than `room`."""
    if text_width(text, size) <= room:
        return text
    kept = text
    while kept and text_width(kept + "…", size) > room:
        kept = kept[:-1]
    return kept.rstrip() + "…"


def finite(value: float | None) -> float | None:
    """The value, or None for what cannot be drawn (missing, NaN, infinite, beyond 1e12)."""
    return None if value is None or not math.isfinite(value) or abs(value) > 1e12 else float(value)
