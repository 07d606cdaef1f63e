"""
The official working-day calendar and the arithmetic of periods, as pure functions over notices.

A year whose notice has not been published yet gives a range, never a false date. A `Calendar` holds the notices that were known on a day, so that an old
deadline can be recomputed with what was known then. Counting follows 市场监督管理投诉举报处理办法 (令121) Article 45 and Civil Code 200 to 203: the first day
is not counted; a period of days whose last day is a public holiday ends on the first day after it; hours run through.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text

NOT_PUBLISHED = "calendar not published"
LONGEST = 36_600
"""No period of the law is longer than a hundred years; a larger number is a slip."""
DAY = timedelta(days=1)


class DayKind(StrEnum):
    """What a day is on the official calendar."""

    WORK = "work"
    WORKED_WEEKEND = "worked_weekend"
    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    NOT_PUBLISHED = "not_published"


class Roll(StrEnum):
    """What happens when the last day of a period of calendar days is not a working day."""

    HOLIDAY = "holiday"
    """It ends on the first day after the announced public holiday (令121 Art. 45). A plain weekend does not move it."""
    REST_DAY = "rest_day"
    """It ends on the next working day (Civil Code 203, 法定休假日 read to include weekends)."""
    NONE = "none"
    """It ends where it ends (periods of European law that say so, promises of a shop)."""


@dataclass(frozen=True, slots=True)
class Span:
    """Days off in a row, both ends included, weekend days inside them too."""

    holiday: str
    first: date
    last: date

    def days(self) -> Iterator[date]:
        """Every day of the span."""
        return (self.first + i * DAY for i in range((self.last - self.first).days + 1))


@dataclass(frozen=True, slots=True)
class Notice:
    """One notice of the State Council's General Office. `known_from` is when this house could know it; `read` whether its text was read."""

    year: int
    number: str
    issued: date
    known_from: date
    read: bool
    off: tuple[Span, ...]
    worked: tuple[date, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reach:
    """How far an arrangement not yet published may go around the statutory days of one holiday."""

    off_before: int
    off_after: int
    worked_within: int
    worked_at_most: int


@dataclass(frozen=True, slots=True)
class Almanac:
    """What is certain without a notice: the statutory days by year, how far arrangements reach around them, and the names."""

    statutory: Mapping[int, tuple[Span, ...]]
    reach: Mapping[str, Reach]
    names: Mapping[str, Text]


@dataclass(frozen=True, slots=True)
class Deadline:
    """The last day of a period. `due` when it is certain, else `earliest <= last day <= latest` with the reason and the years that lack a notice."""

    earliest: date
    latest: date
    reason: str = ""
    years: tuple[int, ...] = ()

    @property
    def due(self) -> date | None:
        """The day, when there is only one."""
        return None if self.reason else self.latest

    def row(self) -> dict[str, object]:
        """The shape that `pinzhi law deadline` prints."""
        if not self.reason:
            return {"due": self.latest.isoformat()}
        return {
            "earliest": self.earliest.isoformat(),
            "latest": self.latest.isoformat(),
            "reason": self.reason,
            "years": list(self.years),
        }


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One day as the calendar knows it; `holiday` names what it belongs to, `notice` the day of issue of the notice that says so."""

    day: date
    kind: DayKind
    holiday: str = ""
    notice: date | None = None


@dataclass(frozen=True)
class Calendar:
    """
    The notices known on one day, over the almanac.

    `known(as_of)` gives the calendar that was known on an earlier day. Days of years without a notice are `NOT_PUBLISHED`. Raises
    RefusedError(`calendar_out_of_range`) for years before the first notice or beyond the almanac.
    """

    notices: tuple[Notice, ...]
    almanac: Almanac
    _marks: dict[date, tuple[DayKind, str, date]] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Lay the notices over one another, oldest first: a later one overrides day by day."""
        for notice in sorted(self.notices, key=lambda n: (n.issued, n.year)):
            for span in notice.off:
                for day in span.days():
                    self._marks[day] = (DayKind.HOLIDAY, span.holiday, notice.issued)
            for day in notice.worked:
                kind = DayKind.WORKED_WEEKEND if day.weekday() >= 5 else DayKind.WORK
                self._marks[day] = (kind, "", notice.issued)

    @cached_property
    def years(self) -> frozenset[int]:
        """The years whose own notice is known."""
        return frozenset(n.year for n in self.notices)

    def known(self, as_of: date | None) -> Calendar:
        """The same calendar with only the notices known on `as_of` (None = all)."""
        if as_of is None:
            return self
        return Calendar(tuple(n for n in self.notices if n.known_from <= as_of), self.almanac)

    def day(self, day: date) -> CalendarDay:
        """What one day is."""
        self._in_range(day)
        if mark := self._marks.get(day):
            return CalendarDay(day, *mark)
        if day.year not in self.years:
            return CalendarDay(day, DayKind.NOT_PUBLISHED)
        return CalendarDay(day, DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORK)

    def days_of(self, year: int) -> list[CalendarDay]:
        """Every day of a year, 1 January first."""
        first = date(year, 1, 1)
        return [self.day(first + i * DAY) for i in range(366 if months.isleap(year) else 365)]

    def working_days_in(self, year: int) -> int:
        """How many days of a published year are worked. Raises RefusedError(`calendar_not_published`)."""
        if year not in self.years:
            raise RefusedError.because(
                "calendar_not_published",
                f"the holiday arrangement of {year} has not been published",
                "it is published between late October and early December of the year before; enter the notice then",
                field="year",
            )
        return sum(d.kind in _WORKED for d in self.days_of(year))

    # --- periods -------------------------------------------------------------------------------------------------------------------------

    def add_working_days(self, start: date, count: int) -> Deadline:
        """The `count`-th working day after `start`; `start` itself is not counted, whatever it is."""
        _checked(count)
        years: set[int] = set()
        latest = self._walk(start, count, years, hopeful=False)
        earliest = self._walk(start, count, set(), hopeful=True)
        unpublished = latest.year not in self.years or earliest.year not in self.years
        if earliest != latest or unpublished:
            return Deadline(earliest, latest, NOT_PUBLISHED, tuple(sorted(years)))
        return Deadline(earliest, latest)

    def add_days(self, start: date, count: int, roll: Roll = Roll.HOLIDAY) -> Deadline:
        """`count` calendar days after `start`, moved on by `roll` when the last day is not one on which people work."""
        return self._rolled(start + _checked(count) * DAY, roll)

    def add_months(self, start: date, count: int, roll: Roll = Roll.HOLIDAY) -> Deadline:
        """The same day `count` months later, the last day of that month where there is none (Civil Code 202), then rolled."""
        index = start.year * 12 + start.month - 1 + _checked(count)
        year, month = divmod(index, 12)
        day = min(start.day, months.monthrange(year, month + 1)[1])
        return self._rolled(date(year, month + 1, day), roll)

    def working_days_between(self, start: date, end: date) -> tuple[int, int]:
        """How many working days lie in `(start, end]`: at least, at most. Equal where the calendar is published."""
        low = sum(self._works(d, None) for d in _days(start, end))
        left = self._allowances()
        return low, sum(self._works(d, left) for d in _days(start, end))

    # --- what may be in a year without a notice ------------------------------------------------------------------------------------------

    @cached_property
    def _open_spans(self) -> tuple[tuple[Span, Reach], ...]:
        """The statutory spans of the years that have no notice, with their reach (it goes into the year before as well)."""
        return tuple(
            (span, self.almanac.reach[span.holiday])
            for year, spans in sorted(self.almanac.statutory.items())
            if year not in self.years
            for span in spans
        )

    @cached_property
    def _may_be_off(self) -> frozenset[date]:
        return frozenset(
            day
            for span, reach in self._open_spans
            for day in Span("", span.first - reach.off_before * DAY, span.last + reach.off_after * DAY).days()
        )

    @cached_property
    def _surely_off(self) -> frozenset[date]:
        return frozenset(day for span, _ in self._open_spans for day in span.days())

    @cached_property
    def _may_be_worked(self) -> Mapping[date, tuple[int, ...]]:
        """Weekend day -> the open spans (by number) in whose exchange it may be worked."""
        found: dict[date, list[int]] = {}
        for number, (span, reach) in enumerate(self._open_spans):
            wide = Span("", span.first - reach.worked_within * DAY, span.last + reach.worked_within * DAY)
            for day in wide.days():
                if day.weekday() >= 5 and day not in self._surely_off:
                    found.setdefault(day, []).append(number)
        return {day: tuple(numbers) for day, numbers in found.items()}

    def _allowances(self) -> list[int]:
        return [reach.worked_at_most for _, reach in self._open_spans]

    def _works(self, day: date, allowances: list[int] | None) -> bool:
        """Whether people work: in the worst case (`allowances` None) or in the best one, which uses up the allowances of worked weekends."""
        what = self.day(day)
        if day in self._marks:
            return what.kind in _WORKED
        if allowances is None:
            return day.weekday() < 5 and day not in self._may_be_off
        if day.weekday() < 5:
            return day not in self._surely_off
        for number in self._may_be_worked.get(day, ()):
            if allowances[number]:
                allowances[number] -= 1
                return True
        return False

    def _walk(self, start: date, count: int, years: set[int], *, hopeful: bool) -> date:
        allowances = self._allowances() if hopeful else None
        day, left = start, count
        while left:
            day += DAY
            if day.year not in self.years:
                years.add(day.year)
            elif day in self._may_be_off or day in self._may_be_worked:
                years.add(day.year + 1)
            left -= self._works(day, allowances)
        return day

    def _rolled(self, last: date, roll: Roll) -> Deadline:
        if roll is Roll.NONE:
            return Deadline(last, last)
        self._in_range(last)
        if roll is Roll.REST_DAY:
            before = last - DAY
            return self.add_working_days(before, 1)
        earliest = latest = last
        while self._holiday(earliest, sure=True):
            earliest += DAY
        while self._holiday(latest, sure=False):
            latest += DAY
        if earliest == latest:
            return Deadline(last if earliest == last else earliest, latest)
        opened = {d.year if d.year not in self.years else d.year + 1 for d in (earliest, latest)}
        return Deadline(earliest, latest, NOT_PUBLISHED, tuple(sorted(opened - self.years)))

    def _holiday(self, day: date, *, sure: bool) -> bool:
        if day in self._marks:
            return self.day(day).kind is DayKind.HOLIDAY
        return day in (self._surely_off if sure else self._may_be_off)

    def _in_range(self, day: date) -> None:
        first, last = min(self.almanac.statutory), max(self.almanac.statutory)
        if not first <= day.year <= last:
            raise RefusedError.because(
                "calendar_out_of_range",
                f"{day} lies outside the official calendar that is entered ({first} to {last})",
                "check the day; for other years count by hand",
                field="from",
            )


_WORKED = frozenset({DayKind.WORK, DayKind.WORKED_WEEKEND})


def add_hours(start: datetime, count: int) -> datetime:
    """`count` hours after `start`; hours run through nights and holidays (Civil Code 200, 201: counted from the next moment)."""
    if start.tzinfo is None:
        raise ValueError("a clock of hours needs a time zone")
    return start + timedelta(hours=_checked(count))


def _days(start: date, end: date) -> Iterator[date]:
    return (start + i * DAY for i in range(1, (end - start).days + 1))


def _checked(count: int) -> int:
    if not 1 <= count <= LONGEST:
        raise RefusedError.because(
            "period_not_possible",
            f"a period of {count} is not possible",
            f"give a whole number between 1 and {LONGEST}",
            field="count",
        )
    return count


def statutory_days(lunar: Sequence[tuple[int, date, date, date, date]]) -> dict[int, tuple[Span, ...]]:
    """
    The statutory days of each year from `(year, first lunar day, Qingming, Dragon Boat, Mid-Autumn)`.

    13 a year since 2025 (全国年节及纪念日放假办法 as revised in 2024); 11 before, without the lunar year's eve and 2 May.
    """
    return {
        year: (
            Span("new_year", date(year, 1, 1), date(year, 1, 1)),
            Span("spring_festival", spring - DAY if year >= 2025 else spring, spring + 2 * DAY),
            Span("qingming", qingming, qingming),
            Span("labour_day", date(year, 5, 1), date(year, 5, 2 if year >= 2025 else 1)),
            Span("dragon_boat", dragon, dragon),
            Span("mid_autumn", autumn, autumn),
            Span("national_day", date(year, 10, 1), date(year, 10, 3)),
        )
        for year, spring, qingming, dragon, autumn in lunar
    }
