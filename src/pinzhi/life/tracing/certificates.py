"""
Reports and certificates along the chain: which ones the next event of a batch carries, and which ones its events name.

    carried(card, lot, step)      what a step that is told by form takes along
    of_events(numbers)            what events name, each digest once, with the paper that its owner published
    of_batch(card)                the papers of a batch beside what its events name
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Q

from pinzhi.catalogue import papers
from pinzhi.catalogue import queries as catalogue
from pinzhi.catalogue.contracts import BatchCard, PaperCard
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.tracing import giving
from pinzhi.life.tracing.idsets import rows
from pinzhi.life.tracing.models import Certified, Event
from pinzhi.life.tracing.rules.chain.mentions import lot_uri, told
from pinzhi.life.tracing.rules.epcis import certificates, hashing
from pinzhi.life.tracing.rules.epcis.certificates import Certificate
from pinzhi.life.tracing.rules.epcis.names import STANDARD, Names
from pinzhi.life.tracing.rules.epcis.reading import open_document

_OF_EVENTS = """
SELECT c.sha256, c.kind, c.number, c.issued_on, e.hash FROM tracing_certified c
JOIN tracing_event e ON e.id = c.event_id WHERE c.event_id IN {ids} ORDER BY e.at, c.id
"""
MOST_SHOWN = 20
"""Certificates that a page lists."""


@dataclass(frozen=True, slots=True)
class Shown:
    """
    A certificate as people see it. `event` is the hash of the first event that names it, empty where none does yet.

    `paper` is there where its owner published it, or where it is the asker's own (`own`).
    """

    sha256: str
    kind: str
    number: str
    issued_on: date | None
    event: str = ""
    paper: PaperCard | None = None
    own: bool = False

    @property
    def name(self) -> Text:
        """What it is; a kind of somebody else's as it was written."""
        return papers.KINDS.get(self.kind) or Text(self.kind or "证明文件", self.kind or "paper")

    @property
    def short(self) -> str:
        """Enough of the digest to compare by eye."""
        return f"{self.sha256[:8]}…{self.sha256[-8:]}"

    @property
    def ni(self) -> str:
        """The whole digest, as the event has it."""
        return certificates.ni(self.sha256)


def carried(card: BatchCard, lot: str, step: str) -> tuple[Certificate, ...]:
    """What the event of a step takes along: where the goods are made, all papers of the batch that have a file; later, those that no event of it names yet."""
    held = [p for p in catalogue.papers(Subject(Kind.BATCH, card.id)) if p.file_digest]
    known = set() if step == "make" else _named(lot, card.merchant_id, {p.file_digest for p in held})
    found = {p.file_digest: Certificate(p.file_digest, p.kind, p.number, p.issued_on) for p in reversed(held)}
    return tuple(c for c in sorted(found.values(), key=lambda c: (c.kind, c.number, c.sha256)) if c.sha256 not in known)


def _named(lot: str, merchant_id: str, digests: set[str]) -> set[str]:
    """Those that an event of the lot or of its pieces names. Events that were declared wrong do not count, nor what others say about its goods."""
    events = Event.objects.filter(
        voided=False, error=False, owner__in=("", merchant_id), certificates__sha256__in=digests
    )
    events = events.filter(Q(mentions__thing__uri=lot) | Q(mentions__thing__lot__uri=lot))
    found = Certified.objects.filter(sha256__in=digests, event__in=events.values("pk"))
    return set(found.values_list("sha256", flat=True))


def told_before(document: bytes, owner: str) -> str:
    """
    The id of the event that says the same but for certificates, told by this owner before; empty where there is none.

    What is attached to a batch later must not make a second event of a step that is told a second time: goods would be made twice.
    """
    read = next(iter(open_document(document)[1]))
    said, ours = told(read.fields, read.names), _bare(read.fields, read.names)
    same = Event.objects.filter(at=said.at, step=said.step, owner=owner, error=False, voided=False)
    for row in same.exclude(body=None).iterator():
        if _bare(row.body) == ours:
            return row.event_id or hashing.uri(bytes(row.hash))
    return ""


def _bare(fields: Mapping[str, Any], names: Names = STANDARD) -> str:
    return hashing.event_hash(fields, names, ignore=frozenset({certificates.FIELD}))


def of_events(numbers: Iterable[int]) -> list[Shown]:
    """What events name, in the order of time, each digest once; with the paper where its owner published it."""
    found: dict[str, Shown] = {}
    for sha256, kind, number, issued_on, hash_ in rows(_OF_EVENTS, list(numbers)):
        day = date.fromisoformat(issued_on) if isinstance(issued_on, str) else issued_on
        found.setdefault(sha256, Shown(sha256, kind, number, day, bytes(hash_).hex()))
    public = catalogue.published(found) if found else {}
    return [
        Shown(s.sha256, s.kind, s.number, s.issued_on, s.event, public.get(s.sha256))
        for s in list(found.values())[:MOST_SHOWN]
    ]


def of_batch(card: BatchCard) -> list[Shown]:
    """The papers of a batch, each with the first event of the batch that names it; then what events of merchant or platform name besides."""
    lot = _lot(card)
    things = Q(mentions__thing__uri=lot) | Q(mentions__thing__lot__uri=lot)
    numbers = Event.objects.filter(
        things, voided=False, error=False, owner__in=("", card.merchant_id), certificates__isnull=False
    )
    named = {s.sha256: s for s in of_events(sorted(numbers.values_list("pk", flat=True).distinct() if lot else ()))}
    held = [p for p in catalogue.papers(Subject(Kind.BATCH, card.id)) if p.file_digest]
    events = {digest: s.event for digest, s in named.items()}
    held.sort(key=lambda p: (p.kind, p.number, p.file_digest))
    own = [
        Shown(p.file_digest, p.kind, p.number, p.issued_on, events.get(p.file_digest, ""), p, own=True) for p in held
    ]
    digests = {p.file_digest for p in held}
    return own + [s for digest, s in named.items() if digest not in digests]


def _lot(card: BatchCard) -> str:
    try:
        return lot_uri(giving.gtin_of(card), card.id)
    except (RefusedError, ValueError):
        return ""


def document(found: Iterable[Shown]) -> list[dict[str, Any]]:
    """The same as plain JSON values, for programs."""
    return [
        {
            "kind": s.kind,
            "number": s.number,
            "issued_on": s.issued_on.isoformat() if s.issued_on else None,
            "digest": s.ni,
            "event": hashing.uri(bytes.fromhex(s.event)),
            "download": f"/certificates/{s.paper.id}" if s.paper and s.paper.public else None,
        }
        for s in found
    ]
