"""The verbs on webhook subscriptions: subscribe, change, rotate the secret, pause, resume, end, replay, resend."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from ipaddress import ip_address
from typing import Any

from pinzhi.decisions import queries, strongbox, webhooks
from pinzhi.decisions.contracts import TOPICS
from pinzhi.decisions.figures import webhook_policy
from pinzhi.decisions.models import Dispatch, Subscription
from pinzhi.decisions.rules.addresses import check_name, check_place, target
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor
from pinzhi.site import environment


@dataclass(frozen=True, slots=True)
class Filters:
    """What a subscription wants; empty means everything, but of `topics` decisions alone. `subjects` are `kind:id`."""

    effects: Sequence[str] = ()
    kinds: Sequence[str] = ()
    subjects: Sequence[str] = ()
    topics: Sequence[str] = ()

    def checked(self) -> Filters:
        """The same without doubles. Raises RefusedError(`filter_unknown`) and names the word."""
        for word in self.effects:
            if word not in set(Effect):
                raise _unknown("effects", word, ", ".join(Effect))
        for word in self.kinds:
            if word not in set(Kind):
                raise _unknown("kinds", word, ", ".join(Kind))
        for word in self.subjects:
            try:
                Subject.parse(word)
            except ValueError as why:
                raise _unknown("subjects", word, "kind:id, for example listing:L1") from why
        for word in self.topics:
            if word not in TOPICS:
                raise _unknown("topics", word, ", ".join(TOPICS))
        return Filters(*(tuple(dict.fromkeys(ws)) for ws in (self.effects, self.kinds, self.subjects, self.topics)))


def _unknown(field: str, word: str, possible: str) -> RefusedError:
    return RefusedError.because("filter_unknown", f"{word!r} is not known", f"possible: {possible}", field=field)


def find(subscription_id: str, organisation_id: int | None, *, everyone: bool = False) -> Subscription | None:
    """A subscription of an organisation; of any when `everyone`. Another organisation's is not found."""
    rows = Subscription.objects.filter(pk=subscription_id)
    return (rows if everyone else rows.filter(organisation_id=organisation_id)).first()


def document(row: Subscription) -> dict[str, Any]:
    """A subscription as JSON values. Its secrets are never part of it."""
    return {
        "id": row.id,
        "name": row.name,
        "url": row.url,
        "topics": webhooks.topics_of(row),
        "effects": row.effects,
        "kinds": row.kinds,
        "subjects": row.subjects,
        "active": row.active,
        "paused_why": row.paused_why,
        "failures": row.failures,
        "rest_until": row.rest_until.isoformat() if row.rest_until else None,
        "created_at": row.created_at.isoformat(),
    }


def dispatch_document(row: Dispatch) -> dict[str, Any]:
    """A dispatch with its tries as JSON values."""
    return {
        "id": row.pk,
        "cursor": row.cursor,
        "run": row.run,
        "subject": {"kind": row.subject_kind, "id": row.subject_id},
        "state": row.state,
        "attempts": row.attempts,
        "due": row.due.isoformat(),
        "done_at": row.done_at.isoformat() if row.done_at else None,
        "tries": [
            {"number": t.number, "at": t.at.isoformat(), "status": t.status, "error": t.error}
            for t in sorted(row.tries.all(), key=lambda t: t.number)
        ],
    }


def subscribe(by: Actor, *, name: str, url: str, filters: Filters | None = None) -> tuple[Subscription, str]:
    """
    Send decisions to `url` from now on. Returns the subscription and its secret, which is shown this once.

    Raises RefusedError: `not_permitted`, `webhook_address_refused`, `filter_unknown`, `name_missing`.
    """
    wants = (filters or Filters()).checked()
    check_url(url)
    if not name.strip():
        raise RefusedError.because("name_missing", "the subscription has no name", "give it a name", field="name")
    secret = _new_secret()
    with act("decisions.subscribe", by) as a:
        row = Subscription.objects.create(
            id=queries.new_id(a.now),
            organisation_id=by.organisation_id,
            name=name.strip()[:80],
            url=url,
            topics=list(wants.topics),
            effects=list(wants.effects),
            kinds=list(wants.kinds),
            subjects=list(wants.subjects),
            secret=strongbox.lock(secret),
            from_cursor=queries.last_cursor(),
            created_at=a.now,
        )
        a.note = f"subscription {row.id}"
    return row, secret


def change(
    by: Actor, row: Subscription, *, name: str | None = None, url: str | None = None, filters: Filters | None = None
) -> Subscription:
    """Change name, address or filters. What waits already goes to the new address."""
    wants = filters.checked() if filters is not None else None
    if url is not None:
        check_url(url)
    with act("decisions.subscribe", by) as a:
        row.name = name.strip()[:80] if name is not None and name.strip() else row.name
        if url is not None:
            row.url, row.failures, row.rest_until = url, 0, None
        if wants is not None:
            row.effects, row.kinds, row.subjects = list(wants.effects), list(wants.kinds), list(wants.subjects)
            row.topics = list(wants.topics)
        row.save()
        a.note = f"subscription {row.id} changed"
    return row


def rotate(by: Actor, row: Subscription) -> str:
    """A new secret, shown this once. The old one signs beside it for the policy's hours, so that a receiver can change over without a gap."""
    secret = _new_secret()
    with act("decisions.subscribe", by) as a:
        row.secret_before, row.secret = row.secret, strongbox.lock(secret)
        row.secret_before_until = a.now + timedelta(hours=webhook_policy(a.now).secret_overlap_hours)
        row.save(update_fields=["secret", "secret_before", "secret_before_until"])
        a.note = f"subscription {row.id} secret rotated"
    return secret


def pause(by: Actor, row: Subscription, why: str = "") -> Subscription:
    """Stop sending. What happens meanwhile is sent when it is resumed."""
    with act("decisions.subscribe", by) as a:
        if row.active:
            webhooks.stop(row, why or "by a person")
        a.note = f"subscription {row.id} paused"
    return row


def resume(by: Actor, row: Subscription) -> int:
    """Send again, first of all what happened meanwhile. Returns how many steps were queued."""
    with act("decisions.subscribe", by) as a:
        missed = 0
        if not row.active:
            since = row.paused_cursor if row.paused_cursor is not None else row.from_cursor
            row.active, row.paused_why, row.paused_cursor = True, "", None
            row.failures, row.rest_until = 0, None
            row.save()
            missed = webhooks.queue(row, since, at=a.now, run=0)
        a.note = f"subscription {row.id} resumed"
    return missed


def end(by: Actor, row: Subscription) -> None:
    """Forget a subscription with everything that waits for it."""
    with act("decisions.subscribe", by) as a:
        a.note = f"subscription {row.id} ended"
        row.delete()


def replay(by: Actor, row: Subscription, *, after: int, until: int | None = None) -> int:
    """
    Send the steps after cursor `after` (up to and including `until`) again, in order. Returns how many were queued.

    A replayed step has the same event id and body as the first time; a receiver that keeps event ids takes it once.
    """
    if after < 0 or (until is not None and until < after):
        raise RefusedError.because(
            "cursor_not_valid", "the cursor range is empty or negative", "give after <= until, from 0", field="after"
        )
    with act("decisions.replay", by) as a:
        latest = Dispatch.objects.filter(subscription=row).order_by("-run").values_list("run", flat=True).first() or 0
        count = webhooks.queue(row, after, until=until, at=a.now, run=latest + 1)
        a.note = f"subscription {row.id} replay after {after}: {count}"
    return count


def resend(by: Actor, dispatch: Dispatch) -> None:
    """Give one dispatch another life, whatever became of it."""
    with act("decisions.replay", by) as a:
        dispatch.state, dispatch.attempts, dispatch.due, dispatch.done_at = "waiting", 0, a.now, None
        dispatch.save()
        a.note = f"dispatch {dispatch.pk} again"


def _new_secret() -> str:
    return "whsec_" + secrets.token_urlsafe(32)


def check_url(url: str) -> None:
    """Refuse what cannot be right. Names are looked up when something is sent: what they lead to may change until then."""
    to, private = target(url), environment.flag("PINZHI_WEBHOOK_PRIVATE")
    check_name(to.host, private_allowed=private)
    try:
        ip_address(to.host)
    except ValueError:
        return
    check_place(to.host, private_allowed=private)
