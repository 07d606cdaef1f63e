"""What others may see of monitoring: a signal with its numbers, the running evidence, the policy. Frozen, without framework."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from pinzhi.kernel.policy import Policy

LEVELS = ("listing", "merchant", "batch", "category")
STREAMS = ("return", "review", "complaint", "refund")
"""`review` means bad reviews (1-2 stars) over all reviews; the others are events over matured sales."""
FUSED = "fused"
"""The stream that sums the others, entity by entity and candidate onset by candidate onset."""

DAY_ZERO = date(1970, 1, 1)


def day_of(number: int) -> date:
    """The calendar day of an integer day of the tallies."""
    return DAY_ZERO + timedelta(days=int(number))


def number_of(day: date) -> int:
    """The integer day of the tallies of a calendar day."""
    return (day - DAY_ZERO).days


@dataclass(frozen=True, slots=True)
class DelayPolicy:
    """How long after the order an event may come, and how strongly curves are shrunk (weights in events)."""

    longest: int
    median: float
    prior_events: float
    default_events: float


@dataclass(frozen=True, slots=True)
class BaselinePolicy:
    """Default rates per stream and the weight of each parent inside its children (in events: the shape of the gamma prior)."""

    refresh: int
    default_rate_return: float
    default_rate_review: float
    default_rate_complaint: float
    default_rate_refund: float
    default_events: float
    category_events: float
    merchant_events: float
    listing_events: float
    batch_events: float

    def rate(self, stream: str) -> float:
        """The default rate of a stream, used before anything has been seen."""
        return float(getattr(self, f"default_rate_{stream}"))

    def events(self, level: str) -> float:
        """The weight of the prior of an entity of `level`."""
        return float(getattr(self, f"{level}_events"))


@dataclass(frozen=True, slots=True)
class EvidencePolicy:
    """The grid of sizes with its prior, the candidate onsets, and the fast lane."""

    sizes: tuple[float, ...]
    prior: tuple[float, ...]
    step: int
    steps: int
    fast_size: float
    least_events: int


@dataclass(frozen=True, slots=True)
class MarksPolicy:
    """How much an event says by who sent it (`rules.marks`): `mixing` and `habit` shape the ratio, `least..most` bound it, `enough` events trust it."""

    mixing: float
    habit: float
    least: float
    most: float
    enough: float


@dataclass(frozen=True, slots=True)
class CommonCausePolicy:
    """How a category's own weather is told from its members' faults."""

    window: int
    spread: float
    doubt: float


@dataclass(frozen=True, slots=True)
class CalibrationPolicy:
    """How thresholds are found on redrawn history."""

    seed: int
    entities: int
    fast_share: float
    floor: float


@dataclass(frozen=True, slots=True)
class FusionPolicy:
    """Weights (at most 1) of the streams inside the fused evidence."""

    weight_return: float
    weight_review: float
    weight_complaint: float
    weight_refund: float

    def weight(self, stream: str) -> float:
        """The weight of one stream."""
        return float(getattr(self, f"weight_{stream}"))


@dataclass(frozen=True, slots=True)
class SignalPolicy:
    """Budget, end of an episode, severity, and the temporary limit while a severe signal is open."""

    budget: float
    clear: float
    severe_ratio: float
    severe_events: int
    medium_ratio: float
    join_days: int
    limit_days: int
    limit_severe: bool
    false_share: float


@dataclass(frozen=True, slots=True)
class CountedPolicy:
    """Which ways in of the complaint desk are counted as events: those that no feed brings as well."""

    channels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MonitoringPolicy:
    """The whole policy, typed. `version` is cited by every signal."""

    version: str
    delay: DelayPolicy
    baseline: BaselinePolicy
    evidence: EvidencePolicy
    marks: MarksPolicy
    common_cause: CommonCausePolicy
    calibration: CalibrationPolicy
    fusion: FusionPolicy
    signal: SignalPolicy
    complaints: CountedPolicy

    @classmethod
    def of(cls, policy: Policy) -> MonitoringPolicy:
        """Type a policy as read. Refuses unknown, missing and wrongly typed entries by name."""
        return cls(
            version=policy.version,
            delay=policy.as_type("delay", DelayPolicy),
            baseline=policy.as_type("baseline", BaselinePolicy),
            evidence=policy.as_type("evidence", EvidencePolicy),
            marks=policy.as_type("marks", MarksPolicy),
            common_cause=policy.as_type("common_cause", CommonCausePolicy),
            calibration=policy.as_type("calibration", CalibrationPolicy),
            fusion=policy.as_type("fusion", FusionPolicy),
            signal=policy.as_type("signal", SignalPolicy),
            complaints=policy.as_type("complaints", CountedPolicy),
        )


@dataclass(frozen=True, slots=True)
class Signal:
    """
    One episode of one entity in one stream, with every number frozen at the day it was raised.

    `evidence` is the natural logarithm of the summed likelihood ratios, `threshold` what it had to reach; `observed` counts events of orders since
    `onset` known on `raised_on`, `expected` their matured expectation; `ratio` with its 90 % interval `low..high` (gamma). `cause_share` is the share
    of this entity's excess that the named cause explains. Among the level's signals at least as strong, `false_share` is the share expected to be false by the
    calibration (Benjamini-Hochberg on redrawn history), `false_bound` the bound that holds under any dependence (e-BH on adjusted suprema).
    """

    entity_kind: str
    entity_id: str
    stream: str
    raised_on: date
    onset: date
    evidence: float
    threshold: float
    fast: bool
    observed: int
    expected: float
    ratio: float
    low: float
    high: float
    cause_kind: str
    cause_id: str
    cause_share: float
    severity: str
    merchant_id: str
    category: str
    visible_30: float
    visible_90: float
    clear_orders: int
    false_share: float
    false_bound: float
    cleared_on: date | None
    policy: str
    text_zh: str
    text_en: str


@dataclass(frozen=True, slots=True)
class Scores:
    """Running evidence in columns of equal length: `entity` indexes `ids`, `day` counts from 1970-01-01."""

    entity_kind: str
    stream: str
    ids: tuple[str, ...]
    entity: NDArray[np.int64]
    day: NDArray[np.int32]
    score: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Threshold:
    """What a level and stream had to reach. `source` is `redrawn` (redrawn history) or `theory` (too little to redraw)."""

    entity_kind: str
    stream: str
    value: float
    fast: float
    source: str
    entities: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The answer of a scan. `notes` are sentences for a person, e.g. that the history is too short to judge."""

    signals: tuple[Signal, ...]
    thresholds: tuple[Threshold, ...]
    scores: tuple[Scores, ...]
    entities: int
    days: int
    expected_false: float
    notes: tuple[tuple[str, str], ...]
