"""
Data Matrix ECC 200 (ISO/IEC 16022): GS1 element strings to modules, in ASCII encodation, square symbols up to 48 modules.

    elements([("01", "06901234567892"), ("10", "B1"), ("21", serial)])  →  FNC1 0106901234567892 10B1 FNC1 21…
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.tracing.rules.symbols.reed_solomon import DATA_MATRIX

Modules = NDArray[np.uint8]
FNC1 = 232
QUIET = 1

_SIZES = {  # side: (data words, check words, regions on a side)
    10: (3, 5, 1),
    12: (5, 7, 1),
    14: (8, 10, 1),
    16: (12, 12, 1),
    18: (18, 14, 1),
    20: (22, 18, 1),
    22: (30, 20, 1),
    24: (36, 24, 1),
    26: (44, 28, 1),
    32: (62, 36, 2),
    36: (86, 42, 2),
    40: (114, 48, 2),
    44: (144, 56, 2),
    48: (174, 68, 2),
}


def elements(
    pairs: Iterable[tuple[str, str]], fixed: frozenset[str] = frozenset({"00", "01", "11", "13", "15", "17"})
) -> list[int]:
    """Words of GS1 elements: FNC1 in front, and behind each value of open length that others follow."""
    listed = list(pairs)
    words = [FNC1]
    for at, (code, value) in enumerate(listed):
        last = at == len(listed) - 1
        words += ascii_words(code) + ascii_words(value, pairs=not _is_code(code))
        if code not in fixed and not last:
            words.append(FNC1)
    return words


def _is_code(code: str) -> bool:
    """A serial of ours is written a character to a word, so that every code has the same length (digits are never paired)."""
    return code == "21"


def ascii_words(text: str, *, pairs: bool = True) -> list[int]:
    """ASCII encodation: two digits in one word where `pairs`, else a character a word."""
    words, at = [], 0
    while at < len(text):
        if pairs and text[at : at + 2].isdigit() and at + 2 <= len(text):
            words.append(130 + int(text[at : at + 2]))
            at += 2
        else:
            words.append(ord(text[at]) + 1)
            at += 1
    return words


def smallest(words: int) -> int:
    """The side of the smallest symbol for so many words. Raises ValueError where none of one block holds them."""
    for side, (data, _, _) in _SIZES.items():
        if words <= data:
            return side
    raise ValueError("too much for a Data Matrix of 48 modules")


def padded(words: list[int], side: int) -> list[int]:
    """Filled up with pad words: the first 129, the rest scrambled by their place (253-state)."""
    room = _SIZES[side][0]
    out = list(words)
    if len(out) < room:
        out.append(129)
    while len(out) < room:
        scrambled = 129 + (149 * (len(out) + 1)) % 253 + 1
        out.append(scrambled if scrambled <= 254 else scrambled - 254)
    return out


def place(words: list[int], side: int) -> Modules:
    """Data words to modules, with check words and finder patterns."""
    _, checks, regions = _SIZES[side]
    every = words + DATA_MATRIX.checks(words, checks)
    bits = np.append(np.unpackbits(np.array(every, np.uint8)), np.array([0, 1], np.uint8))
    inner = bits[_layout(side - 2 * regions)]
    modules = _finder(side, regions)
    step = side // regions
    for i in range(regions):
        for j in range(regions):
            part = inner[i * (step - 2) : (i + 1) * (step - 2), j * (step - 2) : (j + 1) * (step - 2)]
            modules[i * step + 1 : (i + 1) * step - 1, j * step + 1 : (j + 1) * step - 1] = part
    return modules


def encode(words: list[int]) -> Modules:
    """The smallest symbol of data words."""
    side = smallest(len(words))
    return place(padded(words, side), side)


def _finder(side: int, regions: int) -> Modules:
    """Solid lines left and below, dotted ones above and right, of every region."""
    modules = np.zeros((side, side), np.uint8)
    step = side // regions
    for top in range(0, side, step):
        for left in range(0, side, step):
            modules[top, left : left + step : 2] = 1
            modules[top + 1 : top + step : 2, left + step - 1] = 1
            modules[top : top + step, left] = 1
            modules[top + step - 1, left : left + step] = 1
    return modules


_UTAH = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))


@cache
def _layout(side: int) -> NDArray[np.intp]:
    """Which bit of the words stands in each module of the inner square (annex F); -1 is the fixed dark module, -2 the fixed light one."""
    where = np.full((side, side), -3, np.intp)
    word = 0

    def put(places: Iterable[tuple[int, int]]) -> None:
        nonlocal word
        for bit, (row, column) in enumerate(places):
            if row < 0:
                row, column = row + side, column + 4 - (side + 4) % 8  # noqa: PLW2901
            if column < 0:
                row, column = row + 4 - (side + 4) % 8, column + side  # noqa: PLW2901
            where[row, column] = 8 * word + bit
        word += 1

    row, column = 4, 0
    while row < side or column < side:
        if corner := _corner(row, column, side):
            put(corner)
        while row >= 0 and column < side:
            if row < side and column >= 0 and where[row, column] == -3:
                put((row + r, column + c) for r, c in _UTAH)
            row, column = row - 2, column + 2
        row, column = row + 1, column + 3
        while row < side and column >= 0:
            if row >= 0 and column < side and where[row, column] == -3:
                put((row + r, column + c) for r, c in _UTAH)
            row, column = row + 2, column - 2
        row, column = row + 3, column + 1
    if where[side - 1, side - 1] == -3:
        where[side - 2 :, side - 2 :] = [[-1, -2], [-2, -1]]
    return where


def _corner(row: int, column: int, side: int) -> list[tuple[int, int]]:
    """The words that are bent around a corner. Squares need the first two of the four cases of the standard."""
    end = side - 1
    if (row, column) == (side, 0):
        return [(end, 0), (end, 1), (end, 2), (0, end - 1), (0, end), (1, end), (2, end), (3, end)]
    if (row, column) == (side - 2, 0) and side % 4:
        return [(end - 2, 0), (end - 1, 0), (end, 0), (0, end - 3), (0, end - 2), (0, end - 1), (0, end), (1, end)]
    if (row, column) == (side + 4, 2) and side % 8 == 0:
        return [(end, 0), (end, end), (0, end - 2), (0, end - 1), (0, end), (1, end - 2), (1, end - 1), (1, end)]
    return []
