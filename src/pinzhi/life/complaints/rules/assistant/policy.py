"""The figures of `[assistant]` in `policy.toml`, typed."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.life.complaints.rules.assistant.handing import HandoverFigures
from pinzhi.life.complaints.rules.assistant.intents import IntentFigures
from pinzhi.life.complaints.rules.assistant.retrieval import SearchFigures


@dataclass(frozen=True, slots=True)
class AssistantFigures:
    """Search, intents, handing over."""

    search: SearchFigures
    intents: IntentFigures
    handover: HandoverFigures
