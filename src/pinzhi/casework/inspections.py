"""Reading inspections: the list, one, those of a case, and who may be sent. A merchant sees his own."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Count, QuerySet

from pinzhi.casework import queries, rows
from pinzhi.casework.checking import involved
from pinzhi.casework.inspecting import unknown
from pinzhi.casework.models import Case, Inspection
from pinzhi.casework.policy import policy
from pinzhi.casework.rules.inspection import working
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.law.tables import official
from pinzhi.people.roles import Actor

STATES = ("proposed", "declined", "appointed", "closed", "cancelled")


def visible(by: Actor) -> QuerySet[Inspection]:
    """Those that the actor may know of."""
    found = Inspection.objects.select_related("case", "inspector").defer("case__evidence")
    if not by.outside:
        return found
    return found.filter(merchant_id=by.merchant_id) if by.merchant_id else found.none()


def inspections(by: Actor, *, state: str = "", mine: bool = False) -> QuerySet[Inspection]:
    """In the order of their day, the undated by when they were asked for. An unknown state has none."""
    found = visible(by)
    if state:
        found = found.filter(state=state)
    if mine:
        found = found.filter(inspector=by.account_id)
    return found.order_by("closed_at", "day", "asked_at") if state != "closed" else found.order_by("-closed_at")


def counts(by: Actor) -> dict[str, int]:
    """How many stand in each state. One query."""
    found = dict(visible(by).order_by().values_list("state").annotate(n=Count("pk")))
    return {s: found.get(s, 0) for s in STATES}


def inspection(inspection_id: str | uuid.UUID, by: Actor) -> Inspection:
    """One. Raises RefusedError(`inspection_unknown`), the same for one that is not there and one that is another's."""
    try:
        key = uuid.UUID(str(inspection_id))
    except ValueError:
        raise unknown() from None
    found = visible(by).filter(pk=key).first()
    if found is None:
        raise unknown()
    return found


def of_case(case_id: str) -> tuple[Inspection, ...]:
    """Those of a case, latest first. One query."""
    found = Inspection.objects.filter(case=case_id).select_related("inspector").order_by("-asked_at")
    return tuple(found)


def inspectors(case_id: str, by: Actor) -> list[tuple[int, str]]:
    """(account, name) of everybody who may be sent: who works at desks and had no part in the matter."""
    case = Case.objects.get(pk=rows.as_uuid(case_id))
    barred = involved(case) | {by.account_id}
    return [(pk, name) for pk, name in queries.colleagues() if pk not in barred]


def days_to_propose(now: datetime, *, most: int = 10) -> Sequence[str]:
    """The next working days that may be proposed."""
    own, calendar = policy().inspection, official()
    today = now.astimezone(SHANGHAI).date()
    first = calendar.add_working_days(today, own.notice_days).latest
    days = (first + timedelta(days=n) for n in range(own.ahead_days))
    last = today + timedelta(days=own.ahead_days)
    return [d.isoformat() for d in days if d <= last and working(d, calendar)][:most]
