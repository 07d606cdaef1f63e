"""Where the goods of a dangerous complaint are: what tracing knows of the batch, and who else complained of it. Counts only, no buyer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import Count

from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.tracing import recall, scans
from pinzhi.people.roles import Actor

PLACES = 5
"""Places that are named, those with most pieces."""
_DESK = Actor.system("complaints")
"""Whoever handles a danger sees counts, also where he may not call goods back."""


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """
    Of one batch. `others`: (severity, complaints) within `days`; `recall` the id of one that is under way, or ""; `known` the counts of tracing as
    `recall.document` names them, empty where no event of the batch was reported.
    """

    batch: str
    days: int
    others: tuple[tuple[int, int], ...]
    recall: str
    known: Mapping[str, Any]

    @property
    def places(self) -> list[Mapping[str, Any]]:
        """The first places."""
        return list(self.known["places"][:PLACES]) if self.known else []


def whereabouts(row: Complaint) -> Whereabouts | None:
    """Of the batch of a complaint; None where no batch is known. Looks back as far as a hold does (policy `[hold] days`)."""
    if not row.batch_id:
        return None
    now = clock.now()
    days = policy_in_force(now).hold.days
    others = Complaint.objects.filter(batch_id=row.batch_id, opened_at__gte=now - timedelta(days=days)).exclude(
        pk=row.pk
    )
    running = scans.called_back("", row.batch_id)
    try:
        known = recall.document(recall.look(row.batch_id, _DESK))
    except RefusedError:  # the marketplace knows the batch, nobody has reported an event of it
        known = {}
    counted = tuple(sorted(others.values_list("level").annotate(n=Count("pk"))))
    return Whereabouts(row.batch_id, days, counted, running.pk if running else "", known)
