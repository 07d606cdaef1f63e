"""What the worker does in each round. A chore does a bounded piece of work and returns how much it did; 0 means idle."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from pinzhi.decisions import webhooks
from pinzhi.doors.cli.watching import follow_events
from pinzhi.engine import jobs, outbox
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import cosigning
from pinzhi.ledger import store as ledger
from pinzhi.ledger.anchoring import anchors
from pinzhi.life.tracing import subscribing


def sign_log() -> int:
    """Sign the log when it has grown, once a second at most."""
    return ledger.sign_if_due(at=clock.now())


def ask_witnesses() -> int:
    """Ask the witnesses for cosignatures of the newest checkpoint."""
    return cosigning.cosign_newest(at=clock.now())


ANCHOR_EVERY = 5.0
"""Seconds between two looks at the anchors under way."""
_anchored: list[float] = []


def anchor_checkpoints() -> int:
    """Anchor checkpoints whose hour has come, and see after those under way."""
    if _anchored and time.monotonic() - _anchored[-1] < ANCHOR_EVERY:
        return 0
    _anchored[:] = [time.monotonic()]
    try:
        return anchors.anchor_due(at=clock.now())
    except RefusedError as no:
        logging.getLogger("pinzhi.worker").warning(
            "checkpoints are not anchored: %s: %s", no.refusal.code, no.refusal.reason
        )
        return 0


LOOK_EVERY = 20.0
"""Seconds between two looks at the schedules."""
_looked: list[float] = []


def keep_schedules() -> int:
    """Enqueue what the hour has come for, and send the jobs of dead workers again."""
    if _looked and time.monotonic() - _looked[-1] < LOOK_EVERY:
        return 0
    _looked[:] = [time.monotonic()]
    return jobs.enqueue_due(clock.now()) + jobs.take_over_stalled(clock.now())


CHORES: list[Callable[[], int]] = [outbox.pump, sign_log, keep_schedules]

ASIDE: list[Callable[[], int]] = [
    webhooks.send_due,
    subscribing.send_due,
    follow_events,
    ask_witnesses,
    anchor_checkpoints,
]
"""Chores that take long or wait for other people's servers: each runs in a thread of its own, so that it never holds up the reactions."""
