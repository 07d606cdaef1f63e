"""Words that recognition read on pictures, as texts that the rules can judge. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from pinzhi.life.admission.contracts import Finding
from pinzhi.life.admission.rules.reports.words import Sheets, Word

FIELD = "image_words"
SURE_AT_LEAST = 0.6
"""Words that the reader is less sure of are no ground to hold anything against anybody."""
DOUBTFUL = 0.7
"""A finding on a picture is never surer than this: one character read wrongly makes another word, so a person looks at the picture (`verdict.SURE_ENOUGH`)."""
_SAME_LINE = 0.6
MOST = 5_000
"""Characters of one picture that are judged."""


@dataclass(frozen=True, slots=True)
class Captions:
    """The texts by field (`image_words:<number of the picture>`), and the readings that they come from, for a replay."""

    texts: tuple[tuple[str, str], ...]
    readings: tuple[tuple[str, int], ...]


def name_of(number: int) -> str:
    """The field of a picture's words; pictures are numbered from 0 as in the listing."""
    return f"{FIELD}:{number}"


def lines(sheets: Sheets) -> str:
    """The words of a picture in reading order: what stands on one height is a line, lines are parted by line breaks."""
    found: list[str] = []
    for page in sheets.pages:
        line: list[Word] = []
        for word in sorted(
            (w for w in page.words if w.sure >= SURE_AT_LEAST and w.text.strip()), key=lambda w: (w.middle, w.x0)
        ):
            if line and word.middle - line[-1].middle > _SAME_LINE * max(word.y1 - word.y0, line[-1].y1 - line[-1].y0):
                found.append(_joined(line))
                line = []
            line.append(word)
        if line:
            found.append(_joined(line))
    return "\n".join(found)[:MOST]


def doubtful(findings: Iterable[Finding]) -> list[Finding]:
    """Findings on pictures, sure enough for a person and never for a refusal by the rules alone."""
    return [replace(f, confidence=min(f.confidence, DOUBTFUL)) for f in findings]


def _joined(line: list[Word]) -> str:
    return " ".join(w.text.strip() for w in sorted(line, key=lambda w: w.x0))
