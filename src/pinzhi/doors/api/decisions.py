"""Standing, decisions and their feed."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import HttpRequest
from ninja import Path, Query, Router

from pinzhi.decisions import queries
from pinzhi.decisions.contracts import standing_document, step_document
from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, check_may_see, check_sees_all
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.kernel.values import Kind, Subject

router = Router(tags=["decisions"])
_standing, _decisions = BearerToken(Scope.STANDING), BearerToken(Scope.DECISIONS)


@router.get(
    "/standing/{kind}/{path:id}", response={200: s.StandingOut, **ERRORS}, auth=_standing, operation_id="standing"
)
def standing(
    request: HttpRequest,
    kind: Annotated[s.KindWord, Path()],
    id: Annotated[s.SubjectId, Path()],  # noqa: A002 - the name in the contract
    governed_by: Annotated[
        list[s.SubjectWord], Query(max_length=10, description="merchant, batch or category it belongs to, as kind:id")
    ] = [],  # noqa: B006 - ninja copies it
) -> dict[str, Any]:
    """
    What holds for a listing, batch, merchant, category now.

    A subject about which nothing was decided is `normal`. With `governed_by`, what restricts those restricts it too.
    """
    subject = Subject(Kind(kind), id)
    check_may_see(actor(request), subject)
    found = queries.standing(subject, governing=[Subject.parse(g) for g in governed_by])
    return standing_document(found)


@router.post("/standings", response={200: s.StandingsOut, **ERRORS}, auth=_standing, operation_id="standings")
def standings(request: HttpRequest, payload: s.StandingsIn) -> dict[str, Any]:
    """The standing of up to 1,000 subjects at once."""
    wanted = [Subject.parse(word) for word in payload.subjects]
    for subject in wanted:
        check_may_see(actor(request), subject)
    return {"standings": [standing_document(found) for found in queries.standings(wanted).values()]}


@router.get("/decisions", response={200: s.StepsOut, **ERRORS}, auth=_decisions, operation_id="decisions")
def decisions(
    request: HttpRequest,
    after: Annotated[int, Query(ge=0, le=s.BIGGEST, description="the last cursor that you have")] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """
    The feed: what was issued and lifted after a cursor, in order of commit.

    Keep the last `cursor` and ask again with it: nothing is missed and nothing comes twice, however many acts run at once.
    """
    check_sees_all(actor(request))
    found = queries.steps(after, limit + 1)
    page = found[:limit]
    return {
        "steps": [step_document(step) for step in page],
        "cursor": page[-1].cursor if page else after,
        "more": len(found) > limit,
    }


@router.get("/decisions/{id}", response={200: s.DecisionState, **ERRORS}, auth=_decisions, operation_id="decision")
def decision(
    request: HttpRequest,
    id: Annotated[str, Path(min_length=1, max_length=36, pattern=r"^[0-9a-f-]+$")],  # noqa: A002
) -> dict[str, Any]:
    """One decision, whether it was lifted, and where its proof is."""
    row = queries.find(id)
    if row is None:
        raise not_found("decision")
    check_may_see(actor(request), queries.record(row).subject)
    return queries.document(row) | {"proof": f"/ledger/proof/decision/{row.id}"}
