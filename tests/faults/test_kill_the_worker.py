"""
SIGKILL to the worker while it delivers facts: afterwards every delivery is done exactly once, in order, and the ledger is whole.

The reaction under test is the real one of the house (webhooks are queued once per decision and subscription), so doubling or losing would show outside.
"""

import json
import sqlite3
import time

import pytest

from installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.slow]

SET_UP = """
from pinzhi.decisions.subscriptions import subscribe
from pinzhi.people.roles import Actor
subscribe(Actor.system("test"), name="market", url="http://127.0.0.1:59999/")
"""

DECIDE = """
from pinzhi.decisions.actions import issue
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor
why = [Reason("test", Text("测试", "test"))]
for n in range({first}, {first} + {count}):
    with act("monitoring.sweep", Actor.system("test")) as a:
        issue(a, Subject(Kind.LISTING, f"L{{n % 7}}"), Effect.WATCH, why, policy="p", decided_by="rule:p", source=f"test:{{n}}")
print("decided")
"""


def rows(home, query):
    with sqlite3.connect(home / "pinzhi.sqlite3", timeout=30) as db:
        return db.execute(query).fetchall()


def test_every_delivery_is_done_once_however_often_the_worker_is_killed(tmp_path):
    house = Installation(tmp_path)
    house.command("migrate")
    house.python(SET_UP)
    try:
        for round_ in range(4):
            assert house.python(DECIDE.format(first=round_ * 60, count=60)) == "decided"
            house.start("worker")
            time.sleep(1.2 + 0.35 * round_)
            house.kill("worker")
        house.command("worker", "--once")
    finally:
        house.stop()

    assert rows(tmp_path, "select count(*) from engine_delivery where state <> 'done'") == [(0,)]
    decided = rows(tmp_path, "select count(*) from decisions_decisionrow")
    assert decided == [(240,)]
    queued = rows(tmp_path, "select count(*), count(distinct cursor) from decisions_dispatch")
    assert queued == [(240, 240)], "a webhook was lost or doubled"
    assert rows(tmp_path, 'select count(*), max("index") + 1 from ledger_leaf')[0] == tuple(
        rows(tmp_path, "select size, size from ledger_treehead")[0]
    )
    report = json.loads(house.command("ledger", "audit", "--json", check=False).stdout)
    assert report["valid"] is True, report
