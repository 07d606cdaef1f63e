"""Which batches do the goods of these batches stand in? The walk of tracing, for whoever handles complaints and has to know whom a matter concerns."""

from __future__ import annotations

from collections.abc import Iterable

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import batches, recall
from pinzhi.life.tracing.rules.chain.mentions import lot_of
from pinzhi.people.acts import permit
from pinzhi.people.roles import Actor


def reached(names: Iterable[str], by: Actor) -> tuple[list[str], list[str]]:
    """
    The registered batches of the same merchant that a walk forward from these reaches, themselves among them; and of those given the ones that tracing does
    not know.

    Raises RefusedError(`not_permitted`).
    """
    permit("complaints.handle", by)
    found: set[str] = set()
    unknown: list[str] = []
    for name in names:
        found.add(name)
        try:
            lot, _, lots = recall.forward(name, by)
        except RefusedError:
            unknown.append(name)
            continue
        for uri in lots:
            key = lot_of(uri)
            card = batches.registered(uri, key[1]) if key else None
            if card is not None and card.merchant_id == (lot.merchant_id or card.merchant_id):
                found.add(card.id)
    return sorted(found), unknown
