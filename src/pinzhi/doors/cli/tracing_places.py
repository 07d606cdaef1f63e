"""`pinzhi tracing places`: in which regions the places of the chain lie."""

from __future__ import annotations

import click

from pinzhi.doors.cli import rows


@click.command()
@click.argument("file")
@click.option("--as", "who", metavar="USERNAME", help="The account that acts; without it the house.")
@rows.polite
def places(file: str, who: str | None) -> rows.Answer:
    """
    Enter FILE, rows of `place` (a GLN, or its address or URN in EPCIS events) and `region` in the words in which scans bring theirs.

    With it the search for copied codes knows into which regions a batch was shipped. The last region said of a place counts. With --json: `{places}`.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.tracing import destinations

    read = rows.read_rows(file, required=["place", "region"])
    entered, refused = destinations.place_regions(read.numbered(), acting.person(who) if who else acting.house())
    return rows.Answer({"places": entered}, f"{entered} places", refused=[*read.refused, *refused], out=file)
