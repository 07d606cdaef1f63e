"""The keys of the console, in one table: the script, the help dialog, the tooltips and the tests read it."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Shortcut:
    """A key (as `KeyboardEvent.key`), what the script does with it, and what it is called."""

    key: str
    does: str
    name: str


SHORTCUTS: tuple[Shortcut, ...] = (
    Shortcut("j", "next", _("Next line")),
    Shortcut("k", "previous", _("Previous line")),
    Shortcut("Enter", "open", _("Open the line")),
    Shortcut("x", "select", _("Select the line")),
    Shortcut("c", "claim", _("Take the case")),
    Shortcut("s", "snooze", _("Put aside")),
    Shortcut("e", "escalate", _("Escalate")),
    Shortcut("q", "ask", _("Ask for more")),
    Shortcut("m", "mine", _("My cases")),
    Shortcut("u", "undo", _("Undo the last decision")),
    Shortcut("/", "search", _("Search")),
    Shortcut("g", "go", _("Then a letter: go to a screen")),
    Shortcut("?", "help", _("Show the keys")),
)
RESERVED = frozenset("jkxumg/?") | {"Enter"}
"""Keys that a desk's outcomes may not use; a clash leaves the outcome without a key. The others give way: at a desk with an outcome on `q`, `q` decides."""
