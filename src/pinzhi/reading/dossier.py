"""Everything the house knows about one subject, in one answer: its facts by station, decisions and standing, cases, audit lines."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q

from pinzhi.casework import queries as casework
from pinzhi.casework.checking import blind_since
from pinzhi.casework.contracts import CaseRow
from pinzhi.decisions import queries as decisions
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel.standing import DecisionRecord, Standing
from pinzhi.kernel.values import Subject
from pinzhi.life.monitoring import queries as monitoring
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor

STATION_OF = {
    "ListingAdmitted": "admission",
    "ListingRefused": "admission",
    "PaperExpiring": "admission",
    "StandardReplaced": "admission",
    "ListingsHeldAgain": "admission",
    "LabLostScope": "admission",
    "EventsCaptured": "tracing",
    "CodesIssued": "tracing",
    "CodeCopied": "tracing",
    "RecallOpened": "tracing",
    "ScreeningOverturned": "admission",
    "CodeScanned": "tracing",
    "SignalRaised": "monitoring",
    "SignalJudged": "monitoring",
    "FindingConfirmed": "sampling",
    "FindingOverturned": "sampling",
    "ComplaintOpened": "complaints",
    "ComplaintUpheld": "complaints",
    "GradeChanged": "rating",
    "SanctionImposed": "sanctions",
    "SanctionLifted": "sanctions",
    "CoursePassed": "training",
}
"""Which lane of the life a fact belongs to. A fact that is not here (decisions, cases, registrations) stands in the list only."""


@dataclass(frozen=True, slots=True)
class Happening:
    """One fact as the dossier shows it; `leaf` is its place in the ledger."""

    name: str
    station: str
    at: datetime
    actor: str
    leaf: int
    act: str
    payload: dict[str, object]


@dataclass(frozen=True, slots=True)
class Dossier:
    """
    A subject with its whole known life, each list latest first.

    `cases` are those about it and those that carry a signal about it or caused by it; `audit` holds the acts on it and on these cases; `streams` tells of
    which stream a signal speaks, by the signal's id.
    """

    subject: Subject
    standing: Standing
    happenings: tuple[Happening, ...]
    decisions: tuple[DecisionRecord, ...]
    cases: tuple[CaseRow, ...]
    audit: tuple[AuditLine, ...]
    streams: dict[str, str]

    @property
    def known(self) -> bool:
        """Whether anything at all is recorded about it."""
        return bool(self.happenings or self.decisions or self.cases)


def dossier(subject: Subject, actor: Actor, now: datetime, *, limit: int = 200) -> Dossier:
    """
    Read the dossier of `subject` as of `now`. Nine queries; each list holds at most `limit` entries.

    Whoever is to judge a case about it once more sees it as it was when that case was opened.
    """
    blind = blind_since(subject, actor)
    until = min(now, blind) if blind else now
    at = {"subject_kind": str(subject.kind), "subject_id": subject.id}
    facts = FactRow.objects.filter(**at, at__lte=until).order_by("-seq")[:limit]
    signals = monitoring.concerning(str(subject.kind), subject.id).values_list("id", "stream", "case_id")[:limit]
    cases = _cases(subject, [case for _, _, case in signals if case], actor, now)[:limit]
    worked = Q(**at) | Q(act__in=casework.acts_on([c.id for c in cases]))
    return Dossier(
        subject=subject,
        standing=decisions.standing(subject, until),
        happenings=tuple(
            Happening(f.name, STATION_OF.get(f.name, ""), f.at, f.actor, f.leaf, f.act, f.payload) for f in facts
        ),
        decisions=tuple(_then(d, until) for d in decisions.history(subject)[:limit] if d.decided_at <= until),
        cases=cases,
        audit=tuple(AuditLine.objects.filter(worked, at__lte=until).order_by("-at", "-id")[:limit]),
        streams={id_: stream for id_, stream, _ in signals},
    )


def _then(row: DecisionRow, until: datetime) -> DecisionRecord:
    """A decision as it was known at a moment: what was lifted later had not been lifted."""
    found = decisions.record(row)
    return replace(found, lifted_at=None) if row.lifted_at is not None and row.lifted_at > until else found


def _cases(subject: Subject, joined: list[str], actor: Actor, now: datetime) -> tuple[CaseRow, ...]:
    """The cases about a subject together with those that its signals joined, each once, the latest first."""
    found = {c.id: c for c in casework.of_subject(subject, actor, now=now)}
    found |= {c.id: c for c in casework.cases(joined, actor, now=now).values()}
    return tuple(sorted(found.values(), key=lambda c: (c.opened_at, c.id), reverse=True))


def subjects(text: str, *, limit: int = 50) -> list[tuple[str, str, datetime]]:
    """Subjects with recorded facts whose id begins with `text`, latest first: (kind, id, last fact)."""
    from django.db.models import Max

    found = FactRow.objects.filter(subject_kind__in=("listing", "batch", "merchant", "item", "category"))
    if wanted := text.replace("\x00", "").strip():
        found = found.filter(subject_id__startswith=wanted)
    rows = found.values_list("subject_kind", "subject_id").annotate(last=Max("at")).order_by("-last")[:limit]
    return [(kind, id_, last) for kind, id_, last in rows]
