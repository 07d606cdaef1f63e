"""Where the goods of a dangerous complaint are: what tracing knows of the batch, and who else complained of it. Counts only, no buyer."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.db.models import Count

from pinzhi.doors.console.tracing import COUNTS
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.tracing import recall
from pinzhi.life.tracing.models import Recall
from pinzhi.people.roles import Actor

SHOWN = ("made", "sold", "located", "under_way", "returned", "unaccounted")
PLACES = 5
DAYS = 90
_DESK = Actor.system("complaints")


def goods(row: Complaint) -> dict[str, Any] | None:
    """The batch of a complaint: counts, first places, running recall, complaints of the last `DAYS` days by severity. None where no batch is known."""
    if not row.batch_id:
        return None
    since = clock.now() - timedelta(days=DAYS)
    others = Complaint.objects.filter(batch_id=row.batch_id, opened_at__gte=since).exclude(pk=row.pk)
    found: dict[str, Any] = {
        "batch": row.batch_id,
        "days": DAYS,
        "others": sorted(others.values_list("level").annotate(n=Count("pk"))),
        "recall": Recall.objects.filter(batch=row.batch_id, drill=False, closed_at=None).first(),
    }
    try:
        known = recall.document(recall.look(row.batch_id, _DESK))
    except RefusedError:
        return found  # the marketplace knows the batch, nobody has reported an event of it
    return found | {
        "counts": [(COUNTS[n], known[n]) for n in SHOWN],
        "places": known["places"][:PLACES],
        "orders": known["orders"],
    }
