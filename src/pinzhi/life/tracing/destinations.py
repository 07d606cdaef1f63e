"""
Into which regions pieces of a batch went: deliveries and sales of the marketplace, and the events of the chain whose places have a region.

    place_regions(rows, by)              the regions of places, as somebody of the house says
    of_batch(gtin, batch, since) → Sent  in the order of time

Regions are held against those of scans by name: whoever tells them uses the words of `PINZHI_REGION_HEADER`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.life.tracing import fates, walk
from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import PlaceRegion
from pinzhi.life.tracing.record import Record
from pinzhi.life.tracing.rules.chain.destinations import destinations
from pinzhi.life.tracing.rules.chain.mentions import HOME, lot_uri
from pinzhi.life.tracing.rules.epcis.values import canonical
from pinzhi.life.tracing.rules.gs1.digits import fits
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

_UNITS = "SELECT id FROM tracing_thing WHERE lot_id IN {ids}"
LONGEST = 64


class Sent(NamedTuple):
    """Pieces of a batch went into a region, "" for one that is not known; `sale` where that was an order, which says nothing of the others."""

    at: datetime
    region: str
    sale: bool


def of_batch(gtin: str, batch: str, since: datetime) -> list[Sent]:
    """What is known of where its pieces went, in the order of time: each region at the first moment, orders apart from what was sent."""
    events = open_store().about("batch", batch, kinds=("delivery", "sale"), first=since.date())
    told = events.select(["at", "kind", "region"]).to_pylist()
    found = [Sent(row["at"], row["region"] or "", row["kind"] == "sale") for row in told]
    first: dict[tuple[str, bool], Sent] = {}
    for one in sorted([*found, *_of_chain(gtin, batch)]):
        first.setdefault((one.region, one.sale), one)
    return list(first.values())


def _of_chain(gtin: str, batch: str) -> list[Sent]:
    try:
        lot = walk.number_of(lot_uri(gtin, batch))
    except ValueError:
        return []
    if lot is None:
        return []
    record = Record()
    things = [lot, *(unit for (unit,) in rows(_UNITS, [lot]))]
    record.stays(things)
    went = [
        one
        for group in record.grouped(things)
        for one in destinations(fates.happened(group, record), counted=group.counted)
    ]
    regions = dict(PlaceRegion.objects.filter(pk__in={place for _, place in went}).values_list("place", "region"))
    return [Sent(at, regions.get(place, ""), False) for at, place in went]


def place_regions(
    given: Iterable[tuple[int, Mapping[str, Any]]], by: Actor, *, now: datetime | None = None
) -> tuple[int, list[Refusal]]:
    """
    Enter the regions of places (`place`: a GLN, or the address or URN of a place in EPCIS; `region`). The last one said of a place counts; a bad row is
    set aside. Returns how many places were entered. Raises RefusedError(`not_permitted`).
    """
    with act("tracing.places", by, now=now) as a:
        entered: dict[str, PlaceRegion] = {}
        refused: list[Refusal] = []
        for number, row in given:
            try:
                place, region = _place(str(row.get("place") or "")), _region(str(row.get("region") or ""))
            except RefusedError as no:
                refused.append(Refusal(no.refusal.code, no.refusal.reason, no.refusal.remedy, no.refusal.field, number))
                continue
            entered[place] = PlaceRegion(place=place, region=region, at=a.now, by=a.by.label)
        PlaceRegion.objects.bulk_create(
            entered.values(), update_conflicts=True, unique_fields=["place"], update_fields=["region", "at", "by"],
            batch_size=200,
        )  # fmt: skip
        return len(entered), refused


def _place(text: str) -> str:
    said = text.strip()
    place = f"{HOME}414/{said}" if said.isascii() and said.isdigit() and len(said) == 13 and fits(said) else said
    if ":" not in place or not place.isprintable() or len(place) > 300:
        raise RefusedError.because(
            "place_unknown",
            f"{said[:40]!r} is no place",
            "give its GLN of 13 digits, or its address in EPCIS",
            field="place",
        )
    return canonical(place)


def _region(text: str) -> str:
    said = " ".join(text.split())
    if not said or not said.isprintable() or len(said) > LONGEST:
        raise RefusedError.because(
            "region_unknown",
            "the region is missing or too long",
            f"give its name, {LONGEST} characters at most",
            field="region",
        )
    return said
