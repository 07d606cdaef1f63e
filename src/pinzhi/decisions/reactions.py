"""What follows inside this room: webhooks are queued, of decisions and of remedies that buyers are owed."""

from __future__ import annotations

from pinzhi.decisions import queries, webhooks
from pinzhi.engine.outbox import Context
from pinzhi.kernel.facts import DecisionIssued, DecisionLifted
from pinzhi.kernel.facts_complaints import RemedyDue, RemedyFulfilled, RemedyWithdrawn


def queue_webhooks(
    _: DecisionIssued | DecisionLifted | RemedyDue | RemedyWithdrawn | RemedyFulfilled, context: Context
) -> None:
    """Write a dispatch for every subscription that wants to be told. Doing it twice adds nothing: a subscription is told once of each cursor."""
    found = queries.told_at(context.seq)
    if found is not None:
        webhooks.queue_step(found, context.at)


REACTIONS = {
    kind: [queue_webhooks] for kind in (DecisionIssued, DecisionLifted, RemedyDue, RemedyWithdrawn, RemedyFulfilled)
}
