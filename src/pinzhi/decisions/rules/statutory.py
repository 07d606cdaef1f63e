"""What the law leaves to a policy: a period of our own may be longer than that of the statute in force on the day, never shorter."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pinzhi.decisions.rules.spans import AppealPolicy
from pinzhi.decisions.rules.versions import NoticePolicy
from pinzhi.law.rows import Statutes, Unit

APPEAL = "dsa.appeal"
"""Reg. (EU) 2022/2065 Art. 20(1). Chinese rules ask for a convenient way to appeal and name no period (令116 Art. 19, 20)."""
NOTICE = ("platform.rule_comment", "platform.rule_notice")
"""E-Commerce Law Art. 34, and order 116 Art. 12(1) since 2026-02-01."""
NOTICE_MAJOR = (*NOTICE, "platform.rule_notice_major")
"""Order 116 Art. 12(2) as well."""


def lawful_appeal(policy: AppealPolicy, on: date, law: Statutes) -> AppealPolicy:
    """The appeal period of a decision taken on a day: that of the policy, at least the statutory months."""
    return replace(policy, months=_at_least(policy.months, (APPEAL,), Unit.MONTH, on, law))


def lawful_notice(policy: NoticePolicy, on: date, law: Statutes) -> NoticePolicy:
    """The notice periods of a rule published on a day: those of the policy, at least the statutory days."""
    return NoticePolicy(
        _at_least(policy.days, NOTICE, Unit.CALENDAR_DAY, on, law),
        _at_least(policy.days_major, NOTICE_MAJOR, Unit.CALENDAR_DAY, on, law),
    )


def _at_least(ours: int, ids: tuple[str, ...], unit: Unit, on: date, law: Statutes) -> int:
    rows = (row for id_ in ids for row in law.find(id_, on=on))
    return max([ours, *(int(row.value) for row in rows if row.unit is unit and row.value is not None)])
