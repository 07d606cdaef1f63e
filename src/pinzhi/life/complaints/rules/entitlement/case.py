"""What is asked: an order, what has been found about it, and what was promised. Plain frozen data; `reading.py` makes it from JSON."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum


class State(StrEnum):
    """How sure a finding is."""

    ALLEGED = "alleged"
    """One side says so. A remedy that rests on it names it in `needs`; an exclusion that rests on it excludes nothing yet."""
    ESTABLISHED = "established"
    """Proved or undisputed. A finding given by its plain name is established."""
    DISPROVED = "disproved"
    """The contrary is proved: as if it had never been said."""


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One finding by its name in `findings.toml`; `by` says who found it, `on` since when it is so (start of a period)."""

    name: str
    state: State = State.ESTABLISHED
    by: str = ""
    on: date | None = None


@dataclass(frozen=True, slots=True)
class Promise:
    """
    What the trader promised. One of: `multiple` of the price, an `amount` in yuan, `days` of return without reason, `freight` of returns, `refund_only`.

    `when` names the findings on which it is due; empty means any breach that carries a multiple by law. `said` is the promise in the trader's words.
    """

    multiple: Decimal | None = None
    amount: Decimal | None = None
    days: int | None = None
    freight: bool = False
    refund_only: bool = False
    when: tuple[str, ...] = ()
    said: str = ""


@dataclass(frozen=True, slots=True)
class Order:
    """
    One line of an order. `price` is yuan for one piece; `paid` what was really paid for all pieces, where a discount makes it less.

    `reasonable_quantity` is what a household uses within the shelf life; `earlier_quantity` pieces of the same goods that the buyer bought shortly before.
    Both count only for a buyer who is proved to have known (interpretation of 2024, art. 12 to 14).
    """

    id: str
    price: Decimal
    ordered_on: date
    quantity: int = 1
    paid: Decimal | None = None
    received_on: date | None = None
    category: str = ""
    second_hand: bool = False
    channel: str = ""
    seller: str = "seller"
    reasonable_quantity: int | None = None
    earlier_quantity: int = 0
    installed_on: date | None = None
    exchanged_on: date | None = None
    warranty_months: int | None = None
    repair_days: int = 0

    @property
    def total(self) -> Decimal:
        """What the buyer paid for the goods: the basis of every multiple (Implementing Regulation 18(2), interpretation of 2024 art. 1)."""
        return self.price * self.quantity if self.paid is None else self.paid


@dataclass(frozen=True, slots=True)
class Case:
    """Everything that the answer depends on. `loss` is the proved loss in yuan besides the price; `evidence` names what is at hand."""

    order: Order
    complaint_on: date
    findings: tuple[Finding, ...] = ()
    promises: tuple[Promise, ...] = ()
    loss: Decimal | None = None
    evidence: frozenset[str] = frozenset()
    not_understood: tuple[tuple[str, str], ...] = ()
    """Names and promises that nobody knows, with where they stood: they are told, never dropped silently."""
    id: str = ""
    dates: Mapping[str, date] = field(default_factory=dict)
    """`on` of the findings, by name."""
