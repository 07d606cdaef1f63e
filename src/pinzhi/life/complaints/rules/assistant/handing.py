"""When a person takes over, and what goes along. A wish is obeyed at once; danger, law, minors, illness and much money never wait for a second message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from pinzhi.kernel.values import Text, money
from pinzhi.life.complaints.rules.assistant.conversation import Handover, Session
from pinzhi.life.complaints.rules.assistant.signals import Alarm, Signals
from pinzhi.life.complaints.rules.assistant.words import grams, normalise

GRAVE = 2
"""Severities 1 and 2 go to a person."""


@dataclass(frozen=True, slots=True)
class HandoverFigures:
    """
    Figures of `[assistant.handover]`: yuan above which a person decides, rejections and unanswered questions in a row, messages within which dissatisfaction is
    looked for and its bound; what a rejection, a mark of anger, an insult, a repetition, a question without answer and each further message add to it.
    """

    amount: str
    rejections: int
    unanswered: int
    messages: int
    dissatisfied: float
    rejection: float
    anger: float
    insult: float
    repetition: float
    without_answer: float
    longer: float

    @property
    def limit(self) -> Decimal:
        """The amount in yuan."""
        return money(self.amount)


REASONS: Mapping[str, Text] = {
    "wish": Text("客户要求人工", "asks for a person"),
    "danger": Text("涉及人身安全", "danger to somebody"),
    "life": Text("涉及轻生", "speaks of ending life"),
    "legal": Text("提到诉讼、律师或者媒体", "speaks of court, lawyer or press"),
    "minor": Text("涉及未成年人", "a minor is concerned"),
    "illness": Text("涉及伤病", "illness or injury"),
    "amount": Text("金额较大", "a large amount"),
    "rejected": Text("多次不认可答复", "rejected the answers"),
    "dissatisfied": Text("对服务不满", "dissatisfied"),
    "unanswered": Text("多次没有找到规定", "no rule found again and again"),
    "recall": Text("商品在召回范围", "the goods are recalled"),
}
"""Why a person takes over, in words."""


def dissatisfaction(session: Session, message: str, signals: Signals, f: HandoverFigures) -> float:
    """What one more message adds to the score. Linear; hand-set, since no set of conversations with a licence could be fitted (decision 43)."""
    text = normalise(message)
    added = f.rejection * signals.has("rejection", text)
    added += f.anger * min(signals.count("anger", text), 3)
    added += f.insult * signals.has("abuse", text)
    mine = set(grams(text))
    if mine and any(
        len(mine & (old := set(grams(normalise(s))))) >= 0.6 * len(mine | old) for s in session.spoken[-4:]
    ):
        added += f.repetition
    return added + f.longer * (len(session.spoken) >= 3)


def reasons(
    session: Session, message: str, alarm: Alarm | None, signals: Signals, f: HandoverFigures
) -> tuple[str, ...]:
    """Why a person takes over after this message (already counted in the session), gravest first; empty when none does."""
    found = []
    if alarm is not None and alarm.severity <= GRAVE:
        found.append("life" if alarm.life else "danger")
    if signals.has("person", message):
        found.append("wish")
    found += [name for name in ("legal", "minor", "illness") if signals.has(name, message)]
    if _most(session.slots) > f.limit:
        found.append("amount")
    if session.rejections >= f.rejections:
        found.append("rejected")
    if session.unanswered >= f.unanswered:
        found.append("unanswered")
    if len(session.spoken) <= f.messages and session.score >= f.dissatisfied:
        found.append("dissatisfied")
    return tuple(found)


def _most(slots: Mapping[str, str]) -> Decimal:
    return max((Decimal(a) for a in slots.get("amount", "").split() if a), default=Decimal(0))


def handover(session: Session, why: tuple[str, ...], alarm: Alarm | None) -> Handover:
    """Everything that is known, for the person who takes over."""
    severity = alarm.severity if alarm is not None else 3 if why != ("wish",) else 4
    said = session.spoken[-1] if session.spoken else ""
    zh = f"{'、'.join(REASONS[r].zh for r in why)}。共{len(session.spoken)}条消息，最后一条：{said}"
    en = f"{', '.join(REASONS[r].en for r in why)}. {len(session.spoken)} messages; the last: {said}"
    return Handover(why, severity, Text(zh, en), dict(session.slots), session.files, session.tried)
