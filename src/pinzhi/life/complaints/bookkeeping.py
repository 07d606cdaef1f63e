"""The books as somebody reads them: accounts with their balances, whether they sum to nothing, what merchants still owe, what was booked and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from pinzhi.kernel.values import Text
from pinzhi.life.complaints import money
from pinzhi.life.complaints.models import Posting, Purse
from pinzhi.life.complaints.rules import accounts

ACCOUNTS: dict[str, Text] = {
    "fund": Text("平台基金", "platform's fund"),
    "platform": Text("平台投入", "put in by the platform"),
    "buyers": Text("已付消费者", "paid to buyers"),
    "deposit": Text("商家保证金", "merchant's deposit"),
    "receivable": Text("应收商家", "owed by the merchant"),
    "paid": Text("商家缴入及欠付", "brought in or owed by the merchant"),
}
KINDS: dict[str, Text] = {
    "fund_in": Text("注入基金", "into the fund"),
    "deposit_in": Text("缴纳保证金", "deposit paid in"),
    "deposit_back": Text("退还保证金", "deposit given back"),
    "advance": Text("先行赔付", "advanced to the buyer"),
    "recovery": Text("向商家追偿", "taken back from the merchant"),
    "settled": Text("商家偿还", "paid back by the merchant"),
    "collected": Text("以保证金抵欠款", "debt taken from the deposit"),
    "credit": Text("异议成立，退还商家", "objection upheld, credited"),
    "credit_back": Text("撤销退还", "credit taken back"),
}


@dataclass(frozen=True, slots=True)
class Account:
    """One account: its kind in words, whose it is (empty for the platform's own), and what stands on it, in yuan."""

    name: str
    what: Text
    merchant_id: str
    balance: Decimal


@dataclass(frozen=True, slots=True)
class Trial:
    """All accounts that something stands on, the sums above and below zero, their sum (nothing, when the books are right), and what does not fit."""

    accounts: list[Account]
    above: Decimal
    below: Decimal
    total: Decimal
    faults: list[str]


@dataclass(frozen=True, slots=True)
class Debt:
    """What a merchant still owes the fund, what lies in his deposit, and how much of the debt could be taken from there now."""

    merchant_id: str
    owes: Decimal
    deposit: Decimal

    @property
    def can_be_taken(self) -> Decimal:
        """In yuan."""
        return min(self.owes, self.deposit)


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the books: an account and its yuan, in the transaction `key`, with its reason."""

    at: datetime
    key: str
    kind: Text
    account: Account
    amount: Decimal
    receipt: str
    complaint_id: str
    reference: str
    calculation: tuple[Text, ...]
    actor: str


def _account(name: str, balance: Decimal) -> Account:
    kind, _, merchant = name.partition(":")
    return Account(name, ACCOUNTS[kind], merchant, balance)


def trial() -> Trial:
    """The trial balance."""
    rows = [_account(p.name, p.balance) for p in Purse.objects.exclude(balance=0).order_by("name")]
    above = sum((r.balance for r in rows if r.balance > 0), accounts.NOTHING)
    below = sum((r.balance for r in rows if r.balance < 0), accounts.NOTHING)
    return Trial(rows, above, below, above + below, money.faults())


def debts() -> list[Debt]:
    """Merchants who still owe the fund, the largest sum first."""
    owing = Purse.objects.filter(name__startswith="receivable:", balance__gt=0).order_by("-balance", "name")
    found = [(p.name.partition(":")[2], p.balance) for p in owing]
    there = dict(Purse.objects.filter(name__in=[accounts.deposit(m) for m, _ in found]).values_list("name", "balance"))
    return [Debt(m, owes, there.get(accounts.deposit(m), accounts.NOTHING)) for m, owes in found]


def entries(*, receipt: str = "", account: str = "", merchant_id: str = "") -> Iterator[Entry]:
    """Lines of the books, the newest transaction first: all, or those of one complaint, account or merchant."""
    rows = Posting.objects.select_related("movement", "movement__complaint")
    if receipt:
        rows = rows.filter(movement__complaint__receipt=receipt)
    if account:
        rows = rows.filter(purse_id=account)
    if merchant_id:
        rows = rows.filter(movement__merchant_id=merchant_id)
    for p in rows.order_by("-movement_id", "pk").iterator(chunk_size=2000):
        m = p.movement
        yield Entry(
            m.at, m.key, KINDS[m.kind], _account(p.purse_id, accounts.NOTHING), p.amount, m.complaint.receipt if m.complaint else "", m.complaint_id or "",
            m.reference, tuple(Text(line["zh"], line["en"]) for line in m.calculation), m.actor,
        )  # fmt: skip
