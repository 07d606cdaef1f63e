"""The KPI panel: complaint and return rates of the platform, its categories and merchants, each with interval, maturity and status."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pinzhi.engine.tallies import Stream, Tallies
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.evaluation.contracts import Rate
from pinzhi.life.evaluation.rules.policy import EvaluationPolicy
from pinzhi.life.evaluation.rules.rates import Completion, Triangle, completion, rate
from pinzhi.life.evaluation.rules.triangles import from_tallies

KPIS = ("complaint_rate", "return_rate")
PLATFORM = Subject(Kind.PLATFORM, "all")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of the panel."""

    kpi: str
    subject: Subject
    as_of: int
    rate: Rate
    policy: str


LONGEST = 1_200
"""No more days than these are looked back."""
LEARNED = 400
"""Days of deliveries that a delay curve is learned from at least, where there are as many."""


def figures(
    tallies: Tallies,
    as_of: int,
    policy: EvaluationPolicy,
    *,
    merchants: int = 200,
    span: tuple[int, int] | None = None,
) -> list[Figure]:
    """
    Every figure there is evidence for: the platform, its categories, and the `merchants` largest merchants by deliveries.

    What counts was delivered in the policy's period up to `as_of`, or from the first to the last day of `span`, by what was known at the end of `as_of`.
    Groups without deliveries in it have no figure. A group with few events borrows the platform's delay curve, which is always learned from the whole
    look-back: the first weeks of a span alone would look complete.
    """
    found: list[Figure] = []
    names = tallies.names
    groups: list[tuple[Subject, NDArray[np.bool_]]] = [(PLATFORM, np.ones(len(names.listings), np.bool_))]
    groups += [(Subject(Kind.CATEGORY, c), names.category == i) for i, c in enumerate(names.categories) if c]
    owner = np.maximum(names.merchant[tallies.deliveries.listing], 0)
    size = np.bincount(owner, weights=tallies.deliveries.orders, minlength=len(names.merchants))
    largest = sorted(np.argsort(-size, kind="stable")[:merchants].tolist())
    groups += [(Subject(Kind.MERCHANT, names.merchants[i]), names.merchant == i) for i in largest if names.merchants[i]]
    for kpi in KPIS:
        shared: Completion | None = None
        for subject, mask in groups:
            one = _figure(tallies, kpi, mask, as_of, policy, shared, span)
            if one is None:
                continue
            value, curve = one
            shared = shared or curve
            found.append(Figure(kpi, subject, as_of, value, policy.version))
    return found


def _figure(
    tallies: Tallies,
    kpi: str,
    mask: NDArray[np.bool_],
    as_of: int,
    policy: EvaluationPolicy,
    shared: Completion | None,
    span: tuple[int, int] | None,
) -> tuple[Rate, Completion] | None:
    if span is None:
        triangle = counted = triangle_of(tallies, kpi, mask, as_of, policy)
    else:
        back = min(as_of - min(span[0], as_of - LEARNED), as_of - tallies.first_day, LONGEST) + 1
        triangle = triangle_of(tallies, kpi, mask, as_of, policy, period=max(back, 1), cohort_days=1)
        counted = between(triangle, as_of, *span)
    own = learned(triangle)
    curve = own if shared is None or triangle.events.sum() >= policy.rates.own_curve_events else shared
    try:
        return rate(counted, level=policy.rates.level, target=target_of(kpi, policy), curve=curve), curve
    except RefusedError:
        return None


def between(triangle: Triangle, as_of: int, first: int, last: int) -> Triangle:
    """The cohorts delivered from `first` to `last` of a triangle of daily cohorts, of which cohort c was delivered c days before `as_of`."""
    days = np.arange(max(as_of - last, 0), max(min(as_of - first + 1, len(triangle.orders)), 0))
    return Triangle(triangle.ages, triangle.orders[days], triangle.events[days], triangle.reached[days])


def learned(triangle: Triangle) -> Completion:
    """
    The delay curve of a triangle; where no event has been seen at all, nothing before the end of the window counts as seen.

    So a new platform has no figure rather than a met target, and one without a complaint in all its mature cohorts still has its proof.
    """
    if triangle.events.sum() > 0:
        return completion(triangle)
    share = np.zeros(len(triangle.ages))
    share[-1:] = 1.0
    return Completion(share, np.zeros_like(share))


def target_of(kpi: str, policy: EvaluationPolicy) -> float:
    """The share that a KPI is held against."""
    return policy.rates.complaint_target if kpi == "complaint_rate" else policy.rates.return_target


def triangle_of(
    tallies: Tallies,
    kpi: str,
    listings: NDArray[np.bool_] | None,
    as_of: int,
    policy: EvaluationPolicy,
    *,
    period: int | None = None,
    cohort_days: int | None = None,
) -> Triangle:
    """The cohorts of a KPI for chosen listings (None: all), over the policy's period and cohorts unless others are asked for."""
    rates, complaint = policy.rates, kpi == "complaint_rate"
    return from_tallies(
        tallies,
        (Stream.COMPLAINT,) if complaint else (Stream.RETURN, Stream.REFUND),
        as_of,
        window=rates.complaint_window_days if complaint else rates.return_window_days,
        period=period or rates.period_days,
        cohort_days=cohort_days or rates.cohort_days,
        listings=listings,
    )
