"""
Texts as a reader sees them, with the way back to the raw characters.

Evasion writes a word so that a machine does not find it and a buyer still reads it: full width, invisible characters, traditional or look-alike
characters, marks between the characters. `Folding` undoes that character by character: every raw character becomes a string of none, one or several
characters, independent of its neighbours, so that offsets are exact by construction. Order as in the chapter: compatibility form (NFKC), invisible characters,
case, traditional to simplified, look-alikes, gaps. What a span needed is remembered (`Transform`).

Two views of one text: `plain` keeps the marks between words (contexts are read there), `dense` drops them (terms are searched there).
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from pinzhi.kernel.canon import digest


class Transform(StrEnum):
    """What had to be undone to read a span."""

    WIDTH = "width"
    """Full width, circled, superscript, letter-like: NFKC; accents on Latin letters."""
    INVISIBLE = "invisible"
    """Zero width, direction marks, variation selectors, combining marks, control characters."""
    CASE = "case"
    TRADITIONAL = "traditional"
    LOOKALIKE = "lookalike"
    GAP = "gap"
    """Marks or pictographs between the characters."""
    SPELLING = "pinyin"
    SPLIT = "split"
    """A character written as its parts."""


EVASIVE = frozenset(
    {Transform.INVISIBLE, Transform.LOOKALIKE, Transform.GAP, Transform.SPELLING, Transform.SPLIT, Transform.WIDTH}
)
"""Foldings that an honest text of goods does not need inside a word. Capital letters and traditional characters are none."""

_BREAKS = frozenset("\n\r\x0b\x0c\x85\u2028\u2029")
_ACCENTS_BELOW = 0x2000
"""Above this block a decomposition tears apart kana and hangul."""
_PICTOGRAPHS = ("\U0001f000", "\U0001fbff")
"""Also those that the interpreter's Unicode version does not know yet."""
_SIGNS = ("\U0001f200", "\U0001f2ff")
"""Squared ideographs such as 🈲: drawn between characters as pictographs, although NFKC would read them."""
_PICTURED = (0x1F150, 0x1F170, 0x1F1E6)
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_ROUNDS = 6
_EXPANDS = 0xFFFFFFFF
_DROPPED = 0xFFFFFFFE
_CODES = 0x110000


def _letter(char: str) -> str | None:
    """The letter of a negative circle, a negative square or a regional indicator: pictographs that Unicode does not decompose."""
    for first in _PICTURED:
        if 0 <= ord(char) - first < len(_ALPHABET):
            return _ALPHABET[ord(char) - first]
    return None


def _invisible(char: str) -> bool:
    """Nothing is drawn, or only onto the neighbour: format characters, marks, variation selectors, controls, lone surrogates."""
    return char not in _BREAKS and char != "\t" and unicodedata.category(char) in {"Cf", "Mn", "Me", "Cc", "Cs"}


class _Memo(dict[int, str]):
    """Code point to string, worked out on first sight: the shape that `str.translate` is fastest with."""

    def __init__(self, work: Folding, *, dense: bool) -> None:
        super().__init__()
        self._work, self._dense = work, dense

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = self._work.character(char)
        self._work.note(char, folded)
        if self._dense:
            folded = "".join(c for c in folded if not self._work.is_gap(c))
        self[code] = folded
        return folded


@dataclass(frozen=True, slots=True)
class Folded:
    """
    One text in its two views. `at[i]` is the index of the raw character that `plain[i]` came from; `place[j]` the index in `plain` of `dense[j]`.

    All three index sequences never fall.
    """

    raw: str
    plain: str
    at: Sequence[int]
    dense: str
    place: Sequence[int]

    def raw_span(self, start: int, end: int) -> tuple[int, int]:
        """Code points of the raw text that hold `plain[start:end]`; `start < end`."""
        return self.at[start], self.at[end - 1] + 1

    def plain_span(self, start: int, end: int) -> tuple[int, int]:
        """Where `dense[start:end]` stands in `plain`; `start < end`."""
        return self.place[start], self.place[end - 1] + 1

    def plain_index(self, raw_index: int) -> int:
        """The first place in `plain` that came from this raw character or a later one."""
        return bisect_left(self.at, raw_index)


class Folding:
    """The tables of one version, compiled. Immutable in what it answers; it only remembers what it has worked out."""

    def __init__(self, traditional: Mapping[str, str], lookalikes: Mapping[str, str], gaps: Iterable[str]) -> None:
        self._traditional, self._lookalikes = dict(traditional), dict(lookalikes)
        self._gaps = frozenset(gaps)
        self._plain = _Memo(self, dense=False)
        self._dense = _Memo(self, dense=True)
        self._uneven: set[str] = set()
        """Of the characters read so far, those that do not read as exactly one."""
        self._marks: set[str] = set()
        """Of the characters that were read in others so far, those that are gaps."""
        self._why: dict[str, frozenset[Transform]] = {}
        self._codes: np.ndarray | None = None
        self.hash = digest([self._traditional, self._lookalikes, sorted(self._gaps), unicodedata.unidata_version])
        """Over the tables and the Unicode version of the interpreter: both decide what a text reads as."""

    # --- characters ------------------------------------------------------------------------------------------------------------------

    def character(self, char: str) -> str:
        """What one raw character reads as: none, one or several characters, each of which reads as itself."""
        now = char
        for _ in range(_ROUNDS):
            folded = "".join(self._once(c) for c in now)
            if folded == now:
                break
            now = folded
        return now

    def _once(self, char: str) -> str:
        if char in _BREAKS:
            return "\n"
        if _invisible(char):
            return ""
        if _SIGNS[0] <= char <= _SIGNS[1]:
            return char
        if (letter := _letter(char)) is not None:
            return letter
        form = unicodedata.normalize("NFKC", char)
        if len(form) == 1 and ord(form) < _ACCENTS_BELOW:
            form = unicodedata.normalize("NFKD", form)
        form = "".join(c for c in form if not _invisible(c)).casefold()
        simple = (self._traditional.get(c, c) for c in form)
        return "".join(" " if c.isspace() and c not in _BREAKS else self._lookalikes.get(c, c) for c in simple)

    def is_gap(self, char: str) -> bool:
        """Whether a folded character may stand between the characters of a word without parting it."""
        if char == " " or char in self._gaps or _PICTOGRAPHS[0] <= char <= _PICTOGRAPHS[1]:
            return True
        return unicodedata.category(char) in {"So", "Sk", "Co"}

    def note(self, char: str, folded: str) -> None:
        """Remember what a character was read as, for the quick way through later texts."""
        if len(folded) != 1:
            self._uneven.add(char)
        self._marks.update(c for c in folded if self.is_gap(c))

    def reasons(self, char: str) -> frozenset[Transform]:
        """Which foldings one raw character needed."""
        if (known := self._why.get(char)) is not None:
            return known
        found: set[Transform] = set()
        if self.character(char) != char and char not in _BREAKS and not char.isspace():
            if _invisible(char):
                found.add(Transform.INVISIBLE)
            form = unicodedata.normalize("NFKC", char)
            bare = unicodedata.normalize("NFKD", form) if len(form) == 1 and ord(form) < _ACCENTS_BELOW else form
            if bare != char and char not in self._traditional:
                found.add(Transform.WIDTH)
            if bare.casefold() != bare:
                found.add(Transform.CASE)
            read = bare.casefold()
            if any(c in self._traditional for c in read):
                found.add(Transform.TRADITIONAL)
            if any(self._traditional.get(c, c) in self._lookalikes for c in read):
                found.add(Transform.LOOKALIKE)
        self._why[char] = answer = frozenset(found)
        return answer

    # --- texts -----------------------------------------------------------------------------------------------------------------------

    def dense(self, raw: str) -> str:
        """The text in which terms are searched, without the way back: the quick first look."""
        return raw.translate(self._dense)

    def plain(self, raw: str) -> str:
        """The text in which contexts are read, without the way back."""
        return raw.translate(self._plain)

    def fold(self, raw: str) -> Folded:
        """Both views with the way back."""
        plain = raw.translate(self._plain)
        if self._uneven.isdisjoint(raw):
            return self._fold_evenly(raw, plain)
        at: list[int] = []
        dense: list[str] = []
        place: list[int] = []
        table, marks = self._plain, self._marks
        for index, char in enumerate(raw):
            for c in table[ord(char)]:
                if c not in marks:
                    dense.append(c)
                    place.append(len(at))
                at.append(index)
        return Folded(raw, plain, at, "".join(dense), place)

    def _fold_evenly(self, raw: str, plain: str) -> Folded:
        """Where every character reads as exactly one, as in nearly all texts, places in `plain` are places in the raw text."""
        at = range(len(raw))
        dense = raw.translate(self._dense)
        if len(dense) == len(raw):
            return Folded(raw, plain, at, dense, at)
        marks = self._marks
        return Folded(raw, plain, at, dense, [i for i, c in enumerate(plain) if c not in marks])

    def transforms(self, raw: str, start: int, end: int) -> frozenset[Transform]:
        """The foldings that `raw[start:end]` needed, gaps apart."""
        return frozenset().union(*(self.reasons(c) for c in raw[start:end]))

    def dense_batch(self, raw: str) -> tuple[str, np.ndarray]:
        """
        The dense view of a long text (many joined by line breaks) and, for every character of it, the index of its raw character (int64).

        The same answer as `dense`, by table look-up in arrays: about ten times quicker per character.
        """
        table = self._code_table()
        codes = np.frombuffer(raw.encode("utf-32-le", "surrogatepass"), dtype=np.uint32)
        mapped = table[codes]
        kept = mapped != _DROPPED
        at = np.flatnonzero(kept)
        dense = mapped[at]
        if (grows := np.flatnonzero(dense == _EXPANDS)).size:
            strings = [self._dense[int(codes[at[i]])] for i in grows]
            counts = np.ones(dense.size, dtype=np.int64)
            counts[grows] = [len(s) for s in strings]
            starts = np.cumsum(counts) - counts
            at, dense = np.repeat(at, counts), np.repeat(dense, counts)
            for i, s in zip(grows, strings, strict=True):
                dense[starts[i] : starts[i] + len(s)] = [ord(c) for c in s]
        return dense.tobytes().decode("utf-32-le"), at

    def _code_table(self) -> np.ndarray:
        if self._codes is None:
            table = np.arange(_CODES, dtype=np.uint32)
            own = sorted(ord(c) for c in (*self._traditional, *self._lookalikes) if _inert(ord(c)))
            for code in (*(c for low, high in _LIVELY for c in range(low, high)), *own):
                folded = self._dense[code]
                table[code] = _DROPPED if not folded else ord(folded) if len(folded) == 1 else _EXPANDS
            for plane in _PRIVATE_PLANES:
                table[plane : plane + 0xFFFE] = _DROPPED
            self._codes = table
        return self._codes


_LIVELY = ((0, 0x3400), (0x4DC0, 0x4E00), (0xA000, 0xAC00), (0xD7A4, 0x20000), (0x2F800, 0x2FA20), (0xE0000, 0xE1000))
"""The code points that may fold to something else by Unicode's own tables; ideographs and hangul syllables fold by ours only (tested over all code points)."""
_PRIVATE_PLANES = (0xF0000, 0x100000)


def _inert(code: int) -> bool:
    return not any(low <= code < high for low, high in _LIVELY)


def pairs(text: str) -> dict[str, str]:
    """`"國国 級级"` as a mapping. Raises ValueError where an entry is not two characters."""
    entries = text.split()
    if wrong := [e for e in entries if len(e) != 2]:
        raise ValueError(f"an entry is two characters: {wrong[:3]}")
    return {e[0]: e[1] for e in entries}
