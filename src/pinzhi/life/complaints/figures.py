"""The figures of this room's policy that is in force, typed."""

from __future__ import annotations

from datetime import datetime

from pinzhi.decisions import policies
from pinzhi.life.complaints.rules.policy import ComplaintsPolicy, typed_policy


def policy_in_force(at: datetime | None = None) -> ComplaintsPolicy:
    """The policy of the moment."""
    return typed_policy(policies.policy_in_force("complaints", at))
