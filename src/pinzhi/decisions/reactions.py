"""What follows inside this room: webhooks are queued, of decisions and of remedies that buyers are owed."""

from __future__ import annotations

from pinzhi.decisions import queries, webhooks
from pinzhi.engine.outbox import Context
from pinzhi.kernel.facts import DecisionIssued, DecisionLifted
from pinzhi.kernel.facts_complaints import RemedyDue, RemedyFulfilled, RemedyWithdrawn


def queue_webhooks(_: DecisionIssued | DecisionLifted, context: Context) -> None:
    """Write a dispatch for every subscription that wants this step."""
    step = queries.step(context.seq)
    if step is not None:
        webhooks.queue_step(step, context.at)


def queue_notices(_: RemedyDue | RemedyWithdrawn | RemedyFulfilled, context: Context) -> None:
    """Write a dispatch for every subscription that wants to be told of remedies."""
    found = queries.told_at(context.seq)
    if found is not None:
        webhooks.queue_step(found, context.at)


REACTIONS = {
    DecisionIssued: [queue_webhooks],
    DecisionLifted: [queue_webhooks],
    RemedyDue: [queue_notices],
    RemedyWithdrawn: [queue_notices],
    RemedyFulfilled: [queue_notices],
}
