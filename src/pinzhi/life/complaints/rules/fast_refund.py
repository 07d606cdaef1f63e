"""
Fast refund (快速退款): small honest claims are paid at once, people look at the rest. Five rules in order; the first that fires decides, and all are told.

Who pays has agreed to it: the merchant, who allowed it up to a sum of his own, or the platform's fund. Nobody is made to bear a refund without return
(SAMR order 116, art. 27(1)(1)). What looks like a trade in claims costs nobody his right, only the speed: where money would have gone out at once a person
looks first, everything else goes its usual way. What is heard of the goods stays the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pinzhi.kernel.distributions import wilson
from pinzhi.kernel.values import Interval, Text, is_money, money


class Outcome(StrEnum):
    """What follows. `PICKUP`: refund against return, given when the carrier has taken the goods. `NORMAL`: the usual path, not a refusal."""

    REFUND = "refund"
    PICKUP = "pickup"
    PROOF = "proof"
    PERSON = "person"
    NORMAL = "normal"


GRANTED = frozenset({Outcome.REFUND, Outcome.PICKUP})


@dataclass(frozen=True, slots=True)
class FastFigures:
    """`[fast]` of `policy.toml`: sums in yuan, counts, days, shares per mille."""

    fund_pays: bool
    small: str
    pickup: str
    most_for_a_buyer: int
    days: int
    fund_a_day: str
    prior_claims: float
    prior_orders: float
    risky_per_mille: int
    most_linked: int
    household_quantity: int
    recheck_per_mille: int
    seed: str
    leak_per_mille: int
    least_checked: int
    object_days: int
    lost_days: int
    pay_hours: int

    def wrong(self) -> dict[str, bool]:
        """Figure → whether it makes no sense."""
        sums = {name: not is_money(getattr(self, name)) for name in ("small", "pickup", "fund_a_day")}
        return sums | {
            "most_for_a_buyer": not 0 <= self.most_for_a_buyer <= 100,
            "days": not 1 <= self.days <= 365,
            "prior_claims": not 0 < self.prior_claims <= 1000,
            "prior_orders": not self.prior_claims < self.prior_orders <= 10_000,
            "risky_per_mille": not 1 <= self.risky_per_mille <= 1000,
            "most_linked": not 1 <= self.most_linked <= 100,
            "household_quantity": not 1 <= self.household_quantity <= 1000,
            "recheck_per_mille": not 10 <= self.recheck_per_mille <= 1000,
            "seed": not self.seed,
            "leak_per_mille": not 1 <= self.leak_per_mille <= 500,
            "least_checked": not 10 <= self.least_checked <= 100_000,
            "object_days": not 7 <= self.object_days <= 60,
            "lost_days": not 1 <= self.lost_days <= 365,
            "pay_hours": not 1 <= self.pay_hours <= 168,
        }


@dataclass(frozen=True, slots=True)
class Inputs:
    """
    What is known at the moment of the decision. Money in yuan; None where nobody knows.

    `proven`: facts of the platform that show the claim by themselves. `claims` and `orders` of this buyer in the days of the policy; `granted` of them were
    fast refunds. `linked`: buyers who complain from the same device, himself counted. `alike`: complaints against other merchants in nearly the same words.
    `merchant_allows`: up to what he allowed it for one claim, None when he did not; `merchant_left`: what is left of what he allowed for this day, None
    without a bound. `order_granted`: money was given or promised for this order before, at once or not. `fund_left` of today's budget, and in the fund.
    `understood`: the merchant is known, and the words were read with certainty. `lost`: two persons found forged proof in an earlier claim of this buyer,
    within `lost_days`.
    """

    level: int
    amount: Decimal | None
    wants_refund: bool
    vouched: bool
    proven: tuple[str, ...] = ()
    fresh: bool = False
    new_photos: int = 0
    old_photos: int = 0
    quantity: int = 1
    returns_above_base: bool | None = None
    claims: int = 0
    orders: int | None = None
    granted: int = 0
    linked: int = 1
    alike: int = 0
    order_granted: bool = False
    merchant_allows: Decimal | None = None
    merchant_left: Decimal | None = None
    fund_left: Decimal = Decimal(0)
    switched_on: bool = True
    understood: bool = True
    lost: bool = False

    def document(self) -> dict[str, Any]:
        """As plain values, to be kept beside the decision."""
        values = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {
            n: str(v) if isinstance(v, Decimal) else list(v) if isinstance(v, tuple) else v for n, v in values.items()
        }

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> Inputs:
        """Read kept inputs back, so that other figures and other consents can be tried on them."""
        values = {name: raw[name] for name in cls.__dataclass_fields__ if name in raw}
        sums = ("amount", "merchant_allows", "merchant_left", "fund_left")
        yuan = {n: None if values.get(n) is None else Decimal(values[n]) for n in sums if n in values}
        return cls(**(values | yuan | {"proven": tuple(raw.get("proven", ()))}))


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule as it was asked: whether it fired, and in words why or why not."""

    name: str
    fired: bool
    says: Text


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome, the rule that decided (empty: none fired), who pays (`merchant`, `fund`, or empty), the sum, and all rules in their order."""

    outcome: Outcome
    rule: str
    payer: str
    amount: Decimal
    rules: tuple[Rule, ...]
    signals: tuple[str, ...] = ()

    @property
    def granted(self) -> bool:
        """Whether the buyer gets his money without anybody being asked."""
        return self.outcome in GRANTED

    def document(self) -> list[dict[str, Any]]:
        """The rules as plain values."""
        return [{"name": r.name, "fired": r.fired, "zh": r.says.zh, "en": r.says.en} for r in self.rules]


PROVEN: dict[str, Text] = {
    "recall": Text("该批次已停售或召回", "the batch is stopped or recalled"),
    "late": Text("超过承诺时间未送达", "not delivered in the promised time"),
    "lost": Text("物流记录显示丢失", "lost by the carrier's own record"),
    "trace": Text("追溯信息与商品不符", "the trace does not fit the goods"),
}
WORDS: dict[Outcome, Text] = {
    Outcome.REFUND: Text("同意快速退款，无需寄回", "refund granted at once, nothing to send back"),
    Outcome.PICKUP: Text(
        "同意退货退款，快递揽收后付款", "refund against return granted, paid when the carrier has the goods"
    ),
    Outcome.PROOF: Text("请再补充一项凭证，由专员核实后处理", "one more proof is needed; a person looks at it"),
    Outcome.PERSON: Text("由专员处理", "a person handles it"),
    Outcome.NORMAL: Text("按一般流程处理", "handled in the usual way"),
}
"""What the buyer reads. Nothing in it says what somebody is suspected of."""


RULE_NAMES: dict[str, Text] = {
    "grave": Text("严重投诉由人处理", "grave claims go to a person"),
    "proven": Text("平台数据已证明", "the platform's own facts prove it"),
    "small": Text("小额", "small sum"),
    "pickup": Text("高退货率商品，退货退款", "returns above those of its kind, against return"),
    "risky": Text("需进一步核实", "needs a closer look"),
}
"""The five rules, in the words of the house."""


def risk(claims: int, orders: int | None, figures: FastFigures) -> float:
    """Claims in an order of this buyer, shrunk to the average: a new buyer is average, not clean. Without known orders there are as many as claims."""
    known = max(orders or 0, claims)
    return (figures.prior_claims + claims) / (figures.prior_orders + known)


def signals(i: Inputs, figures: FastFigures) -> tuple[str, ...]:
    """What looks like a trade in claims. It brings a case to an experienced person; the defect that it tells of counts in full."""
    found = {
        "many_claims": risk(i.claims, i.orders, figures) * 1000 > figures.risky_per_mille,
        "beyond_household": i.quantity > figures.household_quantity,
        "linked": i.linked > figures.most_linked,
        "same_words": i.alike > 0,
        "photo_used_before": i.old_photos > 0,
    }
    return tuple(name for name, there in found.items() if there)


def decide(i: Inputs, figures: FastFigures) -> Answer:
    """Ask the five rules in order. A rule whose outcome nobody pays for does not fire."""
    marks = signals(i, figures)
    amount = i.amount if i.amount is not None else Decimal("0.00")
    payer = _payer(i, amount, figures)
    may = _may(i, payer, figures)
    rules = (
        _grave(i),
        _proven(i, may),
        _small(i, amount, marks, may, figures),
        _pickup(i, amount, marks, may, figures),
        _risky(i, amount, marks, may, figures),
    )
    outcomes = (Outcome.PERSON, Outcome.REFUND, Outcome.REFUND, Outcome.PICKUP, Outcome.PROOF)
    for rule, outcome in zip(rules, outcomes, strict=True):
        if rule.fired:
            pays = payer if outcome in GRANTED else ""
            return Answer(outcome, rule.name, pays, amount if pays else Decimal("0.00"), rules, marks)
    return Answer(Outcome.NORMAL, "", "", Decimal("0.00"), rules, marks)


def _payer(i: Inputs, amount: Decimal, figures: FastFigures) -> str:
    """Who has agreed to pay this sum."""
    left = amount if i.merchant_left is None else i.merchant_left
    if i.merchant_allows is not None and amount <= i.merchant_allows and amount <= left:
        return "merchant"
    return "fund" if figures.fund_pays and amount <= i.fund_left else ""


def _may(i: Inputs, payer: str, figures: FastFigures) -> Text | None:
    """Why nothing is granted at once whatever a rule says; None when it may be."""
    checks = (
        (not i.understood, Text("需由人阅读", "a person must read it first")),
        (not i.switched_on, Text("快速退款暂停", "fast refunds are switched off for now")),
        (not i.vouched or i.amount is None or i.amount <= 0, Text("订单金额未经平台核实", "the platform does not vouch for the order's sum")),
        (not i.wants_refund, Text("消费者未要求退款", "the buyer does not ask for a refund")),
        (i.order_granted, Text("该订单此前已有退款或赔付", "money was given for this order before")),
        (i.lost, Text(f"{figures.lost_days} 天内曾认定伪造凭证", f"forged proof was found within {figures.lost_days} days")),
        (i.granted >= figures.most_for_a_buyer, Text(f"{figures.days} 天内已快速退款 {i.granted} 次", f"{i.granted} fast refunds within {figures.days} days")),
        (not payer, Text("商家未开通或额度不足，平台基金今日额度不足", "neither what the merchant allows nor what the fund has left reaches this sum")),
    )  # fmt: skip
    return next((why for bad, why in checks if bad), None)


def _grave(i: Inputs) -> Rule:
    fired = i.level <= 2
    return Rule("grave", fired, Text(f"严重度 {i.level}" + ("，由人处理" if fired else ""), f"severity {i.level}"))


def _proven(i: Inputs, may: Text | None) -> Rule:
    if not i.proven:
        return Rule("proven", False, Text("平台数据未能直接证明", "the platform's own facts do not show it"))
    if may is not None:
        return Rule("proven", False, may)
    known = [PROVEN[p] for p in i.proven]
    return Rule("proven", True, Text("；".join(k.zh for k in known), "; ".join(k.en for k in known)))


def _small(i: Inputs, amount: Decimal, marks: tuple[str, ...], may: Text | None, figures: FastFigures) -> Rule:
    if may is not None:
        return Rule("small", False, may)
    if amount > money(figures.small):
        return Rule("small", False, Text(f"金额超过 {figures.small} 元", f"more than {figures.small} yuan"))
    if marks:
        return Rule("small", False, Text("需进一步核实", "needs a closer look"))
    if i.fresh and not i.new_photos:
        return Rule("small", False, Text("生鲜需照片", "fresh goods need a photo"))
    return Rule("small", True, Text(f"金额不超过 {figures.small} 元", f"at most {figures.small} yuan"))


def _pickup(i: Inputs, amount: Decimal, marks: tuple[str, ...], may: Text | None, figures: FastFigures) -> Rule:
    if may is not None:
        return Rule("pickup", False, may)
    if amount > money(figures.pickup):
        return Rule("pickup", False, Text(f"金额超过 {figures.pickup} 元", f"more than {figures.pickup} yuan"))
    if marks:
        return Rule("pickup", False, Text("需进一步核实", "needs a closer look"))
    if not i.returns_above_base:
        unknown = i.returns_above_base is None
        known = Text("退货率未高于同类", "returns are not above those of its kind")
        return Rule("pickup", False, Text("退货率未知", "return rates are not known") if unknown else known)
    return Rule("pickup", True, Text("退货率高于同类", "returns are above those of its kind"))


def _risky(i: Inputs, amount: Decimal, marks: tuple[str, ...], may: Text | None, figures: FastFigures) -> Rule:
    """
    Only where money would have gone out at once but for the signals: one more proof, and a person decides. Elsewhere nothing is held back from anybody, so the
    claim goes its usual way, to the merchant first.
    """
    if not marks:
        return Rule("risky", False, Text("无须额外核实", "needs no closer look"))
    if may is not None:
        return Rule("risky", False, may)
    small = amount <= money(figures.small) and (not i.fresh or i.new_photos > 0)
    pickup = amount <= money(figures.pickup) and bool(i.returns_above_base)
    if not (small or pickup):
        return Rule("risky", False, Text("本不属于快速退款", "nothing was to be paid at once"))
    return Rule("risky", True, Text("需进一步核实", "needs a closer look"))


# --- control -------------------------------------------------------------------------------------------------------------------------------


def drawn(complaint: str, figures: FastFigures) -> bool:
    """Whether this decision is looked at again by a person: a draw on the id under the seed, the same whenever it is made."""
    point = int.from_bytes(sha256(f"{figures.seed}:{complaint}".encode()).digest()[:8], "big")
    return point * 1000 < figures.recheck_per_mille << 64


@dataclass(frozen=True, slots=True)
class Leak:
    """
    Of `checked` decisions drawn at random `wrong` should not have been paid; `share` with its two-sided 90 % interval (Wilson), None before anything was
    checked. `unclear`: a person could not tell; they are in neither count. `why` says what switched it on or off.
    """

    checked: int
    wrong: int
    share: Interval | None
    on: bool
    unclear: int
    why: Text


def leak(checked: int, wrong: int, figures: FastFigures, *, unclear: int = 0) -> Leak:
    """
    Whether fast refunds stay on.

    From `least_checked` on they are off when the upper end of the interval is above the limit. Before, the interval is wide by itself: they are off when even
    its lower end is above.
    """
    share = wilson(wrong, checked)
    limit = figures.leak_per_mille / 1000
    if share is None:
        return Leak(checked, wrong, None, True, unclear, Text("尚无复核结果", "nothing has been looked at again yet"))
    enough = checked >= figures.least_checked
    bound = share.high if enough else share.low
    end = Text("上限", "upper end") if enough else Text("下限", "lower end")
    on = bound <= limit
    sign = "≤" if on else ">"
    why = Text(
        f"复核 {checked} 件，误付 {wrong} 件，90% 区间{end.zh} {bound:.1%} {sign} {limit:.1%}",
        f"{wrong} of {checked} paid wrongly; {end.en} of the 90 % interval {bound:.1%} {sign} {limit:.1%}",
    )
    return Leak(checked, wrong, share, on, unclear, why)


@dataclass(frozen=True, slots=True)
class GroupShare:
    """
    Of `asked` claims of a group `granted` were paid at once; `share` with its 90 % interval. `apart`: it meets the interval of no other group of its kind (what
    stands before the colon), of which there are some.
    """

    group: str
    asked: int
    granted: int
    share: Interval
    apart: bool = False

    @property
    def kind(self) -> str:
        """What parts this group from others: channel, language, …"""
        return self.group.partition(":")[0]


def fairness(decided: Iterable[tuple[str, bool]]) -> list[GroupShare]:
    """(group, granted) of every decision → the share of each group, by name: one that is `apart` is treated differently from all others of its kind."""
    counts: dict[str, tuple[int, int]] = {}
    for group, granted in decided:
        asked, had = counts.get(group, (0, 0))
        counts[group] = (asked + 1, had + granted)
    found = ((g, asked, had, wilson(had, asked)) for g, (asked, had) in sorted(counts.items()))
    groups = [GroupShare(g, asked, had, share) for g, asked, had, share in found if share is not None]
    return [replace(g, apart=_apart(g, groups)) for g in groups]


def _apart(one: GroupShare, groups: Iterable[GroupShare]) -> bool:
    others = [g.share for g in groups if g.kind == one.kind and g is not one]
    return bool(others) and all(one.share.high < o.low or o.high < one.share.low for o in others)
