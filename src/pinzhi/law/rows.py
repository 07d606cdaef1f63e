"""
The rows of law: what a statute demands, as data with its article, its days of validity and whether its text was read.

Rows lie in `data/<theme>.toml`, the instruments that they stand in lie in `data/instruments.toml`. A rule of a station asks for a row by its id and the day
that counts (`in_force`), computes with its value, and cites it (`reference`). The same id may stand in several rows whose validity does not overlap: the
repealed version stays, because an old case is judged by the law of its day.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.kernel.verdict import LawRef
from pinzhi.law.calendar import Calendar, Deadline, Roll


class Jurisdiction(StrEnum):
    """Whose law it is."""

    CHINA = "CN"
    EUROPEAN_UNION = "EU"
    UNITED_STATES = "US"


class Unit(StrEnum):
    """What a value counts."""

    CALENDAR_DAY = "calendar_day"
    WORKING_DAY = "working_day"
    HOUR = "hour"
    MONTH = "month"
    YEAR = "year"
    YUAN = "yuan"
    MULTIPLE = "multiple"
    """Times a price, a loss or a fee."""
    SHARE = "share"
    """A part of one: 0.5 is 50 %."""
    NONE = "none"
    """A duty or a prohibition without a figure."""


UNIT_NAMES: Mapping[Unit, Text] = {
    Unit.CALENDAR_DAY: Text("日", "days"),
    Unit.WORKING_DAY: Text("个工作日", "working days"),
    Unit.HOUR: Text("小时", "hours"),
    Unit.MONTH: Text("个月", "months"),
    Unit.YEAR: Text("年", "years"),
    Unit.YUAN: Text("元", "yuan"),
    Unit.MULTIPLE: Text("倍", "times"),
    Unit.SHARE: Text("（比例）", "(share)"),
    Unit.NONE: Text("—", "—"),
}
PERIODS = frozenset({Unit.CALENDAR_DAY, Unit.WORKING_DAY, Unit.HOUR, Unit.MONTH, Unit.YEAR})
"""Units of time: such a row says from when it is counted."""
MONTHS_IN_A_YEAR = 12


@dataclass(frozen=True, slots=True)
class Instrument:
    """A statute, regulation or order in one version. `valid_to` is its last day; `version` the number of the order or the year of the text."""

    id: str
    jurisdiction: Jurisdiction
    name: Text
    version: str
    valid_from: date
    valid_to: date | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """
    One rule. `summary` is in our own words and binds nobody: the text of the statute does.

    `value` counts `unit`; None where the rule has no figure. `starts_from` says from when a period is counted. `valid_from <= day <= valid_to`, both days
    included. `verified` means that the article's text was read; False is shown as «需核对 / to be checked» wherever the row is used.
    """

    id: str
    theme: str
    instrument: Instrument
    article: str
    summary: Text
    value: Decimal | None
    unit: Unit
    starts_from: Text | None
    valid_from: date
    valid_to: date | None
    verified: bool
    note: str = ""

    @property
    def jurisdiction(self) -> Jurisdiction:
        """Whose law it is."""
        return self.instrument.jurisdiction

    def holds(self, on: date) -> bool:
        """Whether the row is in force on a day."""
        return self.valid_from <= on and (self.valid_to is None or on <= self.valid_to)

    def document(self) -> dict[str, Any]:
        """The shape that the command and the interface print."""
        return {
            "id": self.id,
            "theme": self.theme,
            "jurisdiction": self.jurisdiction.value,
            "instrument": {"zh": self.instrument.name.zh, "en": self.instrument.name.en},
            "version": self.instrument.version,
            "article": self.article,
            "summary": {"zh": self.summary.zh, "en": self.summary.en},
            "value": None if self.value is None else format(self.value.normalize(), "f"),
            "unit": self.unit.value,
            "starts_from": None if self.starts_from is None else {"zh": self.starts_from.zh, "en": self.starts_from.en},
            "valid_from": self.valid_from.isoformat(),
            "valid_to": None if self.valid_to is None else self.valid_to.isoformat(),
            "verified": self.verified,
            "note": self.note,
        }


# --- reading -------------------------------------------------------------------------------------------------------------------------------


def instrument(id_: str, raw: Mapping[str, Any]) -> Instrument:
    """One table of `instruments.toml`. Raises ValueError or KeyError where it is not complete."""
    return Instrument(
        id_, Jurisdiction(raw["law_of"]), Text(raw["zh"], raw["en"]), raw["version"], raw["from"], raw.get("to")
    )


_KEYS = frozenset({"id", "in", "article", "zh", "en", "value", "unit", "counted", "from", "to", "verified", "note"})


def row(theme: str, raw: Mapping[str, Any], instruments: Mapping[str, Instrument]) -> Row:
    """One `[[row]]` of a theme. Validity is that of the instrument unless the row says otherwise. Raises ValueError or KeyError."""
    if unknown := set(raw) - _KEYS:
        raise ValueError(f"{raw.get('id')}: unknown keys {sorted(unknown)}")
    source = instruments[raw["in"]]
    counted = raw.get("counted")
    value = raw.get("value")
    return Row(
        id=raw["id"],
        theme=theme,
        instrument=source,
        article=raw["article"],
        summary=Text(raw["zh"], raw["en"]),
        value=None if value is None else Decimal(str(value)),
        unit=Unit(raw.get("unit", "none")),
        starts_from=Text(*counted) if counted else None,
        valid_from=raw.get("from", source.valid_from),
        valid_to=raw.get("to", source.valid_to),
        verified=raw["verified"],
        note=raw.get("note", ""),
    )


def faults(rows: Sequence[Row]) -> list[str]:
    """What is wrong with a table of rows, as sentences; empty when it may be used."""
    found = [fault for r in rows for fault in _faults_of(r)]
    by_id: dict[str, list[Row]] = {}
    for r in rows:
        by_id.setdefault(r.id, []).append(r)
    for id_, versions in by_id.items():
        ordered = sorted(versions, key=lambda r: r.valid_from)
        for earlier, later in zip(ordered, ordered[1:], strict=False):
            if earlier.valid_to is None or later.valid_from <= earlier.valid_to:
                found.append(f"{id_}: two versions are in force on {later.valid_from}")
        if len({(r.theme, r.jurisdiction) for r in versions}) > 1:
            found.append(f"{id_}: its versions stand in different themes or jurisdictions")
    return found


def _faults_of(r: Row) -> Iterable[str]:
    if r.valid_to is not None and r.valid_to < r.valid_from:
        yield f"{r.id}: ends on {r.valid_to}, before it begins on {r.valid_from}"
    if r.valid_from < r.instrument.valid_from or (
        r.instrument.valid_to is not None and (r.valid_to is None or r.valid_to > r.instrument.valid_to)
    ):
        yield f"{r.id}: is in force when its instrument is not"
    if (r.value is None) != (r.unit is Unit.NONE):
        yield f"{r.id}: a value and its unit go together"
    if r.value is not None and r.value <= 0:
        yield f"{r.id}: a figure is above zero"
    if r.unit in PERIODS and r.starts_from is None:
        yield f"{r.id}: a period says from when it is counted"
    if not r.article:
        yield f"{r.id}: names no article"


# --- asking --------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Statutes:
    """All rows. Raises ValueError when they contradict one another: the program does not start on a broken table."""

    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        """Check the table as a whole."""
        if wrong := faults(self.rows):
            raise ValueError("; ".join(wrong))

    @cached_property
    def versions(self) -> Mapping[str, tuple[Row, ...]]:
        """The rows by their id."""
        found: dict[str, list[Row]] = {}
        for r in self.rows:
            found.setdefault(r.id, []).append(r)
        return {id_: tuple(rows) for id_, rows in found.items()}

    def in_force(self, id_: str, on: date) -> Row:
        """The row with this id that holds on a day. Raises RefusedError(`law_row_unknown` or `law_row_not_in_force`)."""
        versions = self.versions.get(id_, ())
        if not versions:
            raise RefusedError.because(
                "law_row_unknown", f"there is no row of law {id_!r}", "see: pinzhi law rows", field="id"
            )
        for r in versions:
            if r.holds(on):
                return r
        spans = ", ".join(f"{r.valid_from} … {r.valid_to or ''}".strip() for r in versions)
        raise RefusedError.because(
            "law_row_not_in_force",
            f"{id_} was not in force on {on}",
            f"it is in force on: {spans}",
            field="id",
        )

    def find(
        self,
        words: str = "",
        *,
        on: date | None = None,
        theme: str = "",
        jurisdiction: Jurisdiction | None = None,
        unverified: bool = False,
    ) -> tuple[Row, ...]:
        """Rows that hold every word of `words` (id, names, article, summary; either language); an id alone means that id."""
        exact = any(r.id == words for r in self.rows)
        wanted = words.lower().split()
        return tuple(
            r
            for r in self.rows
            if (on is None or r.holds(on))
            and (not theme or r.theme == theme)
            and (jurisdiction is None or r.jurisdiction is jurisdiction)
            and not (unverified and r.verified)
            and (r.id == words if exact else all(word in _searched(r) for word in wanted))
        )

    @property
    def themes(self) -> tuple[str, ...]:
        """The themes, in the order of their files."""
        return tuple(dict.fromkeys(r.theme for r in self.rows))


def _searched(r: Row) -> str:
    name = r.instrument.name
    parts = [r.id, name.zh, name.en, r.instrument.version, r.article, r.summary.zh, r.summary.en, r.note]
    return " ".join(parts).lower()


def reference(row: Row) -> LawRef:
    """The row as a reason cites it."""
    return LawRef(row.instrument.name.zh, row.article, row.instrument.version, row.verified)


def count(row: Row, start: date, calendar: Calendar, roll: Roll = Roll.HOLIDAY) -> Deadline:
    """
    The last day of the row's period that runs from `start` (which is not counted itself).

    Raises RefusedError(`law_row_not_a_period`) for rows in yuan, multiples, hours or without a figure (hours are counted by `calendar.add_hours`), and
    RefusedError(`law_row_of_another_calendar`) for working days of another country: the calendar is that of the mainland.
    """
    if row.unit is Unit.WORKING_DAY and row.jurisdiction is not Jurisdiction.CHINA:
        raise RefusedError.because(
            "law_row_of_another_calendar",
            f"the working days of {row.id} are those of {row.jurisdiction}, not of the mainland",
            "count by the calendar of the country whose authority asks",
            field="id",
        )
    length = int(row.value or 0)
    if row.unit is Unit.WORKING_DAY:
        return calendar.add_working_days(start, length)
    if row.unit is Unit.CALENDAR_DAY:
        return calendar.add_days(start, length, roll)
    if row.unit is Unit.MONTH:
        return calendar.add_months(start, length, roll)
    if row.unit is Unit.YEAR:
        return calendar.add_months(start, length * MONTHS_IN_A_YEAR, roll)
    raise RefusedError.because(
        "law_row_not_a_period", f"{row.id} is no period of days, months or years", "name a row that is", field="id"
    )
