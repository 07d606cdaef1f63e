"""When a decision starts, ends, and until when it may be appealed."""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import datetime

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect


@dataclass(frozen=True, slots=True)
class AppealPolicy:
    """`months` to appeal a decision with one of `effects`; others cannot be appealed because they take nothing away."""

    months: int
    effects: tuple[str, ...]


def months_later(moment: datetime, months: int) -> datetime:
    """The same day and time `months` later; the last day of the month where that day does not exist (Reg. (EEC) 1182/71 Art. 3(2)(c))."""
    index = moment.month - 1 + months
    year, month = moment.year + index // 12, index % 12 + 1
    return moment.replace(year=year, month=month, day=min(moment.day, calendar.monthrange(year, month)[1]))


def appeal_end(effect: Effect, decided_at: datetime, policy: AppealPolicy) -> datetime | None:
    """Until when a decision may be appealed, or None when there is nothing to appeal."""
    return months_later(decided_at, policy.months) if str(effect) in policy.effects else None


def check_span(start: datetime, until: datetime | None, appeal_until: datetime | None, decided_at: datetime) -> None:
    """Raises RefusedError for times without a zone, an end before the start, or an appeal period that ended before the decision."""
    for name, moment in (("start", start), ("until", until), ("appeal_until", appeal_until)):
        if moment is not None and moment.tzinfo is None:
            raise RefusedError.because("time_without_zone", f"{name} has no time zone", "give the offset", field=name)
    if until is not None and until <= start:
        raise RefusedError.because(
            "decision_ends_before_start",
            "the decision would end before it starts",
            "give an end after the start, or none",
            field="until",
        )
    if appeal_until is not None and appeal_until < decided_at:
        raise RefusedError.because(
            "appeal_already_over",
            "the appeal period would be over before the decision is taken",
            "give a later end of the appeal period",
            field="appeal_until",
        )
