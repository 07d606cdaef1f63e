"""
The job processes of a worker, in a session of their own: `python -m pinzhi.doors.cli.cluster`.

The library's cluster waits for ever when a signal reaches its children before itself, as Ctrl-C in a terminal does; so only the worker may tell it to
end. And because a worker may be killed without a word, the cluster watches who its parent is and goes, with all its processes, when that changes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time

from pinzhi.doors.cli.django_side import ready

LOOK = 0.5
"""Seconds between two looks at the parent."""


def start() -> subprocess.Popen[bytes]:
    """Start the job processes."""
    return subprocess.Popen([sys.executable, "-m", "pinzhi.doors.cli.cluster"], start_new_session=True)


def stop(jobs: subprocess.Popen[bytes], patience: float = 10.0) -> None:
    """Let the job in hand end, for `patience` seconds; a job that is cut off is done again by the next worker."""
    jobs.terminate()
    try:
        jobs.wait(timeout=patience)
    except subprocess.TimeoutExpired:
        os.killpg(jobs.pid, signal.SIGKILL)
        jobs.wait()


def _leave_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK)
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Run the cluster until it is told to end or its parent is gone."""
    parent = os.getppid()
    ready()
    from django.core.management import call_command

    threading.Thread(target=_leave_with, args=(parent,), daemon=True).start()
    call_command("qcluster")


if __name__ == "__main__":
    main()
