"""A journey as a picture: the temperature against the limit, with the time above it marked."""

from __future__ import annotations

from collections.abc import Sequence

from pinzhi.drawing import Chart, Limits, Point, control
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.values import Text
from pinzhi.life.tracing.cold import Cold, sentence, span
from pinzhi.life.tracing.rules.cold import Break

MOST_JOURNEYS = 6
"""Pictures of one page."""
MOST_POINTS = 240
"""Points of a picture: of more readings the warmest of each stretch is drawn."""
TITLE = Text("运输温度", "Temperature on the way")
OBSERVED, LIMIT = Text("温度", "temperature"), Text("上限", "limit")
ABOVE = Text("超限", "above the limit")
HELD = Text("全程未超过上限 {most} ℃，最高 {worst} ℃。", "Never above the limit of {most} °C; {worst} °C at most.")
NO_LIMIT = Text("该类商品未设温度上限，最高 {worst} ℃。", "These goods have no limit; {worst} °C at most.")


def said(of: Cold) -> Text:
    """The journey in one sentence."""
    if of.most is not None and of.breaks:
        return sentence(of.breaks, of.most)
    form = HELD if of.most is not None else NO_LIMIT
    figures = {
        "most": format(of.most, "f") if of.most is not None else "",
        "worst": format(max(r.celsius for r in of.readings), "f"),
    }
    return Text(form.zh.format(**figures), form.en.format(**figures))


def picture(of: Cold, language: str, *, number: int = 0) -> Chart:
    """The chart, in the reader's language; `number` tells several of one page apart."""
    step = -(-len(of.readings) // MOST_POINTS)
    shown = [max(of.readings[n : n + step], key=lambda r: r.celsius) for n in range(0, len(of.readings), step)]
    starts = {b.since for b in of.breaks}
    most = float(of.most) if of.most is not None else None
    points = [
        Point(
            f"{r.at.astimezone(SHANGHAI):%m-%d %H:%M}", float(r.celsius), limit=most,
            breach=ABOVE.in_language(language) if r.at in starts else "", note=r.where,
        )
        for r in shown
    ]  # fmt: skip
    how = Limits("°", 1, OBSERVED.in_language(language), LIMIT.in_language(language))
    return control(
        points,
        title=TITLE.in_language(language),
        summary=said(of).in_language(language),
        language=language,
        how=how,
        id_=f"cold{number}",
    )


def shown(of: Sequence[Cold], language: str) -> list[tuple[Text, Chart, list[tuple[Break, Text]]]]:
    """Journeys for a page, those that were too warm first: sentence, picture, and the breaks with their lengths."""
    first = sorted(of, key=lambda c: -c.minutes)[:MOST_JOURNEYS]
    return [
        (said(c), picture(c, language, number=n), [(b, span(b.minutes)) for b in c.breaks]) for n, c in enumerate(first)
    ]
