"""
A text as a set of short runs of units, hashed: what the linear model and the index of likeness look at.

A unit is a Chinese character, a whole word in Latin letters, a number (only its length counts) or a mark; repeated marks count once. Runs of one to `longest`
units are hashed to 32 bits, so that a model or an index holds figures and no words of a buyer. Many texts are taken at once by numpy.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Keys = NDArray[np.uint32]
Places = NDArray[np.int64]

LONGEST_TEXT = 2_000
"""Characters that the model reads; of a longer text the first three quarters of it and its end."""
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufe00-\ufe0f\ufeff\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]"
)
_BREAK, _MARK, _WORD, _DIGIT, _HAN = 0, 1, 2, 3, 4


def fold(text: str, simpler: dict[int, str] | None = None, most: int = 0) -> str:
    """Compatibility form, lower case, no invisible characters, traditional characters by the table. `most` > 0 keeps head and end of a longer text."""
    if most and len(text) > most:
        head = most * 3 // 4
        text = text[:head] + "\n" + text[len(text) - (most - head) :]
    if not text.isascii():
        text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", _INVISIBLE.sub("", text)))
        if simpler:
            text = text.translate(simpler)
    else:
        text = _INVISIBLE.sub("", text)
    return text.lower()


@dataclass(frozen=True)
class Grams:
    """The different keys of each text, ascending: those of text i are `keys[start[i]:start[i + 1]]`."""

    keys: Keys
    start: Places

    def __len__(self) -> int:
        """How many texts."""
        return len(self.start) - 1

    def rows(self) -> Places:
        """The text of every key."""
        return np.repeat(np.arange(len(self)), np.diff(self.start))

    def take(self, which: Places) -> Grams:
        """Some of the texts, in the given order."""
        lengths = np.diff(self.start)[which]
        start = np.concatenate([[0], np.cumsum(lengths)])
        at = np.repeat(self.start[which] - start[:-1], lengths) + np.arange(start[-1])
        return Grams(self.keys[at], start)


def _classes(code: NDArray[np.uint32]) -> NDArray[np.uint8]:
    kind = np.full(len(code), _MARK, np.uint8)
    kind[(code <= 32) | (code == 0x3000)] = _BREAK
    kind[((code >= 97) & (code <= 122)) | ((code >= 0xC0) & (code < 0x2000)) | (code == 39)] = _WORD
    kind[(code >= 48) & (code <= 57)] = _DIGIT
    kind[((code >= 0x3040) & (code <= 0x9FFF)) | ((code >= 0x20000) & (code < 0x32000))] = _HAN
    return kind


def _mix(value: Any) -> Any:
    """A finaliser of 64 bits (splitmix64)."""
    with np.errstate(over="ignore"):
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def units(texts: Sequence[str]) -> tuple[NDArray[np.uint64], Places]:
    """The hashed units of all folded texts one after another, and the text of each."""
    joined = "\x00".join(texts)
    code = np.frombuffer(joined.encode("utf-32-le", "replace"), np.uint32)
    if not len(code):
        return np.zeros(0, np.uint64), np.zeros(0, np.int64)
    row = np.cumsum(code == 0) if len(texts) > 1 else np.zeros(len(code), np.int64)
    kind = _classes(code)
    first = np.ones(len(code), bool)
    same = kind[1:] == kind[:-1]
    first[1:] = ~(same & ((kind[1:] == _WORD) | (kind[1:] == _DIGIT) | ((kind[1:] == _MARK) & (code[1:] == code[:-1]))))
    at = np.flatnonzero(first)
    run = np.cumsum(first) - 1
    inside = np.arange(len(code)) - at[run]
    letter = np.where(kind == _DIGIT, 48, np.where((kind == _MARK) & (inside > 0), 0, code)).astype(np.uint64)
    letter[(kind == _MARK) & (inside > 0)] = 0
    with np.errstate(over="ignore"):
        each = _mix(letter * np.uint64(1_000_003) + inside.astype(np.uint64) * np.uint64(0x9E3779B97F4A7C15))
    each[letter == 0] = 0
    hashed = np.add.reduceat(each, at)
    keep = kind[at] != _BREAK
    return hashed[keep], row[at][keep]


def grams(texts: Sequence[str], shortest: int = 1, longest: int = 3) -> Grams:
    """The keys of folded texts."""
    unit, row = units(texts)
    found: list[NDArray[np.uint64]] = []
    high = row.astype(np.uint64) << np.uint64(32)
    value = np.zeros(len(unit), np.uint64)
    for n in range(1, longest + 1):
        m = len(unit) - n + 1
        if m <= 0:
            break
        with np.errstate(over="ignore"):
            value = _mix(value[:m] * np.uint64(0x9E3779B97F4A7C15) + unit[n - 1 :] + np.uint64(n))
        if n >= shortest:
            whole = row[:m] == row[n - 1 :]
            found.append((high[:m] | (value >> np.uint64(32)))[whole])
    if not found:
        return Grams(np.zeros(0, np.uint32), np.zeros(len(texts) + 1, np.int64))
    both = np.sort(np.concatenate(found))
    once = np.ones(len(both), bool)
    once[1:] = both[1:] != both[:-1]
    both = both[once]  # np.unique gives the same and takes ten times as long: it hashes first
    start = np.searchsorted(both >> np.uint64(32), np.arange(len(texts) + 1, dtype=np.uint64))
    return Grams((both & np.uint64(0xFFFFFFFF)).astype(np.uint32), start.astype(np.int64))
