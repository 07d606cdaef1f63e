"""Which share of what was sold can be traced: exact figures over a few sales."""

from datetime import UTC, date, datetime

import pyarrow as pa
import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.engine.aggregates import tallied
from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, document, made, seen, unit
from pinzhi.people.roles import Actor
from pinzhi.reading import coverage

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")


def sale(number, batch, units, day=20, merchant="M1", listing="L1"):
    given = {"event_id": f"s{number}", "kind": "sale", "at": datetime(2026, 11, day, tzinfo=UTC)}
    given |= {"listing_id": listing, "merchant_id": merchant, "category": "服装", "batch_id": batch, "quantity": units}
    return dict.fromkeys(EVENT_SCHEMA.names) | given


def test_sold_pieces_step_by_step(tmp_path):
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    listings = [ListingEntry("L1", "M1", category="服装", gtin=GTIN), ListingEntry("L2", "M2", category="服装")]
    catalogue.register_entries(Kind.LISTING, listings, HOUSE)
    full = {"produced_on": date(2026, 11, 1), "quantity": 2, "factory": "一号厂", "report_no": "R1"}
    batches = [BatchEntry("B1", "M1", listing_id="L1", **full), BatchEntry("B2", "M1", listing_id="L1")]
    catalogue.register_entries(Kind.BATCH, batches, HOUSE)
    told = document(made(1, [unit("A1"), unit("A2")], "B1"), seen(2, [unit("A1")], "shipping", FACTORY))
    capture.capture(told, HOUSE, now=datetime(2026, 11, 20, tzinfo=UTC))
    store = EventStore(tmp_path)
    rows = [sale(1, "B1", 4), sale(2, "B2", 3), sale(3, "B9", 2), sale(4, None, 1)]
    rows.append(sale(5, None, 5, day=1, merchant="M2", listing="L2"))
    store.append(pa.Table.from_pylist(rows, schema=EVENT_SCHEMA), source="t")
    found = coverage._of(tallied(store.dense()))
    whole = found.whole
    assert (whole.sold, whole.named, whole.registered, whole.complete) == (15, 9, 7, 4)
    assert whole.share("complete") == 4 / 15
    assert [(m, s.sold, s.complete) for m, s in found.merchants] == [("M1", 10, 4), ("M2", 5, 0)]
    assert [(m, s.sold) for m, s in found.months] == [("2026-11", 15)]
    assert dict(found.missing) == dict.fromkeys(
        ("codes", "factory", "made", "moved", "produced", "quantity", "report"), 3
    )
    assert found.last == date(2026, 11, 20)
