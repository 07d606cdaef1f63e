"""`pinzhi admission submit`: many listings submitted from a file, with a file of results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows

if TYPE_CHECKING:
    from pinzhi.life.admission.contracts import Listing

COLUMNS = ("id", "submission", "state", "fresh", "outcome", "reasons_zh", "reasons_en", "findings", "missing")


@click.command("submit")
@click.argument("listings")
@click.option("--out", required=True, help="Results: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@click.option("--as", "who", metavar="USERNAME", default="", help="The account that submits; without it the house.")
@rows.polite
def submit(listings: str, out: str, who: str) -> rows.Answer:
    """
    Submit LISTINGS (a file, - for standard input) for admission and write one result per listing: how it stands, and why.

    Each listing is an act of its own: a bad one stops no other, and the same file again stores nothing new.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.aside import Aside
    from pinzhi.doors.cli.django_side import installed
    from pinzhi.kernel.refusal import RefusedError

    installed()
    from pinzhi.life.admission import actions, reading
    from pinzhi.life.admission.telling import reasons_of

    by = acting.person(who) if who else acting.house()
    counts: Counter[str] = Counter()
    reader = rows.read_rows(listings)
    with Aside("pinzhi" if out == "-" else out) as aside, rows.progress("listings") as advance:

        def refuse(line: int, no: Any) -> None:
            reader.refuse(line, no.field, no.code, no.reason, no.remedy)

        def numbered() -> Iterator[tuple[int, Listing]]:
            at = [0]

            def counting() -> Iterator[tuple[int, dict[str, Any]]]:
                for line, row in reader.numbered():
                    at[0] = line
                    yield line, row

            for listing in reading.listings(counting(), refuse):
                yield at[0], listing

        def answers() -> Iterator[dict[str, Any]]:
            for line, listing in numbered():
                try:
                    done = actions.submit(listing, by)
                except RefusedError as no:
                    refuse(line, no.refusal)
                    _hand_over(reader, aside)
                    continue
                counts[done.row.state] += 1
                advance(1)
                said = reasons_of(done.screening.verdict)
                yield {
                    "id": listing.id,
                    "submission": done.row.pk,
                    "state": done.row.state,
                    "fresh": done.fresh,
                    "outcome": done.screening.outcome,
                    "reasons_zh": [r.sentence.zh for r in said],
                    "reasons_en": [r.sentence.en for r in said],
                    "findings": done.screening.verdict["findings"],
                    "missing": done.screening.verdict["missing"],
                }
                _hand_over(reader, aside)

        rows.write_rows(out, answers(), columns=COLUMNS)
        _hand_over(reader, aside)
    document = {"submitted": counts.total(), **{s: counts[s] for s in ("passed", "pending", "returned", "refused")}}
    document["set_aside"] = aside.count
    line = ", ".join(f"{n} {word}" for word, n in document.items())
    return rows.Answer(document, line, out=out, aside=[aside])


def _hand_over(reader: rows.Rows, aside: Any) -> None:
    """Rows set aside are written as they come: a file of any size needs no memory for them."""
    if reader.refused:
        aside.add(reader.refused)
        reader.refused.clear()
