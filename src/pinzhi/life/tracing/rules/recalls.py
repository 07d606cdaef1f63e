"""
Levels of recalls and their clocks on the official calendar. Pure: rows of law and calendar are arguments.

A food recall has one of three grades (食品召回管理办法; not verified, see `law/data/recalls.toml`). For other goods the duty stands in the Consumer Protection
Law 19, and our files of law hold no period: such a recall has no clock of the law, and its page says so.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Calendar, Deadline, add_hours
from pinzhi.law.rows import Row, count

LEVELS: dict[str, Text] = {
    "food_1": Text("食品一级召回", "food recall, grade 1"),
    "food_2": Text("食品二级召回", "food recall, grade 2"),
    "food_3": Text("食品三级召回", "food recall, grade 3"),
    "product": Text("其他消费品召回", "recall of other goods"),
}
"""Level → its name. Grade 1: death or serious harm, or may cause it; 2: ordinary harm; 3: false labels without harm."""
GRADED = ("food_1", "food_2", "food_3")
STARTED = Text("启动召回", "start of the recall")
COMPLETED = Text("完成召回", "completion of the recall")


class State(StrEnum):
    """How a clock stands."""

    MET = "met"
    LATE = "late"
    """Done, after its time."""
    RUNNING = "running"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Clock:
    """One clock. `until`: the moment of a clock of hours; `deadline`: the day of the others, a range where the calendar is not published."""

    name: Text
    state: State
    row: Row
    until: datetime | None = None
    deadline: Deadline | None = None


def clocks(
    level: str,
    known_at: datetime,
    opened_at: datetime,
    closed_at: datetime | None,
    now: datetime,
    row: Callable[[str, date], Row],
    calendar: Calendar,
) -> tuple[Clock, ...]:
    """The clocks of a recall: none for one without a grade. `row(id, day)` gives the row of law in force on a day."""
    if level not in GRADED:
        return ()
    day = opened_at.astimezone(SHANGHAI).date()
    start, end = row(f"recall.{level}_start", day), row(f"recall.{level}_end", day)
    until = add_hours(known_at, int(start.value or 0))
    last = count(end, day, calendar)
    done = (closed_at or now).astimezone(SHANGHAI).date()
    in_time, late = (State.RUNNING, State.OVERDUE) if closed_at is None else (State.MET, State.LATE)
    state = in_time if done <= last.latest else late
    return (
        Clock(STARTED, State.MET if opened_at <= until else State.LATE, start, until=until),
        Clock(COMPLETED, state, end, deadline=last),
    )
