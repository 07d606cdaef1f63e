"""
Inspections on site: asked for from a case at any desk, a day agreed with the merchant, answered point by point by somebody who had no part in the case.

While one is under way the clock of the case stands still and nobody decides it. When it closes, what was found stands in the evidence of the case.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any

from pinzhi.casework.checking import involved
from pinzhi.casework.checklists import shipped
from pinzhi.casework.contracts import Purpose
from pinzhi.casework.models import Case, Inspection
from pinzhi.casework.opening import ON_SITE, turn, update_evidence
from pinzhi.casework.policy import policy
from pinzhi.casework.rows import log
from pinzhi.casework.rules.inspection import Answer, Item, Result, check_result, proposed_days, resumed
from pinzhi.casework.working import free_for, on_case, unpaused
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.course import INSPECTION
from pinzhi.kernel.facts import InspectionClosed
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Severity
from pinzhi.law.tables import official
from pinzhi.people.acts import Act, act
from pinzhi.people.models import Account
from pinzhi.people.roles import STAFF, Actor


def unknown() -> RefusedError:
    """The answer for an inspection that is not there and for one of another merchant: the same."""
    return RefusedError.because("inspection_unknown", "there is no such inspection", "go back to the list")


def ask(
    case_id: str,
    by: Actor,
    *,
    reason: str,
    place_kind: str,
    place: str,
    days: Iterable[date],
    inspector: int,
    now: datetime | None = None,
) -> Inspection:
    """
    Ask for an inspection from a case: the days are proposed to the merchant, and the clock of the case stands still.

    Raises RefusedError: `reason_missing`, `place_missing`, `merchant_missing`, `inspection_open`, `case_decided`, `case_proposed`, `not_for_checks`, `leased`,
    `inspector_involved`, `assignee_unknown`, those of `proposed_days`.
    """
    with on_case("inspect", case_id, by, now=now) as (a, case):
        free_for(case, by, a.now)
        if case.purpose != Purpose.WORK:
            raise RefusedError.because("not_for_checks", "this case asks for an answer only", "decide by what is known")
        if case.state == "decided":
            raise RefusedError.because("case_decided", "the case is decided", "reopen it first")
        if case.state == "proposed":
            raise RefusedError.because("case_proposed", "an outcome is proposed", "reject or withdraw it first")
        unpaused(case)
        if not reason.strip():
            raise RefusedError.because("reason_missing", "it is not said why", "say why", field="reason")
        if place_kind not in shipped().places or not place.strip():
            raise RefusedError.because("place_missing", "it is not said where", "name the place", field="place")
        if not case.merchant_id:
            raise RefusedError.because("merchant_missing", "the case names no merchant", "inspections are of merchants")
        today = a.now.astimezone(SHANGHAI).date()
        wanted = proposed_days(days, today, official(), policy().inspection)
        visiting = _inspector(case, inspector, by)
        points = [
            {"id": i.id, "group_zh": g.name.zh, "group_en": g.name.en, "zh": i.text.zh, "en": i.text.en, "must": i.must}
            for g in shipped().groups_for(case.category)
            for i in g.items
        ]
        made = Inspection.objects.create(
            id=uuid.uuid4(),
            case=case,
            merchant_id=case.merchant_id,
            state="proposed",
            place_kind=place_kind,
            place=_short(place, 300),
            reason=_short(reason),
            asked_at=a.now,
            asked_by_id=by.account_id,
            inspector=visiting,
            days=[d.isoformat() for d in wanted],
            answer_by=official().add_working_days(today, policy().inspection.answer_days).latest,
            checklist=shipped().version,
            points=points,
        )
        log(a, case, "inspect", reason)
        case.paused_at = a.now
        if case.state in ("claimed", "snoozed"):
            case.state, case.assigned, case.lease_until, case.snoozed_until = "open", None, None, None
        case.save()
        return made


def propose(
    inspection_id: str, by: Actor, *, days: Iterable[date], inspector: int | None = None, now: datetime | None = None
) -> Inspection:
    """Propose other days, or send another inspector. The merchant answers anew. Raises as `ask` does, and `step_not_allowed`."""
    with _on("inspect", inspection_id, by, now=now) as (a, row):
        row.state = INSPECTION.step(row.state, "propose")
        today = a.now.astimezone(SHANGHAI).date()
        row.days = [d.isoformat() for d in proposed_days(days, today, official(), policy().inspection)]
        row.answer_by = official().add_working_days(today, policy().inspection.answer_days).latest
        row.day, row.declined = None, ""
        if inspector is not None:
            row.inspector = _inspector(row.case, inspector, by)
        row.save()
        return row


def confirm(inspection_id: str, by: Actor, *, day: str, now: datetime | None = None) -> Inspection:
    """The merchant confirms one of the days. Raises RefusedError: `day_not_proposed`, `day_past`, `step_not_allowed`, `inspection_unknown`."""
    with _on("appoint", inspection_id, by, now=now) as (a, row):
        state = INSPECTION.step(row.state, "confirm")
        if day not in row.days:
            raise RefusedError.because(
                "day_not_proposed", "that day was not proposed", "choose one of the days", field="day"
            )
        chosen = date.fromisoformat(day)
        if chosen < a.now.astimezone(SHANGHAI).date():
            raise RefusedError.because("day_past", "that day is over", "choose another, or decline", field="day")
        row.state, row.day = state, chosen
        row.save()
        return row


def decline(inspection_id: str, by: Actor, *, why: str, now: datetime | None = None) -> Inspection:
    """The merchant says that no day suits, and why. Raises RefusedError: `reason_missing`, `step_not_allowed`, `inspection_unknown`."""
    with _on("appoint", inspection_id, by, now=now) as (_a, row):
        row.state = INSPECTION.step(row.state, "decline")
        if not why.strip():
            raise RefusedError.because("reason_missing", "it is not said why", "say why", field="why")
        row.declined = _short(why)
        row.save()
        return row


def record(
    inspection_id: str,
    by: Actor,
    *,
    answers: Mapping[str, str],
    remarks: Mapping[str, str],
    finding: str = "",
    result: str = "",
    now: datetime | None = None,
) -> Inspection:
    """
    The inspector writes down what he finds; with a `result` the inspection closes, the case goes on, and what was found stands in its evidence.

    Points that are not named keep their answer. Raises RefusedError: `not_yours` for everybody but the inspector, `too_early` before the day, `answer_unknown`,
    `result_unknown`, those of `check_result`, `step_not_allowed`.
    """
    with _on("visit", inspection_id, by, now=now) as (a, row):
        INSPECTION.step(row.state, "close" if result else "record")
        if by.account_id is None or by.account_id != row.inspector_id:
            raise RefusedError.because("not_yours", "somebody else inspects here", "ask to be sent yourself")
        if row.day is None or a.now.astimezone(SHANGHAI).date() < row.day:
            raise RefusedError.because("too_early", "the day has not come", "write it down on site")
        known = {p["id"] for p in row.points}
        for point, said in answers.items():
            if point not in known or said not in set(Answer):
                raise RefusedError.because("answer_unknown", f"«{said}» to «{point}»", "choose an answer", field=point)
        row.answers = row.answers | dict(answers)
        row.remarks = row.remarks | {p: _short(text, 500) for p, text in remarks.items() if p in known}
        row.finding = _short(finding)
        if result:
            _close(a, row, result)
        row.save()
        return row


def give_up(inspection_id: str, by: Actor, *, why: str, now: datetime | None = None) -> Inspection:
    """Close without a visit: the merchant declined, or has not answered in time. Raises RefusedError: `still_time`, `finding_missing`, `step_not_allowed`."""
    with _on("inspect", inspection_id, by, now=now) as (a, row):
        INSPECTION.step(row.state, "give_up")
        if row.state == "proposed" and a.now.astimezone(SHANGHAI).date() <= row.answer_by:
            raise RefusedError.because(
                "still_time", f"the merchant may answer until {row.answer_by}", "wait, or cancel"
            )
        row.finding = _short(why)
        _close(a, row, Result.NOT_DONE)
        row.save()
        return row


def cancel(inspection_id: str, by: Actor, *, why: str, now: datetime | None = None) -> Inspection:
    """It is not needed any more: the case goes on without it. Raises RefusedError: `reason_missing`, `step_not_allowed`."""
    with _on("inspect", inspection_id, by, now=now) as (a, row):
        state = INSPECTION.step(row.state, "cancel")
        if not why.strip():
            raise RefusedError.because("reason_missing", "it is not said why", "say why", field="reason")
        row.state, row.finding, row.closed_at = state, _short(why), a.now
        row.save()
        log(a, row.case, "inspected", why)
        _resume(a, row.case)
        return row


# --- parts ---------------------------------------------------------------------------------------------------------------------------------


@contextmanager
def _on(verb: str, inspection_id: str, by: Actor, *, now: datetime | None) -> Iterator[tuple[Act, Inspection]]:
    with act(f"casework.{verb}", by, now=now) as a:
        try:
            key = uuid.UUID(str(inspection_id))
        except ValueError:
            raise unknown() from None
        row = Inspection.objects.select_for_update().filter(pk=key).first()
        if row is None or (by.outside and row.merchant_id != by.merchant_id):
            raise unknown()
        a.subject = Subject(Kind.MERCHANT, row.merchant_id)
        a.note = f"inspection:{row.pk}"
        row.case = Case.objects.select_for_update().get(pk=row.case_id)
        yield a, row


def _inspector(case: Case, account: int, by: Actor) -> Account:
    person = Account.objects.filter(pk=account, is_active=True).first()
    if person is None or not person.roles() & STAFF or not person.actor().may("casework.visit"):
        raise RefusedError.because(
            "assignee_unknown", "nobody who may inspect has this id", "choose a colleague", field="inspector"
        )
    if account == by.account_id or account in involved(case):
        raise RefusedError.because(
            "inspector_involved", "this person has a part in the matter", "send somebody else", field="inspector"
        )
    return person


def _close(a: Act, row: Inspection, result: str) -> None:
    if result not in set(Result):
        raise RefusedError.because("result_unknown", f"«{result}» is no result", "choose one", field="result")
    answers = {p: Answer(said) for p, said in row.answers.items()}
    items = [Item(p["id"], Text(p["zh"], p["en"]), p["must"]) for p in row.points]
    check_result(Result(result), answers, items, row.finding)
    failed = [i for i in items if i.must and answers.get(i.id) is Answer.NO]
    row.state, row.result, row.closed_at = "closed", result, a.now
    case = row.case
    a.fact(
        InspectionClosed(
            subject=Subject(Kind.MERCHANT, row.merchant_id),
            inspection_id=str(row.pk),
            case_id=str(case.pk),
            merchant_id=row.merchant_id,
            result=result,
            place=row.place_kind,
            points=len(items),
            failed=len(failed),
        )
    )
    log(a, case, "inspected", row.finding, outcome=result)
    _resume(a, case)
    found: list[dict[str, Any]] = list(case.evidence.get(ON_SITE, []))
    told = {
        "inspection": str(row.pk),
        "result": result,
        "on": row.day.isoformat() if row.day else "",
        "place": row.place_kind,
        "failed_zh": [i.text.zh for i in failed],
        "failed_en": [i.text.en for i in failed],
        "finding": row.finding,
    }
    update_evidence(a, case.pk, {**case.evidence, ON_SITE: [*found, told]})


def _resume(a: Act, case: Case) -> None:
    """The clock goes on with the working time that was left."""
    if case.paused_at is None:
        return
    case.due = resumed(case.due, case.paused_at, a.now, policy().hours, official())
    case.paused_at = None
    case.act_before = turn(Severity(case.severity), case.opened_at, case.due)
    case.save()


def _short(text: str, most: int = 0) -> str:
    return text.replace("\x00", "").strip()[: most or policy().inspection.most_characters]
