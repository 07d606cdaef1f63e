"""`pinzhi feeds import merchants|listings|batches FILE`: the marketplace's registers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from pinzhi.doors.cli import rows as files
from pinzhi.doors.cli.django_side import installed


def add_to(group: click.Group) -> None:
    """Put the three commands into the group `feeds import`."""
    for command in (merchants, listings, batches):
        group.add_command(command)


def _import(kind: str, path: str, *, update: bool) -> files.Answer:
    installed()
    from pinzhi.catalogue import actions
    from pinzhi.doors.cli.acting import house
    from pinzhi.kernel.values import Kind

    taken_rows = files.read_rows(path)
    with files.progress(kind) as advance:

        def counted() -> Iterator[tuple[int, dict[str, Any]]]:
            for line, row in taken_rows.numbered():
                advance(1)
                yield line, row

        taken = actions.register(Kind(kind), counted(), house(), update=update)
    taken.read += len(taken_rows.refused)
    taken.aside = sorted([*taken_rows.refused, *taken.aside], key=lambda r: r.line or 0)
    counts = taken.row()
    line = f"{counts['read']} read, {counts['accepted']} accepted, {counts['duplicate']} duplicate, {counts['refused']} refused"
    return files.Answer(counts, line, refused=taken.aside, out=kind if path == "-" else path)


_update = click.option(
    "--update", is_flag=True, help="Enter rows whose id is known with other content as changes from now on."
)


@click.command()
@click.argument("file")
@_update
@files.polite
def merchants(file: str, update: bool) -> files.Answer:
    """
    Register merchants.

    Columns: merchant_id, name; optional uscc, legal_representative, id_number, phones, email, bank_accounts, address, devices, categories, opened_on, status.
    Personal particulars are stored as keyed hashes and masked forms only.
    """
    return _import("merchant", file, update=update)


@click.command()
@click.argument("file")
@_update
@files.polite
def listings(file: str, update: bool) -> files.Answer:
    """
    Register listings.

    Columns: listing_id (or id), merchant_id, category; optional title, subtitle, description, brand, gtin, price, attributes, listed_on, status.
    """
    return _import("listing", file, update=update)


@click.command()
@click.argument("file")
@_update
@files.polite
def batches(file: str, update: bool) -> files.Answer:
    """
    Register production batches.

    Columns: batch_id, merchant_id, listing_id or gtin, produced_on; optional expires_on, quantity, factory, report_no, quarantine_no.
    """
    return _import("batch", file, update=update)
