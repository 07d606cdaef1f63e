"""Giving out codes for a batch, and declaring spoiled ones void. A range is stored; codes are computed when they are printed and when they are read."""

from __future__ import annotations

from datetime import datetime

from django.conf import settings
from django.db import IntegrityError

from pinzhi.catalogue.contracts import BatchCard
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.facts import CodesIssued
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.tracing import numbers, ring
from pinzhi.life.tracing.models import CodeRange, VoidCodes
from pinzhi.life.tracing.owning import mine, own_batch
from pinzhi.life.tracing.rules.codes import SERIALS, Epoch, Form
from pinzhi.life.tracing.rules.gs1.digits import gtin_14
from pinzhi.life.tracing.tables import identifiers
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

MOST = 10_000_000
"""Codes of one range."""
_TRIES = 5


def issue(batch_id: str, count: int, by: Actor, *, form: Form = Form.LETTERS, now: datetime | None = None) -> CodeRange:
    """
    Give out the next `count` codes of a batch.

    Raises RefusedError: `not_permitted`, `batch_unknown` (also for another merchant's), `batch_without_gtin`, `batch_invalid` (its id cannot stand in a link),
    `count_out_of_range`, `serials_used_up`.
    """
    if not 1 <= count <= MOST:
        raise RefusedError.because(
            "count_out_of_range", f"{count} codes were asked for", f"ask for 1 to {MOST:,}", field="count"
        )
    for _ in range(_TRIES):
        try:
            return _issue(batch_id, count, by, form, now)
        except IntegrityError:  # another process gave the same serials out in between: take the next ones
            continue
    raise RefusedError.because("serials_busy", "too many ranges of this GTIN are given out at once", "ask again")


def _issue(batch_id: str, count: int, by: Actor, form: Form, now: datetime | None) -> CodeRange:
    with act("tracing.issue", by, subject=Subject(Kind.BATCH, batch_id or "?"), now=now) as a:
        card = own_batch(batch_id, by)
        gtin = gtin_of(card)
        epoch = ring.current(settings.CODE_KEYS, form, a.now.astimezone(SHANGHAI).date())
        half = SERIALS[form] // 2
        last = CodeRange.objects.filter(gtin=gtin, epoch=epoch.number).order_by("-first").first()
        first = last.first + last.count if last else 0
        if first + count > half:
            raise RefusedError.because(
                "serials_used_up",
                f"{half - first} serials of {gtin} are left in epoch {epoch.number}",
                "`pinzhi tracing keys --rotate` begins a new epoch",
                field="count",
            )
        row = CodeRange.objects.create(
            gtin=gtin, epoch=epoch.number, first=first, count=count, form=form.value, batch_id=card.id,
            merchant_id=card.merchant_id, at=a.now, by=by.label,
        )  # fmt: skip
        a.fact(_fact(row, "issued", first, count))
        return row


def void(range_id: int, first: int, count: int, reason: str, by: Actor, *, now: datetime | None = None) -> VoidCodes:
    """
    Say that codes of a range, counted from 0 within it, were spoiled or lost. Saying the same again changes nothing.

    Raises RefusedError: `not_permitted`, `range_unknown` (also for another merchant's), `range_part_outside`, `void_without_reason`.
    """
    with act("tracing.void", by, now=now) as a:
        row = CodeRange.objects.filter(pk=range_id, **mine(by)).first()
        if row is None:
            raise RefusedError.because(
                "range_unknown", f"there is no range {range_id} of yours", "look at the ranges of the batch"
            )
        if count < 1 or first < 0 or first + count > row.count:
            raise RefusedError.because(
                "range_part_outside",
                f"the range has the codes 0 to {row.count - 1}",
                "name a part of it",
                field="first",
            )
        said = " ".join(reason.replace("\0", "").split())[:200]
        if not said:
            raise RefusedError.because(
                "void_without_reason", "nothing says why", "write what happened to them", field="reason"
            )
        known = VoidCodes.objects.filter(range=row, first=row.first + first, count=count).first()
        if known is not None:
            return known
        made = VoidCodes.objects.create(
            range=row, first=row.first + first, count=count, reason=said, at=a.now, by=by.label
        )
        a.fact(_fact(row, "void", made.first, count))
        return made


def gtin_of(card: BatchCard) -> str:
    """The GTIN-14 of a batch or of its listing, the maker's or the platform's. Raises RefusedError: `batch_without_gtin`, `batch_invalid`."""
    gtin = gtin_14(numbers.of_goods([card])[card.id])
    if not gtin.strip("0") or identifiers().fault("01", gtin):
        raise RefusedError.because(
            "batch_without_gtin",
            f"the batch {card.id} has no GTIN, and neither has its listing",
            "register it with the GTIN of its maker; goods without one get a number of the platform (`pinzhi tracing number`)",
            field="batch",
        )
    if identifiers().fault("10", card.id):
        raise RefusedError.because(
            "batch_invalid",
            "the id of the batch cannot stand on a label: GS1 allows 20 letters, digits and common signs",
            "register the batch under its lot number",
            field="batch",
        )
    return gtin


def held(gtin: str, epoch: int, serial: int) -> CodeRange | None:
    """The range that a serial was given out in; None for serials that were never given out."""
    row = CodeRange.objects.filter(gtin=gtin, epoch=epoch, first__lte=serial).order_by("-first").first()
    return row if row is not None and serial < row.first + row.count else None


def is_void(row: CodeRange, serial: int) -> bool:
    """Whether a serial of the range was declared void."""
    return any(v.first <= serial < v.first + v.count for v in row.voids.all())


def epoch_of(row: CodeRange) -> Epoch | None:
    """The epoch of keys that the codes of a range are made with; None where its file is gone."""
    return next((e for e in ring.ring(settings.CODE_KEYS) if e.number == row.epoch), None)


def given_out(batch_id: str) -> int:
    """Codes of a batch that were given out and are not void."""
    ranges = CodeRange.objects.filter(batch_id=batch_id)
    voids = VoidCodes.objects.filter(range__in=ranges)
    return sum(ranges.values_list("count", flat=True)) - sum(voids.values_list("count", flat=True))


def _fact(row: CodeRange, change: str, first: int, count: int) -> CodesIssued:
    return CodesIssued(
        subject=Subject(Kind.BATCH, row.batch_id), change=change, gtin=row.gtin, epoch=row.epoch, first=first, count=count,
        merchant_id=row.merchant_id,
    )  # fmt: skip
