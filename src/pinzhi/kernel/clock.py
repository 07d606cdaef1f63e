"""The port through which time comes in. Rules never call it: they get `now` as an argument."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime, timedelta, timezone

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had no daylight saving since 1991; a fixed offset keeps the kernel free of zone files."""

_frozen: ContextVar[datetime | None] = ContextVar("frozen_clock", default=None)


def now() -> datetime:
    """The present moment with zone UTC, or the frozen one inside `frozen_at`."""
    return _frozen.get() or datetime.now(UTC)


def today() -> date:
    """The present day in China, on which every statutory deadline is counted."""
    return now().astimezone(SHANGHAI).date()


def midnight(at: datetime) -> datetime:
    """The beginning of the day of `at` in China."""
    return at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)


@contextmanager
def frozen_at(moment: datetime) -> Iterator[None]:
    """Hold the clock at `moment` (tests, replay, the simulated year)."""
    if moment.tzinfo is None:
        raise ValueError("a frozen clock needs a time zone")
    token = _frozen.set(moment)
    try:
        yield
    finally:
        _frozen.reset(token)
