"""The interface by hand: answers, problems, ownership, health."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError

from pinzhi.decisions import actions, webhooks
from pinzhi.decisions.models import Subscription
from pinzhi.doors.api import access, health
from pinzhi.doors.api.access import Holder, Scope
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.people.acts import act
from pinzhi.people.models import Organisation
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 5, 3, 8, tzinfo=UTC)
ALL = frozenset(Scope)
CLIENT = Actor("token", "token:api_client", None, frozenset({Role.API_CLIENT}), scopes=ALL)
HOLDER = access.holder
LISTING = Subject(Kind.LISTING, "L1")


@pytest.fixture(autouse=True)
def holders(monkeypatch):
    """Tokens of the test: text → holder."""
    client = Organisation.objects.create(name="market", kind="client")
    other = Organisation.objects.create(name="other", kind="client")
    known = {
        "good": Holder(replace(CLIENT, organisation_id=client.pk), ALL),
        "other": Holder(replace(CLIENT, organisation_id=other.pk), ALL),
        "narrow": Holder(replace(CLIENT, organisation_id=client.pk), frozenset({Scope.STANDING})),
        "merchant": Holder(replace(CLIENT, organisation_id=other.pk, merchant_id="M1"), ALL),
    }
    monkeypatch.setattr(access, "holder", lambda request, token: known.get(token))
    return known


@pytest.fixture
def call(client):
    def do(method, path, body=None, token="good"):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        data = body if isinstance(body, (str, bytes)) else json.dumps(body)
        more = {} if body is None else {"data": data, "content_type": "application/json"}
        return getattr(client, method)(f"/api/v1{path}", headers=headers, **more)

    return do


def issued(subject=LISTING, effect=Effect.RESTRICT, source="monitoring:S1"):
    rule = Actor.rule("monitoring/1#0")
    reason = Reason("returns_above_expectation", Text("退货偏多。", "Too many returns."), (("observed", "14"),))
    with act("x", rule, now=T0) as a:
        return actions.issue(a, subject, effect, [reason], policy="p/1#0", decided_by=rule.label, source=source)


def check_problem(response, status, code):
    assert response.status_code == status, response.content
    assert response["Content-Type"] == "application/problem+json"
    told = response.json()
    assert (told["status"], told["code"], told["type"]) == (status, code, f"urn:pinzhi:problem:{code}")
    assert told["reason"]
    assert told["remedy"]
    return told


def test_standing_of_a_subject(call):
    row = issued()
    found = call("get", "/standing/listing/L1").json()
    assert (found["state"], found["decisions"][0]["id"]) == ("restricted", row.id)
    assert found["decisions"][0]["reasons"][0]["evidence"] == [{"name": "observed", "value": "14"}]
    assert call("get", "/standing/listing/L2").json()["state"] == "normal"
    assert call("get", "/standing/listing/L2?governed_by=listing:L1").json()["state"] == "restricted"
    assert call("get", "/standing/listing/a/b").json()["subject"]["id"] == "a/b"


def test_standings_of_many(call):
    issued()
    found = call("post", "/standings", {"subjects": ["listing:L2", "listing:L1", "listing:L2"]}).json()["standings"]
    assert [(s["subject"]["id"], s["state"]) for s in found] == [("L2", "normal"), ("L1", "restricted")]


def test_the_feed_is_read_page_by_page(call):
    for n in range(5):
        issued(Subject(Kind.LISTING, f"L{n}"))
    first = call("get", "/decisions?limit=3").json()
    second = call("get", f"/decisions?limit=3&after={first['cursor']}").json()
    ids = [s["decision"]["subject"]["id"] for s in first["steps"] + second["steps"]]
    assert ids == ["L0", "L1", "L2", "L3", "L4"]
    assert (first["more"], second["more"]) == (True, False)
    assert call("get", f"/decisions?after={second['cursor']}").json() == {
        "steps": [],
        "cursor": second["cursor"],
        "more": False,
    }


def test_one_decision_with_its_proof(call):
    row = issued()
    found = call("get", f"/decisions/{row.id}").json()
    assert (found["digest"], found["proof"]) == (row.digest, f"/ledger/proof/decision/{row.id}")
    check_problem(call("get", "/decisions/0"), 404, "decision_unknown")


def test_a_subscription_lives(call):
    made = call("post", "/subscriptions", {"name": "m", "url": "https://hooks.example.com/in", "effects": ["delist"]})
    assert made.status_code == 201
    one = made.json()
    path = f"/subscriptions/{one['id']}"
    assert one["secret"].startswith("whsec_")
    assert "secret" not in call("get", path).json()
    assert call("patch", path, {"name": "n"}).json()["effects"] == ["delist"]
    assert call("patch", path, {"effects": []}).json() == call("get", path).json() | {"name": "n", "effects": []}
    assert call("post", f"{path}/rotate").json()["secret"] != one["secret"]
    assert call("post", f"{path}/pause").json()["active"] is False
    issued()
    assert call("post", f"{path}/resume").json() == {"queued": 1}
    assert call("post", f"{path}/replay", {"after": 0}).json() == {"queued": 1}
    sent = call("get", f"{path}/dispatches").json()["dispatches"]
    assert [d["run"] for d in sent] == [1, 0]
    assert call("post", f"{path}/dispatches/{sent[0]['id']}/resend").json()["state"] == "waiting"
    assert call("get", f"{path}/dispatches?state=done").json() == {"dispatches": []}
    check_problem(call("post", f"{path}/replay", {"after": 5, "until": 1}), 409, "cursor_not_valid")
    assert len(call("get", "/subscriptions").json()["subscriptions"]) == 1
    assert call("delete", path).status_code == 204
    assert not Subscription.objects.exists()


def test_anothers_subscription_is_not_there(call):
    one = call("post", "/subscriptions", {"name": "m", "url": "https://hooks.example.com/in"}).json()
    path = f"/subscriptions/{one['id']}"
    for method, way, body in (
        ("get", path, None),
        ("patch", path, {"name": "x"}),
        ("delete", path, None),
        ("post", f"{path}/rotate", None),
        ("post", f"{path}/replay", {"after": 0}),
        ("get", f"{path}/dispatches", None),
    ):
        check_problem(call(method, way, body, token="other"), 404, "subscription_unknown")
    assert call("get", "/subscriptions", token="other").json() == {"subscriptions": []}
    assert Subscription.objects.get().name == "m"


def test_a_merchant_sees_its_own_only(call):
    own, foreign = issued(Subject(Kind.MERCHANT, "M1")), issued(Subject(Kind.MERCHANT, "M2"))
    assert call("get", "/standing/merchant/M1", token="merchant").json()["state"] == "restricted"
    assert call("get", f"/decisions/{own.id}", token="merchant").status_code == 200
    check_problem(call("get", "/standing/merchant/M2", token="merchant"), 404, "subject_unknown")
    check_problem(call("get", f"/decisions/{foreign.id}", token="merchant"), 404, "subject_unknown")
    check_problem(call("post", "/standings", {"subjects": ["merchant:M2"]}, token="merchant"), 404, "subject_unknown")
    check_problem(call("get", "/decisions", token="merchant"), 403, "not_permitted")
    check_problem(call("get", "/subscriptions", token="merchant"), 403, "not_permitted")


@pytest.mark.parametrize("token", ["", "bad"])
def test_without_a_token(call, token):
    response = call("get", "/decisions", token=token)
    check_problem(response, 401, "token_missing")
    assert response["WWW-Authenticate"].startswith("Bearer")


def test_a_real_token_opens_what_its_scopes_say(client, monkeypatch):
    from pinzhi.people import tokens

    monkeypatch.setattr(access, "holder", HOLDER)
    row, secret = tokens.make(Actor.system("test"), name="t", scopes=["standing:read"])
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/v1/standing/listing/L1", headers=headers).status_code == 200
    check_problem(client.get("/api/v1/decisions", headers=headers), 403, "scope_missing")
    tokens.revoke(Actor.system("test"), row.prefix)
    check_problem(client.get("/api/v1/standing/listing/L1", headers=headers), 401, "token_missing")


def test_every_scope_of_the_door_is_a_scope_of_the_house():
    from pinzhi.people.roles import SCOPES

    assert set(Scope) <= set(SCOPES)


def test_without_the_scope(call):
    assert call("get", "/standing/listing/L1", token="narrow").status_code == 200
    told = check_problem(call("get", "/decisions", token="narrow"), 403, "scope_missing")
    assert "decisions:read" in told["reason"]


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "code"),
    [
        ("get", "/nothing/here", None, 404, "not_found"),
        ("put", "/decisions", {}, 405, "method_not_allowed"),
        ("get", "/standing/planet/L1", None, 422, "request_invalid"),
        ("get", "/decisions?limit=0", None, 422, "request_invalid"),
        ("get", "/decisions?afer=1", None, 422, "request_invalid"),
        ("get", "/decisions?after=-1", None, 422, "request_invalid"),
        ("get", f"/decisions?after={2**63}", None, 422, "request_invalid"),
        ("post", "/standings", "{", 400, "request_unreadable"),
        ("post", "/standings", b"\xff\xfe", 400, "request_unreadable"),
        ("post", "/standings", {"subjects": []}, 422, "request_invalid"),
        ("post", "/standings", {"subjects": ["listing:a\u0000"]}, 422, "request_invalid"),
        ("post", "/subscriptions", {"name": "x", "url": "https://e.com/", "more": 1}, 422, "request_invalid"),
        ("post", "/subscriptions", {"name": " ", "url": "https://e.com/"}, 422, "request_invalid"),
        ("post", "/subscriptions", {"name": "x", "url": "http://10.0.0.1/"}, 409, "webhook_address_refused"),
        ("get", "/policies/nowhere", None, 404, "station_unknown"),
        ("get", "/policies/decisions?version=x", None, 404, "policy_version_unknown"),
    ],
)
def test_every_error_is_a_problem_document(call, method, path, body, status, code):
    check_problem(call(method, path, body), status, code)


def test_the_field_that_is_wrong_is_named(call):
    told = check_problem(
        call("post", "/subscriptions", {"name": "x", "url": "https://e.com/", "effects": ["delist", "destroy"]}),
        422,
        "request_invalid",
    )
    assert told["field"] == "effects.1"
    assert told["errors"][0]["field"] == "effects.1"
    assert call("put", "/decisions", {})["Allow"] == "GET"


def test_a_defect_is_a_problem_document_without_a_traceback(call, monkeypatch, caplog):
    def broken(*_, **__):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr("pinzhi.decisions.queries.steps", broken)
    response = call("get", "/decisions")
    check_problem(response, 500, "internal_error")
    assert b"secret detail" not in response.content


def test_policies_are_readable(call):
    found = call("get", "/policies/decisions").json()
    assert "[appeal]" in found["text"]
    assert call("get", f"/policies/decisions?version={found['version'].replace('#', '%23')}").json() == found
    assert call("get", "/policies/decisions/versions").json() == {"packaged": found["version"], "versions": []}


def test_health(client, monkeypatch):
    assert client.get("/healthz").json()["status"] == "ok"
    assert client.get("/readyz").json() == {"status": "ready", "database": "ok", "schema": "ok"}

    def silent(_):
        raise DatabaseError

    monkeypatch.setattr(health, "MigrationExecutor", silent)
    assert client.get("/readyz").status_code == 503


def test_metrics_tell_what_waits(client, monkeypatch):
    issued()
    text = client.get("/metrics").content.decode()
    assert "pinzhi_decisions 1.0" in text
    assert 'pinzhi_outbox_deliveries{state="waiting"} 1.0' in text
    assert "pinzhi_outbox_lag_seconds" in text
    assert 'pinzhi_webhook_dispatches{state="dead"} 0.0' in text
    monkeypatch.setenv("PINZHI_METRICS_TOKEN", "s3cret")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"Authorization": "Bearer s3cret"}).status_code == 200


def test_webhook_lag_counts_from_when_it_was_due(client, call):
    call("post", "/subscriptions", {"name": "m", "url": "https://hooks.example.com/in"})
    issued()
    from pinzhi.engine import outbox

    outbox.drain()
    assert webhooks.counts()["waiting"] == 1
    line = next(x for x in client.get("/metrics").content.decode().splitlines() if x.startswith("pinzhi_webhook_lag_s"))
    assert float(line.split()[1]) > timedelta(days=1).total_seconds()
