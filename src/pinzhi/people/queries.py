"""What is read about people and acts: the audit lines of a subject, duties by department, and the ownership check of every id."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import QuerySet
from django.http import Http404

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.values import Subject, Text
from pinzhi.people.models import AuditLine, Department, Duty
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
    """A duty in the grid of departments and days. `late` is said in words, not by colour only: undone after its day; `days` is how many."""

    id: int
    department: str
    department_name: Text
    title: Text
    due_on: date
    done_on: date | None
    late: bool
    days: int


def duties(today: date, *, since: date, until: date) -> tuple[DutyRow, ...]:
    """The duties due in a span (both ends included), by department and day. One query."""
    return _duties(Duty.objects.filter(due_on__gte=since, due_on__lte=until), today)


def left_over(today: date, *, before: date) -> tuple[DutyRow, ...]:
    """The duties due before a day that nobody has done yet, by department and day. One query."""
    return _duties(Duty.objects.filter(due_on__lt=before, done_at=None), today)


def _duties(found: QuerySet[Duty], today: date) -> tuple[DutyRow, ...]:
    rows = []
    for d in found.select_related("department").order_by("department__code", "due_on", "id"):
        done_on = d.done_at.astimezone(SHANGHAI).date() if d.done_at else None
        owner, title = Text(d.department.name_zh, d.department.name_en), Text(d.title_zh, d.title_en)
        late = done_on is None and d.due_on < today
        days = ((done_on or today) - d.due_on).days
        rows.append(DutyRow(d.pk, d.department.code, owner, title, d.due_on, done_on, late, days))
    return tuple(rows)


def departments() -> dict[str, Text]:
    """Code → name of every department, by code. One query."""
    return {d.code: Text(d.name_zh, d.name_en) for d in Department.objects.order_by("code")}


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
