"""
The clocks of a complaint, computed from its log of steps whenever somebody looks. Nothing is stored but the log.

    found = clocks(log, rows, figures, law, calendar, now)     # every clock that has started, the earliest open one first
    log += breaches(found, now)                                # what has to be written down, once

A clock runs from a step to the step that meets it. It stands still only for a named cause (awaiting the consumer, the laboratory), and says for which.
Several run at once: our own targets, whose figures are in `policy.toml`, and the periods of the law, whose figures are rows of law of the day on which the
clock starts. A breach is a fact: once it is written into the log as a step with the moment that was due then, no later step, no changed calendar and no new
figure takes it back. Days are those of China; the first day is not counted; nor is a day at whose first moment the clock stands still (order 121 art. 22, 45).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime, time, timedelta, timezone
from enum import StrEnum
from typing import Any

from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Calendar, Deadline, Roll
from pinzhi.law.rows import UNIT_NAMES, Row, Statutes, Unit

CHINA = timezone(timedelta(hours=8))
BREACHED = "breached"
"""The kind of the step that keeps a breach."""
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Step:
    """
    One entry of the log: what happened when, and who did it. `at` carries a time zone.

    A step of kind `breached` names the `clock`, the moment at which it `started`, and the moment that was `due` then.
    """

    at: datetime
    kind: str
    by: str = ""
    clock: str = ""
    started: datetime | None = None
    due: datetime | None = None

    def __post_init__(self) -> None:
        """Refuse a moment without a zone. Raises ValueError."""
        if self.at.tzinfo is None:
            raise ValueError("a step needs a time zone")


@dataclass(frozen=True, slots=True)
class Due:
    """The moment up to which the clock may be met. `earliest` and `latest` differ where the official calendar is not published (`reason`)."""

    earliest: datetime
    latest: datetime
    reason: str = ""

    @property
    def at(self) -> datetime | None:
        """The moment, when there is only one."""
        return None if self.reason else self.latest


@dataclass(frozen=True, slots=True)
class Pause:
    """A span in which clocks that allow for its cause stand still. `end` None: it lasts."""

    cause: str
    start: datetime
    end: datetime | None = None


class Standing(StrEnum):
    """How a clock stands. A met clock that was met too late is `breached`."""

    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    ENDED = "ended"
    BREACHED = "breached"


@dataclass(frozen=True, slots=True)
class Clock:
    """
    One clock. `name` is its row; the same row may run several times, told apart by `started`.

    `due` while a pause lasts is what it would be if the pause ended now. `ended_at`: it became pointless (withdrawn, closed) before it was due. `kept`: the
    breach stands in the log. `law` None: a target of ours, `figure` names it in the policy.
    """

    name: str
    what: Text
    started: datetime
    due: Due
    why: Text
    paused: tuple[Pause, ...] = ()
    met_at: datetime | None = None
    ended_at: datetime | None = None
    breached_at: datetime | None = None
    kept: bool = False
    law: Row | None = None
    figure: str = ""

    @property
    def open(self) -> bool:
        """Whether it still asks for something: a breached clock does until it is met."""
        return self.met_at is None and self.ended_at is None

    @property
    def standing(self) -> Standing:
        """In one word."""
        if self.breached_at is not None:
            return Standing.BREACHED
        if self.met_at is not None:
            return Standing.MET
        if self.ended_at is not None:
            return Standing.ENDED
        return Standing.PAUSED if any(p.end is None for p in self.paused) else Standing.RUNNING


# --- rows ----------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ClockRow:
    """
    One row of `data/clocks.toml`: steps that start, meet and end it, and either the `figure` of the policy or the row of `law` that gives its length.

    `pauses` are the causes for which it stands still. `requires`: it exists only once such a step has come (an extension that was granted).
    """

    id: str
    what: Text
    starts: frozenset[str]
    meets: frozenset[str]
    ends: frozenset[str] = frozenset()
    figure: str = ""
    law: str = ""
    pauses: frozenset[str] = frozenset()
    requires: str = ""
    roll: Roll = Roll.NONE


@dataclass(frozen=True, slots=True)
class Cause:
    """A named cause of standing still: the steps that begin and end it."""

    id: str
    name: Text
    begins: frozenset[str]
    ends: frozenset[str]


@dataclass(frozen=True)
class ClockRules:
    """All rows and all causes."""

    rows: tuple[ClockRow, ...]
    causes: Mapping[str, Cause]

    @property
    def kinds(self) -> frozenset[str]:
        """Every kind of step that starts, meets, ends, pauses or extends a clock: what a log has to be told in."""
        of_rows = [k for r in self.rows for k in (*r.starts, *r.meets, *r.ends, r.requires) if k]
        return frozenset(of_rows) | {k for c in self.causes.values() for k in (*c.begins, *c.ends)}


@dataclass(frozen=True, slots=True)
class ClockFigures:
    """Table `[clocks]` of the policy: our own targets. The end of a name is its unit."""

    acknowledge_seconds: int
    severe_person_minutes: int
    merchant_answer_hours: int
    first_proposal_hours: int
    severe_proposal_hours: int
    platform_decision_days: int
    refund_hours: int
    evidence_export_hours: int


def clock_rules(raw: Mapping[str, Any]) -> ClockRules:
    """Read the table. Raises ValueError naming the row that is wrong."""
    causes = {
        id_: Cause(id_, Text(c["zh"], c["en"]), frozenset(c["begins"]), frozenset(c["ends"]))
        for id_, c in raw["cause"].items()
    }
    rows = tuple(_row(one, causes) for one in raw["clock"])
    if len({r.id for r in rows}) != len(rows):
        raise ValueError("a clock stands twice")
    return ClockRules(rows, causes)


def _row(raw: Mapping[str, Any], causes: Mapping[str, Cause]) -> ClockRow:
    if unknown := set(raw) - {f.name for f in fields(ClockRow)} - {"zh", "en"}:
        raise ValueError(f"{raw.get('id')}: unknown keys {sorted(unknown)}")
    row = ClockRow(
        raw["id"], Text(raw["zh"], raw["en"]), frozenset(raw["starts"]), frozenset(raw["meets"]), frozenset(raw.get("ends", ())),
        figure=raw.get("figure", ""), law=raw.get("law", ""), pauses=frozenset(raw.get("pauses", ())), requires=raw.get("requires", ""),
        roll=Roll(raw.get("roll", "none")),
    )  # fmt: skip
    if bool(row.figure) == bool(row.law):
        raise ValueError(f"{row.id}: either a figure of the policy or a row of law gives the length")
    if row.figure and row.figure not in {f.name for f in fields(ClockFigures)}:
        raise ValueError(f"{row.id}: the policy has no figure {row.figure!r}")
    if strange := row.pauses - set(causes):
        raise ValueError(f"{row.id}: unknown causes {sorted(strange)}")
    return row


# --- the clocks of a log -------------------------------------------------------------------------------------------------------------------


def clocks(
    log: Sequence[Step],
    rules: ClockRules,
    figures: ClockFigures,
    law: Statutes,
    calendar: Calendar,
    now: datetime,
) -> tuple[Clock, ...]:
    """
    Every clock that has started by `now`: open ones first, the earliest due in front.

    Steps may come in any order; those later than `now` have not happened yet. Raises ValueError for a row of law that is no period of hours or days.
    """
    known = sorted((s for s in log if s.at <= now), key=lambda s: s.at)
    spans = {id_: _spans(cause, known) for id_, cause in rules.causes.items()}
    found = [
        clock
        for row in rules.rows
        for run in _runs(row, known)
        if (clock := _clock(row, run, spans, known, rules, figures, law, calendar, now)) is not None
    ]
    return tuple(sorted(found, key=lambda c: (not c.open, c.due.latest, c.name, c.started)))


def breaches(found: Sequence[Clock], now: datetime) -> tuple[Step, ...]:
    """The steps that keep breaches which the log does not hold yet. Append them: from then on nothing takes the breach back."""
    return tuple(
        Step(now, BREACHED, "clock", c.name, c.started, c.breached_at)
        for c in found
        if c.breached_at is not None and not c.kept
    )


@dataclass(frozen=True, slots=True)
class _Run:
    """One run of a row: when it started, and when and how it came to its end."""

    started: datetime
    met_at: datetime | None = None
    ended_at: datetime | None = None


def _runs(row: ClockRow, known: Sequence[Step]) -> Iterator[_Run]:
    """A start while a run is open changes nothing; after it was met or ended a new start begins a new run."""
    started: datetime | None = None
    required = not row.requires
    for step in known:
        if started is None:
            if step.kind in row.starts:
                started, required = step.at, not row.requires
            continue
        required = required or step.kind == row.requires
        if step.kind in row.meets or step.kind in row.ends:
            if required:
                met = step.kind in row.meets
                yield _Run(started, step.at if met else None, None if met else step.at)
            started = None
    if started is not None and required:
        yield _Run(started)


def _spans(cause: Cause, known: Sequence[Step]) -> tuple[Pause, ...]:
    found: list[Pause] = []
    begun: datetime | None = None
    for step in known:
        if begun is None and step.kind in cause.begins:
            begun = step.at
        elif begun is not None and step.kind in cause.ends:
            if step.at > begun:
                found.append(Pause(cause.id, begun, step.at))
            begun = None
    if begun is not None:
        found.append(Pause(cause.id, begun))
    return tuple(found)


def _clock(
    row: ClockRow,
    run: _Run,
    spans: Mapping[str, tuple[Pause, ...]],
    known: Sequence[Step],
    rules: ClockRules,
    figures: ClockFigures,
    law: Statutes,
    calendar: Calendar,
    now: datetime,
) -> Clock | None:
    source = next((r for r in law.versions.get(row.law, ()) if r.holds(_day(run.started))), None)
    if row.law and source is None:
        return None
    closed = run.met_at or run.ended_at
    until = closed or now
    stops = _within([p for cause in sorted(row.pauses) for p in spans[cause]], run.started, until, closed)
    due = _due(row, run.started, stops, source, figures, calendar, now)
    kept = _kept(row.id, run.started, known)
    if kept is not None:
        due = Due(kept, kept)
    late = kept is not None or until > due.latest
    return Clock(
        name=row.id,
        what=row.what,
        started=run.started,
        due=due,
        paused=stops,
        met_at=run.met_at,
        ended_at=run.ended_at,
        breached_at=due.latest if late else None,
        kept=kept is not None,
        law=source,
        figure=row.figure,
        why=_why(row, run.started, stops, source, figures, rules),
    )


def _kept(name: str, started: datetime, known: Sequence[Step]) -> datetime | None:
    """What was due when the breach of this run was first written down."""
    return next(
        (s.due for s in known if s.kind == BREACHED and s.clock == name and s.started == started and s.due), None
    )


def _within(spans: Sequence[Pause], started: datetime, until: datetime, closed: datetime | None) -> tuple[Pause, ...]:
    """The parts of the spans inside the run. One that lasts ends with the run; while the run is open it stays open."""
    found = []
    for p in sorted(spans, key=lambda p: p.start):
        begin, end = max(p.start, started), p.end or closed
        if begin < until and (end is None or end > begin):
            found.append(Pause(p.cause, begin, None if end is None else min(end, until)))
    return tuple(found)


# --- lengths -------------------------------------------------------------------------------------------------------------------------------

_UNITS = {
    "seconds": timedelta(seconds=1),
    "minutes": timedelta(minutes=1),
    "hours": timedelta(hours=1),
}


def _due(
    row: ClockRow,
    started: datetime,
    stops: Sequence[Pause],
    source: Row | None,
    figures: ClockFigures,
    calendar: Calendar,
    now: datetime,
) -> Due:
    still = _union(stops, now)
    if source is None:
        number: int = getattr(figures, row.figure)
        unit = row.figure.rpartition("_")[2]
        if unit != "days":
            return _moment(started, number * _UNITS[unit], still)
        return _end_of(_calendar_days(started, number, still, row.roll, calendar))
    number = int(source.value or 0)
    if source.unit is Unit.HOUR:
        return _moment(started, number * _UNITS["hours"], still)
    if source.unit is Unit.CALENDAR_DAY:
        return _end_of(_calendar_days(started, number, still, row.roll, calendar))
    if source.unit is not Unit.WORKING_DAY:
        raise ValueError(f"{row.id}: {source.unit} cannot be counted here")
    return _end_of(_working_days(started, number, still, calendar))


def _moment(started: datetime, length: timedelta, still: Sequence[tuple[datetime, datetime]]) -> Due:
    """Hours run through nights and holidays; every span that begins before the end moves it on by its length."""
    end = started + length
    for begin, stop in still:
        if begin < end:
            end += stop - begin
    return Due(end, end)


def _calendar_days(
    started: datetime, number: int, still: Sequence[tuple[datetime, datetime]], roll: Roll, calendar: Calendar
) -> Deadline:
    first, skipped = _day(started), 0
    while True:
        stood = len(_stood(first, first + (number + skipped) * DAY, still))
        if stood == skipped:
            return calendar.add_days(first, number + skipped, roll)
        skipped = stood


def _working_days(
    started: datetime, number: int, still: Sequence[tuple[datetime, datetime]], calendar: Calendar
) -> Deadline:
    """Where the calendar is not published, the earliest day skips only what is surely worked, the latest all that may be."""
    first = _day(started)
    found = []
    for side in (0, 1):
        skipped = 0
        while True:
            deadline = calendar.add_working_days(first, number + skipped)
            last = deadline.latest if side else deadline.earliest
            stood = sum(calendar.working_days_between(day - DAY, day)[side] for day in _stood(first, last, still))
            if stood == skipped:
                break
            skipped = stood
        found.append(deadline)
    low, high = found
    return Deadline(low.earliest, high.latest, low.reason or high.reason, high.years)


def _stood(first: date, last: date, still: Sequence[tuple[datetime, datetime]]) -> list[date]:
    """The days after `first`, up to `last`, at whose first moment the clock stands still."""
    found = []
    for begin, stop in still:
        day = max(first + DAY, _day(begin) if _midnight(_day(begin)) == begin else _day(begin) + DAY)
        while day <= last and _midnight(day) < stop:
            found.append(day)
            day += DAY
    return found


def _union(stops: Sequence[Pause], now: datetime) -> list[tuple[datetime, datetime]]:
    """Spans that do not overlap, in order; one that lasts is counted up to `now`."""
    merged: list[tuple[datetime, datetime]] = []
    for p in stops:
        end = now if p.end is None else p.end
        if merged and p.start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((p.start, end))
    return merged


def _end_of(deadline: Deadline) -> Due:
    """The end of the last day in China."""
    return Due(_midnight(deadline.earliest + DAY), _midnight(deadline.latest + DAY), deadline.reason)


def _day(moment: datetime) -> date:
    return moment.astimezone(CHINA).date()


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), CHINA)


# --- in words ------------------------------------------------------------------------------------------------------------------------------

_SAID = {
    "seconds": Text("秒", "seconds"),
    "minutes": Text("分钟", "minutes"),
    "hours": Text("小时", "hours"),
    "days": Text("日", "days"),
}


def _why(
    row: ClockRow,
    started: datetime,
    stops: Sequence[Pause],
    source: Row | None,
    figures: ClockFigures,
    rules: ClockRules,
) -> Text:
    at = started.astimezone(CHINA).strftime("%Y-%m-%d %H:%M")
    if source is None:
        number, unit = getattr(figures, row.figure), _SAID[row.figure.rpartition("_")[2]]
        zh, en = f"自 {at} 起 {number} {unit.zh}（平台目标）", f"{number} {unit.en} from {at} (our target)"
    else:
        name, unit = source.instrument.name, UNIT_NAMES[source.unit]
        number = int(source.value or 0)
        zh = f"自 {at} 起 {number} {unit.zh}（《{name.zh}》{source.article}）"
        en = f"{number} {unit.en} from {at} ({name.en}, art. {source.article})"
    for p in stops:
        cause = rules.causes[p.cause].name
        begun = p.start.astimezone(CHINA).strftime("%m-%d %H:%M")
        ended = (
            Text("至今", "until now") if p.end is None else Text(*[p.end.astimezone(CHINA).strftime("%m-%d %H:%M")] * 2)
        )
        zh += f"；{begun} – {ended.zh} 暂停：{cause.zh}"
        en += f"; stood still {begun} – {ended.en}: {cause.en}"
    return Text(zh + "。", en + ".")
