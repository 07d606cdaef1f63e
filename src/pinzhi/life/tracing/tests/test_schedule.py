"""Time tables of subscriptions: when they come next, and what is no time table."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.clock import SHANGHAI
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.epcis import schedule

NOW = datetime(2026, 11, 20, 8, 30, 15, tzinfo=SHANGHAI)  # a Friday
NEXT = {
    "every night": ({"hour": "1", "minute": "5"}, "2026-11-21T01:05:00+08:00"),
    "the hour": ({"hour": "9"}, "2026-11-20T09:00:00+08:00"),
    "minutes": ({"minute": "0,[15-17],40"}, "2026-11-20T08:40:00+08:00"),
    "seconds": ({"second": "[0-10],20"}, "2026-11-20T08:30:20+08:00"),
    "this very second is over": ({"second": "15"}, "2026-11-20T08:31:15+08:00"),
    "Mondays": ({"dayOfWeek": "1", "hour": "8"}, "2026-11-23T08:00:00+08:00"),
    "the first": ({"dayOfMonth": "1"}, "2026-12-01T00:00:00+08:00"),
    "a month": ({"month": "3"}, "2027-03-01T00:00:00+08:00"),
    "leap day": ({"month": "2", "dayOfMonth": "29"}, "2028-02-29T00:00:00+08:00"),
    "an hour on a day": ({"dayOfMonth": "[20-21]", "hour": "7", "minute": "59"}, "2026-11-21T07:59:00+08:00"),
}


@pytest.mark.parametrize("name", NEXT)
def test_when_it_comes_next(name):
    fields, wanted = NEXT[name]
    assert schedule.read(fields, now=NOW).after(NOW.astimezone(UTC)).isoformat() == wanted


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"year": "1"},
        {"hour": "x"},
        {"hour": ""},
        {"hour": "-1"},
        {"dayOfWeek": "0"},
        {"month": "[3-1]"},
        {"second": "60"},
        [],
    ],
)
def test_what_is_no_time_table(fields):
    with pytest.raises(RefusedError) as no:
        schedule.read(fields, now=NOW)
    assert no.value.refusal.code == "subscription_invalid"


@given(st.integers(0, 59), st.integers(0, 23), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_it_comes_within_a_day_and_always_later(minute, hour, moment):
    start = moment.replace(tzinfo=SHANGHAI)
    found = schedule.read({"hour": str(hour), "minute": str(minute)}, now=start).after(start)
    assert (found.hour, found.minute, found.second) == (hour, minute, 0)
    assert 0 < (found - start).total_seconds() <= 86_400
