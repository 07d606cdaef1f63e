"""
Compressed GS1 Digital Links: identifiers and values as bits in the alphabet of base 64 for URIs, whole (`/AQnYUc1gmg`) or behind an open key.

    unpack(table, "AQnYUc1gmg")      →  (("01", "05412345000013"),), ()
    pack(table, pairs, others)       →  "AQnYUc1gmg"

Every identifier is written in four bits a digit, then its value: digits as one binary number, text in the narrowest of five codings. Pairs that often stand
together have one byte of their own (read, never written). Source: GS1 Digital Link Standard: Compression, sections 3 to 5; the form of a value follows from
the table of identifiers, and `tests/cases/links.toml` holds published facts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from math import ceil, log2
from string import ascii_lowercase, ascii_uppercase, digits

from pinzhi.life.tracing.rules.gs1.identifiers import Identifiers, Part

Pairs = tuple[tuple[str, str], ...]
ALPHABET = ascii_uppercase + ascii_lowercase + digits + "-_"
PACKED = re.compile(r"[A-Za-z0-9_\-]+", re.ASCII)
_VALUE = {c: i for i, c in enumerate(ALPHABET)}
_OTHER = "F"
"""The four bits before a parameter that is not GS1's."""
_TOGETHER: dict[str, tuple[str, ...]] = {
    "0A": ("01", "22"), "0B": ("01", "10"), "0C": ("01", "21"), "0D": ("01", "17"), "0E": ("01", "7003"), "0F": ("01", "30"),
    "1A": ("01", "10", "21", "17"), "1B": ("01", "15"), "1C": ("01", "11"), "1D": ("01", "16"), "1E": ("01", "91"), "1F": ("01", "10", "15"),
    "9A": ("8010", "8011"), "9B": ("8017", "8019"), "9C": ("8018", "8019"), "9D": ("414", "254"),
    **{f"2{c}": ("01", f"310{i}") for i, c in enumerate("ABCDEF")},
    **{f"3{c}": ("01", f"320{i}") for i, c in enumerate("ABCDEF")},
    **{f"A{i}": ("01", f"392{i}") for i in range(10)},
    **{f"C{i}": ("255", f"390{i}") for i in range(10)},
    **{f"C{c}": ("255", f"394{i}") for i, c in enumerate("ABCD")},
}  # fmt: skip
_LONGEST = 4096
"""Characters of a compressed address."""
Form = tuple[str, int, bool]
"""Kind (N or X), characters, whether there may be fewer."""


class _Bits:
    """Bits read one after the other. Running out of them raises ValueError."""

    def __init__(self, text: str) -> None:
        self.bits = "".join(f"{_VALUE[c]:06b}" for c in text)
        self.at = 0

    def number(self, count: int) -> int:
        if self.at + count > len(self.bits):
            raise ValueError("the bits end too early")
        self.at += count
        return int(self.bits[self.at - count : self.at] or "0", 2)

    @property
    def left(self) -> str:
        return self.bits[self.at :]


@lru_cache(maxsize=1024)
def _length_bits(longest: int) -> int:
    return ceil(log2(longest) + 0.01)


@lru_cache(maxsize=1024)
def _digit_bits(count: int) -> int:
    return ceil(count * log2(10) + 0.01)


@lru_cache(maxsize=1024)
def form(parts: tuple[Part, ...]) -> tuple[Form, ...]:
    """How a value is cut: neighbours of one kind together; of digits the fixed ones before those that may be absent, of text all at once."""
    found: list[Form] = []
    for part in parts:
        kind, open_ = "N" if part.kind == "N" else "X", part.optional or part.low != part.high
        if found and found[-1][0] == kind and (kind == "X" or found[-1][2] == open_):
            found[-1] = (kind, found[-1][1] + part.high, found[-1][2] or open_)
        else:
            found.append((kind, part.high, open_))
    return tuple(found)


# --- reading ---------------------------------------------------------------------------------------------------------------------------------


def unpack(table: Identifiers, text: str) -> tuple[Pairs, Pairs] | None:
    """The identifiers with their values in the order written, and other parameters; None where the text is no compressed link."""
    if not PACKED.fullmatch(text) or len(text) > _LONGEST:
        return None
    bits = _Bits(text)
    pairs: list[tuple[str, str]] = []
    others: list[tuple[str, str]] = []
    try:
        while (len(bits.left) >= 8 and "1" in bits.left) or not (pairs or others):
            first = f"{bits.number(4):X}"
            if first == _OTHER:
                others.append(_other(bits))
                continue
            for code in _codes(table, first, bits):
                known = table.by_code[code]
                pairs.append((code, "".join(_value(bits, part) for part in form(known.parts))))
    except (ValueError, KeyError, IndexError):
        return None
    return None if "1" in bits.left else (tuple(pairs), tuple(others))


def _codes(table: Identifiers, first: str, bits: _Bits) -> tuple[str, ...]:
    code = first + f"{bits.number(4):X}"
    if not code.isdigit():
        return _TOGETHER[code]
    while code not in table.by_code:
        if len(code) == 4:
            raise KeyError(code)
        code += f"{bits.number(4):X}"
    return (code,)


def _value(bits: _Bits, part: Form) -> str:
    kind, count, open_ = part
    if kind == "N":
        count = bits.number(_length_bits(count)) if open_ else count
        return str(bits.number(_digit_bits(count))).zfill(count) if count or not open_ else _nothing(bits)
    coding = bits.number(3)
    return _text(bits, coding, bits.number(_length_bits(count)) if open_ else count)


def _nothing(bits: _Bits) -> str:
    """A number without digits takes one bit all the same."""
    if bits.number(_digit_bits(0)):
        raise ValueError("a number without digits is not zero")
    return ""


def _text(bits: _Bits, coding: int, count: int) -> str:
    if coding == 0:
        value = str(bits.number(_digit_bits(count)))
        if len(value) > max(count, 1):
            raise ValueError("more digits than there are")
        return value.zfill(count) if count else ""
    if coding in (1, 2):
        text = "".join(f"{bits.number(4):x}" for _ in range(count))
        return text if coding == 1 else text.upper()
    if coding == 3:
        return "".join(ALPHABET[bits.number(6)] for _ in range(count))
    if coding == 4:
        return "".join(chr(bits.number(7)) for _ in range(count))
    raise ValueError("no such coding")


def _other(bits: _Bits) -> tuple[str, str]:
    name = "".join(ALPHABET[bits.number(6)] for _ in range(bits.number(7)))
    coding = bits.number(3)
    return name, _text(bits, coding, bits.number(7))


# --- writing ---------------------------------------------------------------------------------------------------------------------------------

_CODINGS = (
    (re.compile(r"[0-9]+", re.ASCII), 0),
    (re.compile(r"[0-9A-F]+", re.ASCII), 2),
    (re.compile(r"[0-9a-f]+", re.ASCII), 1),
    (PACKED, 3),
    (re.compile(r"[\x00-\x7f]*", re.ASCII), 4),
)
"""The narrowest first, with their numbers: digits, hexadecimal digits in capitals and small, the alphabet of base 64, ASCII (and no characters)."""


def pack(table: Identifiers, pairs: Sequence[tuple[str, str]], others: Sequence[tuple[str, str]] = ()) -> str:
    """
    The compressed text of valid pairs, sorted by identifier, and of other parameters behind them. Raises ValueError for a parameter whose name is not of
    the alphabet, whose value is not ASCII, or that is longer than 127 characters.
    """
    bits = "".join(
        _number(code, 16, 4) + _packed(form(table.by_code[code].parts), value) for code, value in sorted(pairs)
    )
    for name, value in others:
        if not PACKED.fullmatch(name) or max(len(name), len(value)) > 127 or not value.isascii():
            raise ValueError(name)
        bits += f"1111{len(name):07b}" + "".join(f"{_VALUE[c]:06b}" for c in name) + _coded(value, f"{len(value):07b}")
    bits += "0" * (-len(bits) % 6)
    return "".join(ALPHABET[int(bits[i : i + 6], 2)] for i in range(0, len(bits), 6))


def _number(text: str, base: int, width: int) -> str:
    return "".join(f"{int(c, base):0{width}b}" for c in text)


def _packed(forms: tuple[Form, ...], value: str) -> str:
    bits = ""
    for kind, count, open_ in forms:
        piece, value = (value, "") if open_ else (value[:count], value[count:])
        length = f"{len(piece):0{_length_bits(count)}b}" if open_ else ""
        bits += length + _digits(piece) if kind == "N" else _coded(piece, length)
    return bits


def _digits(text: str) -> str:
    return f"{int(text or '0'):0{_digit_bits(len(text))}b}"


def _coded(text: str, length: str) -> str:
    coding = next(number for shape, number in _CODINGS if shape.fullmatch(text))
    head = f"{coding:03b}{length}"
    if coding == 0:
        return head + _digits(text)
    if coding in (1, 2):
        return head + _number(text, 16, 4)
    if coding == 3:
        return head + "".join(f"{_VALUE[c]:06b}" for c in text)
    return head + "".join(f"{ord(c):07b}" for c in text)
