"""The typed form of `policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.policy import Policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.clones_further import Further
from pinzhi.life.tracing.rules.cold import ColdFigures


@dataclass(frozen=True, slots=True)
class RecallFigures:
    """Days of sales that a recall looks back to, notices in a transaction, days within which everybody is to have been told."""

    sales_days: int
    portion: int
    notify_days: int


@dataclass(frozen=True, slots=True)
class ScanFigures:
    """Minutes within which a device is counted once, covered codes that may be typed wrongly in a day, days of the search for copied codes."""

    again_minutes: int
    wrong_factors: int
    clone_days: int


@dataclass(frozen=True, slots=True)
class TracingPolicy:
    """Everything in `policy.toml`; `version` is cited by decisions."""

    version: str
    recall: RecallFigures
    scan: ScanFigures
    cold: ColdFigures
    clones: Further


def typed_policy(policy: Policy) -> TracingPolicy:
    """Read the tables. Raises RefusedError: a missing entry, and `policy_entry_range` for a figure that makes no sense."""
    typed = TracingPolicy(
        policy.version,
        policy.as_type("recall", RecallFigures),
        policy.as_type("scan", ScanFigures),
        policy.as_type("cold", ColdFigures),
        policy.as_type("clones", Further),
    )
    r, s, c = typed.recall, typed.scan, typed.cold
    wrong = {
        "recall.sales_days": not 1 <= r.sales_days <= 4000,
        "recall.portion": not 1 <= r.portion <= 10_000,
        "recall.notify_days": not 1 <= r.notify_days <= 60,
        "scan.again_minutes": not 0 <= s.again_minutes <= 1440,
        "scan.wrong_factors": not 1 <= s.wrong_factors <= 50,
        "cold.frozen_most": not -60 <= c.frozen_most <= 0,
        "cold.chilled_most": not -5 <= c.chilled_most <= 30,
        "cold.grace_minutes": not 0 <= c.grace_minutes <= 1440,
        "cold.gap_minutes": not 1 <= c.gap_minutes <= 2880,
        "scan.clone_days": not 1 <= s.clone_days <= 4000,
        **{f"clones.{name}": bad for name, bad in typed.clones.wrong_entries().items()},
    }
    for where, bad in wrong.items():
        if bad:
            raise RefusedError.because(
                "policy_entry_range", f"{where} is out of its range", "see the comments of policy.toml", field=where
            )
    return typed
