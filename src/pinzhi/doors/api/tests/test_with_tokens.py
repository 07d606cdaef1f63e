"""The interface end to end with real tokens: every operation with none, a wrong, a narrow and a right one; what is another's is not there."""

import json
import re
import uuid
from datetime import UTC, date, datetime

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import desks
from pinzhi.casework.desks import Desk, Outcome
from pinzhi.casework.models import Case
from pinzhi.catalogue.models import Listing, Merchant
from pinzhi.doors.api.interface import description
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.monitoring.models import Run, SignalRow
from pinzhi.people import tokens
from pinzhi.people.acts import act
from pinzhi.people.models import Organisation
from pinzhi.people.roles import SCOPES, Actor

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
T0 = datetime(2026, 5, 6, 2, tzinfo=UTC)
OPERATIONS = [
    (method, path, operation)
    for path, methods in description()["paths"].items()
    for method, operation in methods.items()
]
SAMPLE = {"kind": "listing", "id": "L1", "station": "decisions", "dispatch_id": "1"}


def token(*scopes, merchant=""):
    organisation = (
        Organisation.objects.create(name=merchant, kind="merchant", merchant_id=merchant)
        if merchant
        else Organisation.objects.create(name="market", kind="client")
    )
    return tokens.make(HOUSE, name="t", scopes=scopes or SCOPES, organisation=organisation)[1]


@pytest.fixture
def call(client):
    def do(method, path, secret, body=None):
        headers = {"Authorization": f"Bearer {secret}"} if secret else {}
        more = {} if body is None else {"data": json.dumps(body), "content_type": "application/json"}
        path = path if path.startswith("/api") else f"/api/v1{path}"
        return getattr(client, method)(path, headers=headers, **more)

    return do


@pytest.mark.parametrize(
    ("method", "path", "operation"), OPERATIONS, ids=lambda v: v.get("operationId") if isinstance(v, dict) else ""
)
def test_every_operation_opens_for_its_scope_only(method, path, operation, call):
    here = re.sub(r"\{(\w+)\}", lambda m: SAMPLE.get(m[1], "1"), path)
    if "/cases/" in here:
        here = here.replace("L1", str(uuid.UUID(int=1)))
    (scope,) = operation["security"][0].values()
    right = token(*scope)
    other = token(next(s for s in SCOPES if s != scope[0]))
    body = {} if method in ("post", "patch") else None
    assert call(method, here, "", body).status_code == 401
    assert call(method, here, right[:-1] + ("A" if right[-1] != "A" else "B"), body).status_code == 401
    assert call(method, here, other, body).status_code == 403
    assert call(method, here, right, body).status_code not in (401, 403, 500)


# --- cases -----------------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def desk(monkeypatch):
    outcomes = (
        Outcome("real", Text("属实", "real")),
        Outcome("noise", Text("误报", "noise"), needs_reason=True),
        Outcome("refund", Text("退款", "refund"), two_person=True),
    )
    monkeypatch.setitem(desks.DESKS, "bench", Desk("bench", Text("测试台", "bench"), outcomes))


def opened(number=1, merchant="M1"):
    with act("x", Actor.rule("x/1"), now=T0) as a:
        return casework.open_case(
            a,
            desk="bench",
            subject=Subject(Kind.LISTING, f"L{number}"),
            title=Text("退货偏多", "too many returns"),
            evidence={"returns": 14, "sold": 620},
            severity="H",
            source=f"x:{number}",
            merchant_id=merchant,
        )


def test_the_queue_page_by_page_and_one_case(call, desk):
    for n in range(3):
        opened(n)
    secret = token("cases:read")
    first = call("get", "/cases?limit=2", secret).json()
    rest = call("get", f"/cases?limit=2&cursor={first['cursor']}", secret).json()
    assert (first["total"], len(first["cases"]), len(rest["cases"]), rest["cursor"]) == (3, 2, 1, "")
    found = call("get", f"/cases/{first['cases'][0]['id']}", secret).json()
    assert found["evidence"] == {"returns": 14, "sold": 620}
    assert [(o["code"], o["two_person"]) for o in found["outcomes"]] == [
        ("real", False),
        ("noise", False),
        ("refund", True),
    ]
    assert [e["verb"] for e in found["history"]] == ["open"]
    assert call("get", "/cases?subject=listing:L2", secret).json()["total"] == 1
    assert call("get", "/cases?state=decided", secret).json()["total"] == 0
    assert call("get", "/cases?cursor=abc", secret).json()["code"] == "cursor_unknown"


def test_a_decision_says_what_it_has_seen(call, desk):
    case = opened()
    secret = token("cases:decide")
    path = f"/cases/{case.id}/decide"
    with act("x", Actor.rule("x/1"), now=T0) as a:
        casework.update_evidence(a, case.id, {"returns": 15, "sold": 620})
    stale = call("post", path, secret, {"outcome": "real", "seen": case.seen})
    assert (stale.status_code, stale.json()["code"]) == (409, "evidence_changed")
    assert stale.json()["changes"] == [{"path": "returns", "before": 14, "after": 15}]
    seen = Case.objects.get().seen
    for body, status, code in (
        ({"outcome": "refund", "seen": seen}, 409, "needs_person"),
        ({"outcome": "noise", "seen": seen}, 409, "reason_missing"),
        ({"outcome": "burn", "seen": seen}, 409, "outcome_unknown"),
        ({"outcome": "real", "seen": "x"}, 422, "request_invalid"),
    ):
        answer = call("post", path, secret, body)
        assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert Case.objects.get().state == "open"
    done = call("post", path, secret, {"outcome": "real", "seen": seen}).json()
    assert (done["state"], done["outcome"]) == ("decided", "real")
    assert done["decided_by"].startswith("token:")


def test_a_merchants_token_sees_its_own_cases_and_decides_none(call, desk):
    mine, theirs = opened(1, "M1"), opened(2, "M2")
    secret = token("cases:read", "cases:decide", merchant="M1")
    assert [c["id"] for c in call("get", "/cases", secret).json()["cases"]] == [mine.id]
    assert call("get", f"/cases/{mine.id}", secret).status_code == 200
    assert call("get", f"/cases/{theirs.id}", secret).json()["code"] == "case_unknown"
    refused = call("post", f"/cases/{mine.id}/decide", secret, {"outcome": "real", "seen": mine.seen})
    assert (refused.status_code, refused.json()["code"]) == (403, "not_permitted")
    assert set(Case.objects.values_list("state", flat=True)) == {"open"}


# --- signals, standing -----------------------------------------------------------------------------------------------------------------------


def raised(id_, merchant):
    run, _ = Run.objects.get_or_create(
        pk=1,
        defaults={
            "at": T0,
            "as_of": T0.date(),
            "policy": "p",
            "events": 1,
            "entities": 1,
            "found": 1,
            "raised": 1,
            "expected_false": 0.1,
        },
    )
    numbers = dict.fromkeys(
        (
            "evidence",
            "threshold",
            "expected",
            "ratio",
            "low",
            "high",
            "cause_share",
            "visible_30",
            "visible_90",
            "false_share",
            "false_bound",
        ),
        1.5,
    )
    return SignalRow.objects.create(
        id=id_,
        run=run,
        at=T0,
        entity_kind="listing",
        entity_id="L1",
        stream="return",
        raised_on=date(2026, 5, 6),
        onset=date(2026, 5, 1),
        fast=False,
        observed=14,
        cause_kind="batch",
        cause_id="B1",
        severity="H",
        merchant_id=merchant,
        clear_orders=9,
        policy="p",
        text_zh="退货偏多。",
        text_en="Too many returns.",
        **numbers,
    )


def test_signals_and_whose_they_are(call):
    raised("S1", "M1")
    raised("S2", "M2")
    everybody, mine = token("signals:read"), token("signals:read", merchant="M1")
    assert call("get", "/signals?entity=listing:L1&outcome=open", everybody).json()["total"] == 2
    assert call("get", "/signals?severity=L", everybody).json()["total"] == 0
    assert [s["id"] for s in call("get", "/signals", mine).json()["signals"]] == ["S1"]
    assert call("get", "/signals?merchant_id=M2", mine).json()["total"] == 0
    assert call("get", "/signals/S1", mine).json()["text"]["en"] == "Too many returns."
    assert call("get", "/signals/S2", mine).json()["code"] == "signal_unknown"
    assert call("get", "/signals/S3", everybody).status_code == 404


def test_a_merchants_token_sees_the_standing_of_its_own_listings(call):
    for m, listing in (("M1", "L1"), ("M2", "L2")):
        Merchant.objects.create(id=m, name=m, valid_from=T0, first_seen=T0)
        Listing.objects.create(id=listing, merchant_id=m, category="c", title=listing, valid_from=T0, first_seen=T0)
    secret = token("standing:read", merchant="M1")
    assert call("get", "/standing/listing/L1", secret).json()["state"] == "normal"
    for other in ("L2", "L3"):
        assert call("get", f"/standing/listing/{other}", secret).json()["code"] == "subject_unknown"


def test_metrics_tell_the_queues_and_the_event_store(client, desk):
    opened()
    text = client.get("/metrics").content.decode()
    assert 'pinzhi_cases{desk="bench",state="open"} 1.0' in text
    assert "pinzhi_cases_overdue 0.0" in text
    assert re.search(r"^pinzhi_event_store_version -?\d+\.0$", text, re.MULTILINE)
