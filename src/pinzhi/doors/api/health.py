"""What a monitor asks: does the process live, can it work, and how is it doing (Prometheus text format)."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Min
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector

from pinzhi import __version__
from pinzhi.casework.models import Case
from pinzhi.decisions import webhooks
from pinzhi.decisions.models import DecisionRow, Dispatch, Subscription
from pinzhi.engine.models import Delivery, FactRow, JobRun
from pinzhi.kernel import clock
from pinzhi.ledger.models import TreeHead
from pinzhi.site import environment


@require_safe
def healthz(_: HttpRequest) -> JsonResponse:
    """The process answers. Asks nothing else, so that a slow database does not get the process killed."""
    return JsonResponse({"status": "ok", "version": __version__})


@require_safe
def readyz(_: HttpRequest) -> JsonResponse:
    """The database answers and has this version's schema; 503 says what is missing."""
    checks = {"database": "ok", "schema": "ok"}
    try:
        executor = MigrationExecutor(connection)
        if executor.migration_plan(executor.loader.graph.leaf_nodes()):
            checks["schema"] = "behind: run `pinzhi migrate`"
    except DatabaseError:
        checks = {"database": "no answer", "schema": "unknown"}
    ready = all(answer == "ok" for answer in checks.values())
    return JsonResponse({"status": "ready" if ready else "not ready", **checks}, status=200 if ready else 503)


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Figures from the database. With PINZHI_METRICS_TOKEN set, only for who sends it as bearer token."""
    wanted = environment.read("PINZHI_METRICS_TOKEN")
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    if wanted and not hmac.compare_digest(given.encode(), wanted.encode()):
        return HttpResponse("a token is needed\n", status=401, headers={"WWW-Authenticate": "Bearer"})
    registry = CollectorRegistry()
    registry.register(Figures())
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


class Figures(Collector):
    """Everything that `/metrics` shows, read when it is asked for."""

    def collect(self) -> Iterator[Metric]:
        """Yield the figures."""
        yield from self._outbox()
        yield from self._webhooks()
        yield from self._work()
        yield _gauge(
            "pinzhi_ledger_leaves", "Leaves of the log", TreeHead.objects.values_list("size", flat=True).first() or 0
        )
        yield _gauge(
            "pinzhi_facts",
            "Number of the newest fact",
            FactRow.objects.order_by("-seq").values_list("seq", flat=True).first() or 0,
        )

    def _outbox(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("pinzhi_outbox_deliveries", "Facts on their way to reactions", labels=["state"])
        found = dict(Delivery.objects.exclude(state="done").values_list("state").annotate(Count("pk")))
        for state in ("waiting", "dead", "discarded"):
            states.add_metric([state], found.get(state, 0))
        yield states
        oldest = Delivery.objects.filter(state="waiting").aggregate(at=Min("fact__at"))["at"]
        yield _gauge("pinzhi_outbox_lag_seconds", "Age of the oldest fact that waits for a reaction", _age(oldest))

    def _webhooks(self) -> Iterator[Metric]:
        states = GaugeMetricFamily("pinzhi_webhook_dispatches", "Decisions on their way to receivers", labels=["state"])
        for state, count in webhooks.counts().items():
            states.add_metric([state], count)
        yield states
        oldest = Dispatch.objects.filter(state="waiting", subscription__active=True).aggregate(at=Min("due"))["at"]
        yield _gauge("pinzhi_webhook_lag_seconds", "Time since the oldest waiting dispatch was due", _age(oldest))
        resting = Subscription.objects.filter(active=True, failures__gt=0).count()
        yield _gauge("pinzhi_webhook_unreachable", "Active subscriptions whose address does not answer", resting)

    def _work(self) -> Iterator[Metric]:
        jobs = GaugeMetricFamily("pinzhi_jobs", "Background jobs", labels=["state"])
        found = dict(JobRun.objects.values_list("state").annotate(Count("pk")))
        for state, _ in JobRun.STATES:
            jobs.add_metric([state], found.get(state, 0))
        yield jobs
        queue = GaugeMetricFamily("pinzhi_cases", "Undecided cases", labels=["desk", "state"])
        waiting = (
            Case.objects.filter(purpose="work")
            .exclude(state="decided")
            .values_list("desk", "state")
            .annotate(n=Count("pk"))
        )
        for desk, state, count in waiting.order_by("desk", "state"):
            queue.add_metric([desk, state], count)
        yield queue
        overdue = (
            Case.objects.filter(purpose="work", paused_at=None, due__lt=clock.now()).exclude(state="decided").count()
        )
        yield _gauge("pinzhi_cases_overdue", "Undecided cases whose deadline has passed", overdue)
        yield _gauge("pinzhi_event_store_version", "Newest version of the event store; -1: none yet", store_version())
        yield _gauge("pinzhi_decisions", "Decisions ever taken", DecisionRow.objects.count())


def store_version() -> int:
    """The newest version of the event store, from the names in its log: opening the store would load its index for a mere figure."""
    log = Path(settings.EVENT_STORE) / "facts" / "_delta_log"
    return max((int(entry.stem) for entry in log.glob("*.json") if entry.stem.isdecimal()), default=-1)


def _gauge(name: str, text: str, value: float) -> GaugeMetricFamily:
    return GaugeMetricFamily(name, text, value=value)


def _age(moment: object) -> float:
    return max(0.0, (clock.now() - moment).total_seconds()) if moment else 0.0  # type: ignore[operator]
