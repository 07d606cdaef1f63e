"""
The words of this room: what was seen on the pages, what it was read as, what was found.

Coordinates are in points (1/72 inch) from the top left corner of the upright page; scans are brought to the same unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from pinzhi.kernel.values import Text
from pinzhi.life.admission.contracts import Outcome

FIELDS = (
    "report_no",
    "lab",
    "cma",
    "cnas",
    "product",
    "brand",
    "model",
    "batch",
    "manufacturer",
    "client",
    "standards",
    "manufactured",
    "sampled",
    "received",
    "tested_from",
    "tested_to",
    "issued",
    "conclusion",
)
"""The names of the interface contract, in its order."""
DAYS = ("manufactured", "sampled", "received", "tested_from", "tested_to", "issued")
"""The fields that are days, in the order in which they can have happened (all but the first are ordered against each other)."""


class Source(StrEnum):
    """Where a page's words come from."""

    TEXT = "text"
    OCR = "ocr"


@dataclass(frozen=True, slots=True)
class Word:
    """
    A run of characters without a gap.

    `second` is another reading of the same place at another scale, None where there was none; `sure` is the reader's own confidence, 0 to 1.
    """

    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    sure: float = 1.0
    second: str | None = None

    @property
    def middle(self) -> float:
        """Height of its centre line."""
        return (self.y0 + self.y1) / 2

    @property
    def centre(self) -> float:
        """Its centre from the left."""
        return (self.x0 + self.x1) / 2


@dataclass(frozen=True, slots=True)
class Rule:
    """A drawn straight line, level (`y0 == y1`) or upright (`x0 == x1`)."""

    x0: float
    y0: float
    x1: float
    y1: float


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it was read. `number` counts from 0."""

    number: int
    width: float
    height: float
    words: tuple[Word, ...]
    rules: tuple[Rule, ...] = ()
    source: Source = Source.TEXT


@dataclass(frozen=True, slots=True)
class Mark:
    """Something about the file itself that a person should know: a stable code, the page (None: the whole file), a figure or a text as evidence."""

    code: str
    page: int | None = None
    evidence: str = ""


@dataclass(frozen=True, slots=True)
class Sheets:
    """A file as it was read: its pages, its SHA-256, and what was noticed while reading."""

    name: str
    sha256: str
    pages: tuple[Page, ...]
    marks: tuple[Mark, ...] = ()

    @property
    def scanned(self) -> bool:
        """Whether any page was read from its picture."""
        return any(p.source is Source.OCR for p in self.pages)


@dataclass(frozen=True, slots=True)
class Cell:
    """
    Words that belong together, in reading order.

    With drawn lines the box is the cell between them (a merged cell is one cell); without, it is the box of the words.
    """

    text: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    words: tuple[Word, ...]
    ruled: bool = False

    @property
    def sure(self) -> float:
        """The least sure of its words."""
        return min((w.sure for w in self.words), default=1.0)

    @property
    def doubted(self) -> bool:
        """Whether a second reading of any of its words differs."""
        return any(w.second is not None and w.second != w.text for w in self.words)


class Judged(StrEnum):
    """What the number says against its limit, whatever is printed beside it."""

    PASS = "pass"  # noqa: S105 - the word of the interface
    FAIL = "fail"
    UNSURE = "unsure"
    NOT_JUDGED = "not_judged"


@dataclass(frozen=True, slots=True)
class Item:
    """
    One line of the result table, re-judged.

    `limit` is the figure or words of the requirement, `operator` how the value must stand to it (`<=` `<` `>=` `>` `=` `range` `absent` `plan` `text`, empty
    where there is no requirement), `verdict_printed` what the report says, `verdict` what follows from limit and value, `why` says it in words where it is no
    plain pass.
    """

    name: str
    unit: str
    limit: str
    operator: str
    value: str
    verdict_printed: str
    verdict: Judged
    why: Text | None = None
    page: int = 0
    doubted: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """A field as read: its text or day in one form, the words as printed and where they stand. `also` holds other values seen under the same label."""

    name: str
    value: str
    printed: str
    page: int
    x0: float
    y0: float
    x1: float
    y1: float
    sure: float = 1.0
    doubted: bool = False
    also: tuple[str, ...] = ()


class CheckName(StrEnum):
    """The checks, in the order in which they are shown."""

    FIELDS = "fields"
    LIMITS = "limits"
    SCOPE = "scope"
    REUSE = "reuse"
    IDENTITY = "identity"
    DATES = "dates"
    EXPIRY = "expiry"
    INTEGRITY = "integrity"


class Answer(StrEnum):
    """What a check says. `unsure` always goes to a person."""

    OK = "ok"
    BAD = "bad"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Remark:
    """One thing that a check noticed: a stable code, how bad, the sentence, the evidence."""

    code: str
    answer: Answer
    sentence: Text
    evidence: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Check:
    """One check: its answer is the worst of its remarks. `asked` is False where what it needs was not given (no register, no listing, no earlier reports)."""

    check: CheckName
    outcome: Answer
    remarks: tuple[Remark, ...]
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Report:
    """A report, read: fields by name, several standards, the table."""

    found: tuple[Found, ...]
    standards: tuple[str, ...]
    items: tuple[Item, ...]
    only_sample: bool = False
    scanned: bool = False
    layout: str = ""

    def value(self, name: str) -> str:
        """A field's value, empty where it was not found."""
        return next((f.value for f in self.found if f.name == name), "")

    def day(self, name: str) -> date | None:
        """A day, None where it was not found or is no day."""
        try:
            return date.fromisoformat(self.value(name))
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class Judgement:
    """All of it: what the command prints and what a reviewer sees."""

    report: Report
    checks: tuple[Check, ...]
    outcome: Outcome
    as_of: date
    policy: str
    merchant_id: str = ""
    listing_id: str = ""


def worst(remarks: tuple[Remark, ...]) -> Answer:
    """Bad before unsure before ok."""
    answers = {r.answer for r in remarks}
    return Answer.BAD if Answer.BAD in answers else Answer.UNSURE if Answer.UNSURE in answers else Answer.OK
