"""Signals of monitoring: the list and one of them. A merchant's token sees those about itself."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router

from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, merchant_only
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.life.monitoring import queries
from pinzhi.life.monitoring.models import SignalRow

router = Router(tags=["signals"], auth=BearerToken(Scope.SIGNALS))
_SAME = (
    "id",
    "stream",
    "raised_on",
    "onset",
    "cleared_on",
    "evidence",
    "threshold",
    "observed",
    "expected",
    "ratio",
    "low",
    "high",
    "cause_kind",
    "cause_id",
    "cause_share",
    "severity",
    "merchant_id",
    "category",
    "policy",
    "case_id",
    "outcome",
    "judged_at",
)


def document(row: SignalRow) -> dict[str, Any]:
    """A signal as programs see it."""
    return {name: getattr(row, name) for name in _SAME} | {
        "entity": {"kind": row.entity_kind, "id": row.entity_id},
        "text": {"zh": row.text_zh, "en": row.text_en},
    }


@router.get("/signals", response={200: s.SignalsOut, **ERRORS}, operation_id="signals")
def signals(
    request: HttpRequest,
    entity: Annotated[s.SubjectWord | None, Query()] = None,
    stream: Annotated[Literal["return", "review", "complaint", "refund", "fused"] | None, Query()] = None,
    severity: Annotated[s.SeverityWord | None, Query()] = None,
    outcome: Annotated[Literal["open", "real", "noise", "undecided"] | None, Query()] = None,
    merchant_id: Annotated[str, Query(max_length=128, pattern=s.NO_CONTROL)] = "",
    category: Annotated[str, Query(max_length=128, pattern=s.NO_CONTROL)] = "",
    raised_from: Annotated[s.Day | None, Query()] = None,
    raised_to: Annotated[s.Day | None, Query()] = None,
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Signals, newest and strongest first."""
    kind, _, id_ = (entity or "").partition(":")
    found = queries.signals(
        entity_kind=kind,
        entity_id=id_,
        stream=stream or "",
        severity=severity or "",
        outcome=outcome or "",
        merchant_id=merchant_id,
        category=category,
        raised_from=raised_from,
        raised_to=raised_to,
    )
    if own := merchant_only(actor(request)):
        found = found.filter(merchant_id=own)
    return {"signals": [document(r) for r in found[offset : offset + limit]], "offset": offset, "total": found.count()}


@router.get("/signals/{id}", response={200: s.SignalOut, **ERRORS}, operation_id="signal")
def signal(
    request: HttpRequest,
    id: Annotated[str, Path(min_length=1, max_length=20, pattern=r"^[A-Za-z0-9]+$")],  # noqa: A002
) -> dict[str, Any]:
    """One signal. Another merchant's is not there."""
    row, own = queries.find(id), merchant_only(actor(request))
    if row is None or (own and row.merchant_id != own):
        raise not_found("signal")
    return document(row)
