"""
QR Code (ISO/IEC 18004): one text to modules, with the version, level and mask of one's choice.

Written for what codes need: alphanumeric and byte mode, every version and level. `many` builds the same symbols by the million from tables; this module is what
those tables are made from, and what they are held against.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.tracing.rules.symbols.reed_solomon import QR

Modules = NDArray[np.uint8]
"""A square of 0 (light) and 1 (dark), without the quiet zone of four modules."""

ALPHANUMERIC = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"
QUIET = 4
MASKS = 8


class Level(Enum):
    """Error correction: about 7, 15, 25 and 30 % of the words can be restored. The value is the pair of bits in the format information."""

    L = 1
    M = 0
    Q = 3
    H = 2


# Check words in a block, and blocks, by version from 1 (ISO/IEC 18004, table 9).
_CHECKS = {
    Level.L: "7 10 15 20 26 18 20 24 30 18 20 24 26 30 22 24 28 30 28 28 28 28 30 30 26 28" + 14 * " 30",
    Level.M: "10 16 26 18 24 16 18 22 22 26 30 22 22 24 24 28 28 26 26 26 26" + 19 * " 28",
    Level.Q: "13 22 18 26 18 24 18 22 20 24 28 26 24 20 30 24 28 28 26 30 28 30 30 30 30 28" + 14 * " 30",
    Level.H: "17 28 22 16 22 28 26 26 24 28 24 28 22 24 24 30 28 28 26 28 30 24" + 18 * " 30",
}
_BLOCKS = {
    Level.L: "1 1 1 1 1 2 2 2 2 4 4 4 4 4 6 6 6 6 7 8 8 9 9 10 12 12 12 13 14 15 16 17 18 19 19 20 21 22 24 25",
    Level.M: "1 1 1 2 2 4 4 4 5 5 5 8 9 9 10 10 11 13 14 16 17 17 18 20 21 23 25 26 28 29 31 33 35 37 38 40 43 45 47 49",
    Level.Q: "1 1 2 2 4 4 6 6 8 8 8 10 12 16 12 17 16 18 21 20 23 23 25 27 29 34 34 35 38 40 43 45 48 51 53 56 59 62 65 68",
    Level.H: "1 1 2 4 4 4 5 6 8 8 11 11 16 16 18 16 19 21 25 25 25 34 30 32 35 37 40 42 45 48 51 54 57 60 63 66 70 74 77 81",
}


def _of(table: dict[Level, str], level: Level, version: int) -> int:
    return int(table[level].split()[version - 1])


@dataclass(frozen=True, slots=True)
class Shape:
    """Version 1 to 40 and level."""

    version: int
    level: Level

    @property
    def size(self) -> int:
        """Modules on a side."""
        return 17 + 4 * self.version

    @property
    def words(self) -> int:
        """All words, data and checks."""
        return int((~_fixed(self.version)[1].astype(bool)).sum()) // 8

    @property
    def data_words(self) -> int:
        """Words of data."""
        return self.words - self.checks * _of(_BLOCKS, self.level, self.version)

    def blocks(self) -> list[int]:
        """Data words in each block, the shorter blocks first."""
        count = _of(_BLOCKS, self.level, self.version)
        short, longer = divmod(self.data_words, count)
        return [short] * (count - longer) + [short + 1] * longer

    @property
    def checks(self) -> int:
        """Check words of each block."""
        return _of(_CHECKS, self.level, self.version)


@dataclass(frozen=True, slots=True)
class Bits:
    """A row of bits as a number with its length."""

    value: int = 0
    length: int = 0

    def plus(self, value: int, length: int) -> Bits:
        """With more bits behind it."""
        return Bits(self.value << length | value, self.length + length)


def is_alphanumeric(text: str) -> bool:
    """Whether all of it is in the alphanumeric mode: digits, capitals, nine signs."""
    return all(c in ALPHANUMERIC for c in text)


def count_bits(version: int, *, alphanumeric: bool) -> int:
    """Length of the count of characters."""
    if alphanumeric:
        return 9 if version < 10 else 11 if version < 27 else 13
    return 8 if version < 10 else 16


def segment(text: str, version: int) -> Bits:
    """Mode, count and characters of a text, in one segment: alphanumeric where all of it is, else bytes of UTF-8."""
    if is_alphanumeric(text):
        bits = Bits(2, 4).plus(len(text), count_bits(version, alphanumeric=True))
        for i in range(0, len(text) - 1, 2):
            bits = bits.plus(ALPHANUMERIC.index(text[i]) * 45 + ALPHANUMERIC.index(text[i + 1]), 11)
        return bits.plus(ALPHANUMERIC.index(text[-1]), 6) if len(text) % 2 else bits
    raw = text.encode()
    bits = Bits(4, 4).plus(len(raw), count_bits(version, alphanumeric=False))
    return bits.plus(int.from_bytes(raw), 8 * len(raw))


def smallest(text: str, level: Level) -> Shape:
    """The smallest version that holds a text. Raises ValueError where none does."""
    for version in range(1, 41):
        shape = Shape(version, level)
        if segment(text, version).length <= 8 * shape.data_words:
            return shape
    raise ValueError("the text is too long for a QR symbol")


def padded(bits: Bits, shape: Shape) -> list[int]:
    """Data words: the terminator, zeros to a whole word, and the two pad words in turn."""
    room = 8 * shape.data_words
    bits = bits.plus(0, min(4, room - bits.length))
    bits = bits.plus(0, -bits.length % 8)
    words = list(bits.value.to_bytes(bits.length // 8))
    return words + [(0xEC, 0x11)[i % 2] for i in range(shape.data_words - len(words))]


def interleaved(words: list[int], shape: Shape) -> list[int]:
    """Data words and their check words in the order in which they are placed."""
    blocks, at = [], 0
    for length in shape.blocks():
        blocks.append(words[at : at + length])
        at += length
    checks = [QR.checks(b, shape.checks) for b in blocks]
    longest = max(map(len, blocks))
    out = [b[i] for i in range(longest) for b in blocks if i < len(b)]
    return out + [c[i] for i in range(shape.checks) for c in checks]


def encode(text: str, shape: Shape, mask: int) -> Modules:
    """The symbol of a text. Raises ValueError where it does not fit."""
    bits = segment(text, shape.version)
    if bits.length > 8 * shape.data_words:
        raise ValueError(f"the text does not fit into version {shape.version}-{shape.level.name}")
    return place(interleaved(padded(bits, shape), shape), shape, mask)


def place(words: list[int], shape: Shape, mask: int) -> Modules:
    """Words to modules: placed, masked, with format and version information."""
    modules = frame(shape, mask)
    rows, columns = path(shape.version)
    bits = np.unpackbits(np.array(words, dtype=np.uint8))
    modules[rows[: len(bits)], columns[: len(bits)]] ^= bits
    return modules


def frame(shape: Shape, mask: int) -> Modules:
    """The symbol of nothing but zeros: patterns, information, and the mask over the rest."""
    modules, fixed = (a.copy() for a in _fixed(shape.version))
    row, column = np.indices(modules.shape)
    modules |= (_MASK_RULES[mask](row, column) == 0).astype(np.uint8) & ~fixed.astype(bool)
    _information(modules, shape, mask)
    return modules


_MASK_RULES = (
    lambda i, j: (i + j) % 2,
    lambda i, j: i % 2 + 0 * j,
    lambda i, j: j % 3 + 0 * i,
    lambda i, j: (i + j) % 3,
    lambda i, j: (i // 2 + j // 3) % 2,
    lambda i, j: i * j % 2 + i * j % 3,
    lambda i, j: (i * j % 2 + i * j % 3) % 2,
    lambda i, j: ((i + j) % 2 + i * j % 3) % 2,
)


@cache
def path(version: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Rows and columns of the data modules in the order of placement: pairs of columns from the right, up and down in turn, without column 6."""
    fixed = _fixed(version)[1]
    size = len(fixed)
    rows, columns = [], []
    up = True
    for right in (*range(size - 1, 6, -2), 5, 3, 1):
        for step in range(size):
            row = size - 1 - step if up else step
            for column in (right, right - 1):
                if not fixed[row, column]:
                    rows.append(row)
                    columns.append(column)
        up = not up
    return np.array(rows), np.array(columns)


@cache
def _fixed(version: int) -> tuple[Modules, Modules]:
    """Function patterns, and where a module is not for data."""
    size = 17 + 4 * version
    modules, fixed = np.zeros((size, size), np.uint8), np.zeros((size, size), np.uint8)
    modules[6, ::2] = modules[::2, 6] = 1
    fixed[6, :] = fixed[:, 6] = 1
    finder = np.pad(np.pad(np.ones((3, 3), np.uint8), 1), 1, constant_values=1)
    for top, left in ((0, 0), (0, size - 7), (size - 7, 0)):
        rows, columns = slice(max(top - 1, 0), top + 8), slice(max(left - 1, 0), left + 8)
        modules[rows, columns] = 0
        modules[top : top + 7, left : left + 7] = finder
        fixed[rows, columns] = 1
    fixed[8, :9] = fixed[:9, 8] = fixed[8, size - 8 :] = fixed[size - 8 :, 8] = 1
    alignment = np.array([[1] * 5, [1, 0, 0, 0, 1], [1, 0, 1, 0, 1], [1, 0, 0, 0, 1], [1] * 5], np.uint8)
    centres = _centres(version)
    for row in centres:
        for column in centres:
            if (row, column) not in {(6, 6), (6, size - 7), (size - 7, 6)}:
                where = slice(row - 2, row + 3), slice(column - 2, column + 3)
                modules[where], fixed[where] = alignment, 1
    if version >= 7:
        fixed[:6, size - 11 : size - 8] = fixed[size - 11 : size - 8, :6] = 1
    return modules, fixed


def _centres(version: int) -> list[int]:
    """Rows and columns of the centres of alignment patterns (ISO/IEC 18004, annex E)."""
    if version == 1:
        return []
    count = version // 7 + 2
    step = 26 if version == 32 else (4 * version + 2 * count + 1) // (2 * count - 2) * 2
    return sorted([6, *(4 * version + 10 - i * step for i in range(count - 1))])


def _information(modules: Modules, shape: Shape, mask: int) -> None:
    """Format information twice, the dark module, and from version 7 on the version twice."""
    size = shape.size
    bits = shape.level.value << 3 | mask
    bits = (bits << 10 | _remainder(bits << 10, 0x537, 10)) ^ 0x5412
    one = [(i, 8) for i in range(6)] + [(7, 8), (8, 8), (8, 7)] + [(8, 14 - i) for i in range(9, 15)]
    other = [(8, size - 1 - i) for i in range(8)] + [(size - 15 + i, 8) for i in range(8, 15)]
    for places in (one, other):
        for i, (row, column) in enumerate(places):
            modules[row, column] = bits >> i & 1
    modules[size - 8, 8] = 1
    if shape.version >= 7:
        bits = shape.version << 12 | _remainder(shape.version << 12, 0x1F25, 12)
        for i in range(18):
            row, column = i // 3, size - 11 + i % 3
            modules[row, column] = modules[column, row] = bits >> i & 1


def _remainder(value: int, generator: int, degree: int) -> int:
    while value.bit_length() > degree:
        value ^= generator << (value.bit_length() - degree - 1)
    return value


def penalty(modules: Modules) -> int:
    """How hard a symbol is to read (ISO/IEC 18004, 7.8.3): runs, blocks, false finders, dark share. The mask with the least is the best."""
    return (
        _runs(modules)
        + _runs(modules.T)
        + _squares(modules)
        + _finders(modules)
        + _finders(modules.T)
        + _share(modules)
    )


def _runs(modules: Modules) -> int:
    total = 0
    for line in modules:
        ends = np.flatnonzero(np.diff(line)) + 1
        lengths = np.diff([0, *ends, len(line)])
        long = lengths[lengths >= 5]
        total += int((long - 2).sum())
    return total


def _squares(modules: Modules) -> int:
    a = modules
    same = (a[1:, 1:] == a[:-1, 1:]) & (a[1:, 1:] == a[1:, :-1]) & (a[1:, 1:] == a[:-1, :-1])
    return 3 * int(same.sum())


_FINDER = np.array((1, 0, 1, 1, 1, 0, 1), np.uint8)


def _finders(modules: Modules) -> int:
    """Dark and light as 1:1:3:1:1 with four light modules before or behind; the quiet zone is light."""
    windows = np.lib.stride_tricks.sliding_window_view(np.pad(modules, ((0, 0), (4, 4))), 15, axis=1)
    core = (windows[:, :, 4:11] == _FINDER).all(axis=2)
    free = ~windows[:, :, :4].any(axis=2) | ~windows[:, :, 11:].any(axis=2)
    return 40 * int((core & free).sum())


def _share(modules: Modules) -> int:
    return int(abs(20 * int(modules.sum()) - 10 * modules.size) / modules.size) * 10


def best_mask(text: str, shape: Shape) -> int:
    """The mask that reads best for one text."""
    return min(range(MASKS), key=lambda mask: penalty(encode(text, shape, mask)))
