"""
The arithmetic: exact decimals, one rounding at the end, to the fen, halves up. Nothing here is a float.

The formula is written so that anyone can follow it: `3 × 120.00 = 360.00 < 500.00 → 500.00`.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

from pinzhi.kernel.values import Text

FEN = Decimal("0.01")
LOSS = Text("损失", "loss")
"""What stands in a formula for a loss nobody has named yet, in both languages."""


@dataclass(frozen=True, slots=True)
class Sum:
    """An amount in yuan and how it came about. `amount` None: a figure is missing, and the formula says which."""

    amount: Decimal | None
    formula: str


@dataclass(frozen=True, slots=True)
class Basis:
    """What a multiple is counted on, and how that came about."""

    amount: Decimal
    formula: str


def yuan(amount: Decimal) -> Decimal:
    """Rounded to the fen, halves up."""
    return amount.quantize(FEN, ROUND_HALF_UP)


def plain(figure: Decimal) -> str:
    """A multiple as people write it: 10, 1.5."""
    return format(figure.normalize(), "f")


def bought(price: Decimal, quantity: int, paid: Decimal | None) -> Basis:
    """The price of all pieces, or what was really paid for them."""
    if paid is not None:
        return Basis(yuan(paid), f"{yuan(paid)}")
    if quantity == 1:
        return Basis(yuan(price), f"{yuan(price)}")
    total = yuan(price * quantity)
    return Basis(total, f"({yuan(price)} × {quantity} = {total})")


def household(price: Decimal, quantity: int, paid: Decimal | None, earlier: int, reasonable: int) -> Basis:
    """The same for a buyer who knew: pieces of all purchases together, but no more than a household uses."""
    each = price if paid is None else paid / quantity
    counted = min(quantity + earlier, reasonable)
    total = yuan(each * counted)
    return Basis(total, f"({yuan(each)} × min({quantity + earlier}, {reasonable}) = {total})")


def multiple(times: Decimal, basis: Basis, floor: Decimal | None) -> Sum:
    """`times` the basis, raised to the floor."""
    amount = yuan(times * basis.amount)
    formula = f"{plain(times)} × {basis.formula} = {amount}"
    if floor is not None and amount < floor:
        return Sum(yuan(floor), f"{formula} < {yuan(floor)} → {yuan(floor)}")
    return Sum(amount, formula)


def of_unknown_loss(times: Decimal | None, floor: Decimal | None) -> Sum:
    """What the formula would be; with a floor that much is owed whatever the loss."""
    loss = f"{LOSS.zh} {LOSS.en}"
    said = loss if times is None else f"{plain(times)} × {loss}"
    return Sum(None, said if floor is None else f"{said}, ≥ {yuan(floor)}")


def told(formula: str, amount: Decimal | None, language: str) -> str:
    """The formula for a reader of one language; empty where it says no more than the amount beside it."""
    return (
        ""
        if amount is not None and formula == f"{amount}"
        else formula.replace(f"{LOSS.zh} {LOSS.en}", LOSS.in_language(language))
    )
