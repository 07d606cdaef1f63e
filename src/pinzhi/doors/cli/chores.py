"""What the worker does in each round. A chore does a bounded piece of work and returns how much it did; 0 means idle."""

from __future__ import annotations

from collections.abc import Callable

from pinzhi.decisions import webhooks
from pinzhi.doors.cli.watching import follow_events
from pinzhi.engine import outbox
from pinzhi.kernel import clock
from pinzhi.ledger import store as ledger


def sign_log() -> int:
    """Sign the log when it has grown, once a second at most."""
    return ledger.sign_if_due(at=clock.now())


CHORES: list[Callable[[], int]] = [outbox.pump, sign_log]

ASIDE: list[Callable[[], int]] = [webhooks.send_due, follow_events]
"""Chores that take long or wait for other people's servers: each runs in a thread of its own, so that it never holds up the reactions."""
