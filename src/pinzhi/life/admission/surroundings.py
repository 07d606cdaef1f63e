"""
What the house knows beside a listing: whose name its papers must carry, and what like goods cost.

Kept with the screening, so that a replay needs no row that may have changed since.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pinzhi.catalogue import queries as catalogue
from pinzhi.life.admission import captions, filed, picture_bank
from pinzhi.life.admission.contracts import Listing, State
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.rules.borrowed import SeenBefore
from pinzhi.life.admission.rules.facts import Merchant
from pinzhi.life.admission.rules.price_groups import USUAL, Group, Groups
from pinzhi.life.admission.rules.verdict import Surroundings

MOST_LIKE = 500
"""Admitted submissions of a category whose prices are looked at, the latest first. One range of one index."""


def known(listing: Listing) -> Surroundings:
    """Merchant, like goods and known pictures of a listing as they are now. Two queries, and those of the pictures where it names files."""
    seen = picture_bank.seen_before(listing) if picture_bank.of(listing) else None
    return Surroundings(
        merchant=merchant(listing.merchant_id),
        group=like(listing),
        pictures=seen,
        reports=filed.gathered(listing),
        captions=captions.gathered(listing),
    )


def merchant(id_: str) -> Merchant | None:
    """The merchant as the catalogue has it; None where it knows no name of his, and then no holder is compared."""
    card = catalogue.merchant(id_)
    if card is None or card.seen_only or card.name == card.id:
        return None
    return Merchant(card.id, card.name, card.uscc)


def like(listing: Listing) -> Group | None:
    """What goods of the category cost that are admitted, each listing once with its latest price; None for a listing without a price."""
    if listing.price is None:
        return None
    rows = Submission.objects.filter(category=listing.category, state=State.PASSED, price__gt=0)
    rows = rows.exclude(listing_id=listing.id).order_by("-at", "-pk")
    found, seen = Groups(), set[str]()
    for id_, title, brand, price in rows.values_list("listing_id", "title", "brand", "price")[:MOST_LIKE]:
        if id_ not in seen:
            seen.add(id_)
            found.add(Listing(id_, "", listing.category, title, brand=brand, price=price))
    return found.of(listing, USUAL, counted=False)


def written(around: Surroundings) -> dict[str, Any]:
    """The surroundings as they are stored. Logarithms are written in the shortest form that reads back as the same number."""
    whose, group = around.merchant, around.group
    return {
        "merchant": None if whose is None else {"id": whose.id, "name": whose.name, "uscc": whose.uscc},
        "group": None
        if group is None
        else {"middle": group.middle, "spread": group.spread, "members": group.members, "key": list(group.key)},
        "reports": None if around.reports is None else json.loads(around.reports.basis),
        "pictures": None if around.pictures is None else [asdict(p) for p in around.pictures],
        "captions": None if around.captions is None else dict(around.captions.readings),
    }


def read(stored: Mapping[str, Any]) -> Surroundings:
    """What `written` wrote down."""
    whose, group, seen = stored["merchant"], stored["group"], stored.get("pictures")
    return Surroundings(
        merchant=None if whose is None else Merchant(**whose),
        group=None
        if group is None
        else Group(float(group["middle"]), float(group["spread"]), group["members"], tuple(group["key"])),
        pictures=None if seen is None else tuple(SeenBefore(**p) for p in seen),
        reports=filed.again(stored["reports"]) if stored.get("reports") else None,
        captions=captions.again(stored["captions"]) if stored.get("captions") else None,
    )
