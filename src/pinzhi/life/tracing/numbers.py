"""
Numbers of the platform for goods that have no GTIN of their maker: hand-made, from the farm, without a brand. Decision 39.

GS1 lets the party that brings unnumbered goods to the market number them. The platform does so with its own company prefix (PINZHI_GS1_PREFIX): one GTIN a
listing, given once, never given to other goods. Everything else is as with any GTIN: codes, labels, scan page, events, recall.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import IntegrityError

from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.tracing import owning
from pinzhi.life.tracing.models import GoodsNumber
from pinzhi.life.tracing.rules.gs1 import prefix as rules
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

_TRIES = 5


def prefixes() -> tuple[str, ...]:
    """The company prefixes of the platform, used in their order. Raises RefusedError(`prefix_invalid`)."""
    given = tuple(p for p in settings.GS1_PREFIX.replace(",", " ").split() if p)
    for at, one in enumerate(given):
        wrong = rules.fault(one)
        if not wrong and any(one.startswith(p) or p.startswith(one) for p in given[:at]):
            wrong = "one prefix begins with another: they would give the same numbers"
        if wrong:
            raise RefusedError.because(
                "prefix_invalid", f"PINZHI_GS1_PREFIX, {one[:20]}: {wrong}", "correct the setting"
            )
    return given


def give(batch_id: str, by: Actor, *, now: datetime | None = None) -> GoodsNumber:
    """
    The number of the platform for the goods of a batch: that of its listing, given now if it has none. Asking again gives the same one.

    Raises RefusedError: `not_permitted`, `batch_unknown` (also for another merchant's), `gtin_there` (they have a GTIN), `batch_without_listing` (nothing says
    what the goods are), `no_prefix` (the platform has none), `prefix_invalid`, `numbers_used_up`.
    """
    for _ in range(_TRIES):
        try:
            return _give(batch_id, by, now)
        except IntegrityError:  # another process took the same number or numbered the same listing in between
            continue
    raise RefusedError.because("numbers_busy", "too many numbers are given at once", "ask again")


def _give(batch_id: str, by: Actor, now: datetime | None) -> GoodsNumber:
    with act("tracing.number", by, subject=Subject(Kind.BATCH, batch_id or "?"), now=now) as a:
        card = owning.own_batch(batch_id, by)
        listing = catalogue.listing(card.listing_id) if card.listing_id else None
        if listing is None:
            raise RefusedError.because(
                "batch_without_listing",
                f"nothing says what the goods of {card.id} are",
                "register the batch with its listing",
                field="batch",
            )
        if (known := GoodsNumber.objects.filter(listing_id=listing.id).first()) is not None:
            return known
        if card.gtin or listing.gtin:
            raise RefusedError.because(
                "gtin_there", "these goods have a GTIN already", "give codes out with it", field="batch"
            )
        row = GoodsNumber.objects.create(
            gtin=_next(), listing_id=listing.id, merchant_id=card.merchant_id, at=a.now, by=by.label
        )
        a.note = f"gtin:{row.gtin}"
        return row


def _next() -> str:
    given = prefixes()
    if not given:
        raise RefusedError.because(
            "no_prefix",
            "the platform has no GS1 company prefix to number goods with",
            "ask the maker for the GTIN; or the operator sets PINZHI_GS1_PREFIX (in China a licence of GS1 China, 中国物品编码中心)",
        )
    for one in given:
        last = GoodsNumber.objects.filter(gtin__startswith="0" + one).order_by("-gtin").first()
        reference = (rules.reference_of(one, last.gtin) or 0) + 1 if last else 0
        if reference < rules.room(one):
            return rules.gtin_at(one, reference)
    raise RefusedError.because(
        "numbers_used_up",
        "every number of the platform's prefixes is given out",
        "add a further prefix to PINZHI_GS1_PREFIX",
    )


def of_goods(cards: Iterable[BatchCard]) -> dict[str, str]:
    """
    What the goods of each batch are numbered with, by the batch's id: the batch's own GTIN, else the platform's number, else the listing's GTIN; empty where
    there is none. A number of the platform stays with its listing: what is printed must go on meaning the same goods.
    """
    held = list(cards)
    wanted = {c.listing_id for c in held if c.listing_id and not c.gtin}
    own = dict(GoodsNumber.objects.filter(listing_id__in=wanted).values_list("listing_id", "gtin")) if wanted else {}
    listings = catalogue.listings(wanted - set(own)) if wanted - set(own) else {}
    return {
        c.id: c.gtin or own.get(c.listing_id) or (listings[c.listing_id].gtin if c.listing_id in listings else "")
        for c in held
    }


def is_own(gtin: str) -> bool:
    """Whether the platform gave this GTIN-14."""
    return GoodsNumber.objects.filter(pk=gtin).exists()


def of_merchant(merchant_id: str) -> set[str]:
    """The numbers of the platform for goods of a merchant."""
    return set(GoodsNumber.objects.filter(merchant_id=merchant_id).values_list("gtin", flat=True))
