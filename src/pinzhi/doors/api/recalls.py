"""
Recalls for the marketplace: where the goods are, whom to tell, and what was delivered.

The decision that stops the sale comes by webhook like every decision; its source names the recall. The marketplace then fetches the notices, tells the buyers
under the pseudonyms that it gave us, and says which ones were delivered. A merchant's token sees recalls of its own goods, and no buyer.
"""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from pinzhi.doors.api import schemas_recalls as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, merchant_only
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.life.tracing import recall as station
from pinzhi.life.tracing.models import Notice, Recall

router = Router(tags=["recalls"])
_READ, _WRITE = BearerToken(Scope.TRACING_READ), BearerToken(Scope.TRACING_WRITE)
Id = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


def _found(request: HttpRequest, id_: str) -> Recall:
    row, own = Recall.objects.filter(pk=id_, drill=False).first(), merchant_only(actor(request))
    if row is None or (own and row.merchant_id != own):
        raise not_found("recall")
    return row


@router.get("/recalls", auth=_READ, response={200: s.RecallsOut, **ERRORS}, operation_id="recalls")
def recalls(
    request: HttpRequest,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
    listing_id: Annotated[str, Query(max_length=128)] = "",
    running: bool = False,  # noqa: FBT001, FBT002 - a parameter of the query
) -> dict[str, Any]:
    """Recalls, the latest first; those that concern a listing, or that still run, where asked. Drills are not among them."""
    found = Recall.objects.filter(drill=False).order_by("-at", "-pk")
    if running:
        found = found.filter(closed_at=None)
    if listing_id:
        found = found.filter(pk__in=station.about_listing(listing_id))
    if own := merchant_only(actor(request)):
        found = found.filter(merchant_id=own)
    return {
        "recalls": [station.standing(r) for r in found[offset : offset + limit]],
        "offset": offset,
        "total": found.count(),
    }


@router.get("/recalls/{id}", auth=_READ, response={200: s.RecallOut, **ERRORS}, operation_id="recall")
def recall(request: HttpRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """One recall with its coverage and how many were told. Another merchant's is not there."""
    return station.standing(_found(request, id))


@router.get("/recalls/{id}/notices", auth=_READ, response={200: s.NoticesOut, **ERRORS}, operation_id="recall_notices")
def notices(
    request: HttpRequest,
    id: Id,  # noqa: A002
    after: Annotated[int, Query(ge=0)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 500,
) -> dict[str, Any]:
    """Who is to be told, in a fixed order: ask again with `after` = the last id until the answer is empty."""
    row, own = _found(request, id), merchant_only(actor(request))
    found = Notice.objects.filter(recall=row, pk__gt=after).order_by("pk")
    if own:
        found = found.filter(to="merchant", party=own)
    part = found[:limit]
    return {
        "notices": [
            {n: getattr(r, n) for n in ("id", "to", "party", "order_id", "listing_id", "quantity", "told_at")}
            for r in part
        ]
    }


@router.post("/recalls/{id}/told", auth=_WRITE, response={200: s.ToldOut, **ERRORS}, operation_id="recall_told")
def told(request: HttpRequest, id: Id, body: s.ToldIn) -> dict[str, int]:  # noqa: A002
    """Say which notices were delivered. Saying it again changes nothing; `told` counts the new ones."""
    _found(request, id)
    if merchant_only(actor(request)):
        raise not_found("recall")
    return {"told": station.told(id, body.notices, actor(request))}
