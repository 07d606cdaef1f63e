"""
What one member of an incident, or one order of which nobody complained, gets by a joint decision: the law on his own facts, never less than he was promised.

The same function answers for the preview and once more when the decision is carried out: where the two differ, nothing is done and the reason is kept.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from pinzhi.life.complaints import entitling, log
from pinzhi.life.complaints.affected import Bought
from pinzhi.life.complaints.contracts import IN_MONEY, Remedy
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.models_incidents import JointDecision
from pinzhi.life.complaints.rules.entitlement import Answer
from pinzhi.life.complaints.rules.gathering import Standing, left_out
from pinzhi.life.complaints.rules.situation import Situation

REMEDIES = ("law", "full", "refund", "share", "fixed", "exchange", "repair")
FEN = Decimal("0.01")
PRICES = frozenset({"refund", "return_quality", "return_no_reason", "return_goods"})


@dataclass(frozen=True, slots=True)
class Part:
    """What somebody gets: remedies with their sum in yuan, or why he is left out."""

    remedies: tuple[Remedy, ...] = ()
    amount: Decimal = Decimal("0.00")
    left_out: str = ""


def of_member(row: Complaint, decision: JointDecision) -> Part:
    """What the decision gives to a complaint of the incident."""
    steps = log.steps(row)
    now = log.folded(steps)
    findings = decision.findings
    other = any(now.findings.get(name) == "disproved" for name in findings)
    if decision.outcome == "dismiss":
        other = any(stand == "established" for stand in now.findings.values())
    with_all = replace(now, findings={**now.findings, **dict.fromkeys(findings, "established")})
    law = entitling.answer(row, now=with_all)
    remedies = _remedies(decision, row.price, law, row.wish) if decision.outcome == "uphold" else ()
    amount = sum((r.amount for r in remedies if r.amount is not None), Decimal("0.00"))
    in_money = bool(remedies) and all(r.amount is not None for r in remedies)
    at = Standing(
        state=now.state, level=now.level, lies=_lies(now), heard=_heard(now, steps), disproved=other,
        decided_before=row.shares.filter(applied_at__isnull=False).exists() or bool(now.reopened),
    )  # fmt: skip
    why = left_out(at, decision.outcome, amount if in_money else None, law.best.shown if law and law.best else None)
    if not why and decision.outcome == "uphold" and not remedies:
        why = "unknown_price" if law is None else "nothing_owed"
    return Part(left_out=why) if why else Part(remedies, amount)


def of_order(bought: Bought, decision: JointDecision, cap: Decimal, at: datetime) -> Part:
    """What the decision gives to an order of which nobody complained."""
    if bought.left_out:
        return Part(left_out=bought.left_out)
    law = entitling.of_order(bought.facts(), decision.findings, at)
    if law is None:
        return Part(left_out="unknown_price")
    remedies = _remedies(decision, bought.price, law, "")
    if not remedies:
        return Part(left_out="nothing_owed")
    amount = sum((r.amount for r in remedies if r.amount is not None), Decimal("0.00"))
    if amount > cap:
        return Part(left_out="above_cap")
    if law.best is not None and law.best.shown > amount and all(r.amount is not None for r in remedies):
        return Part(left_out="more_owed")
    return Part(remedies, amount)


def _remedies(decision: JointDecision, price: Decimal | None, law: Answer | None, wish: str) -> tuple[Remedy, ...]:
    kind, figure = decision.remedy, decision.figure or Decimal(0)
    if kind in ("exchange", "repair"):
        return (Remedy(kind),)
    if kind == "fixed":
        return (Remedy("compensation", figure),)
    if kind in ("refund", "share"):
        if not price:
            return ()
        part = price if kind == "refund" else (price * figure / 100).quantize(FEN, ROUND_HALF_UP)
        return (Remedy("refund", part),) if part > 0 else ()
    if law is None:
        return ()
    return entitling.chosen(law, wish) if kind == "law" else _everything(law)


def _everything(law: Answer) -> tuple[Remedy, ...]:
    """The best that the law gives, where nothing more has to be shown for any of it: the price, and what comes besides or in multiples."""
    best = law.best
    if best is None or best.total != best.shown:
        return ()
    found = [
        Remedy("refund" if r.kind in PRICES else "compensation", r.amount, "", r.law.id)
        for r in (best.main, *best.together)
        if r.amount is not None and r.amount > 0
    ]
    return tuple(sorted(found, key=lambda r: r.kind != "refund"))


def _lies(now: Situation) -> Decimal | None:
    """What the offer that lies before the buyer gives; -1 where it is not all in money, so that it cannot be compared."""
    if now.offer is None:
        return None
    if any(r.kind not in IN_MONEY for r in now.offer.remedies):
        return Decimal(-1)
    return sum((r.amount for r in now.offer.remedies if r.amount is not None), Decimal(0))


def _heard(now: Situation, steps: Sequence[StepRow]) -> bool:
    """Whether the merchant has answered, or let his time pass."""
    return now.answered or "merchant_answer" in now.broken or any(s.verb in ("default", "hand_over") for s in steps)
