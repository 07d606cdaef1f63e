"""`pinzhi tracing number`: a number of the platform for goods that have no GTIN of their maker."""

from __future__ import annotations

import click

from pinzhi.doors.cli import rows


@click.command()
@click.argument("batch")
@click.option("--as", "who", metavar="USERNAME", help="The account that acts; without it the house.")
@rows.polite
def number(batch: str, who: str | None) -> rows.Answer:
    """
    Give the goods of BATCH (an id of the catalogue) a GTIN of the platform's company prefix, PINZHI_GS1_PREFIX; all batches of its listing share it.

    Asking again prints the same number. Goods that have a GTIN of their maker are refused. `pinzhi tracing issue --gtin NUMBER` then gives out codes.
    """
    from pinzhi.doors.cli import acting
    from pinzhi.doors.cli.django_side import installed

    installed()
    from pinzhi.life.tracing import numbers

    row = numbers.give(batch, acting.person(who) if who else acting.house())
    document = {
        "gtin": row.gtin,
        "listing": row.listing_id,
        "batch": batch,
        "given_at": row.at.isoformat(),
        "by": row.by,
    }
    return rows.Answer(document, f"{row.gtin}  {row.listing_id}")
