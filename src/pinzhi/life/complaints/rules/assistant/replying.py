"""
`reply(session, message, tools)`: one answer, and the session that goes on. Pure: tools are asked, nothing is written.

The order is fixed: danger first, then the wish for a person, then what waits for a confirmation, then what is not ours to do, then lookups, then rules. Nothing
promises money, hides the person, or advises beyond stop, keep, seek care.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.life.complaints.rules.assistant.answering import Draft, Library, Sentences, choose, mention, name, quote
from pinzhi.life.complaints.rules.assistant.conversation import Action, Card, Message, Reply, Session
from pinzhi.life.complaints.rules.assistant.handing import (
    GRAVE,
    HandoverFigures,
    dissatisfaction,
    handover,
    reasons,
)
from pinzhi.life.complaints.rules.assistant.intents import Guess, Intent, Model
from pinzhi.life.complaints.rules.assistant.masking import masked
from pinzhi.life.complaints.rules.assistant.retrieval import Found
from pinzhi.life.complaints.rules.assistant.signals import Alarm, Signals
from pinzhi.life.complaints.rules.assistant.slots import Slot, slots
from pinzhi.life.complaints.rules.assistant.tools import Result, ToolFailed, Tools
from pinzhi.life.complaints.rules.assistant.words import language, normalise

LONGEST = 2000
"""Characters of a message that are read."""
_YES = re.compile(r"(?:确认|是的?|好的?|可以|同意|提交吧?|confirm(?:ed)?|yes|ok(?:ay)?|sure)[。.! ]*")
_NO = re.compile(r"(?:不用了?|不要|算了|取消|不提交|先不(?:用|提交)|no|cancel|not now)[。.! ]*")
_WRITES: Mapping[str, tuple[str, ...]] = {
    "open_complaint": ("提交投诉", "我要投诉", "帮我投诉", "open a complaint", "file a complaint"),
    "report_offence": ("提交举报", "report an offence"),
    "change_data": ("修改投诉资料", "change the data of a complaint"),
    "appeal": ("提交申诉", "submit an appeal"),
}
"""What starts a writing act when it is the whole message: the words of its card, or the plain wish."""
_BY_INTENT: Mapping[Intent, str] = {
    Intent.CHANGE_DATA: "change_data",
    Intent.APPEAL: "appeal",
    Intent.REPORT_ANONYMOUSLY: "report_offence",
}
_CANNED: Mapping[Intent, str] = {
    Intent.THANKS: "thanks",
    Intent.SMALL_TALK: "hello",
    Intent.TIPS: "tips",
    Intent.OUT_OF_SCOPE: "not_found",
}
_TROUBLES = frozenset(
    {
        Intent.RETURN,
        Intent.EXCHANGE,
        Intent.THREE_GUARANTEES,
        Intent.DEFECT,
        Intent.COUNTERFEIT,
        Intent.INVOICE,
        Intent.MERCHANT_SILENT,
        Intent.COMPENSATION,
        Intent.UNKNOWN,
    }
)
"""Intents beside whose answer a complaint is offered."""
_LOOKUPS = frozenset({Intent.TRACK, Intent.TRACE_CHECK, Intent.RECALL_CHECK})
"""Intents that a lookup answers: a rule is named beside it, not quoted."""
_STORY = {"zh": 24, "en": 12}
"""Characters or words from which a message with the wish for a person tells a matter too."""

Gate = Callable[[str], Alarm | None]


class Engine(Protocol):
    """Whatever answers. The rules below, or a model that may only say them in other words."""

    def reply(
        self, session: Session, message: Message, tools: Tools, *, bought_on: date | None = None, speak: str = ""
    ) -> Reply:
        """One answer. `bought_on` chooses the wording of the rules (default: the day that the message names, else its own); `speak` fixes the language."""


@dataclass(frozen=True)
class Assistant:
    """The default engine: rules and a linear model. `gate` sees every message first."""

    library: Library
    model: Model
    signals: Signals
    sentences: Sentences
    handover: HandoverFigures
    gate: Gate

    def reply(
        self, session: Session, message: Message, tools: Tools, *, bought_on: date | None = None, speak: str = ""
    ) -> Reply:
        """One answer; see `Engine`."""
        text = message.text.strip()
        day = message.at.astimezone(SHANGHAI).date()
        tongue = speak or (language(text) if any(c.isalpha() for c in text) else session.language or "zh")
        alarm = self.gate(text[:LONGEST])
        now = self._heard(session, message, text[:LONGEST], day, tongue)
        turn = _Turn(self, now, text[:LONGEST], day, bought_on or day, tools, Draft(tongue, self.sentences))
        if len(text) > LONGEST:
            turn.draft.say("too_long")
        guess = self.model.guess(text[:LONGEST])
        if alarm is None and guess.sure and guess.intent is Intent.SAFETY:
            alarm = Alarm("model", GRAVE)  # the patterns see nothing, the model does: a person looks
        why = reasons(now, text[:LONGEST], alarm, self.signals, self.handover)
        if alarm is not None and alarm.severity <= GRAVE:
            turn.intent = Intent.SAFETY
            turn.draft.say("advice_life" if alarm.life else "advice_product")
            if not alarm.life:
                turn.rights()
        elif "wish" in why:
            turn.intent = Intent.PERSON
            turn.beside(certain=True)  # a message may be the wish alone
        elif not turn.waited_for(session.pending):
            turn.answer(guess)
        return turn.finished(why, alarm, guess)

    def _heard(self, session: Session, message: Message, text: str, day: date, tongue: str) -> Session:
        known = dict(session.slots)
        for read in slots(text, day):
            name = read.slot.value
            values = dict.fromkeys([*(known[name].split() if name in known else ()), read.value])
            known[name] = " ".join(values) if read.slot in (Slot.AMOUNT, Slot.SYMPTOM, Slot.QUANTITY) else read.value
        return session.with_(
            spoken=(*session.spoken, masked(text)),
            slots=known,
            files=tuple(dict.fromkeys((*session.files, *message.files))),
            rejections=session.rejections + self.signals.has("rejection", text),
            score=session.score + dissatisfaction(session, text, self.signals, self.handover),
            pending=None,
            language=tongue,
        )


@dataclass
class _Turn:
    """One message on its way to an answer."""

    assistant: Assistant
    session: Session
    text: str
    day: date
    bought_on: date
    tools: Tools
    draft: Draft
    intent: Intent = Intent.UNKNOWN
    found: Found | None = None
    actions: tuple[Action, ...] = ()
    severity: int = 4

    def waited_for(self, pending: Action | None) -> bool:
        """Whether the message answers a question for confirmation: only a plain yes submits, everything else leaves it."""
        if pending is not None and _YES.fullmatch(normalise(self.text)):
            self.actions = (Action(pending.verb, pending.slots, confirmed=True),)
            self.draft.say("confirmed", action=self._name(pending.verb))
            self.intent = Intent.CHANGE_DATA
            return True
        if pending is not None and _NO.fullmatch(normalise(self.text)):
            self.draft.say("dropped")
            self.intent = Intent.CHANGE_DATA
            return True
        if _YES.fullmatch(normalise(self.text)):  # a yes to nothing
            self.intent = Intent.SMALL_TALK
            self.draft.say("hello")
            return True
        started = next((v for v, words in _WRITES.items() if normalise(self.text).rstrip("。.!") in words), None)
        if started is not None and self.text not in self.session.offered:  # a matter may be called like an act
            self._write(started)
            return True
        return False

    def answer(self, guess: Guess) -> None:
        """Everything that is neither danger, wish nor confirmation."""
        self.intent = guess.intent if guess.sure else Intent.UNKNOWN
        signals = self.assistant.signals
        if (chosen := self._chosen()) is not None:
            self.intent, self.found = Intent.UNKNOWN, chosen
            self._rule()
            return
        if signals.has("injection", self.text):
            self.intent = Intent.OUT_OF_SCOPE
            self.draft.say("rules_stay")
            return
        if signals.has("others_data", self.text):
            self.draft.say("own_only")
            self.beside()
            return
        if signals.has("promise", self.text):
            self.draft.say("no_promise")
        self._look_up()
        self.found = self._searched()
        if self.intent in _CANNED and not self.found.found:
            self.found = None
            self.draft.say(_CANNED[self.intent])
            return
        if signals.has("abuse", self.text):
            self.intent = Intent.ABUSE
            self.draft.say("calm")
            if not self.found.found:
                self.found = None
                return
        self._rule()

    def _chosen(self) -> Found | None:
        """The matter that the message chooses of those that the last answer offered, in either language; None where it chooses none."""
        if self.text not in self.session.offered:
            return None
        days = {"bought_on": self.bought_on, "asked_on": self.day}
        shelf = self.assistant.library.shelf
        return shelf.chosen(self.text, "zh", **days) or shelf.chosen(self.text, "en", **days)

    def rights(self) -> None:
        """
        The rule beside the advice: quoted where somebody who was harmed asks what he is owed, else only named for whoever takes over.

        A person takes over in any case.
        """
        self.found = self._searched()
        if self.found.sure and self.assistant.signals.has("rights", self.text):
            quote(self.draft, self.assistant.library, self.found, self.text)
        elif self.found.found:
            name(self.draft, self.assistant.library, self.found, self.text)

    def beside(self, *, certain: bool = False) -> None:
        """The rule by name beside an answer of another kind; where `certain`, only if the message tells a matter beyond doubt or at length."""
        found = self._searched()
        tongue = language(self.text)
        told = len(self.text.split() if tongue == "en" else self.text) >= _STORY[tongue]
        if found.sure or (found.found and (told or not certain)):
            self.found = found
            name(self.draft, self.assistant.library, found, self.text)

    def _searched(self) -> Found:
        return self.assistant.library.shelf.search(self.text, bought_on=self.bought_on, asked_on=self.day)

    def _rule(self) -> None:
        draft, found = self.draft, self.found
        if found is None:
            return
        if found.sure and not (self.intent in _LOOKUPS and draft.parts):
            quote(draft, self.assistant.library, found, self.text)
        elif self.intent in _BY_INTENT or draft.parts:  # a lookup or a writing act has answered
            if found.found:
                mention(draft, self.assistant.library, found, self.text)
        elif found.found:
            choose(draft, self.assistant.library, found, self.text)
        else:
            draft.say("not_found")
        if self.intent in _BY_INTENT:
            self._write(_BY_INTENT[self.intent])
        elif self.intent in _TROUBLES and found.found:
            self.actions = (Action("open_complaint", dict(self.session.slots)),)

    def _look_up(self) -> None:
        known = self.session.slots
        look: Callable[[], Result | None] | None = None
        asks = nothing = ""
        if self.intent in (Intent.TRACK, Intent.REFUND_STATUS):
            asks, nothing = "ask_order", "tool_nothing"
            if known.keys() & {"order", "case"}:
                look = lambda: (  # noqa: E731
                    (self.tools.order(known["order"]) if "order" in known else None)
                    or (self.tools.case(known["case"]) if "case" in known else None)
                )
        elif self.intent is Intent.TRACE_CHECK:
            asks, nothing = "ask_code", "tool_nothing"
            if code := known.get("code", ""):
                look = lambda: self.tools.trace(code)  # noqa: E731
        elif self.intent is Intent.RECALL_CHECK:
            asks, nothing = "ask_batch", "no_recall"
            if known.keys() & {"gtin", "batch"}:
                look = lambda: self.tools.recall(gtin=known.get("gtin", ""), batch=known.get("batch", ""))  # noqa: E731
        elif self.intent is Intent.COMPENSATION and known:
            look = lambda: self.tools.remedies(known)  # noqa: E731
        elif "case" in known and not self.session.tried:
            look = lambda: self.tools.case(known["case"])  # noqa: E731
        if look is not None:
            self._ask_tool(look, nothing)
        elif asks and asks not in self.session.asked:
            self.session = self.session.with_(asked=(*self.session.asked, asks))
            self.draft.say(asks)

    def _ask_tool(self, look: Callable[[], Result | None], nothing: str) -> None:
        try:
            result = look()
        except ToolFailed:
            self.draft.say("tool_failed")
            return
        if result is not None:
            self.severity = min(self.severity, result.severity)
            self.draft.result(result)
            if self.intent is Intent.COMPENSATION:
                self.draft.say("estimate")
            if result.severity <= GRAVE:
                self.draft.say("advice_product")
        elif nothing:
            self.draft.say(nothing)

    def _write(self, verb: str) -> None:
        action = Action(verb, dict(self.session.slots))
        self.actions = (action,)
        self.session = self.session.with_(pending=action)
        self.draft.say("confirm", action=self._name(verb))

    def _name(self, verb: str) -> str:
        return self.assistant.sentences[verb].in_language(self.draft.language)

    def finished(self, why: tuple[str, ...], alarm: Alarm | None, guess: Guess) -> Reply:
        """The reply with the session after it."""
        found = self.found is not None and self.found.found
        missed = self.found is not None and not self.found.found and not self.draft.cards
        unanswered = self.session.unanswered + 1 if missed else 0
        f = self.assistant.handover
        if unanswered >= f.unanswered and "unanswered" not in why:
            why = (*why, "unanswered")
        if self.severity <= GRAVE:
            why = (*why, "recall")
        quoted = tuple(c.key for c in self.draft.citations if c.quotation)
        after = self.session.with_(
            tried=tuple(dict.fromkeys((*self.session.tried, *quoted))),
            intents=(*self.session.intents, self.intent.value),
            unanswered=unanswered,
            offered=tuple(c.value for c in self.draft.cards if c.kind == "choice"),
            score=self.session.score + (f.without_answer if missed else 0),
            handed=self.session.handed or bool(why),
        )
        hand = handover(after, why, alarm) if why else None
        if hand is not None:
            self.draft.say("handover")
        slots_read = tuple(Card("slot", k, v) for k, v in after.slots.items())
        return Reply(
            text=self.draft.text(),
            language=self.draft.language,
            intent=self.intent.value,
            found=found and bool(self.draft.citations),
            confidence=self.found.score if self.found is not None else max(guess.score, 0.0),
            session=after,
            cards=(*self.draft.cards, *slots_read),
            slots=dict(after.slots),
            citations=tuple(self.draft.citations),
            actions=self.actions,
            handover=hand,
            grounds=tuple(self.draft.grounds),
            log=f"{self.intent.value} {masked(self.text)[:200]} → {' '.join(quoted) or '-'}{' handover' if hand else ''}",
        )
