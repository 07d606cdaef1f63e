"""Cases: the queue, one case with its evidence, and a decision that says what it has seen."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router

from pinzhi.casework import actions, queries
from pinzhi.casework.contracts import CaseRow
from pinzhi.casework.desks import DESKS
from pinzhi.casework.queries import Filters
from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, check_sees_all
from pinzhi.doors.api.answers import ERRORS
from pinzhi.people.roles import Actor

router = Router(tags=["cases"], auth=BearerToken(Scope.CASES))
_decide = BearerToken(Scope.DECIDE)


def document(row: CaseRow) -> dict[str, Any]:
    """A case as programs see it: role labels, no names."""
    return {
        "id": row.id,
        "desk": row.desk,
        "subject": {"kind": str(row.subject.kind), "id": row.subject.id},
        "title": {"zh": row.title.zh, "en": row.title.en},
        "state": row.state,
        "severity": row.severity.value,
        "merchant_id": row.merchant_id,
        "category": row.category,
        "opened_at": row.opened_at,
        "due": row.due,
        "act_before": row.act_before,
        "escalated": row.escalated,
        "waits_for_more": row.waits_for_more,
        "seen": row.seen,
        "outcome": row.outcome,
        "decided_by": row.decided_by,
        "decided_at": row.decided_at,
    }


def in_full(row: CaseRow, by: Actor) -> dict[str, Any]:
    """A case with everything that a decision needs."""
    desk = DESKS.get(row.desk)
    return document(row) | {
        "reason": row.reason,
        "evidence": dict(row.evidence),
        "outcomes": [
            {
                "code": o.code,
                "name": {"zh": o.name.zh, "en": o.name.en},
                "needs_reason": o.needs_reason,
                "two_person": desk.needs_two(o.code, row.evidence),
            }
            for o in (desk.outcomes if desk else ())
        ],
        "history": [
            {
                "at": e.at,
                "verb": e.verb,
                "by": e.by_label,
                "note": e.note,
                "outcome": e.outcome,
                "undone": e.undone,
            }
            for e in queries.history(row.id, by)
        ],
    }


@router.get("/cases", response={200: s.CasesOut, **ERRORS}, operation_id="cases")
def cases(
    request: HttpRequest,
    state: Annotated[
        Literal["waiting", "any", "open", "claimed", "snoozed", "proposed", "decided"], Query()
    ] = "waiting",
    desk: Annotated[str, Query(max_length=32, pattern=r"^[a-z_]*$")] = "",
    severity: Annotated[s.SeverityWord | None, Query()] = None,
    subject: Annotated[s.SubjectWord | None, Query()] = None,
    merchant_id: Annotated[str, Query(max_length=128, pattern=s.NO_CONTROL)] = "",
    category: Annotated[str, Query(max_length=128, pattern=s.NO_CONTROL)] = "",
    due: Annotated[Literal["overdue", "today"] | None, Query()] = None,
    sort: Annotated[Literal["turn", "due", "newest", "decided"], Query()] = "turn",
    cursor: Annotated[str, Query(max_length=200, pattern=r"^[\w-]*$", description="from the page before")] = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """The queue, in the order of work by default. `state=waiting` is what wants a person now."""
    kind, _, id_ = (subject or "").partition(":")
    filters = Filters(
        desk=desk,
        state="" if state == "any" else state,
        severity=severity or "",
        subject_kind=kind,
        subject_id=id_,
        merchant_id=merchant_id,
        category=category,
        due=due or "",
    )
    page = queries.queue(actor(request), filters, sort=sort, cursor=cursor, limit=limit)
    return {"cases": [document(row) for row in page.rows], "cursor": page.cursor, "total": page.total}


@router.get("/cases/{id}", response={200: s.CaseInFull, **ERRORS}, operation_id="case")
def case(request: HttpRequest, id: Annotated[uuid.UUID, Path()]) -> dict[str, Any]:  # noqa: A002
    """One case with its evidence and history. A merchant's token sees its own merchant's cases, without the house's remarks."""
    by = actor(request)
    return in_full(queries.case(id, by), by)


@router.post("/cases/{id}/decide", response={200: s.CaseInFull, **ERRORS}, auth=_decide, operation_id="decide")
def decide(request: HttpRequest, id: Annotated[uuid.UUID, Path()], payload: s.DecideIn) -> dict[str, Any]:  # noqa: A002
    """
    Decide a case on the evidence that you have seen.

    If it has changed since, nothing is done: 409 with code `evidence_changed` and the differences in `changes`. What takes two persons is refused
    with `needs_person`.
    """
    by = actor(request)
    check_sees_all(by)
    row = actions.decide(id, payload.outcome, by, seen=payload.seen, reason=payload.reason)
    return in_full(row, by)
