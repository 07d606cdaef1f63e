"""As whom a command acts: an account that is named, or the house itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.people.roles import Actor

as_person = click.option("--as", "who", metavar="USERNAME", required=True, help="The account that acts.")
"""For verbs that only a person may do."""


def person(username: str) -> Actor:
    """The account as an actor. Raises RefusedError(`account_unknown`)."""
    from pinzhi.people.models import Account

    account = Account.objects.filter(username=username, is_active=True).first()
    if account is None:
        raise RefusedError.because(
            "account_unknown", f"there is no active account {username!r}", "name one that is", field="as"
        )
    return account.actor()


def house() -> Actor:
    """The operator at the command line of the installation, for verbs that need no person."""
    from pinzhi.people.roles import Actor

    return Actor.system("command line")
