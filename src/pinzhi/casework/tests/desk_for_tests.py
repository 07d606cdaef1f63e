"""A desk that remembers what it was told, and people to work at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.casework import actions, desks
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.people.acts import act
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

T0 = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)  # a Wednesday, 10:00 in China
L1 = Subject(Kind.LISTING, "L1")
TITLE = Text("退货率异常", "too many returns")


def at(**later) -> datetime:
    return T0 + timedelta(**later)


class Remembering:
    """What the desk was told; `refuses` makes it say no."""

    def __init__(self):
        self.told = []
        self.refuses = False

    def decided(self, a, case, ruling):
        if self.refuses:
            raise RefusedError.because("desk_says_no", "no", "ask the desk")
        self.told.append(("decide", case.id, ruling.outcome, ruling.decided_by))

    def taken_back(self, a, case, reversal):
        if self.refuses:
            raise RefusedError.because("desk_says_no", "no", "ask the desk")
        self.told.append((reversal.why, case.id, reversal.outcome, reversal.reason))


@pytest.fixture
def desk(monkeypatch):
    memory = Remembering()
    ours = Desk(
        "bench",
        Text("测试台", "bench"),
        (
            Outcome("real", Text("属实", "real"), "a"),
            Outcome("noise", Text("误报", "noise"), "r", needs_reason=True),
            Outcome("delist", Text("下架", "delist")),
            Outcome("refund", Text("退款", "refund"), two_person=True),
        ),
        on_decide=memory.decided,
        on_undo=memory.taken_back,
    )
    monkeypatch.setitem(desks.DESKS, "bench", ours)
    return memory


def person(name: str, *roles: Role) -> Actor:
    account = Account.objects.create(username=name, display_name=name.title())
    for role in roles:
        Grant.objects.create(account=account, role=role, given_at=T0)
    return account.actor()


@pytest.fixture
def ana(db):
    return person("ana", Role.ANALYST)


@pytest.fixture
def ben(db):
    return person("ben", Role.ANALYST)


@pytest.fixture
def sen(db):
    return person("sen", Role.SENIOR_REVIEWER)


def opened(source="monitoring:S1", now=T0, evidence=None, **more):
    with act("monitoring.scan", Actor.rule("monitoring/1"), now=now) as a:
        return actions.open_case(
            a,
            **{
                "desk": "bench",
                "subject": L1,
                "title": TITLE,
                "evidence": {"returns": 14, "sold": 620} if evidence is None else evidence,
                "severity": "H",
                "source": source,
                **more,
            },
        )


def more_evidence(case, evidence, now=T0):
    with act("monitoring.scan", Actor.rule("monitoring/1"), now=now) as a:
        return actions.update_evidence(a, case.id, evidence)


def refused(code):
    return pytest.raises(RefusedError, match=f"^{code}:")
