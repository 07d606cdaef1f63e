"""Listings: submit one for admission, try one without storing anything, read what was answered, appeal. A merchant's token does so for its own goods."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Router, Schema
from pydantic import AwareDatetime, BeforeValidator, Field

from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor
from pinzhi.doors.api.answers import ERRORS
from pinzhi.life.admission import actions, queries, reading
from pinzhi.life.admission.contracts import Listing, Outcome, State
from pinzhi.life.admission.models import Screening, Submission
from pinzhi.life.admission.stored import outward
from pinzhi.people.roles import Actor

OutcomeWord = Literal[tuple(o.value for o in Outcome)]  # type: ignore[valid-type]
SubmissionState = Literal[tuple(t.value for t in State)]  # type: ignore[valid-type]
NO_NUL = r"^[^\u0000]*$"
Yuan = Annotated[str, Field(pattern=r"^\d{1,11}(\.\d{1,2})?$", description="yuan", examples=["59.00"])]
Line = Annotated[str, Field(max_length=500, pattern=NO_NUL)]
Words = Annotated[str, Field(max_length=20_000, pattern=NO_NUL)]


def _rfc3339(value: Any) -> Any:
    """Only a text is a moment: a bare number would be read as seconds since 1970, and a time without a zone is nobody's."""
    if not isinstance(value, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)", value
    ):
        raise ValueError("a moment reads 2026-05-03T09:30:00+08:00")
    return value


Moment = Annotated[AwareDatetime, BeforeValidator(_rfc3339)]


class DealIn(s.Strict):
    """A price at which the goods were really sold."""

    at: Moment
    price: Yuan


class SkuIn(s.Strict):
    """A variant that a buyer may choose."""

    name: str = Field(min_length=1, max_length=200, pattern=r"^[^\u0000]*\S[^\u0000]*$", examples=["128GB"])
    price: Yuan


class DocumentIn(s.Strict):
    """A paper: its kind, number, the name of its file, and the fields that were typed or read. `valid_to` in the fields is its last day."""

    kind: str = Field(min_length=1, max_length=100, pattern=r"^[^\u0000]*\S[^\u0000]*$", examples=["ccc"])
    number: str = Field(default="", max_length=200, pattern=NO_NUL)
    path: str = Field(default="", max_length=500, pattern=NO_NUL)
    fields: dict[str, Line] = Field(default={}, max_length=100)


class ListingIn(s.Strict):
    """A listing as a buyer would see it. Texts are taken as they are: the spans of findings are code points of these very strings."""

    id: s.SubjectId
    merchant_id: s.SubjectId
    category: str = Field(min_length=1, max_length=200, pattern=r"^[^\u0000]*\S[^\u0000]*$", examples=["服装/T恤"])
    title: str = Field(min_length=1, max_length=2000, pattern=r"^[^\u0000]*\S[^\u0000]*$")
    subtitle: str = Field(default="", max_length=4000, pattern=NO_NUL)
    description: str = Field(default="", max_length=200_000, pattern=NO_NUL)
    brand: str = Field(default="", max_length=500, pattern=NO_NUL)
    attributes: dict[str, Words] = Field(default={}, max_length=200)
    price: Yuan | None = None
    compared_price: Yuan | None = None
    compared_price_meaning: str = Field(default="", max_length=500, pattern=NO_NUL)
    deal_prices: list[DealIn] = Field(default=[], max_length=500)
    images: list[Line] = Field(default=[], max_length=100)
    documents: list[DocumentIn] = Field(default=[], max_length=100)
    skus: list[SkuIn] = Field(default=[], max_length=500)
    head_price: Yuan | None = None
    """What the list or the first page shows, where that is not `price` itself."""


class FindingOut(Schema):
    """What is wrong or must be looked at. `start`, `end` are code points of the raw field; equal where no span applies."""

    rule: str
    version: str
    field: str
    start: int
    end: int
    text: str
    normalised: str
    transforms: list[str]
    severity: s.SeverityWord
    law: s.LawOut | None
    message_zh: str
    message_en: str
    suggestion: s.Sentence | None
    confidence: float
    wanted: list[str]
    evidence: dict[str, str]
    box: dict[str, float] | None = None


class ExemptionOut(Schema):
    """What was not held against the listing, and the context that freed it."""

    rule: str
    field: str
    start: int
    end: int
    text: str
    context: str
    reason_zh: str
    reason_en: str
    law: s.LawOut | None


class MissingOut(Schema):
    """A paper that is not there or has ended, and the kinds that would do."""

    claim: str
    kinds: list[str]
    reason_zh: str
    reason_en: str
    law: s.LawOut | None


class VerdictOut(Schema):
    """What the rules say: the same as `pinzhi admission screen` prints."""

    id: str
    outcome: OutcomeWord
    findings: list[FindingOut]
    exemptions: list[ExemptionOut]
    missing: list[MissingOut]
    notes: list[s.Sentence]
    ruleset: str
    as_of: date


class SubmissionOut(Schema):
    """A submission and how it stands. `state` may change later: a person decides, a paper ends, a later submission takes its place."""

    submission: str
    listing_id: str
    merchant_id: str
    category: str
    state: SubmissionState
    at: AwareDatetime
    content: str = Field(description="SHA-256 of the canonical snapshot")
    previous: str = Field(description="the submission before, empty for the first")
    changes: list[s.ChangeOut]
    decision_id: str
    severe: list[str] = Field(description="rules found that two persons decide about")
    fresh: bool = Field(description="false when the same content was submitted before; then nothing was stored")
    verdict: VerdictOut


class AppealIn(s.Strict):
    """Why a refusal is wrong."""

    words: str = Field(min_length=1, max_length=4000, pattern=r"^[^\u0000]*\S[^\u0000]*$")


class AppealOut(Schema):
    """An appeal that waits for its judgement."""

    submission: str
    decision_id: str
    case_id: str
    at: AwareDatetime


router = Router(tags=["listings"], auth=BearerToken(Scope.LISTINGS))
SubmissionId = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$")]


def _listing(payload: ListingIn) -> Listing:
    """The listing of a request. Raises RefusedError for what no schema can say."""
    return reading.listing(payload.dict())


def document(row: Submission, screening: Screening, by: Actor, *, fresh: bool) -> dict[str, Any]:
    """A submission as programs see it."""
    return {
        "submission": row.pk,
        "listing_id": row.listing_id,
        "merchant_id": row.merchant_id,
        "category": row.category,
        "state": row.state,
        "at": row.at,
        "content": row.content,
        "previous": row.previous_id or "",
        "changes": row.changes,
        "decision_id": row.decision_id,
        "severe": screening.severe,
        "fresh": fresh,
        "verdict": outward(screening.verdict, by),
    }


@router.post("/listings", response={200: SubmissionOut, **ERRORS}, operation_id="submit_listing")
def submit(request: HttpRequest, payload: ListingIn) -> dict[str, Any]:
    """
    Submit a listing for admission. The answer says at once whether it is admitted, refused (and why), or waits for a person.

    The same content again is the same submission. Another merchant's listing is not there.
    """
    by = actor(request)
    done = actions.submit(_listing(payload), by)
    return document(done.row, done.screening, by, fresh=done.fresh)


@router.post("/listings/dry-run", response={200: VerdictOut, **ERRORS}, operation_id="try_listing")
def try_listing(request: HttpRequest, payload: ListingIn) -> dict[str, Any]:
    """The verdict that a submission would get now. Nothing is stored."""
    by = actor(request)
    return dict(outward(actions.dry_run(_listing(payload), by).verdict, by))


@router.get("/listings/{submission}", response={200: SubmissionOut, **ERRORS}, operation_id="submission")
def submission(request: HttpRequest, submission: SubmissionId) -> dict[str, Any]:
    """One submission with what was said about it last."""
    by = actor(request)
    found = queries.submission(submission, by)
    return document(found.row, found.screening, by, fresh=False)


@router.post("/listings/{submission}/appeal", response={200: AppealOut, **ERRORS}, operation_id="appeal_listing")
def appeal(request: HttpRequest, submission: SubmissionId, payload: AppealIn) -> dict[str, Any]:
    """Appeal against the refusal of a submission: once, until the day that the decision names. Somebody else will judge."""
    made = actions.appeal(submission, actor(request), payload.words)
    return {
        "submission": submission,
        "decision_id": made.decision_id,
        "case_id": made.case_id,
        "at": made.at,
    }
