"""
The register of duties with a clock: who must do what, by when, and by which row of law.

A duty names the row that it follows from and how its days arise: in fixed months of every year, within a period after an event, again and again since the
last time, or at least so long before an event. `due` computes the day on the official calendar, `between` everything that falls into a span of days, and
`keep_until` how long a record must be kept when several rows ask for it.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Calendar, Deadline, Roll
from pinzhi.law.rows import PERIODS, Row, Statutes, count


class Party(StrEnum):
    """Whose duty it is."""

    PLATFORM = "platform"
    MERCHANT = "merchant"
    BUYER = "buyer"
    AUTHORITY = "authority"


class Arises(StrEnum):
    """How the days of a duty arise."""

    MONTHS = "months"
    """In fixed months of every year: from the first day of the month to its last."""
    AFTER = "after"
    """Within the row's period after an event."""
    AGAIN = "again"
    """At the latest one period after it was done the last time, and so on."""
    BEFORE = "before"
    """At least the row's whole period before an event: neither the day itself nor that of the event is counted."""


@dataclass(frozen=True, slots=True)
class Duty:
    """One duty. `row` is the id of the row of law, `event` what sets it off, `roll` where a period of days ends whose last day is not worked."""

    id: str
    row: str
    party: Party
    arises: Arises
    name: Text
    event: Text
    roll: Roll = Roll.NONE
    months: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """A duty with its day: `opens` is the first day on which it can be done (None: since ever or since the event), `deadline` the last."""

    duty: Duty
    row: Row
    opens: date | None
    deadline: Deadline

    def document(self) -> dict[str, Any]:
        """The shape that the command and the interface print."""
        return {
            "duty": self.duty.id,
            "party": self.duty.party.value,
            "name": {"zh": self.duty.name.zh, "en": self.duty.name.en},
            "opens": None if self.opens is None else self.opens.isoformat(),
            **self.deadline.row(),
            "law": self.row.id,
            "instrument": self.row.instrument.name.zh,
            "version": self.row.instrument.version,
            "article": self.row.article,
            "verified": self.row.verified,
        }


_KEYS = frozenset({"id", "row", "party", "arises", "zh", "en", "event", "roll", "months"})


def duty(raw: Mapping[str, Any]) -> Duty:
    """One `[[duty]]` of the data file. Raises ValueError or KeyError where it is not complete."""
    if unknown := set(raw) - _KEYS:
        raise ValueError(f"{raw.get('id')}: unknown keys {sorted(unknown)}")
    return Duty(
        raw["id"],
        raw["row"],
        Party(raw["party"]),
        Arises(raw["arises"]),
        Text(raw["zh"], raw["en"]),
        Text(*raw["event"]),
        Roll(raw.get("roll", "none")),
        tuple(raw.get("months", ())),
    )


def faults(duties: Sequence[Duty], law: Statutes) -> list[str]:
    """What is wrong with the register, as sentences; empty when it may be used."""
    found: list[str] = []
    known = {r.id: r for r in law.rows}
    for one in duties:
        if one.row not in known:
            found.append(f"{one.id}: there is no row of law {one.row}")
        elif known[one.row].unit not in PERIODS:
            found.append(f"{one.id}: {one.row} is no period")
        if bool(one.months) != (one.arises is Arises.MONTHS) or not all(1 <= m <= 12 for m in one.months):
            found.append(f"{one.id}: months are given for duties of fixed months, and only for them")
    ids = [one.id for one in duties]
    found += [f"{id_}: stands twice" for id_ in sorted({i for i in ids if ids.count(i) > 1})]
    return found


@dataclass(frozen=True)
class Register:
    """All duties with the law that they follow from. Raises ValueError when they do not fit together."""

    duties: tuple[Duty, ...]
    law: Statutes

    def __post_init__(self) -> None:
        """Check the register against the rows."""
        if wrong := faults(self.duties, self.law):
            raise ValueError("; ".join(wrong))

    def named(self, id_: str) -> Duty:
        """The duty with this id. Raises RefusedError(`duty_unknown`)."""
        for one in self.duties:
            if one.id == id_:
                return one
        raise RefusedError.because(
            "duty_unknown", f"there is no duty {id_!r}", "see: pinzhi law obligations", field="duty"
        )


def due(one: Duty, event: date, law: Statutes, calendar: Calendar) -> Due:
    """
    When a duty is due that an event on `event` sets off (for `AGAIN`: that was done on `event`), by the row in force on that day.

    For `BEFORE` the event lies ahead and the deadline is the last day on which the duty can still be done. For `MONTHS` it is the next month of the duty
    that has not ended on `event`. Raises RefusedError where the row was not in force or its period cannot be counted on this calendar.
    """
    row = law.in_force(one.row, event)
    if one.arises is Arises.MONTHS:
        return next(_in_months(one, row, event))
    if one.arises is Arises.BEFORE:
        day = event - timedelta(days=int(row.value or 0) + 1)
        return Due(one, row, None, Deadline(day, day))
    return Due(one, row, event, count(row, event, calendar, one.roll))


def _in_months(one: Duty, row: Row, first: date) -> Iterator[Due]:
    """Every turn of a duty of fixed months that has not ended on `first`, without end."""
    year = first.year
    while True:
        for month in sorted(one.months):
            last = date(year, month, months.monthrange(year, month)[1])
            if last >= first:
                yield Due(one, row, last.replace(day=1), Deadline(last, last))
        year += 1


def between(
    register: Register, first: date, last: date, calendar: Calendar, done: Mapping[str, date] | None = None
) -> list[Due]:
    """
    What may fall due from `first` to `last`, in the order of the days.

    Duties of fixed months stand here by themselves. Duties that recur since the last time stand here when `done` names the day on which each was done
    (duty id → day): each turn is counted from the last day of the turn before. Duties that an event sets off do not: ask `due`.
    """
    found: list[Due] = []
    for one in register.duties:
        if one.arises is Arises.MONTHS:
            found += _fixed(one, first, last, register.law)
        elif one.arises is Arises.AGAIN and done and one.id in done:
            found += _again(one, done[one.id], first, last, register.law, calendar)
    return sorted(found, key=lambda d: (d.deadline.latest, d.duty.id))


def _fixed(one: Duty, first: date, last: date, law: Statutes) -> Iterator[Due]:
    for row in law.rows:
        if row.id != one.row:
            continue
        for turn in _in_months(one, row, max(first, row.valid_from)):
            if turn.deadline.latest > last or not row.holds(turn.deadline.latest):
                break
            yield turn


def _again(one: Duty, done: date, first: date, last: date, law: Statutes, calendar: Calendar) -> Iterator[Due]:
    while True:
        turn = due(one, done, law, calendar)
        if turn.deadline.earliest > last:
            return
        if turn.deadline.latest >= first:
            yield turn
        done = turn.deadline.latest


def keep_until(starts: Iterable[tuple[str, date]], law: Statutes, calendar: Calendar) -> date:
    """
    The last day on which a record must still be kept: the latest that any of the `(row id, first day)` asks for, unmoved by holidays.

    Raises RefusedError(`nothing_to_keep`) without rows: a record that no rule keeps has no business here.
    """
    days = [count(law.in_force(id_, day), day, calendar, Roll.NONE).latest for id_, day in starts]
    if not days:
        raise RefusedError.because(
            "nothing_to_keep",
            "no rule of retention is named",
            "name the rows that the record falls under",
            field="rows",
        )
    return max(days)
