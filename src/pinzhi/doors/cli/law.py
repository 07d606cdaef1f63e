"""`pinzhi law`: deadlines on the official calendar, the rows of law, the year. Needs no database."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from textwrap import indent

import click

from pinzhi.doors.cli import rows as files
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.law import obligations as duties
from pinzhi.law.calendar import Deadline, Roll
from pinzhi.law.rows import UNIT_NAMES, Jurisdiction, Row
from pinzhi.law.tables import THEME_NAMES, official, register, statutes
from pinzhi.law.texts import folder, library, take_in, versions

TO_BE_CHECKED = "需核对 / to be checked"
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
@click.option("--working-days", type=click.IntRange(min=0), help="Working days of the official calendar (工作日).")
@click.option("--days", type=click.IntRange(min=0), help="Calendar days (日).")
@click.option("--months", type=click.IntRange(min=0), help="Months (月).")
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
    try:
        if name == "working-days":
            found = calendar.add_working_days(start, count)
        elif name == "days":
            found = calendar.add_days(start, count, Roll(roll))
        else:
            found = calendar.add_months(start, count, Roll(roll))
    except (OverflowError, ValueError) as why:
        raise RefusedError.because(
            "day_not_possible", "the period ends after the year 9999", "check the day and the figure", field=name
        ) from why
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


@command.command()
@click.argument("words", nargs=-1)
@click.option("--unverified", is_flag=True, help="Only rows whose text was not read (需核对).")
@click.option("--as-of", "on", type=Day(), help="Only what is in force on this day; without it every version.")
@click.option("--theme", type=click.Choice(list(THEME_NAMES)), help="Only one theme.")
@click.option("--of", "law_of", type=click.Choice([j.value for j in Jurisdiction]), help="Only the law of one country.")
@click.option("--text", "full", is_flag=True, help="With the official text of the articles, as far as it is here.")
@files.polite
def rows(
    words: tuple[str, ...], unverified: bool, on: date | None, theme: str | None, law_of: str | None, full: bool
) -> files.Answer:
    """Rows of law that hold every one of WORDS (id, name, article or text, in either language)."""
    found = statutes().find(
        " ".join(words),
        on=on,
        theme=theme or "",
        jurisdiction=Jurisdiction(law_of) if law_of else None,
        unverified=unverified,
    )
    if not full:
        said = "\n".join(_row_said(row) for row in found) or "no row fits"
        return files.Answer([row.document() for row in found], said)
    day = on or clock.today()
    with_text = [(row, library().of_row(row, day)) for row in found]
    said = "\n".join(
        "\n".join([_row_said(row), *(f"  {a.label.zh}\n{indent(a.text, '    ')}" for a in articles)])
        for row, articles in with_text
    )
    document = [row.document() | {"texts": [a.document() for a in articles]} for row, articles in with_text]
    return files.Answer(document, said or "no row fits")


def _row_said(row: Row) -> str:
    figure = "" if row.value is None else f" · {row.value.normalize():f} {UNIT_NAMES[row.unit].zh.strip()}"
    until = f" … {row.valid_to}" if row.valid_to else ""
    mark = "" if row.verified else f"  [{TO_BE_CHECKED}]"
    return (
        f"{row.id}{mark}\n  《{row.instrument.name.zh}》{row.instrument.version} {row.article}{figure} · {row.valid_from}{until}"
        f"\n  {row.summary.zh}\n  {row.summary.en}"
    )


@command.command()
@click.argument("instrument")
@click.argument("number", type=click.IntRange(min=1))
@click.option("--on", type=Day(), help="The wording that was in force on this day (default: today).")
@files.polite
def article(instrument: str, number: int, on: date | None) -> files.Answer:
    """What article NUMBER of INSTRUMENT (an id of `pinzhi law texts`) says, word for word."""
    found = library().article(instrument, number, on or clock.today())
    document = found.document()
    until = f" … {document['in_force_to']}" if document["in_force_to"] else ""
    head = f"{found.label.zh} · {found.label.en}\n{found.version.shown} · {found.version.issuer} · {document['in_force_from']}{until}"
    return files.Answer(document, f"{head}\n\n{found.text}")


@command.command("take-in")
@click.argument("collections", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@files.polite
def take_in_command(collections: tuple[Path, ...]) -> files.Answer:
    """
    Take official texts in from public collections: JSON lines with `law`, `version`, `article`, `text`.

    They are kept outside of the program (`PINZHI_LAW_TEXTS`, else under PINZHI_HOME) and quoted from then on.
    """
    rows = [
        json.loads(line)
        for path in collections
        for line in path.read_text(encoding="utf-8").splitlines()
        if line.strip()
    ]
    taken = take_in(rows)
    lacking = sorted(set(versions()) - set(library().articles))
    said = "\n".join(f"{id_}: {count}" for id_, count in taken.items()) or "no known version is in these files"
    return files.Answer(
        {"taken": taken, "folder": str(folder()), "lacking": lacking}, f"{said}\nlacking: {', '.join(lacking) or '-'}"
    )


@command.command()
@files.polite
def texts() -> files.Answer:
    """The official texts that have been taken in: instrument, version, number of articles, from when to when."""
    shelf = library()
    document = [
        {
            "id": v.id,
            "instrument": v.instrument.id,
            "name": {"zh": v.instrument.name.zh, "en": v.instrument.name.en},
            "version": v.shown,
            "issuer": v.issuer,
            "articles": len(shelf.articles[v.id]),
            "whole": v.whole,
            "copies": v.copies,
            "in_force_from": v.valid_from.isoformat(),
            "in_force_to": None if v.valid_to is None else v.valid_to.isoformat(),
        }
        for v in shelf.versions
    ]
    return files.Answer(document, "\n".join(_text_said(one) for one in document))


def _text_said(one: dict[str, object]) -> str:
    name: dict[str, str] = one["name"]  # type: ignore[assignment]
    until = f" … {one['in_force_to']}" if one["in_force_to"] else ""
    partly = "" if one["whole"] else " [节选 / selected articles]"
    return f"{one['id']}  《{name['zh']}》{one['version']} · {one['articles']} · {one['in_force_from']}{until}{partly}"


@command.command()
@click.option("--from", "first", type=Day(), required=True, help="First day of the span.")
@click.option("--to", "last", type=Day(), required=True, help="Last day of the span.")
@click.option(
    "--done", multiple=True, metavar="DUTY=DAY", help="When a recurring duty was done the last time; may be repeated."
)
@click.option("--event", multiple=True, metavar="DUTY=DAY", help="A day that sets a duty off; may be repeated.")
@click.option("--as-of", "--known-on", "as_of", type=Day(), help=WHEN_KNOWN)
@files.polite
def obligations(
    first: date, last: date, done: tuple[str, ...], event: tuple[str, ...], as_of: date | None
) -> files.Answer:
    """
    Duties that fall due in a span of days, with the row of law that they follow from.

    Duties of fixed months stand here by themselves; those that recur since the last time with --done; those that an event sets off with --event.
    """
    if last < first:
        raise RefusedError.because("span_not_possible", f"{last} is before {first}", "exchange the days", field="to")
    known, calendar = register(), official().known(as_of)
    found = duties.between(known, first, last, calendar, dict(_named_days(done)))
    for name, day in _named_days(event):
        one = duties.due(known.named(name), day, known.law, calendar)
        if one.deadline.earliest <= last and one.deadline.latest >= first:
            found.append(one)
    found.sort(key=lambda d: (d.deadline.latest, d.duty.id))
    waiting = [d for d in known.duties if d.arises is not duties.Arises.MONTHS]
    document = {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "due": [d.document() for d in found],
        "on_event": [_waiting(d) for d in waiting],
    }
    return files.Answer(document, _duties_said(found, waiting))


def _named_days(given: tuple[str, ...]) -> list[tuple[str, date]]:
    pairs = []
    for text in given:
        name, _, day = text.partition("=")
        try:
            pairs.append((register().named(name).id, date.fromisoformat(day)))
        except ValueError as why:
            raise RefusedError.because(
                "duty_day_unreadable",
                f"{text!r} is not DUTY=DAY",
                "write for example reverify=2026-01-15",
                field="done",
            ) from why
    return pairs


def _waiting(duty: duties.Duty) -> dict[str, object]:
    return {
        "duty": duty.id,
        "party": duty.party.value,
        "arises": duty.arises.value,
        "name": {"zh": duty.name.zh, "en": duty.name.en},
        "event": {"zh": duty.event.zh, "en": duty.event.en},
        "law": duty.row,
    }


def _duties_said(found: list[duties.Due], waiting: list[duties.Duty]) -> str:
    lines = [
        f"{_said(d.deadline)}  {d.duty.name.zh} · {d.duty.name.en}  ({d.row.instrument.name.zh} {d.row.article})"
        + ("" if d.row.verified else f"  [{TO_BE_CHECKED}]")
        for d in found
    ]
    named = ", ".join(d.id for d in waiting)
    return "\n".join([*(lines or ["nothing falls due in this span"]), f"set off by a day (--event, --done): {named}"])
