"""`pinzhi people`: accounts, roles and API tokens, for the operator of the installation."""

from __future__ import annotations

import click

from pinzhi.doors.cli import acting, rows
from pinzhi.doors.cli.django_side import installed
from pinzhi.kernel.refusal import RefusedError


@click.group()
def command() -> None:
    """Accounts, roles, API tokens."""
    installed()


def _account(username: str) -> int:
    from pinzhi.people.models import Account

    found = Account.objects.filter(username=username).first()
    if found is None:
        raise RefusedError.because("account_unknown", f"there is no account {username!r}", "see `pinzhi people list`")
    return int(found.pk)


def _organisation(name: str) -> object:
    from pinzhi.people.models import Organisation

    found = list(Organisation.objects.filter(name=name)[:2])
    if name and len(found) != 1:
        raise RefusedError.because(
            "organisation_unknown", f"{len(found)} organisations are called {name!r}", "name exactly one"
        )
    return found[0] if found else None


def _roles(names: tuple[str, ...]) -> frozenset[object]:
    from pinzhi.people.roles import Role

    strange = [n for n in names if n not in set(Role)]
    if strange:
        raise RefusedError.because("role_unknown", f"no such role: {strange[0]}", f"one of: {', '.join(Role)}")
    return frozenset(Role(n) for n in names)


@command.command("list")
@rows.polite
def list_() -> rows.Answer:
    """Every account with its roles."""
    from pinzhi.people.models import Account

    found = Account.objects.prefetch_related("grants").order_by("username")
    document = [
        {"username": a.username, "active": a.is_active, "roles": sorted(g.role for g in a.grants.all())} for a in found
    ]
    text = "\n".join(
        f"{d['username']}  {'active' if d['active'] else 'closed'}  {', '.join(d['roles'])}" for d in document
    )
    return rows.Answer(document, text or "no account")


@command.command()
@click.argument("username")
@click.option("--role", "roles", multiple=True, required=True, help="May be repeated.")
@click.option("--name", default="", help="What colleagues call this person.")
@click.option("--organisation", default="", help="The merchant, laboratory or regulator this person works for.")
@rows.polite
def add(username: str, roles: tuple[str, ...], name: str, organisation: str) -> rows.Answer:
    """A new account. Prints the secret of the one-time link, shown this once."""
    from pinzhi.people import actions

    account, secret = actions.add(
        acting.house(), username, _roles(roles), display_name=name, organisation=_organisation(organisation)
    )
    return rows.Answer(
        {"username": account.username, "roles": sorted(roles), "invitation": secret},
        f"{account.username}\ninvitation: {secret}",
    )


@command.command()
@click.argument("secret")
@click.password_option(help="The new password; asked for when left out.")
@rows.polite
def accept(secret: str, password: str) -> rows.Answer:
    """Use a one-time link at the command line: set the password of the account it was made for."""
    from pinzhi.people import actions

    account = actions.accept(secret, password)
    return rows.Answer({"username": account.username}, f"the password of {account.username} is set")


@command.command()
@click.argument("username")
@click.option("--role", required=True)
@click.option("--take-away", is_flag=True, help="Take the role away instead of giving it.")
@rows.polite
def role(username: str, role: str, take_away: bool) -> rows.Answer:
    """Give an account a role, or take it away."""
    from pinzhi.people import actions

    (wanted,) = _roles((role,))
    verb = actions.revoke if take_away else actions.grant
    verb(acting.house(), _account(username), wanted)
    change = "revoked" if take_away else "granted"
    return rows.Answer({"username": username, "role": role, "change": change}, f"{username}: {role} {change}")


@command.command()
@click.argument("username")
@rows.polite
def unlock(username: str) -> rows.Answer:
    """Let a person who guessed too often try again now."""
    from pinzhi.people import lockout

    lockout.unlock(acting.house(), username)
    return rows.Answer({"username": username, "unlocked": True}, f"{username} may try again")


@command.group()
def token() -> None:
    """API tokens."""


@token.command("make")
@click.argument("name")
@click.option("--scope", "scopes", multiple=True, required=True, help="May be repeated.")
@click.option("--organisation", default="", help="A token of a merchant sees that merchant's things only.")
@click.option("--days", default=365, show_default=True)
@rows.polite
def make_token(name: str, scopes: tuple[str, ...], organisation: str, days: int) -> rows.Answer:
    """A new token, shown this once."""
    from pinzhi.people import tokens

    made, secret = tokens.make(
        acting.house(), name=name, scopes=scopes, organisation=_organisation(organisation), days=days
    )
    document = {"prefix": made.prefix, "scopes": made.scopes, "expires_at": made.expires_at, "token": secret}
    return rows.Answer(document, secret)


@token.command("list")
@rows.polite
def list_tokens() -> rows.Answer:
    """Every token by its prefix; never a secret."""
    from pinzhi.people.models import ApiToken

    document = [
        {
            "prefix": t.prefix,
            "name": t.name,
            "scopes": t.scopes,
            "expires_at": t.expires_at,
            "revoked_at": t.revoked_at,
            "last_used_on": t.last_used_on,
        }
        for t in ApiToken.objects.order_by("id")
    ]
    text = "\n".join(f"{d['prefix']}  {d['name']}  {', '.join(d['scopes'])}" for d in document)
    return rows.Answer(document, text or "no token")


@token.command("revoke")
@click.argument("prefix")
@rows.polite
def revoke_token(prefix: str) -> rows.Answer:
    """End a token now."""
    from pinzhi.people import tokens

    tokens.revoke(acting.house(), prefix)
    return rows.Answer({"prefix": prefix, "revoked": True}, f"{prefix} is revoked")
