"""The figures of `[assistant]` in `policy.toml`, typed."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.life.complaints.rules.assistant.handing import HandoverFigures
from pinzhi.life.complaints.rules.assistant.intents import IntentFigures
from pinzhi.life.complaints.rules.assistant.replying import LONGEST
from pinzhi.life.complaints.rules.assistant.retrieval import SearchFigures


@dataclass(frozen=True, slots=True)
class DoorFigures:
    """
    Figures of `[assistant.doors]`: messages of a conversation, characters of one, messages within a minute, conversations that a device begins within a day,
    how many more of each where danger or the wish for a person is told, hours after the last message until a conversation is forgotten, and days where a person
    has it.
    """

    messages: int
    characters: int
    a_minute: int
    conversations_a_day: int
    urgent_messages: int
    urgent_conversations: int
    hours: int
    case_days: int

    def wrong(self) -> dict[str, bool]:
        """Which figures make no sense."""
        return {
            "messages": not 5 <= self.messages <= 200,
            "characters": not 100 <= self.characters <= LONGEST,
            "a_minute": not 2 <= self.a_minute <= 120,
            "conversations_a_day": not 1 <= self.conversations_a_day <= 1000,
            "urgent_messages": not 1 <= self.urgent_messages <= 50,
            "urgent_conversations": not 1 <= self.urgent_conversations <= 1000,
            "hours": not 1 <= self.hours <= 168,
            "case_days": not 1 <= self.case_days <= 365,
        }


@dataclass(frozen=True, slots=True)
class AssistantFigures:
    """Search, intents, handing over, and the bounds at the doors."""

    search: SearchFigures
    intents: IntentFigures
    handover: HandoverFigures
    doors: DoorFigures
