"""Complaints over the interface: sent twice they are one, a merchant's token never speaks for a buyer, and what is wrong is said by code."""

from datetime import datetime

import pytest

from pinzhi.casework import actions as casework
from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.life.complaints import keys
from pinzhi.life.complaints.models import Complaint, Offence
from pinzhi.life.complaints.tests.buyers import market, person
from pinzhi.life.complaints.tests.matters import LATER, approve, carried, case, many, planned, sold
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db
ORDER = {
    "order_id": "O1",
    "listing_id": "L1",
    "batch_id": "B1",
    "buyer_id": "b1",
    "price": "128.00",
    "paid_at": "2026-11-18T10:00:00+08:00",
    "received_on": "2026-11-20",
}
BOTH = ("complaints:read", "complaints:write")


@pytest.fixture(autouse=True)
def shops(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"
    market()


@pytest.fixture
def agent():
    return person("ada", Role.COMPLAINT_AGENT)


def sent(call, secret, **more):  # noqa: F811
    return call(
        "post",
        "/complaints",
        secret,
        {"reference": "A-1", "words": "用了两天就不加热了", "kind": "Q1", "order": ORDER, **more},
    )


def test_sent_twice_it_is_one_and_other_content_under_its_number_is_refused(call):  # noqa: F811
    secret = token(*BOTH)
    first, second = sent(call, secret), sent(call, secret)
    assert (first.status_code, second.status_code, Complaint.objects.count()) == (201, 200, 1)
    told = first.json()
    assert (told["state"], told["kinds"][0], told["severity"], told["next_clock"], told["advice"]) == (
        "awaiting_merchant",
        "Q1",
        3,
        "merchant_answer",
        None,
    )
    assert (second.json()["key"], second.json()["fresh"]) == (told["key"], False)
    assert keys.opens(told["complaint"], told["key"])
    no = sent(call, secret, words="别的事")
    assert (no.status_code, no.json()["code"]) == (409, "reference_taken")


def test_hazard_brings_advice_at_once(call):  # noqa: F811
    told = sent(call, token(*BOTH), reference="A-2", words="刚插上就起火了", kind="").json()
    assert (told["severity"], told["state"], "先就医" in told["advice"]["zh"]) == (1, "with_house", True)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({"words": "", "kind": ""}, 409, "words_missing"),
        ({"kind": "ZZ"}, 409, "kind_unknown"),
        ({"words": "x" * 5001}, 409, "text_too_long"),
        ({"words": "x" * 20_001}, 422, "request_invalid"),
        ({"order": ORDER | {"received_on": "2199-01-01"}}, 409, "day_in_future"),
        ({"order": ORDER | {"price": "12,5"}}, 422, "request_invalid"),
        ({"order": ORDER | {"order_id": ""}}, 422, "request_invalid"),
        ({"colour": "red"}, 422, "request_invalid"),
    ],
)
def test_what_is_wrong_is_said_by_code_and_nothing_is_kept(call, body, status, code):  # noqa: F811
    answer = sent(call, token(*BOTH), **body)
    assert (answer.status_code, answer.json()["code"], Complaint.objects.count()) == (status, code, 0)


def test_the_whole_way_from_offer_to_payment(call):  # noqa: F811
    house, shop = token(*BOTH), token(*BOTH, merchant="M1")
    id_ = sent(call, house).json()["complaint"]
    answer = call(
        "post",
        f"/complaints/{id_}/steps",
        shop,
        {"do": "offer", "words": "退", "remedies": [{"kind": "refund", "amount": "128.00"}]},
    )
    assert (answer.json()["state"], answer.json()["offer"]["n"]) == ("proposed", 2)
    for verb in ("accept", "withdraw", "say"):  # a shop never speaks for a buyer; «say» is its own
        said = call("post", f"/complaints/{id_}/steps", shop, {"do": verb, "offer": 2, "words": "x"})
        assert said.status_code == (200 if verb == "say" else 409), said.json()
    assert Complaint.objects.get().state == "proposed"
    assert call("post", f"/complaints/{id_}/steps", house, {"do": "accept", "offer": 2}).json()["amount"] == "128.00"
    done = call("post", f"/complaints/{id_}/steps", house, {"do": "fulfil", "which": 0, "proof": "wx-1"}).json()
    assert (done["state"], done["paid"], done["owed"][0]["proof"]) == ("closed", "128.00", "wx-1")
    again = call("post", f"/complaints/{id_}/steps", house, {"do": "fulfil", "which": 0, "proof": "wx-1"})
    assert (again.status_code, again.json()["code"]) == (409, "nothing_owed")


def test_a_merchant_sees_its_own_and_complains_for_nobody(call):  # noqa: F811
    id_ = sent(call, token(*BOTH)).json()["complaint"]
    other = token(*BOTH, merchant="M2")
    assert call("get", "/complaints", other).json()["total"] == 0
    assert call("get", f"/complaints/{id_}", other).status_code == 404
    assert call("post", f"/complaints/{id_}/steps", other, {"do": "say", "words": "x"}).status_code == 404
    no = sent(call, other, reference="B")
    assert (no.status_code, no.json()["code"]) == (403, "not_permitted")
    assert call("post", "/complaints/orders", other, ORDER).status_code == 403
    shown = call("get", f"/complaints/{id_}", token("complaints:read", merchant="M1")).json()
    assert ("contact" in shown, shown["log"][0]["words"]) == (False, "用了两天就不加热了")


def test_the_list_filters_and_pages(call):  # noqa: F811
    secret = token(*BOTH)
    for i in range(3):
        sent(call, secret, reference=f"R{i}", order=ORDER | {"order_id": f"O{i}"})
    page = call("get", "/complaints?limit=2", secret).json()
    assert (page["total"], len(page["complaints"])) == (3, 2)
    older = call(
        "get",
        f"/complaints?limit=2&before={datetime.fromisoformat(page['complaints'][-1]['opened_at']).isoformat().replace('+', '%2B')}",
        secret,
    ).json()
    assert len(older["complaints"]) == 1
    assert call("get", "/complaints?state=closed", secret).json()["total"] == 0
    assert call("get", "/complaints?order_id=O1", secret).json()["total"] == 1
    assert call("get", "/complaints?state=nothing", secret).status_code == 422


def test_an_order_token_opens_the_form_and_an_offence_runs_apart(call, client):  # noqa: F811
    secret = token(*BOTH)
    made = call("post", "/complaints/orders", secret, ORDER | {"goods": "电热水壶"}).json()
    assert "电热水壶" in client.get(made["address"]).content.decode()
    told = sent(call, secret, reference="X", offence=True, words="没有厂名厂址").json()
    assert (told["offence"], Complaint.objects.count(), Offence.objects.get().receipt) == (True, 0, told["receipt"])


def test_scopes_hold(call):  # noqa: F811
    assert sent(call, token("complaints:read")).status_code == 403
    assert call("get", "/complaints", token("tracing:read")).status_code == 403


def test_what_the_house_took_up_is_told_to_the_marketplace_alone_each_once(call, agent):  # noqa: F811
    sent(call, token(*BOTH))  # one that complained is not among them
    many(("10.00",) * 5, start=10)
    sold(*[("sale", f"P{n}", "20.00") for n in range(5)])
    planned(agent, orders=True)
    approve(agent)
    seen = case()
    casework.confirm(seen.id, person("may", Role.MANAGER), seen=seen.seen, now=LATER)
    carried()  # all of them in one run, so that all have one moment
    told, after, more = [], 0, True
    while more:
        page = call("get", f"/complaints/taken-up?limit=2&after={after}", token(*BOTH)).json()
        told, after, more = [*told, *page["orders"]], page["cursor"], page["more"]
    assert [o["order_id"] for o in told] == [f"P{n}" for n in range(5)]
    assert len({o["opened_at"] for o in told}) == 1
    one = told[0]
    assert (one["state"], one["amount"], keys.opens(one["complaint"], one["key"])) == ("fulfilling", "20.00", True)
    assert one["words"].startswith("您没有投诉")
    assert (one["receipt"] in one["address"], one["key"] in one["address"]) == (True, False)
    last = call("get", f"/complaints/taken-up?after={after}", token(*BOTH)).json()
    assert last == {"orders": [], "cursor": after, "more": False}
    no = call("get", "/complaints/taken-up", token(*BOTH, merchant="M1"))
    assert (no.status_code, no.json()["code"]) == (403, "not_permitted")
    assert call("get", "/complaints/taken-up", token("complaints:read")).status_code == 403
