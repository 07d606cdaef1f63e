"""The simulated marketplace is reproducible, lawful in form, and its planted truth is in the numbers."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pytest

from pinzhi.simulation.contracts import SALE
from pinzhi.simulation.history import COLUMNS, simulate
from pinzhi.simulation.live import live_batch, recent_sales
from pinzhi.simulation.market import uscc

FIRST = date(2025, 11, 25)


@pytest.fixture(scope="module")
def world():
    return simulate(seed=7, first_day=FIRST, days=300, merchants=30, listings=150, sales_per_day=200)


def share(world, stream, listing=None, batch=None, merchant=None, since=None, until=None):
    e = world.events
    chosen = [
        i
        for i in range(len(e["kind"]))
        if (listing is None or e["listing_id"][i] == listing)
        and (batch is None or e["batch_id"][i] == batch)
        and (merchant is None or e["merchant_id"][i] == merchant)
        and (since is None or e["at"][i].date() >= since)
        and (until is None or e["at"][i].date() < until)
    ]
    kinds = [e["kind"][i] for i in chosen]
    return kinds.count(stream) / max(kinds.count("sale"), 1)


def test_the_same_seed_gives_the_same_world_and_another_seed_another():
    small = {"first_day": FIRST, "days": 40, "merchants": 5, "listings": 10, "sales_per_day": 20}
    assert simulate(seed=1, **small).events == simulate(seed=1, **small).events
    assert simulate(seed=1, **small).events != simulate(seed=2, **small).events


def test_events_are_in_time_order_with_unique_ids_and_equal_columns(world):
    e = world.events
    assert set(e) == set(COLUMNS)
    assert len({len(v) for v in e.values()}) == 1
    assert all(a <= b for a, b in zip(e["at"], e["at"][1:], strict=False))
    assert len(set(e["event_id"])) == len(e["event_id"])
    midnight = datetime(2025, 11, 24, 16, tzinfo=UTC)
    assert midnight <= e["at"][0]
    assert e["at"][-1] < midnight + timedelta(days=300)


def test_nothing_comes_before_its_sale(world):
    sold = {}
    for kind, at, order in zip(world.events["kind"], world.events["at"], world.events["order_id"], strict=True):
        if kind == "sale":
            sold[order] = at
        elif order is not None:
            assert sold[order] <= at


def test_sales_are_those_among_the_events_with_what_is_known_of_each(world):
    e, found = world.events, world.sales()
    at = [n for n, kind in enumerate(e["kind"]) if kind == "sale"]
    assert len(found) == len(at)
    for n, sale in zip(at[::97], found[::97], strict=True):
        assert sale == {c: e[c][n] for c in SALE}


def test_the_leaking_batch_returns_several_times_as_often_as_its_listing(world):
    leak = next(i for i in world.incidents if i.name == "leaking_battery")
    listing = "L" + leak.entity_id[1:6]
    assert share(world, "return", batch=leak.entity_id) > 4 * share(world, "return", listing=listing) * 0.6
    assert share(world, "return", batch=leak.entity_id) > 0.08


def test_the_whole_merchant_suffers_from_the_supplier_change(world):
    change = next(i for i in world.incidents if i.name == "supplier_change")
    before = share(world, "return", merchant=change.entity_id, until=change.start)
    after = share(world, "return", merchant=change.entity_id, since=change.start)
    assert after > 1.3 * before


def test_every_shape_is_planted_on_another_merchant(world):
    shapes = {i.shape for i in world.incidents}
    assert shapes == {"abrupt", "ramp", "burst", "common_cause", "bombing", "bulk"}
    assert {i.is_fault for i in world.incidents} == {True, False}


def test_uscc_check_character_is_that_of_gb_32100():
    # A published example: 91350100M000100Y43 (GB 32100-2015, annex).
    assert uscc("91350100M000100Y4") == "91350100M000100Y43"


def test_live_events_are_fresh_and_never_share_an_id(world):
    now = datetime(2026, 9, 21, 9, tzinfo=UTC)
    pool = recent_sales(world, now.date())
    rng = np.random.default_rng(3)
    a, b = live_batch(world, pool, rng, now, 200, 0), live_batch(world, pool, rng, now, 200, 1)
    assert not set(a["event_id"]) & set(b["event_id"])
    assert {"sale", "review"} <= set(a["kind"])
    assert all(now - timedelta(seconds=31) <= t <= now for t in a["at"])
