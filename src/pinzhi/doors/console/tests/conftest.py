"""A desk of our own, accounts, and cases to decide."""

from __future__ import annotations

from datetime import timedelta

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


@pytest.fixture
def analyst(person, client, settings):
    """A logged-in analyst who is also a senior reviewer, in English."""
    settings.SECOND_FACTOR_REQUIRED = False
    account = person("mei", "analyst", "senior_reviewer")
    client.force_login(account)
    client.cookies["django_language"] = "en"
    return account


@pytest.fixture
def history(tmp_path, settings):
    """An event store with 26 weeks of one listing: five sales a day, one return a week, and eleven returns in the last week."""
    import pyarrow as pa

    from pinzhi.engine.embedded.opened import open_store
    from pinzhi.engine.intake.columns import EVENT_SCHEMA
    from pinzhi.kernel import clock

    settings.EVENT_STORE = tmp_path / "events"
    end = clock.now().replace(hour=6, minute=0, second=0, microsecond=0) - timedelta(days=1)
    rows = []
    for back in range(182):
        at = end - timedelta(days=back)
        for n in range(5):
            order = f"o{back}-{n}"
            one = {"listing_id": "L1", "merchant_id": "M1", "category": "灯具", "batch_id": "B1", "order_id": order}
            one |= {"buyer_id": f"u{order}", "quantity": 1}
            rows.append(one | {"event_id": f"s{order}", "kind": "sale", "at": at})
            if (n == 0 and back % 7 == 6) or (back < 5 and n < 2) or (back, n) == (5, 1):
                said = {"reason": "灯罩裂了" if back else "<b>灯不亮</b>"}
                rows.append(one | said | {"event_id": f"r{order}", "kind": "return", "at": at + timedelta(hours=5)})
            if back in (3, 20) and n == 4:
                said = {"text": "一周就坏", "score": 1}
                rows.append(one | said | {"event_id": f"v{order}", "kind": "review", "at": at + timedelta(hours=6)})
    table = pa.Table.from_pylist([{f.name: r.get(f.name) for f in EVENT_SCHEMA} for r in rows], schema=EVENT_SCHEMA)
    open_store().append(table, source="shop")
    return end.date()


@pytest.fixture
def signal(db, history):
    """A severe signal about that listing, with its case and its temporary limit."""
    from pinzhi.life.monitoring import actions as monitoring
    from pinzhi.life.monitoring.models import Run, SignalRow
    from pinzhi.life.monitoring.queries import policy_in_force

    with act("monitoring.sweep", Actor.system("test")) as a:
        policy = policy_in_force()
        run = Run.objects.create(at=a.now, as_of=history, policy=policy.version, events=9, entities=4, found=1, raised=1, expected_false=0.5)  # fmt: skip
        row = SignalRow(
            id="S0123456789abcde", run=run, at=a.now, entity_kind="listing", entity_id="L1", stream="fused", raised_on=history,
            onset=history - timedelta(days=6), evidence=9.0, threshold=8.0, fast=False, observed=11, expected=1.2, ratio=9.2, low=5.0, high=15.0,
            cause_kind="batch", cause_id="B1", cause_share=0.8, severity="H", merchant_id="M1", category="灯具", visible_30=3.0, visible_90=2.0,
            clear_orders=41, false_share=0.1, false_bound=0.2, policy=policy.version, text_zh="商品L1退货偏多。", text_en="Listing L1 has many returns.",
        )  # fmt: skip
        row.case_id = monitoring._open_case(a, row, Subject(Kind.LISTING, "L1")).id
        row.save(force_insert=True)
        monitoring._limit(a, row, policy)
    return row
