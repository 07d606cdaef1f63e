"""The figures of this room's own policy that is in force, typed."""

from __future__ import annotations

from datetime import datetime

from pinzhi.decisions import policies
from pinzhi.decisions.rules.dsa import DsaPolicy
from pinzhi.decisions.rules.spans import AppealPolicy
from pinzhi.decisions.rules.statutory import lawful_appeal
from pinzhi.decisions.rules.webhooks import WebhookPolicy
from pinzhi.kernel import clock
from pinzhi.law.tables import statutes


def appeal_policy(at: datetime | None = None) -> AppealPolicy:
    """How long what may be appealed: at least as long as the law of the day says."""
    moment = at or clock.now()
    policy = policies.policy_in_force("decisions", moment).as_type("appeal", AppealPolicy)
    return lawful_appeal(policy, moment.astimezone(clock.SHANGHAI).date(), statutes())


def webhook_policy(at: datetime | None = None) -> WebhookPolicy:
    """How webhooks are tried and signed."""
    return policies.policy_in_force("decisions", at).as_type("webhooks", WebhookPolicy)


def dsa_policy(at: datetime | None = None) -> DsaPolicy:
    """How our words map to those of the DSA Transparency Database."""
    return policies.policy_in_force("decisions", at).as_type("dsa", DsaPolicy)
