"""Submitting over the interface: verdicts as files get them, nothing stored by a dry run, and nobody else's goods."""

import time

import pytest

from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.engine.models import FactRow
from pinzhi.life.admission import reading, shipped
from pinzhi.life.admission.models import Appeal, Submission
from pinzhi.life.admission.rules.verdict import screen
from pinzhi.life.admission.tests.goods import ABSOLUTE, CLEAN, COUNTERFEIT, DOUBTFUL

pytestmark = pytest.mark.django_db


def body(title=CLEAN, **more):
    given = {
        "id": "L1",
        "merchant_id": "M1",
        "category": "服装/T恤",
        "title": title,
        "attributes": {"材质": "棉100%"},
        "price": "59.00",
        "documents": [{"kind": "ccc", "number": "2026010101000001", "fields": {"valid_to": "2999-01-01"}}],
        "deal_prices": [{"at": "2026-11-01T09:00:00+08:00", "price": "59.00"}],
    }
    return given | more


@pytest.mark.parametrize(
    ("title", "state", "outcome"),
    [
        (CLEAN, "passed", "pass"),
        (ABSOLUTE, "refused", "reject"),
        (DOUBTFUL, "pending", "manual"),
    ],
)
def test_an_answer_says_how_it_stands_and_can_be_read_again(call, title, state, outcome):  # noqa: F811
    secret = token("listings:write")
    said = call("post", "/listings", secret, body(title)).json()
    assert (said["state"], said["verdict"]["outcome"], said["fresh"]) == (state, outcome, True)
    again = call("get", f"/listings/{said['submission']}", secret).json()
    assert again == said | {"fresh": False}
    assert call("post", "/listings", secret, body(title)).json() == again


def test_a_dry_run_says_what_the_command_says_and_stores_nothing(call):  # noqa: F811
    secret = token("listings:write")
    begun = time.perf_counter()
    said = call("post", "/listings/dry-run", secret, body(ABSOLUTE)).json()
    assert time.perf_counter() - begun < 3
    listing = reading.listing(body(ABSOLUTE))
    from pinzhi.kernel import clock

    by_command = reading.row(screen(listing, shipped.ruleset(), clock.today()))
    for finding in said["findings"]:
        finding.pop("box")
    assert said == by_command
    assert said["findings"][0]["text"] == "全网第一品牌"
    assert not Submission.objects.exists()
    assert not FactRow.objects.exists()


def test_a_correction_shows_what_changed(call):  # noqa: F811
    secret = token("listings:write")
    first = call("post", "/listings", secret, body(ABSOLUTE)).json()
    second = call("post", "/listings", secret, body(CLEAN)).json()
    assert second["previous"] == first["submission"]
    assert second["changes"] == [{"path": "title", "before": ABSOLUTE, "after": CLEAN}]
    assert second["state"] == "passed"


def test_a_merchants_token_is_held_to_its_own(call):  # noqa: F811
    own, other = token("listings:write", merchant="M1"), token("listings:write", merchant="M2")
    for path in ("/listings", "/listings/dry-run"):
        answer = call("post", path, other, body())
        assert (answer.status_code, answer.json()["code"]) == (404, "listing_unknown")
    assert not Submission.objects.exists()
    said = call("post", "/listings", own, body(COUNTERFEIT)).json()
    assert call("get", f"/listings/{said['submission']}", other).status_code == 404
    assert call("post", f"/listings/{said['submission']}/appeal", other, {"words": "不服"}).status_code == 404
    assert call("post", "/listings", other, body(merchant_id="M2")).status_code == 404
    assert not Appeal.objects.exists()


def test_a_refusal_is_appealed_against_once(call):  # noqa: F811
    secret = token("listings:write", merchant="M1")
    said = call("post", "/listings", secret, body(COUNTERFEIT)).json()
    assert said["severe"] == ["T20"]
    path = f"/listings/{said['submission']}/appeal"
    made = call("post", path, secret, {"words": "仿真花的行业通称"})
    assert (made.status_code, made.json()["decision_id"]) == (200, said["decision_id"])
    again = call("post", path, secret, {"words": "再次申诉"})
    assert (again.status_code, again.json()["code"]) == (409, "appealed_already")
    assert Appeal.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"title": "   "}, "title"),
        ({"title": "字" * 2001}, "title"),
        ({"price": "-5.00"}, "price"),
        ({"price": 59.9}, "price"),
        ({"category": ""}, "category"),
        ({"colour": "red"}, "colour"),
        ({"documents": [{"number": "1"}]}, "documents.0.kind"),
        ({"deal_prices": [{"at": "2026-11-01T09:00:00", "price": "1.00"}]}, "deal_prices.0.at"),
    ],
)
def test_bad_input_is_refused_by_field_and_leaves_nothing(call, wrong, field):  # noqa: F811
    answer = call("post", "/listings", token("listings:write"), body(**wrong))
    assert (answer.status_code, answer.json()["code"]) == (422, "request_invalid")
    assert answer.json()["errors"][0]["field"] == field
    assert not Submission.objects.exists()
