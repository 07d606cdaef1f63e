"""What has changed between two versions of evidence, path by path: shown when the stale guard refuses a decision."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Change:
    """One place that differs. `before` is None where it was not there, `after` is None where it is gone."""

    path: str
    before: Any
    after: Any


def differences(old: Any, new: Any, path: str = "") -> tuple[Change, ...]:
    """The leaves that differ, in the order of their paths. Lists of equal length are compared entry by entry, others as a whole."""
    if old == new:
        return ()
    if isinstance(old, Mapping) and isinstance(new, Mapping):
        found: list[Change] = []
        for key in sorted(set(old) | set(new)):
            found += differences(old.get(key), new.get(key), f"{path}.{key}" if path else key)
        return tuple(found)
    if isinstance(old, list) and isinstance(new, list) and len(old) == len(new):
        return tuple(
            change for i, pair in enumerate(zip(old, new, strict=True)) for change in differences(*pair, f"{path}[{i}]")
        )
    return (Change(path, old, new),)
