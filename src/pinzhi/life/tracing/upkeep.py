"""What tracing does by itself."""

from __future__ import annotations

from pinzhi.engine.jobs import Progress, job
from pinzhi.life.tracing import recall


@job(recall.JOB)
def write_notices(progress: Progress, recall_id: str) -> dict[str, int]:
    """Write the notices of a recall. A worker that dies leaves them to the next try; each is written once."""
    written = recall.write_notices(recall_id)
    progress.done(written)
    return {"notices": written}
