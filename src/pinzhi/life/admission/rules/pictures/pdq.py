"""
PDQ fingerprints and the eight ways to turn a picture.

Our own writing of the published algorithm (Facebook, «The TMK+PDQF Video-Hashing Algorithm and the PDQ Image-Hashing Algorithm», 2019): luminance, two
box filters, 64 x 64 samples, the 16 x 16 lowest cosine coefficients without the constant ones, one bit per coefficient above their median. A turn or
a mirror only exchanges coefficients or their signs, so that all eight fingerprints cost one transform. Distances up to 31 of 256 bits mean «the same
picture».
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Grey = NDArray[np.float32]
"""Luminance 0 to 255, shape (height, width)."""
Coefficients = NDArray[np.float64]
Hash = NDArray[np.uint64]
"""256 bits as four words, shape (..., 4); bit k of the fingerprint is bit k % 64 of word k // 64."""

SIDE, KEPT, BITS, WORDS = 64, 16, 256, 4
SAME = 31
"""The distance up to which the authors of PDQ call two pictures the same."""
PLAIN = 50
"""Below this quality (0 to 100) a picture has too little structure for its fingerprint to mean anything."""

_LUMA = np.array([0.299, 0.587, 0.114], dtype=np.float32)
_FREQUENCIES = np.arange(1, KEPT + 1)
_COSINES = np.sqrt(2 / SIDE) * np.cos(np.pi / 2 / SIDE * _FREQUENCIES[:, None] * (2 * np.arange(SIDE)[None, :] + 1))
_ODD = np.where(_FREQUENCIES % 2 == 1, -1.0, 1.0)
"""Mirroring negates the odd cosines."""


@dataclass(frozen=True, slots=True)
class Turn:
    """
    One of the eight ways to lay a picture on itself: first mirrored left to right where `mirrored`, then turned by `quarters` x 90 degrees anticlockwise.

    `name` is the word of the interface; `inverse` undoes, `after(first)` composes.
    """

    mirrored: bool
    quarters: int

    @property
    def name(self) -> str:
        """`identity`, `rotate90`, `rotate180`, `rotate270` (anticlockwise), `mirror`, or `mirror+rotate90` and so on."""
        turned = f"rotate{90 * self.quarters}" if self.quarters else ""
        return "+".join(word for word in ("mirror" if self.mirrored else "", turned) if word) or "identity"

    def after(self, first: Turn) -> Turn:
        """`first`, then this one. A mirror reverses the sense of the turns before it."""
        quarters = self.quarters + (-first.quarters if self.mirrored else first.quarters)
        return Turn(self.mirrored != first.mirrored, quarters % 4)

    @property
    def inverse(self) -> Turn:
        """The way back."""
        return self if self.mirrored else Turn(False, -self.quarters % 4)


TURNS = tuple(Turn(mirrored, quarters) for mirrored in (False, True) for quarters in range(4))


def luminance(picture: NDArray[np.uint8] | NDArray[np.float32]) -> Grey:
    """Luminance of an RGB picture of shape (height, width, 3)."""
    grey: Grey = picture.astype(np.float32, copy=False) @ _LUMA
    return grey


def turn(picture: NDArray[np.generic], how: Turn) -> NDArray[np.generic]:
    """Turn the first two axes of a picture."""
    return np.rot90(picture[:, ::-1] if how.mirrored else picture, how.quarters)


def coefficients(grey: Grey, *, centred: bool = True) -> tuple[Coefficients, int]:
    """
    The 16 x 16 cosine coefficients of a picture, vertical frequency first, and its quality 0 to 100.

    The published filters lean to one side by half a pixel and the samples by another half, so that a mirrored picture of 200 pixels is some 30 bits
    away from the mirrored fingerprint. `centred` makes both symmetric: the fingerprint of a turned picture is then the turned fingerprint, bit by
    bit, and lies a few bits from the published one. Pictures above 512 pixels should be made smaller first: the result is the same within a bit or
    two, much sooner.
    """
    height, width = grey.shape
    smooth = grey.astype(np.float64)
    across, down = -(-width // (2 * SIDE)), -(-height // (2 * SIDE))
    for _ in range(2):
        smooth = _box(_box(smooth, across, centred=centred).T, down, centred=centred).T
    sampled = _sampled(_sampled(smooth, centred=centred).T, centred=centred).T
    return _COSINES @ sampled @ _COSINES.T, _quality(sampled)


def _box(rows: NDArray[np.float64], window: int, *, centred: bool) -> NDArray[np.float64]:
    """Means over `window` neighbours along each row; at the ends over those that exist. An even window leans right, or half each way when `centred`."""
    if window <= 1:
        return rows
    right = (window + 2) // 2 - 1
    left = window - 1 - right
    sums = np.zeros((rows.shape[0], rows.shape[1] + 1))
    np.cumsum(rows, axis=1, out=sums[:, 1:])
    if centred and left != right:
        return (_means(sums, left, right) + _means(sums, right, left)) / 2
    return _means(sums, left, right)


def _means(sums: NDArray[np.float64], left: int, right: int) -> NDArray[np.float64]:
    """From running sums: the mean of each value with so many neighbours to the left and the right."""
    n = sums.shape[1] - 1
    start = np.maximum(np.arange(n) - left, 0)
    end = np.minimum(np.arange(n) + right + 1, n)
    means: NDArray[np.float64] = (sums[:, end] - sums[:, start]) / (end - start)
    return means


def _sampled(rows: NDArray[np.float64], *, centred: bool) -> NDArray[np.float64]:
    """64 samples of each row: at the middle of each 64th, between two pixels if that is where it lies, or (as published) at the pixel that holds it."""
    n = rows.shape[1]
    at = (np.arange(SIDE) + 0.5) * n / SIDE
    if not centred:
        return rows[:, at.astype(np.intp)]
    at = np.clip(at - 0.5, 0, n - 1)
    low = np.floor(at).astype(np.intp)
    high = np.minimum(low + 1, n - 1)
    share = at - low
    between: NDArray[np.float64] = rows[:, low] * (1 - share) + rows[:, high] * share
    return between


def _quality(sampled: NDArray[np.float64]) -> int:
    """Sum of the steps between neighbours in hundredths of the range, a 90th of it, at most 100."""
    steps = sum(int(np.abs(np.trunc(np.diff(sampled, axis=a) * 100 / 255)).sum()) for a in (0, 1))
    return min(steps // 90, 100)


def turned(coefs: Coefficients, how: Turn) -> Coefficients:
    """The coefficients of the turned picture from those of the upright one."""
    out = coefs * _ODD[None, :] if how.mirrored else coefs
    for _ in range(how.quarters):  # anticlockwise: exchange the axes, then upside down
        out = out.T * _ODD[:, None]
    return out


def bits(coefs: Coefficients) -> Hash:
    """One bit per coefficient: is it above their median?"""
    return pack((coefs > np.median(coefs)).ravel())


def pack(flags: NDArray[np.bool_]) -> Hash:
    """256 flags to four words, flag 0 in the lowest bit of word 0."""
    words: Hash = np.packbits(flags.reshape(*flags.shape[:-1], BITS), axis=-1, bitorder="little").view("<u8")
    return words


def fingerprint(grey: Grey) -> tuple[Hash, int]:
    """The PDQ fingerprint of a picture as published, and its quality: the same bits as pdqhash 0.2.8 on all 60 pictures of the shared set."""
    coefs, quality = coefficients(grey, centred=False)
    return bits(coefs), quality


def distance(left: Hash, right: Hash) -> NDArray[np.intp]:
    """How many of the 256 bits differ; the shapes (..., 4) are broadcast."""
    differ: NDArray[np.intp] = np.bitwise_count(left ^ right).sum(axis=-1, dtype=np.intp)
    return differ


def to_hex(hash_: Hash) -> str:
    """64 hexadecimal digits, highest bit first, as PDQ fingerprints are exchanged."""
    return "".join(f"{int(word):016x}" for word in hash_[::-1])


def from_hex(text: str) -> Hash:
    """Reads what `to_hex` writes. Raises ValueError where it is not 64 hexadecimal digits."""
    if len(text) != 2 * BITS // 8:
        raise ValueError("a fingerprint has 64 hexadecimal digits")
    return np.array([int(text[i : i + 16], 16) for i in range(48, -1, -16)], dtype=np.uint64)
