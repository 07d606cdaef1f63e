"""Small checked values that cross every border of the house."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from enum import StrEnum


class Kind(StrEnum):
    """What a fact or a decision can be about. The order is from the smallest thing to the largest."""

    ITEM = "item"
    LISTING = "listing"
    BATCH = "batch"
    MERCHANT = "merchant"
    CATEGORY = "category"
    PLATFORM = "platform"
    CASE = "case"
    PAPER = "paper"
    POLICY = "policy"
    ACCOUNT = "account"


@dataclass(frozen=True, slots=True, order=True)
class Subject:
    """What something is about: a kind and the id that the marketplace itself uses."""

    kind: Kind
    id: str

    def __post_init__(self) -> None:
        """Coerce the kind (rows come with strings) and refuse an empty id."""
        object.__setattr__(self, "kind", Kind(self.kind))
        if not self.id:
            raise ValueError("a subject needs an id")

    def __str__(self) -> str:
        return f"{self.kind}:{self.id}"

    @classmethod
    def parse(cls, text: str) -> Subject:
        """Read `kind:id` back. Raises ValueError."""
        kind, _, id_ = text.partition(":")
        return cls(Kind(kind), id_)


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence in both languages. Neither may be empty: a half-translated sentence is a defect."""

    zh: str
    en: str

    def __post_init__(self) -> None:
        if not self.zh or not self.en:
            raise ValueError("a sentence is written in both languages")

    def in_language(self, language: str) -> str:
        """The sentence in `language` (`zh…` or anything else for English)."""
        return self.zh if language.lower().startswith("zh") else self.en


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate with its interval: `low <= value <= high`, `level` the two-sided coverage (0.90 = 90 %)."""

    value: float
    low: float
    high: float
    level: float = 0.90

    def __post_init__(self) -> None:
        if not self.low <= self.value <= self.high:
            raise ValueError(f"an interval holds its value: {self.low} <= {self.value} <= {self.high}")


class Status(StrEnum):
    """Three-valued answer to «is the target met?»: an interval that straddles the target proves nothing."""

    MET = "MET"
    NOT_MET = "NOT_MET"
    UNPROVEN = "UNPROVEN"


def status_against(estimate: Interval, target: float, *, at_most: bool) -> Status:
    """MET when the whole interval lies on the good side of `target`, NOT_MET when all of it lies on the bad side."""
    good_if_below = estimate.high <= target if at_most else estimate.low >= target
    bad_beyond = estimate.low > target if at_most else estimate.high < target
    if good_if_below:
        return Status.MET
    return Status.NOT_MET if bad_beyond else Status.UNPROVEN


_MONEY = re.compile(r"-?\d{1,13}(\.\d{1,2})?\Z")


def money(text: str | int | Decimal) -> Decimal:
    """Yuan with two decimals, from a decimal string. Floats are not money; raises ValueError for anything else than `123.45`."""
    raw = str(text).strip()
    if not _MONEY.match(raw):
        raise ValueError(f"not an amount in yuan: {raw!r}")
    try:
        return Decimal(raw).quantize(Decimal("0.01"))
    except InvalidOperation as why:
        raise ValueError(f"not an amount in yuan: {raw!r}") from why


def is_money(text: str) -> bool:
    """Whether this is an amount in yuan, of nothing or more."""
    try:
        return money(text) >= 0
    except ValueError:
        return False


@dataclass(frozen=True, slots=True)
class Period:
    """A half-open time span `[start, end)`; `end=None` means open. Both ends carry a time zone."""

    start: datetime
    end: datetime | None = None

    def __post_init__(self) -> None:
        if self.start.tzinfo is None or (self.end is not None and self.end.tzinfo is None):
            raise ValueError("a period needs time zones")
        if self.end is not None and self.end < self.start:
            raise ValueError("a period ends after it starts")

    def holds(self, at: datetime) -> bool:
        """Whether `at` lies inside."""
        return self.start <= at and (self.end is None or at < self.end)
