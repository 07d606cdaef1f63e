"""An interval of the size of a word, for table cells: all cells of a column share one scale, so that the eye compares them."""

from __future__ import annotations

from pinzhi.drawing.scale import Scale
from pinzhi.drawing.svg import clean, mark, rule, tag


def whisker(
    value: float,
    low: float,
    high: float,
    *,
    scale: tuple[float, float],
    title: str,
    language: str,
    lines: tuple[float, ...] = (),
    width: float = 130,
) -> str:
    """The interval `low..high` with its `value` as a dot, between the ends of `scale`; thin rules at `lines`. The title says the figures."""
    x = Scale(scale[0], scale[1], 5, width - 5)
    body = [rule(x.at(at), 2, x.at(at), 20, kind="soft", dash="2 2") for at in lines]
    body += [rule(x.at(low), 11, x.at(high), 11, kind="ink", width=1.6)]
    body += [rule(x.at(end), 7, x.at(end), 15, kind="ink", width=1.6) for end in (low, high)]
    body.append(mark(x.at(value), 11))
    return tag(
        "svg",
        tag("title", clean(title)),
        *body,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {width:.0f} 22",
        width=width,
        height=22,
        role="img",
        aria_label=title,
        class_="drawing spark",
        lang="zh-Hans" if language.lower().startswith("zh") else "en",
    )
