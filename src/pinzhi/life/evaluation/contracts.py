"""What others may see of a KPI."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.values import Interval, Status


@dataclass(frozen=True, slots=True)
class Rate:
    """
    A rate of events per order by cohort, adjusted for delay.

    `estimate` is the share of orders with an event within `window` days; `maturity` is the part of those events that the orders' ages let one expect
    to have seen, 0 to 1; `events` and `orders` are as counted; `dispersion` is the Pearson dispersion of the cohorts, at least 1. `status` is against
    the target, None where none was given.
    """

    estimate: Interval
    window: int
    maturity: float
    events: int
    orders: int
    cohorts: int
    dispersion: float
    status: Status | None = None
    target: float | None = None
