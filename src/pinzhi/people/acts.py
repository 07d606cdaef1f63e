"""
`act`: permission + transaction + facts + ledger leaves + audit line, for every verb in the house.

    with act("casework.decide", by, subject=case.subject) as a:
        …                                   # rows
        a.fact(CaseDecided(...))            # what happened
        decisions.issue(a, ...)             # what we tell the world

Everything commits together or nothing does. A refusal raised inside leaves nothing behind but an audit line that it was refused.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from pinzhi.engine import outbox
from pinzhi.kernel import clock
from pinzhi.kernel.facts import Fact
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Subject
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor


@dataclass(slots=True)
class Act:
    """One act in progress. `id` ties its audit line, facts and decisions together; `now` is one moment for all of them."""

    verb: str
    by: Actor
    now: datetime
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    subject: Subject | None = None
    note: str = ""
    entries: list[outbox.Entry] = field(default_factory=list)

    def fact(self, what: Fact) -> None:
        """Say that this happened. Written, with its leaf and its deliveries, when the act ends."""
        self.entries.append(outbox.Entry.of_fact(what))

    def leaf(self, kind: str, ref: str, value: object) -> None:
        """Commit to `value` (a canonical value without personal data) in the ledger, beside the facts."""
        self.entries.append(outbox.Entry.of_value(kind, ref, value))


@contextmanager
def act(verb: str, by: Actor, *, subject: Subject | None = None, now: datetime | None = None) -> Iterator[Act]:
    """
    Do `verb` as `by`. Raises RefusedError(`not_permitted`) before anything is touched.

    `now` lets a replay or the simulated year act at its own moment; left out, the clock decides.
    """
    moment = now or clock.now()
    if not by.may(verb):
        _audit(verb, by, moment, uuid.uuid4().hex, subject, "refused", "not_permitted")
        raise RefusedError(
            Refusal("not_permitted", f"{by.label} may not do «{verb}»", "ask an administrator for the role that may")
        )
    running = Act(verb, by, moment, subject=subject)
    try:
        with transaction.atomic():
            yield running
            _audit(verb, by, moment, running.id, running.subject, "done", running.note)
            outbox.write(running.entries, at=moment, act=running.id, actor=by.label)
    except RefusedError as no:
        if not transaction.get_connection().in_atomic_block:
            _audit(verb, by, moment, running.id, running.subject, "refused", no.refusal.code)
        raise


def _audit(verb: str, by: Actor, at: datetime, act_id: str, subject: Subject | None, outcome: str, note: str) -> None:
    AuditLine.objects.create(
        act=act_id,
        at=at,
        verb=verb,
        actor=by.label,
        account_id=by.account_id,
        subject_kind=str(subject.kind) if subject else "",
        subject_id=subject.id if subject else "",
        outcome=outcome,
        note=note[:200],
    )
