"""Reading decisions: standing, history, feed. Nothing here changes anything."""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from pinzhi.decisions.contracts import (
    DECISIONS,
    ISSUED,
    LIFTED,
    REMEDIES,
    Notice,
    Step,
    decision_document,
    decision_state_document,
    lift_document,
    reason_from,
)
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.kernel import standing as fold
from pinzhi.kernel.standing import DecisionRecord, Effect, Standing
from pinzhi.kernel.values import Kind, Subject, Text

FEED_FACTS = {"DecisionIssued": ISSUED, "DecisionLifted": LIFTED}
NOTICE_FACTS = {"RemedyDue": "remedy.due", "RemedyWithdrawn": "remedy.withdrawn", "RemedyFulfilled": "remedy.given"}
_CHUNK = 400  # subjects per query: two parameters each stay under SQLite's old limit of 999


def record(row: DecisionRow) -> DecisionRecord:
    """A stored decision as the fold, the webhook and the ledger see it."""
    return DecisionRecord(
        id=row.id,
        subject=Subject(Kind(row.subject_kind), row.subject_id),
        effect=Effect(row.effect),
        reasons=tuple(reason_from(r) for r in row.reasons),
        policy=row.policy,
        decided_by=row.decided_by,
        decided_at=row.decided_at,
        start=row.start,
        until=row.until,
        appeal_until=row.appeal_until,
        supersedes=row.supersedes,
        lifted_at=row.lifted_at,
        source=row.source,
    )


def new_id(at: datetime) -> str:
    """A UUID version 7 (RFC 9562): milliseconds since the epoch, then chance; ids sort by the moment of decision."""
    milliseconds = int(at.timestamp() * 1000)
    chance = secrets.randbits(74)
    value = (milliseconds << 80) | (7 << 76) | ((chance >> 62) << 64) | (0b10 << 62) | (chance & ((1 << 62) - 1))
    return str(UUID(int=value))


def document(row: DecisionRow) -> dict[str, Any]:
    """A stored decision as JSON values, with its digest and its lift."""
    why = Text(**row.lift_why) if row.lift_why else None
    return decision_state_document(record(row), why, row.digest)


def find(decision_id: str) -> DecisionRow | None:
    """One decision by id."""
    return DecisionRow.objects.filter(pk=decision_id).first()


def committed_decision(decision_id: str) -> object | None:
    """What the ledger's leaf `decision` commits to: the outward document as it was issued. None when there is no such decision."""
    row = find(decision_id)
    return None if row is None else decision_document(record(row))


def committed_lift(decision_id: str) -> object | None:
    """What the ledger's leaf `lift` commits to. None when the decision is not lifted."""
    row = find(decision_id)
    return None if row is None or not row.lift_why else lift_document(record(row), Text(**row.lift_why))


def _records_about(subjects: Iterable[Subject]) -> dict[Subject, list[DecisionRecord]]:
    """All decisions ever taken about the subjects: the fold needs superseded and lifted ones too."""
    by_kind: dict[str, list[str]] = defaultdict(list)
    for subject in dict.fromkeys(subjects):
        by_kind[str(subject.kind)].append(subject.id)
    found: dict[Subject, list[DecisionRecord]] = defaultdict(list)
    for kind, ids in by_kind.items():
        for at in range(0, len(ids), _CHUNK):
            rows = DecisionRow.objects.filter(subject_kind=kind, subject_id__in=ids[at : at + _CHUNK]).order_by("id")
            for row in rows:
                one = record(row)
                found[one.subject].append(one)
    return found


def standing(subject: Subject, at: datetime | None = None, *, governing: Sequence[Subject] = ()) -> Standing:
    """
    The standing of a subject at `at` (default: now).

    `governing` are the larger things it belongs to (its merchant, batch, category): their restrictions hold for it as well, their promotions do not.
    """
    return standings([subject], at, governing={subject: governing})[subject]


def standings(
    subjects: Iterable[Subject],
    at: datetime | None = None,
    *,
    governing: Mapping[Subject, Sequence[Subject]] | None = None,
) -> dict[Subject, Standing]:
    """The standing of many subjects in a handful of queries."""
    moment = at or clock.now()
    wanted = list(dict.fromkeys(subjects))
    above = governing or {}
    known = _records_about([*wanted, *(g for s in wanted for g in above.get(s, ()))])
    return {
        s: fold.standing(
            s,
            [*known.get(s, ()), *(d for g in above.get(s, ()) for d in known.get(g, ()))],
            moment,
            governing=tuple(above.get(s, ())),
        )
        for s in wanted
    }


def history(subject: Subject) -> list[DecisionRow]:
    """Every decision ever taken about a subject, newest first."""
    return list(DecisionRow.objects.filter(subject_kind=str(subject.kind), subject_id=subject.id).order_by("-id"))


def from_source(source: str) -> list[DecisionRow]:
    """Every decision that followed from `station:reference`, oldest first: what undoing a case has to lift."""
    return list(DecisionRow.objects.filter(source=source).order_by("id"))


def live_from_source(source: str, at: datetime | None = None) -> list[DecisionRow]:
    """The decisions from `source` that are neither lifted nor expired."""
    moment = at or clock.now()
    return [
        row
        for row in DecisionRow.objects.filter(source=source, lifted_at=None).order_by("id")
        if row.until is None or moment < row.until
    ]


def steps(after: int = 0, limit: int = 100, *, subject: Subject | None = None) -> list[Step]:
    """
    The feed: what was issued and lifted after cursor `after`, in the order of the commits.

    The cursor is the number of the fact. Facts are numbered while the ledger's head row is locked until commit, so a lower number can never appear after a
    higher one has been read: a reader that stores the last cursor misses nothing and sees nothing twice.
    """
    rows = FactRow.objects.filter(name__in=FEED_FACTS, seq__gt=after).order_by("seq")
    if subject is not None:
        rows = rows.filter(subject_kind=str(subject.kind), subject_id=subject.id)
    page = list(rows[:limit])
    known = {
        d.id: d for d in DecisionRow.objects.filter(pk__in={fact.payload["decision_id"] for fact in page}).iterator()
    }
    return [_step(fact, known[fact.payload["decision_id"]]) for fact in page]


def step(cursor: int) -> Step | None:
    """One step of the feed by its cursor."""
    found = steps(cursor - 1, 1)
    return found[0] if found and found[0].cursor == cursor else None


def _step(fact: FactRow, row: DecisionRow) -> Step:
    event = FEED_FACTS[fact.name]
    if event == ISSUED:
        return Step(fact.seq, event, fact.at, replace(record(row), lifted_at=None))
    return Step(fact.seq, event, fact.at, record(row), Text(**row.lift_why) if row.lift_why else None)


def outgoing(after: int, limit: int, topics: Iterable[str]) -> list[Step | Notice]:
    """What subscriptions to these topics are told, after cursor `after`, in the order of the commits."""
    wanted = set(topics)
    found: list[Step | Notice] = list(steps(after, limit)) if DECISIONS in wanted else []
    if REMEDIES in wanted:
        rows = FactRow.objects.filter(name__in=NOTICE_FACTS, seq__gt=after).order_by("seq")[:limit]
        found += [notice_of(fact) for fact in rows]
    return sorted(found, key=lambda s: s.cursor)[:limit]


def notice_of(fact: FactRow) -> Notice:
    """A fact about a remedy as subscriptions are told it."""
    about = Subject(Kind(fact.subject_kind), fact.subject_id)
    return Notice(fact.seq, NOTICE_FACTS[fact.name], fact.at, about, str(fact.payload["complaint_id"]), fact.payload)


def told_at(cursor: int) -> Step | Notice | None:
    """What was told at a cursor: a step of the feed, or a notice."""
    fact = FactRow.objects.filter(seq=cursor, name__in=NOTICE_FACTS).first()
    return step(cursor) if fact is None else notice_of(fact)


def last_cursor() -> int:
    """The cursor of the newest step or notice, 0 when there is none: where a new reader starts who does not want the past."""
    return (
        FactRow.objects.filter(name__in=(*FEED_FACTS, *NOTICE_FACTS))
        .order_by("-seq")
        .values_list("seq", flat=True)
        .first()
        or 0
    )


def decided(first: datetime | None = None, before: datetime | None = None) -> Iterator[DecisionRow]:
    """Every decision taken in `[first, before)`, oldest first, streamed."""
    rows = DecisionRow.objects.order_by("id")
    if first is not None:
        rows = rows.filter(decided_at__gte=first)
    if before is not None:
        rows = rows.filter(decided_at__lt=before)
    return rows.iterator(chunk_size=1000)


def live(at: datetime | None = None, *, effects: Iterable[Effect] = ()) -> list[DecisionRow]:
    """Decisions in their span and not lifted at `at`, oldest first (supersession is judged by the fold of each subject)."""
    moment = at or clock.now()
    rows = DecisionRow.objects.filter(start__lte=moment).filter(
        Q(until=None) | Q(until__gt=moment), Q(lifted_at=None) | Q(lifted_at__gt=moment)
    )
    wanted = [str(e) for e in effects]
    return list((rows.filter(effect__in=wanted) if wanted else rows).order_by("id"))
