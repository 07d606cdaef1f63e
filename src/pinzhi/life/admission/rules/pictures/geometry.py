"""
Which points of two pictures belong together, and how the one lies in the other (OpenCV, extra `pictures`).

ORB points carry 256-bit descriptors, so the exact search of fingerprints finds them too. They survive crops, frames, bands and any turn, but not a
mirror: the query is therefore looked at in a mirror as well.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.admission.rules.pictures.pdq import WORDS, Hash
from pinzhi.life.admission.rules.pictures.views import Picture

Points = NDArray[np.float64]
"""Pixels (x, y), shape (n, 2)."""
Affine = NDArray[np.float64]
"""A 2 x 3 matrix: (x, y, 1) of the bank's picture to (x, y) of the query."""

WORK_SIDE = 480
"""Long side while points are looked for: small pictures are made larger, or a crop leaves too few points."""
MOST_POINTS = 400
STEEPNESS = 7
"""How much a corner must stand out: plain fruit on white has few that stand out more."""
PAIR = 64
"""Descriptors that differ in more bits are no pair."""
RATIO = 0.85
"""The best partner must be this much nearer than the second best."""
TOLERANCE = 3.0
"""Pixels of the work side that a pair may be off."""
FEWEST = 7
"""Pairs that must agree on one map: an affine map has six unknowns, three pairs fit always."""
FLATTEST, SMALLEST, LARGEST = 2.0, 0.05, 20.0
"""A map that squeezes one side more than twice as much as the other, or shrinks or enlarges beyond these, is an accident of a few pairs."""
FRAME = 256
STEPS = 30
"""Of the refinement: its maps are exact to a tenth of a pixel, those of the points to a pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Marks:
    """The points of a picture that stand out and their descriptors, with the size of the picture (width, height)."""

    at: Points
    descriptors: Hash
    size: tuple[int, int]


@dataclass(frozen=True, slots=True, eq=False)
class Overlaid:
    """
    A bank's picture and a query brought into one frame, the bank's picture upright with a long side of 256 pixels.

    `kept`, `asked`: colours 0 to 255 as float32, both equally soft; `covered`: where the query shows anything; `matrix`: bank's pixels to the query's.
    """

    kept: NDArray[np.float32]
    asked: NDArray[np.float32]
    covered: NDArray[np.bool_]
    matrix: Affine


def marks(picture: Picture, *, mirrored: bool = False) -> Marks:
    """The points that stand out most in a picture; with `mirrored` as they look in a mirror, at the pixels of the picture itself."""
    import cv2

    height, width = picture.shape[:2]
    scale = WORK_SIDE / max(height, width)
    grey = cv2.cvtColor(np.ascontiguousarray(picture[:, ::-1] if mirrored else picture), cv2.COLOR_RGB2GRAY)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    grey = cv2.resize(grey, (max(1, round(width * scale)), max(1, round(height * scale))), interpolation=how)
    finder: Any = cv2.ORB.create(nfeatures=MOST_POINTS, fastThreshold=STEEPNESS)
    found, descriptors = finder.detectAndCompute(grey, None)
    if descriptors is None:
        return Marks(np.zeros((0, 2)), np.zeros((0, WORDS), dtype=np.uint64), (width, height))
    at = (np.array([p.pt for p in found]) + 0.5) / scale - 0.5
    if mirrored:
        at[:, 0] = width - 1 - at[:, 0]
    return Marks(at, np.ascontiguousarray(descriptors).view("<u8"), (width, height))


def aligned(kept: Marks, asked: Marks) -> tuple[Affine, int] | None:
    """The affine map of the bank's picture onto the query on which most pairs of points agree, and how many do; None where fewer than seven do."""
    import cv2

    if min(len(kept.at), len(asked.at)) < FEWEST:
        return None
    matcher = cv2.BFMatcher(cv2.NORM_HAMMING)
    left, right = (np.ascontiguousarray(p.descriptors).view(np.uint8).reshape(-1, 32) for p in (asked, kept))
    pairs = [
        (best.queryIdx, best.trainIdx)
        for best, *rest in matcher.knnMatch(left, right, k=2)
        if best.distance <= PAIR and (not rest or best.distance < RATIO * rest[0].distance)
    ]
    if len(pairs) < FEWEST:
        return None
    to, since = (np.array(column) for column in zip(*pairs, strict=True))
    cv2.setRNGSeed(1)
    tolerance = TOLERANCE * max(asked.size) / WORK_SIDE
    matrix, agreed = cv2.estimateAffine2D(
        kept.at[since],
        asked.at[to],
        method=cv2.RANSAC,
        ransacReprojThreshold=tolerance,
        maxIters=2000,
        confidence=0.999,
    )
    if matrix is None or (n := int(agreed.sum())) < FEWEST:
        return None
    return np.asarray(matrix, dtype=np.float64), n


def plausible(matrix: Affine) -> bool:
    """Could somebody have edited a picture like this?"""
    most, least = np.linalg.svd(matrix[:, :2], compute_uv=False)
    return bool(least >= SMALLEST and most <= LARGEST and most <= FLATTEST * least)


def overlaid(kept: Picture, asked: Picture, matrix: Affine, *, refine: bool = False) -> Overlaid:
    """
    Bring both pictures into one frame by a map of the bank's pixels to the query's.

    With `refine` the map is first improved on the brightness of both pictures. That serves small and soft queries; a broad band over the query pulls
    it astray.
    """
    import cv2

    height, width = kept.shape[:2]
    shrink = FRAME / max(height, width)
    size = (max(1, round(width * shrink)), max(1, round(height * shrink)))
    across, down = size[0] / width, size[1] / height
    to_kept = _scaled(1 / across, 1 / down)
    frame_to_asked = np.vstack([matrix, [0, 0, 1]]) @ to_kept
    left = cv2.resize(
        np.ascontiguousarray(kept), size, interpolation=cv2.INTER_AREA if shrink < 1 else cv2.INTER_LINEAR
    )
    step = float(np.sqrt(abs(np.linalg.det(frame_to_asked[:2, :2]))))  # pixels of the query per pixel of the frame
    right, made_smaller = np.ascontiguousarray(asked), np.eye(3)
    if step > 1:
        rows, columns = asked.shape[:2]
        right = cv2.resize(
            right, (max(1, round(columns / step)), max(1, round(rows / step))), interpolation=cv2.INTER_AREA
        )
        made_smaller = _scaled(right.shape[1] / columns, right.shape[0] / rows)
    start = made_smaller @ frame_to_asked
    refined = np.vstack([_refined(left, right, start[:2]), [0, 0, 1]]) if refine else start
    how = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    shown = cv2.warpAffine(right, refined[:2], size, flags=how, borderMode=cv2.BORDER_REPLICATE)
    covered = cv2.warpAffine(np.full(right.shape[:2], 255, np.uint8), refined[:2], size, flags=how) > 250
    soft = max(1.0, 1 / step)
    return Overlaid(
        cv2.GaussianBlur(left.astype(np.float32), (0, 0), soft),
        cv2.GaussianBlur(shown.astype(np.float32), (0, 0), max(1.0, soft * 0.5)),
        covered,
        (np.linalg.inv(made_smaller) @ refined @ np.linalg.inv(to_kept))[:2],
    )


def _scaled(across: float, down: float) -> NDArray[np.float64]:
    """The map of pixel centres when a picture is made larger or smaller."""
    return np.array([[across, 0, across / 2 - 0.5], [0, down, down / 2 - 0.5], [0, 0, 1]])


def _refined(left: Picture, right: Picture, start: Affine) -> Affine:
    """Enhanced correlation (Evangelidis and Psarakis 2008) from `start`; `start` itself where it does not settle or runs away."""
    import cv2

    greys = [cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (left, right)]
    end = (cv2.TERM_CRITERIA_EPS | cv2.TERM_CRITERIA_COUNT, STEPS, 1e-4)
    everywhere = np.full(greys[1].shape, 255, np.uint8)
    try:
        _, found = cv2.findTransformECC(
            greys[0], greys[1], start.astype(np.float32), cv2.MOTION_AFFINE, end, everywhere, 5
        )
    except cv2.error:
        return start
    corners = np.array([[0, 0, 1], [left.shape[1], 0, 1], [0, left.shape[0], 1]]).T
    moved = np.abs(found @ corners - start @ corners).max()
    return np.asarray(found, dtype=np.float64) if moved <= FRAME / 16 else start
