"""`pinzhi law`: deadlines on the official calendar, the rows of law, the year. Needs no database."""

from __future__ import annotations

from datetime import date

import click

from pinzhi.doors.cli import rows as files
from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.calendar import Deadline, Roll
from pinzhi.law.tables import official

WHEN_KNOWN = "Use only the notices that were known on this day."


class Day(click.ParamType):
    """An ISO day on the command line. A day that is no day is wrong usage (exit 2)."""

    name = "day"

    def convert(self, value: str | date, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """`YYYY-MM-DD`."""
        if isinstance(value, date):
            return value
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is not a day; write YYYY-MM-DD", param, ctx)


@click.group()
def command() -> None:
    """Deadlines on the official calendar, statutes with their figures."""


@command.command()
@click.option(
    "--from", "start", type=Day(), required=True, help="The day from which is counted; it does not count itself."
)
@click.option("--working-days", type=int, help="Working days of the official calendar (工作日).")
@click.option("--days", type=int, help="Calendar days (日).")
@click.option("--months", type=int, help="Months (月).")
@click.option(
    "--roll",
    type=click.Choice([r.value for r in Roll]),
    default=Roll.HOLIDAY.value,
    show_default=True,
    help="Where a period of days or months ends whose last day is not worked: after a public holiday, on the next working day, or unmoved.",
)
@click.option("--as-of", "--known-on", "as_of", type=Day(), help=WHEN_KNOWN)
@files.polite
def deadline(
    start: date, working_days: int | None, days: int | None, months: int | None, roll: str, as_of: date | None
) -> files.Answer:
    """
    The last day of a period.

    A year whose holiday arrangement has not been published gives the earliest and the latest day and the reason, never a date.
    """
    given = {"working-days": working_days, "days": days, "months": months}
    chosen = [(name, n) for name, n in given.items() if n is not None]
    if len(chosen) != 1:
        raise click.UsageError("give exactly one of --working-days, --days, --months")
    name, count = chosen[0]
    calendar = official().known(as_of)
    if name == "working-days":
        found = calendar.add_working_days(start, count)
    elif name == "days":
        found = calendar.add_days(start, count, Roll(roll))
    else:
        found = calendar.add_months(start, count, Roll(roll))
    return files.Answer(found.row(), _said(found))


def _said(found: Deadline) -> str:
    if found.due:
        return found.due.isoformat()
    years = ", ".join(map(str, found.years))
    return f"{found.earliest} … {found.latest}  ({found.reason}: {years})"


@command.command()
@click.argument("year", type=int)
@click.option("--as-of", "--known-on", "as_of", type=Day(), help=WHEN_KNOWN)
@files.polite
def calendar(year: int, as_of: date | None) -> files.Answer:
    """The official calendar of a year: holidays, worked weekends, number of working days."""
    known = official().known(as_of)
    if not 1 <= year <= 9999:
        raise RefusedError.because("year_not_possible", f"{year} is no year", "give a year such as 2026", field="year")
    days = known.days_of(year)
    notices = [n for n in known.notices if n.year == year]
    document: dict[str, object] = {
        "year": year,
        "published": bool(notices),
        "working_days": known.working_days_in(year) if notices else None,
        "notices": [
            {"issued": n.issued.isoformat(), "number": n.number, "read": n.read, "note": n.note} for n in notices
        ],
        "holidays": [
            {"date": d.day.isoformat(), "holiday": d.holiday, "zh": names.zh, "en": names.en}
            for d in days
            if d.holiday and (names := known.almanac.names[d.holiday])
        ],
        "worked_weekends": [d.day.isoformat() for d in days if d.kind.value == "worked_weekend"],
        "statutory": [
            {"holiday": s.holiday, "first": s.first.isoformat(), "last": s.last.isoformat()}
            for s in known.almanac.statutory[year]
        ],
    }
    return files.Answer(document, _year_said(document))


def _year_said(document: dict[str, object]) -> str:
    year = document["year"]
    if not document["published"]:
        spans = "\n".join(f"  {s['first']} … {s['last']}  {s['holiday']}" for s in document["statutory"])  # type: ignore[attr-defined]
        return f"{year}: calendar not published; certain are only the statutory days\n{spans}"
    off = "\n".join(f"  {d['date']}  {d['zh']} {d['en']}" for d in document["holidays"])  # type: ignore[attr-defined]
    worked = " ".join(document["worked_weekends"])  # type: ignore[arg-type]
    return f"{year}: {document['working_days']} working days\n{off}\nworked weekends: {worked}"
