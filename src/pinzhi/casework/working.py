"""What people do with a case before it is decided: one act each, with a line in its history."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from uuid import UUID

from pinzhi.casework import rows
from pinzhi.casework.checking import subject_of
from pinzhi.casework.contracts import CaseRow
from pinzhi.casework.models import Case
from pinzhi.casework.policy import policy
from pinzhi.casework.rows import before, log, step
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.acts import Act, act
from pinzhi.people.models import Account
from pinzhi.people.roles import STAFF, Actor


@contextmanager
def on_case(
    verb: str, case_id: str | UUID, by: Actor, *, now: datetime | None = None, bulk: str = ""
) -> Iterator[tuple[Act, Case]]:
    """An act on one case: permission, ownership, the locked row. The lease of another holds everything back but reading and commenting."""
    with act(f"casework.{verb}", by, now=now, within=bulk) as a:
        case = rows.locked(case_id, by)
        a.subject = subject_of(case)
        a.note = f"case:{case.pk}"
        yield a, case


def free_for(case: Case, by: Actor, now: datetime) -> None:
    """Raise RefusedError(`leased`) while somebody else works on the case; says until when."""
    holding = rows.holder(case, now)
    if holding is not None and holding != by.account_id:
        raise RefusedError.because(
            "leased",
            f"{rows.name_of(case.assigned)} works on this case until {case.lease_until:%Y-%m-%d %H:%M:%S %Z}",
            "take another case, or ask for it to be released",
        )


def unpaused(case: Case) -> None:
    """Raise RefusedError(`inspection_open`) while a case waits for what is found on site."""
    if case.paused_at is not None:
        raise RefusedError.because(
            "inspection_open", "an inspection on site is under way", "close or cancel the inspection first"
        )


def claim(case_id: str | UUID, by: Actor, *, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Take a case for `lease_minutes`; again renews. Raises RefusedError(`leased`) naming until when, `step_not_allowed`, `case_unknown`."""
    with on_case("claim", case_id, by, now=now, bulk=bulk) as (a, case):
        free_for(case, by, a.now)
        if by.account_id is None:
            raise RefusedError.because("needs_person", "only a person can take a case", "log in as one")
        if rows.holder(case, a.now) != by.account_id:
            was = before(case)
            case.state, case.assigned_id = step(case, "claim", a.now), by.account_id
            case.snoozed_until = None
            log(a, case, "claim", before=was)
        case.lease_until = a.now + timedelta(minutes=policy().desk.lease_minutes)
        return _saved(case, a)


def release(case_id: str | UUID, by: Actor, *, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Give a claimed case back to the queue. A senior may release a colleague's."""
    with on_case("release", case_id, by, now=now, bulk=bulk) as (a, case):
        if not by.may("casework.assign"):
            free_for(case, by, a.now)
        log(a, case, "release", before=before(case))
        case.state, case.assigned_id, case.lease_until = step(case, "release", a.now), None, None
        return _saved(case, a)


def snooze(
    case_id: str | UUID, by: Actor, *, until: datetime, note: str = "", now: datetime | None = None, bulk: str = ""
) -> CaseRow:
    """Put a case aside until a moment, not beyond its deadline. Raises RefusedError(`snooze_past`, `snooze_beyond_due`)."""
    with on_case("snooze", case_id, by, now=now, bulk=bulk) as (a, case):
        free_for(case, by, a.now)
        if until <= a.now:
            raise RefusedError.because("snooze_past", "that moment has passed", "choose a later one", field="until")
        if case.due is not None and until > case.due > a.now:
            raise RefusedError.because(
                "snooze_beyond_due",
                f"the case is due at {case.due:%Y-%m-%d %H:%M %Z}",
                "choose a moment before it",
                field="until",
            )
        log(a, case, "snooze", note, before=before(case))
        case.state, case.snoozed_until, case.lease_until = step(case, "snooze", a.now), until, None
        return _saved(case, a)


def wake(case_id: str | UUID, by: Actor, *, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Bring a snoozed case back before its time."""
    with on_case("wake", case_id, by, now=now, bulk=bulk) as (a, case):
        was = before(case)
        case.state, case.snoozed_until = step(case, "wake", a.now), None
        log(a, case, "wake", before=was)
        return _saved(case, a)


def assign(
    case_id: str | UUID, by: Actor, *, to: int, note: str = "", now: datetime | None = None, bulk: str = ""
) -> CaseRow:
    """Give a case to a colleague, with a lease as if he had claimed it. Raises RefusedError(`assignee_unknown`) unless `to` works at desks."""
    with on_case("assign", case_id, by, now=now, bulk=bulk) as (a, case):
        person = Account.objects.filter(pk=to, is_active=True).first()
        if person is None or not person.roles() & STAFF or not person.actor().may("casework.decide"):
            raise RefusedError.because(
                "assignee_unknown", "nobody who works at a desk has this id", "choose a colleague", field="to"
            )
        was = before(case)
        if rows.holder(case, a.now) is None:
            case.state = step(case, "claim", a.now)
        case.assigned, case.snoozed_until = person, None
        case.lease_until = a.now + timedelta(minutes=policy().desk.lease_minutes)
        log(a, case, "assign", note, before=was)
        return _saved(case, a)


def escalate(case_id: str | UUID, by: Actor, *, note: str, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Hand a case upwards with a reason: it returns to the queue, marked for seniors. Raises RefusedError(`reason_missing`)."""
    with on_case("escalate", case_id, by, now=now, bulk=bulk) as (a, case):
        free_for(case, by, a.now)
        _undecided(case)
        _reason(note)
        log(a, case, "escalate", note, before=before(case))
        case.escalated = True
        if case.state in ("claimed", "snoozed"):
            case.state, case.assigned, case.lease_until, case.snoozed_until = "open", None, None, None
        return _saved(case, a)


def ask_for_more(case_id: str | UUID, by: Actor, *, note: str, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Ask the station or the merchant for more; the flag goes when new evidence arrives. Raises RefusedError(`reason_missing`)."""
    with on_case("ask", case_id, by, now=now, bulk=bulk) as (a, case):
        free_for(case, by, a.now)
        _undecided(case)
        _reason(note)
        log(a, case, "ask", note, before=before(case))
        case.waits_for_more = True
        return _saved(case, a)


def comment(case_id: str | UUID, by: Actor, *, note: str, now: datetime | None = None, bulk: str = "") -> CaseRow:
    """Add a remark to the history. Allowed in every state. Raises RefusedError(`reason_missing`) for an empty one."""
    with on_case("comment", case_id, by, now=now, bulk=bulk) as (a, case):
        _reason(note)
        log(a, case, "comment", note)
        return rows.row(case, a.now)


def _undecided(case: Case) -> None:
    if case.state == "decided":
        raise RefusedError.because("case_decided", "the case is decided", "undo or reopen it first")


def _reason(note: str) -> None:
    if not note.strip():
        raise RefusedError.because("reason_missing", "this needs a sentence", "say why", field="note")


def _saved(case: Case, a: Act) -> CaseRow:
    case.save()
    return rows.row(case, a.now)
