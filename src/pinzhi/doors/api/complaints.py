"""
Complaints over the interface: the marketplace sends them in for its buyers, merchants answer, whoever pays says so, and everybody reads how it stands.

A merchant's token sees complaints about its own goods only, and may take the merchant's steps alone: it never speaks for a buyer.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from pinzhi.doors.api import schemas_complaints as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, merchant_only
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.doors.api.schemas import BIGGEST
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints import consumer, joint, keys, log, merchant, opening
from pinzhi.life.complaints import fulfilment as reports
from pinzhi.life.complaints.contracts import Remedy
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.entry import Entry, read
from pinzhi.life.complaints.telling import ADVICE, story
from pinzhi.people.roles import Actor

router = Router(tags=["complaints"])
_READ, _WRITE = BearerToken(Scope.COMPLAINTS_READ), BearerToken(Scope.COMPLAINTS_WRITE)
_FULFIL = BearerToken(Scope.FULFILMENTS)
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


@router.post(
    "/complaints", auth=_WRITE, response={201: s.OpenedOut, 200: s.OpenedOut, **ERRORS}, operation_id="complain"
)
def complain(request: HttpRequest, body: s.ComplaintIn) -> Status[dict[str, Any]]:
    """
    Take a complaint in for a buyer. 201 when it is new, 200 when it was known or joined one that is open.

    The marketplace vouches for what it says of the order. Show `advice` at once where it is set.
    """
    by, entry = actor(request), _entry(body)
    if merchant_only(by):
        raise RefusedError.because(
            "not_permitted", "a merchant's token cannot complain for buyers", "use the marketplace's own token"
        )
    if body.offence:
        report, key = opening.report_offence(entry, by)
        return Status(201, {
            "complaint": report.pk, "receipt": report.receipt, "key": key, "offence": True, "fresh": True, "joined": False, "state": "open",
            "kinds": [report.kind] if report.kind else [], "severity": report.level, "next_clock": "", "next_due": None, "advice": _advice(report.level),
        })  # fmt: skip
    found = opening.open_complaint(entry, by)
    row = found.row
    return Status(201 if found.fresh else 200, {
        "complaint": row.pk, "receipt": row.receipt, "key": found.key, "offence": False, "fresh": found.fresh, "joined": found.joined, "state": row.state,
        "kinds": row.kinds, "severity": row.level, "next_clock": row.next_clock, "next_due": row.next_due, "advice": _advice(row.level),
    })  # fmt: skip


def _advice(level: int) -> dict[str, str] | None:
    return {"zh": ADVICE.zh, "en": ADVICE.en} if level == 1 else None


def _entry(body: s.ComplaintIn) -> Entry:
    """The checked entry. Raises RefusedError of the first field that is wrong."""
    now = clock.now()
    figures = policy_in_force(now).desk
    raw = body.dict(exclude={"order", "offence"}) | {"unit": body.unit}
    if body.order is not None:
        order = body.order.dict()
        raw |= {k: v for k, v in order.items() if k not in ("kind", "channel") and (k != "unit" or v)}
        raw |= {"order_kind": order["kind"], "order_channel": order["channel"]}
    entry, faults = read(
        raw, channel="api", now=now, most_words=figures.words, most_files=figures.photos, vouched=body.order is not None
    )
    if entry is None:
        raise RefusedError(faults[0])
    return entry


@router.post("/complaints/orders", auth=_WRITE, response={200: s.TokenOut, **ERRORS}, operation_id="order_token")
def order_token(request: HttpRequest, body: s.OrderIn) -> dict[str, str]:
    """A token by which the marketplace vouches for an order: put the address behind the button «complain» of the order page."""
    if merchant_only(actor(request)):
        raise RefusedError.because(
            "not_permitted", "only the marketplace vouches for orders", "use the marketplace's own token"
        )
    token = keys.order_token(body.dict())
    return {"token": token, "address": request.build_absolute_uri(f"/complain?order={token}")}


@router.get("/complaints", auth=_READ, response={200: s.ComplaintsOut, **ERRORS}, operation_id="complaints")
def complaints(
    request: HttpRequest,
    state: s.StateOf | None = None,
    order_id: Annotated[str, Query(max_length=128)] = "",
    before: datetime | None = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """Complaints, the latest first. A merchant's token sees its own."""
    found = _visible(actor(request))
    if state:
        found = found.filter(state=state)
    if order_id:
        found = found.filter(order_id=order_id)
    total = found.count()
    if before is not None:
        found = found.filter(opened_at__lt=before)
    return {"complaints": [document(row) for row in found.order_by("-opened_at", "-pk")[:limit]], "total": total}


def _visible(by: Actor) -> Any:
    found, own = Complaint.objects.all(), merchant_only(by)
    return found.filter(merchant_id=own) if own else found


def _row(request: HttpRequest, id_: str) -> Complaint:
    row: Complaint | None = _visible(actor(request)).filter(pk=id_).first()
    if row is None:
        raise not_found("complaint")
    return row


@router.get(
    "/complaints/taken-up", auth=_WRITE, response={200: s.TakenUpOut, **ERRORS}, operation_id="complaints_taken_up"
)
def taken_up(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=BIGGEST, description="the last cursor that you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """
    Orders of which nobody complained and which the house took up with an incident, in order of commit: send their buyers this message, with address and code.

    Keep the last `cursor` and ask again with it: nobody is missed and nobody comes twice, however many are taken up at once.
    """
    if merchant_only(actor(request)):
        raise RefusedError.because(
            "not_permitted", "only the marketplace writes to its buyers", "use the marketplace's own token"
        )
    page = joint.taken_up(after, limit)
    return {
        "orders": [
            {
                "complaint": row.pk, "order_id": row.order_id, "receipt": row.receipt, "key": keys.key_of(row.pk), "opened_at": row.opened_at,
                "state": row.state, "amount": str(row.amount), "words": said, "address": request.build_absolute_uri(f"/complaint?receipt={row.receipt}"),
            }
            for row, said in page.rows
        ],
        "cursor": page.cursor,
        "more": page.more,
    }  # fmt: skip


@router.get("/complaints/{id}", auth=_READ, response={200: s.ComplaintOut, **ERRORS}, operation_id="complaint")
def complaint(request: HttpRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """One complaint with its log. Another merchant's is not there."""
    return document(_row(request, id))


@router.post(
    "/complaints/{id}/steps", auth=_WRITE, response={200: s.ComplaintOut, **ERRORS}, operation_id="complaint_step"
)
def step(request: HttpRequest, id: Id, body: s.StepIn) -> dict[str, Any]:  # noqa: A002
    """Take a step, for the buyer (the marketplace only), for the merchant, or for whoever pays."""
    row, by = _row(request, id), actor(request)
    remedies = [Remedy.of(r.dict()) for r in body.remedies]
    if body.do == "fulfil":
        merchant.fulfil(row.pk, -1 if body.which is None else body.which, by, proof=body.proof)
    elif body.do in ("offer", "contest", "ask") or merchant_only(by):
        merchant.answer(body.do, row.pk, by, words=body.words, remedies=remedies)
    else:
        data = {name: value for name, value in (("offer", body.offer), ("mark", body.mark)) if value is not None}
        consumer.do(body.do, row.pk, by, words=body.words, **data)
    row.refresh_from_db()
    return document(row)


@router.post(
    "/complaints/{id}/fulfilments",
    auth=_FULFIL,
    response={201: s.ComplaintOut, 200: s.ComplaintOut, **ERRORS},
    operation_id="fulfilment",
)
def fulfilment(request: HttpRequest, id: Id, body: s.FulfilmentIn) -> Status[dict[str, Any]]:  # noqa: A002
    """
    Report that a remedy was carried out. 201 when it is new, 200 when it was reported under the same number before.

    A merchant's token reports on its own complaints only. What the platform's fund has promised is booked as paid from it.
    """
    row = _row(request, id)
    found = reports.report(row.pk, body.key, actor(request), proof=body.proof, amount=body.amount)
    return Status(201 if found.fresh else 200, document(found.row))


def document(row: Complaint) -> dict[str, Any]:
    """A complaint as it stands, without what is for the house only and without how the buyer can be reached."""
    now = log.of(row)
    return {
        "complaint": row.pk, "receipt": row.receipt, "state": row.state, "closed_as": row.closed_as, "upheld": row.upheld, "kinds": row.kinds,
        "severity": row.level, "order_id": row.order_id, "merchant_id": row.merchant_id, "listing_id": row.listing_id, "batch_id": row.batch_id,
        "opened_at": row.opened_at, "closed_at": row.closed_at, "next_clock": row.next_clock, "next_due": row.next_due, "promises_broken": row.broken,
        "amount": str(now.amount), "paid": str(now.paid),
        "offer": {"n": now.offer.n, "side": now.offer.side.value, "remedies": [r.document() for r in now.offer.remedies]} if now.offer else None,
        "owed": [
            {"which": i, "kind": o.remedy.kind, "amount": None if o.remedy.amount is None else str(o.remedy.amount), "words": o.remedy.words, "proof": o.proof,
             "key": f"{row.pk}:{o.key}", "payer": o.payer or o.promised}
            for i, o in enumerate(now.owed)
        ],
        "log": [
            {"n": x.n, "at": x.at, "side": x.side.value, "verb": x.verb, "zh": x.what.zh, "en": x.what.en, "words": x.words} for x in story(row)
        ],
    }  # fmt: skip
