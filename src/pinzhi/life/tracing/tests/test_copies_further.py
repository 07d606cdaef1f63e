"""Copied codes in the running system: what covered codes and destinations add to the hourly search."""

import json
from datetime import timedelta

import pyarrow as pa
import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture, copies, destinations, giving, scans
from pinzhi.life.tracing.models import CodeMemory, CodeState, PlaceRegion, Scan
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, NOW, SHOP, T0, WAREHOUSE, counted, document, lot
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

HOUSE = Actor.system("test")
MERCHANT = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")


@pytest.fixture(autouse=True)
def issued(tmp_path, settings):
    """Codes of the batch B1 with what is under their covers."""
    settings.CODE_KEYS, settings.EVENT_STORE = tmp_path / "codes", tmp_path / "events"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="食品", gtin=GTIN)], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], HOUSE)
    row = giving.issue("B1", 10, MERCHANT, now=NOW)
    keys = giving.epoch_of(row).keys(GTIN)
    return [
        (c.decode(), codes.second_factor(keys, row.first + n)) for n, c in enumerate(codes.issue(keys, row.first, 10))
    ]


def refused(code, act, *args, **more):
    with pytest.raises(RefusedError) as no:
        act(*args, **more)
    assert no.value.refusal.code == code


def after(hours):
    return NOW + timedelta(hours=hours)


def typed():
    return [(s.covered, s.device, s.region) for s in Scan.objects.exclude(covered="").order_by("pk")]


def test_what_is_typed_is_kept_as_right_right_again_or_wrong_and_is_no_query(issued):
    code, covered = issued[0]
    refused("covered_code_wrong", scans.activate, GTIN, code, "00000000", device="d1", region="武汉", now=NOW)
    scans.activate(GTIN, code, covered, device="d1", region="武汉", now=NOW)
    refused("activated_already", scans.activate, GTIN, code, covered, device="d2", region="成都", now=after(1))
    refused("activated_already", scans.activate, GTIN, code, "00000000", device="d3", now=after(2))
    refused("activated_already", scans.activate, GTIN, code, "00000000", device="d3", now=after(2))
    assert typed() == [("wrong", "d1", "武汉"), ("owned", "d1", "武汉"), ("again", "d2", "成都"), ("wrong", "d3", "")]
    assert CodeState.objects.get().scans == 0
    assert scans.scan(GTIN, code, device="d2", now=after(1)).scans == 1


def test_a_right_code_on_the_day_of_rest_is_not_kept_as_an_activation(issued):
    code, covered = issued[0]
    for n in range(5):
        refused("covered_code_wrong", scans.activate, GTIN, code, "00000000", device=f"d{n}", now=NOW)
    refused("covered_code_rest", scans.activate, GTIN, code, covered, device="d9", now=after(1))
    assert [kind for kind, _, _ in typed()] == ["wrong"] * 5
    assert CodeState.objects.get().activated_at is None


def test_two_more_devices_with_the_same_covered_code_are_found(issued):
    code, covered = issued[0]
    for n, region in enumerate(("武汉", "成都", "沈阳")):
        scans.scan(GTIN, code, device=f"d{n}", region=region, now=after(n))
        if n == 0:
            scans.activate(GTIN, code, covered, device="d0", region=region, now=after(0.1))
        else:
            refused(
                "activated_already", scans.activate, GTIN, code, covered, device=f"d{n}", region=region,
                now=after(n + 0.1),
            )  # fmt: skip
    assert copies.search(HOUSE, now=after(9)) == 1
    state = CodeState.objects.get()
    assert state.copied["activated_again_by_others"] >= 1
    assert "个设备输入了正确的刮刮码" in state.copied["zh"]
    assert not any(mark in json.dumps(state.copied) for mark in ("d0", "d1", "d2"))
    assert copies.search(HOUSE, now=after(10)) == 0


def test_the_owner_who_comes_back_is_one_piece(issued):
    code, covered = issued[0]
    scans.scan(GTIN, code, device="d0", region="武汉", now=after(0))
    scans.activate(GTIN, code, covered, device="d0", region="武汉", now=after(0.1))
    for n in range(1, 6):
        scans.scan(GTIN, code, device="d0", region=f"市{n}", now=after(24 * n))
    assert copies.search(HOUSE, now=after(200)) == 0


def sent(hours, place, number):
    """A hundred pieces of the batch went to a place."""
    return [
        counted(hours, {lot("B1"): 100 + number}, "shipping", FACTORY),
        counted(hours + 5, {lot("B1"): 100 + number}, "receiving", place),
    ]


def shipped():
    made = counted(1, {lot("B1"): 1000}, "commissioning", FACTORY, action="ADD")
    capture.capture(document(made, *sent(10, WAREHOUSE, 1), *sent(20, SHOP, 2)), HOUSE, now=NOW)


def test_the_chain_says_into_which_regions_a_batch_went():
    shipped()
    since = T0 - timedelta(days=1)
    want = [(T0 + timedelta(hours=15), "", False)]
    assert destinations.of_batch(GTIN, "B1", since) == want
    rows = [{"place": WAREHOUSE, "region": "武汉"}, {"place": SHOP.rpartition("/")[2], "region": " 长沙 "}]
    assert destinations.place_regions(enumerate(rows, 1), HOUSE, now=NOW) == (2, [])
    assert [s.region for s in destinations.of_batch(GTIN, "B1", since)] == ["武汉", "长沙"]
    assert destinations.of_batch(GTIN, "nothing", since) == []


def test_goods_that_came_nowhere_are_an_unknown_destination():
    shipped()
    destinations.place_regions(
        enumerate([{"place": WAREHOUSE, "region": "武汉"}, {"place": SHOP, "region": "长沙"}]), HOUSE
    )
    capture.capture(document(counted(30, {lot("B1"): 7}, "shipping", FACTORY)), HOUSE, now=NOW)
    assert [s.region for s in destinations.of_batch(GTIN, "B1", T0)] == ["武汉", "长沙", ""]


def scanned_far_away(code):
    """Four strangers in one region: for a piece that belongs there, it lies open."""
    for n in range(4):
        scans.scan(GTIN, code, device=f"d{n}", region="乌鲁木齐", now=after(30 * n))


@pytest.mark.parametrize("told", [True, False])
def test_a_region_that_nothing_was_shipped_to_speaks_only_where_every_place_has_a_region(issued, told):
    shipped()
    rows = [{"place": WAREHOUSE, "region": "武汉"}, {"place": SHOP, "region": "长沙"}]
    destinations.place_regions(enumerate(rows if told else rows[:1], 1), HOUSE, now=NOW)
    # Some other batch went to the region, so that its name is one that shipments use.
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B9", "M1", listing_id="L1")], HOUSE)
    other = giving.issue("B9", 1, MERCHANT, now=NOW)
    far = "https://id.gs1.org/414/6901234000030"
    destinations.place_regions([(1, {"place": far, "region": "乌鲁木齐"})], HOUSE, now=NOW)
    capture.capture(document(counted(40, {lot("B9"): 5}, "receiving", far)), HOUSE, now=NOW)
    of_other = codes.issue(giving.epoch_of(other).keys(GTIN), other.first, 1)[0].decode()
    scans.scan(GTIN, of_other, device="e", region="乌鲁木齐", now=after(-1))
    scanned_far_away(issued[0][0])
    found = copies.search(HOUSE, now=after(200))
    state = CodeState.objects.get(code=issued[0][0])
    assert found == (1 if told else 0)
    assert bool(state.copied) is told
    if told:
        assert state.copied["never_shipped_to"] == ["乌鲁木齐"]
        assert "1 次扫码来自本批货品从未发往的地区（乌鲁木齐），窜货也可能造成这种情况" in state.copied["zh"]
    assert CodeMemory.objects.count() == 2


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"place": "6901234000031", "region": "武汉"}, "place"),
        ({"place": "武汉仓", "region": "武汉"}, "place"),
        ({"place": WAREHOUSE, "region": " "}, "region"),
        ({"place": WAREHOUSE, "region": "省" * 65}, "region"),
    ],
)
def test_a_bad_row_is_set_aside_and_the_others_are_entered(row, field):
    entered, aside = destinations.place_regions([(1, row), (2, {"place": SHOP, "region": "长沙"})], HOUSE, now=NOW)
    assert (entered, [(r.line, r.field) for r in aside]) == (1, [(1, field)])
    assert list(PlaceRegion.objects.values_list("place", "region")) == [(SHOP, "长沙")]


def test_who_may_not_enter_places_enters_none():
    refused("not_permitted", destinations.place_regions, [(1, {"place": SHOP, "region": "长沙"})], MERCHANT, now=NOW)
    assert not PlaceRegion.objects.exists()


def test_the_last_region_said_of_a_place_counts():
    for region in ("长沙", "株洲"):
        destinations.place_regions([(1, {"place": SHOP, "region": region})], HOUSE, now=NOW)
    assert list(PlaceRegion.objects.values_list("place", "region")) == [(SHOP, "株洲")]


def test_deliveries_of_the_marketplace_are_destinations_and_sales_are_beside_them():
    def row(n, kind, region):
        more = {"listing_id": "L1", "merchant_id": "M1", "category": "食品", "batch_id": "B1", "quantity": 1}
        return {"event_id": f"E{n}", "kind": kind, "at": T0 + timedelta(hours=n), "region": region} | more

    lines = [
        row(1, "sale", "武汉"),
        row(2, "delivery", "武汉"),
        row(3, "delivery", None),
        row(4, "return", "成都"),
        row(5, "sale", "武汉"),
    ]
    open_store().append(pa.Table.from_pylist(lines, schema=EVENT_SCHEMA), source="shop")
    assert [(s.at - T0, s.region, s.sale) for s in destinations.of_batch(GTIN, "B1", T0)] == [
        (timedelta(hours=1), "武汉", True),
        (timedelta(hours=2), "武汉", False),
        (timedelta(hours=3), "", False),
    ]
