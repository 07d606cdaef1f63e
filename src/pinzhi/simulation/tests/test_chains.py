"""The tracing of the simulated market: valid documents, histories without a future, gaps where they are meant."""

import json
from datetime import UTC, date, datetime, timedelta

import pytest

from pinzhi.catalogue.numbers import gtin_fault
from pinzhi.simulation import chains
from pinzhi.simulation.chains import CARTON, Pallet, Traced
from pinzhi.simulation.history import simulate

NOW = datetime(2026, 6, 1, tzinfo=UTC)
ROW = {
    "batch_id": "B00007-03", "merchant_id": "M0002", "listing_id": "L00007", "produced_on": "2026-03-01", "quantity": 60, "gtin": chains.gtin(7),
}  # fmt: skip
CODES = [f"C{n:019d}" for n in range(60)]


@pytest.fixture(scope="module")
def world():
    return simulate(seed=7, first_day=date(2025, 11, 25), days=300, merchants=30, listings=150, sales_per_day=60)


def batch(left_out="", *, cold=False, frozen=False):
    return Traced(ROW, left_out, cold, frozen)


def steps(events):
    return [e["bizStep"] for e in events]


def test_numbers_are_of_the_demonstration_prefix_and_their_check_digits_fit():
    assert chains.gtin(7) == "9521000000070"
    assert all(gtin_fault(chains.gtin(n)) is None for n in range(1, 200))
    assert chains.place(1, 7).endswith("/414/9521000000070")
    assert len({chains.logistic(n) for n in range(1000)}) == 1000


def test_merchants_begin_one_after_the_other_and_a_third_not_at_all(world):
    known = chains.traced(world)
    assert {int(k.row["merchant_id"][1:]) % 3 for k in known.values()} <= {0, 1, 2}
    story = {i.entity_id for i in world.incidents}
    silent = [k for k in known.values() if int(k.row["merchant_id"][1:]) % 3 == 2 and k.row["merchant_id"] != "M0001"]
    owners = {r["merchant_id"] for r in world.batches if {r["batch_id"], r["listing_id"]} & story}
    assert {k.row["merchant_id"] for k in silent} <= owners
    assert {k.left_out for k in known.values()} == set(chains.LEFT_OUT)
    assert min(k.made for k in known.values()) >= world.first_day + timedelta(days=145)
    assert all(("report_no" in k.row) == (k.left_out != "report") for k in known.values())
    assert all(("quarantine_no" in k.row) == k.cold for k in known.values())
    assert chains.traced(world) == known


def test_a_batch_that_is_counted_tells_made_shipped_received_and_sold_by_month():
    sales = [(datetime(2026, 3, 20, n, tzinfo=UTC), "a") for n in range(5)] + [(datetime(2026, 4, 2, tzinfo=UTC), "b")]
    events = chains.quantities(batch(), sales, NOW)
    assert steps(events) == ["creating_class_instance", "shipping", "receiving", "retail_selling", "retail_selling"]
    assert [e["quantityList"][0]["quantity"] for e in events] == [60, 60, 60, 5, 1]
    assert steps(chains.quantities(batch("way"), sales, NOW)) == ["creating_class_instance"]


def test_nothing_lies_in_the_future():
    early = datetime(2026, 3, 7, 10, tzinfo=UTC)
    assert steps(chains.quantities(batch(), [(NOW, "a")], early)) == ["creating_class_instance", "shipping"]


def test_pieces_are_packed_carried_sold_and_come_back():
    day = date(2026, 3, 10)
    pallets = [Pallet(0, 48, day, warm_hours=7), Pallet(48, 60, day, lost=True)]
    sales = [(datetime(2026, 3, 15, n, tzinfo=UTC), f"o{n}") for n in range(3)]
    events = chains.pieces(batch(cold=True), CODES, sales, {"o1": datetime(2026, 3, 20, tzinfo=UTC)}, pallets, NOW)
    packed = [e for e in events if e["bizStep"] == "packing"]
    assert sorted(len(e["childEPCs"]) for e in packed) == [1, 2, 12, CARTON, CARTON]
    assert steps(events).count("receiving") == 2  # the pallet that arrived, and the piece that came back
    back = next(e for e in events if e["disposition"] == "returned")
    assert back["epcList"] == [f"https://id.gs1.org/01/0{chains.gtin(7)}/21/{CODES[1]}"]
    sold = next(e for e in events if e["bizStep"] == "retail_selling")
    assert [u.rpartition("/")[2] for u in sold["epcList"]] == CODES[:3]


@pytest.mark.parametrize(
    ("frozen", "warm", "coldest", "warmest"), [(False, 0, 2.7, 3.3), (True, 0, -20.8, -20.2), (False, 7, 2.7, 14.6)]
)
def test_temperatures_of_a_journey(frozen, warm, coldest, warmest):
    pallet = [Pallet(0, 24, date(2026, 3, 10), warm_hours=warm)]
    events = chains.pieces(batch(cold=True, frozen=frozen), CODES, [], {}, pallet, NOW)
    (travel,) = (e for e in events if e["bizStep"] == "transporting")
    values = [r["value"] for r in travel["sensorElementList"][0]["sensorReport"]]
    assert len(values) == 38
    assert (min(values), max(values)) == (coldest, warmest)


def test_documents_are_valid_and_json(world):
    known = chains.traced(world)
    of = next(k for k in known.values() if k.cold)
    events = chains.quantities(of, chains.sold(world, {of.id})[of.id], NOW + timedelta(days=300))
    assert json.loads(json.dumps(chains.document(events)))["epcisBody"]["eventList"] == events
    assert chains.document([])["epcisBody"]["eventList"] == []
