"""What tracing does by itself."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.kernel import clock
from pinzhi.life.tracing import capture, cold, copies, printing, recall
from pinzhi.people.roles import Actor


@job(recall.JOB)
def write_notices(progress: Progress, recall_id: str) -> dict[str, int]:
    """Write the notices of a recall. A worker that dies leaves them to the next try; each is written once."""
    written = recall.write_notices(recall_id)
    progress.done(written)
    return {"notices": written}


@job(printing.JOB)
def print_labels(progress: Progress, job_id: int) -> dict[str, int]:
    """Write the volumes of a label job. A worker that dies leaves whole volumes; the next try goes on with the first that is missing."""
    return {"volumes": printing.write(job_id, total=progress.total, advance=progress.done, stop=progress.cancelled)}


@job(capture.COLD_JOB)
def look_at_cold(progress: Progress, capture_job: str, after: int) -> dict[str, int]:
    """Hold the temperatures of captured events against the limits of their goods."""
    opened = cold.look_at_captured(capture_job, after)
    progress.done(opened)
    return {"breaks": opened}


@job("tracing.search_copies")
def search_copies(progress: Progress) -> dict[str, int]:
    """Look for codes that are on many pieces."""
    found = copies.search(Actor.system("tracing"))
    progress.done(found)
    return {"copied": found}


@job("tracing.forget_labels")
def forget_labels(progress: Progress) -> dict[str, int]:
    """Remove label files that are older than thirty days: they hold codes."""
    gone = printing.forget(clock.now())
    progress.done(gone)
    return {"jobs": gone}


every(timedelta(days=1), "tracing.forget_labels", offset=timedelta(minutes=40))
every(timedelta(hours=1), "tracing.search_copies", offset=timedelta(minutes=25))
