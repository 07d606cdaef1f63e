"""The typed form of `policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.policy import Policy


@dataclass(frozen=True, slots=True)
class Rates:
    """Windows in days, level of the interval, targets as shares."""

    level: float
    complaint_window_days: int
    return_window_days: int
    complaint_target: float
    pass_target: float
    return_target: float
    cohort_days: int
    period_days: int
    own_curve_events: int


@dataclass(frozen=True, slots=True)
class EvaluationPolicy:
    """All of it, with the version that every figure cites."""

    version: str
    rates: Rates


def typed_policy(raw: Policy) -> EvaluationPolicy:
    """The station's policy in types. Raises RefusedError naming the entry that is wrong."""
    return EvaluationPolicy(raw.version, raw.as_type("rates", Rates))
