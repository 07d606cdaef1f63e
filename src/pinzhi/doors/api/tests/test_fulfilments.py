"""What buyers are owed goes to the marketplace by signed webhook, and comes back as a fulfilment: once, with proof, never for another's complaint."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest

from pinzhi.casework.models import Case
from pinzhi.decisions import sending, subscriptions, webhooks
from pinzhi.decisions.models import Dispatch, Subscription
from pinzhi.decisions.rules.webhooks import SIGNATURE, signature
from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.engine import outbox
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.life.complaints import allowing, consumer, log, merchant, money, upkeep
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Movement
from pinzhi.life.complaints.tests.buyers import SHOP, market, opened
from pinzhi.people import tokens
from pinzhi.people.models import Organisation
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
ADMIN = Actor("person", "person:administrator", roles=frozenset({Role.ADMINISTRATOR}))
WRITE = ("fulfilments:write", "complaints:read")


@pytest.fixture(autouse=True)
def shops():
    market()


@pytest.fixture
def told():
    """A subscription to remedies; what it is sent, in order."""
    got: list[tuple[dict[str, str], bytes]] = []
    row, secret = subscriptions.subscribe(
        ADMIN, name="market", url="https://shop.example.com/in", filters=subscriptions.Filters(topics=("remedies",))
    )

    def post(_url, body, headers, **_):
        got.append((dict(headers), body))
        return sending.Outcome(200)

    def fetch():
        outbox.drain()
        webhooks.drain(post=post)
        return [json.loads(body) for _, body in got]

    fetch.row, fetch.secret, fetch.got = row, secret, got
    return fetch


def agreed(*remedies):
    now = clock.now()
    row = opened(now=now)
    merchant.answer("offer", row.pk, SHOP, words="给您退", remedies=remedies, now=now)
    consumer.do("accept", row.pk, offer=2, now=now)
    return Complaint.objects.get(pk=row.pk)


REFUND = Remedy("return_refund", Decimal("128.00"))


def test_a_refund_that_is_due_is_told_signed_with_everything_that_the_market_needs(told):
    row = agreed(REFUND, Remedy("exchange", words="换新壶盖"))
    first, second = told()
    assert first["event"] == "remedy.due"
    assert first["remedy"] == {
        "complaint_id": row.pk,
        "key": f"{row.pk}:3.0",
        "kind": "return_refund",
        "amount": "128.00",
        "currency": "CNY",
        "due": (row.since + timedelta(days=7)).isoformat(),
        "payer": "merchant",
        "ground": "accepted",
        "receipt": row.receipt,
        "order_id": "O1",
        "merchant_id": "M1",
    }
    assert (second["remedy"]["key"], second["remedy"]["kind"], second["remedy"]["amount"]) == (
        f"{row.pk}:3.1",
        "exchange",
        "",
    )
    headers, body = told.got[0]
    stamp = int(headers[SIGNATURE].partition(",")[0].removeprefix("t="))
    assert headers[SIGNATURE] == signature([told.secret.encode()], stamp, body)
    assert b"13800000000" not in body


def test_who_asked_for_decisions_is_told_of_no_remedies():
    subscriptions.subscribe(ADMIN, name="old", url="https://shop.example.com/in")
    agreed(REFUND)
    outbox.drain()
    assert Dispatch.objects.count() == 0


def test_a_replay_sends_the_same_events_again(told):
    agreed(REFUND)
    first = told()
    assert subscriptions.replay(ADMIN, Subscription.objects.get(), after=0) == 1
    assert told() == [*first, *first]


def test_what_was_agreed_before_a_pause_and_not_yet_passed_on_is_sent_when_it_is_resumed(told):
    row = agreed(REFUND)  # stored, and nobody has queued it
    subscriptions.pause(ADMIN, Subscription.objects.get())
    assert told() == []
    merchant.fulfil(row.pk, 0, SHOP, proof="P-1", now=clock.now())
    assert told() == []
    subscriptions.resume(ADMIN, Subscription.objects.get())
    assert [e["event"] for e in told()] == ["remedy.due", "remedy.given"]


def test_reported_once_twice_or_wrongly(call, told):  # noqa: F811
    row = agreed(REFUND)
    key = told()[0]["remedy"]["key"]
    path, secret = f"/complaints/{row.pk}/fulfilments", token(*WRITE)
    for body, status, code in (
        ({"key": key, "proof": "  "}, 409, "proof_missing"),
        ({"key": f"{row.pk}:9.0", "proof": "P-1"}, 409, "nothing_owed"),
        ({"key": f"{'0' * 32}:3.0", "proof": "P-1"}, 409, "nothing_owed"),
        ({"key": key, "proof": "P-1", "amount": "127.99"}, 409, "amount_differs"),
        ({"proof": "P-1"}, 422, "request_invalid"),
    ):
        no = call("post", path, secret, body)
        assert (no.status_code, no.json()["code"]) == (status, code)
    assert row.log.count() == 3
    body = {"key": key, "proof": "P-1", "amount": "128.00"}
    answers = [call("post", path, secret, body) for _ in range(3)]
    assert [a.status_code for a in answers] == [201, 200, 200]
    shown = answers[0].json()
    assert (shown["state"], shown["owed"][0]["proof"], shown["owed"][0]["key"]) == ("closed", "P-1", key)
    no = call("post", path, secret, {"key": key, "proof": "P-2"})
    assert (no.status_code, no.json()["code"]) == (409, "given_already")
    assert list(row.log.order_by("n").values_list("verb", flat=True)) == [
        "open",
        "offer",
        "accept",
        "fulfil",
        "complete",
    ]
    assert [e["event"] for e in told()] == ["remedy.due", "remedy.given"]
    assert told()[1]["remedy"]["key"] == key
    assert log.faults(Complaint.objects.get(pk=row.pk)) == []


def test_a_token_without_the_scope_and_another_merchant_report_nothing(call):  # noqa: F811
    row = agreed(REFUND)
    path, body = f"/complaints/{row.pk}/fulfilments", {"key": f"{row.pk}:3.0", "proof": "P-1"}
    assert call("post", path, token("complaints:read"), body).status_code == 403
    assert call("post", path, token("complaints:write"), body).status_code == 403
    assert call("post", path, token(*WRITE, merchant="M2"), body).status_code == 404
    assert row.log.count() == 3
    assert call("post", path, token(*WRITE, merchant="M1"), body).status_code == 201


def test_remedies_are_told_to_those_only_who_may_read_complaints(call):  # noqa: F811
    body = {"name": "m", "url": "https://hooks.example.com/in", "topics": ["remedies"]}
    no = call("post", "/subscriptions", token("webhooks:write"), body)
    assert (no.status_code, no.json()["code"], Subscription.objects.count()) == (403, "scope_missing", 0)
    yes = call("post", "/subscriptions", token("webhooks:write", "complaints:read"), body)
    assert (yes.status_code, yes.json()["topics"]) == (201, ["remedies"])
    plain = token("webhooks:write")
    made = call("post", "/subscriptions", plain, body | {"topics": []}).json()
    assert made["topics"] == ["decisions"]
    no = call("patch", f"/subscriptions/{made['id']}", plain, {"topics": ["remedies"]})
    assert no.status_code in (403, 404)
    assert Subscription.objects.get(pk=made["id"]).topics == []


def test_what_buyers_are_owed_is_not_led_elsewhere_by_a_token_that_may_not_read_it(call):  # noqa: F811
    body = {"name": "m", "url": "https://hooks.example.com/in", "topics": ["remedies"]}
    market = Organisation.objects.create(name="market", kind="client")
    full, plain = (
        tokens.make(Actor.system("test"), name="t", scopes=scopes, organisation=market)[1]
        for scopes in (("webhooks:write", "complaints:read"), ("webhooks:write",))
    )
    made = call("post", "/subscriptions", full, body).json()
    no = call("patch", f"/subscriptions/{made['id']}", plain, {"url": "https://other.example.com/in"})
    assert (no.status_code, no.json()["code"]) == (403, "scope_missing")
    assert Subscription.objects.get().url == body["url"]
    assert call("patch", f"/subscriptions/{made['id']}", full, {"url": "https://b.example.com/in"}).status_code == 200


def test_what_the_fund_promised_is_booked_when_the_market_reports_it_and_is_no_merchants_to_give(
    call,  # noqa: F811
    told,
    monkeypatch,
):
    real = policy_in_force()
    with_fund = replace(real, fast=replace(real.fast, fund_pays=True))
    monkeypatch.setattr("pinzhi.life.complaints.fast.policy_in_force", lambda *_: with_fund)
    manager = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
    money.fund_in("100.00", "BANK-1", manager)
    row = opened(now=clock.now(), vouched=True, wish="refund", price=Decimal("60.00"))
    due = told()[0]["remedy"]
    assert (due["payer"], due["ground"], due["amount"]) == ("fund", "fast", "60.00")
    assert due["due"] == (row.since + timedelta(hours=24)).isoformat()
    path, body = f"/complaints/{row.pk}/fulfilments", {"key": due["key"], "proof": "P-1"}
    no = call("post", path, token(*WRITE, merchant="M1"), body)
    assert (no.status_code, no.json()["code"], Movement.objects.count()) == (409, "fund_pays", 1)
    secret = token(*WRITE)
    assert [call("post", path, secret, body).status_code for _ in range(2)] == [201, 200]
    assert {b.account: str(b.amount) for b in money.balances()} == {
        "buyers": "60.00",
        "fund": "40.00",
        "platform": "-100.00",
    }
    assert (Complaint.objects.get().state, Movement.objects.count(), money.faults()) == ("closed", 2, [])


def test_what_is_overdue_is_withdrawn_stands_on_the_desk_and_in_the_merchants_file(call, told):  # noqa: F811
    allowing.allow("200.00", "900.00", SHOP)
    row = agreed(REFUND)
    late = clock.now() + timedelta(days=8)
    upkeep.tick(late)
    row.refresh_from_db()
    assert (row.state, row.broken, Case.objects.get(pk=row.case_id).desk) == ("with_house", 1, "complaints")
    broken = FactRow.objects.get(name="PromiseBroken")
    assert (broken.subject_kind, broken.subject_id, broken.payload["clock"]) == ("merchant", "M1", "fulfilment")
    with clock.frozen_at(late):
        at_last = told()
    assert [(e["event"], e["remedy"].get("why")) for e in at_last] == [
        ("remedy.due", None),
        ("remedy.withdrawn", "overdue"),
    ]
    no = call("post", f"/complaints/{row.pk}/fulfilments", token(*WRITE), {"key": f"{row.pk}:3.0", "proof": "P-1"})
    assert (no.status_code, no.json()["code"]) == (409, "nothing_owed")
