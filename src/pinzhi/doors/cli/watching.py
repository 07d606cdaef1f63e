"""The worker's eye on the event store: when events have arrived since the last sweep, sweep again and rate again."""

from __future__ import annotations

from datetime import timedelta

from pinzhi.engine import aggregates
from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel import clock
from pinzhi.life.monitoring import actions as monitoring
from pinzhi.life.monitoring import queries as monitored
from pinzhi.life.rating import actions as rating
from pinzhi.people.roles import Actor
from pinzhi.site import environment


def follow_events() -> int:
    """Sweep when there are new events and the last sweep is `PINZHI_SWEEP_SECONDS` ago or more. Returns 1 when it swept."""
    now = clock.now()
    last = monitored.last_run()
    pause = timedelta(seconds=int(environment.read("PINZHI_SWEEP_SECONDS")))
    if last is not None and now - last.at < pause:
        return 0
    store = open_store()
    store.refresh()
    count = store.count()
    if not count or (last is not None and count == last.events):
        return 0
    look_again()
    return 1


def look_again() -> None:
    """One sweep over everything that is stored, then the ratings that follow from it."""
    watch = Actor.system("watch")
    tallies = aggregates.tallied(open_store().dense())
    monitoring.sweep(watch, tallies, levels=("listing", "batch", "merchant"))
    rating.recompute(watch, tallies)
