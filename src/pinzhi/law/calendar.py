"""
The official working-day calendar of mainland China, and deadlines counted on it.

A year without a published notice gives a range, never a false date. A notice can reach into the last days of the year before (the notice for 2019 moved 29 to
31 December 2018, the one for 2023 made 31 December 2022 a day off), so the last days of a year are only known when the next year's notice is.

Counting follows 市场监督管理投诉举报处理办法 (2026) Art. 45: the first day is not counted, and a calendar deadline that ends on a day off moves to the first
working day after it.
"""

from __future__ import annotations

import functools
import tomllib
from dataclasses import dataclass
from datetime import date, timedelta
from importlib import resources

from pinzhi.kernel.refusal import RefusedError

DAY = timedelta(days=1)
REACH_BACK = 4
"""Days at the end of a year that the next year's notice may still change (29, 30, 31 December in 2018; one more for safety)."""
NOT_PUBLISHED = "calendar not published"


@dataclass(frozen=True, slots=True)
class Notice:
    """One year's arrangement: days off, weekend days worked, when it was published, and whether its full text was read."""

    year: int
    name: str
    published: date
    verified: bool
    off: frozenset[date]
    worked: frozenset[date]


@dataclass(frozen=True, slots=True)
class Deadline:
    """`due` when the calendar is published as far as it is needed; otherwise `earliest` and `latest` with the reason."""

    due: date | None = None
    earliest: date | None = None
    latest: date | None = None
    reason: str = ""


@dataclass(frozen=True)
class Calendar:
    """The notices known at some moment."""

    notices: tuple[Notice, ...]

    @property
    def first(self) -> date:
        """The first day that is known."""
        return date(self.notices[0].year, 1, 1)

    @property
    def last(self) -> date:
        """The last day that no further notice can change."""
        return date(self.notices[-1].year, 12, 31) - REACH_BACK * DAY

    def known(self, day: date) -> bool:
        """Whether `day` lies in the published calendar."""
        return self.first <= day <= self.last

    def works(self, day: date) -> bool:
        """Whether `day` is a working day. Only meaningful where `known`."""
        for notice in self.notices:
            if day in notice.off:
                return False
            if day in notice.worked:
                return True
        return day.weekday() < 5

    def as_of(self, day: date) -> Calendar:
        """The calendar as it was known on `day`: a passed deadline is never rewritten by a later notice."""
        return Calendar(tuple(n for n in self.notices if n.published <= day))

    def after(self, start: date, working_days: int) -> Deadline:
        """
        The day that ends a period of `working_days` (>= 1) that begins on `start`; the first day is not counted.

        Raises RefusedError(`calendar_not_known`) for a start before the first published year.
        """
        _check(start, working_days, self)
        day, left = start, working_days
        while left and self.known(day + DAY):
            day += DAY
            left -= self.works(day)
        if not left:
            return Deadline(due=day)
        fewest, most = self.spans(left)
        return Deadline(earliest=day + fewest * DAY, latest=day + most * DAY, reason=NOT_PUBLISHED)

    def after_days(self, start: date, days: int) -> Deadline:
        """The day that ends a period of calendar `days`: if it is a day off, the first working day after it."""
        _check(start, days, self)
        day = start + days * DAY
        probe = day
        while self.known(probe) and not self.works(probe):
            probe += DAY
        if self.known(probe):
            return Deadline(due=probe)
        return Deadline(earliest=day, latest=day + self.longest_break * DAY, reason=NOT_PUBLISHED)

    @functools.cached_property
    def longest_break(self) -> int:
        """The longest run of days off in any published year."""
        longest = run = 0
        day = self.first
        while day <= self.last:
            run = 0 if self.works(day) else run + 1
            longest = max(longest, run)
            day += DAY
        return longest

    def spans(self, working_days: int) -> tuple[int, int]:
        """
        The fewest and the most calendar days that `working_days` took from any day of the published years, widened by one day on each side, because the
        next notice may be a little kinder or harsher than all before it.
        """
        ends = [d for d in _days(self.first, self.last) if self.works(d)]
        fewest, most, next_work = 10**6, 0, 0
        for day in _days(self.first, self.last):
            while next_work < len(ends) and ends[next_work] <= day:
                next_work += 1
            end = next_work + working_days - 1
            if end >= len(ends):
                break
            span = (ends[end] - day).days
            fewest, most = min(fewest, span), max(most, span)
        if most == 0:  # longer than everything that is published: bound by the plain facts
            return working_days, working_days * 2 + 20 * (working_days // 200 + 1)
        return max(working_days, fewest - 1), most + 1


def _days(first: date, last: date) -> list[date]:
    return [first + n * DAY for n in range((last - first).days + 1)]


def _check(start: date, length: int, calendar: Calendar) -> None:
    if length < 1:
        raise RefusedError.because(
            "period_empty", "a period has at least one day", "give a number of days >= 1", field="days"
        )
    if length > 5000:
        raise RefusedError.because(
            "period_too_long", "no deadline is that long", "give at most 5000 days", field="days"
        )
    if start < calendar.first:
        raise RefusedError.because(
            "calendar_not_known",
            f"the calendar begins on {calendar.first}",
            "deadlines before it cannot be computed",
            field="from",
        )


@functools.cache
def official() -> Calendar:
    """The packaged calendar, every notice that this version knows."""
    text = (resources.files("pinzhi.law") / "data" / "working_days.toml").read_text(encoding="utf-8")
    notices = [
        Notice(
            year=row["year"],
            name=row["name"],
            published=row["published"],
            verified=row["verified"],
            off=frozenset(d for span in row["off"] for d in _days(span["from"], span["to"])),
            worked=frozenset(row["worked"]),
        )
        for row in tomllib.loads(text)["notice"]
    ]
    return Calendar(tuple(sorted(notices, key=lambda n: n.year)))
