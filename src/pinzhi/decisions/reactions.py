"""What follows from a decision inside this room: its webhooks are queued."""

from __future__ import annotations

from pinzhi.decisions import queries, webhooks
from pinzhi.engine.outbox import Context
from pinzhi.kernel.facts import DecisionIssued, DecisionLifted


def queue_webhooks(_: DecisionIssued | DecisionLifted, context: Context) -> None:
    """Write a dispatch for every subscription that wants this step."""
    step = queries.step(context.seq)
    if step is not None:
        webhooks.queue_step(step, context.at)


REACTIONS = {DecisionIssued: [queue_webhooks], DecisionLifted: [queue_webhooks]}
