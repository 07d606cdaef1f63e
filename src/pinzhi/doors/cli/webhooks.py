"""`pinzhi webhooks`: where decisions are sent to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import acting, rows
from pinzhi.doors.cli.django_side import installed
from pinzhi.kernel.refusal import RefusedError

if TYPE_CHECKING:
    from pinzhi.decisions.deliveries import Delivering
    from pinzhi.decisions.models import Subscription

_effects = click.option("--effect", "effects", multiple=True, help="Only this effect; may be repeated.")
_kinds = click.option("--kind", "kinds", multiple=True, help="Only subjects of this kind; may be repeated.")
_topics = click.option(
    "--topic",
    "topics",
    multiple=True,
    type=click.Choice(["decisions", "remedies"]),
    help="Decisions (also without this), or remedies that buyers are owed; may be repeated.",
)
_subjects = click.option("--subject", "subjects", multiple=True, metavar="KIND:ID", help="Only this; may be repeated.")


@click.group()
def command() -> None:
    """Signed webhooks: subscribe, rotate secrets, pause, replay."""
    installed()


def _found(subscription: str) -> Subscription:
    from pinzhi.decisions import subscriptions

    row = subscriptions.find(subscription, None, everyone=True)
    if row is None:
        raise RefusedError.because(
            "subscription_unknown", f"there is no subscription {subscription!r}", "see `pinzhi webhooks list`"
        )
    return row


def _document(row: Subscription) -> dict[str, Any]:
    from pinzhi.decisions.subscriptions import document

    return document(row)


@command.command("list")
@rows.polite
def list_() -> rows.Answer:
    """Every subscription, with how its sending goes; those that have delivered nothing for an hour while something waits come first."""
    from pinzhi.decisions.deliveries import deliveries
    from pinzhi.kernel import clock

    found = deliveries(clock.now())
    lines = [_line(d) for d in found]
    return rows.Answer([_document(d.row) | _sending(d) for d in found], "\n".join(lines) or "no subscription")


def _sending(of: Delivering) -> dict[str, Any]:
    """The columns of the Health screen as JSON values."""
    moments = {"last_success": of.last_success, "waiting_since": of.waiting_since, "next_attempt": of.next_attempt}
    named = {name: at.isoformat() if at else None for name, at in moments.items()}
    return named | {"waiting": of.waiting, "dead": of.dead, "silent": of.silent}


def _line(of: Delivering) -> str:
    said = {k: v or "-" for k, v in _sending(of).items() if k in ("last_success", "next_attempt")}
    warning = "  ! nothing delivered for an hour while something waits" if of.silent else ""
    return (
        f"{of.row.id}  {'active' if of.row.active else 'paused'}  {of.row.name}  {of.row.url}  last {said['last_success']}  "
        f"failures {of.row.failures}  waiting {of.waiting}  next {said['next_attempt']}  dead {of.dead}{warning}"
    )


@command.command()
@click.argument("url")
@click.option("--name", required=True, help="What you call the receiver.")
@_effects
@_kinds
@_subjects
@_topics
@rows.polite
def add(
    url: str,
    name: str,
    effects: tuple[str, ...],
    kinds: tuple[str, ...],
    subjects: tuple[str, ...],
    topics: tuple[str, ...],
) -> rows.Answer:
    """Send decisions, or what buyers are owed, to URL from now on. The secret is shown this once."""
    from pinzhi.decisions import subscriptions

    wants = subscriptions.Filters(effects, kinds, subjects, topics)
    row, secret = subscriptions.subscribe(acting.house(), name=name, url=url, filters=wants)
    return rows.Answer(_document(row) | {"secret": secret}, f"{row.id}\nsecret: {secret}")


@command.command()
@click.argument("subscription")
@rows.polite
def rotate(subscription: str) -> rows.Answer:
    """A new secret, shown this once; the old one signs beside it for three days."""
    from pinzhi.decisions import subscriptions

    row = _found(subscription)
    secret = subscriptions.rotate(acting.house(), row)
    return rows.Answer(_document(row) | {"secret": secret}, f"secret: {secret}")


@command.command()
@click.argument("subscription")
@rows.polite
def pause(subscription: str) -> rows.Answer:
    """Stop sending."""
    from pinzhi.decisions import subscriptions

    return rows.Answer(_document(subscriptions.pause(acting.house(), _found(subscription))), "paused")


@command.command()
@click.argument("subscription")
@rows.polite
def resume(subscription: str) -> rows.Answer:
    """Send again, first what was missed."""
    from pinzhi.decisions import subscriptions

    row = _found(subscription)
    missed = subscriptions.resume(acting.house(), row)
    return rows.Answer(_document(row) | {"queued": missed}, f"resumed, {missed} steps queued")


@command.command()
@click.argument("subscription")
@rows.polite
def remove(subscription: str) -> rows.Answer:
    """End a subscription with everything that waits for it."""
    from pinzhi.decisions import subscriptions

    row = _found(subscription)
    subscriptions.end(acting.house(), row)
    return rows.Answer({"removed": subscription}, "removed")


@command.command()
@click.argument("subscription")
@click.option("--after", default=0, show_default=True, help="Cursor after which steps are sent again.")
@click.option("--until", type=int, help="Last cursor that is sent again.")
@rows.polite
def replay(subscription: str, after: int, until: int | None) -> rows.Answer:
    """Send past steps again, in order."""
    from pinzhi.decisions import subscriptions

    count = subscriptions.replay(acting.house(), _found(subscription), after=after, until=until)
    return rows.Answer({"queued": count}, f"{count} steps queued")


@command.command()
@rows.polite
def send() -> rows.Answer:
    """Send what is due now, then end. The worker does this by itself."""
    from pinzhi.decisions import webhooks

    tried = webhooks.drain()
    return rows.Answer({"tried": tried, **webhooks.counts()}, f"{tried} tried")
