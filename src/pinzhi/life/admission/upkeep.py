"""What admission does every morning: look for papers and standards that end."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine.jobs import Progress, every, job
from pinzhi.life.admission import watching
from pinzhi.people.roles import Actor


@job("admission.watch_papers")
def watch_papers(progress: Progress) -> dict[str, int]:
    """Speak of papers that end soon; screen listings again whose papers have ended."""
    progress.total(1)
    found = watching.watch_papers(Actor.system("admission"))
    progress.done(1)
    return found


every(timedelta(days=1), "admission.watch_papers", offset=timedelta(minutes=10))
