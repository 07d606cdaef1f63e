"""What the records of webhooks need at night."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.decisions import webhooks
from pinzhi.engine.jobs import Progress, every, job
from pinzhi.kernel import clock


@job("decisions.forget_dispatches")
def forget_dispatches(progress: Progress) -> dict[str, int]:
    """Remove the records of webhooks that were delivered longer ago than the policy keeps them."""
    progress.total(1)
    removed = webhooks.forget(clock.now())
    progress.done(1)
    return {"removed": removed}


every(timedelta(days=1), "decisions.forget_dispatches", offset=timedelta(hours=3, minutes=30))
