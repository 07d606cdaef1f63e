"""Proofs and audits from the database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import DatabaseError

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger import cosigning, keys, store, tree
from pinzhi.ledger.audit import Report, StoredLog, audit
from pinzhi.ledger.bundle import Link, Proof
from pinzhi.ledger.checkpoint import Checkpoint, VerifierKey
from pinzhi.ledger.models import Leaf, SignedCheckpoint, Tile, TileHead, TreeHead


def prove(index: int, what: Any, nonce: bytes, *, at: datetime, since: Sequence[int] = ()) -> Proof:
    """
    The proof that `what` is leaf `index`, under the newest checkpoint with the quorum of witnesses that reaches it, else under the newest one; a newer one
    is signed if that one does not reach the leaf.

    `since` are sizes of older checkpoints that the reader holds: the proof will show that the log has only grown from each of them. Raises
    RefusedError: `leaf_unknown`, `checkpoint_unknown` for a `since` that is larger than the log, and those of `store.checkpoint`.
    """
    if not 0 <= index < store.size():
        raise RefusedError(Refusal("leaf_unknown", f"the log has no entry {index}", "entries are counted from 0"))
    reach = max([index, *(size - 1 for size in since)])
    signed = cosigning.with_quorum(reach) or store.latest()
    if signed is None or signed.size <= reach:
        signed = store.checkpoint(at=at)
    node = store.reader()
    links = []
    for first in sorted(set(since)):
        if not 0 <= first <= signed.size:
            raise RefusedError(
                Refusal(
                    "checkpoint_unknown",
                    f"a checkpoint of {first} entries is not of this log, which has {signed.size}",
                    "use a checkpoint of this log",
                )
            )
        if 0 < first < signed.size:
            links.append(Link(first, signed.size, tree.consistency_proof(first, signed.size, node)))
    return Proof(what, nonce, index, tree.inclusion_proof(index, signed.size, node), signed.note, tuple(links))


def audit_stored(trusted: Sequence[VerifierKey] = (), older: Sequence[Checkpoint] = ()) -> Report:
    """
    Audit the log on this database with `trusted` keys (default: our own public keys).

    The log may grow meanwhile: everything is bounded by the sizes read first, and what only looks like surplus because of new leaves is not reported.
    """
    try:
        return _audit_stored(tuple(trusted) or keys.verifiers(settings.LEDGER_KEYS), older)
    except DatabaseError as why:
        raise RefusedError(
            Refusal("database_unreadable", f"the database cannot be read: {why}", "restore it from its backup")
        ) from why


def _audit_stored(trusted: Sequence[VerifierKey], older: Sequence[Checkpoint]) -> Report:
    signed = [
        (size, bytes(root), note.encode())
        for size, root, note in SignedCheckpoint.objects.order_by("size").values_list("size", "root", "note")
    ]
    covered = TileHead.objects.filter(pk=1).first() or TileHead()
    size = store.size()
    report = audit(
        StoredLog(
            settings.LEDGER_ORIGIN,
            size,
            _leaves(),
            covered.size,
            bytes(covered.edge),
            _tiles,
            Tile.objects.count(),
            signed,
        ),
        trusted,
        older,
    )
    grown = store.size() != size or (TileHead.objects.filter(pk=1).first() or TileHead()).size != covered.size
    if grown:
        report.findings = [f for f in report.findings if f.code not in ("tile_surplus", "size_wrong")]
    if TreeHead.objects.exclude(pk=1).exists() or TileHead.objects.exclude(pk=1).exists():
        report.find("head_twice", "TreeHead", "账本的头部记录不止一行。", "There is more than one head row.")
    return report


def _leaves() -> Iterator[tuple[int, bytes]]:
    rows = Leaf.objects.order_by("index").values_list("index", "commitment")
    return ((index, bytes(commitment)) for index, commitment in rows.iterator(chunk_size=5000))


def _tiles(level: int) -> Iterator[tuple[int, bytes]]:
    rows = Tile.objects.filter(level=level).order_by("index").values_list("index", "hashes")
    return ((index, bytes(hashes)) for index, hashes in rows.iterator(chunk_size=100))
