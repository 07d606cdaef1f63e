"""Reading monitoring: the list, one signal, the control chart, and how often we were wrong."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from pinzhi.decisions import policies
from pinzhi.engine.tallies import Tallies
from pinzhi.kernel.distributions import wilson
from pinzhi.kernel.values import Interval
from pinzhi.life.monitoring.contracts import MonitoringPolicy
from pinzhi.life.monitoring.models import Run, SignalRow
from pinzhi.life.monitoring.rules.series import Series, series

NARROW = frozenset({"batch", "listing"})
"""Kinds that are one thing: two signals about the same one are about the same trouble."""
SEVERITIES = ("H", "M", "L")
"""From grave to slight."""


def policy_in_force(at: datetime | None = None) -> MonitoringPolicy:
    """The station's policy in force, typed."""
    return MonitoringPolicy.of(policies.policy_in_force("monitoring", at))


def signals(
    *,
    entity_kind: str = "",
    entity_id: str = "",
    stream: str = "",
    severity: str = "",
    outcome: str = "",
    merchant_id: str = "",
    category: str = "",
    raised_from: date | None = None,
    raised_to: date | None = None,
) -> QuerySet[SignalRow]:
    """Signals, newest and strongest first. `outcome="open"` means not judged yet; empty arguments do not filter."""
    rows = SignalRow.objects.all()
    equal = {
        "entity_kind": entity_kind,
        "entity_id": entity_id,
        "stream": stream,
        "severity": severity,
        "merchant_id": merchant_id,
        "category": category,
        "outcome": "" if outcome == "open" else outcome,
    }
    rows = rows.filter(**{k: v for k, v in equal.items() if v})
    if outcome == "open":
        rows = rows.filter(outcome="")
    if raised_from is not None:
        rows = rows.filter(raised_on__gte=raised_from)
    if raised_to is not None:
        rows = rows.filter(raised_on__lte=raised_to)
    return rows.order_by("-raised_on", "-evidence", "id")


def find(signal_id: str) -> SignalRow | None:
    """One signal, or None."""
    return SignalRow.objects.select_related("run").filter(pk=signal_id).first()


def concerning(entity_kind: str, entity_id: str) -> QuerySet[SignalRow]:
    """The signals that are about a subject or name it as their cause, the newest first."""
    about = Q(entity_kind=entity_kind, entity_id=entity_id) | Q(cause_kind=entity_kind, cause_id=entity_id)
    return SignalRow.objects.filter(about).order_by("-raised_on", "-at", "id")


def of_case(case_id: str) -> list[SignalRow]:
    """The signals that a case is about, the first raised first: one cause, seen at several levels and in several streams."""
    return list(SignalRow.objects.filter(case_id=case_id).select_related("run").order_by("raised_on", "at", "id"))


def severity_of(rows: list[SignalRow]) -> str:
    """The severity of the case of `rows`: of its gravest signal, where one whose episode was over before it was raised counts as slight."""
    return min(("L" if r.over_when_raised else r.severity for r in rows), key=SEVERITIES.index)


def why_no_limit(rows: list[SignalRow]) -> str:
    """
    Why a rule has limited nothing because of `rows`: `wide` (no listing or batch is concerned), `mild` (none of them severe), `over` (the severe ones were
    over before they were raised), `policy` (the policy in force limits nothing).
    """
    narrow = [r for r in rows if r.entity_kind in NARROW]
    severe = [r for r in narrow if r.severity == "H"]
    if not severe:
        return "mild" if narrow else "wide"
    return "over" if all(r.over_when_raised for r in severe) else "policy"


def strongest(rows: list[SignalRow]) -> SignalRow:
    """Of the signals of one case the one to look at first: it names the common cause, and is the least likely to be false."""
    cause = common_cause(rows)
    return min(rows, key=lambda r: ((r.cause_kind, r.cause_id) != cause, r.false_share, -r.evidence, r.id))


def common_cause(rows: list[SignalRow]) -> tuple[str, str]:
    """(kind, id) of what most signals of a case name as their cause; the narrower one when two are named as often."""
    counted = Counter((r.cause_kind, r.cause_id) for r in rows)
    return min(counted, key=lambda c: (-counted[c], c[0] not in NARROW, c))


def last_run() -> Run | None:
    """The latest sweep: its `as_of` is how far monitoring has seen."""
    return Run.objects.order_by("-as_of", "-at", "-pk").first()


def chart(tallies: Tallies, entity_kind: str, entity_id: str, stream: str) -> Series | None:
    """The control chart of one entity by week; None where the tallies do not know it."""
    return series(tallies, policy_in_force(), entity_kind, entity_id, stream)


@dataclass(frozen=True, slots=True)
class FalseRate:
    """How many judged signals were `real` and `noise`, with the share of noise and its 90 % interval (None before anything is judged)."""

    real: int
    noise: int
    undecided: int
    open: int
    share: Interval | None


def realised_false_rate(first: date | None = None, last: date | None = None, **filters: str) -> FalseRate:
    """
    What became of the signals raised from `first` to `last`: the realised false rate from case outcomes, to be held against the expected one.

    Interval: Wilson 1927, 90 %. Signals that nobody has decided are counted but are neither right nor wrong.
    """
    rows = signals(raised_from=first, raised_to=last, **filters).order_by().values("outcome").annotate(n=Count("pk"))
    count = {r["outcome"]: r["n"] for r in rows}
    real, noise = count.get("real", 0), count.get("noise", 0)
    return FalseRate(real, noise, count.get("undecided", 0), count.get("", 0), wilson(noise, real + noise))
