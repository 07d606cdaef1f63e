"""The typed form of `policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass, field

from pinzhi.kernel.policy import Policy


@dataclass(frozen=True, slots=True)
class Weights:
    """How outcomes count, how long, and how orders mature and fade."""

    complaint_counts: float
    return_counts: float
    bad_review_counts: float
    unverified_review: float
    window_days: int
    memory_days: int
    half_life_days: float
    delay_median_days: float
    delay_weight: float
    half_lives: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Burst:
    """When reviews are a burst, and what they then count."""

    window_days: int
    least: int
    factor: float
    chance: float
    baseline_days: int
    settle_days: int
    floor_per_day: float
    weight: float


@dataclass(frozen=True, slots=True)
class Prior:
    """What is assumed before there is evidence. Shapes are gamma shapes: a group's rate has relative spread 1/sqrt(shape)."""

    bad_share: float
    listing_shape: float
    merchant_shape: float
    category_shape: float


@dataclass(frozen=True, slots=True)
class Grades:
    """Lines on the mean, the level of the interval, and the lower bounds at which promotion begins and ends."""

    level: float
    least_orders: float
    a: float
    b: float
    c: float
    d: float
    promote: float
    keep: float


@dataclass(frozen=True, slots=True)
class States:
    """Lines on the bad share, and how sure one must be to enter and to leave."""

    line: float
    watch_line: float
    enter: float
    leave: float
    watch_enter: float
    watch_leave: float
    delist: float
    least_orders: int
    least_customers: int
    least_days: int
    least_stay_days: int
    lines: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RatingPolicy:
    """All of it, with the version that every rating cites."""

    version: str
    weights: Weights
    burst: Burst
    prior: Prior
    grades: Grades
    states: States


def typed_policy(raw: Policy) -> RatingPolicy:
    """The station's policy in types. Raises RefusedError naming the entry that is wrong."""
    return RatingPolicy(
        version=raw.version,
        weights=raw.as_type("evidence", Weights),
        burst=raw.as_type("burst", Burst),
        prior=raw.as_type("prior", Prior),
        grades=raw.as_type("grades", Grades),
        states=raw.as_type("states", States),
    )
