"""Reading what live listings stand on and what comes to its end: papers, editions of standards, periods of grace, the last sweep."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Min, Q

from pinzhi.life.admission import tables
from pinzhi.life.admission.contracts import State
from pinzhi.life.admission.models import Doubt, PaperWatch, Submission, Sweep
from pinzhi.life.admission.rules import footing
from pinzhi.life.admission.rules.editions import EditionEnd
from pinzhi.people.roles import Actor

DAYS = 30
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Line:
    """One paper or edition of a live listing that ends; `edition` says what replaces it and what stays valid."""

    paper: PaperWatch
    days_left: int
    edition: EditionEnd | None


def _soon(by: Actor, today: date) -> Q:
    own = Q(submission__merchant_id=by.merchant_id) if by.outside else Q()
    return own & Q(submission__state=State.PASSED, ended=False, expires_on__lte=today + timedelta(days=DAYS))


def merchants(by: Actor, today: date) -> list[dict[str, Any]]:
    """Merchants whose live listings stand on something that ends within thirty days: counts and the nearest day, that first. One query."""
    rows = PaperWatch.objects.filter(_soon(by, today)).values("submission__merchant_id")
    counted = rows.annotate(
        listings=Count("submission", distinct=True),
        papers=Count("pk", filter=~Q(kind=footing.STANDARD)),
        standards=Count("pk", filter=Q(kind=footing.STANDARD)),
        first=Min("expires_on"),
    )
    return list(counted.order_by("first", "-listings", "submission__merchant_id")[:SHOWN])


def lines(by: Actor, today: date, merchant_id: str = "") -> list[Line]:
    """What ends, the nearest first. One query."""
    rows = PaperWatch.objects.filter(_soon(by, today)).select_related("submission")
    if merchant_id:
        rows = rows.filter(submission__merchant_id=merchant_id)
    return [
        Line(
            p,
            (p.expires_on - today).days,
            footing.edition(p.number, tables.matrix(), tables.book()) if p.kind == footing.STANDARD else None,
        )
        for p in rows.order_by("expires_on", "pk")[:SHOWN]
    ]


def graces(by: Actor) -> list[Doubt]:
    """Live listings whose merchants have been told to put something right, the nearest day first. One query."""
    own = Q(submission__merchant_id=by.merchant_id) if by.outside else Q()
    rows = Doubt.objects.filter(own, state="told", submission__state=State.PASSED).select_related("submission")
    return list(rows.order_by("until", "pk")[:SHOWN])


def last_sweep() -> Sweep | None:
    """The last time that live listings were held against changed rules or a new register. One query."""
    return Sweep.objects.order_by("-pk").first()


def grace_of(row: Submission) -> Doubt | None:
    """Until when the merchant may put this submission right, if he has been told so."""
    return row.doubts.filter(state="told").order_by("until").first() if row.state == State.PASSED else None
