"""What a fact is, how its kinds are known by name, and how a stored one is read back. The facts themselves stand in `facts.py`."""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date, datetime
from enum import Enum
from typing import Any, ClassVar, TypeVar, get_args, get_type_hints

from pinzhi.kernel.canon import plain
from pinzhi.kernel.values import Subject

F = TypeVar("F", bound="type[Fact]")
FACTS: dict[str, type[Fact]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """What happened, about `subject`. Subclasses say what; `version` rises when a field is added."""

    version: ClassVar[int] = 1
    subject: Subject


def fact(cls: F) -> F:
    """Enter a fact into the vocabulary."""
    if cls.__name__ in FACTS:
        raise ValueError(f"two facts are called {cls.__name__}")
    FACTS[cls.__name__] = cls
    return cls


def payload(of: Fact) -> dict[str, Any]:
    """The fields of a fact as JSON values, without its subject."""
    return {f.name: plain(getattr(of, f.name)) for f in fields(of) if f.name != "subject"}


def revive(name: str, subject: Subject, data: dict[str, Any]) -> Fact:
    """Read a stored fact back. Fields added since it was written take their defaults; raises KeyError for an unknown fact."""
    cls = FACTS[name]
    hints = get_type_hints(cls)
    known = {f.name for f in fields(cls)}
    return cls(subject=subject, **{k: _revived(v, hints[k]) for k, v in data.items() if k in known})


def _revived(value: Any, hint: Any) -> Any:
    if value is None:
        return None
    kinds = get_args(hint) or (hint,)
    if datetime in kinds:
        return datetime.fromisoformat(value)
    if date in kinds:
        return date.fromisoformat(value)
    if isinstance(hint, type) and issubclass(hint, Enum):
        return hint(value)
    if isinstance(value, list):
        return tuple(tuple(v) if isinstance(v, list) else v for v in value)
    return value
