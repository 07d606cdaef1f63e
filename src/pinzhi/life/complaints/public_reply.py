"""The merchant's reply beside his public figures: one at a time for him and for each of his listings; the house may take it down with a reason."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.models import PublicReply
from pinzhi.life.complaints.rules.publicly import public_words
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor


def reply(words: str, by: Actor, *, listing: str = "", now: datetime | None = None) -> PublicReply:
    """
    Say something in public; it takes the place of what was said before.

    Raises RefusedError: `not_permitted`, `listing_unknown` (also another merchant's), and those of `public_words`.
    """
    with act("complaints.reply_publicly", by, now=now) as a:
        said = public_words(words)
        if listing and not _owns(by, listing):
            raise RefusedError.because(
                "listing_unknown", "no listing of yours has this id", "choose one of your listings", field="listing"
            )
        PublicReply.objects.filter(merchant_id=by.merchant_id, listing_id=listing, ended_at=None).update(ended_at=a.now)
        a.note = f"merchant:{by.merchant_id} listing:{listing or '-'}"
        return PublicReply.objects.create(
            merchant_id=by.merchant_id, listing_id=listing, words=said, at=a.now, by=by.label
        )


def take_back(id_: int, by: Actor, *, now: datetime | None = None) -> None:
    """The merchant's own reply is shown no longer. Raises RefusedError: `not_permitted`, `reply_unknown`."""
    with act("complaints.reply_publicly", by, now=now) as a:
        row = _row(id_, by.merchant_id)
        row.ended_at = a.now
        row.save(update_fields=["ended_at"])
        a.note = f"merchant:{row.merchant_id} listing:{row.listing_id or '-'}"


def take_down(id_: int, by: Actor, *, why: str, now: datetime | None = None) -> None:
    """The house takes a reply down and says why. Raises RefusedError: `not_permitted`, `reply_unknown`, `reason_missing`."""
    with act("complaints.take_down", by, now=now) as a:
        row = _row(id_)
        if not (said := " ".join(why.split())[:300]):
            raise RefusedError.because("reason_missing", "the merchant reads why", "give the reason", field="why")
        row.ended_at, row.why = a.now, said
        row.save(update_fields=["ended_at", "why"])
        a.note = f"merchant:{row.merchant_id} listing:{row.listing_id or '-'}"


def shown(merchants: Iterable[str]) -> Mapping[tuple[str, str], PublicReply]:
    """What stands now, by merchant and listing ("" is the merchant himself)."""
    found = PublicReply.objects.filter(merchant_id__in=list(merchants), ended_at=None)
    return {(r.merchant_id, r.listing_id): r for r in found}


def _owns(by: Actor, listing: str) -> bool:
    card = catalogue.listing(listing)
    return card is not None and card.merchant_id == by.merchant_id


def _row(id_: int, merchant: str = "") -> PublicReply:
    found = PublicReply.objects.select_for_update().filter(pk=id_, ended_at=None)
    row = (found.filter(merchant_id=merchant) if merchant else found).first()
    if row is None:
        raise RefusedError.because("reply_unknown", "no such reply is shown", "look at the list")
    return row
