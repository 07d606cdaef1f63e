"""What the house knows beside a listing: the merchant's name, the prices of like goods; and that a replay sees nothing that came later."""

import json
import math
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.catalogue.models import Merchant as Registered
from pinzhi.life.admission import actions, queries, surroundings
from pinzhi.life.admission.models import Screening
from pinzhi.life.admission.rules.facts import Merchant
from pinzhi.life.admission.rules.price_groups import Group
from pinzhi.life.admission.rules.verdict import Surroundings
from pinzhi.life.admission.stored import verdict_bytes
from pinzhi.life.admission.tests.goods import COUNTERFEIT, SHOP, T0, at, goods, paper

pytestmark = pytest.mark.django_db

TEE = {"category": "服装/T恤", "brand": "云杉"}
LICENCE = "浙江云杉服饰有限公司"


def registered(name=LICENCE, uscc="91330106MA2CDTX26W"):
    return Registered.objects.update_or_create(
        id="M1", defaults={"name": name, "uscc": uscc, "first_seen": T0, "valid_from": T0}
    )[0]


def test_the_holder_of_a_paper_is_held_against_the_name_of_the_catalogue():
    theirs = paper("brand_authorisation", "A-1", holder="宁波另家服饰有限公司", valid_to="2027-11-01", brand="云杉")
    licence = paper("business_licence", "91330106MA2CDTX26W", holder="宁波另家服饰有限公司")
    one = goods(documents=(theirs, licence), **TEE)
    unknown = actions.dry_run(one, SHOP, now=T0)
    registered()
    known = actions.dry_run(one, SHOP, now=T0)
    said = "".join(f["message_zh"] for f in known.verdict["findings"])
    said += "".join(m["message_zh"] for m in known.verdict["missing"])
    assert LICENCE in said
    assert LICENCE not in str(unknown.verdict)


def test_another_name_of_the_merchant_is_reason_to_judge_the_same_content_again():
    first = actions.submit(goods(), SHOP, now=T0)
    assert not actions.submit(goods(), SHOP, now=at(hours=1)).fresh
    registered()
    assert actions.submit(goods(), SHOP, now=at(hours=2)).fresh
    again = actions.submit(goods(), SHOP, now=at(hours=3))
    assert (again.fresh, again.row.previous_id) == (False, first.row.pk)
    assert again.screening.around["merchant"]["name"] == LICENCE


def priced(price, n, **more):
    return goods(f"云杉 圆领短袖T恤 {n}号色", id=f"P{n}", price=Decimal(price), **TEE, **more)


def test_a_price_far_from_what_is_admitted_goes_to_a_person():
    for n, price in enumerate(("58", "59", "59", "61")):
        assert actions.submit(priced(price, n), SHOP, now=at(minutes=n)).screening.outcome == "pass"
    slip = actions.submit(priced("5900", 9), SHOP, now=at(hours=1)).screening
    assert (slip.outcome, [f["rule"] for f in slip.verdict["findings"] if f["severity"] != "L"]) == ("manual", ["P4"])
    assert slip.around["group"] == {
        "middle": math.log(59),
        "spread": 0.45,
        "members": 4,
        "key": ["服装/T恤", "云杉"],
    }


def test_each_listing_counts_once_in_its_group_and_never_for_itself():
    for n, price in enumerate(("58", "59", "60")):
        actions.submit(priced(price, n), SHOP, now=at(minutes=n))
    later = actions.submit(priced("62", 0), SHOP, now=at(hours=1)).screening
    assert later.around["group"]["members"] == 0  # two others
    new = actions.submit(priced("61", 7), SHOP, now=at(hours=2)).screening
    assert new.around["group"]["members"] == 0  # three listings, four submissions


def test_a_replay_does_not_see_what_came_later():
    """Names, links and prices of today, and later words about the goods that were compared: none of them moves a stored verdict."""
    registered()
    for n, price in enumerate(("58", "59", "59", "61")):
        actions.submit(priced(price, n), SHOP, now=at(minutes=n))
    refused = actions.submit(goods(COUNTERFEIT, id="L8"), SHOP, now=at(hours=1))
    actions.submit(priced("590", 9), SHOP, now=at(hours=2))
    actions.submit(goods(f"{COUNTERFEIT} 白色", id="L9"), SHOP, now=at(hours=2))
    registered(name="别名", uscc="")
    for n in range(10, 15):
        actions.submit(priced("900", n), SHOP, now=at(hours=3, minutes=n))
    empty = {**refused.screening.verdict, "findings": []}
    Screening.objects.create(
        submission=refused.row,
        at=at(hours=4),
        as_of=T0.date(),
        why="paper",
        outcome="pass",
        verdict=empty,
        digest="0" * 64,
        ruleset="",
        policy="",
        around={"merchant": None, "group": None, "sweeps": []},
    )
    held = list(Screening.objects.exclude(digest="0" * 64).select_related("submission"))
    assert len(held) == 12
    assert {bool(s.reference) for s in held} == {True, False}
    for s in held:
        assert queries.replay(s) == verdict_bytes(s.verdict)


@given(
    middle=st.floats(-5, 15), spread=st.floats(0.1, 3), members=st.integers(0, 500), key=st.lists(st.text(max_size=9))
)
def test_surroundings_read_back_as_they_were_written(middle, spread, members, key):
    around = Surroundings(Merchant("M1", LICENCE, "9133"), Group(middle, spread, members, tuple(key)))
    assert surroundings.read(json.loads(json.dumps(surroundings.written(around)))) == around
