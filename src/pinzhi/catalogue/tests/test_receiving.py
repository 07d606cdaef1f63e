"""Events come in once, with permission, durable, and are spoken of exactly once even after a crash in between."""

from datetime import UTC, datetime

import pyarrow as pa
import pytest

from pinzhi.catalogue.models import Listing
from pinzhi.catalogue.receiving import receive_events
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import EVENT_SCHEMA
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor

BY = Actor.system("test")
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"


def table(*ids):
    base = dict.fromkeys(EVENT_SCHEMA.names)
    rows = [
        base
        | {
            "event_id": i,
            "kind": "sale",
            "at": datetime(2026, 5, 3, 2, tzinfo=UTC),
            "listing_id": "L1",
            "merchant_id": "M1",
            "category": "C",
            "quantity": 1,
        }
        for i in ids
    ]
    return pa.Table.from_pylist(rows, schema=EVENT_SCHEMA)


def said():
    return [
        (r.payload["accepted"], r.payload["duplicate"])
        for r in FactRow.objects.filter(name="EventsAccepted").order_by("seq")
    ]


def test_a_batch_is_stored_once_and_said_once():
    first = receive_events(BY, table("a", "b"), source="s", body_sha256="1" * 64)
    again = receive_events(BY, table("a", "b"), source="s", body_sha256="1" * 64)
    more = receive_events(BY, table("b", "c"), source="s", body_sha256="2" * 64)
    assert [(r.accepted, r.duplicate) for r in (first, again, more)] == [(2, 0), (0, 2), (1, 1)]
    assert said() == [(2, 0), (1, 1)]
    assert open_store().count() == 3
    assert Listing.objects.get(pk="L1").seen_only


def test_after_a_crash_between_store_and_fact_the_second_try_says_it():
    open_store().append(table("a"), source="s", body_sha256="1" * 64)
    assert said() == []
    receive_events(BY, table("a"), source="s", body_sha256="1" * 64)
    receive_events(BY, table("a"), source="s", body_sha256="1" * 64)
    assert said() == [(0, 1)]


def test_without_permission_nothing_is_stored_and_it_is_noted():
    with pytest.raises(RefusedError) as no:
        receive_events(Actor("person", "person:trainer"), table("a"), source="s")
    assert no.value.refusal.code == "not_permitted"
    assert open_store().count() == 0
    assert said() == []
    assert AuditLine.objects.get(verb="feeds.import").outcome == "refused"
