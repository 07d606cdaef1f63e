"""Words that call a person: the wish itself, danger, threats, minors, illness, and what counts as a rejection. Patterns are data (`signals.toml`)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pinzhi.life.complaints.rules.assistant.words import normalise


@dataclass(frozen=True, slots=True)
class Alarm:
    """
    Danger that a message speaks of. `severity` 1: harm possible now; 2: serious; `life` where somebody speaks of ending it.

    The gate of the assistant may be any callable `str -> Alarm | None`; the desk puts the triage of the station in its place.
    """

    kind: str
    severity: int

    @property
    def life(self) -> bool:
        """Whether somebody speaks of his own life."""
        return self.kind == "self_harm"


@dataclass(frozen=True)
class Signals:
    """Compiled patterns."""

    one: Mapping[str, re.Pattern[str]]
    alarms: tuple[tuple[Alarm, re.Pattern[str]], ...]

    def has(self, name: str, message: str) -> bool:
        """Whether a message carries a signal."""
        return self.one[name].search(normalise(message)) is not None

    def count(self, name: str, message: str) -> int:
        """How often a signal stands in a message."""
        return sum(1 for _ in self.one[name].finditer(normalise(message)))

    def gate(self, message: str) -> Alarm | None:
        """The gravest danger that a message speaks of, or None. Negation is not read: whoever names a danger is heard by a person."""
        text = normalise(message)
        found = [alarm for alarm, pattern in self.alarms if pattern.search(text)]
        return min(found, key=lambda a: (not a.life, a.severity), default=None)


def compiled(raw: Mapping[str, Any]) -> Signals:
    """The patterns of the file. Raises re.error where one is none."""
    one = {name: _pattern(table) for name, table in raw.items() if name != "alarm"}
    alarms = tuple((Alarm(a["kind"], a["severity"]), _pattern(a)) for a in raw["alarm"])
    return Signals(one, alarms)


def _pattern(table: Mapping[str, Any]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{normalise_pattern(p)})" for p in (*table["zh"], *table["en"])))


def normalise_pattern(pattern: str) -> str:
    """Texts are normalised (full-width marks become half-width), so the marks of the patterns are too."""
    return pattern.replace("！", "!").replace("？", "?").replace("：", ":")
