"""What has just happened, for Today: the newest facts, with runs of the same kind from the same source as one line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, islice

from pinzhi.engine.models import FactRow

FOLDED = frozenset(
    {"EventsAccepted", "CatalogueChanged", "GradeChanged", "SignalJudged", "PaperExpiring", "StandardReplaced"}
)
"""Facts that come in crowds and say little one by one. Signals and decisions are never folded: they are what one came to see."""
READ = 2000
"""No more facts than these are looked at for a page that refreshes itself."""


@dataclass(frozen=True, slots=True)
class Run:
    """One line: the newest fact of a run, how many there are, since when, and how many events they brought (batches of events only)."""

    newest: FactRow
    source: str
    count: int
    since: datetime
    events: int

    @property
    def lasted(self) -> bool:
        """Whether the run took longer than the minute in which times are shown."""
        return self.newest.at - self.since >= timedelta(minutes=1)


def moved(limit: int) -> list[Run]:
    """The newest `limit` runs, the newest first. One query; a run that reaches beyond `READ` facts is counted up to there."""
    rows = FactRow.objects.order_by("-seq")[:READ].iterator(chunk_size=200)
    return list(islice(folded(rows), limit))


def folded(rows: Iterator[FactRow]) -> Iterator[Run]:
    """Facts, newest first, with neighbours of one kind and source together."""
    for (name, source, _single), run in groupby(rows, key=_kind):
        found = list(run)
        events = sum(int(f.payload.get("accepted", 0)) for f in found) if name == "EventsAccepted" else 0
        yield Run(found[0], source, len(found), found[-1].at, events)


def _kind(fact: FactRow) -> tuple[str, str, int]:
    """What facts of one run have in common; a fact that is never folded is a run of its own."""
    source = str(fact.payload.get("source", "")) or fact.actor
    return fact.name, source, 0 if fact.name in FOLDED else fact.seq
