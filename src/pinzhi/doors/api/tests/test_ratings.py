"""Ratings over the interface: what the house computed, with its reasons, and nobody else's."""

from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.doors.api.tests.test_with_tokens import call, token  # noqa: F401 - a fixture
from pinzhi.life.rating import actions
from pinzhi.life.rating.models import RatingRow
from pinzhi.life.rating.stored import day_of
from pinzhi.life.rating.tests.builders import turning
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def rated(db):
    tallies = turning()
    for day in (110, 174, 190):
        moment = datetime.combine(day_of(day), datetime.min.time(), UTC) + timedelta(hours=12)
        actions.recompute(Actor.rule("rating/test"), tallies, as_of=day_of(day), now=moment)
    return RatingRow.objects.get(subject_kind="listing", subject_id="L0")


def test_the_list_is_worst_first_and_can_be_narrowed(rated, call):  # noqa: F811
    secret = token("ratings:read")
    found = call("get", "/ratings", secret).json()
    assert found["total"] == RatingRow.objects.filter(subject_kind="listing").count() == len(found["ratings"])
    first = found["ratings"][0]
    assert (first["subject"], first["state"]) == ({"kind": "listing", "id": "L0"}, "restricted")
    assert (first["mean"], first["low"], first["high"]) == (rated.mean, rated.low, rated.high)
    assert call("get", "/ratings?state=restricted", secret).json()["total"] == 1
    assert [r["subject"]["id"] for r in call("get", "/ratings?offset=1&limit=1", secret).json()["ratings"]] == [
        found["ratings"][1]["subject"]["id"]
    ]
    assert {r["subject"]["kind"] for r in call("get", "/ratings?kind=merchant", secret).json()["ratings"]} == {
        "merchant"
    }
    assert call("get", "/ratings?state=angry", secret).status_code == 422


def test_one_rating_says_why_and_what_would_raise_it(rated, call):  # noqa: F811
    one = call("get", "/ratings/listing/L0", token("ratings:read")).json()
    assert sum(b["points"] for b in one["bars"]) == sum(b["points"] for b in rated.bars)
    assert abs(sum(b["points"] for b in one["bars"]) - round(10_000 * rated.mean)) <= 1
    assert [r["zh"] for r in one["reasons"]] == [r["zh"] for r in rated.reasons]
    assert one["way_up"]["orders_to_leave_restriction"] > 0
    assert [p["state"] for p in one["course"]][-1] == "restricted"
    assert [p["as_of"] for p in one["course"]] == sorted(p["as_of"] for p in one["course"])


def test_a_merchant_sees_its_own(rated, call):  # noqa: F811
    mine, other = token("ratings:read", merchant=rated.merchant_id), token("ratings:read", merchant="nobody")
    assert {r["merchant_id"] for r in call("get", "/ratings", mine).json()["ratings"]} == {rated.merchant_id}
    assert [r["subject"]["id"] for r in call("get", "/ratings?kind=merchant", mine).json()["ratings"]] == [
        rated.merchant_id
    ]
    assert call("get", "/ratings/listing/L0", mine).status_code == 200
    assert call("get", f"/ratings/merchant/{rated.merchant_id}", mine).status_code == 200
    assert call("get", "/ratings", other).json()["total"] == 0
    refused = call("get", "/ratings/listing/L0", other)
    assert (refused.status_code, refused.json()["code"]) == (404, "rating_unknown")
