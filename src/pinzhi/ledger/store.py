"""
The log on the database: append inside an act, build tiles afterwards, sign checkpoints.

`append` runs in the transaction of the act and costs one locked row and one insert. `integrate` moves the tiles and the right edge up to the appended
leaves, in transactions of its own; it may be called at any time, by any process, any number of times. `checkpoint` integrates and signs, in O(log n) after
that. What was signed is signed for ever: one root per size, sizes only grow, and every new tree is proved to begin with the last signed one before it is
signed.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection, models, transaction

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger import inserting, keys, tiles, tree
from pinzhi.ledger.checkpoint import Checkpoint, Note
from pinzhi.ledger.models import Leaf, SignedCheckpoint, Tile, TileHead, TreeHead
from pinzhi.ledger.tiles import TileReader
from pinzhi.ledger.tree import Edge

BATCH = 1 << 16
"""Leaves integrated per transaction: a fraction of a second, so that acts are never kept waiting long."""

NONCE_BYTES = 16
LONGEST_KIND, LONGEST_REF = 16, 80
"""Characters of a leaf's kind and reference; one database would cut or refuse what another takes."""


@dataclass(frozen=True, slots=True)
class NewLeaf:
    """A leaf to append: what it is (`fact`, `decision`, …), a reference for our own look-up, the commitment, and the nonce that opens it."""

    kind: str
    ref: str
    commitment: bytes
    nonce: bytes

    def __post_init__(self) -> None:
        """Only a 32-byte commitment may go on the log: never data itself."""
        if len(self.commitment) != tree.HASH_BYTES or len(self.nonce) != NONCE_BYTES:
            raise ValueError("a leaf is a commitment of 32 bytes with a nonce of 16")
        if len(self.kind) > LONGEST_KIND or len(self.ref) > LONGEST_REF:
            raise ValueError(
                f"a leaf is named by at most {LONGEST_KIND} and {LONGEST_REF} characters: {self.kind} {self.ref}"
            )


def append(leaves: Sequence[NewLeaf], *, at: datetime) -> list[int]:
    """Append inside the caller's transaction; the head row is locked until it ends. Returns dense indexes in order."""
    if not connection.in_atomic_block:
        raise RuntimeError("leaves are appended in the transaction of their act")
    if not leaves:
        return []
    head, _ = TreeHead.objects.select_for_update().get_or_create(pk=1)
    start = head.size
    moment = inserting.moment(at)
    inserting.insert(
        Leaf,
        ("index", "kind", "ref", "commitment", "nonce", "at"),
        [(start + i, leaf.kind, leaf.ref, leaf.commitment, leaf.nonce, moment) for i, leaf in enumerate(leaves)],
    )
    head.size = start + len(leaves)
    head.save(update_fields=["size"])
    return list(range(start, head.size))


def hold() -> None:
    """
    Take the head row now and keep it until the caller's transaction ends: nobody else appends meanwhile.

    For acts whose rows must get their numbers in the order in which they are committed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("the head is held by the transaction of an act")
    TreeHead.objects.select_for_update().get_or_create(pk=1)


def size() -> int:
    """How many leaves there are (0 before the first act)."""
    return TreeHead.objects.filter(pk=1).values_list("size", flat=True).first() or 0


def leaves_of(kind: str, refs: Collection[str]) -> models.QuerySet[Leaf]:
    """The leaves of values (not of facts) by their references. SQLite takes the partial index only where its own condition is said as well."""
    return Leaf.objects.filter(kind=kind, ref__in=refs).exclude(kind="fact")


def integrate() -> int:
    """Bring tiles and edge up to the appended leaves. Idempotent; gives the number of leaves covered. Raises RefusedError(`leaf_missing`)."""
    while True:
        with transaction.atomic(durable=True):
            head, _ = TileHead.objects.select_for_update().get_or_create(pk=1)
            target = size()
            if head.size >= target:
                return head.size
            _integrate(head, min(target, head.size + BATCH))


def _integrate(head: TileHead, end: int) -> None:
    rows = list(
        Leaf.objects.filter(index__gte=head.size, index__lt=end).order_by("index").values_list("index", "commitment")
    )
    if [i for i, _ in rows] != list(range(head.size, end)):
        raise RefusedError(
            Refusal(
                "leaf_missing",
                f"leaves are missing between {head.size} and {end}",
                "restore the database from its backup; run the audit",
            )
        )
    edge = Edge.unpacked(head.size, bytes(head.edge))
    grown = tiles.grow(edge, _partial_tiles(head.size), (tree.leaf_hash(bytes(c)) for _, c in rows))
    Tile.objects.bulk_create(
        [Tile(level=level, index=index, hashes=row) for (level, index), row in grown.tiles.items()],
        update_conflicts=True,
        unique_fields=["level", "index"],
        update_fields=["hashes"],
        batch_size=200,
    )
    head.size, head.edge = grown.edge.size, grown.edge.packed()
    head.save(update_fields=["size", "edge"])


def _partial_tiles(covered: int) -> dict[int, bytes]:
    """The tiles that will grow next, by level."""
    found = {}
    for level in range(tiles.MAX_LEVEL + 1):
        count = tiles.hashes_at(level, covered)
        if not count:
            break
        if count % tiles.WIDTH and (raw := fetch_tile(level, count // tiles.WIDTH)) is not None:
            found[level] = raw
    return found


def fetch_tile(level: int, index: int) -> bytes | None:
    """The stored tile, possibly wider than some older tree had it; None if there is none."""
    raw = Tile.objects.filter(level=level, index=index).values_list("hashes", flat=True).first()
    return None if raw is None else bytes(raw)


def reader() -> TileReader:
    """The complete subtrees of the stored tree. Make a new one for each piece of work."""
    return TileReader(fetch_tile)


def latest() -> SignedCheckpoint | None:
    """The newest signed checkpoint, None before the first."""
    return SignedCheckpoint.objects.order_by("-size").first()


def checkpoint(*, at: datetime) -> SignedCheckpoint:
    """
    Sign the present tree, or give the checkpoint that already says the same. Must not run inside another transaction.

    Raises RefusedError: `log_shrunk`, `log_rewritten` (the stored tree does not begin with what was signed last), and those of `keys.signers`.
    """
    integrate()
    signers = keys.signers(
        settings.LEDGER_KEYS, settings.LEDGER_ORIGIN, may_create=not SignedCheckpoint.objects.exists()
    )
    with transaction.atomic(durable=True):
        head, _ = TileHead.objects.select_for_update().get_or_create(pk=1)
        last = latest()
        root = Edge.unpacked(head.size, bytes(head.edge)).root()
        if last is not None:
            _must_extend(last, head.size, root)
            if last.size == head.size:
                note = Note.parse(last.note.encode())
                full = note.with_signatures(s.sign(note.text.encode()) for s in signers)
                if full != note:
                    last.note = full.raw().decode()
                    last.save(update_fields=["note"])
                return last
        note = Checkpoint(settings.LEDGER_ORIGIN, head.size, root).signed(signers)
        return SignedCheckpoint.objects.create(size=head.size, root=root, note=note.raw().decode(), at=at)


def sign_if_due(*, at: datetime, every: timedelta = timedelta(seconds=1)) -> int:
    """Sign a checkpoint when there are new leaves and the last one is at least `every` old. Gives how many leaves are newly covered."""
    last = latest()
    before = last.size if last else 0
    if size() == before or (last is not None and timedelta(0) <= at - last.at < every):
        return 0
    return checkpoint(at=at).size - before


def _must_extend(last: SignedCheckpoint, now_size: int, root: bytes) -> None:
    """Refuse to sign a tree that does not begin with the last signed one."""
    if now_size < last.size:
        raise RefusedError(
            Refusal(
                "log_shrunk",
                f"{last.size} leaves were signed, the database has {now_size}",
                "the database is older than its checkpoints: restore the newer one",
            )
        )
    try:
        proof = tree.consistency_proof(last.size, now_size, reader()) if last.size else ()
        if last.size:
            tree.verify_consistency(last.size, now_size, proof, bytes(last.root), root)
    except tree.ProofError as no:
        raise RefusedError(
            Refusal(
                "log_rewritten",
                f"the stored tree does not begin with the one that was signed: {no.refusal.reason}",
                "run `pinzhi ledger audit`; restore the database",
            )
        ) from no
