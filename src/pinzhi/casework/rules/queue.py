"""
The order of the queue: severity times remaining working time, as one moment that does not depend on when it is looked at.

Every case gets a virtual deadline `act_before`: the moment at which a share of its working time has gone, the smaller the share the worse the
matter. Sorting by it
is earliest-deadline-first with virtual deadlines for critical work (Baruah et al., «The preemptive uniprocessor scheduling of mixed-criticality
implicit-deadline
sporadic task systems», ECRTS 2012), and because it does not move, a page of the queue is one index range and a cursor stays true while people work.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.verdict import Severity

WorkingDay = Callable[[date], bool]


@dataclass(frozen=True, slots=True)
class Hours:
    """When desks are open on a working day, whole hours in Asia/Shanghai, `opens < closes`."""

    opens: int
    closes: int

    @property
    def per_day(self) -> timedelta:
        """Working time of one day."""
        return timedelta(hours=self.closes - self.opens)


@dataclass(frozen=True, slots=True)
class Pace:
    """`share` of the working time after which it is this severity's turn (0..1]; `hours` of working time if there is no deadline."""

    share: float
    hours: float


def weekday(day: date) -> bool:
    """Monday to Friday: what stands in where no official calendar is published."""
    return day.weekday() < 5


def _span(day: date, hours: Hours) -> tuple[datetime, datetime]:
    start = datetime.combine(day, time(hours.opens), SHANGHAI)
    return start, start + hours.per_day


def working_time(start: datetime, end: datetime, hours: Hours, working: WorkingDay = weekday) -> timedelta:
    """The working time between two moments; negative when `end` lies before `start`."""
    if end < start:
        return -working_time(end, start, hours, working)
    total = timedelta()
    day, last = start.astimezone(SHANGHAI).date(), end.astimezone(SHANGHAI).date()
    while day <= last:
        if working(day):
            opens, closes = _span(day, hours)
            total += max(min(end, closes) - max(start, opens), timedelta())
        day += timedelta(days=1)
    return total


def after_working_time(start: datetime, span: timedelta, hours: Hours, working: WorkingDay = weekday) -> datetime:
    """The moment at which `span` (>= 0) of working time has passed since `start`. A span of 0 is `start` itself."""
    if span <= timedelta():
        return start
    left, day = span, start.astimezone(SHANGHAI).date()
    while True:
        if working(day):
            opens, closes = _span(day, hours)
            begin = max(start, opens)
            room = closes - begin
            if room >= left:
                return begin + left
            left -= max(room, timedelta())
        day += timedelta(days=1)


def act_before(
    severity: Severity,
    opened: datetime,
    due: datetime | None,
    *,
    pace: Mapping[Severity, Pace],
    hours: Hours,
    working: WorkingDay = weekday,
) -> datetime:
    """
    The virtual deadline by which the queue is sorted, earliest first.

    A case that is due before it was opened (a late feed) is due at once: its virtual deadline is its deadline.
    """
    own = pace[severity]
    if due is not None and due <= opened:
        return due
    room = timedelta(hours=own.hours) if due is None else working_time(opened, due, hours, working)
    turn = after_working_time(opened, room * own.share, hours, working)
    return turn if due is None else min(turn, due)
