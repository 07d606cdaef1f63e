"""The event store of this installation, opened once per process: its key index is in memory and is only brought up to date afterwards."""

from __future__ import annotations

import os
import threading
from pathlib import Path

from django.conf import settings

from pinzhi.engine.embedded.store import EventStore

_open: dict[tuple[int, Path], EventStore] = {}
_lock = threading.Lock()


def open_store() -> EventStore:
    """The store at `settings.EVENT_STORE`. A forked child opens its own."""
    key = (os.getpid(), Path(settings.EVENT_STORE))
    with _lock:
        if key not in _open:
            _open[key] = EventStore(key[1])
        return _open[key]
