"""`pinzhi tracing keys`: the ring of secrets that codes are made from."""

from __future__ import annotations

from pathlib import Path

import click

from pinzhi.doors.cli import rows


def folder(given: str) -> Path:
    """The folder of the ring: as given, or `keys/codes` of the installation's data folder."""
    from pinzhi.site.environment import read

    return Path(given) if given else Path(read("PINZHI_HOME")).resolve() / "keys" / "codes"


FOLDER = click.option(
    "--keys", "keys_folder", default="", help="Folder of the secrets; without it that of the installation."
)


@click.command()
@FOLDER
@click.option(
    "--rotate", is_flag=True, help="Begin a new epoch: new codes are made with a new secret, older ones stay valid."
)
@click.option("--digits", is_flag=True, help="With --rotate: an epoch whose codes are digits only.")
@click.option(
    "--revoke",
    type=click.IntRange(min=0),
    help="Say that the secret of an epoch is known to others: its codes are no longer valid.",
)
@rows.polite
def keys(keys_folder: str, *, rotate: bool, digits: bool, revoke: int | None) -> rows.Answer:
    """List the epochs of the ring; rotate or revoke one."""
    from pinzhi.kernel import clock
    from pinzhi.life.tracing import ring
    from pinzhi.life.tracing.rules.codes import Form

    if digits and not rotate:
        raise click.UsageError("--digits goes with --rotate")
    where = folder(keys_folder)
    if revoke is not None:
        ring.revoke(where, revoke, clock.today())
    if rotate:
        ring.rotate(where, Form.DIGITS if digits else Form.LETTERS, clock.today())
    found = [
        {"epoch": e.number, "form": e.form.value, "made_on": e.made_on, "revoked": e.revoked} for e in ring.ring(where)
    ]
    lines = [
        f"{e['epoch']:>3} {e['form']:8} {e['made_on']} {e['revoked'] and 'revoked ' + str(e['revoked'])}" for e in found
    ]
    return rows.Answer(found, "\n".join(lines) or "no epoch yet: the first is made with the first code")
