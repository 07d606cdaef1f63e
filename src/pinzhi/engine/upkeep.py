"""What the event store and the files need at night: entered as a job when Django is ready; the libraries are only loaded by the worker that does it."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine.jobs import Progress, every, forget_turns, job
from pinzhi.kernel import clock

KEEP_HOURS = 168
"""Old versions of the event store stay readable for a week."""
KEEP_TURNS = timedelta(days=30)
"""Finished turns of schedules are shown for so long; a job that runs every minute leaves 1,440 rows a day."""


@job("engine.compact")
def compact(progress: Progress) -> dict[str, int]:
    """Join the small files of the event store and remove those that no version of the last week needs; remove files that a killed process left half written."""
    from pinzhi.engine.embedded.blobs import open_files
    from pinzhi.engine.embedded.opened import open_store

    store = open_store()
    store.refresh()
    progress.total(3)
    joined = store.compact(now=clock.now())
    progress.done(1)
    removed = store.vacuum(KEEP_HOURS)
    progress.done(2)
    swept = open_files().sweep()
    progress.done(3)
    return {"joined": joined, "removed": removed, "swept": swept}


@job("engine.forget_turns")
def forget(progress: Progress) -> dict[str, int]:
    """Remove finished turns of schedules."""
    gone = forget_turns(clock.now() - KEEP_TURNS)
    progress.done(gone)
    return {"turns": gone}


every(timedelta(days=1), "engine.forget_turns", offset=timedelta(hours=3, minutes=30))
every(timedelta(days=1), "engine.compact", offset=timedelta(hours=3))
