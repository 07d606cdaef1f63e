"""What admission does when something happens elsewhere: a published policy holds live listings against it."""

from __future__ import annotations

from pinzhi.engine import jobs
from pinzhi.engine.outbox import Context
from pinzhi.kernel.facts import PolicyPublished


def renew(what: PolicyPublished, context: Context) -> None:
    """Ask for a sweep. A policy that is in force from a later day is taken up by the daily job of that day."""
    if what.station == "admission":
        jobs.enqueue("admission.renew", key=f"admission.renew {what.policy_version} {context.seq}")


REACTIONS = {PolicyPublished: [renew]}
