"""
From a decision to the receiver: `queue` writes dispatches, `send_due` works them off.

At least once; in order per subscription and subject; a dispatch that has failed its last try is dead and no longer holds back its successors, because
every step carries its whole decision and its cursor, and a receiver that cares can compare cursors or ask for the standing.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q

from pinzhi.decisions import queries, sending, strongbox
from pinzhi.decisions.contracts import DECISIONS, REMEDIES, Notice, Step, notice_document, step_document
from pinzhi.decisions.figures import webhook_policy
from pinzhi.decisions.models import Attempt, Dispatch, Subscription
from pinzhi.decisions.rules.webhooks import EVENT_ID, SIGNATURE, Answer, delay, meaning, signature, wanted
from pinzhi.kernel import clock
from pinzhi.kernel.canon import canonical
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject

Post = Callable[..., sending.Outcome]
_PAGE = 500


def queue_step(step: Step | Notice, at: datetime) -> int:
    """
    Write a dispatch for every active subscription that wants the step or notice. Doing it twice adds nothing.

    Also for one that was paused after the step was stored and before it came here: what follows its pause is queued when it is resumed, this never would be.
    """
    open_ones = Subscription.objects.filter(Q(active=True) | Q(paused_cursor__gte=step.cursor))
    rows = [_dispatch(s, step, at, 0) for s in open_ones.filter(from_cursor__lt=step.cursor) if _wants(s, step)]
    Dispatch.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def topics_of(subscription: Subscription) -> list[str]:
    """What it asked for; without topics, decisions."""
    return subscription.topics or [DECISIONS]


def _wants(subscription: Subscription, step: Step | Notice) -> bool:
    """A notice passes the filter of subjects by its merchant; kinds and effects are those of decisions."""
    if isinstance(step, Step):
        filters = subscription.effects, subscription.kinds, subscription.subjects
        return DECISIONS in topics_of(subscription) and wanted(step.decision, *filters)
    named = not subscription.subjects or str(step.merchant) in subscription.subjects
    return REMEDIES in topics_of(subscription) and named


def queue(subscription: Subscription, after: int, *, at: datetime, run: int, until: int | None = None) -> int:
    """Write dispatches for the steps after a cursor that the subscription wants. Returns how many."""
    count, cursor = 0, after
    while page := queries.outgoing(cursor, _PAGE, topics_of(subscription)):
        steps = [s for s in page if until is None or s.cursor <= until]
        rows = [_dispatch(subscription, s, at, run) for s in steps if _wants(subscription, s)]
        Dispatch.objects.bulk_create(rows, ignore_conflicts=True)
        count += len(rows)
        cursor = page[-1].cursor
        if len(steps) < len(page):
            break
    return count


def _dispatch(subscription: Subscription, step: Step | Notice, at: datetime, run: int) -> Dispatch:
    # notices of one complaint keep their order, and hold back those of no other
    subject = step.decision.subject if isinstance(step, Step) else Subject(Kind.PLATFORM, f"complaint:{step.about}")
    return Dispatch(
        subscription=subscription,
        cursor=step.cursor,
        run=run,
        subject_kind=str(subject.kind),
        subject_id=subject.id,
        due=at,
    )


def stop(subscription: Subscription, why: str) -> None:
    """Pause a subscription at the newest step."""
    subscription.active, subscription.paused_why = False, why[:120]
    subscription.paused_cursor = queries.last_cursor()
    subscription.save(update_fields=["active", "paused_why", "paused_cursor"])


def due(now: datetime) -> list[int]:
    """Ids of the dispatches that may be tried at `now`: due, first of their subject, at an address that does not rest."""
    earlier = Dispatch.objects.filter(
        subscription=OuterRef("subscription"),
        subject_kind=OuterRef("subject_kind"),
        subject_id=OuterRef("subject_id"),
        state="waiting",
    ).filter(Q(run__lt=OuterRef("run")) | Q(run=OuterRef("run"), cursor__lt=OuterRef("cursor")))
    return list(
        Dispatch.objects.filter(state="waiting", due__lte=now, subscription__active=True)
        .filter(Q(subscription__rest_until=None) | Q(subscription__rest_until__lte=now))
        .filter(~Exists(earlier))
        .order_by("due", "run", "cursor")
        .values_list("pk", flat=True)[:_PAGE]
    )


def send_due(limit: int = 100, *, post: Post = sending.post) -> int:
    """
    Try what is due, at most `limit` tries. Returns how many were tried; call again while it is not 0.

    Several senders may run: each claims a dispatch for the time of one try. A sender that dies leaves its claim to run out.
    """
    tried = 0
    resting: set[str] = set()
    for pk in due(clock.now())[:limit]:
        claimed = _claim(pk, resting)
        if claimed is None:
            continue
        tried += 1
        if not _send(claimed, post):
            resting.add(claimed.subscription_id)
    return tried


def drain(limit: int = 10_000, *, post: Post = sending.post) -> int:
    """Send until nothing is due."""
    total = 0
    while total < limit and (n := send_due(post=post)):
        total += n
    return total


def _claim(pk: int, resting: set[str]) -> Dispatch | None:
    row = Dispatch.objects.select_related("subscription").filter(pk=pk, state="waiting").first()
    now = clock.now()
    if row is None or row.due > now or row.subscription_id in resting:
        return None
    until = now + timedelta(seconds=3 * webhook_policy().timeout_seconds)
    mine = Dispatch.objects.filter(pk=pk, state="waiting", due=row.due, attempts=row.attempts).update(due=until)
    return row if mine else None


def message(step: Step | Notice, subscription_id: str) -> bytes:
    """The body: the step in canonical JSON, so that whoever keeps it can recompute the decision's digest from it."""
    document = step_document(step) if isinstance(step, Step) else notice_document(step)
    return canonical({"id": str(step.cursor), "subscription": subscription_id, **document})


def valid_secrets(subscription: Subscription, now: datetime) -> list[bytes]:
    """The secrets that sign at `now`: the present one, and the one before while the rotation lasts."""
    found = [strongbox.unlock(subscription.secret)]
    if subscription.secret_before and subscription.secret_before_until and now < subscription.secret_before_until:
        found.append(strongbox.unlock(subscription.secret_before))
    return found


def headers_for(subscription: Subscription, event_id: str, body: bytes, now: datetime) -> dict[str, str]:
    """The headers of one try, signed at `now`."""
    return {
        "Content-Type": "application/json; charset=utf-8",
        "User-Agent": "Pinzhi-Webhook/1",
        EVENT_ID: event_id,
        SIGNATURE: signature(valid_secrets(subscription, now), int(now.timestamp()), body),
    }


def _send(row: Dispatch, post: Post) -> bool:
    """One try, outside of any transaction. Returns False when the address should rest."""
    subscription, now = row.subscription, clock.now()
    step = queries.told_at(row.cursor)
    if step is None:
        raise LookupError(f"dispatch {row.pk} points to no step")
    body = message(step, subscription.id)
    try:
        headers = headers_for(subscription, str(step.cursor), body, now)
    except RefusedError as no:
        outcome = sending.Outcome(0, no.refusal.code)
    else:
        outcome = post(subscription.url, body, headers, timeout=webhook_policy().timeout_seconds)
    return _note(row, outcome, now)


def _note(row: Dispatch, outcome: sending.Outcome, now: datetime) -> bool:
    policy, answer = webhook_policy(), meaning(outcome.status)
    attempts = row.attempts + 1
    again = now + timedelta(seconds=delay(policy, row.pk, attempts))
    with transaction.atomic():
        number = row.tries.count() + 1  # a dispatch that was given another life keeps its earlier tries
        Attempt.objects.create(dispatch=row, number=number, at=now, status=outcome.status, error=outcome.error)
        row.attempts = attempts
        if answer is Answer.DONE:
            row.state, row.done_at = "done", now
        elif attempts >= policy.attempts:
            row.state = "dead"
        else:
            row.due = again
        row.save(update_fields=["attempts", "state", "done_at", "due"])
        subscriptions = Subscription.objects.filter(pk=row.subscription_id)
        if answer is Answer.DONE:
            subscriptions.exclude(failures=0, rest_until=None).update(failures=0, rest_until=None)
        elif answer is Answer.REST:
            subscriptions.update(failures=F("failures") + 1, rest_until=again)
        elif answer is Answer.GONE:
            stop(row.subscription, "the receiver answered 410 Gone")
    return answer in (Answer.DONE, Answer.AGAIN)


def forget(now: datetime) -> int:
    """Remove dispatches that were done longer ago than the policy keeps them. Returns how many."""
    before = now - timedelta(days=webhook_policy().keep_days)
    return Dispatch.objects.filter(state="done", done_at__lt=before).delete()[1].get("decisions.Dispatch", 0)


def counts() -> dict[str, int]:
    """Dispatches by state, for the Health screen and the metrics."""
    return {state: Dispatch.objects.filter(state=state).count() for state, _ in Dispatch.STATES}
