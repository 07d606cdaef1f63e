"""The official calendar: published test dates, year lengths, ranges for years without a notice, and every day of the public table."""

import csv
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.calendar import official

CAL = official()
DAYS = st.dates(date(2018, 1, 1), date(2026, 10, 1))


@pytest.mark.parametrize(("start", "n", "due"), [
    ("2026-02-13", 7, "2026-03-02"),  # over the Spring Festival; Monday to Friday would say 02-24
    ("2026-09-29", 7, "2026-10-14"),
    ("2025-01-24", 7, "2025-02-10"),
    ("2024-09-27", 7, "2024-10-12"),  # 12 October 2024 was a worked Saturday
])  # fmt: skip
def test_published_examples(start, n, due):
    assert CAL.after(date.fromisoformat(start), n).due == date.fromisoformat(due)


def test_working_days_a_year():
    counts = [
        sum(CAL.works(date(y, 1, 1) + timedelta(days=i)) for i in range((date(y + 1, 1, 1) - date(y, 1, 1)).days))
        for y in range(2018, 2027)
    ]
    assert counts == [250, 250, 249, 250, 249, 249, 251, 248, 248]


def test_a_year_without_a_notice_gives_a_range():
    found = CAL.after(date(2031, 2, 1), 7)
    assert found.due is None
    assert found.reason == "calendar not published"
    assert date(2031, 2, 8) <= found.earliest <= date(2031, 2, 11)
    assert date(2031, 2, 17) <= found.latest <= date(2031, 2, 24)


def test_the_last_days_of_the_last_year_are_not_known_yet():
    assert CAL.after(date(2026, 12, 21), 5).due is None or CAL.after(date(2026, 12, 21), 5).due <= date(2026, 12, 27)
    assert CAL.after(date(2026, 12, 24), 2).due is None


def test_a_calendar_deadline_that_ends_on_a_day_off_moves_on():
    assert CAL.after_days(date(2026, 2, 10), 7).due == date(2026, 2, 24)  # 17 February lies in the Spring Festival
    assert CAL.after_days(date(2026, 3, 2), 60).due == date(2026, 5, 6)  # 1 May begins the May holiday


def test_what_was_known_before_the_notice_is_a_range_and_stays_one():
    assert CAL.as_of(date(2025, 10, 1)).after(date(2026, 2, 13), 7).due is None
    assert CAL.as_of(date(2025, 11, 4)).after(date(2026, 2, 13), 7).due == date(2026, 3, 2)


def test_a_start_before_the_calendar_is_refused():
    with pytest.raises(RefusedError) as no:
        CAL.after(date(2017, 12, 31), 3)
    assert no.value.refusal.code == "calendar_not_known"


@given(DAYS, st.integers(1, 40))
def test_exactly_n_working_days_lie_between(start, n):
    due = CAL.after(start, n).due
    assert CAL.works(due)
    assert sum(CAL.works(start + timedelta(days=i)) for i in range(1, (due - start).days + 1)) == n


@given(DAYS, st.integers(1, 39))
def test_more_days_end_later(start, n):
    assert CAL.after(start, n).due < CAL.after(start, n + 1).due


@given(DAYS, st.integers(1, 25))
def test_the_range_of_an_unknown_year_would_have_held_the_truth(start, n):
    known = CAL.as_of(date(start.year - 1, 9, 1)) if start.year > 2020 else CAL
    guess, truth = known.after(start, n), CAL.after(start, n).due
    assert guess.due == truth or guess.earliest <= truth <= guess.latest


@pytest.mark.shared
def test_every_day_of_the_public_table(shared):
    table = {
        r["date"]: r["kind"]
        for r in csv.DictReader((shared / "data" / "cn-working-days" / "working_days.csv").open(encoding="utf-8"))
    }
    day, wrong = date(2018, 1, 1), []
    while day <= date(2026, 12, 31):
        kind = table.get(day.isoformat())
        expected = kind == "makeup_workday" or (kind is None and day.weekday() < 5)
        if CAL.works(day) != expected:
            wrong.append(day)
        day += timedelta(days=1)
    assert wrong == []
