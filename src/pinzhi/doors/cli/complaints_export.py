"""`pinzhi complaints export`: complaints in the shape in which authorities and the public read them."""

from __future__ import annotations

from datetime import date

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day


@click.command("export")
@click.option(
    "--format",
    "form",
    type=click.Choice(["odr12315", "cfpb"]),
    required=True,
    help="odr12315: an enterprise's negotiation for 12315; cfpb: public rows.",
)
@click.option("--from", "start", type=Day(), help="First day on which they were opened.")
@click.option("--to", "end", type=Day(), help="Last day; it counts itself.")
@click.option("--receipt", default="", help="Only the complaint with this receipt.")
@click.option("--out", default="", help="File: .ndjson, .json, .csv, .parquet, .arrow; - for standard output.")
@click.option("--with-contact", "contact", is_flag=True, help="How buyers are reached too; a manager's account (--as).")
@click.option("--as", "who", metavar="USERNAME", default="", help="The account that exports; without it the house.")
@click.option("--fields", is_flag=True, help="Print the fields of the format with their names, and read nothing.")
@rows.polite
def export(
    form: str, start: date | None, end: date | None, receipt: str, out: str, who: str, *, contact: bool, fields: bool
) -> rows.Answer:
    """
    Write complaints opened from one day to another. What somebody wrote is in neither format; nor is, unless a manager asks, how a buyer is reached.

    `cfpb` has the columns of the public database of that name; narrative and place stay empty, and the number is a pseudonym.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed, ready
    from pinzhi.kernel import clock

    if fields:
        ready()
        return _fields(form)
    if start is None or end is None or not out:
        raise click.UsageError("--from, --to and --out are needed (or --fields)")
    if contact and not who:
        raise click.UsageError("--with-contact needs the account of a manager: --as USERNAME")
    installed()
    from pinzhi.life.complaints import exporting

    by = acting.person(who) if who else acting.house()
    found = exporting.export(form, start, end, by, receipt=receipt, contact=contact, now=clock.now())
    columns = exporting.CFPB_COLUMNS if form == "cfpb" else tuple(f.name for f in exporting.ODR_FIELDS)
    count = rows.write_rows(out, found, columns=columns)
    document = {"format": form, "from": str(start), "to": str(end), "complaints": count, "out": out}
    return rows.Answer(document, f"{count} complaints written to {out}", out=out)


def _fields(form: str) -> rows.Answer:
    from pinzhi.life.complaints import exporting

    if form == "cfpb":
        return rows.Answer(list(exporting.CFPB_COLUMNS), "\n".join(exporting.CFPB_COLUMNS))
    listed = [{"field": f.name, "zh": f.called.zh, "en": f.called.en} for f in exporting.ODR_FIELDS]
    return rows.Answer(listed, "\n".join(f"{x['field']:14} {x['zh']} / {x['en']}" for x in listed))
