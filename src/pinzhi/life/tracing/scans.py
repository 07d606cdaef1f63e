"""
One query of a code: what its number says, how often it was asked for, whether it is called back or copied, and the ownership that a covered code activates.

A valid code says that the number was issued here, never that the piece is genuine: a printed code can be copied.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256

from django.conf import settings
from django.db.models import F

from pinzhi.catalogue import queries as catalogue
from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import giving, ring, walk
from pinzhi.life.tracing.models import CodeRange, CodeState, Recall, Scan, Thing
from pinzhi.life.tracing.recall import policy_in_force
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.chain.mentions import gtin_of, lot_uri, unit_uri
from pinzhi.life.tracing.rules.clones_further import Covered
from pinzhi.life.tracing.rules.gs1.digits import fits, gtin_14

DAY = timedelta(days=1)


class Said(StrEnum):
    """What a code's number says."""

    VALID = "valid"
    """Issued here, for the goods and the batch that the address names."""
    VOID = "void"
    """Issued here and declared spoiled or lost: it is on no goods."""
    REVOKED = "revoked"
    """Made with a key that others know."""
    UNKNOWN = "unknown"
    """Not issued here."""
    OTHER_BATCH = "other_batch"
    """Issued here, for another batch than the address says."""
    FOREIGN = "foreign"
    """A serial of somebody else's that events of the chain know."""


@dataclass(frozen=True, slots=True)
class Answer:
    """
    What is known of a piece at a moment. `scans` counts this query; `first_at` is that of the first one, None for what is not counted.

    `recalled`: the recall that its goods fall under. `copied`: the sentence (zh, en) of why the code is taken for copied.
    """

    gtin: str
    serial: str
    said: Said
    batch_id: str
    scans: int = 0
    first_at: datetime | None = None
    activated_at: datetime | None = None
    recalled: Recall | None = None
    copied: tuple[str, str] | None = None
    thing: str = ""


def look(gtin: str, serial: str, lot: str = "") -> Answer:
    """What is known, without counting a query. Raises RefusedError(`gtin_invalid`)."""
    # PostgreSQL refuses NUL in a query, and no code or lot has control characters.
    serial, lot = ("".join(c for c in text if c.isprintable()) for text in (serial, lot))
    key = gtin_14(gtin)
    if not (key.isascii() and key.isdigit() and len(key) == 14 and fits(key)):
        raise RefusedError.because(
            "gtin_invalid",
            f"{gtin[:20]} is no GTIN",
            "scan the code again, or type the address as it is printed",
            field="gtin",
        )
    read = codes.read(ring.ring(settings.CODE_KEYS), key, serial)
    held = giving.held(key, read.epoch or 0, read.serial) if read.serial is not None else None
    batch, said = _said(read, held, lot)
    uri = unit_uri(key, read.code if read.serial is not None else serial)
    if said is Said.UNKNOWN and Thing.objects.filter(uri=uri).exists():
        said = Said.FOREIGN
    state = CodeState.objects.filter(gtin=key, code=read.code).first() if read.serial is not None else None
    return Answer(
        key, read.code if read.serial is not None else serial, said, batch, recalled=_recalled(key, batch or lot, uri), thing=uri,
        scans=state.scans if state else 0,
        first_at=state.first_at if state else None,
        activated_at=state.activated_at if state else None,
        copied=(state.copied["zh"], state.copied["en"]) if state and state.copied else None,
    )  # fmt: skip


def scan(
    gtin: str, serial: str, lot: str = "", *, device: str = "", region: str = "", now: datetime | None = None
) -> Answer:
    """
    The same, and the query is counted where the number was issued here: numbers that anybody may invent leave no row.

    A device that asks again within minutes is not counted again. Raises RefusedError(`gtin_invalid`).
    """
    found = look(gtin, serial, lot)
    if found.said in (Said.UNKNOWN, Said.FOREIGN):
        return found
    moment = now or clock.now()
    policy = policy_in_force(moment)
    with whole():
        state, _ = CodeState.objects.select_for_update().get_or_create(
            gtin=found.gtin, code=found.serial, defaults={"batch_id": found.batch_id, "first_at": moment}
        )
        since = moment - timedelta(minutes=policy.scan.again_minutes)
        again = bool(device) and Scan.objects.filter(state=state, device=device, covered="", at__gt=since).exists()
        if not again:
            Scan.objects.create(state=state, at=moment, device=device[:16], region=region[:64])
            CodeState.objects.filter(pk=state.pk).update(scans=F("scans") + 1, last_at=moment)
            state.scans += 1
    return replace(found, scans=state.scans, first_at=state.first_at, activated_at=state.activated_at)


def activate(
    gtin: str, serial: str, covered: str, *, device: str = "", region: str = "", now: datetime | None = None
) -> Answer:
    """
    Take the code under the scratch-off: it activates ownership once. What was typed is kept as right, right again or wrong, for the search for copied codes;
    whether a code is right is told to nobody after the activation.

    Raises RefusedError: `gtin_invalid`, `code_not_valid`, `activated_already` (with the moment), `covered_code_wrong`, `covered_code_rest` (too many wrong
    ones today).
    """
    found = look(gtin, serial)
    if found.said is not Said.VALID:
        raise RefusedError.because(
            "code_not_valid", "only a valid code can be activated", "scan the code on the goods", field="code"
        )
    moment = now or clock.now()
    policy = policy_in_force(moment)
    read = codes.read(ring.ring(settings.CODE_KEYS), found.gtin, found.serial)
    epoch = next(e for e in ring.ring(settings.CODE_KEYS) if e.number == read.epoch)
    assert read.serial is not None
    wanted = codes.second_factor(epoch.keys(found.gtin), read.serial)
    no: RefusedError | None = None
    with whole():
        state, _ = CodeState.objects.select_for_update().get_or_create(
            gtin=found.gtin, code=found.serial, defaults={"batch_id": found.batch_id}
        )
        if state.wrong_since is None or moment - state.wrong_since >= DAY:
            state.wrong_factors, state.wrong_since = 0, None
        right = hmac.compare_digest(codes.normal(covered).encode(), wanted.encode())
        rest = state.wrong_factors >= policy.scan.wrong_factors
        typed = Covered.WRONG if not right else Covered.AGAIN if state.activated_at else Covered.OWNED
        if state.activated_at is not None:
            no = RefusedError.because(
                "activated_already",
                f"this piece was activated on {state.activated_at:%Y-%m-%d}",
                "if it was not you, the goods may not be new: tell the shop or the platform",
            )
        elif rest:
            no = RefusedError.because(
                "covered_code_rest", "too many wrong codes were typed today", "try again tomorrow", field="covered"
            )
        elif not right:
            state.wrong_factors += 1
            state.wrong_since = state.wrong_since or moment
            no = RefusedError.because(
                "covered_code_wrong",
                "this is not the code under the cover",
                "type the eight characters again",
                field="covered",
            )
        else:
            state.activated_at = moment
        state.save(update_fields=["wrong_factors", "wrong_since", "activated_at"])
        if typed is not Covered.OWNED or not rest:
            _keep_typed(state, typed, device[:16], region[:64], moment, policy.scan.again_minutes)
    if no is not None:
        raise no
    return look(gtin, serial)


def _keep_typed(state: CodeState, typed: Covered, device: str, region: str, at: datetime, minutes: int) -> None:
    """A row of what was typed; the same from the same device within minutes is none."""
    since = at - timedelta(minutes=minutes)
    if not Scan.objects.filter(state=state, device=device, covered=typed.value, at__gt=since).exists():
        Scan.objects.create(state=state, at=at, device=device, region=region, covered=typed.value)


def device_mark(*parts: str) -> str:
    """A keyed mark of what a device sends: the same device has the same mark, and nobody without the key gets from the mark to the device."""
    key = hmac.digest(settings.IDENTITY_KEY, b"pinzhi scan device", sha256)
    return hmac.digest(key, "\n".join(parts).encode(), sha256).hex()[:16] if any(parts) else ""


def _said(read: codes.Read, held: CodeRange | None, lot: str) -> tuple[str, Said]:
    if read.serial is None:
        return "", Said.UNKNOWN
    batch = held.batch_id if held else _book_batch(read)
    if batch is None:
        return "", Said.UNKNOWN
    if not read.valid:
        return batch, Said.REVOKED
    if held is not None and giving.is_void(held, read.serial):
        return batch, Said.VOID
    return batch, Said.OTHER_BATCH if lot and batch and lot != batch else Said.VALID


def _book_batch(read: codes.Read) -> str | None:
    """The batch of a code that the command line gave out; None for a serial that nobody did (a key that others know can make such)."""
    found = ring.held(settings.CODE_KEYS, read.gtin, read.epoch or 0, read.serial or 0)
    return found.batch if found else None


def _recalled(gtin: str, batch: str, uri: str) -> Recall | None:
    """The open recall of its batch, or of anything that it was made from."""
    running = {r.batch: r for r in Recall.objects.filter(drill=False, closed_at=None)}
    if not running:
        return None
    if batch and (own := running.get(lot_uri(gtin, batch))) is not None:
        return own
    number = walk.number_of(uri)
    lots = _uris([*walk.back([number]).came_from]) if number is not None else []
    if batch and number is None and (lot := walk.number_of(lot_uri(gtin, batch))) is not None:
        lots = _uris(walk.back([lot]).came_from)
    return next((running[u] for u in lots if u in running), None)


def called_back(gtin: str, batch: str) -> Recall | None:
    """The open recall of a batch (its number, or its id in the catalogue), or, without one, of any batch of the goods. Either may be ""."""
    batch = "".join(c for c in batch if c.isprintable())[:128]
    card = catalogue.batch(batch) if batch else None
    if card is not None:
        listing = catalogue.listing(card.listing_id) if card.listing_id else None
        gtin = card.gtin or (listing.gtin if listing else "") or gtin
    key = gtin_14(gtin) if gtin.isascii() and gtin.isdigit() else ""
    if key and batch:
        return _recalled(key, batch, lot_uri(key, batch))
    running = Recall.objects.filter(drill=False, closed_at=None).order_by("-at") if key else ()
    return next((r for r in running if gtin_of(r.batch) == key), None)


def _uris(numbers: Iterable[int]) -> list[str]:
    return list(Thing.objects.filter(pk__in=list(numbers)[:5000]).values_list("uri", flat=True))
