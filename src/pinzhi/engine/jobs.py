"""
Background jobs behind one port: `enqueue(name, key=…, **arguments)`, in the transaction of whoever asks.

A job is a row (`JobRun`) and a message in the job library's table (django-q2's ORM broker), both written by the caller's transaction: what is rolled
back was never
asked for. The same key is enqueued once, for ever: a key names the work («compact 2026-11-25»), not the moment of asking. A job runs at least once: a
worker that dies is
followed by another try, so jobs are written to be repeatable. After `MAX_ATTEMPTS` a job has failed and stays visible with its error; `retry` gives it
another life.

    @job("engine.compact")
    def compact(progress: Progress) -> dict[str, int]: …
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.db import connection

from pinzhi.engine.models import JobRun
from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.canon import plain
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError

log = logging.getLogger("pinzhi.jobs")
MAX_ATTEMPTS = 5
_TURN = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d", re.ASCII)
STALLED_AFTER = timedelta(hours=1)
"""A job that says it runs and has not been heard of for this long is taken over: its worker is dead (the library stops a job after 50 minutes)."""


class Progress:
    """What a running job reports through; each report is committed at once and seen on the Health screen."""

    def __init__(self, run_id: int) -> None:
        self.run_id = run_id

    def total(self, count: int) -> None:
        """How much there is to do altogether."""
        JobRun.objects.filter(pk=self.run_id).update(total=count)

    def done(self, count: int) -> None:
        """How much has been done so far."""
        JobRun.objects.filter(pk=self.run_id).update(done=count)

    def cancelled(self) -> bool:
        """Whether somebody asked the job to stop; a long job looks between its steps."""
        return JobRun.objects.filter(pk=self.run_id, state="cancelled").exists()


Job = Callable[..., Any]
JOBS: dict[str, Job] = {}


def job(name: str) -> Callable[[Job], Job]:
    """Enter a function as a job. It takes a `Progress` and its arguments by name; what it returns (canonical JSON) is kept. Twice is an error."""

    def entered(function: Job) -> Job:
        if name in JOBS:
            raise ValueError(f"two jobs are called {name}")
        JOBS[name] = function
        return function

    return entered


class Broker(Protocol):
    """What carries a job to a worker."""

    def send(self, run_id: int) -> None:
        """Put it into the queue, in the running transaction."""


class OrmBroker:
    """django-q2 over the operational database: the message is a row, committed or rolled back with the caller's."""

    def send(self, run_id: int) -> None:
        """Write the message."""
        from django_q.tasks import async_task

        async_task("pinzhi.engine.jobs.perform", run_id)


class NullBroker:
    """Carries nothing and remembers what it was given: for tests, which call `perform` themselves."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def send(self, run_id: int) -> None:
        """Remember."""
        self.sent.append(run_id)


_broker: list[Broker] = [OrmBroker()]


def use(broker: Broker) -> Broker:
    """Put another broker in place; returns the one before it."""
    before, _broker[0] = _broker[0], broker
    return before


def enqueue(name: str, *, key: str, **arguments: Any) -> JobRun:
    """
    Ask for a job, in the caller's transaction. The same key again is the same job, as it stands, and nothing is sent.

    `arguments` have a canonical form (no floats). Raises RefusedError(`job_unknown`), TypeError, RuntimeError outside a transaction.
    """
    if name not in JOBS:
        raise RefusedError.because("job_unknown", f"no job is called «{name}»", f"one of: {', '.join(sorted(JOBS))}")
    if not connection.in_atomic_block:
        raise RuntimeError("a job is enqueued in the transaction of its act")
    run, fresh = JobRun.objects.get_or_create(
        key=key[:120], defaults={"name": name, "arguments": plain(arguments), "queued_at": clock.now()}
    )
    if fresh:
        _broker[0].send(run.pk)
    return run


def perform(run_id: int) -> str:
    """
    Run a job in the worker and return its state. Whatever it raises is kept on its row, and it is tried again until `MAX_ATTEMPTS`.

    A job that is done, cancelled, or running elsewhere is left alone, so that a message that comes twice does no harm.
    """
    run = _begin(run_id)
    if run is None:
        return "left alone"
    function = JOBS.get(run.name)
    try:
        if function is None:
            raise LookupError(f"no job is called {run.name}")
        result = plain(function(Progress(run.pk), **run.arguments))
    except Exception as why:  # noqa: BLE001 - whatever a job raises, its row says so and it is tried again
        return _failed(run, why)
    ended = JobRun.objects.filter(pk=run.pk, state="running", attempts=run.attempts)
    ended.update(state="done", result=result, ended_at=clock.now(), error="")
    return "done"


def _begin(run_id: int) -> JobRun | None:
    now = clock.now()
    with whole():
        run = JobRun.objects.select_for_update().filter(pk=run_id).first()
        if run is None or run.state != "queued":
            return None
        run.state, run.started_at, run.attempts, run.done = "running", now, run.attempts + 1, 0
        run.save()
        return run


def _failed(run: JobRun, why: Exception) -> str:
    last = run.attempts >= MAX_ATTEMPTS
    log.warning("job %s (%s) failed, try %s", run.name, run.key, run.attempts, exc_info=why)
    with whole():
        mine = JobRun.objects.filter(pk=run.pk, state="running", attempts=run.attempts)
        changed = mine.update(
            state="failed" if last else "queued",
            error=f"{type(why).__name__}: {why}"[:500],
            ended_at=clock.now() if last else None,
        )
        if changed and not last:
            _broker[0].send(run.pk)
    return "failed" if last else "queued"


def retry(run_id: int) -> None:
    """Give a failed or cancelled job another life. Permission is the caller's act (`engine.retry`). Raises RefusedError(`job_not_failed`)."""
    with whole():
        changed = JobRun.objects.filter(pk=run_id, state__in=("failed", "cancelled")).update(
            state="queued", attempts=0, error="", ended_at=None, queued_at=clock.now()
        )
        if not changed:
            raise RefusedError.because(
                "job_not_failed", "this job has not failed", "see its state on the Health screen"
            )
        _broker[0].send(run_id)


def cancel(run_id: int) -> None:
    """Take a job off the queue, or ask a running one to stop at its next step. Permission is the caller's act (`engine.discard`)."""
    JobRun.objects.filter(pk=run_id, state__in=("queued", "running")).update(state="cancelled", ended_at=clock.now())


def take_over_stalled(now: datetime) -> int:
    """Send the jobs of dead workers again. Returns how many."""
    with whole():
        lost = JobRun.objects.select_for_update().filter(state="running", started_at__lt=now - STALLED_AFTER)
        ids = list(lost.values_list("pk", flat=True))
        JobRun.objects.filter(pk__in=ids).update(state="queued")
        for pk in ids:
            _broker[0].send(pk)
    return len(ids)


# --- schedules -----------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Schedule:
    """A job that comes round: once in every `period` since midnight in China plus `offset`."""

    name: str
    period: timedelta
    offset: timedelta


SCHEDULES: list[Schedule] = []


def every(period: timedelta, name: str, *, offset: timedelta = timedelta()) -> None:
    """Enter a schedule for a known job. `period` is a day or divides it evenly, so that every worker agrees when a turn begins."""
    if name not in JOBS:
        raise ValueError(f"no job is called {name}")
    if period <= timedelta() or timedelta(days=1) % period:
        raise ValueError("a period is a day or divides it")
    SCHEDULES.append(Schedule(name, period, offset))


def turn_of(schedule: Schedule, now: datetime) -> datetime:
    """The moment at which the present turn of a schedule began. Pure."""
    local = now.astimezone(SHANGHAI) - schedule.offset
    start = clock.midnight(local)
    return start + (local - start) // schedule.period * schedule.period + schedule.offset


def enqueue_due(now: datetime) -> int:
    """
    Enqueue every schedule whose turn has come and has not been taken by another worker: the key holds the turn. Returns how many were new.

    Missed turns are not made up for: the next one does their work.
    """
    fresh = 0
    keys = {f"{s.name} {turn_of(s, now):%Y-%m-%dT%H:%M}": s for s in SCHEDULES}
    known = set(JobRun.objects.filter(key__in=keys).values_list("key", flat=True))
    for key, schedule in keys.items():
        if key not in known:
            with whole():
                enqueue(schedule.name, key=key)
            fresh += 1
    return fresh


def forget_turns(before: datetime) -> int:
    """
    Remove finished turns of schedules that ended before a moment. Returns how many.

    A turn's key holds its time, so it never comes again; a job that somebody asked for keeps its row, and with it the promise that its key is done once.
    """
    names = {s.name for s in SCHEDULES}
    old = JobRun.objects.filter(name__in=names, state__in=("done", "cancelled"), ended_at__lt=before)
    turns = [
        pk for pk, name, key in old.values_list("pk", "name", "key") if _TURN.fullmatch(key.removeprefix(f"{name} "))
    ]
    for at in range(0, len(turns), 500):
        JobRun.objects.filter(pk__in=turns[at : at + 500]).delete()
    return len(turns)
