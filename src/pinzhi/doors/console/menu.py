"""The left menu: general screens, then the stations in the order of a product's life. Only screens that exist are shown."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Screen:
    """One entry: the URL name, its word, the one question the screen answers, the letter after `g`, and its group."""

    url: str
    name: str
    question: str
    key: str
    group: str


SCREENS: tuple[Screen, ...] = (
    Screen("console:today", _("Today"), _("What needs me now?"), "t", "work"),
    Screen("console:queue", _("Cases"), _("What waits for a decision?"), "q", "work"),
    Screen("console:dossiers", _("Dossiers"), _("What has happened to this product?"), "d", "work"),
    Screen("console:inspections", _("Inspections"), _("Where do we look on site, and what was found?"), "i", "work"),
    Screen("console:admission", _("Admission"), _("What may be sold?"), "a", "life"),
    Screen("console:lab", _("Rule lab"), _("What would other rules do, and may they hold?"), "l", "life"),
    Screen("console:tracing", _("Tracing"), _("How much of what is sold can be traced?"), "c", "life"),
    Screen("console:monitor", _("Monitoring"), _("What is going wrong, and how sure are we?"), "m", "life"),
    Screen("console:complaints", _("Complaints"), _("What is the buyer owed, and by when?"), "b", "life"),
    Screen("console:ratings", _("Ratings"), _("Why this grade, what would raise it?"), "r", "life"),
    Screen(
        "console:evaluation", _("Half-year evaluation"), _("Did it work, and what is the figure worth?"), "e", "life"
    ),
    Screen(
        "console:agreement",
        _("Agreement"),
        _("Do reviewers say the same, and is every rule clear?"),
        "k",
        "house",
    ),
    Screen("console:duties", _("Duties"), _("Is everyone on schedule?"), "u", "house"),
    Screen("console:health", _("Health"), _("Is data arriving, are reactions late?"), "h", "house"),
)
