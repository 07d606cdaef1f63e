"""Reed-Solomon check words over GF(256) (ISO/IEC 18004, 7.5; ISO/IEC 16022, annex E)."""

from __future__ import annotations


class Field:
    """GF(256) with a primitive polynomial: 0x11D for QR, 0x12D for Data Matrix. `first` is the exponent of the first root of the generator."""

    def __init__(self, polynomial: int, first: int) -> None:
        exponents, logarithms, value = [0] * 510, [0] * 256, 1
        for i in range(255):
            exponents[i] = exponents[i + 255] = value
            logarithms[value] = i
            value <<= 1
            if value & 256:
                value ^= polynomial
        self.exponents, self.logarithms, self.first = exponents, logarithms, first

    def times(self, a: int, b: int) -> int:
        """The product."""
        return self.exponents[self.logarithms[a] + self.logarithms[b]] if a and b else 0

    def generator(self, checks: int) -> list[int]:
        """The generator polynomial of `checks` check words without its leading 1, highest power first."""
        poly = [1]
        for i in range(self.first, self.first + checks):
            root = self.exponents[i]
            poly = [a ^ self.times(b, root) for a, b in zip([*poly, 0], [0, *poly], strict=True)]
        return poly[1:]

    def checks(self, words: list[int], count: int) -> list[int]:
        """The `count` check words of a block."""
        generator, rest = self.generator(count), [0] * count
        for word in words:
            factor = word ^ rest[0]
            rest = [r ^ self.times(g, factor) for r, g in zip([*rest[1:], 0], generator, strict=True)]
        return rest


QR = Field(0x11D, 0)
DATA_MATRIX = Field(0x12D, 1)
