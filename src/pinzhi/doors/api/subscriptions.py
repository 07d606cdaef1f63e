"""Webhook subscriptions of the token's organisation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from django.http import HttpRequest
from ninja import Path, Query, Router, Status

from pinzhi.decisions import subscriptions as verbs
from pinzhi.decisions.contracts import REMEDIES
from pinzhi.decisions.models import Dispatch, Subscription
from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor, check_sees_all
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.kernel.refusal import RefusedError

router = Router(tags=["webhooks"], auth=BearerToken(Scope.WEBHOOKS))
Id = Annotated[str, Path(min_length=1, max_length=36, pattern=r"^[0-9a-f-]+$")]


def _own(request: HttpRequest, id_: str) -> Subscription:
    """A subscription of the caller's organisation; another's is not there."""
    check_sees_all(actor(request))
    row = verbs.find(id_, actor(request).organisation_id)
    if row is None:
        raise not_found("subscription")
    return row


def _check_topics(request: HttpRequest, topics: Sequence[str]) -> None:
    """What buyers are owed goes to those only who may read complaints. Raises RefusedError(`scope_missing`)."""
    if REMEDIES in topics and Scope.COMPLAINTS_READ not in actor(request).scopes:
        raise RefusedError.because(
            "scope_missing",
            f"the token lacks the scope {Scope.COMPLAINTS_READ}",
            "ask an administrator for a token with it",
        )


@router.get("/subscriptions", response={200: s.SubscriptionsOut, **ERRORS}, operation_id="subscriptions")
def subscriptions(request: HttpRequest) -> dict[str, Any]:
    """Every subscription of the organisation."""
    check_sees_all(actor(request))
    rows = Subscription.objects.filter(organisation_id=actor(request).organisation_id).order_by("id")
    return {"subscriptions": [verbs.document(row) for row in rows]}


@router.post("/subscriptions", response={201: s.SubscriptionWithSecret, **ERRORS}, operation_id="subscribe")
def subscribe(request: HttpRequest, payload: s.SubscriptionIn) -> Status[dict[str, Any]]:
    """Send decisions to an address from now on. The secret is in this answer and never again."""
    check_sees_all(actor(request))
    wants = verbs.Filters(payload.effects, payload.kinds, payload.subjects, payload.topics)
    _check_topics(request, payload.topics)
    row, secret = verbs.subscribe(actor(request), name=payload.name, url=payload.url, filters=wants)
    return Status(201, verbs.document(row) | {"secret": secret})


@router.get("/subscriptions/{id}", response={200: s.SubscriptionOut, **ERRORS}, operation_id="subscription")
def subscription(request: HttpRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """One subscription."""
    return verbs.document(_own(request, id))


@router.patch("/subscriptions/{id}", response={200: s.SubscriptionOut, **ERRORS}, operation_id="change_subscription")
def change(request: HttpRequest, id: Id, payload: s.SubscriptionChange) -> dict[str, Any]:  # noqa: A002
    """Change name, address or filters. Where remedies are sent to is changed by those only who may read complaints."""
    row = _own(request, id)
    filters = None
    _check_topics(request, row.topics if payload.topics is None else payload.topics)
    if any(x is not None for x in (payload.effects, payload.kinds, payload.subjects, payload.topics)):
        filters = verbs.Filters(
            row.effects if payload.effects is None else payload.effects,
            row.kinds if payload.kinds is None else payload.kinds,
            row.subjects if payload.subjects is None else payload.subjects,
            row.topics if payload.topics is None else payload.topics,
        )
    return verbs.document(verbs.change(actor(request), row, name=payload.name, url=payload.url, filters=filters))


@router.delete("/subscriptions/{id}", response={204: None, **ERRORS}, operation_id="end_subscription")
def end(request: HttpRequest, id: Id) -> Status[None]:  # noqa: A002
    """End a subscription with everything that waits for it."""
    verbs.end(actor(request), _own(request, id))
    return Status(204, None)


@router.post(
    "/subscriptions/{id}/rotate", response={200: s.SubscriptionWithSecret, **ERRORS}, operation_id="rotate_secret"
)
def rotate(request: HttpRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """A new secret. The old one signs beside it for three days, so that the receiver can change over without a gap."""
    row = _own(request, id)
    secret = verbs.rotate(actor(request), row)
    return verbs.document(row) | {"secret": secret}


@router.post(
    "/subscriptions/{id}/pause", response={200: s.SubscriptionOut, **ERRORS}, operation_id="pause_subscription"
)
def pause(request: HttpRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """Stop sending. What happens meanwhile is sent when it is resumed."""
    return verbs.document(verbs.pause(actor(request), _own(request, id)))


@router.post("/subscriptions/{id}/resume", response={200: s.Queued, **ERRORS}, operation_id="resume_subscription")
def resume(request: HttpRequest, id: Id) -> dict[str, Any]:  # noqa: A002
    """Send again, first of all what was missed."""
    return {"queued": verbs.resume(actor(request), _own(request, id))}


@router.post("/subscriptions/{id}/replay", response={200: s.Queued, **ERRORS}, operation_id="replay")
def replay(request: HttpRequest, id: Id, payload: s.ReplayIn) -> dict[str, Any]:  # noqa: A002
    """Send past steps again, in order. They have the same event ids as the first time."""
    row = _own(request, id)
    return {"queued": verbs.replay(actor(request), row, after=payload.after, until=payload.until)}


@router.get("/subscriptions/{id}/dispatches", response={200: s.DispatchesOut, **ERRORS}, operation_id="dispatches")
def dispatches(
    request: HttpRequest,
    id: Id,  # noqa: A002
    state: Annotated[Literal["waiting", "done", "dead"] | None, Query()] = None,
    before: Annotated[int, Query(ge=1, le=s.BIGGEST, description="only dispatches with a smaller id")] = s.BIGGEST,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> dict[str, Any]:
    """What was sent or waits, newest first, with every try."""
    rows = Dispatch.objects.filter(subscription=_own(request, id), pk__lt=before).order_by("-pk")
    if state is not None:
        rows = rows.filter(state=state)
    return {"dispatches": [verbs.dispatch_document(row) for row in rows.prefetch_related("tries")[:limit]]}


@router.post(
    "/subscriptions/{id}/dispatches/{number}/resend", response={200: s.DispatchOut, **ERRORS}, operation_id="resend"
)
def resend(
    request: HttpRequest,
    id: Id,  # noqa: A002
    number: Annotated[int, Path(ge=1, le=s.BIGGEST)],
) -> dict[str, Any]:
    """Try one dispatch again from the beginning, whatever became of it."""
    row = Dispatch.objects.filter(subscription=_own(request, id), pk=number).first()
    if row is None:
        raise not_found("dispatch")
    verbs.resend(actor(request), row)
    return verbs.dispatch_document(row)
