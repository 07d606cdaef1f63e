"""Papers that end. Pure."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.admission.rules.facts import months_later
from pinzhi.life.admission.rules.papers import day_in, ended, ends, reminder
from pinzhi.life.admission.rules.policy import Papers
from pinzhi.life.admission.tests.goods import goods, paper

POLICY = Papers(warn_days=(30, 7, 1, 0), report_months=12)
TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("day", "months", "later"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2027, 12, 31), 2, date(2028, 2, 29)),
        (date(2026, 11, 24), 12, date(2027, 11, 24)),
        (date(9999, 12, 1), 12, date.max),
    ],
)
def test_months_later(day, months, later):
    assert months_later(day, months) == later


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-03", date(2026, 5, 3)),
        (" 2026-05-03T10:00:00+08:00", date(2026, 5, 3)),
        ("2026-02-30", None),
        ("长期", None),
        ("", None),
    ],
)
def test_days_that_can_be_read(text, day):
    assert day_in(text) == day


def test_a_paper_states_its_end_and_a_report_ages():
    listing = goods(
        documents=(
            paper("authorisation", "A-1", valid_to="2026-12-01"),
            paper("test_report", "R-1", issued="2026-02-28"),
            paper("test_report", "R-2", issued="2026-02-28", valid_to="2026-03-31"),
            paper("licence", "N-1", valid_to="长期"),
        )
    )
    assert [(e.kind, e.number, e.expires_on.isoformat(), e.stated) for e in ends(listing, POLICY)] == [
        ("authorisation", "A-1", "2026-12-01", True),
        ("test_report", "R-1", "2027-02-28", False),
        ("test_report", "R-2", "2026-03-31", True),
    ]


def test_a_paper_holds_through_its_last_day():
    listing = goods(documents=(paper("ccc", "2026010101000001", valid_to="2026-11-24"),))
    assert ended(listing, TODAY, POLICY) == ()
    (gap,) = ended(listing, TODAY + timedelta(days=1), POLICY)
    assert (gap.claim, gap.kinds) == ("document:0", ("ccc",))
    assert "2026-11-24" in gap.reason.zh


def test_another_paper_of_the_kind_fills_the_cell():
    old, new = paper("ccc", "1", valid_to="2026-01-01"), paper("ccc", "2", valid_to="2027-01-01")
    assert ended(goods(documents=(old, new)), TODAY, POLICY) == ()
    assert ended(goods(documents=(old, paper("ccc", "3"))), TODAY, POLICY) == ()
    assert len(ended(goods(documents=(old, paper("licence", "3"))), TODAY, POLICY)) == 1


@pytest.mark.parametrize(
    ("left", "told", "line"),
    [
        (31, None, None),
        (30, None, 30),
        (29, 30, None),
        (7, 30, 7),
        (3, 30, 7),  # the seventh day was missed
        (3, 7, None),
        (1, 7, 1),
        (0, 1, 0),
        (0, None, 0),
        (0, 0, None),
        (-1, 0, None),
    ],
)
def test_reminders(left, told, line):
    assert reminder(TODAY + timedelta(days=left), TODAY, told, POLICY.warn_days) == line


@given(st.lists(st.integers(0, 60), min_size=1, max_size=60, unique=True))
def test_every_line_is_said_at_most_once_and_the_last_one_is_never_missed(days):
    told, said = None, []
    for left in sorted(days, reverse=True):
        line = reminder(TODAY + timedelta(days=left), TODAY, told, POLICY.warn_days)
        if line is not None:
            said.append(line)
            told = line
    assert said == sorted(set(said), reverse=True)
    nearest = min((w for w in POLICY.warn_days if w >= min(days)), default=None)
    assert (said[-1] if said else None) == nearest


def test_the_last_day_is_found_by_every_name_that_the_evidence_matrix_knows():
    from pinzhi.life.admission.rules.papers import ENDS
    from pinzhi.life.admission.tables import matrix

    assert set(ENDS) == matrix().fields["expires"]
    listing = goods(documents=(paper("ccc", "1", 有效期至="2024年3月1日至2026年11月24日"),))
    assert [e.expires_on for e in ends(listing, POLICY)] == [date(2026, 11, 24)]
