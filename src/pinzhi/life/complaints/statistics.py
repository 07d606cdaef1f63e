"""Complaints in figures for everybody: the rows behind `rules.publicly`, read for whole months that are over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from pinzhi.catalogue import queries as catalogue
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.complaints import public_reply
from pinzhi.life.complaints.contracts import TAKEN_UP, Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, StepRow
from pinzhi.life.complaints.rules.publicly import Figures, Told, figures

MOST = 100
"""Merchants, or listings of one merchant, in one answer: those with the most complaints."""
PROPOSED = frozenset({"open_fast", "offer", "default", "propose", "adjudicate", "pay_fast"})
ANSWERED = frozenset({"offer", "contest", "ask"})
_MONTH = re.compile(r"(20\d\d)-(0[1-9]|1[0-2])(-\d\d)?\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Line:
    """One merchant or listing with his figures, and what the merchant says to them."""

    id: str
    name: str
    figures: Figures
    reply: str = ""
    replied_on: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """Months are the first and the last that count, as `2026-10`. `whole` is the merchant himself when one was asked for; `left_out`: more than `MOST`."""

    first: str
    last: str
    least: int
    lines: tuple[Line, ...]
    whole: Line | None = None
    left_out: int = 0


def statistics(now: datetime, *, merchant: str = "", listing: str = "", start: str = "", end: str = "") -> Answer:
    """
    Merchants, or one of them with his listings, or one listing. `start` and `end` are months (a day stands for its month); without them the last three.

    Raises RefusedError: `month_wrong`, `month_not_over`, `months_reversed`, `months_many`.
    """
    policy = policy_in_force(now).public
    first, last = _span(now, start, end, policy.months)
    if listing and not merchant:
        card = catalogue.listing(listing)
        merchant = card.merchant_id if card else ""
    by: dict[str, list[Told]] = {}
    if merchant or not listing:
        for told in _rows(first, last, merchant):
            by.setdefault(told.merchant, []).append(told)
    least = policy.least_count
    if not merchant:
        lines, left_out = _lines(Kind.MERCHANT, {m: figures(rows, least) for m, rows in by.items()}, "")
        return Answer(_name(first), _name(last), least, lines, None, left_out)
    rows = by.get(merchant, [])
    wanted = {listing} if listing else {t.listing for t in rows if t.listing}
    lines, left_out = _lines(Kind.LISTING, {name: figures(rows, least, name) for name in wanted}, merchant)
    whole, _ = _lines(Kind.MERCHANT, {merchant: figures(rows, least)}, "")
    return Answer(_name(first), _name(last), least, lines, None if listing or not whole else whole[0], left_out)


def _lines(kind: Kind, found: dict[str, Figures | None], merchant: str) -> tuple[tuple[Line, ...], int]:
    """Those that may be shown, of merchants or of the listings of one, with names and replies; and how many more there are."""
    every = sorted(((f, id_) for id_, f in found.items() if f), key=lambda x: (-x[0].complaints, x[1]))
    some = every[:MOST]
    names = catalogue.names(Subject(kind, id_) for _, id_ in some)
    said = public_reply.shown({merchant} if merchant else {id_ for _, id_ in some})
    lines = []
    for f, id_ in some:
        row = said.get((merchant, id_) if merchant else (id_, ""))
        on = row.at.astimezone(SHANGHAI).date().isoformat() if row else ""
        lines.append(Line(id_, names[Subject(kind, id_)], f, row.words if row else "", on))
    return tuple(lines), max(0, len(every) - MOST)


def _span(now: datetime, start: str, end: str, most: int) -> tuple[int, int]:
    today = now.astimezone(SHANGHAI)
    over = today.year * 12 + today.month - 2
    last = _month(end, "to") if end else over
    first = _month(start, "from") if start else last - min(3, most) + 1
    if last > over:
        raise RefusedError.because(
            "month_not_over", "figures are shown of months that are over", f"ask up to {_name(over)}", field="to"
        )
    if first > last:
        raise RefusedError.because(
            "months_reversed", "the last month lies before the first", "exchange them", field="to"
        )
    if last - first >= most:
        raise RefusedError.because(
            "months_many", f"one answer spans at most {most} months", "ask for fewer months", field="from"
        )
    return first, last


def _month(text: str, field: str) -> int:
    found = _MONTH.match(text[:20])
    if found is None:
        raise RefusedError.because("month_wrong", "this is no month", "write it like 2026-10", field=field)
    return int(found[1]) * 12 + int(found[2]) - 1


def _name(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02}"


def _start(month: int) -> datetime:
    return datetime(month // 12, month % 12 + 1, 1, tzinfo=SHANGHAI)


def _rows(first: int, last: int, merchant: str) -> Iterator[Told]:
    found = Complaint.objects.filter(opened_at__gte=_start(first), opened_at__lt=_start(last + 1)).exclude(
        state="merged"
    )
    found = found.exclude(channel=TAKEN_UP)
    found = found.filter(merchant_id=merchant) if merchant else found.exclude(merchant_id="")
    proposed, answered, late = _steps(found)
    columns = (
        "pk",
        "merchant_id",
        "listing_id",
        "buyer_id",
        "order_id",
        "opened_at",
        "closed_at",
        "upheld",
        "paid",
        "rated",
    )
    for pk, merchant_id, listing_id, buyer, order, opened, closed, upheld, paid, rated in found.values_list(*columns):
        at = opened.astimezone(SHANGHAI)
        yield Told(
            at.year * 12 + at.month - 1,
            merchant_id,
            listing_id,
            buyer or order or pk,
            upheld if closed else None,
            False if pk in late else True if pk in answered else None,
            proposed.get(pk),
            paid,
            rated,
        )


def _steps(found: object) -> tuple[dict[str, timedelta], set[str], set[str]]:
    """Time to the first proposal, who was answered by his merchant, and whose merchant let his time run out."""
    verbs = PROPOSED | ANSWERED | {"breach"}
    lines = StepRow.objects.filter(complaint__in=found, verb__in=verbs).order_by("complaint_id", "n")
    proposed: dict[str, timedelta] = {}
    answered: set[str] = set()
    late: set[str] = set()
    for pk, verb, side, data, at, opened in lines.values_list(
        "complaint_id", "verb", "side", "data", "at", "complaint__opened_at"
    ):
        if verb == "breach" and data.get("clock") == "merchant_answer":
            late.add(pk)
        if verb in ANSWERED and side == Side.MERCHANT.value:
            answered.add(pk)
        if verb in PROPOSED:
            proposed.setdefault(pk, at - opened)
    return proposed, answered, late
