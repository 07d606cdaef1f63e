"""
`act`: permission + transaction + facts + ledger leaves + audit line, for every verb in the house.

    with act("casework.decide", by, subject=case.subject) as a:
        …                                   # rows
        a.fact(CaseDecided(...))            # what happened
        decisions.issue(a, ...)             # what we tell the world

Everything commits together or nothing does. A refusal leaves nothing behind but an audit line that it was refused, even when a transaction around the act is
rolled back too. An act inside an act shares its transaction and its moment: the inner one asks for its own permission and has its own id and audit line
(`within` names the outer); its facts are written in the order in which they were said, when the outermost act ends. If the inner act is refused and the
outer one goes on, only the inner one's rows and facts are gone.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime

from pinzhi.engine import outbox
from pinzhi.engine.whole import outlive, whole
from pinzhi.kernel import clock
from pinzhi.kernel.fact import Fact
from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.kernel.values import Subject
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor


@dataclass(slots=True)
class Act:
    """
    One act in progress. `id` ties its audit line, facts and decisions together; `now` is one moment for all of them.

    `within` is the id of the act or of the bulk that this one is a part of. `note` goes on the audit line: codes and ids, never personal data.
    """

    verb: str
    by: Actor
    now: datetime
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    subject: Subject | None = None
    within: str = ""
    note: str = ""
    entries: list[outbox.Entry] = field(default_factory=list)

    def fact(self, what: Fact) -> None:
        """Say that this happened. Written, with its leaf and its deliveries, when the outermost act ends."""
        self.entries.append(outbox.Entry.of_fact(what, act=self.id, actor=self.by.label))

    def leaf(self, kind: str, ref: str, value: object) -> None:
        """Commit to `value` (a canonical value without personal data) in the ledger, beside the facts."""
        self.entries.append(outbox.Entry.of_value(kind, ref, value))


_running: ContextVar[Act | None] = ContextVar("running_act", default=None)


@contextmanager
def act(
    verb: str, by: Actor, *, subject: Subject | None = None, now: datetime | None = None, within: str = ""
) -> Iterator[Act]:
    """
    Do `verb` as `by`. Raises RefusedError(`not_permitted`) before anything is touched.

    `now` lets a replay or the simulated year act at its own moment; left out, the act around it or the clock decides.
    """
    outer = _running.get()
    moment = now or (outer.now if outer else clock.now())
    running = Act(verb, by, moment, subject=subject, within=within or (outer.id if outer else ""))
    _permit(running)
    token = _running.set(running)
    try:
        with whole():
            yield running
            _audit(running, "done", running.note)
            if outer is None:
                outbox.write(running.entries, at=moment, act=running.id, actor=by.label)
    except RefusedError as no:
        _refused(running, no.refusal.code)
        raise
    finally:
        _running.reset(token)
    if outer is not None:
        outer.entries.extend(running.entries)


def permit(verb: str, by: Actor, *, subject: Subject | None = None) -> None:
    """
    Ask for permission before long work that must not hold a transaction open; the act that writes its result asks again.

    Raises RefusedError(`not_permitted`), with an audit line as `act` leaves one.
    """
    _permit(Act(verb, by, clock.now(), subject=subject))


def _permit(what: Act) -> None:
    if not what.by.may(what.verb):
        _refused(what, "not_permitted")
        raise RefusedError(
            Refusal(
                "not_permitted",
                f"{what.by.label} may not do «{what.verb}»",
                "ask an administrator for the role that may",
            )
        )


def _refused(what: Act, code: str) -> None:
    outlive(lambda: _audit(what, "refused", code))


def _audit(what: Act, outcome: str, note: str) -> None:
    AuditLine.objects.create(
        act=what.id,
        within=what.within,
        at=what.now,
        verb=what.verb,
        actor=what.by.label,
        account_id=what.by.account_id,
        subject_kind=str(what.subject.kind) if what.subject else "",
        subject_id=what.subject.id[:128]
        if what.subject
        else "",  # a refusal of an id that is too long leaves its line too
        outcome=outcome,
        note=note[:200],
    )
