"""
What the rooms above may ask of an event store and of a store of files.

The embedded ones are `engine.embedded.store.EventStore` and `engine.embedded.blobs.BlobFolder`; a distributed one fulfils the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

import pyarrow as pa

from pinzhi.engine.aggregates import Dense
from pinzhi.kernel.refusal import Refusal

AsOf = int | datetime | None
"""A version of the store, a moment (what had arrived by then), or None for now."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """The answer to a batch, given when it is durable. `version` is the store's version that holds it."""

    accepted: int
    duplicate: int
    refused: tuple[Refusal, ...]
    version: int


class EventSink(Protocol):
    """Takes batches, each event exactly once."""

    def append(self, table: pa.Table, *, source: str, body_sha256: str = "", now: datetime | None = None) -> Receipt:
        """
        Store the events of `table` (`intake.EVENT_SCHEMA`) that are not stored yet; durable when it returns.

        An event known with the same content is a duplicate; with other content it is refused (`event_id_conflict`). A batch whose body hash is known is
        not looked at again.
        """
        ...


class EventReader(Protocol):
    """Gives back what was stored."""

    def version(self) -> int:
        """The newest version; -1 for an empty store."""
        ...

    def count(self, as_of: AsOf = None) -> int:
        """How many distinct events."""
        ...

    def events(self, as_of: AsOf = None) -> Iterator[pa.Table]:
        """All events as tables of `intake.SOURCED_SCHEMA` plus `arrived`, file by file."""
        ...


class WindowQuery(Protocol):
    """Gives the aggregates' input; the engine that runs the statements may be another."""

    def dense(self, as_of: AsOf = None) -> Dense:
        """All events in the form that `statements` reads."""
        ...


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that has come in whole and is not kept yet: its SHA-256, its bytes, where it lies meanwhile."""

    sha256: str
    bytes: int
    path: Path


class BlobStore(Protocol):
    """Keeps files by their SHA-256. Knows nothing of who owns them."""

    def arriving(self, pieces: Iterable[bytes], *, most_bytes: int) -> AbstractContextManager[Arrived]:
        """Take a file in, bounded; it is gone at the end of the block unless `keep` was said."""
        ...

    def keep(self, arrived: Arrived) -> None:
        """Durable when it returns; twice is once."""
        ...

    def holds(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        ...

    def read(self, sha256: str) -> bytes:
        """The bytes, held against their name. Raises RefusedError(`file_lost`, `file_damaged`)."""
        ...
