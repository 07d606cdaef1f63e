"""`pinzhi feeds import olist DIR` and `import online-retail FILE`: public data sets through the same door as everybody's events."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import feeds_storing as storing
from pinzhi.doors.cli import rows as files
from pinzhi.doors.cli.aside import Aside
from pinzhi.doors.cli.django_side import installed

if TYPE_CHECKING:
    from pinzhi.catalogue.adapters import Adapted

PIECE = 200_000


def add_to(group: click.Group) -> None:
    """Put the two commands into the group `feeds import`."""
    for command in (olist, online_retail):
        group.add_command(command)


_source = click.option("--source", help="Name of the feed; by default that of the data set.")


@click.command("olist")
@click.argument("folder", metavar="DIR")
@_source
@files.polite
def olist(folder: str, source: str | None) -> files.Answer:
    """
    The Olist marketplace: orders, items, reviews, products, sellers in one folder, as Parquet or CSV.

    Sales, deliveries, cancellations and reviews become events; sellers are registered as merchants, products as listings.
    """
    installed()
    from pinzhi.catalogue.adapters import olist as adapter

    return _import(adapter.adapt(Path(folder)), source or "olist", folder)


@click.command("online-retail")
@click.argument("file")
@_source
@files.polite
def online_retail(file: str, source: str | None) -> files.Answer:
    """
    Invoices of «Online Retail» or «Online Retail II», as Parquet or CSV.

    Lines of goods become sales, those of invoices beginning with C returns; postage, fees and write-offs are left out and counted.
    """
    installed()
    from pinzhi.catalogue.adapters import online_retail as adapter

    return _import(adapter.adapt(Path(file)), source or "online-retail", file)


def _import(found: Adapted, source: str, path: str) -> files.Answer:
    from pinzhi.catalogue import actions
    from pinzhi.doors.cli.acting import house
    from pinzhi.kernel.values import Kind

    storing.check_source(source)
    counts = storing.Counts()
    registered: dict[str, Any] = {}
    with Aside(path.rstrip("/\\")) as aside, files.progress("events", found.events.num_rows) as advance:
        counts.aside.append(aside)
        for kind, rows in ((Kind.MERCHANT, found.merchants), (Kind.LISTING, found.listings)):
            taken = actions.register(kind, enumerate(rows, 1), house())
            registered[f"{kind.value}s"] = taken.row()
            aside.add(taken.aside)
        for chunk in _checked(found, Path(path).name):
            counts.read += chunk.read
            storing.store(chunk, source, counts, aside, Path(path).name)
            advance(chunk.read)
    left_out = {cause: n for cause, n in found.left_out.items() if n}
    document = {**counts.document(), "source_rows": found.source_rows, "left_out": left_out, **registered}
    told = ", ".join(f"{n:,} {cause.replace('_', ' ')}" for cause, n in left_out.items())
    line = f"{counts.line()}; of {found.source_rows:,} rows left out: {told or 'none'}"
    return files.Answer(document, line, aside=counts.aside)


def _checked(found: Adapted, name: str) -> Any:
    """The events in checked pieces."""
    from pinzhi.engine.intake import Chunk, check
    from pinzhi.kernel import clock

    for start in range(0, found.events.num_rows, PIECE):
        lines = found.lines[start : start + PIECE]
        table, good, refused = check(found.events.slice(start, PIECE), lines, now=clock.now(), file=name)
        yield Chunk(table, good, refused, len(lines))
