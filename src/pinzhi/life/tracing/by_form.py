"""A step that a merchant tells by form: held against his batch, written as an EPCIS event, and captured like every other."""

from __future__ import annotations

import json
from datetime import datetime

from pinzhi.kernel import clock
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import capture, certificates, giving, scans
from pinzhi.life.tracing.capture import TakenOne
from pinzhi.life.tracing.models import Thing
from pinzhi.life.tracing.rules.chain import form
from pinzhi.life.tracing.rules.chain.mentions import lot_uri, unit_parts, unit_uri
from pinzhi.life.tracing.rules.epcis.values import canonical
from pinzhi.people.roles import Actor

MOST_PIECES = 500
"""Pieces of one form; more come as a file."""


def tell(
    batch_id: str,
    by: Actor,
    *,
    step: str,
    at: str,
    gln: str,
    pieces: str = "",
    quantity: int = 0,
    sscc: str = "",
    now: datetime | None = None,
) -> TakenOne:
    """
    Write one step of a batch, with what is attached to it (`certificates.carried`).

    `pieces`: codes or addresses of labels, one a line; without them `quantity` counts. `at`: a moment of China's clock.

    The same step told twice is one event (`fresh` is False). Raises RefusedError: `batch_unknown` (also for another merchant's), `batch_without_gtin`,
    `batch_invalid`, `moment_unreadable`, `too_many_pieces`, `piece_not_of_batch`, those of `rules.chain.form.event`, and those of `capture.capture_one`.
    """
    card = giving.own_batch(batch_id, by)
    gtin = giving.gtin_of(card)
    lot = lot_uri(gtin, card.id)
    typed = [line.strip() for line in pieces.replace("\0", "").splitlines() if line.strip()]
    if len(typed) > MOST_PIECES:
        raise RefusedError.because(
            "too_many_pieces",
            f"{len(typed)} pieces in one form; at most {MOST_PIECES}",
            "tell it in parts, or hand in a file",
            field="pieces",
        )
    units = tuple(dict.fromkeys(_piece(text, gtin, card.id, lot, making=step == "make") for text in typed))
    papers = certificates.carried(card, lot, step)
    told = form.Told(step, _moment(at), gln.strip(), lot, card.id, units, quantity, sscc.strip(), papers)
    whole = json.dumps(form.document([form.event(told)], now or clock.now())).encode()
    if before := certificates.told_before(whole, by.merchant_id):
        return TakenOne(before, fresh=False)
    return capture.capture_one(whole, by, now=now)


def _piece(text: str, gtin: str, batch: str, lot: str, *, making: bool) -> str:
    """The link of a piece of this batch. A serial of the merchant's own is one where it is made now, or was made in this lot."""
    named = unit_parts(canonical(text[:300])) if "/" in text or ":" in text else (gtin, text[:90])
    if named is not None and named[0] == gtin:
        found = scans.look(gtin, named[1])
        if found.said is scans.Said.VALID and found.batch_id == batch:
            return found.thing
        if found.said in (scans.Said.UNKNOWN, scans.Said.FOREIGN):
            uri = unit_uri(gtin, named[1])
            known = Thing.objects.filter(uri=uri).values_list("lot__uri", flat=True).first()
            if known == lot or (making and known is None):
                return uri
    raise RefusedError.because(
        "piece_not_of_batch", f"«{text[:60]}» is no piece of this batch", "compare it with the label", field="pieces"
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise RefusedError.because(
            "moment_unreadable", "this is no moment", "write it as 2026-11-26 09:30", field="at"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
