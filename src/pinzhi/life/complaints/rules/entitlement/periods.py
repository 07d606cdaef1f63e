"""The deadlines of a case, and the facts that follow from them: `in.<id>` while the period runs, `past.<id>` when it is over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.calendar import Calendar, Deadline, Roll
from pinzhi.law.rows import Row, Statutes, count
from pinzhi.life.complaints.rules.entitlement.answer import Due
from pinzhi.life.complaints.rules.entitlement.case import Case
from pinzhi.life.complaints.rules.entitlement.facts import Facts
from pinzhi.life.complaints.rules.entitlement.table import DeadlineRow, Rules

NEW_WARRANTY = "refund.warranty_start"
"""Since this row is in force the warranty runs from delivery or installation; before, from the invoice (rule of 1995)."""
OF_ORDER = frozenset({"received_on", "guarantee_start"})


def periods(case: Case, facts: Facts, rules: Rules, law: Statutes, calendar: Calendar) -> tuple[Due, ...]:
    """Every deadline that applies and has a start, in the order of the table."""
    found: dict[str, Due] = {}
    for row in rules.deadlines:
        if facts.any_claimed(row.when) and (due := _due(row, case, law, calendar, found)) is not None:
            found[row.id] = due
    return tuple(found.values())


def period_facts(case: Case, dues: tuple[Due, ...], rules: Rules) -> frozenset[str]:
    """`in.` and `past.` for every deadline whose start is known; the last possible day of a range still counts as in time."""
    rows = {r.id: r for r in rules.deadlines}
    facts = set()
    for due in dues:
        if due.deadline is None or (due.assumed and rows[due.id].only_known):
            continue
        asked = next((case.dates[n] for n in rows[due.id].asked if n in case.dates), case.complaint_on)
        facts.add(f"{'past' if asked > due.deadline.latest else 'in'}.{due.id}")
    return frozenset(facts)


def in_force(law: Statutes, id_: str, on: date) -> Row | None:
    """The row of a day, None when it was not in force. Raises KeyError for an id that does not exist."""
    return next((r for r in law.versions[id_] if r.holds(on)), None)


def _due(row: DeadlineRow, case: Case, law: Statutes, calendar: Calendar, found: Mapping[str, Due]) -> Due | None:
    source = in_force(law, row.law, case.complaint_on if row.by == "complaint" else case.order.ordered_on)
    begun = _start(row, case, law, found)
    if source is None or begun is None:
        return None
    start, assumed = begun
    try:
        deadline = _counted(row, source, start, case, calendar)
    except RefusedError as no:
        return Due(row.id, row.what, source, start, None, no.refusal.reason, assumed, row.shown)
    return None if deadline is None else Due(row.id, row.what, source, start, deadline, "", assumed, row.shown)


def _start(row: DeadlineRow, case: Case, law: Statutes, found: Mapping[str, Due]) -> tuple[date, str] | None:
    for name in row.starts:
        if name == "received_on" and case.order.received_on:
            return case.order.received_on, ""
        if name == "guarantee_start" and (begun := guarantee_start(case, law)):
            return begun, ""
        if name.startswith("deadline:") and (before := found.get(name.removeprefix("deadline:"))):
            return (before.deadline.latest, "deadline") if before.deadline else None
        if name in case.dates:
            return case.dates[name], ""
    return None if OF_ORDER & set(row.starts) else (case.complaint_on, "complaint")


def guarantee_start(case: Case, law: Statutes) -> date | None:
    """From when the guarantees run: the exchange, else installation or delivery, else (orders before 2024-07-01) the day of sale."""
    order = case.order
    if order.exchanged_on:
        return order.exchanged_on
    if in_force(law, NEW_WARRANTY, order.ordered_on) is None:
        return order.ordered_on
    return order.installed_on or order.received_on


def _counted(row: DeadlineRow, source: Row, start: date, case: Case, calendar: Calendar) -> Deadline | None:
    if source.id == NEW_WARRANTY:
        if case.order.warranty_months is None:
            return None
        ends = calendar.add_months(start, case.order.warranty_months, Roll.NONE).latest
        last = ends + timedelta(days=case.order.repair_days)
        return Deadline(last, last)
    promised = max((p.days for p in case.promises if p.days), default=0) if row.promised else 0
    if promised > (source.value or Decimal(0)):
        return calendar.add_days(start, promised, row.roll)
    return count(source, start, calendar, row.roll)
