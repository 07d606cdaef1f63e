"""Screen 8, Signal: why did it fire, and is it real? It is the page of a monitoring case, so that keys, queue, undo and the stale guard are the same."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from pinzhi.casework.contracts import CaseRow
from pinzhi.doors.console.access import staff
from pinzhi.doors.console.charts import Episode, control_chart
from pinzhi.kernel import clock
from pinzhi.kernel.values import Text
from pinzhi.life.monitoring import queries as monitoring
from pinzhi.life.monitoring.rules.series import Series
from pinzhi.reading.signal import signal

WEEKS = 26
WHY_NONE = {
    "wide": _("No decision has followed: a rule limits listings and batches only, and no signal here is about one."),
    "mild": _("No decision has followed: a rule limits a listing or batch only for a severe signal, and none here is."),
    "over": _(
        "No decision has followed: the episode was over before it became known here, and a rule limits only what still goes on."
    ),
    "policy": _(
        "No decision has followed: the policy in force limits nothing by rule, or the time of a limit had passed."
    ),
}
"""Why a rule has limited nothing, by the word of `monitoring.queries.why_no_limit`."""


@staff
def show(request: HttpRequest, signal_id: str) -> HttpResponse:
    """To the case of a signal. A signal without a case is shown without one."""
    row = monitoring.find(signal_id)
    if row is None:
        raise Http404
    if not row.case_id:
        return render(request, "console/signal_only.html", about(row))
    first = monitoring.strongest(monitoring.of_case(row.case_id))
    target = reverse("console:case", args=[row.case_id])
    return redirect(target if first.id == row.id else f"{target}?signal={row.id}")


def panel(case: CaseRow, asked: str = "") -> dict[str, Any]:
    """
    What the page of a monitoring case shows beside the case itself; empty for a case whose signal is gone.

    A case of several signals with one cause shows the strongest of them, or the one that is `asked` for.
    """
    rows = monitoring.of_case(case.id)
    if not rows:
        return {}
    return about(next((r for r in rows if r.id == asked), monitoring.strongest(rows)))


def about(row: Any) -> dict[str, Any]:
    """The signal with its charts and sentences."""
    view = signal(row, clock.now())
    episode = Episode(row.onset, row.raised_on, row.cleared_on)
    charts = [
        control_chart(series, stream, weeks=WEEKS, episode=episode, id_=f"c-{stream}")
        for stream, series in sorted(view.charts, key=lambda c: _speaks(c[0], c[1], row), reverse=True)
    ]
    return {
        "signal": row,
        "view": view,
        "charts": charts,
        "sentence": Text(row.text_zh, row.text_en),
        "count": len(view.others) + 1,
        "why_none": WHY_NONE[view.no_limit],
        "elsewhere": (row.cause_kind, row.cause_id) != (row.entity_kind, row.entity_id),
    }


def _speaks(stream: str, of: Series, row: Any) -> tuple[bool, float]:
    """How much a chart has to say about a signal: its own stream first, then what went furthest beyond its limit since a week before the onset."""
    since = row.onset - timedelta(days=7)
    beyond = [o - limit for day, o, limit in zip(of.start, of.observed, of.limit, strict=True) if day >= since]
    return stream == row.stream, max(beyond, default=0.0)
