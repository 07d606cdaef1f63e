"""Tiles: growth in any portions, paths, and every proof computed from them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.ledger import tree
from pinzhi.ledger.tiles import FULL, Place, TileReader, entry_bundle, grow, hashes_at, path_of, read_path
from pinzhi.ledger.tree import Edge, ProofError

LEAVES = [tree.leaf_hash(i.to_bytes(4)) for i in range(70_000)]


def build(leaves, portions):
    """All tiles after appending in portions."""
    edge, made, at = Edge(), {}, 0
    for n in portions:
        partial = {level: row for (level, _), row in sorted(made.items()) if len(row) < FULL}
        grown = grow(edge, partial, leaves[at : at + n])
        edge, at = grown.edge, at + n
        made.update(grown.tiles)
    return edge, made


@pytest.mark.parametrize(
    ("index", "width", "path"),
    [
        (0, 256, "000"),
        (7, 256, "007"),
        (1234067, 256, "x001/x234/067"),
        (1000, 256, "x001/000"),
        (273, 112, "273.p/112"),
        (0, 1, "000.p/1"),
    ],
)
def test_paths_as_the_specification_writes_them(index, width, path):
    assert path_of(Place(index, width)) == path
    assert read_path(path) == Place(index, width)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "0",
        "00",
        "0000",
        "x000/001",
        "x001/67",
        "001/067",
        "067.p/0",
        "067.p/256",
        "067.p/01",
        "067.p/",
        "067.p/-1",
        "../067",
        "067/",
        "x067",
        "067.p/5/",
        "\uff10\uff10\uff10",
    ],
)
def test_other_spellings_are_refused(path):
    with pytest.raises(ProofError) as no:
        read_path(path)
    assert no.value.refusal.code == "bad_tile_path"


def test_the_example_of_the_specification_seventy_thousand_leaves():
    edge, made = build(LEAVES, [70_000])
    widths = {at: len(row) // 32 for at, row in made.items()}
    assert sum(1 for (level, _), w in widths.items() if level == 0 and w == 256) == 273
    assert {at: w for at, w in widths.items() if w < 256} == {(0, 273): 112, (1, 1): 17, (2, 0): 1}
    assert widths[1, 0] == 256
    assert [hashes_at(level, 70_000) for level in range(4)] == [70_000, 273, 1, 0]
    assert edge.root() == tree.root_of(LEAVES)


def test_two_hundred_and_fifty_six_leaves_make_a_full_tile_and_one_hash_above():
    _, made = build(LEAVES, [256])
    assert {at: len(row) // 32 for at, row in made.items()} == {(0, 0): 256, (1, 0): 1}
    assert made[1, 0] == tree.root_of(LEAVES[:256])


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 700), max_size=8))
def test_portions_do_not_matter(portions):
    total = sum(portions)
    assert build(LEAVES, portions) == build(LEAVES, [total])


@settings(max_examples=25, deadline=None)
@given(st.data())
def test_proofs_of_every_size_come_from_the_tiles_of_the_largest(data):
    total = data.draw(st.integers(1, 3000))
    _, made = build(LEAVES, [total])
    node = TileReader(lambda level, index: made.get((level, index)))
    size = data.draw(st.integers(1, total))
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))
    root = tree.root_of(LEAVES[:size])
    assert tree.subtree_root(0, size, node) == root
    tree.verify_inclusion(index, size, LEAVES[index], tree.inclusion_proof(index, size, node), root)
    tree.verify_consistency(first, size, tree.consistency_proof(first, size, node), tree.root_of(LEAVES[:first]), root)


def test_a_missing_tile_and_a_short_tile_are_refusals():
    _, made = build(LEAVES, [300])
    for broken in ({k: v for k, v in made.items() if k != (1, 0)}, {**made, (0, 1): made[0, 1][:-32]}):
        with pytest.raises(ProofError) as no:
            tree.subtree_root(0, 300, TileReader(lambda level, index, rows=broken: rows.get((level, index))))
        assert no.value.refusal.code == "tile_missing"
    edge, _ = build(LEAVES, [300])
    with pytest.raises(ProofError) as no:
        grow(edge, {0: b"", 1: made[1, 0]}, LEAVES[300:301])
    assert no.value.refusal.code == "broken_tile"


def test_entries_carry_their_length():
    assert entry_bundle([b"a" * 32, b""]) == b"\x00\x20" + b"a" * 32 + b"\x00\x00"
