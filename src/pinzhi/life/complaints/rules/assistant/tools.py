"""
What the assistant may look up. The caller hands in tools bound to one person: they answer about his own orders and complaints only, and give
None for everything else, whether it does not exist or belongs to another. They read; nothing here writes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from pinzhi.kernel.values import Text


@dataclass(frozen=True, slots=True)
class Result:
    """
    What a tool found: a sentence in both languages, in which every figure stands that the answer may name, and the thing that it is about (`kind:id`).

    `severity` 1 to 4 where the finding itself is grave (a recall of dangerous goods), else 4.
    """

    about: str
    text: Text
    severity: int = 4


class Tools(Protocol):
    """Lookups for one person. A tool that cannot answer now raises `ToolFailed`."""

    def order(self, number: str) -> Result | None:
        """State, parcel and refund of one of his orders."""

    def case(self, number: str) -> Result | None:
        """Where one of his complaints stands, and what is due next. `number` is that of the complaint or of its order."""

    def trace(self, code: str) -> Result | None:
        """What a trace code proves."""

    def recall(self, *, gtin: str, batch: str) -> Result | None:
        """Whether goods are recalled; either may be "". None: no recall is known."""

    def remedies(self, slots: Mapping[str, str]) -> Result | None:
        """What would be owed by the rules for what was said (an estimate). None: not enough is known."""


@dataclass(frozen=True, slots=True)
class Known:
    """
    What is known of whoever asks, and proven: `order` is one that the marketplace vouches for (its token), `complaints` those that he opened with their keys.

    `unit` is the label that he scanned, `goods` what it is on (as `reading.asking.goods_of` gives it); both prove nothing about him. `merchant_id` speaks for
    that merchant. `said` is what he wrote, the present message last.
    """

    order: Mapping[str, Any] = field(default_factory=dict)
    complaints: tuple[str, ...] = ()
    unit: str = ""
    goods: Mapping[str, str] = field(default_factory=dict)
    merchant_id: str = ""
    said: tuple[str, ...] = ()


Binding = Callable[[Known], Tools]
"""Gives tools that answer for one person only."""


class ToolFailed(Exception):  # noqa: N818 - it says what happened
    """A tool could not answer; the person is told so, never the cause."""


class NoTools:
    """Nothing can be looked up: the command line, and a visitor who is not known."""

    def order(self, number: str) -> Result | None:  # noqa: ARG002
        """Nothing."""
        return None

    def case(self, number: str) -> Result | None:  # noqa: ARG002
        """Nothing."""
        return None

    def trace(self, code: str) -> Result | None:  # noqa: ARG002
        """Nothing."""
        return None

    def recall(self, *, gtin: str, batch: str) -> Result | None:  # noqa: ARG002
        """Nothing."""
        return None

    def remedies(self, slots: Mapping[str, str]) -> Result | None:  # noqa: ARG002
        """Nothing."""
        return None
