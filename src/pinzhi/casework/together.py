"""
Many cases at once: first what will not be done and why, then the rest, each as an act of its own under one number; and all of it taken back as one.

One case that cannot be done never holds up the others.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from pinzhi.casework import deciding, queries, rows, working
from pinzhi.casework.contracts import CaseRow
from pinzhi.casework.desks import DESKS
from pinzhi.casework.models import Case, CaseEvent
from pinzhi.casework.rules.bulk import Asked, BulkPlan, Choice, Doer, OutcomeRule, Skipped, plan_bulk
from pinzhi.engine.whole import whole
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.roles import Actor

AT_ONCE = 200
Doing = Callable[[Choice, Actor, Asked, str, datetime], CaseRow]


@dataclass(frozen=True, slots=True)
class BulkDone:
    """What became of a bulk: its number (undo takes it), the cases done, those not done with the reason."""

    number: str
    done: tuple[CaseRow, ...]
    skipped: tuple[Skipped, ...]


def _until(asked: Asked) -> datetime:
    if asked.until is None:
        raise RefusedError.because("snooze_past", "no moment was named", "choose one", field="until")
    return asked.until


_DO: dict[str, Doing] = {
    "claim": lambda c, by, _a, n, now: working.claim(c.id, by, now=now, bulk=n),
    "release": lambda c, by, _a, n, now: working.release(c.id, by, now=now, bulk=n),
    "wake": lambda c, by, _a, n, now: working.wake(c.id, by, now=now, bulk=n),
    "snooze": lambda c, by, a, n, now: working.snooze(c.id, by, until=_until(a), note=a.sentence, now=now, bulk=n),
    "escalate": lambda c, by, a, n, now: working.escalate(c.id, by, note=a.sentence, now=now, bulk=n),
    "ask": lambda c, by, a, n, now: working.ask_for_more(c.id, by, note=a.sentence, now=now, bulk=n),
    "comment": lambda c, by, a, n, now: working.comment(c.id, by, note=a.sentence, now=now, bulk=n),
    "assign": lambda c, by, a, n, now: working.assign(c.id, by, to=a.to, note=a.sentence, now=now, bulk=n),
    "decide": lambda c, by, a, n, now: deciding.decide(
        c.id, a.outcome, by, seen=c.seen, reason=a.sentence, now=now, bulk=n
    ),
    "confirm": lambda c, by, _a, n, now: deciding.confirm(c.id, by, seen=c.seen, now=now, bulk=n),
    "reject": lambda c, by, a, n, now: deciding.reject(c.id, by, reason=a.sentence, now=now, bulk=n),
    "reopen": lambda c, by, a, n, now: deciding.reopen(c.id, by, reason=a.sentence, now=now, bulk=n),
}
VERBS = tuple(_DO)


def plan(asked: Asked, chosen: Sequence[Choice], by: Actor, *, now: datetime | None = None) -> BulkPlan:
    """
    What `bulk` would do and what not. One query. Nothing is changed.

    Raises RefusedError(`verb_unknown`, `not_permitted`, `bulk_too_many`) for the whole.
    """
    if asked.verb not in _DO:
        raise RefusedError.because("verb_unknown", f"«{asked.verb}» is not done in bulk", f"one of: {', '.join(VERBS)}")
    if not by.may(f"casework.{asked.verb}"):
        raise RefusedError.because(
            "not_permitted",
            f"{by.label} may not do «casework.{asked.verb}»",
            "ask an administrator for the role that may",
        )
    if len({c.id for c in chosen}) > AT_ONCE:
        raise RefusedError.because("bulk_too_many", f"more than {AT_ONCE} cases were chosen", "choose fewer")
    moment = now or clock.now()
    desks = {
        name: {o.code: OutcomeRule(o.needs_reason, partial(desk.needs_two, o.code)) for o in desk.outcomes}
        for name, desk in DESKS.items()
    }
    known = queries.cases([c.id for c in chosen], by, now=moment)
    doer = Doer(by.account_id, by.may("casework.assign"))
    return plan_bulk(asked, chosen, known, by=doer, desks=desks, now=moment)


def bulk(asked: Asked, chosen: Sequence[Choice], by: Actor, *, now: datetime | None = None) -> BulkDone:
    """
    Do one thing to every chosen case that it can be done to, each as its own act under one number.

    What the plan leaves out and what is refused meanwhile stands in `skipped` with its reason; the rest is done. Raises as `plan` does, having done nothing.
    """
    moment = now or clock.now()
    will = plan(asked, chosen, by, now=moment)
    number = uuid.uuid4().hex
    done: list[CaseRow] = []
    skipped = list(will.skipped)
    for choice in will.do:
        try:
            done.append(_DO[asked.verb](choice, by, asked, number, moment))
        except RefusedError as no:
            skipped.append(Skipped(choice.id, None, no.refusal))
    return BulkDone(number, tuple(done), tuple(skipped))


def undo_bulk(number: str, by: Actor, *, reason: str = "", now: datetime | None = None) -> BulkDone:
    """
    Take back what a bulk did, as one: every case to which nothing has been done since. The undo has a number of its own.

    Each case is held to the conditions of `undo`. Raises RefusedError(`bulk_unknown`) where nothing of it is left to take back.
    """
    moment = now or clock.now()
    own = CaseEvent.objects.filter(bulk=number, undone_by="").exclude(verb__in=("undo", "comment"))
    ids = [str(pk) for pk in dict.fromkeys(own.order_by("-id").values_list("case", flat=True))] if number else []
    if not ids:
        raise RefusedError.because("bulk_unknown", "there is nothing to take back", "look at the history of the cases")
    again = uuid.uuid4().hex
    done: list[CaseRow] = []
    skipped: list[Skipped] = []
    for case_id in ids:
        try:
            with whole():
                _nothing_since(case_id, number, by)
                done.append(deciding.undo(case_id, by, reason=reason, now=moment, bulk=again))
        except RefusedError as no:
            skipped.append(Skipped(case_id, None, no.refusal))
    return BulkDone(again, tuple(done), tuple(skipped))


def _nothing_since(case_id: str, number: str, by: Actor) -> None:
    case: Case = rows.locked(case_id, by)
    last = deciding.last_step(case)
    if last is None or last.bulk != number:
        raise RefusedError.because(
            "done_since", "something else has been done to this case since", "look at its history and undo it there"
        )
