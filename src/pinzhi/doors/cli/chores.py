"""What the worker does in each round. A chore does a bounded piece of work and returns how much it did; 0 means idle."""

from __future__ import annotations

from collections.abc import Callable

from pinzhi.engine import outbox

CHORES: list[Callable[[], int]] = [outbox.pump]
