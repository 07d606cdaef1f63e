"""
From the assistant to a person: what was said, understood, scanned and quoted goes along, and the case is open at once.

A buyer's talk becomes a complaint, or goes into the one that he has shown to be his; a merchant's question becomes a case of its own. A missing telephone
number or order stops nothing: it is asked for afterwards (`reach`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pinzhi.casework.contracts import CaseRow, Reversal, Ruling
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.casework.opening import open_case, update_evidence
from pinzhi.casework.queries import case as case_of
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.complaints import consumer, desk, log, opening, weighing
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Conversation
from pinzhi.life.complaints.rules.assistant.carrying import transcript
from pinzhi.life.complaints.rules.assistant.conversation import Reply
from pinzhi.life.complaints.rules.entry import Entry, own_word, read
from pinzhi.people.acts import Act, act
from pinzhi.people.roles import Actor

HOUSE = Actor.system("assistant")
QUESTIONS = "complaints_questions"
NO_GOODS = frozenset({"unit", "listing_id", "batch_id", "category", "goods"})


@dataclass(frozen=True, slots=True)
class Asker:
    """
    Who asks, and by which door. `owner` holds a talk to one account or organisation (empty: the public; the key alone opens it).

    `merchant_id` is set where a merchant asks for himself; `by` takes the acts that follow.
    """

    channel: str = "web"
    language: str = "zh-hans"
    device: str = ""
    owner: str = ""
    merchant_id: str = ""
    by: Actor = opening.GATE

    @property
    def tongue(self) -> str:
        """`zh` or `en`."""
        return "en" if self.language.startswith("en") else "zh"


def unknown() -> RefusedError:
    """The same answer for a talk that never was, is forgotten, or is another's."""
    return RefusedError.because(
        "conversation_unknown", "there is no such conversation, or it was forgotten", "begin a new one"
    )


def follow(row: Conversation, reply: Reply, asker: Asker, now: datetime) -> None:
    """Do what an answer calls for, inside the caller's transaction; the caller saves the talk. Raises RefusedError as `opening` does."""
    confirmed = next((a.verb for a in reply.actions if a.confirmed), "")
    if row.merchant_id:
        if row.case_id or reply.handover or confirmed:
            _to_desk(row, asker, now)
    elif (held := _held_open(row)) is not None:
        _pass_on(row, held, asker, now)
    elif reply.handover is not None:
        _to_person(row, asker, now, person=True)
    elif confirmed == "report_offence":
        _report(row, asker, now)
    elif confirmed:
        _to_person(row, asker, now, person=confirmed != "open_complaint")
    elif Complaint.objects.filter(pk=row.complaint_id).exists():
        row.turns[-1]["answer"]["passed_on"] = "complaint_closed"


def _held_open(row: Conversation) -> Complaint | None:
    """The complaint that the talk was handed over as, while it is open. One that has ended takes no more words: a new wish opens a new one."""
    return Complaint.objects.filter(pk=row.complaint_id).exclude(state__in=("closed", "merged")).first()


# --- buyers --------------------------------------------------------------------------------------------------------------------------------


def _to_person(row: Conversation, asker: Asker, now: datetime, *, person: bool) -> None:
    severity = min(t["answer"].get("severity", 4) for t in row.turns)
    own = _own_open(row)
    if own is not None:
        _into(row, own, asker, now)
        return
    entry = _entry(row, asker, now, person=person, severity=severity)
    opened = opening.open_complaint(entry, asker.by, now=now)
    with act("complaints.open", asker.by, now=now) as a:
        held = log.locked(opened.row.pk)
        _note(a, row, held)
        a.note = f"complaint:{held.receipt} assistant"
    row.complaint_id = opened.row.pk


def _own_open(row: Conversation) -> Complaint | None:
    """A complaint that he has shown to be his and that a person of the house has or can take: the talk goes into it."""
    taken = ("with_house", "asked_by_house", "reviewing", *weighing.NOT_YET_HOUSE)
    ids = row.known.get("complaints", ())
    found = {c.pk: c for c in Complaint.objects.filter(pk__in=ids, state__in=taken)}
    return next((found[i] for i in reversed(ids) if i in found), None)


def _into(row: Conversation, own: Complaint, asker: Asker, now: datetime) -> None:
    with act("complaints.follow", asker.by, now=now) as a:
        if asker.by.outside:
            raise log.unknown()
        held = log.locked(own.pk)
        said = _own_words(row, policy_in_force(now).desk.words)
        log.take(a, held, "say", Side.CONSUMER, {"assistant": True}, words=said)
        weighing.heard(a, held, said)
        if held.state in weighing.NOT_YET_HOUSE:
            log.take(a, held, "hand_over", Side.RULE, {"why": "person_wanted"})
        _note(a, row, held)
        a.note = f"complaint:{held.receipt} assistant"
    row.complaint_id = own.pk


def _note(a: Act, row: Conversation, held: Complaint) -> None:
    reasons = _reasons(row)
    data = {"conversation": True, "reasons": list(reasons), "messages": len(row.turns)}
    log.take(a, held, "note", Side.RULE, data, words=told(row), inside=True)
    desk.follow(a, held)


def told(row: Conversation) -> str:
    """The whole talk in one text."""
    known, zh = row.known, not row.language.startswith("en")
    order = known.get("order", {})
    context = []
    if known.get("unit"):
        context.append(f"{'扫描的商品码：' if zh else 'Scanned code: '}{known['unit']}")
    if order:
        context.append(f"{'订单（商城确认）：' if zh else 'Order (vouched for): '}{order['order_id']}")
    receipts = Complaint.objects.filter(pk__in=known.get("complaints", ())).values_list("receipt", flat=True)
    if receipts:
        context.append(f"{'本人的投诉：' if zh else 'Own complaints: '}{'、'.join(receipts)}")
    return transcript(
        row.turns,
        reasons=_reasons(row),
        slots=row.session.get("slots", {}),
        context=context,
        language="zh" if zh else "en",
    )


def _reasons(row: Conversation) -> tuple[str, ...]:
    return tuple(dict.fromkeys(r for t in row.turns for r in t["answer"].get("reasons", ())))


def _own_words(row: Conversation, most: int) -> str:
    """What he wrote, one message a line; of more than the desk takes the end, since the note has everything."""
    words = "\n".join(t["said"] for t in row.turns if t["said"])
    return words if len(words) <= most else f"…{words[-(most - 1) :]}"


def _entry(row: Conversation, asker: Asker, now: datetime, *, person: bool, severity: int) -> Entry:
    figures, known, slots = policy_in_force(now).desk, row.known, row.session.get("slots", {})
    order = dict(known.get("order", {}))
    raw: dict[str, Any] = {
        **known.get("goods", {}), "unit": known.get("unit", ""), "language": row.language, "device": row.device, "order_id": slots.get("order", ""),
        **{k: v for k, v in order.items() if k not in ("kind", "channel")}, "order_kind": order.get("kind", ""),
        "order_channel": order.get("channel", ""), "words": _own_words(row, figures.words), "reference": f"ask-{row.pk[:40]}-{len(row.turns)}",
    }  # fmt: skip
    raw.pop("gtin", None)
    if "life" in _reasons(row):  # somebody is in danger, not by the goods: nothing is counted against them
        raw = {k: v for k, v in raw.items() if k not in NO_GOODS}
    channel = (
        "scan"
        if known.get("unit") and asker.channel == "web"
        else "order"
        if order and asker.channel == "web"
        else asker.channel
    )
    entry, faults = read(
        raw, channel=channel, now=now, most_words=figures.words, most_files=figures.photos, vouched=bool(order)
    )
    if entry is None:
        raise RefusedError(faults[0])
    own = own_word(known.get("goods", {}), order)
    return replace(entry, person=person, gravest=severity, own_word=own)


def _report(row: Conversation, asker: Asker, now: datetime) -> None:
    entry = _entry(row, asker, now, person=False, severity=4)
    report, _key = opening.report_offence(entry, asker.by, now=now)
    row.complaint_id = report.pk


def _pass_on(row: Conversation, held: Complaint, asker: Asker, now: datetime) -> None:
    """What is said after the hand-over is said in the complaint. What it does not take (too many today) is marked in the talk, never lost silently."""
    turn = row.turns[-1]
    try:
        consumer.do("say", held.pk, asker.by if asker.owner else consumer.BUYER, words=turn["said"], now=now)
    except RefusedError as no:
        turn["answer"]["passed_on"] = no.refusal.code
    else:
        turn["answer"]["passed_on"] = "yes"


def reach(
    row: Conversation, contact: Mapping[str, str], order: str, asker: Asker, *, now: datetime | None = None
) -> Complaint:
    """
    How the buyer can be called back, and which order it is about, for a talk that was handed over. Nothing that is there is erased by an empty field.

    Raises RefusedError: `conversation_unknown` (not handed over), `contact_missing`.
    """
    entry, _ = read(
        {"kind": "Q1", "contact": contact, "order_id": order[:128]},
        channel="web",
        now=now or clock.now(),
        most_words=1,
        most_files=0,
    )
    new = {k: v for k, v in (entry.contact if entry else {}).items() if v}
    number = entry.order_id if entry else ""
    if not (new or number):
        raise RefusedError.because(
            "contact_missing", "nothing was written", "give a telephone number or a mail address", field="phone"
        )
    with act("complaints.follow", asker.by, now=now) as a:
        if asker.by.outside or not Complaint.objects.filter(pk=row.complaint_id).exists():
            raise unknown()
        held = log.locked(row.complaint_id)
        held.contact = {**held.contact, **new}
        if number and not held.order_id:
            held.order_id = number
        held.save(update_fields=["contact", "order_id"])
        desk.follow(a, held)
        a.note = f"complaint:{held.receipt} contact"
        return held


# --- merchants -----------------------------------------------------------------------------------------------------------------------------


def _to_desk(row: Conversation, asker: Asker, now: datetime) -> None:
    """A merchant's question on the desk of questions, or more to the one that lies there."""
    severity = min(t["answer"].get("severity", 4) for t in row.turns)
    grave = "H" if severity <= 2 else "M"
    with act("complaints.ask", asker.by, now=now) as a:
        evidence = {
            "conversation": row.pk,
            "messages": len(row.turns),
            "reasons": list(_reasons(row)),
            "level": severity,
        }
        if row.case_id and case_of(row.case_id, HOUSE, now=now).state != "decided":
            update_evidence(a, row.case_id, evidence, severity=grave)
        elif not row.case_id or row.turns[-1]["answer"].get("reasons"):
            clocks = policy_in_force(now).clocks
            due = now + (
                timedelta(minutes=clocks.severe_person_minutes)
                if severity == 1
                else timedelta(hours=clocks.first_proposal_hours)
            )
            row.case_id = open_case(
                a, desk=QUESTIONS, subject=Subject(Kind.MERCHANT, row.merchant_id),
                title=Text(f"商家咨询 {row.merchant_id}", f"Question of merchant {row.merchant_id}"),
                evidence=evidence, severity=grave, source=f"complaints:ask.{row.pk[:40]}.{len(row.turns)}", due=due, merchant_id=row.merchant_id[:64],
            ).id  # fmt: skip
        a.note = f"case:{row.case_id}"


def decided(a: Act, case: CaseRow, ruling: Ruling) -> None:
    """A person answers: the reason is what the merchant reads in the talk."""
    if ruling.outcome != "answered":
        return
    row = _talk(case)
    answer = {"text": ruling.reason, "person": True, "case": case.id, "citations": [], "choices": [], "actions": []}
    row.turns = [*row.turns, {"at": a.now.isoformat(), "said": "", "answer": answer}]
    row.save(update_fields=["turns"])


def taken_back(a: Act, case: CaseRow, _: Reversal) -> None:  # noqa: ARG001 - the desk's shape
    """The answer is taken out of the talk again."""
    row = _talk(case)
    row.turns = [t for t in row.turns if t["answer"].get("case") != case.id]
    row.save(update_fields=["turns"])


def _talk(case: CaseRow) -> Conversation:
    row = Conversation.objects.select_for_update().filter(pk=case.evidence["conversation"]).first()
    if row is None:
        raise RefusedError.because(
            "conversation_unknown",
            "the conversation has been forgotten",
            "write to the merchant by mail, then close the case",
        )
    return row


DESK = Desk(
    QUESTIONS,
    Text("商家咨询", "questions of merchants"),
    outcomes=(
        Outcome("answered", Text("答复商家", "answer the merchant"), "w", needs_reason=True, tone="success"),
        Outcome("no_answer", Text("无需答复", "no answer needed"), "n", tone="warning"),
    ),
    on_decide=decided,
    on_undo=taken_back,
    verb="complaints.handle",
)
