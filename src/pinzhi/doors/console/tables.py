"""Lists declared once: columns with their sort names, the words of the empty list, and addresses that keep the filters."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from urllib.parse import urlencode

from django.http import QueryDict


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its head, the sort name that its head offers (empty = none), and whether it may go on narrow screens."""

    head: str
    sort: str = ""
    wide: bool = False


@dataclass(frozen=True, slots=True)
class Empty:
    """What an empty list says: what would stand here, why there is nothing, and one next act."""

    would: str
    why: str
    act: str = ""
    url: str = ""


def address(query: QueryDict, **changes: str) -> str:
    """The query of this page with some entries changed; an empty value takes its entry away. The cursor never survives a change."""
    kept = {k: v for k, v in query.items() if k != "cursor" and v}
    kept.update(changes)
    return "?" + urlencode({k: v for k, v in kept.items() if v})


@dataclass(frozen=True, slots=True)
class Head:
    """A column head as the page shows it."""

    text: str
    url: str
    active: bool
    wide: bool


def heads(columns: tuple[Column, ...], query: QueryDict, current: str) -> tuple[Head, ...]:
    """The heads of a list with the addresses that sort it."""
    return tuple(
        Head(str(c.head), address(query, sort=c.sort) if c.sort else "", bool(c.sort) and c.sort == current, c.wide)
        for c in columns
    )


@dataclass(frozen=True, slots=True)
class View:
    """The state of a screen that lies in its address: a frozen dataclass whose defaults are the plain address."""

    def query(self, **changes: str) -> str:
        """The address of this view with some of it changed."""
        asked, plain = replace(self, **changes), type(self)()
        kept = {
            f.name: getattr(asked, f.name) for f in fields(self) if getattr(asked, f.name) != getattr(plain, f.name)
        }
        return "?" + urlencode(kept)
