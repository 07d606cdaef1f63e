"""
Broken cold chains: temperatures of a journey against the limit of the goods. Pure; figures come from the policy.

A break is what the readings show, with its beginning, its end and its worst value. What follows from it a person decides: a probe may have hung in the door.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from pinzhi.life.tracing.rules.epcis import terms
from pinzhi.life.tracing.rules.epcis.values import moment

FROZEN = re.compile("冷冻|速冻|冻品|冰淇淋|雪糕|冰棍")
CHILLED = re.compile("生鲜|冷藏|低温奶|鲜奶|巴氏|冷鲜|水产|海鲜")
"""Words of a category or a title whose goods travel frozen, or cooled."""
_TEMPERATURE = "Temperature"
_ZERO, _STEP, _OFFSET = Decimal("273.15"), Decimal(5) / Decimal(9), Decimal(32)


@dataclass(frozen=True, slots=True)
class Reading:
    """A temperature in degrees Celsius, the highest where a span was reported; `where` is the read point of its event, `event` its number."""

    at: datetime
    celsius: Decimal
    where: str = ""
    event: int = 0


@dataclass(frozen=True, slots=True)
class Break:
    """
    Above the limit from `since` to `until`: from the first reading above it to the first one within it, or to the last reading where none followed
    (`back` False). `worst` is the highest reading, `where` the read point of the first.
    """

    since: datetime
    until: datetime
    worst: Decimal
    where: str
    event: int
    back: bool

    @property
    def minutes(self) -> int:
        """Whole minutes."""
        return int((self.until - self.since).total_seconds() // 60)


@dataclass(frozen=True, slots=True)
class ColdFigures:
    """
    Highest degrees Celsius of frozen and of chilled goods on their way; minutes above that are let pass; minutes between two readings beyond which nothing is
    said about the time between.
    """

    frozen_most: Decimal
    chilled_most: Decimal
    grace_minutes: int
    gap_minutes: int


def limit_of(words: str, figures: ColdFigures) -> Decimal | None:
    """The highest temperature of goods with these words in category and title; None for goods that need no cooling."""
    if FROZEN.search(words):
        return figures.frozen_most
    return figures.chilled_most if CHILLED.search(words) else None


def readings(fields: Mapping[str, Any], where: str = "", event: int = 0) -> list[Reading]:
    """The temperatures that an event reports. A report without a time of its own has that of its element's metadata, or of the event."""
    found = []
    for element in _listed(fields.get("sensorElementList")):
        head = next(iter(_listed(element.get("sensorMetadata"))), {})
        for report in _listed(element.get("sensorReport")):
            kind = str(report.get("type", ""))
            if (terms.MEASUREMENT.word(kind) or kind) != _TEMPERATURE:
                continue
            at = next(
                (
                    m
                    for t in (report.get("time"), head.get("time"), head.get("endTime"), fields.get("eventTime"))
                    if t and (m := moment(str(t)))
                ),
                None,
            )
            value = _celsius(
                report.get("maxValue", report.get("value", report.get("meanValue"))), str(report.get("uom", "CEL"))
            )
            if at is not None and value is not None:
                found.append(Reading(at, value, where, event))
    return found


def breaks(of: Iterable[Reading], most: Decimal, figures: ColdFigures) -> tuple[Break, ...]:
    """Where the readings lie above `most` for longer than the grace, in the order of time."""
    ordered = sorted(of, key=lambda r: (r.at, r.celsius))
    gap, grace = timedelta(minutes=figures.gap_minutes), timedelta(minutes=figures.grace_minutes)
    found: list[Break] = []
    run: list[Reading] = []

    def end(until: datetime, *, back: bool) -> None:
        if run and until - run[0].at > grace:
            worst = max(r.celsius for r in run)
            found.append(Break(run[0].at, until, worst, run[0].where, run[0].event, back))
        run.clear()

    for reading in ordered:
        if run and reading.at - run[-1].at > gap:
            end(run[-1].at, back=False)
        if reading.celsius > most:
            run.append(reading)
        elif run:
            end(reading.at, back=True)
    if run:
        end(run[-1].at, back=False)
    return tuple(found)


def _listed(value: Any) -> Sequence[Mapping[str, Any]]:
    each = value if isinstance(value, list) else [value] if isinstance(value, Mapping) else []
    return [e for e in each if isinstance(e, Mapping)]


def _celsius(value: Any, unit: str) -> Decimal | None:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    if not number.is_finite() or abs(number) > 10_000:
        return None
    if unit == "KEL":
        return number - _ZERO
    if unit == "FAH":
        return ((number - _OFFSET) * _STEP).quantize(Decimal("0.01"))
    return number if unit == "CEL" else None
