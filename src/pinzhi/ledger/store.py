"""Append-only storage of leaves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pinzhi.ledger.models import Leaf, TreeHead


@dataclass(frozen=True, slots=True)
class NewLeaf:
    """A leaf to append: what it is (`fact`, `decision`, …), a reference for our own look-up, the commitment, and the nonce that opens it."""

    kind: str
    ref: str
    commitment: bytes
    nonce: bytes


def append(leaves: Sequence[NewLeaf], *, at: datetime) -> list[int]:
    """Append inside the caller's transaction; the head row is locked until it ends. Returns dense indexes in order."""
    head, _ = TreeHead.objects.select_for_update().get_or_create(pk=1)
    start = head.size
    Leaf.objects.bulk_create(
        Leaf(index=start + i, kind=leaf.kind, ref=leaf.ref, commitment=leaf.commitment, nonce=leaf.nonce, at=at)
        for i, leaf in enumerate(leaves)
    )
    head.size = start + len(leaves)
    head.save(update_fields=["size"])
    return list(range(start, head.size))
