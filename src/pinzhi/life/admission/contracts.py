"""
The words of admission: what a merchant submits, and what is found in it.

Everything is frozen. `Listing` is the immutable snapshot: the verdict is a function of the snapshot, the ruleset and the reference tables as of a day, so
that a replay gives the same bytes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef, Severity

Pairs = tuple[tuple[str, str], ...]
"""A small mapping in the order of the feed: hashable, canonical."""


class Outcome(StrEnum):
    """What a screening says: it may be sold, a person decides, or it may not be sold as it is."""

    PASS = "pass"  # noqa: S105 - the word of the interface
    MANUAL = "manual"
    REJECT = "reject"


class State(StrEnum):
    """How a submission stands, in the status words of the glossary."""

    PENDING = "pending"
    PASSED = "passed"
    RETURNED = "returned"
    REFUSED = "refused"
    QUARANTINED = "quarantined"
    REPLACED = "replaced"


STATE_NAMES: dict[State, Text] = {
    State.PENDING: Text("待审", "pending review"),
    State.PASSED: Text("通过", "passed"),
    State.RETURNED: Text("退回补充", "returned for more"),
    State.REFUSED: Text("驳回", "refused"),
    State.QUARANTINED: Text("隔离", "quarantined"),
    State.REPLACED: Text("已被新的提交取代", "replaced by a later submission"),
}


@dataclass(frozen=True, slots=True)
class DealPrice:
    """A price at which the goods were really sold, in yuan."""

    at: datetime
    price: Decimal


@dataclass(frozen=True, slots=True)
class Sku:
    """A variant that a buyer may choose, with its price in yuan."""

    name: str
    price: Decimal


@dataclass(frozen=True, slots=True)
class Document:
    """A paper that came with the listing: its kind (`vocabulary` of the evidence matrix), number, file and the fields that were typed or read."""

    kind: str
    number: str = ""
    path: str = ""
    fields: Pairs = ()


@dataclass(frozen=True, slots=True)
class Listing:
    """
    A listing as submitted. Texts are raw, never cleaned: spans of findings are code points of these very strings.

    Prices in yuan; None where the feed has none. `images` and the paths of documents are names that only the caller can resolve.
    """

    id: str
    merchant_id: str
    category: str
    title: str
    subtitle: str = ""
    description: str = ""
    brand: str = ""
    attributes: Pairs = ()
    price: Decimal | None = None
    compared_price: Decimal | None = None
    compared_price_meaning: str = ""
    deal_prices: tuple[DealPrice, ...] = ()
    images: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()
    skus: tuple[Sku, ...] = ()
    head_price: Decimal | None = None
    """What the list, the first page or another prominent place shows, where that is not `price` itself."""

    def texts(self) -> tuple[tuple[str, str], ...]:
        """(field, raw text) of everything that a buyer reads, in the order of the page: title, subtitle, description, `attr:<name>`."""
        head = (("title", self.title), ("subtitle", self.subtitle), ("description", self.description))
        return tuple((n, t) for n, t in (*head, *((f"attr:{n}", t) for n, t in self.attributes)) if t)


@dataclass(frozen=True, slots=True)
class Box:
    """A region of a picture or a page: page from 0, the rest in pixels or points of that page."""

    page: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Finding:
    """
    One thing that is wrong or must be looked at.

    `field` is `title`, `subtitle`, `description`, `attr:<name>`, `price`, `image:<n>`, `document:<n>` or `report:<n>`; `start`, `end` are code points of the
    raw field, equal where no span applies; `text` is the raw span, `normalised` what the rule saw, `transforms` the foldings that were needed to see it.
    `wanted` names the evidence (kinds of document) that would settle it. `confidence` is between 0 and 1.
    """

    rule: str
    version: str
    field: str
    start: int
    end: int
    text: str
    normalised: str
    transforms: tuple[str, ...]
    severity: Severity
    law: LawRef | None
    message: Text
    suggestion: Text | None = None
    confidence: float = 1.0
    box: Box | None = None
    wanted: tuple[str, ...] = ()
    evidence: Pairs = ()


@dataclass(frozen=True, slots=True)
class Exemption:
    """A candidate that was not held against the listing, and the context that freed it: shown to the reviewer as «not flagged because …»."""

    rule: str
    field: str
    start: int
    end: int
    text: str
    context: str
    reason: Text
    law: LawRef | None = None


@dataclass(frozen=True, slots=True)
class Missing:
    """A cell of the evidence matrix that is not filled: the claim or attribute that asks for the paper, the kinds that would do, the article."""

    claim: str
    kinds: tuple[str, ...]
    reason: Text
    law: LawRef | None = None


@dataclass(frozen=True, slots=True)
class Screened:
    """The answer for one listing. `ruleset` is the content hash of everything that it was computed with, `as_of` the day of the reference tables."""

    id: str
    outcome: Outcome
    findings: tuple[Finding, ...]
    exemptions: tuple[Exemption, ...]
    missing: tuple[Missing, ...]
    ruleset: str
    as_of: date
    notes: tuple[Text, ...] = field(default=())
