"""
Lock-out on guessing, durable: wrong passwords and wrong codes are counted in the database, per name, whether or not an account has that name.

A try is counted before it is looked at and forgiven when it was right, so that many tries at once are no way around. After `FREE` wrong ones in a row
the name is
locked for a minute, and for twice as long with every further one, up to an hour: at most 29 tries in the first day and 24 on every other, far below
the hundred in a row
that NIST SP 800-63B (section 5.2.2) allows at all. Nothing in the answer tells whether the name exists.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext_lazy as _

from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.acts import act
from pinzhi.people.models import Account, FailedLogins
from pinzhi.people.roles import Actor

FREE = 5
FIRST = timedelta(minutes=1)
LONGEST = timedelta(hours=1)
FORGOTTEN_AFTER = timedelta(hours=24)
KINDS = ("password", "factor")
LOCKED = _("Too many wrong tries. Wait a while and try again, or ask an administrator.")


def lock_after(wrong: int) -> timedelta | None:
    """How long a name is locked when `wrong` tries in a row were wrong; None while there are free ones. Pure."""
    if wrong < FREE:
        return None
    return min(FIRST * 2 ** min(wrong - FREE, 16), LONGEST)


def _key(kind: str, name: str) -> str:
    same = unicodedata.normalize("NFKC", name.strip()).casefold()
    return salted_hmac(f"pinzhi.people.lockout.{kind}", same, algorithm="sha256").hexdigest()


def count(kind: str, name: str, now: datetime) -> datetime | None:
    """Count one try. None: go on and look at it; a moment: the name is locked until then and the try is not to be looked at."""
    key = _key(kind, name)
    with whole():
        row, _fresh = FailedLogins.objects.select_for_update().get_or_create(name_hash=key, defaults={"last_at": now})
        if row.locked_until is not None and row.locked_until > now:
            return row.locked_until
        row.count = 1 if now - row.last_at > FORGOTTEN_AFTER else row.count + 1
        span = lock_after(row.count)
        row.last_at, row.locked_until = now, now + span if span else None
        row.save()
        if span:
            _audit(kind, name, key, row.count, now)
    return None


def _audit(kind: str, name: str, key: str, wrong: int, now: datetime) -> None:
    account = Account.objects.filter(username__iexact=name.strip()).first()
    subject = Subject(Kind.ACCOUNT, str(account.pseudonym)) if account else None
    with act("people.lock", Actor.system("login"), subject=subject, now=now) as a:
        a.note = f"{kind} try {wrong} name:{key[:12]}"


def count_or_refuse(kind: str, name: str) -> None:
    """Count one try at a form. Raises ValidationError while the name is locked."""
    if count(kind, name.replace("\x00", ""), clock.now()) is not None:
        raise ValidationError(LOCKED, code="locked_out")


def forgive(kind: str, name: str) -> None:
    """The try was right: forget the wrong ones before it."""
    FailedLogins.objects.filter(name_hash=_key(kind, name)).delete()


def unlock(by: Actor, username: str) -> None:
    """An administrator lets a person try again now. Raises RefusedError(`account_unknown`, `not_permitted`)."""
    with act("people.unlock", by) as a:
        account = Account.objects.filter(username=username).first()
        if account is None:
            raise RefusedError.because("account_unknown", "there is no such account", "choose one from the list")
        a.subject = Subject(Kind.ACCOUNT, str(account.pseudonym))
        for kind in KINDS:
            forgive(kind, username)
