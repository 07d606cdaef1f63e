"""RFC 6962 trees: published roots and proofs, every small size, every mutation."""

from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import tree
from pinzhi.ledger.tree import EMPTY_ROOT, Edge, ProofError

# The eight entries and the roots over the first 1..8 of them that Certificate Transparency implementations publish (RFC 6962 hashing).
ENTRIES = [
    bytes.fromhex(h)
    for h in ("", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f")
]
ROOTS = [
    bytes.fromhex(h)
    for h in (
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    )
]
A, B, C, D, E, F, G = (
    bytes.fromhex(h)
    for h in (
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
        "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "b08693ec2e721597130641e8211e7eedccb4c26413963eee6c1e2ed16ffb1a5f",
    )
)
INCLUSION = {  # (index, size): published path
    (0, 1): (),
    (0, 8): (A, B, C),
    (5, 8): (D, E, ROOTS[3]),
    (2, 3): (ROOTS[1],),
    (1, 5): (ROOTS[0], B, D),
}
CONSISTENCY = {  # (first, second): published path
    (1, 1): (),
    (1, 8): (A, B, C),
    (6, 8): (F, E, ROOTS[3]),
    (2, 5): (B, D),
    (6, 7): (F, G, ROOTS[3]),
}
LEAVES = [tree.leaf_hash(e) for e in ENTRIES]
SOME = bytes.fromhex("abacaba000000000000000000000000000000000000000000060061e00123456")


def nodes(leaves):
    """All complete subtrees over `leaves`, as a NodeAt."""
    made = {}
    Edge().append(leaves, lambda level, index, h: made.__setitem__((level, index), h))
    return lambda level, index: made[(level, index)]


def naive_root(leaves):
    """The definition in RFC 6962 section 2.1, word for word."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def some_leaves(n, salt=b""):
    return [tree.leaf_hash(salt + i.to_bytes(4)) for i in range(n)]


def test_the_empty_tree_and_the_published_roots():
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert Edge().root() == EMPTY_ROOT == tree.root_of([])
    assert [tree.root_of(LEAVES[:n]) for n in range(1, 9)] == ROOTS


@pytest.mark.parametrize(("at", "path"), INCLUSION.items())
def test_published_inclusion_proofs(at, path):
    index, size = at
    assert tree.inclusion_proof(index, size, nodes(LEAVES)) == path
    tree.verify_inclusion(index, size, LEAVES[index], path, ROOTS[size - 1])


@pytest.mark.parametrize(("sizes", "path"), CONSISTENCY.items())
def test_published_consistency_proofs(sizes, path):
    first, second = sizes
    assert tree.consistency_proof(first, second, nodes(LEAVES)) == path
    tree.verify_consistency(first, second, path, ROOTS[first - 1], ROOTS[second - 1])


@pytest.mark.parametrize(("at", "path"), INCLUSION.items())
def test_the_published_corruptions_of_inclusion_proofs_are_refused(at, path):
    index, size = at
    root, leaf = ROOTS[size - 1], LEAVES[index]
    wrong = [
        (index - 1, size, leaf, path, root),
        (index + 1, size, leaf, path, root),
        (index ^ 2, size, leaf, path, root),
        (index, size * 2, leaf, path, root),
        (index, size // 2, leaf, path, root),
        (index, size, b"WrongLeaf", path, root),
        (index, size, leaf, path, EMPTY_ROOT),
        (index, size, leaf, path, SOME),
        (index, size, leaf, (*path, b""), root),
        (index, size, leaf, (*path, root), root),
        (index, size, leaf, (b"", *path), root),
        (index, size, leaf, (root, *path), root),
        *((index, size, leaf, path[:-1], root) for _ in path[:1]),
        *((index, size, leaf, (path[0], SOME, *path[1:]), root) for _ in path[:1]),
        *(
            (index, size, leaf, (*path[:i], bytes([h[0] ^ 8]) + h[1:], *path[i + 1 :]), root)
            for i, h in enumerate(path)
        ),
    ]
    for case in wrong:
        with pytest.raises(ProofError):
            tree.verify_inclusion(*case)


@pytest.mark.parametrize(("sizes", "path"), [c for c in CONSISTENCY.items() if c[1]])
def test_the_published_corruptions_of_consistency_proofs_are_refused(sizes, path):
    first, second = sizes
    r1, r2 = ROOTS[first - 1], ROOTS[second - 1]
    wrong = [
        (first - 1, second, path, r1, r2),
        (first + 1, second, path, r1, r2),
        (first ^ 2, second, path, r1, r2),
        (first, second * 2, path, r1, r2),
        (first, second // 2, path, r1, r2),
        (first, second, path, b"WrongRoot", r2),
        (first, second, path, r1, b"WrongRoot"),
        (first, second, path, r2, r1),
        (first, second, (), r1, r2),
        *((first, second, (*path, extra), r1, r2) for extra in (b"", r1, r2)),
        *((first, second, (extra, *path), r1, r2) for extra in (b"", r1, r2, path[0])),
        (first, second, path[:-1], r1, r2),
        *((first, second, (*path[:i], bytes([h[0] ^ 16]) + h[1:], *path[i + 1 :]), r1, r2) for i, h in enumerate(path)),
    ]
    for case in wrong:
        with pytest.raises(ProofError):
            tree.verify_consistency(*case)


@pytest.mark.parametrize(
    ("first", "second", "proof", "code"),
    [
        (1, 0, (), "sizes_reversed"),
        (2, 1, (), "sizes_reversed"),
        (0, 1, (), "empty_tree"),
        (0, 1, (EMPTY_ROOT,), "empty_tree"),
        (0, 0, (EMPTY_ROOT,), "wrong_proof_length"),
        (1, 1, (EMPTY_ROOT,), "wrong_proof_length"),
        (1, 2, (), "wrong_proof_length"),
        (-1, 2, (), "empty_tree"),
    ],
)
def test_sizes_without_meaning_are_refused_by_name(first, second, proof, code):
    with pytest.raises(ProofError) as no:
        tree.verify_consistency(first, second, proof, EMPTY_ROOT, EMPTY_ROOT)
    assert no.value.refusal.code == code
    assert isinstance(no.value, RefusedError)


@pytest.mark.parametrize("size", [0, 1, 7])
def test_equal_sizes_are_consistent_exactly_when_the_roots_are_equal(size):
    tree.verify_consistency(size, size, (), SOME, SOME)
    with pytest.raises(ProofError) as no:
        tree.verify_consistency(size, size, (), SOME, EMPTY_ROOT)
    assert no.value.refusal.code == "root_mismatch"


@pytest.mark.parametrize(("index", "size"), [(0, 0), (1, 0), (1, 1), (2, 1), (-1, 3), (8, 8)])
def test_a_leaf_that_the_tree_does_not_have(index, size):
    for ask in (
        lambda: tree.inclusion_proof(index, size, nodes(LEAVES)),
        lambda: tree.verify_inclusion(index, size, SOME, (), EMPTY_ROOT),
    ):
        with pytest.raises(ProofError) as no:
            ask()
        assert no.value.refusal.code == "index_beyond_size"


def test_every_tree_up_to_sixty_four_leaves_exhaustively():
    leaves = some_leaves(64)
    node = nodes(leaves)
    roots = [naive_root(leaves[:n]) for n in range(65)]
    edge = Edge()
    for size in range(1, 65):
        edge = edge.append([leaves[size - 1]])
        assert edge.root() == roots[size]
        assert Edge.unpacked(size, edge.packed()) == edge
        for index in range(size):
            path = tree.inclusion_proof(index, size, node)
            tree.verify_inclusion(index, size, leaves[index], path, roots[size])
            if index:
                with pytest.raises(ProofError):
                    tree.verify_inclusion(index - 1, size, leaves[index], path, roots[size])
        for first in range(1, size + 1):
            path = tree.consistency_proof(first, size, node)
            tree.verify_consistency(first, size, path, roots[first], roots[size])


@given(st.lists(st.integers(1, 9), max_size=40))
def test_appending_in_any_portions_is_the_same_as_all_at_once(portions):
    leaves = some_leaves(sum(portions))
    edge, at = Edge(), 0
    for n in portions:
        edge = edge.append(leaves[at : at + n])
        at += n
    assert edge == Edge().append(leaves)
    assert edge.root() == naive_root(leaves)


@settings(max_examples=60, deadline=None)
@given(st.data(), st.integers(1, 3000))
def test_every_single_byte_mutation_of_a_proof_refuses(data, size):
    leaves = some_leaves(size)
    node = nodes(leaves)
    root = tree.root_of(leaves)
    index = data.draw(st.integers(0, size - 1))
    first = data.draw(st.integers(1, size))
    for parts, check in (
        (
            [leaves[index], root, *tree.inclusion_proof(index, size, node)],
            lambda p: tree.verify_inclusion(index, size, p[0], p[2:], p[1]),
        ),
        (
            [tree.root_of(leaves[:first]), root, *tree.consistency_proof(first, size, node)],
            lambda p: tree.verify_consistency(first, size, p[2:], p[0], p[1]),
        ),
    ):
        check(parts)
        which = data.draw(st.integers(0, len(parts) - 1))
        byte = data.draw(st.integers(0, 31))
        flip = data.draw(st.integers(1, 255))
        bad = list(parts)
        bad[which] = bad[which][:byte] + bytes([bad[which][byte] ^ flip]) + bad[which][byte + 1 :]
        with pytest.raises(ProofError):
            check(bad)
        with pytest.raises(ProofError):
            check([*parts, root])


def test_a_broken_edge_is_refused():
    for size, peaks in ((1, ()), (3, (SOME,)), (1, (b"short",)), (-1, ())):
        with pytest.raises(ProofError) as no:
            Edge(size, peaks)
        assert no.value.refusal.code == "broken_edge"
    with pytest.raises(ProofError):
        Edge.unpacked(1, b"x" * 33)
    with pytest.raises(ProofError) as no:
        Edge().append([b"short"])
    assert no.value.refusal.code == "hash_length"


def test_a_leaf_can_not_pose_as_a_node():
    left, right = some_leaves(2)
    assert tree.leaf_hash(left + right) != tree.node_hash(left, right)
