"""Everything about one signal: its charts, what buyers said, what followed, and what would clear it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from pinzhi.decisions import queries as decisions
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake.columns import KINDS
from pinzhi.kernel.standing import SEVERITY, Standing
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.monitoring import queries as monitoring
from pinzhi.life.monitoring.contracts import FUSED
from pinzhi.life.monitoring.models import SignalRow
from pinzhi.life.monitoring.rules.series import Series
from pinzhi.reading import tallied
from pinzhi.reading.consequences import Consequence, consequences

PARTS = ("return", "review", "complaint")
"""The streams that a signal of the fused stream is looked at by."""


@dataclass(frozen=True, slots=True)
class Sample:
    """What one buyer said: the kind of event, when, about which listing, the score and the words or the reason. Never who."""

    kind: str
    at: datetime
    listing: str
    score: int | None
    said: str


@dataclass(frozen=True, slots=True)
class Voices:
    """What buyers said since the onset: how many events, the most frequent reasons with their counts, and the latest few in full."""

    events: int
    reasons: tuple[tuple[str, int], ...]
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True)
class SignalView:
    """
    One signal as its screen shows it: `others` share its case, `cause` is the (kind, id) that most of them name, `charts` has one entry per known stream.

    `standings` holds that of every subject of a signal of the case, the most severe first.
    """

    row: SignalRow
    others: tuple[SignalRow, ...]
    cause: tuple[str, str]
    strongest: bool
    charts: tuple[tuple[str, Series], ...]
    voices: Voices
    consequences: tuple[Consequence, ...]
    standings: tuple[Standing, ...]
    no_limit: str


def chart(kind: str, id_: str, stream: str) -> Series | None:
    """The control chart of one entity, computed once per version of the events and of the policy."""
    policy = monitoring.policy_in_force().version
    found: Series | None = tallied.derived(
        ("chart", policy, kind, id_, stream), lambda t: monitoring.chart(t, kind, id_, stream)
    )
    return found


def signal(row: SignalRow, now: datetime) -> SignalView:
    """Read everything about `row`."""
    streams = PARTS if row.stream == FUSED else (row.stream,)
    found = ((s, chart(row.entity_kind, row.entity_id, s)) for s in streams)
    together = monitoring.of_case(row.case_id) if row.case_id else [row]
    held = decisions.standings([Subject(Kind(r.entity_kind), r.entity_id) for r in together], now).values()
    return SignalView(
        row=row,
        others=tuple(r for r in together if r.id != row.id),
        charts=tuple((s, c) for s, c in found if c is not None),
        voices=voices(row, streams),
        consequences=consequences(d for r in together for d in reversed(decisions.from_source(f"monitoring:{r.id}"))),
        cause=monitoring.common_cause(together),
        strongest=monitoring.strongest(together).id == row.id,
        standings=tuple(sorted(held, key=_gravity)),
        no_limit=monitoring.why_no_limit(together),
    )


def _gravity(of: Standing) -> tuple[int, bool]:
    """Where a standing stands in the list: the most severe first, then promoted, then plainly on sale."""
    return -max((SEVERITY[d.effect] for d in of.in_force), default=0), of.state == "normal"


def voices(row: SignalRow, streams: tuple[str, ...], *, limit: int = 3) -> Voices:
    """What was said about the signal's subject since its onset: bad reviews (1 or 2), returns, complaints, refunds with their reasons."""
    kinds = [s for s in streams if s in KINDS]
    found = open_store().about(row.entity_kind, row.entity_id, kinds=kinds, first=row.onset)
    columns = ("kind", "at", "listing_id", "score", "reason", "text")
    rows = zip(*(found.column(c).to_pylist() for c in columns), strict=True)
    heard = [
        Sample(kind, at, listing, score, (text or reason or "").strip())
        for kind, at, listing, score, reason, text in rows
        if kind != "review" or (score is not None and score <= 2)
    ]
    said = [s for s in reversed(heard) if s.said]
    counted = Counter(s.said for s in said)
    samples: dict[str, Sample] = {}
    for one in said:  # the latest of each wording first: three times the same sentence says no more than once
        samples.setdefault(one.said, one)
    return Voices(len(heard), tuple(counted.most_common(5)), tuple(samples.values())[:limit])
