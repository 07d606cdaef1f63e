"""What others see of a complaint: frozen, without tables behind it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text, money


class Side(StrEnum):
    """Who takes a step. `rule` is the platform's rule acting by itself; `outside` a laboratory, a carrier, an authority."""

    CONSUMER = "consumer"
    MERCHANT = "merchant"
    HOUSE = "house"
    RULE = "rule"
    OUTSIDE = "outside"


SIDE_NAMES: dict[Side, Text] = {
    Side.CONSUMER: Text("消费者", "consumer"),
    Side.MERCHANT: Text("商家", "merchant"),
    Side.HOUSE: Text("平台", "platform"),
    Side.RULE: Text("平台规则", "platform's rule"),
    Side.OUTSIDE: Text("第三方", "third party"),
}

STATE_NAMES: dict[str, Text] = {
    "awaiting_merchant": Text("待商家答复", "waits for the merchant"),
    "asked_by_merchant": Text("待您补充（商家询问）", "the merchant asks you"),
    "with_house": Text("平台处理中", "with the platform"),
    "asked_by_house": Text("待您补充（平台询问）", "the platform asks you"),
    "testing": Text("检验中", "being tested"),
    "proposed": Text("待您确认方案", "an offer lies before you"),
    "fulfilling": Text("履行中", "being fulfilled"),
    "reviewing": Text("结案复核中", "last look before closing"),
    "escalated": Text("已转监管部门", "with the authority"),
    "merged": Text("已并入另一件", "joined to another"),
    "closed": Text("已结案", "closed"),
}
"""States in the words that the consumer reads."""

HOUSE_STATE_NAMES: dict[str, Text] = STATE_NAMES | {
    "asked_by_merchant": Text("待消费者补充（商家询问）", "the merchant asks the buyer"),
    "asked_by_house": Text("待消费者补充", "the platform asks the buyer"),
    "proposed": Text("待消费者确认方案", "an offer lies before the buyer"),
}
"""The same for house and merchant."""

CLOSED_NAMES: dict[str, Text] = {
    "fulfilled": Text("已履行", "fulfilled"),
    "withdrawn": Text("消费者撤回", "withdrawn"),
    "unfounded": Text("诉求不成立", "not upheld"),
    "out_of_scope": Text("不属于受理范围", "out of scope"),
    "abuse": Text("恶意投诉", "abuse"),
    "no_reply": Text("逾期未确认", "not answered in time"),
    "authority": Text("监管部门已处理", "handled by the authority"),
}

REMEDY_NAMES: dict[str, Text] = {
    "refund": Text("退款", "refund"),
    "return_refund": Text("退货退款", "return and refund"),
    "exchange": Text("换货", "exchange"),
    "repair": Text("维修", "repair"),
    "compensation": Text("赔偿", "compensation"),
    "freight": Text("承担运费", "freight borne"),
    "apology": Text("致歉", "apology"),
    "other": Text("其他", "something else"),
}
WISHES = ("return_refund", "refund", "exchange", "repair", "compensation", "apology")
"""Remedies that a buyer can wish for; the others follow from these or from the law."""
"""What may be offered, decided and fulfilled. In money: refund, return_refund, compensation, freight."""
IN_MONEY = frozenset({"refund", "return_refund", "compensation", "freight"})


TAKEN_UP = "incident"
"""Channel of a matter that the house took up for an order of which nobody had complained. It is no complaint: it is counted nowhere as one."""


@dataclass(frozen=True, slots=True)
class Remedy:
    """
    One thing that a buyer is given. `amount` in yuan for what is in money; `words` says the rest (which part is repaired, what is exchanged for what).

    Raises RefusedError: `remedy_unknown`, `remedy_without_amount`, `remedy_amount` (none, or more than two decimals).
    """

    kind: str
    amount: Decimal | None = None
    words: str = ""
    law: str = ""

    def __post_init__(self) -> None:
        if self.kind not in REMEDY_NAMES:
            raise RefusedError.because(
                "remedy_unknown",
                f"no remedy is called «{self.kind}»",
                f"one of: {', '.join(REMEDY_NAMES)}",
                field="kind",
            )
        if (self.kind in IN_MONEY) != (self.amount is not None):
            raise RefusedError.because(
                "remedy_without_amount",
                f"«{self.kind}» is in money: it needs an amount, the others have none",
                "give the amount in yuan",
                field="amount",
            )
        if self.amount is not None and not Decimal(0) < self.amount < Decimal(10) ** 9:
            raise RefusedError.because(
                "remedy_amount",
                "the amount is more than nothing and less than a thousand million yuan",
                "give the amount in yuan",
                field="amount",
            )

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "kind": self.kind,
            "amount": None if self.amount is None else str(self.amount),
            "words": self.words,
            "law": self.law,
        }

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Remedy:
        """Read one back, or from outside. Raises RefusedError as above."""
        amount = raw.get("amount")
        try:
            yuan = None if amount in (None, "") else money(str(amount))
        except ValueError as why:
            raise RefusedError.because(
                "remedy_amount",
                f"«{str(amount)[:40]}» is not an amount in yuan",
                "write it like 128.50",
                field="amount",
            ) from why
        return cls(str(raw.get("kind", "")), yuan, str(raw.get("words", ""))[:500], str(raw.get("law", ""))[:80])


def remedies_of_form(kinds: Iterable[str], amounts: Iterable[str], words: Iterable[str]) -> list[Remedy]:
    """The remedies of a form with one line each; lines without a kind are left out, and an amount counts only for what is in money. Raises as `Remedy`."""
    return [
        Remedy.of({"kind": kind, "amount": amount.strip() if kind in IN_MONEY else "", "words": said.strip()})
        for kind, amount, said in zip(kinds, amounts, words, strict=False)
        if kind
    ]


@dataclass(frozen=True, slots=True)
class Step:
    """
    One line of a complaint's log. `data` holds plain values without personal data; the words that somebody wrote stand beside it and may be erased.

    `person` is the account that acted, None for consumers and rules.
    """

    n: int
    at: datetime
    verb: str
    side: Side
    data: Mapping[str, Any]
    person: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """Remedies that lie before the consumer. `n` is the step that made it; `side` the merchant, the rule, or the house."""

    n: int
    side: Side
    remedies: tuple[Remedy, ...]
    at: datetime
