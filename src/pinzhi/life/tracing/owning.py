"""Whose batch it is: merchants act for their own, the house for all."""

from __future__ import annotations

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.roles import Actor


def mine(by: Actor) -> dict[str, str]:
    """The condition that a merchant sees his own ranges only."""
    return {"merchant_id": by.merchant_id} if by.outside else {}


def own_batch(batch_id: str, by: Actor) -> BatchCard:
    """The batch, for whoever may act for it. Raises RefusedError(`batch_unknown`)."""
    card = catalogue.batch(batch_id) if batch_id.isprintable() else None
    if card is None or (by.outside and card.merchant_id != by.merchant_id):
        raise RefusedError.because(
            "batch_unknown", f"no batch of yours is called «{batch_id[:80]}»", "register the batch first", field="batch"
        )
    return card
