"""The log on the database: dense indexes, idempotent integration, one root per size, no rewriting."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import keys, store, tiles, tree
from pinzhi.ledger.checkpoint import Checkpoint, open_checkpoint
from pinzhi.ledger.models import Leaf, SignedCheckpoint, Tile, TileHead, TreeHead

NOW = datetime(2026, 3, 1, 8, tzinfo=UTC)
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key_folder(tmp_path, settings):
    settings.LEDGER_KEYS = tmp_path / "keys"
    settings.LEDGER_ORIGIN = "example.com/log"
    return settings.LEDGER_KEYS


def commitments(start, n):
    return [hashlib.sha256(i.to_bytes(4)).digest() for i in range(start, start + n)]


def put(n):
    start = store.size()
    with transaction.atomic():
        return store.append(
            [store.NewLeaf("fact", "SignalRaised", c, b"n" * 16) for c in commitments(start, n)], at=NOW
        )


def expected_root(n):
    return tree.root_of(tree.leaf_hash(c) for c in commitments(0, n))


def test_indexes_are_dense_and_in_order():
    assert put(3) == [0, 1, 2]
    assert put(2) == [3, 4]
    assert put(0) == []
    assert store.size() == 5


def failing_act():
    with transaction.atomic():
        store.append([store.NewLeaf("fact", "x", b"c" * 32, b"n" * 16)], at=NOW)
        raise ZeroDivisionError


def test_an_act_that_fails_leaves_no_leaf():
    put(2)
    with pytest.raises(ZeroDivisionError):
        failing_act()
    assert (store.size(), Leaf.objects.count()) == (2, 2)
    assert put(1) == [2]


@pytest.mark.parametrize(
    ("commitment", "nonce"), [("张三 13800000000".encode(), b"n" * 16), (b"c" * 33, b"n" * 16), (b"c" * 32, b"")]
)
def test_only_commitments_go_on_the_log(commitment, nonce):
    with pytest.raises(ValueError, match="commitment of 32 bytes"):
        store.NewLeaf("fact", "x", commitment, nonce)


def test_integration_is_idempotent_and_any_batches_give_the_same(monkeypatch):
    monkeypatch.setattr(store, "BATCH", 100)
    put(300)
    assert store.integrate() == 300
    before = list(Tile.objects.order_by("level", "index").values_list("level", "index", "hashes"))
    assert store.integrate() == 300
    assert list(Tile.objects.order_by("level", "index").values_list("level", "index", "hashes")) == before
    put(300)
    store.integrate()
    head = TileHead.objects.get()
    whole = tiles.grow(tree.Edge(), {}, (tree.leaf_hash(c) for c in commitments(0, 600)))
    assert (head.size, bytes(head.edge)) == (600, whole.edge.packed())
    assert {(t.level, t.index): bytes(t.hashes) for t in Tile.objects.all()} == whole.tiles


def test_checkpoints_are_signed_once_per_size_and_are_right():
    empty = store.checkpoint(at=NOW)
    assert (empty.size, bytes(empty.root)) == (0, tree.EMPTY_ROOT)
    put(5)
    one, again = store.checkpoint(at=NOW), store.checkpoint(at=NOW)
    assert one == again
    assert one.note == again.note
    put(600)
    store.checkpoint(at=NOW)
    for row in SignedCheckpoint.objects.all():
        point, _ = open_checkpoint(row.note.encode(), keys.verifiers(store.settings.LEDGER_KEYS))
        assert point == Checkpoint("example.com/log", row.size, bytes(row.root))
        assert point.root == expected_root(row.size)
    assert store.latest().size == 605


def test_a_checkpoint_reads_only_the_right_edge(django_assert_max_num_queries):
    put(2000)
    store.checkpoint(at=NOW)
    with django_assert_max_num_queries(14):
        store.checkpoint(at=NOW)
    put(1)
    with django_assert_max_num_queries(24):
        store.checkpoint(at=NOW)


def test_a_tree_that_does_not_begin_with_the_signed_one_is_never_signed():
    put(10)
    signed = store.checkpoint(at=NOW)
    rewritten = tiles.grow(tree.Edge(), {}, (tree.leaf_hash(b"%d" % i) for i in range(12)))
    TileHead.objects.update(size=12, edge=rewritten.edge.packed())
    TreeHead.objects.update(size=12)
    Tile.objects.update(hashes=rewritten.tiles[0, 0])
    with pytest.raises(RefusedError) as no:
        store.checkpoint(at=NOW)
    assert no.value.refusal.code == "log_rewritten"
    TileHead.objects.update(
        size=8, edge=tree.Edge().append(rewritten.tiles[0, 0][i : i + 32] for i in range(0, 256, 32)).packed()
    )
    TreeHead.objects.update(size=8)
    with pytest.raises(RefusedError) as no:
        store.checkpoint(at=NOW)
    assert no.value.refusal.code == "log_shrunk"
    assert list(SignedCheckpoint.objects.all()) == [signed]


def test_a_missing_leaf_stops_integration_with_a_name():
    put(10)
    Leaf.objects.filter(index=4).delete()
    with pytest.raises(RefusedError) as no:
        store.integrate()
    assert no.value.refusal.code == "leaf_missing"
    assert TileHead.objects.filter(size__gt=0).count() == 0


def test_after_a_rotation_the_same_tree_gets_the_second_signature(key_folder):
    put(3)
    first = store.checkpoint(at=NOW)
    new = keys.rotate(key_folder, "example.com/log")
    both = store.checkpoint(at=NOW)
    assert (both.size, bytes(both.root)) == (first.size, bytes(first.root))
    assert both.note.startswith(first.note)
    assert open_checkpoint(both.note.encode(), [new])[1] == (new,)
    assert SignedCheckpoint.objects.count() == 1


def test_lost_keys_are_not_replaced_in_silence(key_folder):
    put(1)
    store.checkpoint(at=NOW)
    (key_folder / "log-0001.key").unlink()
    put(1)
    with pytest.raises(RefusedError) as no:
        store.checkpoint(at=NOW)
    assert no.value.refusal.code == "key_missing"


def test_every_leaf_is_provable_from_the_stored_tiles():
    put(700)
    row = store.checkpoint(at=NOW)
    node = store.reader()
    for index, commitment in enumerate(commitments(0, 700)):
        proof = tree.inclusion_proof(index, 700, node)
        tree.verify_inclusion(index, 700, tree.leaf_hash(commitment), proof, bytes(row.root))


def test_leaves_of_values_are_found_by_their_index():
    """SQLite takes a partial index only for a query that says its condition; without it every leaf of the log is read."""
    with transaction.atomic():
        store.append([store.NewLeaf(k, "R1", b"c" * 32, b"n" * 16) for k in ("fact", "event")], at=NOW)
    found = store.leaves_of("event", ["R1", "R2"])
    assert [(leaf.index, leaf.kind) for leaf in found] == [(1, "event")]
    if connection.vendor == "sqlite":
        assert "leaf_of_a_value" in found.explain()
