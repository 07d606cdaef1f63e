"""What a draft changes, rule by rule: words that come and go, entries before and after. Pure, over parsed files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

_KEYED = {"rule": "id", "context": "id", "class": "id", "group": "name"}
"""Lists of tables whose entries are known by one of their own."""
_SPACED = ("words", "anchors", "allow", "not_words")
"""Entries that are words with spaces between them."""
LONGEST = 300


@dataclass(frozen=True, slots=True)
class RuleChange:
    """
    One entry that differs. `place` is the file and what it stands under (`conduct: T09.exam`), `entry` its name.

    Words: those that came (`added`) and went (`removed`). Anything else: `before` and `after`, empty where it is absent.
    """

    place: str
    entry: str
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    before: str = ""
    after: str = ""


def changes(before: Mapping[str, Mapping[str, Any]], after: Mapping[str, Mapping[str, Any]]) -> list[RuleChange]:
    """Everything that differs between two sets of parsed files by name, in the order of the places. Versions of files do not count."""
    old, new = dict(_flat(before)), dict(_flat(after))
    found = []
    for place, entry in sorted(old.keys() | new.keys()):
        was, now = old.get((place, entry)), new.get((place, entry))
        if was == now:
            continue
        if entry in _SPACED:
            gone, come = _words(was), _words(now)
            added, removed = (
                tuple(w for w in one if w not in set(other)) for one, other in ((come, gone), (gone, come))
            )
            if added or removed:
                found.append(RuleChange(place, entry, added, removed))
            continue
        found.append(RuleChange(place, entry, before=_shown(was), after=_shown(now)))
    return found


def _flat(files: Mapping[str, Mapping[str, Any]]) -> Iterator[tuple[tuple[str, str], Any]]:
    for name, document in files.items():
        yield from _of(document, name, ())


def _of(value: Mapping[str, Any], file: str, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, str], Any]]:
    for entry, inner in value.items():
        key = _KEYED.get(entry)
        if key and isinstance(inner, list) and all(isinstance(i, Mapping) and key in i for i in inner):
            for one in inner:
                yield from _of(one, file, (*path, str(one[key])))
        elif isinstance(inner, Mapping):
            yield from _of(inner, file, (*path, entry))
        elif path or entry != "version":
            yield (f"{file}: {'.'.join(path)}" if path else file, entry), inner


def _words(value: Any) -> list[str]:
    return value.split() if isinstance(value, str) else []


def _shown(value: Any) -> str:
    text = (
        ""
        if value is None
        else value
        if isinstance(value, str)
        else ", ".join(map(str, value))
        if isinstance(value, list)
        else str(value)
    )
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
