"""
The tallies of everything received, for the screens: computed once per process and version of the event store, never per request.

A request may find the figures a little old: they are computed again when the store has a newer version, and not more often than one part in twenty of the
time would be spent on it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from pinzhi.engine import aggregates
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.tallies import Tallies

SPARE = 20
"""How many times the cost of the last computation must have passed before the next."""


@dataclass(slots=True)
class Known:
    """The tallies of one version, and what screens have derived from them (`derived` is emptied with every new version)."""

    version: int
    tallies: Tallies
    arrived: datetime | None
    made: float
    cost: float
    derived: dict[Any, Any] = field(default_factory=dict)


_known: dict[tuple[int, Path], Known] = {}
_lock = threading.Lock()


def current() -> Known | None:
    """The newest tallies that may be had; None while no event has been received."""
    place = (os.getpid(), Path(settings.EVENT_STORE))
    kept = _known.get(place)
    if kept is not None and time.perf_counter() - kept.made < SPARE * kept.cost:
        return kept
    with _lock:
        kept = _known.get(place)
        start = time.perf_counter()
        if kept is not None and start - kept.made < SPARE * kept.cost:
            return kept
        store = open_store()
        version = store.refresh()
        if kept is not None and kept.version == version:
            kept.made = start
            return kept
        if store.last_arrival() is None:
            return None
        tallies = aggregates.tallied(store.dense())
        end = time.perf_counter()
        fresh = Known(version, tallies, store.last_arrival(), end, end - start)
        _known[place] = fresh
        return fresh


def derived(key: Any, make: Callable[[Tallies], Any]) -> Any:
    """`make(tallies)`, computed once per version under `key`; None while no event has been received. The key holds everything that `make` depends on."""
    known = current()
    if known is None:
        return None
    if key not in known.derived:
        value = make(known.tallies)
        with _lock:
            known.derived.setdefault(key, value)
    return known.derived[key]
