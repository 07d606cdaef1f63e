"""The typed form of `policy.toml`."""

from __future__ import annotations

from dataclasses import dataclass

from pinzhi.kernel.policy import Policy
from pinzhi.kernel.refusal import RefusedError


@dataclass(frozen=True, slots=True)
class RecallFigures:
    """Days of sales that a recall looks back to, notices in a transaction, days within which everybody is to have been told."""

    sales_days: int
    portion: int
    notify_days: int


@dataclass(frozen=True, slots=True)
class TracingPolicy:
    """Everything in `policy.toml`; `version` is cited by decisions."""

    version: str
    recall: RecallFigures


def typed_policy(policy: Policy) -> TracingPolicy:
    """Read the tables. Raises RefusedError: a missing entry, and `policy_entry_range` for a figure that makes no sense."""
    typed = TracingPolicy(policy.version, policy.as_type("recall", RecallFigures))
    r = typed.recall
    wrong = {
        "recall.sales_days": not 1 <= r.sales_days <= 4000,
        "recall.portion": not 1 <= r.portion <= 10_000,
        "recall.notify_days": not 1 <= r.notify_days <= 60,
    }
    for where, bad in wrong.items():
        if bad:
            raise RefusedError.because(
                "policy_entry_range", f"{where} is out of its range", "see the comments of policy.toml", field=where
            )
    return typed
