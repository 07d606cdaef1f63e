"""
SIGKILL to the real server while clients send events and decide cases: what was acknowledged is there exactly once, what was not is there whole or not at all.
"""

import http.client
import json
import sqlite3
import threading

import pytest

from installation import Installation

pytestmark = [pytest.mark.faults, pytest.mark.slow]
ROWS = 40
CASES = 150

SET_UP = """
from datetime import UTC, datetime, timedelta
from pinzhi.casework import opening
from pinzhi.decisions.subscriptions import subscribe
from pinzhi.kernel import clock
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.monitoring.actions import _limit
from pinzhi.life.monitoring.models import Run, SignalRow
from pinzhi.life.monitoring.queries import policy_in_force
from pinzhi.people import tokens
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

now = clock.now()
house = Actor.system("test")
run = Run.objects.create(at=now, as_of=now.date(), policy="p", events=1, entities=1, found=1, raised=1, expected_false=0.1)
floats = "evidence threshold expected ratio low high cause_share visible_30 visible_90 false_share false_bound".split()
rules = policy_in_force(now)
cases = []
for n in range({cases}):
    with act("monitoring.sweep", house) as a:
        subject = Subject(Kind.LISTING, f"L{{n}}")
        case = opening.open_case(a, desk="monitoring", subject=subject, title=Text("退货偏多", "too many returns"),
                                 evidence={{"returns": 14}}, severity="H", source=f"monitoring:S{{n}}")
        row = SignalRow.objects.create(
            id=f"S{{n}}", run=run, at=now, entity_kind="listing", entity_id=f"L{{n}}", stream="return", raised_on=now.date(),
            onset=now.date(), fast=False, observed=14, cause_kind="batch", cause_id="B1", severity="H", merchant_id="M1",
            clear_orders=9, policy="monitoring/test", text_zh="退货偏多。", text_en="Too many returns.", case_id=str(case.id),
            **dict.fromkeys(floats, 1.5))
        _limit(a, row, rules)
        cases.append([str(case.id), case.seen])
subscribe(house, name="market", url="http://127.0.0.1:59999/")
secret = tokens.make(house, name="market", scopes=["events:write", "cases:decide"])[1]
import json
print(json.dumps([secret, cases]))
"""

STORED = """
import json
from collections import Counter
from django.conf import settings
from pinzhi.engine.embedded.store import EventStore
found = Counter(i for t in EventStore(settings.EVENT_STORE).events() for i in t.column("event_id").to_pylist())
print(json.dumps(found))
"""


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    place = Installation(tmp_path_factory.mktemp("house"))
    place.command("migrate")
    place.secret, place.cases = json.loads(place.python(SET_UP.format(cases=CASES)))
    yield place
    place.stop()


def rows(house, query, *values):
    with sqlite3.connect(house.home / "pinzhi.sqlite3", timeout=30) as db:
        return db.execute(query, values).fetchall()


def post(house, path, body, kind):
    """The answer's status and document; None when the server died before it was complete."""
    connection = http.client.HTTPConnection("127.0.0.1", house.port, timeout=20)
    try:
        connection.request(
            "POST",
            path,
            body,
            {"Authorization": f"Bearer {house.secret}", "Content-Type": kind, "Content-Length": str(len(body))},
        )
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError):
        return None
    finally:
        connection.close()


def until_killed(house, pause, todo):
    """Send one after another while a timer kills the server; (numbers acknowledged with their answers, the number in flight)."""
    house.start()
    killer = threading.Timer(pause, house.kill)
    done = {}
    for position, (number, send) in enumerate(todo):
        if position == 1:
            killer.start()  # the clock runs from the first answer on
        answer = send()
        if answer is None:
            killer.join()
            return done, number
        done[number] = answer
    raise AssertionError("everything was sent before the kill")


def batch(number):
    base = {"kind": "sale", "at": "2026-05-03T10:00:00+08:00", "merchant_id": "M1", "category": "童装"}
    lines = [base | {"event_id": f"{number}-{k}", "listing_id": f"L{k % 7}"} for k in range(ROWS)]
    return "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in lines).encode()


def test_every_acknowledged_event_is_there_once_and_none_is_doubled(house):
    acknowledged, unanswered = {}, []
    following = 0
    for pause in (0.15, 0.4, 0.75):
        numbers = [*unanswered[-1:], *range(following, following + 3_000)]
        todo = [
            (n, lambda n=n: post(house, "/api/v1/events?source=shop", batch(n), "application/x-ndjson"))
            for n in numbers
        ]
        done, in_flight = until_killed(house, pause, todo)
        for number, (status, told) in done.items():
            assert (status, told["refused"]) == (200, [])
            assert told["accepted"] + told["duplicate"] == ROWS
            assert told["accepted"] in (0, ROWS), "a batch was stored in part"
            assert told["accepted"] == ROWS or number in unanswered
        acknowledged |= done
        unanswered.append(in_flight)
        following = max([*acknowledged, in_flight]) + 1
    house.start()
    last = unanswered[-1]
    status, told = post(house, "/api/v1/events?source=shop", batch(last), "application/x-ndjson")
    assert (status, told["accepted"] + told["duplicate"]) == (200, ROWS)
    again = min(acknowledged)
    assert post(house, "/api/v1/events?source=shop", batch(again), "application/x-ndjson")[1]["accepted"] == 0
    house.kill()

    assert len(acknowledged) > 5
    found = json.loads(house.python(STORED))
    assert set(found.values()) == {1}
    assert set(found) == {f"{n}-{k}" for n in {*acknowledged, *unanswered} for k in range(ROWS)}
    said = rows(house, "select json_extract(payload, '$.batch') from engine_factrow where name = 'EventsAccepted'")
    assert len(said) == len(set(said)) == len({*acknowledged, *unanswered}), "a batch was said twice or not at all"
    assert json.loads(house.command("ledger", "audit", "--json", check=False).stdout)["valid"] is True


TRACES = {
    "case decided": "select count(*) from casework_case where id = :case and state = 'decided' and outcome = 'noise'",
    "step of its course": "select count(*) from casework_caseevent where case_id = :case and verb = 'decide'",
    "signal judged": "select count(*) from monitoring_signalrow where id = :signal and outcome = 'noise'",
    "decision lifted": "select count(*) from decisions_decisionrow where subject_id = :listing and lifted_at is not null",
    "facts": "select count(*) from engine_factrow where act = :act",
    "on their way": "select count(*) from engine_delivery join engine_factrow f on f.seq = fact_id where f.act = :act",
    "leaves of facts": 'select count(*) from ledger_leaf where "index" in (select leaf from engine_factrow where act = :act)',
    "leaf of the lift": "select count(*) from ledger_leaf join decisions_decisionrow d on d.id = ref where kind = 'lift' and subject_id = :listing",
    "audit line": "select count(*) from people_auditline where act = :act and outcome = 'done'",
}


def trace(house, number):
    """Everything that deciding case `number` leaves behind, counted."""
    case = house.cases[number][0].replace("-", "")
    with sqlite3.connect(house.home / "pinzhi.sqlite3", timeout=30) as db:
        acts = db.execute("select act from casework_caseevent where case_id = ? and verb = 'decide'", [case]).fetchall()
        known = {"case": case, "signal": f"S{number}", "listing": f"L{number}", "act": acts[0][0] if acts else "none"}
        return {what: db.execute(query, known).fetchone()[0] for what, query in TRACES.items()}


def decide(house, number):
    id_, seen = house.cases[number]
    body = json.dumps({"outcome": "noise", "seen": seen}).encode()
    return post(house, f"/api/v1/cases/{id_}/decide", body, "application/json")


def test_a_case_is_decided_with_all_that_follows_or_not_at_all(house):
    house.start()
    assert decide(house, 0)[0] == 200
    everything = trace(house, 0)
    assert everything["facts"] == everything["leaves of facts"] == 3
    assert all(everything.values()), everything
    nothing = trace(house, 1)
    assert not any(nothing.values()), nothing
    house.kill()

    following, done = 1, {}
    for pause in (0.1, 0.25, 0.45):
        answers, in_flight = until_killed(
            house, pause, [(n, lambda n=n: decide(house, n)) for n in range(following, CASES)]
        )
        done |= answers
        assert {status for status, _ in answers.values()} == {200}
        for number in range(CASES):
            found = trace(house, number)
            if number == 0 or number in done:
                assert found == everything, number
            elif number == in_flight:
                assert found in (everything, nothing), found
                done |= {number: None} if found == everything else {}
            elif number >= following:
                assert found == nothing, number
        following = in_flight if trace(house, in_flight) == nothing else in_flight + 1
    assert len(done) >= 6
    assert json.loads(house.command("ledger", "audit", "--json", check=False).stdout)["valid"] is True
