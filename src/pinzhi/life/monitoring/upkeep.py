"""What monitoring does by itself."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.life.monitoring import counting


@job("monitoring.count_complaints")
def count_complaints(progress: Progress) -> dict[str, int]:
    """Complaints of our own desk become events."""
    new = counting.count_complaints()
    progress.done(new)
    return {"complaints": new}


every(timedelta(hours=1), "monitoring.count_complaints", offset=timedelta(minutes=5))
