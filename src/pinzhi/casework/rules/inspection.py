"""On-site inspections: which days may be proposed, what is looked at, and which result the answers allow. Pure: calendar and days are arguments."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from pinzhi.casework.rules.queue import Hours, after_working_time, working_time
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Calendar, DayKind


class Result(StrEnum):
    """How an inspection ended."""

    CONFORM = "conform"
    NOT_CONFORM = "not_conform"
    NOT_DONE = "not_done"


class Answer(StrEnum):
    """What the inspector found about one point."""

    YES = "yes"
    NO = "no"
    NOT_APPLICABLE = "n_a"


STATE_NAMES = {
    "proposed": Text("待商家确认", "waits for the merchant"),
    "declined": Text("商家未同意", "declined by the merchant"),
    "appointed": Text("已约定", "appointed"),
    "closed": Text("已办结", "closed"),
    "cancelled": Text("已取消", "cancelled"),
}
RESULT_NAMES = {
    Result.CONFORM: Text("符合", "conforms"),
    Result.NOT_CONFORM: Text("不符合", "does not conform"),
    Result.NOT_DONE: Text("未能核查", "could not be done"),
}
ANSWER_NAMES = {
    Answer.YES: Text("是", "yes"),
    Answer.NO: Text("否", "no"),
    Answer.NOT_APPLICABLE: Text("不适用", "does not apply"),
}


@dataclass(frozen=True, slots=True)
class Item:
    """One point of a checklist; «no» to one that `must` be so makes the place not conform."""

    id: str
    text: Text
    must: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Points that belong together; used where the category holds one of `words` (an empty word: everywhere)."""

    id: str
    name: Text
    words: tuple[str, ...]
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Checklists:
    """All groups of a version, and the kinds of place."""

    version: str
    places: Mapping[str, Text]
    groups: tuple[Group, ...]

    def groups_for(self, category: str) -> tuple[Group, ...]:
        """What is looked at for goods of a category, in the order of the file."""
        return tuple(g for g in self.groups if any(word in category for word in g.words))


@dataclass(frozen=True, slots=True)
class InspectionPolicy:
    """
    A day is proposed at least `notice_days` working days ahead and at most `ahead_days` days; `most_dates` at once.

    The merchant answers within `answer_days` working days; `most_characters` of a remark are kept.
    """

    notice_days: int
    ahead_days: int
    most_dates: int
    answer_days: int
    most_characters: int


def working(day: date, calendar: Calendar) -> bool:
    """Whether people work on a day; where no arrangement is published, Monday to Friday."""
    kind = calendar.day(day).kind
    return day.weekday() < 5 if kind is DayKind.NOT_PUBLISHED else kind in (DayKind.WORK, DayKind.WORKED_WEEKEND)


def proposed_days(days: Iterable[date], today: date, calendar: Calendar, policy: InspectionPolicy) -> tuple[date, ...]:
    """The proposed days in order, each once. Raises RefusedError: `day_missing`, `day_too_many`, `day_too_soon`, `day_too_late`, `day_off`."""
    wanted = sorted(set(days))
    if not wanted:
        raise RefusedError.because("day_missing", "no day was proposed", "propose one to three", field="days")
    if len(wanted) > policy.most_dates:
        raise RefusedError.because(
            "day_too_many", f"more than {policy.most_dates} days were proposed", "propose fewer", field="days"
        )
    first = calendar.add_working_days(today, policy.notice_days).latest
    last = today + timedelta(days=policy.ahead_days)
    for day in wanted:
        if day < first:
            raise RefusedError.because(
                "day_too_soon", f"{day} is before {first}", "leave time to prepare", field="days"
            )
        if day > last:
            raise RefusedError.because("day_too_late", f"{day} is after {last}", "propose an earlier day", field="days")
        if not working(day, calendar):
            raise RefusedError.because("day_off", f"{day} is no working day", "propose a working day", field="days")
    return tuple(wanted)


def check_result(result: Result, answers: Mapping[str, Answer], items: Sequence[Item], finding: str) -> None:
    """
    Whether a result follows from the answers.

    Raises RefusedError: `unanswered` names the points, `result_against_answers`, `finding_missing` where something is not as it should be and not said.
    """
    if result is Result.NOT_DONE:
        if not finding.strip():
            raise RefusedError.because(
                "finding_missing", "it is not said why it could not be done", "say why", field="finding"
            )
        return
    left = [i.id for i in items if i.id not in answers]
    if left:
        raise RefusedError.because(
            "unanswered", f"not answered: {', '.join(left)}", "answer every point", field=left[0]
        )
    failed = [i.id for i in items if i.must and answers[i.id] is Answer.NO]
    if failed and result is Result.CONFORM:
        raise RefusedError.because(
            "result_against_answers", f"«no» to {', '.join(failed)}", "the place does not conform", field="result"
        )
    wrong = [i.id for i in items if answers[i.id] is Answer.NO]
    if result is Result.NOT_CONFORM and not wrong:
        raise RefusedError.because(
            "result_against_answers", "no point was answered with «no»", "answer what was found", field="result"
        )
    if wrong and not finding.strip():
        raise RefusedError.because(
            "finding_missing", "what was found is not said", "say what was found", field="finding"
        )


def resumed(due: datetime | None, paused: datetime, now: datetime, hours: Hours, calendar: Calendar) -> datetime | None:
    """The deadline after a pause: the working time that was left when it began is left again; what was overdue stays overdue."""
    if due is None or due <= paused:
        return due

    def works(day: date) -> bool:
        return working(day, calendar)

    left = working_time(paused, due, hours, works)
    return max(after_working_time(now, left, hours, works), due)
