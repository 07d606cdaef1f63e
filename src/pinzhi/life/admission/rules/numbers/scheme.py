"""
What a scheme of numbers is, and what reading one number gives.

A kind of document (`sc`) has one or more schemes (SC, and the QS that went before it). A scheme knows the shape, the parts, the check and how the number is
written; what the parts stand for lies in `data/codes.toml` and `data/regions.toml`.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from pinzhi.kernel.values import Text

Groups = tuple[str, ...]
"""The parts of a number as they stand in it, absent ones empty."""


class Fault:
    """Why a number cannot be right. The words are part of the outward contract (`reason`)."""

    EMPTY = "empty"
    SHAPE = "shape"
    ALPHABET = "alphabet"
    CHECK_DIGIT = "check_digit"
    REGION = "region"
    YEAR = "year"
    CATEGORY = "category"
    CLASS = "class"
    WITHDRAWN = "withdrawn"


FAULTS: Mapping[str, Text] = {
    Fault.EMPTY: Text("没有填写编号。", "No number is given."),
    Fault.SHAPE: Text("编号的格式不对。", "The number does not have the form of this document."),
    Fault.ALPHABET: Text("编号中有不会出现的字符。", "The number holds a character that never occurs in it."),
    Fault.CHECK_DIGIT: Text(
        "校验位不符：至少有一位写错，或编号不是真的。",
        "The check digit does not fit: at least one character is wrong, or the number was made up.",
    ),
    Fault.REGION: Text("编号中的地区代码不存在。", "There is no region with this code."),
    Fault.YEAR: Text("编号中的年份不可能。", "The year in the number is not possible."),
    Fault.CATEGORY: Text("编号中的类别代码不存在。", "There is no category with this code."),
    Fault.CLASS: Text(
        "编号各部分互相矛盾（管理类别与发证机关不符）。",
        "The parts contradict each other (class and issuing authority).",
    ),
    Fault.WITHDRAWN: Text(
        "这种编号已停用，证件不再有效。", "Numbers of this form were withdrawn; the paper is no longer valid."
    ),
}
NONE = ""
"""No fault."""


class Known(NamedTuple):
    """What a check may ask: the year of the day that counts, the codes of provinces (`11`), their one-character names (`京`)."""

    year: int
    provinces: frozenset[str]
    characters: frozenset[str]


Check = Callable[[Groups, Known], str]
Remarks = Callable[[Groups, Known], tuple[Text, ...]]


@dataclass(frozen=True)
class Scheme:
    """
    One form of numbers.

    `pattern` is matched against the whole text, `fields` name its groups, `check(parts, known)` returns a code of `Fault` or nothing, `write` puts the
    parts into the form that the paper prints (None: as matched). `codes` says in which table a part is looked up. `verified` is False where structure or check
    digit is known at second hand only: such a finding goes to a person. `remarks` says what is odd about a number that is not wrong.
    """

    id: str
    name: Text
    expected: Text
    pattern: re.Pattern[str]
    fields: tuple[str, ...]
    check: Check
    write: Callable[[Groups], str] | None
    source: str
    verified: bool
    codes: Mapping[str, str]
    remarks: Remarks


def no_fault(_parts: Groups, _known: Known) -> str:
    """The shape is all that can be checked."""
    return NONE


def no_remarks(_parts: Groups, _known: Known) -> tuple[Text, ...]:
    """Nothing odd."""
    return ()


def withdrawn(_parts: Groups, _known: Known) -> str:
    """Papers with this form of number have all run out."""
    return Fault.WITHDRAWN


def scheme(
    id: str,  # noqa: A002 - the word of the table
    name: tuple[str, str],
    expected: tuple[str, str],
    pattern: str,
    *,
    source: str,
    verified: bool,
    check: Check = no_fault,
    write: Callable[[Groups], str] | None = None,
    codes: Mapping[str, str] | None = None,
    remarks: Remarks = no_remarks,
) -> Scheme:
    """A scheme whose fields are the named groups of its pattern, in order. Raises ValueError when a group has no name."""
    compiled = re.compile(pattern)
    fields = tuple(sorted(compiled.groupindex, key=lambda n: compiled.groupindex[n]))
    if compiled.groups != len(fields):
        raise ValueError(f"{id}: every group has a name")
    text, shape = Text(*name), Text(*expected)
    return Scheme(id, text, shape, compiled, fields, check, write, source, verified, codes or {}, remarks)


class Number(NamedTuple):
    """
    One number, read. `scheme` is None and `normalised` the folded text where it has no known form; `fault` is a code of `Fault`, empty when nothing is wrong.

    `verified` is False when the verdict rests on a structure that was seen at second hand only.
    """

    kind: str
    normalised: str
    fault: str
    verified: bool
    scheme: Scheme | None
    groups: Groups

    @property
    def valid(self) -> bool:
        """Whether the number can exist; whether it was really issued only the register says."""
        return not self.fault

    def part(self, name: str) -> str:
        """One part by its name, empty where the scheme has none such."""
        if self.scheme is None or name not in self.scheme.fields:
            return ""
        return self.groups[self.scheme.fields.index(name)]


# --- folding --------------------------------------------------------------------------------------------------------------------------------------

_DASHES = "‐‑‒–—―−─﹣－ー"
_OPEN, _CLOSE = "[{【〔〖《<", "]}】〕〗》>"
_NOTHING = dict.fromkeys(
    [
        *range(0x200B, 0x2010),
        0x2060,
        0xFEFF,
        0x00AD,
        *range(0xFE00, 0xFE10),
        *map(ord, " \t\r\n\u3000\u00a0\u2009\u202f"),
    ]
)
_FOLD = {
    **{ord(c): "-" for c in _DASHES},
    **{ord(c): "(" for c in _OPEN},
    **{ord(c): ")" for c in _CLOSE},
    **_NOTHING,
    ord("∕"): "/",
    ord("／"): "/",
}
_LABEL = re.compile(r"[^:\d]{1,24}:(?=.)")
_END = re.compile(r"[号.,;。]+\Z")


def fold(value: str) -> str:
    """Full width, brackets, dashes, spaces, invisible characters and case made one; a label before a colon and a closing 号 fall away."""
    # Brackets and dashes first: NFKC would leave 〔 as it is and turn some dashes into others.
    text = unicodedata.normalize("NFKC", value.translate(_FOLD)).translate(_FOLD).upper()
    return _END.sub("", _LABEL.sub("", text, count=1))
