"""
`pinzhi feeds import …`: what the marketplace sends, into the house.

Events stream: a piece of a file is checked, stored durably and said before the next one is read, so that a file of any size needs the memory of a piece and a
run that is cut off loses nothing; the same command again doubles nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import click

from pinzhi.doors.cli import feeds_catalogue, feeds_public
from pinzhi.doors.cli import rows as files
from pinzhi.doors.cli.aside import Aside
from pinzhi.doors.cli.django_side import installed
from pinzhi.doors.cli.feeds_storing import Counts, check_source, store
from pinzhi.kernel.refusal import RefusedError


@click.group()
def command() -> None:
    """What the marketplace sends: events, merchants, listings, batches."""


@command.group("import")
def import_() -> None:
    """Files into the house; bad rows are set aside, the others stored."""


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
    installed()
    check_source(source)
    counts = Counts()
    with files.progress("events") as advance:
        for path in paths:
            _import_file(path, source, counts, advance)
    if counts.unreadable and counts.read == len(counts.unreadable):
        raise RefusedError(counts.unreadable[0])
    return files.Answer(counts.document(), counts.line(), aside=counts.aside)


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


feeds_catalogue.add_to(import_)
feeds_public.add_to(import_)
