"""What is read about people and acts: the audit lines of a subject, duties by department, and the ownership check of every id."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from pinzhi.kernel.values import Subject, Text
from pinzhi.people.models import AuditLine, Duty
from pinzhi.people.roles import Actor


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act, done or refused: who (a role label), what, about what, when. `note` holds codes and ids only."""

    act: str
    within: str
    at: datetime
    verb: str
    actor: str
    subject: Subject | None
    outcome: str
    note: str


def _entry(line: AuditLine) -> AuditEntry:
    subject = Subject(line.subject_kind, line.subject_id) if line.subject_kind else None
    return AuditEntry(line.act, line.within, line.at, line.verb, line.actor, subject, line.outcome, line.note)


def audit_of(subject: Subject, *, limit: int = 500) -> tuple[AuditEntry, ...]:
    """Everything that was done about a subject, latest first. One query."""
    found = AuditLine.objects.filter(subject_kind=str(subject.kind), subject_id=subject.id).order_by("-at", "-id")
    return tuple(_entry(line) for line in found[:limit])


def audit_of_act(act_id: str) -> tuple[AuditEntry, ...]:
    """The lines of an act or bulk and of the acts inside it, in the order in which they ended."""
    own = AuditLine.objects.filter(act=act_id) | AuditLine.objects.filter(within=act_id)
    return tuple(_entry(line) for line in own.order_by("id"))


@dataclass(frozen=True, slots=True)
class DutyRow:
    """A duty in the grid of departments and days. `late` is said in words, not by colour only."""

    id: int
    department: str
    department_name: Text
    title: Text
    due_on: date
    done_at: datetime | None
    late: bool


def duties(today: date, *, since: date, until: date) -> tuple[DutyRow, ...]:
    """The duties due in a span (both ends included), by department and day. One query."""
    found: Sequence[Duty] = (
        Duty.objects.select_related("department")
        .filter(due_on__gte=since, due_on__lte=until)
        .order_by("department__code", "due_on", "id")
    )
    return tuple(
        DutyRow(
            d.pk,
            d.department.code,
            Text(d.department.name_zh, d.department.name_en),
            Text(d.title_zh, d.title_en),
            d.due_on,
            d.done_at,
            d.done_at is None and d.due_on < today,
        )
        for d in found
    )


def owned_or_404(rows: QuerySet[Any], actor: Actor, *, merchant: str = "merchant_id", **which: Any) -> Any:
    """
    The one row that `which` names, if the actor may know of it. Raises Http404, the same for what is not there and what is another's.

    People of the house see every row; whoever works for a merchant sees the rows whose column `merchant` is his own.
    """
    if actor.outside:
        rows = rows.filter(**{merchant: actor.merchant_id}) if actor.merchant_id else rows.none()
    found = rows.filter(**which).first()
    if found is None:
        raise Http404
    return found
