"""Screen 8, Signal: why did it fire, and is it real? It is the page of a monitoring case, so that keys, queue, undo and the stale guard are the same."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pinzhi.casework.contracts import CaseRow
from pinzhi.doors.console.access import staff
from pinzhi.doors.console.charts import control_chart
from pinzhi.kernel import clock
from pinzhi.kernel.values import Text
from pinzhi.life.monitoring import queries as monitoring
from pinzhi.reading.signal import signal

WEEKS = 26


@staff
def show(request: HttpRequest, signal_id: str) -> HttpResponse:
    """To the case of a signal. A signal without a case is shown without one."""
    row = monitoring.find(signal_id)
    if row is None:
        raise Http404
    return (
        redirect("console:case", row.case_id)
        if row.case_id
        else render(request, "console/signal_only.html", about(row))
    )


def panel(case: CaseRow) -> dict[str, Any]:
    """What the page of a monitoring case shows beside the case itself; empty for a case whose signal is gone."""
    row = monitoring.find(str(case.evidence.get("signal_id", "")))
    return about(row) if row is not None else {}


def about(row: Any) -> dict[str, Any]:
    """The signal with its charts and sentences."""
    view = signal(row, clock.now())
    charts = [
        control_chart(series, stream, weeks=WEEKS, raised=row.raised_on, id_=f"c-{stream}")
        for stream, series in view.charts
    ]
    return {
        "signal": row,
        "view": view,
        "charts": charts,
        "sentence": Text(row.text_zh, row.text_en),
        "elsewhere": (row.cause_kind, row.cause_id) != (row.entity_kind, row.entity_id),
    }
