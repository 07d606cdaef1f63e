"""What others may see of a decision: its outward document, its digest, and the digest of what a person has seen of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pinzhi.kernel.canon import digest
from pinzhi.kernel.standing import DecisionRecord, Effect, Standing
from pinzhi.kernel.values import Subject, Text
from pinzhi.kernel.verdict import LawRef, Reason

HARMFUL = (Effect.WATCH, Effect.RESTRICT, Effect.QUARANTINE, Effect.STOP_SALE, Effect.DELIST, Effect.BAN)
"""Effects that take something away; the others give or say nothing."""

ISSUED = "decision.issued"
LIFTED = "decision.lifted"


@dataclass(frozen=True, slots=True)
class Step:
    """
    One step of the feed: a decision was issued or lifted.

    `cursor` orders all steps in the order of their commits; `decision` is the record as it stood right after the step, so that reading the feed again gives
    the same answer; `why` and `lifted_at` are set for lifts.
    """

    cursor: int
    event: str
    at: datetime
    decision: DecisionRecord
    why: Text | None = None


DECISIONS, REMEDIES = "decisions", "remedies"
TOPICS = (DECISIONS, REMEDIES)
"""What a subscription may ask for: decisions as they are issued and lifted; remedies that buyers are owed, with what became of them."""


@dataclass(frozen=True, slots=True)
class Notice:
    """
    A fact that a subscription is told as it is: a remedy is due, withdrawn, or given. `about` orders those of one complaint among themselves; `merchant` is
    what filters look at.
    """

    cursor: int
    event: str
    at: datetime
    merchant: Subject
    about: str
    payload: Mapping[str, Any]


def notice_document(notice: Notice) -> dict[str, Any]:
    """One notice as the webhook sends it."""
    return {"cursor": notice.cursor, "event": notice.event, "at": _utc(notice.at), "remedy": dict(notice.payload)}


def reason_document(reason: Reason) -> dict[str, Any]:
    """A reason as JSON values."""
    return {
        "code": reason.code,
        "sentence": {"zh": reason.sentence.zh, "en": reason.sentence.en},
        "evidence": [{"name": name, "value": value} for name, value in reason.evidence],
        "law": None
        if reason.law is None
        else {
            "instrument": reason.law.instrument,
            "article": reason.law.article,
            "version": reason.law.version,
            "verified": reason.law.verified,
        },
        "weight": reason.weight,
    }


def reason_from(document: Mapping[str, Any]) -> Reason:
    """The reason that `reason_document` wrote. Raises KeyError or ValueError for anything else."""
    law = document["law"]
    return Reason(
        code=document["code"],
        sentence=Text(**document["sentence"]),
        evidence=tuple((pair["name"], pair["value"]) for pair in document["evidence"]),
        law=None if law is None else LawRef(**law),
        weight=document["weight"],
    )


def _utc(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat()


def decision_document(record: DecisionRecord) -> dict[str, Any]:
    """
    What webhook, feed, interface and ledger say of a decision as it was issued. Times are RFC 3339 in UTC.

    A later lift is not part of it: the document never changes, and its digest is what the ledger commits to.
    """
    return {
        "id": record.id,
        "subject": {"kind": str(record.subject.kind), "id": record.subject.id},
        "effect": str(record.effect),
        "reasons": [reason_document(r) for r in record.reasons],
        "policy": record.policy,
        "decided_by": record.decided_by,
        "decided_at": _utc(record.decided_at),
        "start": _utc(record.start),
        "until": _utc(record.until),
        "appeal_until": _utc(record.appeal_until),
        "supersedes": record.supersedes,
        "source": record.source,
    }


def lift_document(record: DecisionRecord, why: Text) -> dict[str, Any]:
    """What the ledger commits to when a decision is lifted."""
    return {
        "decision": record.id,
        "lifted_at": _utc(record.lifted_at),
        "why": {"zh": why.zh, "en": why.en},
    }


def step_document(step: Step) -> dict[str, Any]:
    """One step as the feed and the webhook send it."""
    return {
        "cursor": step.cursor,
        "event": step.event,
        "at": _utc(step.at),
        "decision": decision_document(step.decision),
        "lifted_at": _utc(step.decision.lifted_at),
        "why": None if step.why is None else {"zh": step.why.zh, "en": step.why.en},
    }


def decision_state_document(record: DecisionRecord, why: Text | None, sha: str) -> dict[str, Any]:
    """A decision with its digest and, when it was lifted, when and why: what a reader of one decision gets."""
    return {
        **decision_document(record),
        "digest": sha,
        "lifted_at": _utc(record.lifted_at),
        "lift_why": None if why is None else {"zh": why.zh, "en": why.en},
    }


def standing_document(found: Standing) -> dict[str, Any]:
    """A standing with the decisions that make it so, most severe first."""
    return {
        "subject": subject_document(found.subject),
        "state": found.state,
        "at": _utc(found.at),
        "changes_at": _utc(found.changes_at),
        "decisions": [decision_document(d) for d in found.in_force],
    }


def decision_digest(record: DecisionRecord) -> str:
    """SHA-256 over the canonical outward document."""
    return digest(decision_document(record))


def seen_digest(records: DecisionRecord | Iterable[DecisionRecord]) -> str:
    """What a person has on the screen about one or several decisions, lifts included: the stale guard of `lift_by_person`."""
    several = [records] if isinstance(records, DecisionRecord) else list(records)
    return digest([[decision_document(r), _utc(r.lifted_at)] for r in several])


def subject_document(subject: Subject) -> dict[str, str]:
    """A subject as JSON values."""
    return {"kind": str(subject.kind), "id": subject.id}
