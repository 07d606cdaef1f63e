"""`pinzhi serve · worker · migrate`: the processes of an installation."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

import click

from pinzhi.doors.cli import cluster
from pinzhi.doors.cli.django_side import installed, migrated, ready

STACK = 16 * 2**20
"""Bytes of stack of a thread that answers requests. The server's own default is 2 MiB; one level of LAPACK's parallel factorisation takes half of one."""


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option("--workers", default=1, show_default=True, help="Server processes; one is right for SQLite.")
@click.option("--with-worker", is_flag=True, help="Also run the reactions and schedules in a child process.")
def serve(host: str, port: int, workers: int, with_worker: bool) -> None:
    """Serve every door: console, API, public pages, ledger."""
    installed()
    os.environ.setdefault("RUST_MIN_STACK", str(STACK))
    from granian.constants import Interfaces
    from granian.server import Server

    child = subprocess.Popen([sys.executable, "-m", "pinzhi", "worker"]) if with_worker else None
    click.echo(f"Pinzhi 品质 · http://{host}:{port}/console/", err=True)
    try:
        Server(
            "pinzhi.site.wsgi:application",
            address=host,
            port=port,
            interface=Interfaces.WSGI,
            workers=workers,
            blocking_threads=4,
            workers_kill_timeout=5,  # a worker may miss its signal when a terminal sends one to everybody
            log_access=False,
            log_level="warning",  # type: ignore[arg-type]
        ).serve()
    finally:
        if child is not None:
            child.terminate()
            try:
                child.wait(timeout=15)
            except subprocess.TimeoutExpired:
                child.kill()  # nothing is lost: what it had in hand is delivered again


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is ready now, then end.")
@click.option("--every", default=0.3, show_default=True, help="Seconds between looks when idle.")
def worker(once: bool, every: float) -> None:
    """Hand facts to their reactions, send webhooks, run jobs and schedules."""
    installed()
    from pinzhi.doors.cli.chores import ASIDE, CHORES

    if once:
        while sum(chore() for chore in (*CHORES, *ASIDE)):
            pass
        return
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    parent = os.getppid()
    aside = [threading.Thread(target=_work_aside, args=(chore, stop, every), daemon=True) for chore in ASIDE]
    for thread in aside:
        thread.start()
    jobs = cluster.start()
    try:
        while not stop.is_set():
            busy = sum(_guarded(chore) for chore in CHORES)
            if jobs.poll() is not None:
                jobs = cluster.start()
            if os.getppid() != parent:
                break  # the server that started us is gone
            if not busy:
                stop.wait(every)
    finally:
        stop.set()
        cluster.stop(jobs)


def _work_aside(chore: object, stop: threading.Event, every: float) -> None:
    """Do one chore over and over, until the worker ends."""
    while not stop.is_set():
        if not _guarded(chore):
            stop.wait(every)


def _guarded(chore: object) -> int:
    """Run a chore; a broken one is logged and tried again, it never stops the others."""
    import logging

    from django.db import close_old_connections

    try:
        close_old_connections()
        return chore()  # type: ignore[operator,no-any-return]
    except Exception:
        logging.getLogger("pinzhi.worker").exception("a chore failed; it is tried again")
        time.sleep(1)
        return 0


@click.command()
def migrate() -> None:
    """Bring the database to this version's schema and make the keys of this installation."""
    ready()
    migrated()
    click.echo("schema is up to date", err=True)
