"""A policy may be more generous than the statute of the day, never less."""

from datetime import date

import pytest

from pinzhi.decisions.rules.spans import AppealPolicy
from pinzhi.decisions.rules.statutory import APPEAL, NOTICE, NOTICE_MAJOR, lawful_appeal, lawful_notice
from pinzhi.decisions.rules.versions import NoticePolicy
from pinzhi.law.tables import statutes

D = date.fromisoformat
LAW = statutes()


@pytest.mark.parametrize(
    ("ours", "day", "months"),
    [(6, "2026-11-25", 6), (3, "2026-11-25", 6), (12, "2026-11-25", 12), (3, "2024-02-16", 3)],
)
def test_appeal(ours, day, months):
    assert lawful_appeal(AppealPolicy(ours, ("ban",)), D(day), LAW) == AppealPolicy(months, ("ban",))


@pytest.mark.parametrize(
    ("ours", "day", "days"),
    [
        ((7, 15), "2026-11-25", (7, 15)),
        ((1, 1), "2026-11-25", (7, 15)),
        ((1, 1), "2026-01-31", (7, 7)),  # before order 116 only the E-Commerce Law
        ((1, 1), "2018-12-31", (1, 1)),
        ((30, 30), "2026-11-25", (30, 30)),
    ],
)
def test_notice(ours, day, days):
    assert lawful_notice(NoticePolicy(*ours), D(day), LAW) == NoticePolicy(*days)


def test_the_rows_that_are_asked_for_exist():
    known = {row.id for row in LAW.rows}
    assert {APPEAL, *NOTICE, *NOTICE_MAJOR} <= known
