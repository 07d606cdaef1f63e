"""
SIGKILL to the worker while it carries a decision for all out, then two processes at once: everybody has his own amount once, and every log is whole.

Members and orders of which nobody complained: the second kind begins a matter of its own, which must not be begun twice.
"""

import json
import sqlite3
import subprocess
import sys
import time

import pytest

from installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.slow]
MEMBERS, ORDERS, SEEN = 30, 30, 8
SET_UP = f"""
from datetime import timedelta
from pinzhi.casework import actions as casework
from pinzhi.kernel import clock
from pinzhi.life.complaints.tests import matters
from pinzhi.life.complaints.tests.buyers import market, person
from pinzhi.people.roles import Role
now = matters.NOW = clock.now() - 5 * matters.HOUR
matters.BOUGHT = now - timedelta(days=12)
market()
ada, may = person("ada", Role.COMPLAINT_AGENT), person("may", Role.MANAGER)
matters.many(("10.00",) * {MEMBERS}, paid_at=now - timedelta(days=6), received_on=(now - timedelta(days=4)).date())
matters.sold(*[("sale", f"P{{n}}", "20.00") for n in range({ORDERS})])
made = matters.planned(ada, orders=True)
matters.approve(ada, at=now + 2 * matters.HOUR)
seen = matters.case()
casework.confirm(seen.id, may, seen=seen.seen, now=now + 3 * matters.HOUR)
print(made.total, matters.incident().state)
"""
GO_ON = "from pinzhi.kernel import clock; from pinzhi.life.complaints import placing; placing.run(clock.now())"
TOLD = """
import json
from pinzhi.engine.models import FactRow
from pinzhi.life.complaints import incidents, log
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident
rows = list(Complaint.objects.all())
print(json.dumps({
    "complaints": len(rows),
    "owed": sorted({(r.channel, r.state, str(r.amount)) for r in rows}),
    "given": sorted({r.log.filter(verb__in=("adjudicate", "open_owed")).count() for r in rows}),
    "due": FactRow.objects.filter(name="RemedyDue").count(),
    "faults": [f for r in rows for f in log.faults(r)] + [f for i in Incident.objects.all() for f in incidents.faults(i)],
    "states": sorted(Incident.objects.values_list("state", flat=True)),
}))
"""


def carried(home):
    with sqlite3.connect(home / "pinzhi.sqlite3", timeout=30) as db:
        return db.execute("select count(*) from complaints_share where applied_at is not null").fetchone()[0]


def test_killed_while_it_carries_out_nobody_is_left_out_and_nobody_is_given_twice(tmp_path):
    house = Installation(tmp_path)
    house.command("migrate")
    assert house.python(SET_UP) == f"{MEMBERS * 10 + ORDERS * 20}.00 applying"
    try:
        house.start("worker")
        deadline = time.monotonic() + 240
        while carried(tmp_path) < SEEN and time.monotonic() < deadline:
            time.sleep(0.02)
        house.kill("worker")
    finally:
        house.stop()
    assert SEEN <= carried(tmp_path) < MEMBERS + ORDERS, (tmp_path / "worker.log").read_text()[-2000:]

    code = [sys.executable, "-c", "import django; django.setup()\n" + GO_ON]
    two = [subprocess.Popen(code, env=house.env, stderr=subprocess.PIPE) for _ in range(2)]
    assert [p.communicate(timeout=120)[1][-2000:] for p in two if p.wait(timeout=120)] == []
    house.python(GO_ON)  # the next minute: what one of the two found locked

    told = json.loads(house.python(TOLD))
    assert told == {
        "complaints": MEMBERS + ORDERS, "owed": [["incident", "fulfilling", "20.00"], ["web", "fulfilling", "10.00"]], "given": [1],
        "due": MEMBERS + ORDERS, "faults": [], "states": ["decided"],
    }  # fmt: skip
    report = json.loads(house.command("ledger", "audit", "--json", check=False).stdout)
    assert report["findings"] == []
