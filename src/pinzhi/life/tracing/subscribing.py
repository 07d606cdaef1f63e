"""
Queries kept under a name, and their subscriptions: new answers sent by POST, none lost and none twice.

A subscription counts by the numbers of events, which follow the order of commits (`ledger.store.hold`). A delivery carries a stretch of numbers; the cursor
moves over it only when the receiver has answered 2xx, and a second try carries the same stretch under the same `Pinzhi-Event-Id`. So a receiver gets every
event once, unless it (or we) died between its answer and our note of it: then the same delivery comes again, with the same id.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import uuid
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q

from pinzhi.decisions import sending, strongbox
from pinzhi.decisions.figures import webhook_policy
from pinzhi.decisions.rules.webhooks import EVENT_ID, SIGNATURE, Answer, delay, meaning, signature
from pinzhi.decisions.subscriptions import check_url
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing import selecting
from pinzhi.life.tracing.models_queries import Query, QuerySubscription
from pinzhi.life.tracing.rules.epcis import querying, schedule, writing
from pinzhi.life.tracing.rules.epcis.documents import JSON
from pinzhi.life.tracing.rules.epcis.values import moment
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor

MOST_QUERIES, MOST_SUBSCRIPTIONS = 200, 100
"""Queries of one organisation; subscriptions of one query."""
IN_ONE_DELIVERY = 500
"""Events that one delivery looks at; the next one follows at once."""
GS1_SIGNATURE = "GS1-Signature"
_FIELDS = frozenset({"dest", "signatureToken", "schedule", "stream", "reportIfEmpty", "initialRecordTime"})
Post = Callable[..., sending.Outcome]


# --- named queries -----------------------------------------------------------------------------------------------------------------------


def keeper_of(by: Actor) -> str:
    """Whose queries a client has."""
    return "" if by.organisation_id is None else str(by.organisation_id)


def queries(by: Actor) -> list[Query]:
    """The queries of a client, by name."""
    return list(Query.objects.filter(keeper=keeper_of(by)).order_by("name"))


def query(by: Actor, name: str) -> Query:
    """One of a client's queries. Raises RefusedError(`query_unknown`)."""
    row = Query.objects.filter(keeper=keeper_of(by), name=name).first()
    if row is None:
        raise RefusedError.because("query_unknown", "there is no such query", "see GET /epcis/queries")
    return row


def keep(by: Actor, name: Any, parameters: Any) -> Query:
    """Keep a query under a name. Raises RefusedError: `query_invalid`, `query_exists`, `too_many_queries`, those of `querying.read`, `not_permitted`."""
    if not (
        isinstance(name, str)
        and 0 < len(name) <= 128
        and name.isprintable()
        and name.strip() == name
        and "/" not in name
    ):
        raise RefusedError.because(
            "query_invalid", "a query has a name of 1 to 128 characters without /", "give it one", field="name"
        )
    if not isinstance(parameters, Mapping) or not all(isinstance(k, str) for k in parameters):
        raise RefusedError.because(
            "query_invalid", "a query is an object of parameters", "see GET /epcis/events", field="query"
        )
    querying.read(parameters)
    with act("tracing.subscribe", by) as a:
        rows = Query.objects.filter(keeper=keeper_of(by))
        if rows.filter(name=name).exists():
            raise RefusedError.because(
                "query_exists", f"a query is called {name} already", "take another name, or delete it", field="name"
            )
        if rows.count() >= MOST_QUERIES:
            raise RefusedError.because("too_many_queries", f"{MOST_QUERIES} queries are kept already", "delete one")
        row = Query.objects.create(
            name=name, keeper=keeper_of(by), owner=by.merchant_id, parameters=dict(parameters), created_at=a.now
        )
        a.note = f"query {row.pk}"
    return row


def drop(by: Actor, name: str) -> None:
    """Delete a query with its subscriptions. Raises RefusedError: `query_unknown`, `not_permitted`."""
    with act("tracing.subscribe", by) as a:
        row = query(by, name)
        a.note = f"query {row.pk} ended"
        row.delete()


# --- subscriptions -------------------------------------------------------------------------------------------------------------------------


def subscribe(by: Actor, name: str, wanted: Any) -> QuerySubscription:
    """
    Send the new answers of a query to `dest` from now on, or from `initialRecordTime`.

    Raises RefusedError: `query_unknown`, `subscription_invalid`, `webhook_address_refused`, `too_many_subscriptions`, `not_permitted`.
    """
    if not isinstance(wanted, Mapping) or (strange := sorted(set(map(str, wanted)) - _FIELDS)):
        raise _no(f"there is no field {strange[0][:40]}" if isinstance(wanted, Mapping) else "this is no object", "")
    stream, table = wanted.get("stream", False), wanted.get("schedule")
    empty, token, since = (
        wanted.get("reportIfEmpty", False),
        wanted.get("signatureToken", ""),
        wanted.get("initialRecordTime"),
    )
    if not (isinstance(stream, bool) and isinstance(empty, bool) and isinstance(token, str) and len(token) <= 500):
        raise _no("stream and reportIfEmpty are true or false, signatureToken is a text of at most 500 characters", "")
    if stream == (table is not None):
        raise _no("either stream is true, or there is a schedule", "stream")
    if not isinstance(wanted.get("dest"), str):
        raise _no("dest is the address to send to", "dest")
    first = moment(str(since)) if since is not None else None
    if since is not None and first is None:
        raise _no("initialRecordTime is a time such as 2026-01-31T08:00:00+08:00", "initialRecordTime")
    check_url(wanted["dest"])
    with act("tracing.subscribe", by) as a:
        row = query(by, name)
        if row.subscriptions.count() >= MOST_SUBSCRIPTIONS:
            raise RefusedError.because(
                "too_many_subscriptions", f"the query has {MOST_SUBSCRIPTIONS} already", "end one"
            )
        due = a.now if table is None else schedule.read(table, now=a.now).after(a.now) or a.now
        made = QuerySubscription.objects.create(
            id=str(uuid.uuid4()),
            query=row,
            dest=wanted["dest"],
            stream=stream,
            schedule=dict(table or {}),
            report_if_empty=empty,
            initial_record_time=first,
            secret=strongbox.lock(token) if token else "",
            created_at=a.now,
            cursor=selecting.newest() if first is None else selecting.stored_before(first),
            due=due,
        )
        a.note = f"subscription {made.pk}"
    return made


def _no(reason: str, field: str) -> RefusedError:
    return RefusedError.because("subscription_invalid", reason, "see the chapter on tracing", field=field)


def subscriptions(by: Actor, name: str) -> list[QuerySubscription]:
    """The subscriptions of a query, oldest first. Raises RefusedError(`query_unknown`)."""
    return list(query(by, name).subscriptions.order_by("created_at", "pk"))


def subscription(by: Actor, name: str, id_: str) -> QuerySubscription:
    """One of them. Raises RefusedError: `query_unknown`, `subscription_unknown`."""
    row = query(by, name).subscriptions.filter(pk=id_).first()
    if row is None:
        raise RefusedError.because("subscription_unknown", "there is no such subscription", "see the list of the query")
    return row


def end(by: Actor, name: str, id_: str) -> None:
    """End a subscription. Raises RefusedError: `query_unknown`, `subscription_unknown`, `not_permitted`."""
    with act("tracing.subscribe", by) as a:
        row = subscription(by, name, id_)
        a.note = f"subscription {row.pk} ended"
        row.delete()


# --- sending -------------------------------------------------------------------------------------------------------------------------------


def send_due(limit: int = 50, *, post: Post = sending.post) -> int:
    """
    Send what is due, at most `limit` deliveries. Returns how many subscriptions moved; call again while it is not 0.

    Several senders may run: each claims a subscription for the time of one try. A sender that dies leaves its claim to run out.
    """
    now, head = clock.now(), selecting.newest()
    waiting = Q(stream=False) | Q(upto__isnull=False) | Q(cursor__lt=head)
    rows = QuerySubscription.objects.filter(waiting, active=True, due__lte=now).order_by("due", "pk")
    moved = 0
    for row in rows.select_related("query")[:limit]:
        until = now + timedelta(seconds=3 * webhook_policy().timeout_seconds)
        if QuerySubscription.objects.filter(pk=row.pk, active=True, due=row.due, cursor=row.cursor).update(due=until):
            moved += _deliver(row, head, post)
    return moved


def _deliver(row: QuerySubscription, head: int, post: Post) -> int:
    """One delivery, outside of any transaction. Returns 1 where the subscription moved on."""
    asked, who = querying.read(row.query.parameters), selecting.sight(row.query.owner)
    until = head if row.upto is None else row.upto
    # A second try must not stop earlier than the first one did.
    events, through = selecting.span(asked, who, row.cursor, until, IN_ONE_DELIVERY if row.upto is None else 10**9)
    now = clock.now()
    if not events and not (row.report_if_empty and not row.stream and through == until):
        return _moved(row, through, head, now, told=False)
    mine = QuerySubscription.objects.filter(pk=row.pk, cursor=row.cursor)
    if row.upto is None and not mine.update(upto=through):
        return 0
    body = writing.answer(events, JSON, created=selecting.stamp(now), asked=writing.Asked(row.query.name, row.pk)).data
    try:
        outcome = post(row.dest, body, headers_for(row, through, body, now), timeout=webhook_policy().timeout_seconds)
    except RefusedError as no:
        outcome = sending.Outcome(0, no.refusal.code)
    said = meaning(outcome.status)
    if said is Answer.DONE:
        return _moved(row, through, head, now, told=True)
    failures = row.failures + 1
    wait = delay(webhook_policy(), int(hashlib.sha256(row.pk.encode()).hexdigest()[:12], 16), min(failures, 20))
    mine.update(
        failures=failures,
        due=clock.now() + timedelta(seconds=wait),
        active=said is not Answer.GONE,
        last_error=(outcome.error or str(outcome.status))[:120],
    )
    return 0


def _moved(row: QuerySubscription, through: int, head: int, now: datetime, *, told: bool) -> int:
    due = now  # as events come, and while some of them wait
    if not row.stream and through >= head:
        due = schedule.read(row.schedule, now=now).after(now) or now
    news: dict[str, Any] = {"last_at": now, "failures": 0, "last_error": ""} if told else {}
    moved = QuerySubscription.objects.filter(pk=row.pk, cursor=row.cursor)
    return moved.update(cursor=through, upto=None, due=due, **news)


def headers_for(row: QuerySubscription, through: int, body: bytes, now: datetime) -> dict[str, str]:
    """
    The headers of a delivery. With a signature token: `GS1-Signature`, the HMAC-SHA256 of the body in base64, and our own, which binds the time too.

    Raises RefusedError(`secret_unreadable`).
    """
    found = {
        "Content-Type": "application/ld+json",
        "User-Agent": "Pinzhi-EPCIS/2",
        "GS1-EPCIS-Version": "2.0.0",
        "GS1-CBV-Version": "2.0.0",
        EVENT_ID: f"{row.pk}:{row.cursor}-{through}",
    }
    if row.secret:
        key = strongbox.unlock(row.secret)
        found[GS1_SIGNATURE] = base64.b64encode(hmac.new(key, body, hashlib.sha256).digest()).decode()
        found[SIGNATURE] = signature([key], int(now.timestamp()), body)
    return found


def document(row: QuerySubscription) -> dict[str, Any]:
    """A subscription as JSON values. Its token is never part of it."""
    when: dict[str, Any] = {"stream": True} if row.stream else {"schedule": row.schedule}
    since = {"initialRecordTime": selecting.stamp(row.initial_record_time)} if row.initial_record_time else {}
    return {
        "subscriptionID": row.pk,
        "createdAt": selecting.stamp(row.created_at),
        "dest": row.dest,
        **when,
        **since,
        "reportIfEmpty": row.report_if_empty,
        "active": row.active,
        "failures": row.failures,
        "lastError": row.last_error,
        "lastNotifiedAt": selecting.stamp(row.last_at) if row.last_at else None,
    }
