"""
Which parts of a picture get a fingerprint of their own: the whole, the part inside uniform borders and frames, and crops of that part.

A fingerprint does not survive a border, a frame or a crop. So the bank keeps fingerprints of what a borrowed picture may have been cut down to, and
the query drops its borders before it asks.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.admission.rules.pictures.pdq import (
    PLAIN,
    TURNS,
    Hash,
    Turn,
    bits,
    coefficients,
    luminance,
    turned,
)

Picture = NDArray[np.uint8]
"""RGB, shape (height, width, 3)."""

UNIFORM = 24
"""A line is border while its colours, but for the extreme hundredth at both ends, span at most this many of 255 steps: JPEG noise around a frame
stays below."""
SMALLEST = 16
"""A view has at least this many pixels on each side."""
PASSES = 4
"""A frame around a white ground around the goods needs two passes; a frame in a frame three."""


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture in pixels: from (left, top) to before (right, bottom)."""

    left: int
    top: int
    right: int
    bottom: int

    def inner(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The part of it between these shares of its width and height."""
        w, h = self.right - self.left, self.bottom - self.top
        return Window(
            self.left + round(w * left),
            self.top + round(h * top),
            self.left + round(w * right),
            self.top + round(h * bottom),
        )

    @property
    def wide_enough(self) -> bool:
        """Is there anything to look at?"""
        return min(self.right - self.left, self.bottom - self.top) >= SMALLEST


@dataclass(frozen=True, slots=True)
class View:
    """A fingerprint with the part of the picture and the turn that it was taken of."""

    window: Window
    turn: Turn
    hash: Hash


CROPS = (
    (0.05, 0.05, 0.95, 0.95),
    (0.10, 0.10, 0.90, 0.90),
    (0.15, 0.15, 0.85, 0.85),
    (0.0, 0.15, 1.0, 1.0),
    (0.0, 0.0, 1.0, 0.85),
)
"""Five crops at ingest: the middle at three depths, and without a band at the top or the bottom."""


def trimmed(picture: Picture) -> Window:
    """The part inside uniform borders and frames; the whole picture where nothing else is left."""
    height, width = picture.shape[:2]
    whole = box = Window(0, 0, width, height)
    for _ in range(PASSES):
        part = picture[box.top : box.bottom, box.left : box.right]
        rows, columns = _busy(part), _busy(part.transpose(1, 0, 2))
        if not rows.any() or not columns.any():
            return box if box.wide_enough else whole
        top, bottom = int(rows.argmax()), len(rows) - int(rows[::-1].argmax())
        left, right = int(columns.argmax()), len(columns) - int(columns[::-1].argmax())
        inner = Window(box.left + left, box.top + top, box.left + right, box.top + bottom)
        if inner == box or not inner.wide_enough:
            break
        box = inner
    return box


def _busy(part: Picture) -> NDArray[np.bool_]:
    """Which rows hold more than one colour."""
    line = np.sort(part, axis=1)
    skip = part.shape[1] // 100
    span = line[:, part.shape[1] - 1 - skip].astype(np.int16) - line[:, skip]
    busy: NDArray[np.bool_] = span.max(axis=1) > UNIFORM
    return busy


def windows(picture: Picture, *, crops: bool) -> list[Window]:
    """The whole, the trimmed part, and with `crops` the crops of the trimmed part; each once."""
    inside = trimmed(picture)
    whole = Window(0, 0, picture.shape[1], picture.shape[0])
    parts = [whole, inside, *(inside.inner(*c) for c in CROPS if crops)]
    return [p for p in dict.fromkeys(parts) if p.wide_enough]


def kept(picture: Picture) -> list[View]:
    """The fingerprints that the bank keeps of a picture. Parts too plain to be told apart have none."""
    return _views(picture, windows(picture, crops=True), TURNS[:1])


def asked(picture: Picture) -> list[View]:
    """The fingerprints that a query asks with: whole and trimmed, in all eight turns."""
    return _views(picture, windows(picture, crops=False), TURNS)


def _views(picture: Picture, parts: list[Window], turns: tuple[Turn, ...]) -> list[View]:
    grey = luminance(picture)
    views = []
    for part in parts:
        coefs, quality = coefficients(grey[part.top : part.bottom, part.left : part.right])
        if quality >= PLAIN:
            views += [View(part, how, bits(turned(coefs, how))) for how in turns]
    return views
