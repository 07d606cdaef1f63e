"""
When a subscription is to be answered (EPCIS 2.0, section 8.2.5.3): fields of a time table, in China's time.

    {"hour": "1", "minute": "5"}           every night at 1:05
    {"minute": "0,[15-17],30"}             at these minutes of every hour
    {"dayOfWeek": "1", "hour": "8"}        Mondays at eight

A field that is left out holds always; those finer than the finest one that is given are 0, so that a time table of minutes does not fire every second.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError

_RANGES = {
    "second": (0, 59),
    "minute": (0, 59),
    "hour": (0, 23),
    "dayOfMonth": (1, 31),
    "month": (1, 12),
    "dayOfWeek": (1, 7),
}
"""Fields from the finest on; days of the week begin with Monday."""
_CLOCK = ("second", "minute", "hour")
_ELEMENT = re.compile(r"(\d{1,2})|\[(\d{1,2})-(\d{1,2})\]", re.ASCII)
FARTHEST = 8 * 366
"""Days looked ahead: the 29th of February on a Monday comes within 28 years, in eight at most on any day."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The values that each field may have."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]

    def after(self, moment: datetime) -> datetime | None:
        """The first time after a moment; None where there is none within the next years."""
        start = moment.astimezone(SHANGHAI)
        for ahead in range(FARTHEST):
            day = start.date() + timedelta(days=ahead)
            if day.month in self.months and day.day in self.days and day.isoweekday() in self.weekdays:
                for clock in self._times(start.time() if ahead == 0 else None):
                    return datetime.combine(day, clock, tzinfo=SHANGHAI)
        return None

    def _times(self, later_than: time | None) -> list[time]:
        """The first time of a day, if there is one."""
        for hour in self.hours:
            if later_than is not None and hour < later_than.hour:
                continue
            for minute in self.minutes:
                for second in self.seconds:
                    found = time(hour, minute, second)
                    if later_than is None or found > later_than:
                        return [found]
        return []


def read(fields: Mapping[str, Any], *, now: datetime) -> Schedule:
    """A time table. Raises RefusedError(`subscription_invalid`), also for one that never comes."""
    if not isinstance(fields, Mapping) or not fields or set(fields) - set(_RANGES):
        raise _no(f"a schedule has the fields {', '.join(_RANGES)}")
    finest = min((i for i, name in enumerate(_CLOCK) if name in fields), default=len(_CLOCK))
    found = {}
    for i, (name, (low, high)) in enumerate(_RANGES.items()):
        if name in fields:
            found[name] = _read(name, fields[name], low, high)
        else:
            found[name] = (0,) if name in _CLOCK and i < finest else tuple(range(low, high + 1))
    made = Schedule(
        found["second"],
        found["minute"],
        found["hour"],
        frozenset(found["dayOfMonth"]),
        frozenset(found["month"]),
        frozenset(found["dayOfWeek"]),
    )
    if made.after(now) is None:
        raise _no("the schedule never comes")
    return made


def _read(name: str, text: Any, low: int, high: int) -> tuple[int, ...]:
    values: set[int] = set()
    for part in str(text).replace(" ", "").split(","):
        one = _ELEMENT.fullmatch(part)
        if one is None:
            raise _no(f"{name} is written like 5 or 0,[10-20],30")
        first, last = (int(one[1]),) * 2 if one[1] else (int(one[2]), int(one[3]))
        if not low <= first <= last <= high:
            raise _no(f"{name} lies from {low} to {high}")
        values |= set(range(first, last + 1))
    return tuple(sorted(values))


def _no(reason: str) -> RefusedError:
    return RefusedError.because("subscription_invalid", reason, "see the chapter on tracing", field="schedule")
