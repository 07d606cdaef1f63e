"""Ratings of listings and merchants: the list, one with its reasons and the way up, and its course. A merchant's token sees its own."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import Field

from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, merchant_only
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.life.rating import queries
from pinzhi.life.rating.contracts import Grade, State
from pinzhi.life.rating.models import RatingRow

GradeWord = Literal[tuple(g.value for g in Grade)]  # type: ignore[valid-type]
RatingStateWord = Literal[tuple(t.word for t in State)]  # type: ignore[valid-type]


class RatingOut(Schema):
    """A rating. `mean`, `low`, `high`: share of good orders with its 80 % interval; `orders` in memory; `grade` `unrated` while the evidence is too thin."""

    subject: s.SubjectOut
    as_of: date
    mean: float
    low: float
    high: float
    orders: int
    grade: GradeWord
    state: RatingStateWord
    since: date
    promoted: bool
    proposal: str = Field(description="delist while persons are asked to look; empty otherwise")
    merchant_id: str
    category: str
    policy: str
    decision_id: str


class RatingsOut(Schema):
    """A page of ratings. `total` counts the whole list."""

    ratings: list[RatingOut]
    offset: int
    total: int


class BarOut(Schema):
    """One part of the score: hundredths of a point, which sum to a hundred times the score."""

    code: str
    points: int
    text: s.Sentence


class WayOut(Schema):
    """Further orders without a bad outcome that each step asks: 0 reached, null not within reach by orders alone."""

    next_grade: GradeWord | None
    orders_to_next_grade: int | None
    orders_to_promotion: int | None
    orders_to_leave_restriction: int | None


class PointOut(Schema):
    """The rating as it was computed on a day on which it changed."""

    as_of: date
    mean: float
    low: float
    high: float
    orders: int
    grade: GradeWord
    state: RatingStateWord


class RatingExplainedOut(RatingOut):
    """A rating with its parts, reasons, way up and course (oldest first)."""

    bars: list[BarOut]
    reasons: list[s.Sentence]
    way_up: WayOut
    course: list[PointOut]


router = Router(tags=["ratings"], auth=BearerToken(Scope.RATINGS))
_SAME = (
    "as_of",
    "mean",
    "low",
    "high",
    "orders",
    "grade",
    "since",
    "promoted",
    "proposal",
    "merchant_id",
    "category",
    "policy",
    "decision_id",
)


def document(row: RatingRow) -> dict[str, Any]:
    """A rating as programs see it."""
    return {name: getattr(row, name) for name in _SAME} | {
        "subject": {"kind": row.subject_kind, "id": row.subject_id},
        "state": State(row.state).word,
    }


def _own(row: RatingRow) -> str:
    return row.subject_id if row.subject_kind == "merchant" else row.merchant_id


@router.get("/ratings", response={200: RatingsOut, **ERRORS}, operation_id="ratings")
def ratings(
    request: HttpRequest,
    kind: Annotated[Literal["listing", "merchant"], Query()] = "listing",
    grade: Annotated[GradeWord | None, Query()] = None,
    state: Annotated[RatingStateWord | None, Query()] = None,
    merchant_id: Annotated[str, Query(max_length=128, pattern=s.NO_CONTROL)] = "",
    category: Annotated[str, Query(max_length=128, pattern=s.NO_CONTROL)] = "",
    sort: Annotated[Literal[tuple(queries.SORTS)], Query()] = "worst",  # type: ignore[valid-type]
    offset: Annotated[int, Query(ge=0, le=1_000_000)] = 0,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> dict[str, Any]:
    """Ratings, the worst first unless another order is asked for."""
    found = queries.ratings(
        kind=kind, grade=grade or "", state=state or "", merchant_id=merchant_id, category=category, sort=sort
    )
    if own := merchant_only(actor(request)):
        found = found.filter(subject_id=own) if kind == "merchant" else found.filter(merchant_id=own)
    return {"ratings": [document(r) for r in found[offset : offset + limit]], "offset": offset, "total": found.count()}


@router.get("/ratings/{kind}/{id}", response={200: RatingExplainedOut, **ERRORS}, operation_id="rating")
def rating(
    request: HttpRequest,
    kind: Annotated[Literal["listing", "merchant"], Path()],
    id: Annotated[s.SubjectId, Path()],  # noqa: A002
) -> dict[str, Any]:
    """One rating with everything that it rests on: the parts of the score, the reasons, the way up, and its course. Another merchant's is not there."""
    found, own = queries.explained(kind, id), merchant_only(actor(request))
    if found is None or (own and _own(found.row) != own):
        raise not_found("rating")
    way = found.way
    return document(found.row) | {
        "bars": [
            {"code": b["code"], "points": b["points"], "text": {"zh": b["zh"], "en": b["en"]}} for b in found.row.bars
        ],
        "reasons": [{"zh": r["zh"], "en": r["en"]} for r in found.row.reasons],
        "way_up": {
            "next_grade": way.next_grade.value if way.next_grade else None,
            "orders_to_next_grade": way.to_next_grade,
            "orders_to_promotion": way.to_promotion,
            "orders_to_leave_restriction": way.to_leave_restriction,
        },
        "course": [
            {
                "as_of": p.as_of,
                "mean": p.mean,
                "low": p.low,
                "high": p.high,
                "orders": p.orders,
                "grade": p.grade,
                "state": State(p.state).word,
            }
            for p in found.history
        ],
    }
