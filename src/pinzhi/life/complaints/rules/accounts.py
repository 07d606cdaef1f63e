"""
Money of complaints, in double entry: every transaction sums to zero, so what one account has another has given. Yuan, to the cent.

| account | what its balance says |
|---|---|
| `platform` | what the platform has put into the fund (never above zero) |
| `fund` | what lies in the platform's fund |
| `deposit:<merchant>` | what lies in the merchant's deposit |
| `receivable:<merchant>` | what the merchant still owes the fund |
| `paid:<merchant>` | what the merchant has brought in or owes, as a minus (never above zero) |
| `buyers` | what buyers were given from the fund |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text, money

FUND, PLATFORM, BUYERS = "fund", "platform", "buyers"
CENT = Decimal("0.01")
NOTHING = Decimal("0.00")


def yuan(amount: str | Decimal, *, below: int, field: str = "amount") -> Decimal:
    """A sum that somebody wrote: above nothing, below `below`. Raises RefusedError(`money_amount`)."""
    try:
        found = money(amount)
    except ValueError:
        found = NOTHING
    if not 0 < found < below:
        raise RefusedError.because(
            "money_amount",
            f"«{str(amount)[:40]}» is no sum that is taken here",
            f"more than nothing, less than {below} yuan, at most two decimals",
            field=field,
        )
    return found


def deposit(merchant: str) -> str:
    """The account of a merchant's deposit."""
    return f"deposit:{merchant}"


def receivable(merchant: str) -> str:
    """The account of what a merchant still owes the fund."""
    return f"receivable:{merchant}"


def paid(merchant: str) -> str:
    """The account of what a merchant has brought in or owes."""
    return f"paid:{merchant}"


def of_merchant(merchant: str) -> tuple[str, str, str]:
    """All accounts of a merchant."""
    return deposit(merchant), paid(merchant), receivable(merchant)


def below_zero(account: str) -> bool:
    """Whether this account stands at or below zero (money came out of it); all the others stand at or above."""
    return account == PLATFORM or account.startswith("paid:")


@dataclass(frozen=True, slots=True)
class Posting:
    """One line: `amount` in yuan goes to the account (plus) or leaves it (minus)."""

    account: str
    amount: Decimal


@dataclass(frozen=True, slots=True)
class Transaction:
    """Lines that belong together. Raises ValueError: it does not sum to zero, a line of nothing, parts of a cent, one account twice."""

    kind: str
    postings: tuple[Posting, ...]

    def __post_init__(self) -> None:
        if len({p.account for p in self.postings}) != len(self.postings) or len(self.postings) < 2:
            raise ValueError("a transaction has two accounts or more, each of them once")
        if any(p.amount == 0 or p.amount != p.amount.quantize(CENT) for p in self.postings):
            raise ValueError("a line is of whole cents, and of more than none")
        if sum((p.amount for p in self.postings), NOTHING) != 0:
            raise ValueError("a transaction sums to zero")


def deposit_in(merchant: str, amount: Decimal) -> Transaction:
    """The merchant pays into his deposit."""
    return Transaction("deposit_in", (Posting(deposit(merchant), amount), Posting(paid(merchant), -amount)))


def deposit_back(merchant: str, amount: Decimal) -> Transaction:
    """The merchant gets back from his deposit."""
    return Transaction("deposit_back", (Posting(deposit(merchant), -amount), Posting(paid(merchant), amount)))


def fund_in(amount: Decimal) -> Transaction:
    """The platform puts money into its fund."""
    return Transaction("fund_in", (Posting(FUND, amount), Posting(PLATFORM, -amount)))


def advance(amount: Decimal) -> Transaction:
    """The fund gives a buyer what he is owed."""
    return Transaction("advance", (Posting(FUND, -amount), Posting(BUYERS, amount)))


def recovery(merchant: str, amount: Decimal, there: Decimal) -> Transaction:
    """The fund takes back from the deposit what is `there`; the rest becomes a claim on the merchant."""
    taken = min(amount, max(there, NOTHING))
    rest = amount - taken
    lines = [Posting(deposit(merchant), -taken), Posting(FUND, taken)] if taken else []
    lines += [Posting(receivable(merchant), rest), Posting(paid(merchant), -rest)] if rest else []
    return Transaction("recovery", tuple(lines))


def settled(merchant: str, amount: Decimal) -> Transaction:
    """The merchant pays what he still owes the fund."""
    return Transaction("settled", (Posting(FUND, amount), Posting(receivable(merchant), -amount)))


def credit(merchant: str, amount: Decimal, owes: Decimal) -> Transaction:
    """The fund gives a merchant back what he had to bear: first what he still `owes` it is let go, the rest goes into his deposit."""
    let_go = min(amount, max(owes, NOTHING))
    rest = amount - let_go
    lines = [Posting(receivable(merchant), -let_go), Posting(paid(merchant), let_go)] if let_go else []
    lines += [Posting(FUND, -rest), Posting(deposit(merchant), rest)] if rest else []
    return Transaction("credit", tuple(lines))


def collected(merchant: str, amount: Decimal) -> Transaction:
    """What the merchant still owes the fund is taken from a deposit that came in later: he has brought in so much less beside it."""
    return Transaction(
        "collected",
        (
            Posting(deposit(merchant), -amount),
            Posting(FUND, amount),
            Posting(receivable(merchant), -amount),
            Posting(paid(merchant), amount),
        ),
    )


def reversed_of(what: Transaction, kind: str) -> Transaction:
    """The same lines the other way round: the transaction is taken back by a new one, never deleted."""
    return Transaction(kind, tuple(Posting(p.account, -p.amount) for p in what.postings))


def calculation(amount: Decimal, there: Decimal) -> tuple[Text, ...]:
    """How a recovery was worked out, in the order of the sum: shown to the merchant (SAMR order 116, art. 29)."""
    taken = min(amount, max(there, NOTHING))
    return (
        Text(f"平台先行赔付 {amount} 元", f"advanced by the platform: {amount} yuan"),
        Text(f"保证金余额 {there} 元，抵扣 {taken} 元", f"deposit: {there} yuan, taken from it: {taken} yuan"),
        Text(
            f"{amount} − {taken} = {amount - taken} 元，由商家另行支付",
            f"{amount} − {taken} = {amount - taken} yuan, still to be paid by the merchant",
        ),
    )


def after(balances: Mapping[str, Decimal], what: Transaction) -> dict[str, Decimal]:
    """The balances once it is booked. Raises RefusedError(`fund_empty`, `deposit_short`, `owes_less`) when an account would cross zero."""
    found = dict(balances)
    for p in what.postings:
        found[p.account] = found.get(p.account, NOTHING) + p.amount
        if found[p.account] > 0 if below_zero(p.account) else found[p.account] < 0:
            raise _short(p.account, balances.get(p.account, NOTHING))
    return found


def balances_of(transactions: Iterable[Transaction]) -> dict[str, Decimal]:
    """The balances that transactions add up to. Raises RefusedError as `after`."""
    found: dict[str, Decimal] = {}
    for what in transactions:
        found = after(found, what)
    return found


def _short(account: str, there: Decimal) -> RefusedError:
    if account == FUND:
        return RefusedError.because(
            "fund_empty", f"the fund holds {there} yuan, less than this takes", "put money into the fund first"
        )
    if account.startswith("deposit:"):
        return RefusedError.because(
            "deposit_short", f"the deposit holds {there} yuan, less than this takes", "take at most what is there"
        )
    return RefusedError.because(
        "owes_less", f"{abs(there)} yuan are owed, less than this pays", "pay at most what is owed"
    )
