"""A text cut into pieces where something was found in it, so that a page can mark the very words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

FREED = "freed"
_RANK = {"H": 0, "M": 1, "L": 2, FREED: 3}


@dataclass(frozen=True, slots=True)
class Piece:
    """A run of characters under the same marks. `mark` is the worst of them: a severity, `freed`, or empty; `rules` name all of them."""

    text: str
    mark: str = ""
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Span:
    """`start..end` of a text, marked as a severity or as `freed`."""

    start: int
    end: int
    mark: str
    rule: str


def spans_in(field: str, verdict: Mapping[str, Any]) -> tuple[Span, ...]:
    """The spans of one field in a stored verdict. What holds for a whole field (as relisting does for the title) is no span of words."""
    found = [
        Span(f["start"], f["end"], f["severity"], f["rule"])
        for f in verdict["findings"]
        if f["field"] == field and f["rule"] != "C12"
    ]
    found += [
        Span(e["start"], e["end"], FREED, e["rule"])
        for e in verdict["exemptions"]
        if e["field"] == field and e["rule"] != "C12"
    ]
    return tuple(found)


def pieces(text: str, spans: Iterable[Span]) -> tuple[Piece, ...]:
    """Cut `text` at the ends of its spans. The pieces joined are the text; spans beyond it are cut to it, empty ones are left out."""
    inside = [Span(max(s.start, 0), min(s.end, len(text)), s.mark, s.rule) for s in spans]
    inside = [s for s in inside if s.start < s.end]
    edges = sorted({0, len(text), *(s.start for s in inside), *(s.end for s in inside)})
    out = []
    for start, end in zip(edges, edges[1:], strict=False):
        here = sorted((s for s in inside if s.start <= start and end <= s.end), key=lambda s: (_RANK[s.mark], s.rule))
        rules = tuple(dict.fromkeys(s.rule for s in here))
        out.append(Piece(text[start:end], here[0].mark if here else "", rules))
    return tuple(out)
