"""What tracing does by itself."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.life.tracing import copies, recall
from pinzhi.people.roles import Actor


@job(recall.JOB)
def write_notices(progress: Progress, recall_id: str) -> dict[str, int]:
    """Write the notices of a recall. A worker that dies leaves them to the next try; each is written once."""
    written = recall.write_notices(recall_id)
    progress.done(written)
    return {"notices": written}


@job("tracing.search_copies")
def search_copies(progress: Progress) -> dict[str, int]:
    """Look for codes that are on many pieces."""
    found = copies.search(Actor.system("tracing"))
    progress.done(found)
    return {"copied": found}


every(timedelta(hours=1), "tracing.search_copies", offset=timedelta(minutes=25))
