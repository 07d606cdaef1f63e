"""What admission does when something happens elsewhere: a published policy or ruleset holds live listings against it."""

from __future__ import annotations

from pinzhi.engine import jobs
from pinzhi.engine.outbox import Context
from pinzhi.kernel.facts import PolicyPublished, RulesetPublished


def renew(what: PolicyPublished, context: Context) -> None:
    """Ask for a sweep. A policy that is in force from a later day is taken up by the daily job of that day."""
    if what.station == "admission":
        jobs.enqueue("admission.renew", key=f"admission.renew {what.policy_version} {context.seq}")


def renew_by_rules(what: RulesetPublished, context: Context) -> None:
    """Ask for a sweep when the rules of all listings are others; while a share is on trial, what is live stays as it was admitted."""
    if what.change != "percentage":
        jobs.enqueue("admission.renew", key=f"admission.renew {what.ruleset[:16]} {context.seq}")


REACTIONS = {PolicyPublished: [renew], RulesetPublished: [renew_by_rules]}
