"""From findings, category and days to the facts that conditions speak of, each as sure as what it rests on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from pinzhi.life.complaints.rules.entitlement.case import Case, State
from pinzhi.life.complaints.rules.entitlement.table import Condition, Rules


@dataclass(frozen=True, slots=True)
class Facts:
    """Names that are established, names that are only alleged, and names that are disproved, which never follow from others."""

    shown: frozenset[str]
    alleged: frozenset[str]
    disproved: frozenset[str] = frozenset()
    said: frozenset[str] = field(init=False, compare=False)
    """What is established or alleged."""

    def __post_init__(self) -> None:
        """Join both."""
        object.__setattr__(self, "said", self.shown | self.alleged)

    def any_claimed(self, condition: Condition) -> bool:
        """Whether some alternative is at least alleged."""
        return any(one <= self.said for one in condition)

    def any_proved(self, condition: Condition) -> bool:
        """Whether some alternative is established."""
        return any(one <= self.shown for one in condition)

    def lacking(self, condition: Condition) -> tuple[str, ...]:
        """The alleged names of the claimed alternative that lacks least; empty when one is proved."""
        claims = [sorted(one - self.shown) for one in condition if one <= self.said]
        least: list[str] = min(claims, key=lambda c: (len(c), c), default=[])
        return tuple(least)

    def with_shown(self, names: Iterable[str]) -> Facts:
        """The same with more established facts."""
        more = (self.shown | frozenset(names)) - self.disproved
        return Facts(more, self.alleged - more, self.disproved)


def facts_of(case: Case, rules: Rules) -> Facts:
    """Findings, the classes of the category, what the order says of itself, and what follows from all that."""
    disproved = {f.name for f in case.findings if f.state is State.DISPROVED}
    shown = {f.name for f in case.findings if f.state is State.ESTABLISHED} - disproved
    alleged = {f.name for f in case.findings if f.state is State.ALLEGED} - disproved - shown
    found = classes(case.order.category, rules)
    shown |= (found | _of_order(case)) - disproved
    alleged |= _perhaps(found, shown | alleged) - disproved
    return derive(Facts(frozenset(shown), frozenset(alleged - shown), frozenset(disproved)), rules)


def derive(facts: Facts, rules: Rules) -> Facts:
    """Add what follows, until nothing more follows. What is disproved by name does not follow."""
    while True:
        shown, alleged = set(facts.shown), set(facts.alleged)
        for d in rules.derived:
            if d.id in facts.disproved:
                continue
            if facts.any_proved(d.if_):
                shown.add(d.id)
            elif facts.any_claimed(d.if_):
                alleged.add(d.id)
        more = Facts(frozenset(shown), frozenset(alleged - shown), facts.disproved)
        if more == facts:
            return facts
        facts = more


def classes(category: str, rules: Rules) -> set[str]:
    """The classes of goods whose words occur in the marketplace's category text."""
    folded = category.lower()
    return {
        id_
        for id_, (words, not_words) in rules.categories.items()
        if any(w in folded for w in words) and not any(w in folded for w in not_words)
    }


def _perhaps(found: set[str], said: set[str]) -> set[str]:
    """
    What may be so, and has to be shown before it counts.

    A category that says nothing leaves open by which standard the goods are intact, and whether goods with a shelf life are food. Electronics that art. 23(3)
    does not list may be durable goods by its «etc.».
    """
    perhaps: set[str] = set()
    if not found:
        perhaps |= {"seal_matters", "data_matters", "labels_matter"}
        if said & {"label_date_missing", "expired_when_sold"}:
            perhaps.add("food")
    if "electronics" in found and "durable" not in found:
        perhaps.add("durable")
    return perhaps


SELF_OPERATED = frozenset({"self", "self_operated", "self-operated", "platform", "自营"})
LIVE = frozenset({"live", "livestream", "直播"})
STORE = frozenset({"store", "offline", "门店"})
CHANNELS = SELF_OPERATED | LIVE | STORE | {"", "shop", "online", "web", "app", "网店", "店铺"}
"""Words for where something was bought. A shop is the rule; any other word is told."""


def _of_order(case: Case) -> set[str]:
    order, found = case.order, set()
    found.add("second_hand" if order.second_hand else "seller_is_trader")
    found.add("bought_in_store" if order.channel in STORE else "distance_sale")
    if order.channel in LIVE:
        found.add("live")
    if order.channel in SELF_OPERATED:
        found.add("platform_self_operated")
    if order.seller == "producer":
        found.add("seller_is_producer")
    if case.loss:
        found.add("loss_shown")
    if any(p.days for p in case.promises):
        found.add("days_promised")
    if any(p.freight for p in case.promises):
        found.add("freight_promised")
    if any(p.refund_only for p in case.promises):
        found.add("refund_only_promised")
    return found
