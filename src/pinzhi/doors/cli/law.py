"""`pinzhi law`: deadlines on the official calendar. Needs neither server nor database."""

from __future__ import annotations

from datetime import date

import click

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.calendar import Calendar, Deadline, official


@click.group()
def command() -> None:
    """Deadlines on the official working-day calendar."""


def _day(text: str, field: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as why:
        raise RefusedError.because("day_not_iso", f"{text!r} is not a day", "write YYYY-MM-DD", field=field) from why


@command.command()
@click.option("--from", "start", required=True, help="The day that begins the period (not counted), YYYY-MM-DD.")
@click.option("--working-days", type=int, help="Length in working days.")
@click.option("--days", type=int, help="Length in calendar days; a last day off moves to the next working day.")
@click.option("--known-on", default="", help="Count with the calendar as it was known on this day.")
@rows.polite
def deadline(start: str, working_days: int | None, days: int | None, known_on: str) -> rows.Answer:
    """When a period ends: one date, or a range where the calendar is not published yet."""
    if (working_days is None) == (days is None):
        raise click.UsageError("say either --working-days or --days")
    calendar = official().as_of(_day(known_on, "known-on")) if known_on else official()
    if not calendar.notices:
        raise RefusedError.because("calendar_not_known", "no calendar was published then", "choose a later --known-on")
    first = _day(start, "from")
    found = calendar.after(first, working_days) if working_days is not None else calendar.after_days(first, days or 0)
    return rows.Answer(_document(found), _line(found))


def _document(found: Deadline) -> dict[str, str]:
    if found.due:
        return {"due": found.due.isoformat()}
    return {"earliest": str(found.earliest), "latest": str(found.latest), "reason": found.reason}


def _line(found: Deadline) -> str:
    if found.due:
        return str(found.due)
    return f"{found.earliest} … {found.latest} ({found.reason} · 放假安排尚未公布)"


@command.command()
@click.argument("year", type=int)
@rows.polite
def calendar(year: int) -> rows.Answer:
    """Days off and worked weekend days of a year, with the notice they come from."""
    known: Calendar = official()
    for notice in known.notices:
        if notice.year == year:
            document = {
                "year": year,
                "notice": notice.name,
                "published": str(notice.published),
                "verified": notice.verified,
                "off": sorted(map(str, notice.off)),
                "worked": sorted(map(str, notice.worked)),
            }
            return rows.Answer(
                document, f"{notice.name} · {len(notice.off)} days off, {len(notice.worked)} weekend days worked"
            )
    raise RefusedError.because(
        "calendar_not_published", f"no notice for {year} is known", "update Pinzhi when it is published", field="year"
    )
