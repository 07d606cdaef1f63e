"""The platform and its categories by week in one stream, with the signals that nobody has judged yet."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from pinzhi.life.monitoring import queries as monitoring
from pinzhi.life.monitoring.rules.series import Series, total
from pinzhi.reading import tallied
from pinzhi.reading.signal import chart


@dataclass(frozen=True, slots=True)
class Monitor:
    """`categories` holds (name, chart, open signals), the one furthest beyond its expectation in the last four weeks first."""

    platform: Series | None
    categories: tuple[tuple[str, Series, int], ...]


def monitor(stream: str) -> Monitor | None:
    """The charts of `stream`; None while no event has been received."""
    known = tallied.current()
    if known is None:
        return None
    opened = dict(
        monitoring.signals(outcome="open")
        .order_by()
        .values_list("category")
        .annotate(n=Count("pk"))
        .values_list("category", "n")
    )
    found = [(name, chart("category", name, stream)) for name in known.tallies.names.categories if name]
    charts = [(name, series) for name, series in found if series is not None and sum(series.observed)]
    charts.sort(key=lambda pair: -_excess(pair[1]))
    return Monitor(
        platform=total([s for _, s in charts]) if charts else None,
        categories=tuple((name, series, opened.get(name, 0)) for name, series in charts),
    )


def _excess(series: Series) -> float:
    """How many standard deviations the last four weeks lie above what was expected: the order in which one looks."""
    seen, due = sum(series.observed[-4:]), sum(series.expected[-4:])
    return (seen - due) / max(due, 1.0) ** 0.5
