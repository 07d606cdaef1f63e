"""
What is the buyer owed, and by when? A pure engine over rows of rules and rows of law.

    from pinzhi.life.complaints.rules.entitlement import entitle, read_case
    case = read_case(document)               # Case; RefusedError names the field that is wrong
    answer = entitle(case, rules, law, calendar)   # Answer: remedies, best, deadlines, what nobody understood
    answer.document()                        # the shape of the interface contract

`rules` come from `complaints.tables.entitlement_rules()`, `law` and `calendar` from `law.tables`. Nothing is promised: every answer carries `ESTIMATE`.
The same case in any order of findings gives the same answer. Money is decimal yuan, rounded once to the fen, halves up.
"""

from __future__ import annotations

from collections.abc import Iterator

from pinzhi.law.calendar import Calendar
from pinzhi.law.rows import Statutes
from pinzhi.life.complaints.rules.entitlement.answer import (
    ESTIMATE,
    Answer,
    Best,
    Considered,
    Due,
    Named,
    Remedy,
)
from pinzhi.life.complaints.rules.entitlement.best import best
from pinzhi.life.complaints.rules.entitlement.case import Case, Finding, Order, Promise, State
from pinzhi.life.complaints.rules.entitlement.deciding import Ground, remedies
from pinzhi.life.complaints.rules.entitlement.facts import CHANNELS, derive, facts_of
from pinzhi.life.complaints.rules.entitlement.periods import in_force, period_facts, periods
from pinzhi.life.complaints.rules.entitlement.reading import read_case
from pinzhi.life.complaints.rules.entitlement.table import Rules, rules

__all__ = [
    "ESTIMATE",
    "Answer",
    "Best",
    "Case",
    "Considered",
    "Due",
    "Finding",
    "Named",
    "Order",
    "Promise",
    "Remedy",
    "Rules",
    "State",
    "entitle",
    "read_case",
    "rules",
]


def entitle(case: Case, rules: Rules, law: Statutes, calendar: Calendar) -> Answer:
    """Everything that the rows say about the case."""
    facts = facts_of(case, rules)
    if in_force(law, "return.confirmation", case.order.ordered_on) is not None:
        facts = facts.with_shown({"confirmation_in_force"})
    facts = derive(facts, rules)
    dues = periods(case, facts, rules, law, calendar)
    facts = derive(facts.with_shown(period_facts(case, dues, rules)), rules)
    found = remedies(Ground(case, facts, rules, law))
    unknown = tuple(sorted({*case.not_understood, *_unknown(case, rules)}))
    return Answer(case.id, case.order.id, found, best(found), dues, unknown)


def _unknown(case: Case, rules: Rules) -> Iterator[tuple[str, str]]:
    """Names that no row knows, with where they stand."""
    yield from ((f.name, "findings") for f in case.findings if f.name not in rules.names)
    yield from ((n, "promises.when") for p in case.promises for n in p.when if n not in rules.names)
    yield from ((e, "evidence") for e in case.evidence if e not in rules.evidence)
    if case.order.channel not in CHANNELS:
        yield case.order.channel, "order.channel"
