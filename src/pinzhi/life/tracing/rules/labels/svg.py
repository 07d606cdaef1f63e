"""Symbols and sheets of labels as SVG: a path for each symbol, a unit a module."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from html import escape
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.tracing.rules.labels.layout import Placed, Sheet, Wording, fitted
from pinzhi.life.tracing.rules.symbols.many import Tables, symbols
from pinzhi.life.tracing.rules.symbols.qr import Modules

Corners = Sequence[tuple[float, float]]
"""Left and top of the labels of a sheet, in millimetres."""


def symbol(modules: Modules, quiet: int, title: str) -> str:
    """One symbol, quiet zone included, named for screen readers. Runs of dark modules of each row become one bar of the path."""
    side = len(modules) + 2 * quiet
    bars = []
    for y, row in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row, [0]))))
        bars += [f"M{a + quiet} {y + quiet}h{b - a}v1h{a - b}z" for a, b in edges.reshape(-1, 2).tolist()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f'<title>{escape(title)}</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{"".join(bars)}"/></svg>'
    )


def sheet(
    on: Sheet, place: Placed, wording: Wording, made_from: Tables, codes: NDArray[np.bytes_], corners: Corners
) -> str:
    """
    One sheet of labels in millimetres: what every label says is drawn once and used again, the symbol is one path in units of modules.

    Letters are text, in the fonts of whoever opens it: a print shop turns them into curves with the font that it wants.
    """
    side, quiet = made_from.carrier.side, made_from.carrier.quiet
    module = place.symbol / (side + 2 * quiet)
    room = on.label_width - place.text_x - 0.5
    lines = [fitted(line, room, place.letters) for line in wording.lines()] if place.beside else []
    words = "".join(
        f'<text x="{place.text_x:.2f}" y="{place.text_y + (i + 1) * place.line:.2f}" font-size="{place.letters:.2f}">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    down = place.text_y + place.line * (len(lines) + 1.3 if place.beside else 0)
    at = f"translate({place.symbol_x + quiet * module:.3f} {place.symbol_y + quiet * module:.3f})scale({module:.5f})"
    out = [
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{on.width:g}mm" height="{on.height:g}mm" viewBox="0 0 {on.width:g} {on.height:g}">'
            f"<style>text{{font-family:SimSun,'Songti SC','Noto Serif CJK SC',serif}}.c{{font:bold {place.code:.2f}px Courier,monospace}}"
            f'path{{shape-rendering:crispEdges}}</style><defs><g id="w">{words}</g></defs>\n'
        )
    ]
    for (left, top), code, path in zip(corners, codes.tolist(), paths(made_from, codes), strict=False):
        c = code.decode()
        halves = (
            (f"{c[:5]} {c[5:10]}", f"{c[10:15]} {c[15:]}")
            if place.beside
            else (f"{c[:5]} {c[5:10]} {c[10:15]} {c[15:]}",)
        )
        said = "".join(
            f'<text class="c" x="{place.text_x:.2f}" y="{down + i * place.line:.2f}">{half}</text>'
            for i, half in enumerate(halves)
        )
        out.append(
            f'<g transform="translate({left:g} {top:g})"><use href="#w"/><path transform="{at}" d="{path}"/>{said}</g>\n'
        )
    out.append("</svg>\n")
    return "".join(out)


def paths(made_from: Tables, codes: NDArray[np.bytes_]) -> Iterator[str]:
    """The dark modules of each symbol as bars, one after another: corner (0, 0), without the quiet zone."""
    side = made_from.carrier.side
    dark = np.unpackbits(symbols(made_from, codes), axis=2)[:, :, :side].astype(np.int8)
    edges = np.diff(np.pad(dark, ((0, 0), (0, 0), (1, 1))), axis=2)
    which, row, start = np.nonzero(edges == 1)
    end = np.nonzero(edges == -1)[2]
    bars = _bars(side)
    runs = ((row * (side + 1) + start) * (side + 1) + end).tolist()
    bounds = np.searchsorted(which, np.arange(len(codes) + 1)).tolist()
    for first, last in pairwise(bounds):
        yield "".join([bars[run] for run in runs[first:last]])


@lru_cache(maxsize=8)
def _bars(side: int) -> dict[int, str]:
    """What a bar from `a` to `b` in row `y` is in a path."""
    return {
        (y * (side + 1) + a) * (side + 1) + b: f"M{a} {y}h{b - a}v1h{a - b}z"
        for y in range(side)
        for a in range(side)
        for b in range(a + 1, side + 1)
    }
