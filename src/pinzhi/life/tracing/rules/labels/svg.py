"""One symbol as SVG: a single path, a unit a module, quiet zone included, named for screen readers."""

from __future__ import annotations

from html import escape

import numpy as np

from pinzhi.life.tracing.rules.symbols.qr import Modules


def symbol(modules: Modules, quiet: int, title: str) -> str:
    """Runs of dark modules of each row become one bar of the path."""
    side = len(modules) + 2 * quiet
    bars = []
    for y, row in enumerate(modules):
        edges = np.flatnonzero(np.diff(np.concatenate(([0], row, [0]))))
        bars += [f"M{a + quiet} {y + quiet}h{b - a}v1h{a - b}z" for a, b in edges.reshape(-1, 2).tolist()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" role="img" shape-rendering="crispEdges">'
        f'<title>{escape(title)}</title><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{"".join(bars)}"/></svg>'
    )
