"""
What a merchant owed and did not give in time, read from the log of a complaint: what the platform's fund may give in his place (先行赔付), and may it be
taken back from him.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from pinzhi.life.complaints.contracts import Remedy, Side, Step
from pinzhi.life.complaints.rules.situation import SPOKEN, Situation, after, situation


@dataclass(frozen=True, slots=True)
class Missed:
    """
    A remedy that was owed when the time ran out.

    `which` is its number among those owed; `by_fund` that the fund had promised it; `failed` and `since` the steps that said that it was not given, and that
    made it owed; `said_by` who had offered or decided it.
    """

    which: int
    remedy: Remedy
    failed: int
    since: int
    said_by: Side
    by_fund: bool = False

    @property
    def amount(self) -> Decimal | None:
        """In yuan; None for what is not in money."""
        return self.remedy.amount

    @property
    def needs_goods(self) -> bool:
        """Whether the buyer gives the goods back for it."""
        return self.remedy.kind == "return_refund"

    @property
    def recoverable(self) -> bool:
        """
        Whether the merchant has to give it back to the fund.

        Not a refund without return that only the platform's rule proposed: a merchant may not be made to bear one (SAMR order 116, art. 27(1)(1)). One that
        he offered himself, or that a person decided, is a debt of his.
        """
        return not self.by_fund and (self.remedy.kind != "refund" or self.said_by is not Side.RULE)


def missed(steps: Iterable[Step]) -> tuple[Missed, ...]:
    """What has not been given in time and has not been decided anew since; empty when nothing of the kind lies open."""
    now = Situation()
    since, said_by, by_fund = 0, Side.HOUSE, False
    found: tuple[Missed, ...] = ()
    for step in steps:
        before, now = now, after(now, step)
        if step.verb in SPOKEN:
            continue
        if step.verb == "accept" and before.offer is not None:
            since, said_by, by_fund = step.n, before.offer.side, False
        elif step.verb in ("adjudicate", "open_owed", "pay_fast", "open_fast"):
            since, said_by, by_fund = step.n, _side(step), step.data.get("payer") == "fund"
        found = (
            tuple(Missed(i, o.remedy, step.n, since, said_by, by_fund) for i, o in enumerate(before.owed) if not o.done)
            if step.verb == "fail"
            else ()
        )
    return found


def fund_owes(steps: Iterable[Step]) -> tuple[Missed, ...]:
    """What the fund itself has promised at the opening (`open_fast`) and not given yet, while its time still runs."""
    lines = list(steps)
    if not lines or lines[0].verb != "open_fast" or lines[0].data.get("payer") != "fund":
        return ()
    if any(s.verb not in SPOKEN for s in lines[1:]):
        return ()
    now = situation(lines)
    return tuple(Missed(i, o.remedy, 1, 1, Side.RULE, by_fund=True) for i, o in enumerate(now.owed) if not o.done)


def _side(step: Step) -> Side:
    """Who stands behind a decision: a person; the merchant, who had allowed a fast refund; else the rule."""
    if step.verb in ("adjudicate", "open_owed"):
        return step.side
    return Side.MERCHANT if step.data.get("payer") == "merchant" else Side.RULE
