"""What every page knows: the menu, the keys, the chosen look."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from pinzhi.doors.console.menu import SCREENS
from pinzhi.doors.console.shortcuts import SHORTCUTS
from pinzhi.doors.console.views import kept
from pinzhi.kernel import clock

THEMES = ("auto", "light", "dark")


def _entries() -> list[dict[str, Any]]:
    found = []
    for screen in SCREENS:
        try:
            found.append({"screen": screen, "url": reverse(screen.url)})
        except NoReverseMatch:
            continue
    return found


def _undo_seconds(request: HttpRequest) -> int:
    """How long the undo toast may still stand; 0 when there is nothing to undo."""
    session = getattr(request, "session", None)
    kept = session.get("undo") if session is not None and "sessionid" in request.COOKIES else None
    if not kept:
        return 0
    return max(int((datetime.fromisoformat(kept["until"]) - clock.now()).total_seconds()), 0)


def console(request: HttpRequest) -> dict[str, Any]:
    """
    Context processor: `menu`, `shortcuts`, `theme`, `keys_on`, the saved views (read only where a page shows the menu), and the address of this
    page for the language switch. `desk_keys` and `taken` are filled by the page of a case: keys of its outcomes, and those that give way to them.
    """
    chosen = request.COOKIES.get("theme", "auto")
    user = getattr(request, "user", None)
    return {
        "menu": _entries(),
        "shortcuts": SHORTCUTS,
        "desk_keys": (),
        "taken": frozenset(),
        "theme": chosen if chosen in THEMES else "auto",
        "themes": THEMES,
        "keys_on": bool(getattr(user, "single_key_shortcuts", False)),
        "undo_seconds": _undo_seconds(request),
        "kept_views": lambda: kept(request),
        "here": request.get_full_path(),
    }
