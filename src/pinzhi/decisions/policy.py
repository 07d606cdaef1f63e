"""The room's own policy, typed."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from pinzhi.decisions.rules.spans import AppealPolicy
from pinzhi.decisions.rules.webhooks import WebhookPolicy
from pinzhi.kernel.policy import Policy, read_policy


@cache
def packaged() -> Policy:
    """`policy.toml` of this room."""
    return read_policy(files("pinzhi.decisions").joinpath("policy.toml").read_text(encoding="utf-8"))


@cache
def appeal_policy() -> AppealPolicy:
    """How long what may be appealed."""
    return packaged().as_type("appeal", AppealPolicy)


@cache
def webhook_policy() -> WebhookPolicy:
    """How webhooks are tried and signed."""
    return packaged().as_type("webhooks", WebhookPolicy)
