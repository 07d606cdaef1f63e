"""Webhooks, the pure part: who gets what, how it is signed, when it is tried again, what an answer means."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from pinzhi.kernel.standing import DecisionRecord

SIGNATURE = "Pinzhi-Signature"
EVENT_ID = "Pinzhi-Event-Id"


@dataclass(frozen=True, slots=True)
class WebhookPolicy:
    """Figures of the `webhooks` table of the policy: seconds, tries, hours, days; `jitter` is a share of the delay."""

    base_seconds: int
    factor: int
    cap_seconds: int
    jitter: float
    attempts: int
    timeout_seconds: int
    secret_overlap_hours: int
    keep_days: int


class Answer(StrEnum):
    """What a receiver's answer means for the dispatch and for its subscription."""

    DONE = "done"
    AGAIN = "again"
    REST = "rest"
    """Try again, and leave the whole address alone meanwhile: it is down or asks for time."""
    GONE = "gone"
    """The receiver says that it no longer exists: the subscription is paused."""


def meaning(status: int) -> Answer:
    """2xx is done; no answer, 429, 502, 503 and 504 rest the address; 410 ends it; everything else, redirects included, is tried again."""
    if 200 <= status < 300:
        return Answer.DONE
    if status == 410:
        return Answer.GONE
    return Answer.REST if status in (0, 429, 502, 503, 504) else Answer.AGAIN


def wanted(decision: DecisionRecord, effects: Sequence[str], kinds: Sequence[str], subjects: Sequence[str]) -> bool:
    """Whether a subscription with these filters wants a step about `decision`. Empty filters want everything."""
    return (
        (not effects or str(decision.effect) in effects)
        and (not kinds or str(decision.subject.kind) in kinds)
        and (not subjects or str(decision.subject) in subjects)
    )


def signature(secrets: Sequence[bytes], timestamp: int, body: bytes) -> str:
    """
    The value of the `Pinzhi-Signature` header: `t=<unix seconds>,v1=<hex>` with one `v1` for every secret that is valid.

    Each `v1` is HMAC-SHA256 over `<timestamp>.<body>`. A receiver accepts when any of them matches and the time is recent.
    """
    signed = str(timestamp).encode() + b"." + body
    parts = [f"v1={hmac.new(secret, signed, hashlib.sha256).hexdigest()}" for secret in secrets]
    return ",".join([f"t={timestamp}", *parts])


def delay(policy: WebhookPolicy, dispatch: int, attempt: int) -> float:
    """
    Seconds until the next try after `attempt` tries: exponential, capped, spread by a jitter that is fixed by dispatch and attempt.

    Fixed, so that a replay of the same year tries at the same moments; spread, so that a receiver that comes back is not hit by everything at once.
    """
    plain = min(policy.base_seconds * policy.factor ** (attempt - 1), policy.cap_seconds)
    drawn = int.from_bytes(hashlib.sha256(f"{dispatch}:{attempt}".encode()).digest()[:8]) / 2**64
    return plain * (1 - policy.jitter / 2 + policy.jitter * drawn)
