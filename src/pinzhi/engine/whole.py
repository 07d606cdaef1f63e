"""
Transactions, and what must outlive them.

An act that is refused rolls everything back, but the line that says so must stay, even when the act ran inside somebody else's transaction that is
rolled back as
well. SQLite has one writer, so a second connection would wait for ever; instead the line is owed, and paid as soon as the outermost transaction has
ended, whichever way.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import connection, transaction

log = logging.getLogger("pinzhi.whole")
_thread = threading.local()


def in_transaction() -> bool:
    """Whether a transaction of ours is open. The one that a test wraps around itself does not count."""
    return any(not block._from_testcase for block in connection.atomic_blocks)  # noqa: SLF001 - Django's own durable check reads it too


def _owed() -> list[Callable[[], None]]:
    if not hasattr(_thread, "owed"):
        _thread.owed = []
    return _thread.owed


def outlive(write: Callable[[], None]) -> None:
    """Call `write` now, or, inside a transaction, when it has been committed or rolled back."""
    if not in_transaction():
        write()
        return
    _owed().append(write)
    transaction.on_commit(settle)  # for transactions that were not opened by `whole`


def settle() -> None:
    """Pay what is owed, unless a transaction is still open. A payment that fails is logged and never hides the error on its way."""
    owed = _owed()
    if not owed or in_transaction():
        return
    due, owed[:] = list(owed), []
    for write in due:
        try:
            write()
        except Exception:
            log.exception("a line that had to outlive its transaction was not written")


@contextmanager
def whole() -> Iterator[None]:
    """All or nothing, like `transaction.atomic`; what was owed inside is paid when the outermost one ends."""
    settle()
    try:
        with transaction.atomic():
            yield
    finally:
        settle()
