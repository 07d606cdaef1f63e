"""What other rooms see of the catalogue: entries on their way in, cards on their way out. No personal data in either."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from pinzhi.catalogue.identity import IdentityKey
from pinzhi.kernel.canon import digest
from pinzhi.kernel.refusal import Refusal
from pinzhi.kernel.values import Kind, Subject


@dataclass(frozen=True)
class MerchantEntry:
    """A merchant as registered. `keys` are the sealed personal particulars, sorted."""

    id: str
    name: str
    uscc: str = ""
    categories: tuple[str, ...] = ()
    opened_on: date | None = None
    status: str = ""
    keys: tuple[IdentityKey, ...] = ()

    @cached_property
    def content(self) -> str:
        """SHA-256 over every field: the same id with another content is another merchant, or a change."""
        return digest(["merchant", *_values(self)])


@dataclass(frozen=True)
class ListingEntry:
    """A listing as registered. `attributes` are (name, value) pairs, sorted; `price` in yuan."""

    id: str
    merchant_id: str
    category: str
    title: str = ""
    subtitle: str = ""
    description: str = ""
    brand: str = ""
    gtin: str = ""
    price: Decimal | None = None
    attributes: tuple[tuple[str, str], ...] = ()
    listed_on: date | None = None
    status: str = ""

    @cached_property
    def content(self) -> str:
        """SHA-256 over every field."""
        return digest(["listing", *_values(self)])


@dataclass(frozen=True)
class BatchEntry:
    """A production batch as registered. It belongs to a listing or to a GTIN of the merchant."""

    id: str
    merchant_id: str
    listing_id: str = ""
    gtin: str = ""
    produced_on: date | None = None
    expires_on: date | None = None
    quantity: int | None = None
    factory: str = ""
    report_no: str = ""
    quarantine_no: str = ""

    @cached_property
    def content(self) -> str:
        """SHA-256 over every field."""
        return digest(["batch", *_values(self)])


@dataclass(frozen=True)
class PaperEntry:
    """A document about a subject: licence, test report, certificate. The file itself is known by its digest only."""

    id: str
    kind: str
    number: str
    subject: Subject
    issuer: str = ""
    issued_on: date | None = None
    expires_on: date | None = None
    file_digest: str = ""

    @cached_property
    def content(self) -> str:
        """SHA-256 over every field."""
        return digest(["paper", *_values(self)])


Entry = MerchantEntry | ListingEntry | BatchEntry | PaperEntry


def _values(entry: object) -> list[object]:
    return [getattr(entry, name) for name in entry.__dataclass_fields__]  # type: ignore[attr-defined]


@dataclass(slots=True)
class Taken:
    """What became of the rows of an import: counts, and the rows set aside."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    aside: list[Refusal] = field(default_factory=list)

    def row(self) -> dict[str, int]:
        """The shape that `pinzhi feeds import` prints."""
        return {"read": self.read, "accepted": self.accepted, "duplicate": self.duplicate, "refused": len(self.aside)}


@dataclass(frozen=True, slots=True)
class MerchantCard:
    """A merchant as others may see it. `seen_only` = known from events, never registered; `keys` show masked particulars."""

    id: str
    name: str
    uscc: str
    categories: tuple[str, ...]
    opened_on: date | None
    status: str
    seen_only: bool
    content: str
    valid_from: datetime
    keep_until: date | None
    keys: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListingCard:
    """A listing as others may see it, with the name of its merchant."""

    id: str
    merchant_id: str
    merchant_name: str
    category: str
    title: str
    subtitle: str
    description: str
    brand: str
    gtin: str
    price: Decimal | None
    attributes: tuple[tuple[str, str], ...]
    listed_on: date | None
    status: str
    seen_only: bool
    content: str
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class BatchCard:
    """A batch as others may see it."""

    id: str
    merchant_id: str
    listing_id: str
    gtin: str
    produced_on: date | None
    expires_on: date | None
    quantity: int | None
    factory: str
    report_no: str
    quarantine_no: str
    seen_only: bool
    content: str
    valid_from: datetime


@dataclass(frozen=True, slots=True)
class PaperCard:
    """A document as others may see it."""

    id: str
    kind: str
    number: str
    subject: Subject
    issuer: str
    issued_on: date | None
    expires_on: date | None
    file_digest: str
    content: str
    public: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """One hit of a search: what it is, its name, and a second line (merchant, category or number)."""

    subject: Subject
    name: str
    hint: str


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """The particulars of a subject that held in `[valid_from, valid_to)`, as they were registered."""

    subject: Subject
    content: str
    particulars: tuple[tuple[str, object], ...]
    valid_from: datetime
    valid_to: datetime


KINDS: dict[type[Entry], Kind] = {
    MerchantEntry: Kind.MERCHANT,
    ListingEntry: Kind.LISTING,
    BatchEntry: Kind.BATCH,
    PaperEntry: Kind.PAPER,
}
"""Which kind of subject an entry is about."""


@dataclass(frozen=True, slots=True)
class FileCard:
    """A file of one owner. `width`, `height` in pixels, 0 for a PDF; `said`: what a PDF can do besides being read; `fresh`: stored just now."""

    sha256: str
    owner: str
    kind: str
    media_type: str
    bytes: int
    width: int
    height: int
    said: tuple[str, ...]
    at: datetime
    fresh: bool = False

    @property
    def reference(self) -> str:
        """How a listing names it."""
        return f"file:{self.sha256}"
