"""What others may see of a KPI."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from pinzhi.kernel.values import Interval, Status


@dataclass(frozen=True, slots=True)
class Rate:
    """
    A rate of events per order by cohort, adjusted for delay.

    `estimate` is the share of orders with an event within `window` days; `maturity` is the part of those events that the orders' ages let one expect
    to have seen, 0 to 1; `events` and `orders` are as counted; `dispersion` is the Pearson dispersion of the cohorts, at least 1. `status` is against
    the target, None where none was given.
    """

    estimate: Interval
    window: int
    maturity: float
    events: int
    orders: int
    cohorts: int
    dispersion: float
    status: Status | None = None
    target: float | None = None


@dataclass(frozen=True, slots=True, order=True)
class Half:
    """Half a calendar year: `number` is 1 (January to June) or 2 (July to December). Written `2026H1`."""

    year: int
    number: int

    def __str__(self) -> str:
        return f"{self.year}H{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, 1 if self.number == 1 else 7, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return date(self.year, 6, 30) if self.number == 1 else date(self.year, 12, 31)

    @classmethod
    def of(cls, day: date) -> Half:
        """The half that a day lies in."""
        return cls(day.year, 1 if day.month < 7 else 2)

    @classmethod
    def parse(cls, text: str) -> Half | None:
        """Read `2026H1`; None for anything else."""
        found = re.fullmatch(r"((?:19|20)\d\d)H([12])", text, re.ASCII)
        return cls(int(found[1]), int(found[2])) if found else None

    def next(self) -> Half:
        """The half after it."""
        return Half(self.year, 2) if self.number == 1 else Half(self.year + 1, 1)
