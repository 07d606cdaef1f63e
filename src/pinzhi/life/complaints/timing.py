"""
The clocks of a complaint: computed from its log whenever somebody looks, and the next one kept beside it, so that a job can find what has run out.

Whoever is to act has a time; when it is over, the rule acts (the merchant was silent), the consumer's question lapses, or the breach is written down and told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from pinzhi.kernel.facts_complaints import PromiseBroken
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.law.tables import official, statutes
from pinzhi.life.complaints import log
from pinzhi.life.complaints.contracts import IN_MONEY, Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.rules import authority
from pinzhi.life.complaints.rules.clocks import BREACHED, Clock, Standing, Step, clocks
from pinzhi.life.complaints.rules.situation import Situation, fulfil_by
from pinzhi.life.complaints.tables import clock_rules
from pinzhi.people.acts import Act

SAYS: dict[str, tuple[str, ...]] = {
    "open": ("submitted", "acknowledged", "sent_to_merchant"),
    "open_house": ("submitted", "acknowledged"),
    "open_fast": ("submitted", "acknowledged", "proposed", "accepted"),
    "open_offer": ("proposed",),
    "open_owed": ("proposed", "decided"),
    "waive": ("withdrawn", "closed"),
    "contact": ("person_named",),
    "offer": ("merchant_answered", "proposed"),
    "contest": ("merchant_answered", "disputed"),
    "ask": ("asked_consumer",),
    "ask_merchant": ("sent_to_merchant",),
    "reply": ("consumer_answered",),
    "lapse": ("reply_lapsed",),
    "default": ("proposed_by_default",),
    "hand_over": ("disputed",),
    "propose": ("proposed",),
    "adjudicate": ("proposed", "decided", "merchant_answered"),
    "pay_fast": ("proposed", "decided", "accepted"),
    "dismiss": ("decided", "closed"),
    "decline": ("disputed",),
    "accept": ("accepted",),
    "test": ("sent_to_laboratory",),
    "result": ("laboratory_reported",),
    "withdraw": ("withdrawn", "closed"),
    "merge": ("withdrawn", "closed"),
    "split": ("disputed",),
    "escalate": ("decided", "closed", "regulator_received"),
    "complete": ("closed", "duty_done"),
    "approve": ("closed", "duty_done"),
    "take_back": ("disputed",),
    "end": ("closed",),
    "fail": ("disputed",),
    "reopen": ("disputed",),
    "overturn": ("disputed",),
    "send_back": ("disputed",),
}
"""Step of the log → what it means to the clocks (`data/clocks.toml`)."""
FROM_HIS_WORD = frozenset({"submitted", "acknowledged", "duty_demanded"})
"""What runs from the day on which the buyer said it, also where it became a complaint of its own later."""
SIDES = {
    "merchant_answer": Side.MERCHANT,
    "refund": Side.MERCHANT,
    "refund_target": Side.MERCHANT,
    "fulfilment": Side.MERCHANT,
}
CONSUMER = {
    "consumer_reply": Text("消费者补充", "the consumer's answer"),
    "consumer_offer": Text("消费者确认方案", "the consumer's word on the offer"),
    "fulfilment": Text("履行方案", "what was agreed is given"),
}
"""Times that are no promise of the house: they end a wait."""


def of(row: Complaint, now: datetime) -> tuple[Clock, ...]:
    """All clocks of a complaint, the open ones first."""
    return of_log(log.steps(row), now)


def of_log(log_lines: Iterable[StepRow], now: datetime) -> tuple[Clock, ...]:
    """All clocks of a log that has been read."""
    lines: list[Step] = []
    said: tuple[str, ...] = ()
    for line in log_lines:
        lines += [Step(line.at, kind, line.side) for kind in _of_authority(line, said)] + _meaning(line)
        said = said_by_authority([line], said)
    return clocks(lines, clock_rules(), policy_in_force(now).clocks, statutes(), official(), now)


def said_by_authority(lines: Iterable[StepRow], before: tuple[str, ...] = ()) -> tuple[str, ...]:
    """What the authority has said since the complaint was last handed over."""
    said = before
    for line in lines:
        if line.verb == "escalate":
            said = ()
        elif line.verb == "authority":
            said = (*said, str(line.data["said"]))
    return said


def _of_authority(line: StepRow, said: tuple[str, ...]) -> tuple[str, ...]:
    if line.verb == "authority":
        return authority.meaning(said, str(line.data["said"]))
    return authority.leaving(said, handled=line.verb == "end") if line.verb in ("end", "take_back") else ()


def _meaning(line: StepRow) -> list[Step]:
    if line.verb == "breach":
        data = line.data
        return [
            Step(
                line.at,
                BREACHED,
                line.side,
                str(data["clock"]),
                datetime.fromisoformat(data["started"]),
                datetime.fromisoformat(data["due"]),
            )
        ]
    kinds = list(SAYS.get(line.verb, ()))
    if line.verb in ("open", "open_house", "assess") and line.data.get("level") == 1:
        kinds.append("graded_severe")
    if line.verb in ("open", "open_house") and line.data.get("wish") in (*IN_MONEY, "exchange", "repair"):
        kinds.append("duty_demanded")
    if (
        "received" in line.data
    ):  # split off another complaint: what the law counts from the buyer's word is counted from the first one
        said = datetime.fromisoformat(line.data["received"])
        return [Step(said if k in FROM_HIS_WORD else line.at, k, line.side) for k in kinds]
    if line.verb == "fulfil" and line.data.get("in_money"):
        kinds.append("refunded")
    if line.verb == "ask" and line.side == Side.MERCHANT.value:
        kinds.append("merchant_answered")
    return [Step(line.at, kind, line.side) for kind in kinds]


def wind(row: Complaint, now: Situation, lines: Iterable[StepRow], at: datetime) -> None:
    """Set the next clock of a complaint with this log (not saved): the first open one that has not run out, or the wait for the consumer."""
    row.next_clock, row.next_due = "", None
    if not now.open or now.since is None:
        return
    policy = policy_in_force(at)
    figures = policy.desk
    if (due := fulfil_by(now, figures.fulfil_days, policy.fast.pay_hours)) is not None:
        row.next_clock, row.next_due = "fulfilment", due
        return
    waits = {
        "asked_by_merchant": ("consumer_reply", figures.reply_days),
        "asked_by_house": ("consumer_reply", figures.reply_days),
        "proposed": ("consumer_offer", figures.offer_days),
    }
    if now.state in waits:
        row.next_clock, days = waits[now.state]
        row.next_due = now.since + timedelta(days=days)
        return
    running = [
        c
        for c in of_log(lines, at)
        if c.open and c.breached_at is None and c.standing is not Standing.PAUSED and c.due.at is not None
    ]
    if running:
        first = min(running, key=lambda c: c.due.latest)
        row.next_clock, row.next_due = first.name, first.due.latest


def break_promises(a: Act, row: Complaint) -> int:
    """
    Write down the clocks that have run out and tell it. Returns how many are new. From then on nothing takes them back.

    The authority's times are not among them: its delay is neither the merchant's nor ours, and is only shown.
    """
    late = [c for c in of(row, a.now) if c.breached_at is not None and not c.kept]
    new = [c for c in late if c.name not in authority.MIRRORED]
    for c in new:
        side = SIDES.get(c.name, Side.MERCHANT if c.law is not None and c.name.endswith("_delay") else Side.HOUSE)
        data: dict[str, Any] = {
            "clock": c.name, "started": c.started.isoformat(), "due": c.due.latest.isoformat(), "of": side.value, "zh": c.what.zh, "en": c.what.en,
        }  # fmt: skip
        log.take(a, row, "breach", Side.RULE, data)
        tell(a, row, c.name, side, c.due.latest)
    return len(new)


def tell(a: Act, row: Complaint, name: str, side: Side, due: datetime) -> None:
    """The breach as a fact: in the merchant's file when it was his time, in the platform's own when it was ours."""
    about = (
        Subject(Kind.MERCHANT, row.merchant_id)
        if side is Side.MERCHANT and row.merchant_id
        else Subject(Kind.PLATFORM, "complaints")
    )
    a.fact(PromiseBroken(subject=about, complaint_id=row.pk, clock=name, side=side.value, due=due))
