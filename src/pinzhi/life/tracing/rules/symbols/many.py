"""
Symbols by the million: around twenty variable characters, a symbol is an exclusive or of table rows.

Encoding, check words, placement and masking are all affine over GF(2), so that symbol(code) = symbol(zeros) ⊕ Σ row(group, its characters). The twenty
characters of a code come in ten or eleven groups of one or two: so many look-ups and exclusive ors make the whole symbol, error correction included. What
comes out is bit for bit what `qr.encode` and `datamatrix.encode` give.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.life.tracing.rules.codes import ALPHABET, LENGTH
from pinzhi.life.tracing.rules.symbols import datamatrix, qr
from pinzhi.life.tracing.rules.symbols.qr import Level, Modules

_INDEX = np.zeros(256, np.uint16)
_INDEX[[ord(c) for c in ALPHABET]] = range(len(ALPHABET))
PORTION = 1 << 13
SAMPLE = 24
"""Codes over which the mask with the least mean penalty is chosen."""
_ZERO = ALPHABET[0] * LENGTH
_PAIRS = tuple((i, i + 1) for i in range(0, LENGTH, 2))


@dataclass(frozen=True)
class Carrier:
    """
    A symbol with a code in it: modules on a side, quiet zone, data words of a code, modules of data words.

    `groups` are the positions of characters whose bits are looked up together.
    """

    name: str
    side: int
    quiet: int
    words: Callable[[str], list[int]]
    place: Callable[[list[int]], Modules]
    groups: tuple[tuple[int, ...], ...]

    def one(self, code: str) -> Modules:
        """The symbol of one code, the long way."""
        return self.place(self.words(code))


def qr_carrier(stem: str, level: Level = Level.M, mask: int | None = None) -> Carrier:
    """
    QR of the address `stem` + code. Without a mask the one is taken that has the least mean penalty over a fixed sample of codes.

    Raises ValueError where the address is too long for any symbol.
    """
    shape = qr.smallest(stem + _ZERO, level)
    chosen = _mask(stem, shape) if mask is None else mask
    # In the alphanumeric mode pairs are counted from the beginning of the text.
    odd = qr.is_alphanumeric(stem) and len(stem) % 2
    groups = ((0,), *((i, i + 1) for i in range(1, LENGTH - 1, 2)), (LENGTH - 1,)) if odd else _PAIRS
    return Carrier(
        f"qr-{shape.version}-{level.name}",
        shape.size,
        qr.QUIET,
        lambda code: qr.padded(qr.segment(stem + code, shape.version), shape),
        lambda words: qr.place(qr.interleaved(words, shape), shape, chosen),
        groups,
    )


def datamatrix_carrier(gtin: str, batch: str = "") -> Carrier:
    """GS1 Data Matrix of GTIN, batch and code. Raises ValueError where they do not fit."""
    pairs = [("01", gtin), *([("10", batch)] if batch else [])]
    side = datamatrix.smallest(len(datamatrix.elements([*pairs, ("21", _ZERO)])))
    return Carrier(
        f"datamatrix-{side}",
        side,
        datamatrix.QUIET,
        lambda code: datamatrix.padded(datamatrix.elements([*pairs, ("21", code)]), side),
        lambda words: datamatrix.place(words, side),
        _PAIRS,
    )


def _mask(stem: str, shape: qr.Shape) -> int:
    chance = np.random.default_rng(18004)
    codes = ["".join(ALPHABET[i] for i in row) for row in chance.integers(0, len(ALPHABET), (SAMPLE, LENGTH))]
    return min(range(qr.MASKS), key=lambda m: sum(qr.penalty(qr.encode(stem + c, shape, m)) for c in codes))


@dataclass(frozen=True)
class Tables:
    """
    What the symbols of a carrier are made from.

    `start` is the symbol of the first alphabet character throughout, `rows[g]` what a group of one or two characters changes: (32 or 1024, words of 64 bits).
    """

    carrier: Carrier
    start: NDArray[np.uint64]
    rows: tuple[NDArray[np.uint64], ...]

    @property
    def stride(self) -> int:
        """Bytes of one packed row of modules."""
        return (self.carrier.side + 7) // 8

    @property
    def length(self) -> int:
        """Bytes of one packed symbol."""
        return self.carrier.side * self.stride


def tables(carrier: Carrier) -> Tables:
    """The tables of a carrier: about 200 symbols made the long way."""
    base = carrier.words(_ZERO)
    start = _packed(carrier.place(base))
    basis: dict[int, NDArray[np.uint64]] = {}
    rows = tuple(_rows(carrier, group, base, start, basis) for group in carrier.groups)
    return Tables(carrier, start, rows)


def _rows(
    carrier: Carrier,
    group: tuple[int, ...],
    base: list[int],
    start: NDArray[np.uint64],
    basis: dict[int, NDArray[np.uint64]],
) -> NDArray[np.uint64]:
    """What every content of a group changes, put together from what single bits change (`basis`)."""
    contents = [(a,) for a in ALPHABET] if len(group) == 1 else [(a, b) for a in ALPHABET for b in ALPHABET]
    zero = int.from_bytes(bytes(base))
    out = np.zeros((len(contents), len(start)), np.uint64)
    for at_row, content in enumerate(contents):
        code = list(_ZERO)
        for at, character in zip(group, content, strict=True):
            code[at] = character
        change = int.from_bytes(bytes(carrier.words("".join(code)))) ^ zero
        while change:
            bit = change.bit_length() - 1
            if bit not in basis:
                words = list((zero ^ 1 << bit).to_bytes(len(base)))
                basis[bit] = _packed(carrier.place(words)) ^ start
            out[at_row] ^= basis[bit]
            change ^= 1 << bit
    return out


def _packed(modules: Modules) -> NDArray[np.uint64]:
    """Modules in rows of whole bytes, filled up to whole words of 64 bits."""
    flat = np.packbits(modules, axis=1).ravel()
    return np.pad(flat, (0, -len(flat) % 8)).view(np.uint64)


def symbols(made_from: Tables, codes: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    """
    The symbols of codes (dtype `S20`): packed rows of modules, 1 is dark, shape (codes, side, stride).

    Every character must be of the alphabet of codes; that is the caller's promise.
    """
    out = np.empty((len(codes), len(made_from.start)), np.uint64)
    figures = _INDEX[codes.view(np.uint8).reshape(-1, LENGTH)]
    for begin in range(0, len(codes), PORTION):
        part, target = figures[begin : begin + PORTION], out[begin : begin + PORTION]
        target[:] = made_from.start
        for group, rows in zip(made_from.carrier.groups, made_from.rows, strict=True):
            target ^= rows[part[:, group[0]] if len(group) == 1 else part[:, group[0]] << 5 | part[:, group[1]]]
    flat = out.view(np.uint8).reshape(len(codes), -1)[:, : made_from.length]
    return flat.reshape(len(codes), made_from.carrier.side, made_from.stride)


def unpacked(made_from: Tables, packed: NDArray[np.uint8]) -> Modules:
    """One packed symbol as a square of 0 and 1."""
    return np.unpackbits(packed, axis=1)[:, : made_from.carrier.side]
