"""The verbs on people: accounts, roles, invitations. Nobody gives himself a role, and the last administrator stays."""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from pinzhi.kernel.facts import RoleChanged
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.acts import Act, act
from pinzhi.people.models import Account, Department, Grant, Invitation, Organisation
from pinzhi.people.roles import STAFF, Actor, Role

INVITATION_DAYS = 7


def add(
    by: Actor,
    username: str,
    roles: frozenset[Role],
    *,
    display_name: str = "",
    organisation: Organisation | None = None,
    department: Department | None = None,
) -> tuple[Account, str]:
    """
    A new account without a password, and the secret of the one-time link by which its owner chooses one.

    Raises RefusedError(`account_exists`, `username_empty`, `organisation_missing`): a merchant or laboratory user belongs to an organisation.
    """
    with act("people.manage", by) as a:
        name = username.strip()
        if not name or len(name) > 64 or "\x00" in name:
            raise RefusedError.because(
                "username_empty", "a user name has 1 to 64 characters", "choose another", field="username"
            )
        if Account.objects.filter(username__iexact=name).exists():
            raise RefusedError.because(
                "account_exists", f"there is already an account {name!r}", "choose another name", field="username"
            )
        _check_organisation(roles, organisation)
        account = Account(
            username=name,
            display_name=display_name,
            organisation=organisation,
            department=department,
            is_staff=bool(roles & STAFF),
        )
        account.set_unusable_password()
        account.save()
        for role in sorted(roles):
            _give(a, account, role)
        return account, _invite(a, account)


def _check_organisation(roles: frozenset[Role], organisation: Organisation | None) -> None:
    kind = organisation.kind if organisation else ""
    if Role.MERCHANT in roles and not (kind == "merchant" and organisation and organisation.merchant_id):
        raise RefusedError.because(
            "organisation_missing", "a merchant user belongs to a merchant", "name the merchant", field="organisation"
        )
    if Role.LABORATORY in roles and kind != "laboratory":
        raise RefusedError.because(
            "organisation_missing",
            "a laboratory user belongs to a laboratory",
            "name the laboratory",
            field="organisation",
        )
    if roles & STAFF and kind not in ("", "platform"):
        raise RefusedError.because(
            "organisation_foreign", "staff belong to the platform", "give no staff role to outsiders", field="roles"
        )


def grant(by: Actor, account_id: int, role: Role) -> None:
    """Give a role. Twice is once. Raises RefusedError(`own_roles`, `account_unknown`, `organisation_missing`, `organisation_foreign`)."""
    with act("people.manage", by) as a:
        account = _other(by, account_id)
        _check_organisation(account.roles() | {role}, account.organisation)
        _give(a, account, role)


def revoke(by: Actor, account_id: int, role: Role) -> None:
    """Take a role away. Raises RefusedError(`own_roles`, `last_administrator`, `account_unknown`)."""
    with act("people.manage", by) as a:
        account = _other(by, account_id)
        if role is Role.ADMINISTRATOR:
            _not_the_last(account)
        if Grant.objects.filter(account=account, role=role).delete()[0]:
            a.fact(RoleChanged(subject=_subject(account), role=role.value, change="revoked"))
        if not account.roles() & STAFF:
            Account.objects.filter(pk=account.pk).update(is_staff=False)


def deactivate(by: Actor, account_id: int) -> None:
    """Close an account: its sessions end with its next request. Raises RefusedError(`own_roles`, `last_administrator`)."""
    with act("people.manage", by) as a:
        account = _other(by, account_id)
        _not_the_last(account)
        Account.objects.filter(pk=account.pk).update(is_active=False)
        a.subject, a.note = _subject(account), "deactivated"


def _other(by: Actor, account_id: int) -> Account:
    if by.account_id == account_id:
        raise RefusedError.because("own_roles", "nobody changes his own roles", "ask another administrator")
    found = Account.objects.select_for_update(of=("self",)).select_related("organisation").filter(pk=account_id).first()
    if found is None:
        raise RefusedError.because("account_unknown", "there is no such account", "choose one from the list")
    return found


def _not_the_last(account: Account) -> None:
    held = Grant.objects.select_for_update().filter(role=Role.ADMINISTRATOR, account__is_active=True)
    holders = {g.account_id for g in held}  # locked, so that two administrators cannot remove each other at once
    if holders == {account.pk}:
        raise RefusedError.because("last_administrator", "this is the last administrator", "make another one first")


def _give(a: Act, account: Account, role: Role) -> None:
    _, fresh = Grant.objects.get_or_create(account=account, role=role.value, defaults={"given_at": a.now})
    if not fresh:
        return
    a.fact(RoleChanged(subject=_subject(account), role=role.value, change="granted"))
    if role in STAFF and not account.is_staff:
        account.is_staff = True
        account.save(update_fields=["is_staff"])


def _subject(account: Account) -> Subject:
    return Subject(Kind.ACCOUNT, str(account.pseudonym))


# --- invitations ---------------------------------------------------------------------------------------------------------------------------


def _hash(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _invite(a: Act, account: Account) -> str:
    secret = secrets.token_urlsafe(32)
    Invitation.objects.filter(account=account, used_at=None).update(used_at=a.now)
    Invitation.objects.create(
        account=account, secret_hash=_hash(secret), made_at=a.now, expires_at=a.now + timedelta(days=INVITATION_DAYS)
    )
    a.subject = _subject(account)
    return secret


def invite(by: Actor, account_id: int) -> str:
    """A new one-time link for an account; the one before it is void."""
    with act("people.manage", by) as a:
        return _invite(a, _other(by, account_id))


def accept(secret: str, password: str) -> Account:
    """Use a one-time link. Raises RefusedError(`invitation_invalid`, `password_weak`); a weak password leaves the link good."""
    with act("people.accept", Actor.system("invitation")) as a:
        found = (
            Invitation.objects.select_for_update(of=("self",))
            .select_related("account")
            .filter(secret_hash=_hash(secret))
            .first()
        )
        if found is None or found.used_at is not None or found.expires_at <= a.now or not found.account.is_active:
            raise RefusedError.because("invitation_invalid", "this link is not valid any more", "ask for a new one")
        try:
            validate_password(password, found.account)
        except ValidationError as why:
            raise RefusedError.because(
                "password_weak", " ".join(why.messages), "choose a better one", field="password"
            ) from None
        found.account.set_password(password)
        found.account.save(update_fields=["password"])
        found.used_at = a.now
        found.save(update_fields=["used_at"])
        a.subject = _subject(found.account)
        return found.account


def bootstrap(username: str) -> tuple[Account, str]:
    """The first administrator, by the operator at the command line. Raises RefusedError(`already_set_up`) once there is one."""
    if Grant.objects.filter(role=Role.ADMINISTRATOR, account__is_active=True).exists():
        raise RefusedError.because("already_set_up", "there is an administrator already", "let him make accounts")
    return add(Actor.system("command line"), username, frozenset({Role.ADMINISTRATOR}))
