import json
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from deltalake import DeltaTable

from pinzhi.engine import aggregates
from pinzhi.engine.embedded.store import EventStore
from pinzhi.engine.intake import EVENT_SCHEMA, twins
from pinzhi.engine.tests import reference
from pinzhi.engine.tests.test_aggregates import days, row
from pinzhi.kernel.refusal import RefusedError

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def batch(*numbers, **more):
    rows = [row(n, "sale", f"L{n % 3}", order_id=f"o{n}", buyer_id=f"b{n % 5}", **more) for n in numbers]
    return pa.Table.from_pylist(rows, schema=pa.schema(list(EVENT_SCHEMA)))


@pytest.fixture
def store(tmp_path):
    return EventStore(tmp_path / "events")


def ids(store, as_of=None):
    return sorted(i for t in store.events(as_of) for i in t.column("event_id").to_pylist())


def test_an_event_is_stored_once_whatever_is_sent_again(store):
    first = store.append(batch(1, 2, 3), source="s", now=NOW)
    assert (first.accepted, first.duplicate, first.refused) == (3, 0, ())
    again = store.append(batch(2, 3, 4), source="s", now=NOW)
    assert (again.accepted, again.duplicate) == (1, 2)
    assert ids(store) == ["e1", "e2", "e3", "e4"]
    other_feed = store.append(batch(1), source="t", now=NOW)
    assert other_feed.accepted == 1
    assert store.count() == 5


def test_the_same_id_with_other_content_is_refused_and_named(store):
    store.append(batch(1, 2), source="s", now=NOW)
    answer = store.append(batch(1, 2, 3, quantity=7), source="s", now=NOW)
    assert (answer.accepted, answer.duplicate) == (1, 0)
    assert [(r.line, r.field, r.code) for r in answer.refused] == [
        (1, "quantity", "event_id_conflict"),
        (2, "quantity", "event_id_conflict"),
    ]
    assert {t["event_id"]: t["quantity"] for x in store.events() for t in x.to_pylist()} == {"e1": 1, "e2": 1, "e3": 7}


def test_what_goes_in_comes_out(store):
    sent = batch(1, 2, score=None, text="好", region="上海", amount=None, batch_id="B")
    store.append(sent, source="s", now=NOW)
    (back,) = store.events()
    assert back.select(EVENT_SCHEMA.names).equals(sent)
    assert back.column("arrived").to_pylist() == [NOW, NOW]


def test_a_batch_with_a_known_body_is_a_duplicate(store, tmp_path):
    assert store.append(batch(1, 2), source="s", body_sha256="abc", now=NOW).accepted == 2
    assert store.append(batch(1, 2), source="s", body_sha256="abc", now=NOW).duplicate == 2
    assert EventStore(tmp_path / "events").append(batch(1, 2), source="s", body_sha256="abc").duplicate == 2


def test_colliding_hashes_lose_nothing(store, monkeypatch):
    honest = twins.hashes
    monkeypatch.setattr(twins, "hashes", lambda array, seed=0: honest(array, seed) % 4)
    assert store.append(batch(*range(50)), source="s", now=NOW).accepted == 50
    answer = store.append(batch(*range(25, 75)), source="s", now=NOW)
    assert (answer.accepted, answer.duplicate, answer.refused) == (25, 25, ())
    assert store.append(batch(30, quantity=2), source="s", now=NOW).refused[0].code == "event_id_conflict"
    assert store.count() == 75


def test_two_processes_see_each_other(tmp_path):
    one, two = EventStore(tmp_path / "events"), EventStore(tmp_path / "events")
    one.append(batch(1, 2), source="s", now=NOW)
    assert two.append(batch(2, 3), source="s", now=NOW).duplicate == 1
    two.compact(now=NOW)
    assert one.append(batch(3, 4), source="s", now=NOW).duplicate == 1
    assert ids(one) == ids(two) == ["e1", "e2", "e3", "e4"]


def test_compaction_keeps_every_event_and_older_versions(store, tmp_path):
    for n in range(6):
        store.append(batch(2 * n, 2 * n + 1), source="s", now=NOW + timedelta(hours=n))
    version = store.version()
    before = aggregates.tallied(store.dense())
    assert store.compact(now=NOW + timedelta(days=1)) == 6
    assert store.compact() == 0
    assert reference.spelled(aggregates.tallied(store.dense())) == reference.spelled(before)
    assert store.count() == 12
    assert store.count(version - 2) == 8
    assert store.count(NOW + timedelta(hours=2)) == 6
    assert store.append(batch(3, 4), source="s", now=NOW).duplicate == 2
    fresh = EventStore(tmp_path / "events")
    assert fresh.append(batch(3, 99), source="s", now=NOW).duplicate == 1
    assert fresh.vacuum(keep_hours=0) >= 6
    assert fresh.count() == 13
    with pytest.raises(RefusedError) as no:
        fresh.count(version - 2)
    assert no.value.refusal.code == "version_not_kept"
    assert fresh.count(NOW + timedelta(hours=2)) == 6


def test_other_engines_read_the_table(store, tmp_path):
    store.append(batch(1, 2), source="s", now=NOW)
    table = DeltaTable(str(tmp_path / "events" / "facts"))
    assert table.version() == 1
    assert table.count() == 2
    log = (tmp_path / "events" / "facts" / "_delta_log" / f"{1:020}.json").read_text().splitlines()
    assert [next(iter(json.loads(line))) for line in log] == ["commitInfo", "add"]


def test_checkpoints_shorten_the_log(tmp_path, monkeypatch):
    monkeypatch.setattr("pinzhi.engine.embedded.delta.CHECKPOINT_EVERY", 3)
    store = EventStore(tmp_path / "events")
    for n in range(7):
        store.append(batch(n), source="s", body_sha256=str(n), now=NOW)
    assert (tmp_path / "events" / "facts" / "_delta_log" / "_last_checkpoint").exists()
    again = EventStore(tmp_path / "events")
    assert again.append(batch(0), source="s", body_sha256="0", now=NOW).duplicate == 1
    assert ids(again) == [f"e{n}" for n in range(7)]


def test_the_store_tallies_like_the_table_it_was_fed(store):
    rows = [row(n, "sale", f"L{n % 7}", at=days(n % 5), order_id=f"o{n}", buyer_id=f"b{n % 9}") for n in range(60)]
    rows += [row(100 + n, "return", f"L{n % 7}", at=days(6), order_id=f"o{n}", buyer_id=f"b{n % 9}") for n in range(20)]
    table = pa.Table.from_pylist(rows, schema=pa.schema(list(EVENT_SCHEMA)))
    for start in (40, 0, 20, 60):
        store.append(table.slice(start, 20), source="s", now=NOW)
    expected = aggregates.tallies(table.add_column(0, "source", pa.array(["s"] * table.num_rows)))
    got = aggregates.tallied(store.dense())
    assert got.names.listings == expected.names.listings
    assert reference.spelled(got) == reference.spelled(expected)
    assert got.sales.units.tolist() == expected.sales.units.tolist()


def test_compaction_goes_by_groups_that_memory_holds(store):
    for n in range(6):
        store.append(batch(2 * n, 2 * n + 1), source="s", now=NOW)
    assert store.compact(below=4, now=NOW) == 6
    assert len(store.paths()) == 3
    assert ids(store) == sorted(f"e{n}" for n in range(12))
    assert store.append(batch(1, 5, 11), source="s", now=NOW).duplicate == 3
    assert store.compact(below=4) == 0
