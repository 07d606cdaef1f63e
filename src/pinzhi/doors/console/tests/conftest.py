"""A desk of our own, accounts, and cases to decide."""

from __future__ import annotations

import pytest

from pinzhi.casework import actions, desks
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.people.acts import act
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor


@pytest.fixture
def desk(monkeypatch):
    """A desk with three outcomes, one of them by two persons."""
    mine = Desk(
        "trial",
        Text("试验台", "trial desk"),
        (
            Outcome("real", Text("属实", "real"), key="a"),
            Outcome("noise", Text("误报", "noise"), key="r", needs_reason=True),
            Outcome("stop", Text("停售", "stop sale"), key="b", two_person=True),
        ),
    )
    monkeypatch.setitem(desks.DESKS, "trial", mine)
    return mine


@pytest.fixture
def make_case(desk, db):
    """Opens one case; call it as often as needed."""

    def make(number: int = 1, *, severity: str = "M", evidence: dict | None = None, title: str = ""):
        with act("trial.open", Actor.system("test")) as a:
            return actions.open_case(
                a,
                desk="trial",
                subject=Subject(Kind.LISTING, f"L{number:03d}"),
                title=Text(title or f"商品 L{number:03d}：退货增多", title or f"Listing L{number:03d}: more returns"),
                evidence=evidence or {"stream": "return", "observed": 14, "expected": "3.2"},
                severity=severity,
                source=f"trial:{number}",
            )

    return make


@pytest.fixture
def person(db):
    """Makes an account with roles; the clock is the real one."""
    from pinzhi.kernel import clock

    def make(name: str, *roles: str, password: str = "") -> Account:
        account = Account(username=name)
        account.set_password(password) if password else account.set_unusable_password()
        account.save()
        for role in roles:
            Grant.objects.create(account=account, role=role, given_at=clock.now())
        return account

    return make


@pytest.fixture
def reviewer(person, client, settings):
    """A logged-in senior reviewer and his client, in English."""
    settings.SECOND_FACTOR_REQUIRED = False
    account = person("lin", "senior_reviewer")
    client.force_login(account)
    client.cookies["django_language"] = "en"
    return account
