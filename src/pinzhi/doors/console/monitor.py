"""Screen 7, Monitor: what is going wrong, and how sure are we? The platform, its categories on one scale, and the signals behind them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from pinzhi.doors.console.access import staff
from pinzhi.doors.console.charts import control_chart, small
from pinzhi.doors.console.tables import Column, View, heads
from pinzhi.doors.console.words import KINDS, SEVERITIES, STREAMS
from pinzhi.life.monitoring import queries as monitoring
from pinzhi.reading.monitor import monitor

COLUMNS = (
    Column(_("Signal")),
    Column(_("Severity")),
    Column(_("Observed"), wide=True),
    Column(_("Expected"), wide=True),
    Column(_("Times the expected")),
    Column(_("Raised on"), wide=True),
    Column(_("Judgement"), wide=True),
)
CHOICES = {
    "stream": [(s, STREAMS[s]) for s in ("return", "review", "complaint")],
    "weeks": [("13", _("13 weeks")), ("26", _("26 weeks")), ("53", _("a year"))],
    "outcome": [
        ("open", _("not judged yet")),
        ("real", _("real")),
        ("noise", _("noise")),
        ("undecided", _("cannot tell yet")),
        ("all", _("any")),
    ],
    "severity": [("", _("any")), *SEVERITIES.items()],
    "kind": [("", _("any")), *((k, KINDS[k]) for k in ("listing", "batch", "merchant", "category"))],
}


@dataclass(frozen=True, slots=True)
class Shown(View):
    """What the address asks for. A value that is not offered is the first one of its list."""

    stream: str = "return"
    weeks: str = "26"
    outcome: str = "open"
    severity: str = ""
    kind: str = ""
    category: str = ""

    @classmethod
    def read(cls, query: dict[str, str]) -> Shown:
        """From the parameters of the address."""
        chosen = cls(category=query.get("category", "")[:120])
        for name, offered in CHOICES.items():
            if query.get(name) in [value for value, _word in offered]:
                chosen = replace(chosen, **{name: query[name]})
        return chosen


@staff
def show(request: HttpRequest) -> HttpResponse:
    """Charts of the chosen stream, the signals of the filters, and how often we were wrong."""
    asked = Shown.read(request.GET.dict())
    seen = monitor(asked.stream)
    weeks = int(asked.weeks)
    rows = monitoring.signals(
        entity_kind=asked.kind,
        severity=asked.severity,
        category=asked.category,
        outcome="" if asked.outcome == "all" else asked.outcome,
    )
    page = Paginator(rows, 50).get_page(request.GET.get("page"))
    context = {
        "asked": asked,
        "choices": CHOICES,
        "seen": seen,
        "platform": control_chart(seen.platform, asked.stream, weeks=weeks) if seen and seen.platform else None,
        "panels": _panels(asked, seen.categories, weeks) if seen else (),
        "page": page,
        "heads": heads(COLUMNS, request.GET, ""),
        "run": monitoring.last_run(),
        "wrong": monitoring.realised_false_rate(),
    }
    return render(request, "console/monitor.html", context)


def _panels(asked: Shown, categories: object, weeks: int) -> list[dict[str, object]]:
    found = list(categories)  # type: ignore[call-overload]
    charts = small([(name, series) for name, series, _open in found], weeks=weeks)
    return [
        {"name": name, "chart": chart, "open": count, "url": asked.query(category=name)}
        for (name, _series, count), chart in zip(found, charts, strict=True)
    ]
