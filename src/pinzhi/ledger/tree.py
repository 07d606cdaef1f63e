"""
The Merkle tree of RFC 6962 section 2 and RFC 9162 section 2.1, over SHA-256. Pure: bytes in, bytes out.

Words used here. A *leaf hash* is SHA-256(0x00 || entry), a *node hash* SHA-256(0x01 || left || right); the prefixes keep a node from being passed off
as a leaf. A *node* is addressed by (level, index) and stands for the complete subtree over the leaves `[index << level, (index + 1) << level)`; such a
node never changes once its last leaf is there, which is what makes tiles immutable. The *edge* (also called compact range) is the shortest list of
complete subtrees that covers a tree, largest first: 20 hashes for a million leaves, enough to append and to give the root.

Proofs are checked strictly: a proof has exactly the length that its sizes ask for, every hash has 32 bytes, and what has no meaning (an inclusion in the empty
tree, a consistency with nothing) is refused instead of being waved through. Every «no» is a `ProofError` with a stable code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from hashlib import sha256

from pinzhi.kernel.refusal import Refusal, RefusedError

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()
"""The root of the tree without leaves: the hash of the empty string (RFC 6962 section 2.1)."""

NodeAt = Callable[[int, int], bytes]
"""Gives the hash of the complete subtree at (level, index). May raise ProofError where it does not have it."""

Sink = Callable[[int, int, bytes], None]
"""Is told every complete subtree as it comes into being: (level, index, hash)."""


class ProofError(RefusedError):
    """A proof that does not hold, or a question about a tree that has no answer."""

    @classmethod
    def of(
        cls, code: str, reason: str, remedy: str = "ask the log for a new proof; if it fails again, tell its auditors"
    ) -> ProofError:
        """Shorthand with the remedy that nearly every failed proof has."""
        return cls(Refusal(code, reason, remedy))


def leaf_hash(entry: bytes) -> bytes:
    """SHA-256(0x00 || entry)."""
    return sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True, slots=True)
class Edge:
    """
    The right edge of a tree: `size` leaves and the hashes of its complete subtrees, largest (leftmost) first.

    There is one peak for every 1 in the binary form of `size`. Raises ProofError(`broken_edge`) when they do not match.
    """

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        """A peak too many or a short hash would give a root that no one else can compute."""
        if self.size < 0 or len(self.peaks) != self.size.bit_count() or any(len(p) != HASH_BYTES for p in self.peaks):
            raise ProofError.of("broken_edge", f"{len(self.peaks)} subtrees do not make a tree of {self.size} leaves")

    def append(self, leaf_hashes: Iterable[bytes], sink: Sink | None = None) -> Edge:
        """
        The edge after these leaves, one hash per leaf amortised. `sink` is told every new complete subtree in the order of completion
        (a leaf counts as the subtree of level 0).
        """
        size, peaks = self.size, list(self.peaks)
        for leaf in leaf_hashes:
            if len(leaf) != HASH_BYTES:
                raise ProofError.of("hash_length", f"a leaf hash has {HASH_BYTES} bytes, this one {len(leaf)}")
            made, level, index = leaf, 0, size
            if sink:
                sink(0, index, made)
            while index & 1:
                made = sha256(b"\x01" + peaks.pop() + made).digest()
                index >>= 1
                level += 1
                if sink:
                    sink(level, index, made)
            peaks.append(made)
            size += 1
        return Edge(size, tuple(peaks))

    def root(self) -> bytes:
        """The root hash; `EMPTY_ROOT` without leaves."""
        if not self.peaks:
            return EMPTY_ROOT
        made = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            made = node_hash(peak, made)
        return made

    def packed(self) -> bytes:
        """The peaks one after another, for storage beside the size."""
        return b"".join(self.peaks)

    @classmethod
    def unpacked(cls, size: int, packed: bytes) -> Edge:
        """Read `packed` back. Raises ProofError(`broken_edge`)."""
        return cls(size, tuple(split(packed, "broken_edge")))


def split(packed: bytes, code: str = "hash_length") -> list[bytes]:
    """Cut concatenated hashes apart. Raises ProofError(`code`) when the length is not a multiple of 32."""
    if len(packed) % HASH_BYTES:
        raise ProofError.of(code, f"{len(packed)} bytes are not whole hashes of {HASH_BYTES}")
    return [packed[i : i + HASH_BYTES] for i in range(0, len(packed), HASH_BYTES)]


def root_of(leaf_hashes: Iterable[bytes]) -> bytes:
    """The root over leaf hashes in order."""
    return Edge().append(leaf_hashes).root()


def subtree_root(start: int, end: int, node: NodeAt) -> bytes:
    """MTH(D[start:end]) from complete subtrees. `start` must be a multiple of the smallest power of two >= end - start."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return node(level, start >> level)
    half = 1 << (width.bit_length() - 1)
    return node_hash(subtree_root(start, start + half, node), subtree_root(start + half, end, node))


def inclusion_proof(index: int, size: int, node: NodeAt) -> tuple[bytes, ...]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, from the leaf's sibling up. Raises ProofError(`index_beyond_size`)."""
    _check_index(index, size)
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        half = start + (1 << ((end - start - 1).bit_length() - 1))
        if index < half:
            path.append(subtree_root(half, end, node))
            end = half
        else:
            path.append(subtree_root(start, half, node))
            start = half
    return tuple(reversed(path))


def consistency_proof(first: int, second: int, node: NodeAt) -> tuple[bytes, ...]:
    """
    PROOF(first, D[second]) of RFC 6962 section 2.1.2: that the tree of `first` leaves is the beginning of the one of `second`.

    Empty for equal sizes. Raises ProofError(`empty_tree`) for `first` = 0 < second (everything extends nothing) and `sizes_reversed`.
    """
    _check_sizes(first, second)
    path: list[bytes] = []
    start, end, whole = 0, second, True
    while first != end:
        half = start + (1 << ((end - start - 1).bit_length() - 1))
        if first <= half:
            path.append(subtree_root(half, end, node))
            end = half
        else:
            path.append(subtree_root(start, half, node))
            start, whole = half, False
    if not whole:
        path.append(subtree_root(start, end, node))
    return tuple(reversed(path))


def root_from_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """
    The root that `proof` leads to from the leaf hash `leaf` (RFC 9162 section 2.1.3.2).

    Raises ProofError: `index_beyond_size`, `hash_length`, `wrong_proof_length`.
    """
    _check_index(index, size)
    _check_hashes((leaf, *proof))
    inner = (index ^ (size - 1)).bit_length()  # below this level the paths of the leaf and of the last leaf differ
    _check_length(proof, inner + (index >> inner).bit_count())
    return _up_left(_up(leaf, proof[:inner], index), proof[inner:])


def verify_inclusion(index: int, size: int, leaf: bytes, proof: Sequence[bytes], root: bytes) -> None:
    """Raise ProofError unless `leaf` is the leaf hash at `index` of the tree with this size and root."""
    if root_from_inclusion(index, size, leaf, proof) != root:
        raise ProofError.of("root_mismatch", f"leaf {index} does not lead to the root of the tree of {size} leaves")


def verify_consistency(first: int, second: int, proof: Sequence[bytes], first_root: bytes, second_root: bytes) -> None:
    """
    Raise ProofError unless the tree of `second` leaves begins with the tree of `first` leaves (RFC 9162 section 2.1.4.2).

    Codes: `sizes_reversed`, `empty_tree`, `wrong_proof_length`, `hash_length`, `root_mismatch`. Two trees of one size are consistent exactly when
    their roots are equal and the proof is empty.
    """
    _check_sizes(first, second)
    if first == second:
        _check_length(proof, 0)
        if first_root != second_root:
            raise ProofError.of(
                "root_mismatch", f"two different roots for one size of {first} leaves: the log has forked"
            )
        return
    _check_hashes((first_root, second_root, *proof))
    level = (first & -first).bit_length() - 1  # the smallest complete subtree at the right edge of the first tree
    inner = ((first - 1) ^ (second - 1)).bit_length() - level
    border = ((first - 1) >> (inner + level)).bit_count()
    seeded = first != 1 << level
    _check_length(proof, seeded + inner + border)
    seed, path = (proof[0], proof[1:]) if seeded else (first_root, proof)
    at = (first - 1) >> level
    old = _up_left(_up_if_right(seed, path[:inner], at), path[inner:])
    new = _up_left(_up(seed, path[:inner], at), path[inner:])
    if old != first_root:
        raise ProofError.of("root_mismatch", f"the proof does not start from the older tree of {first} leaves")
    if new != second_root:
        raise ProofError.of(
            "root_mismatch",
            f"the tree of {second} leaves does not begin with the one of {first}: the log was rewritten",
        )


def _up(seed: bytes, path: Sequence[bytes], index: int) -> bytes:
    """Climb inside the part where siblings stand on both sides: bit i of `index` says on which."""
    for level, sibling in enumerate(path):
        seed = node_hash(sibling, seed) if index >> level & 1 else node_hash(seed, sibling)
    return seed


def _up_if_right(seed: bytes, path: Sequence[bytes], index: int) -> bytes:
    """Climb as the older tree did, in which only left siblings existed."""
    for level, sibling in enumerate(path):
        if index >> level & 1:
            seed = node_hash(sibling, seed)
    return seed


def _up_left(seed: bytes, path: Sequence[bytes]) -> bytes:
    """Climb along the right border, where every sibling stands on the left."""
    for sibling in path:
        seed = node_hash(sibling, seed)
    return seed


def _check_index(index: int, size: int) -> None:
    if not 0 <= index < size:
        raise ProofError.of(
            "index_beyond_size", f"a tree of {size} leaves has no leaf {index}", "ask for a newer checkpoint"
        )


def _check_sizes(first: int, second: int) -> None:
    if first > second:
        raise ProofError.of(
            "sizes_reversed", f"the older tree ({first} leaves) is larger than the newer ({second}): the log has shrunk"
        )
    if first < 0 or (first == 0 and second > 0):
        raise ProofError.of(
            "empty_tree",
            "a consistency proof from the empty tree proves nothing",
            "compare with a checkpoint of at least one leaf",
        )


def _check_length(proof: Sequence[bytes], want: int) -> None:
    if len(proof) != want:
        raise ProofError.of("wrong_proof_length", f"the proof has {len(proof)} hashes where these sizes need {want}")


def _check_hashes(hashes: Iterable[bytes]) -> None:
    for one in hashes:
        if len(one) != HASH_BYTES:
            raise ProofError.of("hash_length", f"a hash has {HASH_BYTES} bytes, this one {len(one)}")
