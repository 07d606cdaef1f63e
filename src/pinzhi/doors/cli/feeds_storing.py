"""Storing checked events from the command line: counts, rows set aside, and what a full disk says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from pinzhi.doors.cli.aside import Aside
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.engine.intake import Chunk


@dataclass(slots=True)
class Counts:
    """Rows of all files. What breaks off, or cannot be read at all, counts as one row read and refused."""

    read: int = 0
    accepted: int = 0
    duplicate: int = 0
    refused: int = 0
    aside: list[Aside] = field(default_factory=list)
    unreadable: list[Refusal] = field(default_factory=list)

    def document(self) -> dict[str, int]:
        """The four numbers of the interface contract; `read` is the sum of the others."""
        return {"read": self.read, "accepted": self.accepted, "duplicate": self.duplicate, "refused": self.refused}

    def line(self) -> str:
        """For people."""
        return f"{self.read:,} read, {self.accepted:,} accepted, {self.duplicate:,} duplicate, {self.refused:,} refused"


def check_source(source: str) -> None:
    """A feed's name: short, printable, without blanks at the ends. Raises RefusedError(`source_name`)."""
    if not source or len(source.encode()) > 64 or not source.isprintable() or source != source.strip():
        raise RefusedError.because(
            "source_name", f"{source[:80]!r} is no name of a feed", "give 1 to 64 printable characters", field="source"
        )


def store(chunk: Chunk, source: str, counts: Counts, aside: Aside, name: str) -> None:
    """Store one checked piece; what the intake and the store refuse goes aside. Raises RefusedError(`store_not_writable`)."""
    from pinzhi.catalogue.receiving import receive_events
    from pinzhi.doors.cli.acting import house
    from pinzhi.engine.intake import table_digest

    refused: Sequence[Refusal] = chunk.refused
    if chunk.table.num_rows:
        more: dict[str, Any] = {"lines": chunk.lines, "file": name, "refused_before": len(chunk.refused)}
        try:
            receipt = receive_events(house(), chunk.table, source=source, body_sha256=table_digest(chunk.table), **more)
        except OSError as why:
            raise RefusedError.because(
                "store_not_writable",
                f"the event store cannot be written: {why.strerror or why}",
                "make room or set the permissions, then give the same file again: nothing is doubled",
            ) from why
        counts.accepted += receipt.accepted
        counts.duplicate += receipt.duplicate
        refused = sorted([*refused, *receipt.refused], key=lambda r: (r.line is None, r.line or 0))
    counts.refused += len(refused)
    aside.add(refused)
