"""
Talks with the assistant, kept between two messages: bounded, forgotten after hours, opened by their key alone. And the way to a person, which is never closed.

    said = conversing.say(key, "…", asker, bind, engine)     # one message, one answer; sent twice it is one
    conversing.prove(key, asker, order=…)                    # what a token or an access code has proven

Tools and engine come from above (`reading.asking`): the station itself knows no trace code. What is handed over goes into the log of a complaint, where the
words of complaints lie; what is not, is forgotten with the talk.
"""

from __future__ import annotations

import base64
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.conf import settings

from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import handing_over
from pinzhi.life.complaints.assistant_tables import alarm, signals
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.handing_over import Asker, unknown
from pinzhi.life.complaints.models import Conversation
from pinzhi.life.complaints.rules.assistant.conversation import Message, Reply, Session
from pinzhi.life.complaints.rules.assistant.handing import GRAVE
from pinzhi.life.complaints.rules.assistant.policy import DoorFigures
from pinzhi.life.complaints.rules.assistant.replying import Engine
from pinzhi.life.complaints.rules.assistant.tools import Binding, Known
from pinzhi.life.complaints.rules.entry import clean

KEY = 24
"""Characters of a key: 144 bits."""
TRIES = 3
_KEY = re.compile(rf"[A-Za-z0-9_-]{{{KEY}}}")


@dataclass(frozen=True, slots=True)
class Said:
    """The talk after a message, and the answer to it. `fresh` is False when the message had been sent before."""

    row: Conversation
    number: int
    fresh: bool

    @property
    def answer(self) -> Mapping[str, Any]:
        """What was answered; see `answer_of`."""
        found: Mapping[str, Any] = self.row.turns[self.number - 1]["answer"]
        return found


def new_key() -> str:
    """A key that nobody can guess."""
    return secrets.token_urlsafe(KEY * 3 // 4)


def key_of_reference(owner: str, reference: str) -> str:
    """The key of the talk that somebody with an account began under a number of his own: sent twice, it is one talk."""
    made = hmac.digest(settings.IDENTITY_KEY, f"pinzhi conversation of {owner} {reference}".encode(), sha256)
    return base64.urlsafe_b64encode(made).decode()[:KEY]


def mark(key: str) -> str:
    """The name under which the talk of a key is kept."""
    return sha256(f"pinzhi conversation {key[:64]}".encode()).hexdigest()


def load(key: str, asker: Asker, *, now: datetime | None = None) -> Conversation | None:
    """The talk of a key; None where there is none, it is another's, or it has been silent for too long."""
    row = Conversation.objects.filter(pk=mark(key)).first() if key else None
    if row is None or row.owner != asker.owner or row.merchant_id != asker.merchant_id:
        return None
    return None if _over(row, now or clock.now()) else row


def usable(key: str, asker: Asker, *, now: datetime | None = None) -> bool:
    """Whether a talk can go on, or begin, under a key that somebody brings."""
    if not _KEY.fullmatch(key):
        return False
    return load(key, asker, now=now) is not None or not Conversation.objects.filter(pk=mark(key)).exists()


def _over(row: Conversation, now: datetime) -> bool:
    figures = _figures(now)
    kept = timedelta(days=figures.case_days) if row.case_id else timedelta(hours=figures.hours)
    return row.at < now - kept


def _figures(now: datetime) -> DoorFigures:
    return policy_in_force(now).assistant.doors


def known_of(row: Conversation, *more: str) -> Known:
    """What is known of whoever talks. `more` are messages that are not yet in the talk."""
    k = row.known
    said = (*(t["said"] for t in row.turns if t["said"]), *more)
    return Known(
        k.get("order", {}), tuple(k.get("complaints", ())), k.get("unit", ""), k.get("goods", {}), row.merchant_id, said
    )


def prove(
    key: str,
    asker: Asker,
    *,
    order: Mapping[str, Any] | None = None,
    complaint: str = "",
    receipt: str = "",
    unit: str = "",
    goods: Mapping[str, str] | None = None,
    now: datetime | None = None,
) -> Conversation:
    """
    Keep what has been proven or scanned, in the talk of this key or a new one. Whoever calls has looked at the proof: the token, the access code, the account.

    The newest order and label count; complaints add up. Raises RefusedError(`conversation_unknown`, `too_many_conversations`).
    """
    moment = now or clock.now()
    with whole():
        row = _held(key, asker, moment)
        slots = dict(row.session.get("slots", {}))
        if order:
            row.known = {**row.known, "order": dict(order)}
            slots["order"] = str(order["order_id"])
        if complaint:
            found = dict.fromkeys((*row.known.get("complaints", ()), complaint))
            row.known = {**row.known, "complaints": list(found)}
            slots["case"] = receipt
        if unit:
            row.known = {**row.known, "unit": unit, "goods": dict(goods or {})}
            slots["code"] = unit
            slots |= {
                n: v for n in ("gtin", "batch") if (v := (goods or {}).get("gtin" if n == "gtin" else "batch_id"))
            }
        session = Session.of(row.session) if row.session else Session(language=asker.tongue)
        row.session = session.with_(slots=slots).document()
        row.save()
    return row


def _held(key: str, asker: Asker, now: datetime, *, urgent: bool = False) -> Conversation:
    """The talk of a key, held until the transaction ends; begun where there is none. Raises as `prove`."""
    if not Conversation.objects.filter(pk=mark(key)).exists():
        new = _begun(key, asker, now, urgent=urgent)
        fields = ("owner", "begun", "at", "device", "language", "merchant_id")
        Conversation.objects.get_or_create(pk=new.pk, defaults={f: getattr(new, f) for f in fields})
    row = Conversation.objects.select_for_update().get(pk=mark(key))
    _permit(row, asker, now)
    return row


def _permit(row: Conversation, asker: Asker, now: datetime) -> None:
    if row.owner != asker.owner or row.merchant_id != asker.merchant_id or _over(row, now):
        raise unknown()


def _begun(key: str, asker: Asker, now: datetime, *, urgent: bool) -> Conversation:
    """A new talk, not yet kept."""
    most, since = (
        _figures(now).conversations_a_day + (_figures(now).urgent_conversations if urgent else 0),
        now - timedelta(days=1),
    )
    if asker.device and Conversation.objects.filter(device=asker.device, begun__gt=since).count() >= most:
        raise RefusedError.because(
            "too_many_conversations",
            "many conversations were begun on this device today",
            "go on tomorrow, or call the platform",
        )
    return Conversation(
        key_mark=mark(key), owner=asker.owner, begun=now, at=now, device=asker.device[:16], language=asker.language[:8],
        merchant_id=asker.merchant_id,
    )  # fmt: skip


def say(
    key: str,
    text: str,
    asker: Asker,
    bind: Binding,
    engine: Engine,
    *,
    number: int | None = None,
    strict: bool = False,
    now: datetime | None = None,
) -> Said:
    """
    One message and its answer; where a person takes over, the complaint or case is open when this returns.

    `number` says which message of the talk this is, from 1: the same text under the same number is the same message. Another text under a number that has been
    used is a new message, or, if `strict`, refused.

    Raises RefusedError: `message_empty`, `text_too_long`, `conversation_full`, `too_fast`, `turn_taken`, `turn_ahead`, `conversation_busy`, those of `prove`,
    and those of `opening`.
    """
    moment = now or clock.now()
    words = readable(text, moment)
    urgent = _urgent(words)
    for _ in range(TRIES):
        row = Conversation.objects.filter(pk=mark(key)).first() or _begun(key, asker, moment, urgent=urgent)
        _permit(row, asker, moment)
        if (known := _again(row, words, number, strict=strict)) is not None:
            return known
        _bounded(row, moment, urgent=urgent)
        reply = _answered(row, words, asker, bind, engine, moment)
        with whole():
            held = _held(key, asker, moment, urgent=urgent)
            if (held.turns, held.session, held.known) != (row.turns, row.session, row.known):
                continue  # another message or proof came between: it is answered with that one known
            held.session = reply.session.document()
            held.turns = [*held.turns, {"at": moment.isoformat(), "said": words, "answer": answer_of(reply)}]
            held.at = moment
            handing_over.follow(held, reply, asker, moment)
            held.save()
            return Said(held, len(held.turns), fresh=True)
    raise RefusedError.because("conversation_busy", "several messages came at once", "send it again in a moment")


def readable(text: str, now: datetime | None = None) -> str:
    """A message as it is read. Raises RefusedError: `message_empty`, `text_too_long`. A door asks before it keeps what came with the message."""
    most = _figures(now or clock.now()).characters
    if len(text) > most:
        raise RefusedError.because(
            "text_too_long", f"at most {most} characters are read", "say the most important first", field="text"
        )
    words = clean(text)
    if not words:
        raise RefusedError.because("message_empty", "nothing was written", "write what you want to know", field="text")
    return words


def _urgent(words: str) -> bool:
    """Danger and the wish for a person are heard beyond every bound."""
    found = alarm(words)
    return (found is not None and found.severity <= GRAVE) or signals().has("person", words)


def _again(row: Conversation, words: str, number: int | None, *, strict: bool) -> Said | None:
    if number is None:
        return None
    if 1 <= number <= len(row.turns):
        if row.turns[number - 1]["said"] == words:
            return Said(row, number, fresh=False)
        if strict:
            raise RefusedError.because(
                "turn_taken",
                f"another message was sent as number {number}",
                "read the conversation, then go on",
                field="turn",
            )
    elif strict and number != len(row.turns) + 1:
        raise RefusedError.because(
            "turn_ahead",
            f"the next message is number {len(row.turns) + 1}",
            "send the messages in their order",
            field="turn",
        )
    return None


def _bounded(row: Conversation, now: datetime, *, urgent: bool) -> None:
    figures = _figures(now)
    if len(row.turns) >= figures.messages + (figures.urgent_messages if urgent else 0):
        raise RefusedError.because(
            "conversation_full",
            f"a conversation has at most {figures.messages} messages",
            "ask for a person, or begin a new conversation",
        )
    since = now - timedelta(minutes=1)
    lately = sum(datetime.fromisoformat(t["at"]) > since for t in row.turns)
    if lately >= figures.a_minute and not urgent:
        raise RefusedError.because(
            "too_fast", "many messages came within a minute", "go on in a minute, or ask for a person"
        )


def _answered(row: Conversation, words: str, asker: Asker, bind: Binding, engine: Engine, now: datetime) -> Reply:
    known = known_of(row, words)
    session = Session.of(row.session) if row.session else Session(language=asker.tongue)
    paid = str(known.order.get("paid_at", ""))[:10]
    bought = datetime.fromisoformat(paid).date() if paid else None
    return engine.reply(session, Message(words, now), bind(known), bought_on=bought)


def answer_of(reply: Reply) -> dict[str, Any]:
    """An answer as it is kept and shown: text, citations with whether the wording is here, choices to press, what may be done next."""
    found = any(c.kind == "result" for c in reply.cards)  # a look-up has answered: nothing is left to choose
    choices = [] if found else [c.value or c.title for c in reply.cards if c.kind == "choice"]
    return {
        "text": reply.text,
        "language": reply.language,
        "intent": reply.intent,
        "found": reply.found,
        "confidence": str(round(reply.confidence, 4)),
        "citations": [c.document() for c in reply.citations],
        "choices": choices,
        "actions": [{"verb": a.verb, "confirmed": a.confirmed, "token": a.token} for a in reply.actions],
        "pending": reply.session.pending is not None,
        "slots": dict(reply.slots),
        "reasons": list(reply.handover.reasons) if reply.handover else [],
        "severity": reply.handover.severity if reply.handover else 4,
    }


def forget(now: datetime) -> int:
    """Remove talks that have been silent for the hours (with a case: the days) of the policy. What was handed over stays with its complaint."""
    figures = _figures(now)
    old = Conversation.objects.filter(at__lt=now - timedelta(hours=figures.hours))
    gone, _ = old.filter(case_id="").delete()
    kept, _ = old.filter(at__lt=now - timedelta(days=figures.case_days)).delete()
    return gone + kept
