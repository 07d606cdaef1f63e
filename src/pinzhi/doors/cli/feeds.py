"""
`pinzhi feeds import …`: what the marketplace sends, into the house.

Events stream: a piece of a file is checked, stored durably and said before the next one is read, so that a file of any size needs the memory of a piece and a
run that is cut off loses nothing; the same command again doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pinzhi.doors.cli import feeds_catalogue
from pinzhi.doors.cli import rows as files
from pinzhi.doors.cli.aside import Aside
from pinzhi.doors.cli.django_side import ready
from pinzhi.kernel.refusal import Refusal, RefusedError

if TYPE_CHECKING:
    from pinzhi.engine.intake import Chunk


@click.group()
def command() -> None:
    """What the marketplace sends: events, merchants, listings, batches."""


@command.group("import")
def import_() -> None:
    """Files into the house; bad rows are set aside, the others stored."""


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


@import_.command("events")
@click.argument("paths", metavar="FILE…", nargs=-1, required=True)
@click.option("--source", required=True, help="Name of the feed: an event is known by it and its event_id.")
@files.polite
def events(paths: tuple[str, ...], source: str) -> files.Answer:
    """
    Store events; those that are stored already are counted as duplicates.

    Columns: event_id, kind (sale, delivery, return, review, complaint, refund, cancel, scan), at, listing_id, merchant_id, category; optional order_id,
    batch_id, code, quantity, amount, score, reason, text, buyer_id (a pseudonym), region, carrier. Times without a zone are China's.
    Refused rows lie in FILE.refused.ndjson, each with the reason and what to do.
    """
    ready()
    check_source(source)
    counts = Counts()
    with files.progress("events") as advance:
        for path in paths:
            _import_file(path, source, counts, advance)
    if counts.unreadable and counts.read == len(counts.unreadable):
        raise RefusedError(counts.unreadable[0])
    return files.Answer(counts.document(), counts.line(), aside=counts.aside)


def check_source(source: str) -> None:
    """A feed's name: short, printable, without blanks at the ends. Raises RefusedError(`source_name`)."""
    if not source or len(source.encode()) > 64 or not source.isprintable() or source != source.strip():
        raise RefusedError.because(
            "source_name", f"{source[:80]!r} is no name of a feed", "give 1 to 64 printable characters", field="source"
        )


def _import_file(path: str, source: str, counts: Counts, advance: Callable[[float], None]) -> None:
    from pinzhi.engine.intake import iter_events

    with Aside("events" if path == "-" else path) as aside:
        counts.aside.append(aside)
        try:
            for chunk in iter_events(path):
                of_file = [r for r in chunk.refused if r.line is None]
                counts.unreadable += of_file
                counts.read += chunk.read + len(of_file)
                store(chunk, source, counts, aside, Path(path).name)
                advance(chunk.read)
        except RefusedError as no:
            if no.refusal.code == "store_not_writable":
                raise
            aside.add([no.refusal])
            counts.unreadable.append(no.refusal)
            counts.read += 1
            counts.refused += 1


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


feeds_catalogue.add_to(import_)
