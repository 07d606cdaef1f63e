"""
Which complaints are one matter (群体性投诉): where a new one is placed, and when so many have come that a person decides on all of them.

Pure. The order: the same order or the same code, then the best likeness of texts. What a person said goes before both: an incident that a complaint does not
belong to is passed over, for ever. A complaint joins one incident and never joins two to one: chains of weak likeness do not grow.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from pinzhi.kernel.values import Text, is_money, money


class Ground(StrEnum):
    """Why a complaint stands in its incident."""

    ALONE = "alone"
    KEY = "key"
    TEXT = "text"
    PERSON = "person"
    TRACED = "traced"


GROUND_NAMES: dict[Ground, Text] = {
    Ground.ALONE: Text("首件", "the first"),
    Ground.KEY: Text("同一订单或同一追溯码", "the same order or code"),
    Ground.TEXT: Text("文字相似", "alike in words"),
    Ground.PERSON: Text("人工归并", "put there by a person"),
    Ground.TRACED: Text("追溯查得（未投诉）", "found by tracing, never complained"),
}


@dataclass(frozen=True, slots=True)
class IncidentFigures:
    """
    Figures of `[incident]`: buyers from which a person decides on all; or `least` of them where they are `per_mille` of the pieces sold; or `severe` with one
    of severity 1. Yuan above which two persons decide; yuan for one order of which nobody complained, and for all of them; days that are looked back for sales.
    """

    members: int
    least: int
    per_mille: int
    severe: int
    two_persons_above: str
    order_cap: str
    orders_cap: str
    sales_days: int

    @property
    def limit(self) -> Decimal:
        """The total in yuan above which two persons decide."""
        return money(self.two_persons_above)

    def wrong(self) -> dict[str, bool]:
        """Which figure makes no sense."""
        return {
            "members": not 2 <= self.members <= 10_000,
            "least": not 2 <= self.least <= self.members,
            "per_mille": not 1 <= self.per_mille <= 1000,
            "severe": not 2 <= self.severe <= 100,
            "two_persons_above": not is_money(self.two_persons_above),
            "order_cap": not is_money(self.order_cap),
            "orders_cap": not is_money(self.orders_cap),
            "sales_days": not 1 <= self.sales_days <= 3650,
        }


@dataclass(frozen=True, slots=True)
class Candidate:
    """An incident that a new complaint may belong to: why, how like (0 to 1), and the complaint that says so."""

    incident: str
    ground: Ground
    score: float
    like: str


def choose(keyed: Iterable[Candidate], like: Iterable[Candidate], never: Collection[str]) -> Candidate | None:
    """The incident of a new complaint; None: it begins one. `never` are incidents that a person said it does not belong to."""
    for found in (*keyed, *like):
        if found.incident not in never:
            return found
    return None


def block(merchant_id: str, listing_id: str, batch_id: str) -> str:
    """Whose texts a complaint is compared with: its merchant's, else those of its listing or batch; empty: nobody's."""
    for kind, id_ in (("merchant", merchant_id), ("listing", listing_id), ("batch", batch_id)):
        if id_:
            return f"{kind}:{id_}"[:160]
    return ""


def same_goods(one: tuple[str, str], two: tuple[str, str]) -> bool:
    """Whether two (listing, batch) are the same goods, as far as is known."""
    return any(a and a == b for a, b in zip(one, two, strict=True))


def same_kind(one: Collection[str], two: Collection[str]) -> bool:
    """Whether the types of two complaints have one in common, or those of one are not known."""
    return not one or not two or bool(set(one) & set(two))


def surfaces(buyers: int, severe: int, sold: int | None, figures: IncidentFigures) -> Text | None:
    """
    Why a person is to decide on all of them; None while they are too few. `sold` is None where nobody knows.

    `buyers` are different ones with a complaint that is open and not decided with others; `severe` those at severity 1.
    """
    if severe and buyers >= figures.severe:
        return Text(
            f"{buyers} 名消费者反映同一问题，其中 {severe} 名涉及人身安全",
            f"{buyers} buyers complain of one matter, {severe} of them of a hazard",
        )
    if buyers >= figures.members:
        return Text(f"{buyers} 名消费者反映同一问题", f"{buyers} buyers complain of one matter")
    if buyers >= figures.least and sold and buyers * 1000 >= sold * figures.per_mille:
        return Text(
            f"{buyers} 名消费者反映同一问题，售出 {sold} 件（{buyers / sold:.1%}）",
            f"{buyers} buyers complain of one matter, {sold} pieces sold ({buyers / sold:.1%})",
        )
    return None


# --- one decision for all ----------------------------------------------------------------------------------------------------------------

LEFT_OUT: dict[str, Text] = {
    "severe": Text("涉及人身安全，须单独处理", "severity 1: decided by itself"),
    "decided": Text("已有处理结果，不重复处理", "decided already"),
    "offer_better": Text(
        "面前的方案更优或者不可比，不收回", "the offer that lies before the buyer is as good or cannot be compared"
    ),
    "asked": Text("正待消费者补充", "the buyer has been asked something"),
    "testing": Text("正在检验", "being tested"),
    "unheard": Text("商家尚未答复，且答复期未满", "the merchant has not been heard yet"),
    "other_facts": Text("已查明的情况不同", "a person has found other facts in it"),
    "more_owed": Text("依法可得更多，须单独处理", "the law gives more on its own facts"),
    "nothing_owed": Text("按其情况不应得该项补救", "on its own facts this remedy is not owed"),
    "unknown_price": Text("不知道价款或者下单日期", "price or day of the order is not known"),
    "involved": Text("处理人此前已参与此件", "who decided has been involved in it before"),
    "by_person": Text("由人工排除", "taken out by a person"),
    "moved": Text("预览之后情况有变", "something happened after the preview"),
    "complained": Text("已自行投诉", "has complained meanwhile"),
    "refunded": Text("已退款、退货或者取消", "refunded, sent back or cancelled already"),
    "above_cap": Text("超过单笔上限，须单独处理", "above the cap for one order: decided by itself"),
    "paid_before": Text("该订单已有一次赔付", "this order has been given something already"),
}
"""Why somebody is not decided with the others. Nobody loses what he has been promised."""


@dataclass(frozen=True, slots=True)
class Standing:
    """
    What a joint decision has to know of one member.

    `lies` is what an offer that lies before him gives in yuan (None: no offer; Decimal(-1): something that is not money). `heard`: the merchant has answered,
    or his time is over. `disproved`: of what the decision establishes, something that a person found not to be so.
    """

    state: str
    level: int
    lies: Decimal | None
    heard: bool
    disproved: bool
    decided_before: bool


DECIDED = frozenset({"fulfilling", "reviewing", "escalated", "closed", "merged"})


def left_out(at: Standing, outcome: str, amount: Decimal | None, owed_at_least: Decimal | None) -> str:
    """
    Why a member is not decided with the others; empty: he is.

    `amount` is what he would get (None: nothing can be worked out, or it is not in money); `owed_at_least` what the law gives on his own facts with nothing
    more to be shown.
    """
    offered = at.lies is not None and (at.lies < 0 or amount is None or at.lies >= amount or outcome != "uphold")
    short = outcome == "uphold" and amount is not None and owed_at_least is not None and owed_at_least > amount
    reasons = (
        ("decided", at.state in DECIDED or at.decided_before),
        ("severe", at.level == 1),
        ("asked", at.state in ("asked_by_house", "asked_by_merchant")),
        ("testing", at.state == "testing"),
        ("other_facts", at.disproved),
        ("unheard", at.state == "awaiting_merchant" and not at.heard and outcome != "refer"),
        ("offer_better", offered),
        ("more_owed", short),
    )
    return next((why for why, so in reasons if so), "")


def total(amounts: Sequence[Decimal]) -> Decimal:
    """To the fen."""
    return sum(amounts, Decimal("0.00"))
