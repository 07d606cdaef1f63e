"""The official calendar: published dates, the unknown year, what was known when."""

import csv
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.calendar import NOT_PUBLISHED, Calendar, DayKind, Roll, add_hours
from pinzhi.law.tables import official

CAL = official()
D = date.fromisoformat
published_days = st.dates(date(2018, 1, 1), date(2026, 9, 1))


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        ("2026-02-13", 7, "2026-03-02"),
        ("2026-09-29", 7, "2026-10-14"),
        ("2025-01-24", 7, "2025-02-10"),
        ("2024-09-27", 7, "2024-10-12"),
        ("2026-02-13", 1, "2026-02-14"),  # a worked Saturday
        ("2018-12-28", 1, "2018-12-29"),  # worked by the notice of the year after
    ],
)
def test_published_dates(start, count, due):
    assert CAL.add_working_days(D(start), count).row() == {"due": due}


@pytest.mark.parametrize(
    ("year", "days"),
    [
        (2018, 250),
        (2019, 250),
        (2020, 249),
        (2021, 250),
        (2022, 249),
        (2023, 249),
        (2024, 251),
        (2025, 248),
        (2026, 248),
    ],
)
def test_length_of_the_working_year(year, days):
    assert CAL.working_days_in(year) == days


def test_a_year_without_a_notice_has_no_length():
    with pytest.raises(RefusedError) as no:
        CAL.working_days_in(2027)
    assert no.value.refusal.code == "calendar_not_published"


@pytest.mark.shared
def test_every_day_equals_the_public_table(shared):
    with shared.joinpath("data/cn-working-days/working_days.csv").open(encoding="utf-8") as f:
        listed = {D(r["date"]): r["kind"] for r in csv.DictReader(f)}
    ours = {"holiday": DayKind.HOLIDAY, "makeup_workday": DayKind.WORKED_WEEKEND}
    day = date(2018, 1, 1)
    while day <= date(2026, 12, 31):
        plain = DayKind.WEEKEND if day.weekday() >= 5 else DayKind.WORK
        assert CAL.day(day).kind is ours.get(listed.get(day, ""), plain), day
        day += timedelta(days=1)


@given(published_days, st.integers(1, 60))
def test_the_due_day_is_worked_and_counting_back_gives_the_number(start, count):
    due = CAL.add_working_days(start, count).due
    assert CAL.day(due).kind in (DayKind.WORK, DayKind.WORKED_WEEKEND)
    assert CAL.working_days_between(start, due) == (count, count)


@given(st.dates(date(2018, 1, 1), date(2030, 1, 1)), st.integers(0, 40), st.integers(1, 40))
def test_later_starts_and_longer_periods_never_end_earlier(start, days, count):
    here, later = CAL.add_working_days(start, count), CAL.add_working_days(start + timedelta(days=days), count)
    longer = CAL.add_working_days(start, count + days)
    assert here.earliest <= later.earliest
    assert here.latest <= later.latest
    assert here.earliest <= longer.earliest
    assert here.latest <= longer.latest
    assert start < here.earliest <= here.latest


@pytest.mark.parametrize("year", range(2019, 2027))
@pytest.mark.parametrize("count", [1, 3, 7, 15, 20])
def test_the_range_of_an_unpublished_year_holds_what_was_published_later(year, count):
    eve = date(year - 1, 10, 1)
    blind = Calendar(tuple(n for n in CAL.notices if n.year < year), CAL.almanac)
    for offset in range(400):
        start = eve + timedelta(days=offset)
        guess = blind.add_working_days(start, count)
        then = CAL.add_working_days(start, count)
        if then.due and then.due.year <= year:
            assert guess.earliest <= then.due <= guess.latest, start
            assert not (guess.due and guess.due.year >= year)


@given(st.dates(date(2027, 1, 1), date(2039, 1, 1)), st.integers(1, 90))
def test_an_unpublished_year_never_gives_a_date(start, count):
    found = CAL.add_working_days(start, count)
    assert found.due is None
    assert found.reason == NOT_PUBLISHED
    assert set(found.row()) == {"earliest", "latest", "reason", "years"}


def test_the_end_of_the_last_published_year_may_still_move():
    assert CAL.add_working_days(D("2026-12-21"), 3).row() == {"due": "2026-12-24"}
    late = CAL.add_working_days(D("2026-12-28"), 2)
    assert (late.earliest, late.reason, late.years) == (D("2026-12-30"), NOT_PUBLISHED, (2027,))
    assert late.latest > D("2026-12-31")


def test_an_old_deadline_is_recomputed_with_what_was_known():
    lengthened = CAL.add_working_days(D("2020-01-22"), 3)
    before = CAL.known(D("2020-01-22")).add_working_days(D("2020-01-22"), 3)
    assert before.due == D("2020-02-01")  # 23 January, 31 January, and the Saturday that was to be worked
    assert lengthened.due == D("2020-02-04")
    blind = CAL.known(D("2025-11-03")).add_working_days(D("2026-02-13"), 7)
    assert blind.due is None
    assert blind.earliest <= D("2026-03-02") <= blind.latest


@pytest.mark.parametrize(
    ("start", "count", "roll", "due"),
    [
        ("2026-09-24", 7, Roll.HOLIDAY, "2026-10-08"),  # ends on 1 October: first day after the holiday
        ("2026-09-24", 7, Roll.NONE, "2026-10-01"),
        ("2026-11-20", 1, Roll.HOLIDAY, "2026-11-21"),  # a plain Saturday is no public holiday
        ("2026-11-20", 1, Roll.REST_DAY, "2026-11-23"),
        ("2026-02-07", 7, Roll.REST_DAY, "2026-02-14"),  # a worked Saturday
        ("2026-04-20", 60, Roll.HOLIDAY, "2026-06-22"),  # Dragon Boat 19 to 21 June
    ],
)
def test_calendar_days_end_after_a_holiday(start, count, roll, due):
    assert CAL.add_days(D(start), count, roll).due == D(due)


def test_calendar_days_into_an_unpublished_holiday_give_a_range():
    assert CAL.add_days(D("2027-03-01"), 7).due == D("2027-03-08")
    spring = CAL.add_days(D("2027-01-30"), 7)
    assert (spring.due, spring.reason, spring.years) == (None, NOT_PUBLISHED, (2027,))
    assert (spring.earliest, spring.latest) == (D("2027-02-09"), D("2027-02-15"))


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [("2026-01-31", 1, "2026-02-28"), ("2026-05-15", 6, "2026-11-15"), ("2024-02-29", 12, "2025-02-28")],
)
def test_months_end_on_the_same_day_or_the_last(start, count, due):
    assert CAL.add_months(D(start), count).due == D(due)


def test_hours_run_through_the_night():
    assert add_hours(datetime(2026, 2, 16, 22, tzinfo=UTC), 4) == datetime(2026, 2, 17, 2, tzinfo=UTC)
    with pytest.raises(ValueError, match="zone"):
        add_hours(datetime(2026, 2, 16, 22), 4)


@pytest.mark.parametrize("count", [0, -3, 40_000])
def test_impossible_periods_are_refused(count):
    with pytest.raises(RefusedError) as no:
        CAL.add_working_days(D("2026-01-05"), count)
    assert no.value.refusal.code == "period_not_possible"


@pytest.mark.parametrize("day", ["1899-12-31", "2999-01-01"])
def test_days_outside_the_almanac_are_refused(day):
    with pytest.raises(RefusedError) as no:
        CAL.add_working_days(D(day), 3)
    assert no.value.refusal.code == "calendar_out_of_range"


def test_every_notice_is_well_formed():
    for notice in CAL.notices:
        assert notice.issued <= notice.known_from
        assert all(day.weekday() >= 5 for day in notice.worked)
        assert all(span.first <= span.last and span.holiday in CAL.almanac.names for span in notice.off)
        off = {d for span in notice.off for d in span.days()}
        assert not off & set(notice.worked)
