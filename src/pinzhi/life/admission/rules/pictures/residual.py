"""
Is it the same picture, or only the same design? What remains when the aligned pictures are compared.

Points agree on a carton of orange juice and a carton of grapefruit juice by the same maker: the design is the same, the words and the fruit are not.
So the aligned pictures are compared block by block: are the edges of the bank's picture still in the query? Whatever an editor does to a picture
(smaller, brighter, compressed, a see-through mark over it) leaves its edges where they were. Another flavour does not.

A sign or a band laid over the picture hides edges too. It is told apart by what it does beside the goods: it covers ground that was plain, or ends in
a straight edge from side to side that the bank's picture does not have. What cannot be told apart goes to a person.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.admission.rules.pictures.geometry import Overlaid
from pinzhi.life.admission.rules.pictures.pdq import luminance

Block = NDArray[np.float32]
Flags = NDArray[np.bool_]

SIDE = 16
"""Pixels of a block; the frame has 256 on its long side."""
COVERED = 0.9
"""A block counts where the query covers this share of it."""
BUSY = 2.0
"""Mean squared step of brightness from which a block has edges to compare."""
STRONG = 0.25
"""The edges of a block: pixels with at least this share of its strongest squared step."""
KEPT = 0.7
"""Correlation of the steps from which the edges of a block are still there."""
BRIGHT, WHITE, DARK, BLACK = 170, 250, 60, 6
"""Pixels that an edit of brightness has burnt to white or drowned in black, in one of the two pictures, say nothing."""
RECOLOURED = 30
"""Difference of colour (red or blue against green) from which a block has another colour, after the change of saturation of the whole."""
GREY = 0.2
"""Saturation below which the query is a grey copy: colours say nothing."""
REPAINTED = 24
"""Difference of a plain block's colour from which something lies over it."""
BANDS = (0.08, 0.125, 0.19, 0.25)
CORNERS = ((0.32, 0.19), (0.38, 0.25), (0.25, 0.38))
"""Shares of height and width that an overlay may take."""
FULL = 0.8
"""An overlay changes this share of the blocks under it."""
STRAIGHT, STEEP = 0.85, 12.0
"""The inner end of a band: a line along which this share of the pixels has a step of at least so much."""


@dataclass(frozen=True, slots=True)
class Likeness:
    """
    What the comparison found.

    `preserved`: share of the blocks with edges whose edges are still there, outside an overlay. `overlay`: whether one was found. `recoloured`: share
    of them with another colour. `blocks`: how many were compared. `covered`: share of the bank's picture that the query shows.
    """

    preserved: float
    overlay: bool
    recoloured: float
    blocks: int
    covered: float


def compared(pair: Overlaid) -> Likeness:
    """Compare two aligned pictures."""
    kept, asked = luminance(pair.kept), luminance(pair.asked)
    inside = _blocks(pair.covered.astype(np.float32)).mean(axis=2) >= COVERED
    says = _telling(pair)
    down, across = _steps(kept)
    other_down, other_across = _steps(asked)
    power, other = _blocks((down**2 + across**2) * says), _blocks((other_down**2 + other_across**2) * says)
    product = _blocks((down * other_down + across * other_across) * says)
    strong = power >= STRONG * power.max(axis=2, keepdims=True)
    correlation = (product * strong).sum(axis=2) / np.sqrt(
        (power * strong).sum(axis=2) * (other * strong).sum(axis=2) + 1e-3
    )
    busy = inside & (power.mean(axis=2) >= BUSY)
    gone = busy & (correlation < KEPT)
    colour, other_colour = _colours(pair.kept), _colours(pair.asked)
    changed = gone | (~busy & inside & _repainted(pair, colour, other_colour, busy))
    over = _overlay(changed, inside, busy, asked, kept)
    left = busy & ~over
    compared_blocks = int(left.sum())
    preserved = 1 - float((gone & left).sum()) / compared_blocks if compared_blocks else 0.0
    clear = left & (_blocks(says).mean(axis=2) >= COVERED)
    saturation = _saturation(colour, other_colour, clear)
    painted = clear & (np.abs(other_colour - saturation * colour).max(axis=2) > RECOLOURED)
    recoloured = float(painted.sum()) / compared_blocks if compared_blocks and saturation > GREY else 0.0
    return Likeness(preserved, bool(over.any()), recoloured, compared_blocks, float(pair.covered.mean()))


def _blocks(values: NDArray[np.float32]) -> Block:
    """Cut (height, width) into (rows, columns, pixels of a block); what is left over at the right and the bottom is dropped."""
    rows, columns = values.shape[0] // SIDE, values.shape[1] // SIDE
    cut = values[: rows * SIDE, : columns * SIDE].reshape(rows, SIDE, columns, SIDE)
    return cut.transpose(0, 2, 1, 3).reshape(rows, columns, SIDE * SIDE)


def _steps(grey: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Central differences downwards and across; zero at the rim."""
    down, across = np.zeros_like(grey), np.zeros_like(grey)
    down[1:-1] = (grey[2:] - grey[:-2]) / 2
    across[:, 1:-1] = (grey[:, 2:] - grey[:, :-2]) / 2
    return down, across


def _telling(pair: Overlaid) -> NDArray[np.float32]:
    """1 where both pictures can show what the other has, 0 where one of them is burnt out or drowned in some colour."""
    low, high = np.minimum(pair.kept, pair.asked), np.maximum(pair.kept, pair.asked)
    burnt = (high >= WHITE) & (low >= BRIGHT) & (low < WHITE)
    drowned = (low <= BLACK) & (high <= DARK) & (high > BLACK)
    says: NDArray[np.float32] = np.logical_not((burnt | drowned).any(axis=2)).astype(np.float32)
    return says


def _colours(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    """Mean of red minus green and blue minus green of each block."""
    red, green, blue = (picture[..., i] for i in range(3))
    return np.stack([_blocks(red - green).mean(axis=2), _blocks(blue - green).mean(axis=2)], axis=2)


def _saturation(colour: NDArray[np.float32], other: NDArray[np.float32], where: Flags) -> float:
    """By how much the colours of the whole were strengthened or faded: least squares through zero, 0 to 2; about 0 for a grey copy."""
    mine, theirs = colour[where], other[where]
    weight = float((mine * mine).sum())
    return float(np.clip((mine * theirs).sum() / weight, 0, 2)) if weight > len(mine) * 25 else 1.0


def _repainted(pair: Overlaid, colour: NDArray[np.float32], other: NDArray[np.float32], busy: Flags) -> Flags:
    """Plain blocks that have another brightness or colour than the brightness of the whole explains."""
    mine = _blocks(luminance(pair.kept)).mean(axis=2)
    theirs = _blocks(luminance(pair.asked)).mean(axis=2)
    plain = ~busy
    gain = float(np.median(theirs[plain] / np.maximum(mine[plain], 1))) if plain.any() else 1.0
    lighter = np.abs(theirs - np.clip(mine * gain, 0, 255)) > REPAINTED
    repainted: Flags = lighter | (np.abs(other - colour).max(axis=2) > REPAINTED)
    return repainted


def _overlay(
    changed: Flags, inside: Flags, busy: Flags, asked: NDArray[np.float32], kept: NDArray[np.float32]
) -> Flags:
    """The blocks under a band at one side and a sign in one corner, where there are such; none otherwise."""
    over = np.zeros_like(changed)
    seen = np.argwhere(inside)
    if not len(seen):
        return over
    (top, left), (bottom, right) = seen.min(axis=0), seen.max(axis=0) + 1
    rows, columns = bottom - top, right - left
    best = 0
    for share in BANDS:
        for side in range(4):
            deep = max(1, round(share * (rows if side < 2 else columns)))
            part = np.zeros_like(changed)
            part[_strip(side, deep, top, bottom, left, right)] = True
            part &= inside
            gain = int((changed & part).sum())
            if (
                gain > best
                and gain >= FULL * part.sum()
                and (_ground(changed, part, busy) or _ends(part, side, asked, kept))
            ):
                best, over = gain, part
    corner = np.zeros_like(changed)
    best = 1
    for high, wide in CORNERS:
        tall, broad = max(1, round(high * rows)), max(1, round(wide * columns))
        for down in (slice(top, top + tall), slice(bottom - tall, bottom)):
            for along in (slice(left, left + broad), slice(right - broad, right)):
                part = np.zeros_like(changed)
                part[down, along] = True
                part &= inside & ~over
                gain = int((changed & part).sum())
                if gain > best and _ground(changed, part, busy):
                    best, corner = gain, part & changed
    return over | corner


def _strip(side: int, deep: int, top: int, bottom: int, left: int, right: int) -> tuple[slice, slice]:
    """Rows and columns of a strip along one side: top, bottom, left, right."""
    return (
        (slice(top, top + deep), slice(left, right)),
        (slice(bottom - deep, bottom), slice(left, right)),
        (slice(top, bottom), slice(left, left + deep)),
        (slice(top, bottom), slice(right - deep, right)),
    )[side]


def _ground(changed: Flags, part: Flags, busy: Flags) -> bool:
    """Does it cover plain ground beside the goods, and hardly leave any of it as it was?"""
    plain = part & ~busy
    hidden = int((plain & changed).sum())
    return hidden >= 3 and hidden >= FULL * int(plain.sum())


def _ends(part: Flags, side: int, asked: NDArray[np.float32], kept: NDArray[np.float32]) -> bool:
    """Does a strip end in a straight edge that only the query has?"""
    upright = side < 2
    grid = part if upright else part.T
    mine, theirs = (kept, asked) if upright else (kept.T, asked.T)
    rows = np.flatnonzero(grid.any(axis=1))
    columns = np.flatnonzero(grid.any(axis=0))
    end = rows[-1] + 1 if side in (0, 2) else rows[0]
    near = slice(max(1, end * SIDE - SIDE), min(len(mine) - 1, end * SIDE + SIDE))
    along = slice(columns[0] * SIDE, (columns[-1] + 1) * SIDE)
    lines = [
        (np.abs(_steps(np.ascontiguousarray(g))[0][near, along]) >= STEEP / 2).mean(axis=1).max(initial=0.0)
        for g in (mine, theirs)
    ]
    return bool(lines[1] >= STRAIGHT > lines[0] + 0.2)
