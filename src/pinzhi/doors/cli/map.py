"""`pinzhi map`: which fact wakes which reaction. The whole system on one screen."""

from __future__ import annotations

import json

import click

from pinzhi.doors.cli.django_side import ready


@click.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON document on stdout.")
def command(as_json: bool) -> None:
    """Print the table fact → reactions."""
    ready()
    from pinzhi.engine.outbox import reaction_table

    table = reaction_table()
    if as_json:
        click.echo(json.dumps(table, ensure_ascii=False))
        return
    for row in table:
        reactions = row["reactions"] or ["(ledger only)"]
        click.echo(f"{row['fact']:20} → {reactions[0]}")
        for name in reactions[1:]:
            click.echo(f"{'':20} → {name}")
