"""`pinzhi admission screen`: listings by the rules, over files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import rows
from pinzhi.doors.cli.law import Day
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.life.admission.contracts import Listing
    from pinzhi.life.admission.rules.facts import Merchant
    from pinzhi.life.admission.rules.price_groups import Groups


@click.command("screen")
@click.argument("listings")
@click.option("--out", required=True, help="Verdicts: .ndjson, .csv, .parquet, .arrow; - for standard output.")
@click.option("--as-of", type=Day(), help="The day that counts for law and tables; without it today.")
@click.option("--merchants", help="Merchants (columns of the feed): whose name papers must carry.")
@click.option("--catalogue", help="Listings whose prices are those of like goods; may be LISTINGS itself.")
@click.option(
    "--papers",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    show_default=True,
    help="Whether the evidence matrix decides; auto: where a listing brings at least one paper.",
)
@rows.polite
def screen(
    listings: str, out: str, as_of: date | None, merchants: str | None, catalogue: str | None, papers: str
) -> rows.Answer:
    """
    Screen LISTINGS (a file, - for standard input) and write one verdict per listing: outcome, findings with span and article, exemptions, missing papers.

    The same listings, version and day give the same bytes.
    """
    from pinzhi.doors.cli.aside import Aside
    from pinzhi.kernel.clock import today
    from pinzhi.life.admission import reading, shipped
    from pinzhi.life.admission.rules.price_groups import USUAL
    from pinzhi.life.admission.rules.verdict import Surroundings
    from pinzhi.life.admission.rules.verdict import screen as judged

    ruleset = shipped.ruleset()
    day = as_of or today()
    laws = ruleset.laws(day)
    known = _merchants(merchants)
    like = _like_goods(catalogue)
    demanded = {"auto": None, "always": True, "never": False}[papers]
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
                group = None if like is None else like.of(listing, USUAL, counted=catalogue == listings)
                around = Surroundings(known.get(listing.merchant_id), group, demanded)
                screened = judged(listing, ruleset, day, laws, around)
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


def _merchants(path: str | None) -> dict[str, Merchant]:
    """Merchants by id. A row without a name says nothing of whose papers are meant, and is left out."""
    from pinzhi.life.admission.rules.facts import Merchant

    if path is None:
        return {}
    table = rows.read_rows(path, required=("merchant_id", "name"))
    return {
        str(r["merchant_id"]): Merchant(str(r["merchant_id"]), str(r["name"]), str(r.get("uscc") or "")) for r in table
    }


def _like_goods(path: str | None) -> Groups | None:
    """Prices of a catalogue by group; rows that are no listings do not count."""
    from pinzhi.life.admission import reading
    from pinzhi.life.admission.rules.price_groups import groups

    if path is None:
        return None
    if path == "-":
        raise RefusedError.because(
            "catalogue_from_stdin", "a catalogue is read before the listings", "write it into a file", field="catalogue"
        )
    return groups(reading.listings(rows.read_rows(path).numbered(), lambda _line, _no: None))


def _hand_over(reader: rows.Rows, aside: Any) -> None:
    """Rows set aside are written as they come: a file of any size needs no memory for them."""
    if reader.refused:
        aside.add(reader.refused)
        reader.refused.clear()
