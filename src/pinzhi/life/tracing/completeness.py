"""The completeness of batches from what is stored, many at once in a handful of queries."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from django.db.models import Sum

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.life.tracing import numbers
from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import CodeRange, Thing, VoidCodes
from pinzhi.life.tracing.rules.chain.mentions import lot_uri
from pinzhi.life.tracing.rules.completeness import Completeness, Recorded, judge

_TOLD = """
SELECT COALESCE(t.lot_id, t.id),
  MAX(CASE WHEN e.step IN ('commissioning', 'creating_class_instance') OR m.part = 'output' THEN 1 ELSE 0 END),
  MAX(CASE WHEN e.step IN ('packing', 'shipping', 'departing', 'receiving', 'arriving', 'accepting', 'storing', 'retail_selling') THEN 1 ELSE 0 END)
FROM tracing_thing t
JOIN tracing_mention m ON m.thing_id = t.id
JOIN tracing_event e ON e.id = m.event_id AND NOT e.voided AND NOT e.error
WHERE COALESCE(t.lot_id, t.id) IN {ids}
GROUP BY COALESCE(t.lot_id, t.id)
"""
_UNITS = "SELECT lot_id, COUNT(*) FROM tracing_thing WHERE lot_id IN {ids} GROUP BY lot_id"


def of_batches(cards: Iterable[BatchCard]) -> dict[str, Completeness]:
    """The completeness of each batch, by its id."""
    held = list(cards)
    listings = catalogue.listings({c.listing_id for c in held if c.listing_id})
    gtins = numbers.of_goods(held)
    uris = {c.id: uri for c in held if (uri := _lot(gtins[c.id], c.id))}
    things = _things(list(uris.values()))
    lots = set(things.values())
    told = {lot: (bool(made), bool(moved)) for lot, made, moved in rows(_TOLD, lots)}
    units = dict(rows(_UNITS, lots))
    issued = _issued([c.id for c in held])
    papers = catalogue.paper_kinds(c.id for c in held)
    found = {}
    for card in held:
        lot = things.get(uris.get(card.id, ""), -1)
        made, moved = told.get(lot, (False, False))
        category = listings[card.listing_id].category if card.listing_id in listings else ""
        found[card.id] = judge(
            Recorded(
                gtin=card.id in uris, produced=card.produced_on is not None, quantity=card.quantity, factory=bool(card.factory),
                report=bool(card.report_no) or "report" in papers[card.id],
                quarantine=bool(card.quarantine_no) or "quarantine" in papers[card.id], category=category,
                codes=max(issued[card.id], units.get(lot, 0)), made=made, moved=moved,
            )
        )  # fmt: skip
    return found


def _lot(gtin: str, batch_id: str) -> str:
    try:
        return lot_uri(gtin, batch_id) if gtin else ""
    except ValueError:
        return ""


def _things(uris: Sequence[str]) -> dict[str, int]:
    found: dict[str, int] = {}
    for start in range(0, len(uris), 500):
        found |= dict(Thing.objects.filter(uri__in=uris[start : start + 500]).values_list("uri", "pk"))
    return found


def _issued(ids: Sequence[str]) -> Counter[str]:
    """Codes given out and not void, by batch."""
    found: Counter[str] = Counter()
    for start in range(0, len(ids), 500):
        part = ids[start : start + 500]
        for batch, count in (
            CodeRange.objects.filter(batch_id__in=part).values_list("batch_id").annotate(n=Sum("count"))
        ):
            found[batch] += count
        for batch, count in (
            VoidCodes.objects.filter(range__batch_id__in=part).values_list("range__batch_id").annotate(n=Sum("count"))
        ):
            found[batch] -= count
    return found
