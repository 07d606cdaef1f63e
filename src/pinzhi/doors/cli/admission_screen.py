"""`pinzhi admission screen`: listings by the rules, over files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day

if TYPE_CHECKING:
    from pinzhi.life.admission.contracts import Listing


@click.command("screen")
@click.argument("listings")
@click.option("--out", required=True, help="Verdicts: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@click.option("--as-of", type=Day(), help="The day that counts for law and tables; without it today.")
@rows.polite
def screen(listings: str, out: str, as_of: date | None) -> rows.Answer:
    """
    Screen LISTINGS (a file, - for standard input) and write one verdict per listing: outcome, findings with span and article, exemptions.

    The same listings, version and day give the same bytes.
    """
    from pinzhi.doors.cli.aside import Aside
    from pinzhi.kernel.clock import today
    from pinzhi.life.admission import reading, shipped
    from pinzhi.life.admission.rules.verdict import screen as judged

    ruleset = shipped.ruleset()
    day = as_of or today()
    laws = ruleset.laws(day)
    counts: Counter[str] = Counter()
    reader = rows.read_rows(listings)
    with Aside("pinzhi" if out == "-" else out) as aside, rows.progress("listings") as advance:

        def found() -> Iterator[Listing]:
            def refuse(line: int, no: Any) -> None:
                reader.refuse(line, no.field, no.code, no.reason, no.remedy)

            for listing in reading.listings(reader.numbered(), refuse):
                _hand_over(reader, aside)
                yield listing

        def answers() -> Iterator[dict[str, Any]]:
            for listing in found():
                screened = judged(listing, ruleset, day, laws)
                counts[screened.outcome.value] += 1
                advance(1)
                yield reading.row(screened)

        rows.write_rows(out, answers(), columns=reading.COLUMNS)
        _hand_over(reader, aside)
    document = {
        "screened": counts.total(),
        "pass": counts["pass"],
        "manual": counts["manual"],
        "reject": counts["reject"],
        "refused": aside.count,
        "ruleset": ruleset.hash,
        "as_of": day.isoformat(),
    }
    line = f"{counts.total()} screened: {counts['pass']} pass, {counts['manual']} manual, {counts['reject']} reject"
    return rows.Answer(document, line, out=out, aside=[aside])


def _hand_over(reader: rows.Rows, aside: Any) -> None:
    """Rows set aside are written as they come: a file of any size needs no memory for them."""
    if reader.refused:
        aside.add(reader.refused)
        reader.refused.clear()
