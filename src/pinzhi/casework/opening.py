"""What stations do with cases, inside their own running act: open them, and bring new evidence."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from pinzhi.casework import rows
from pinzhi.casework.contracts import CaseRow
from pinzhi.casework.desks import OVER
from pinzhi.casework.desks import desk as registered_desk
from pinzhi.casework.models import Case
from pinzhi.casework.policy import policy
from pinzhi.casework.rows import log
from pinzhi.casework.rules.queue import act_before
from pinzhi.kernel.canon import digest, plain
from pinzhi.kernel.facts import CaseDecided, CaseOpened
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Subject, Text
from pinzhi.kernel.verdict import Severity
from pinzhi.people.acts import Act

ON_SITE = "inspections"
"""The name under which a case's evidence holds what inspections have found."""


def open_case(
    a: Act,
    *,
    desk: str,
    subject: Subject,
    title: Text,
    evidence: Mapping[str, Any],
    severity: Severity | str,
    source: str,
    due: datetime | None = None,
    merchant_id: str = "",
    category: str = "",
) -> CaseRow:
    """
    Put a piece of work on a desk, in the running act, and say so by a CaseOpened fact.

    `source` is `station:reference`; a case of the same source is returned as it stands and nothing is written, so that a reaction may be repeated.
    `evidence` is a
    mapping of canonical values (no floats). Raises RefusedError(`desk_unknown`, `source_unknown`), TypeError for evidence without canonical form.
    """
    registered_desk(desk)
    station, _, reference = source.partition(":")
    if not station or not reference:
        raise RefusedError.because(
            "source_unknown", f"«{source}» is not station:reference", "name the row it follows from", field="source"
        )
    frozen = plain(evidence)
    how_bad = Severity(severity)
    case, fresh = Case.objects.select_related("assigned").get_or_create(
        source=source,
        defaults={
            "desk": desk,
            "subject_kind": str(subject.kind),
            "subject_id": subject.id,
            "merchant_id": merchant_id,
            "category": category,
            "title_zh": title.zh,
            "title_en": title.en,
            "severity": how_bad.value,
            "opened_at": a.now,
            "due": due,
            "act_before": turn(how_bad, a.now, due),
            "evidence": frozen,
            "seen": digest(frozen),
        },
    )
    if fresh:
        log(a, case, "open")
        a.fact(CaseOpened(subject=subject, case_id=str(case.pk), desk=desk, due=due))
    return rows.row(case, a.now)


def update_evidence(
    a: Act,
    case: str | UUID,
    evidence: Mapping[str, Any],
    *,
    severity: Severity | str | None = None,
    title: Text | None = None,
    due: datetime | None = None,
) -> CaseRow:
    """
    More is known about an undecided case. The old evidence stays in the history; whoever still looks at it will be told by the stale guard.

    The same evidence again writes nothing. Raises RefusedError(`case_decided`): reopen it, or open a new case.
    """
    found = rows.locked(case, a.by)
    if found.state == "decided":
        raise RefusedError.because("case_decided", "the case is decided", "reopen it, or open a new case")
    frozen = plain(evidence)
    if ON_SITE in found.evidence:  # what was seen on site stays, whatever the station learns meanwhile
        frozen.setdefault(ON_SITE, found.evidence[ON_SITE])
    sha = digest(frozen)
    how_bad = Severity(severity or found.severity)
    if sha == found.seen and how_bad == found.severity and title is None and due in (None, found.due):
        return rows.row(found, a.now)
    if sha != found.seen:
        log(a, found, "evidence", seen=found.seen, evidence=found.evidence)
    found.evidence, found.seen, found.severity = frozen, sha, how_bad.value
    found.due = due or found.due
    if title is not None:
        found.title_zh, found.title_en = title.zh, title.en
    found.act_before = turn(how_bad, found.opened_at, found.due)
    found.waits_for_more = False
    found.save()
    return rows.row(found, a.now)


def over(a: Act, case: str | UUID, reason: str) -> CaseRow:
    """
    The matter of an undecided case ended by itself: it leaves the desk as `OVER`, whoever holds it, with the reason in its history. A decided one stays as
    it is.

    The desk is not told: what ended the matter has told everybody.
    """
    found = rows.locked(case, a.by)
    if found.state == "decided":
        return rows.row(found, a.now)
    found.state, found.outcome, found.reason, found.decided_by = "decided", OVER.code, reason, a.by.label
    found.decider, found.decided_at = None, a.now
    found.lease_until = found.snoozed_until = found.paused_at = None
    found.proposal = found.proposal_reason = found.proposal_seen = found.proposed_by = ""
    found.proposer = found.proposed_at = None
    found.save()
    log(a, found, OVER.code, reason, outcome=OVER.code)
    a.fact(
        CaseDecided(
            subject=Subject(found.subject_kind, found.subject_id),
            case_id=str(found.pk),
            desk=found.desk,
            outcome=OVER.code,
            seen=found.seen,
        )
    )
    return rows.row(found, a.now)


def turn(severity: Severity, opened: datetime, due: datetime | None) -> datetime:
    """A case's place in the queue under the policy."""
    return act_before(severity, opened, due, pace=policy().pace, hours=policy().hours)
