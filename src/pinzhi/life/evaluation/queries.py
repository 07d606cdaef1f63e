"""
Reading the KPIs: the panel and the trend by month. All take `Tallies`; nothing is stored, so that the figure on the screen is always that of the events.

A tally is folded and cached by the house; a panel of a few hundred merchants takes well under a second on one, and is cached again by its day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
from numpy.typing import NDArray

from pinzhi.decisions import policies
from pinzhi.engine.tallies import Tallies
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Status, Subject, Text
from pinzhi.life.evaluation.contracts import Half
from pinzhi.life.evaluation.rules.figures import KPIS, PLATFORM, Figure, figures
from pinzhi.life.evaluation.rules.policy import EvaluationPolicy, typed_policy
from pinzhi.life.evaluation.rules.trend import DAY_ZERO, Month, monthly

KPI_NAMES = {
    "pass_rate": Text("合格率", "pass rate"),
    "complaint_rate": Text("投诉率", "complaint rate"),
    "return_rate": Text("退货退款率", "return and refund rate"),
}

STATUS_NAMES = {
    Status.MET: Text("达标", "met"),
    Status.NOT_MET: Text("未达标", "not met"),
    Status.UNPROVEN: Text("尚不能证明", "not proven"),
}


def policy_in_force(at: datetime | None = None) -> EvaluationPolicy:
    """The KPI book in force, typed."""
    return typed_policy(policies.policy_in_force("evaluation", at))


@dataclass(frozen=True, slots=True)
class Panel:
    """The panel of a day: every figure there is evidence for, under the policy that it names."""

    as_of: date
    policy: EvaluationPolicy
    figures: tuple[Figure, ...]

    def of(self, kpi: str, subject: Subject = PLATFORM) -> Figure | None:
        """One figure, or None where there is no evidence."""
        return next((f for f in self.figures if f.kpi == kpi and f.subject == subject), None)

    def group(self, kpi: str, kind: str) -> tuple[Figure, ...]:
        """The figures of all categories or merchants, those that certainly miss the target first, then by the lower bound."""
        chosen = [f for f in self.figures if f.kpi == kpi and f.subject.kind == kind]
        return tuple(
            sorted(chosen, key=lambda f: (f.rate.status is not Status.NOT_MET, -f.rate.estimate.low, f.subject))
        )

    def counts(self, kpi: str, kind: str) -> dict[Status, int]:
        """How many of a kind meet the target, miss it, or cannot be told."""
        chosen = [f.rate.status for f in self.group(kpi, kind)]
        return {status: chosen.count(status) for status in Status}


def panel(tallies: Tallies, as_of: date | None = None, *, merchants: int = 200) -> Panel:
    """
    The KPI panel by what was known at the end of `as_of` (default: the last day of the tallies): platform, categories, the largest `merchants`.

    Raises RefusedError(`as_of_before_events`).
    """
    day = _day(tallies, as_of)
    policy = policy_in_force()
    return Panel(DAY_ZERO + timedelta(days=day), policy, tuple(figures(tallies, day, policy, merchants=merchants)))


def half_year(tallies: Tallies, half: Half, *, merchants: int = 200) -> Panel:
    """
    The figures of everything delivered in `half`, by what is known on the last day of the tallies.

    Raises RefusedError(`half_empty`) for a half that lies outside the history.
    """
    first, last = ((day - DAY_ZERO).days for day in (half.first, half.last))
    if last < tallies.first_day or first > tallies.last_day:
        raise RefusedError.because(
            "half_empty", f"nothing is known of {half}", f"one of: {', '.join(map(str, halves(tallies)))}", field="half"
        )
    policy = policy_in_force()
    found = figures(tallies, tallies.last_day, policy, merchants=merchants, span=(first, last))
    return Panel(DAY_ZERO + timedelta(days=tallies.last_day), policy, tuple(found))


def halves(tallies: Tallies) -> tuple[Half, ...]:
    """The halves of the years that the history touches, newest first."""
    one, last = (Half.of(DAY_ZERO + timedelta(days=day)) for day in (tallies.first_day, tallies.last_day))
    found = [one]
    while found[-1] < last:
        found.append(found[-1].next())
    return tuple(reversed(found))


def trend(
    tallies: Tallies, kpi: str, subject: Subject = PLATFORM, as_of: date | None = None, *, months: int = 12
) -> tuple[Month, ...]:
    """
    A rate by month of delivery, oldest first, each month completed for delay: platform, category, merchant or listing.

    Raises RefusedError: `kpi_unknown`, `subject_unknown`, `as_of_before_events`.
    """
    if kpi not in KPIS:
        raise RefusedError.because("kpi_unknown", f"{kpi!r} is no KPI", f"one of: {', '.join(KPIS)}", field="kpi")
    day = _day(tallies, as_of)
    return tuple(monthly(tallies, kpi, day, policy_in_force(), _listings(tallies, subject), months=months))


def _day(tallies: Tallies, as_of: date | None) -> int:
    day = tallies.last_day if as_of is None else (as_of - DAY_ZERO).days
    if day < tallies.first_day:
        first = (DAY_ZERO + timedelta(days=tallies.first_day)).isoformat()
        raise RefusedError.because(
            "as_of_before_events", f"the first event is of {first}", "name a day from then on", field="as_of"
        )
    return day


def _listings(tallies: Tallies, subject: Subject) -> NDArray[np.bool_] | None:
    """Which listings a subject covers; None means all of them."""
    names = tallies.names
    if subject.kind is Kind.PLATFORM:
        return None
    ids = {Kind.CATEGORY: names.categories, Kind.MERCHANT: names.merchants, Kind.LISTING: names.listings}
    known = ids.get(subject.kind, ())
    if subject.id not in known:
        raise RefusedError.because("subject_unknown", f"no event names {subject}", "check the id", field="subject")
    code = known.index(subject.id)
    own = {Kind.CATEGORY: names.category, Kind.MERCHANT: names.merchant}
    return np.asarray(own.get(subject.kind, np.arange(len(names.listings))) == code)
