"""The clocks of a complaint: published days, pauses for named causes, breaches that stay, and a slow reference that walks hour by hour."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pinzhi.kernel.values import Text
from pinzhi.law.calendar import Calendar, Roll
from pinzhi.law.rows import Row, Statutes, Unit
from pinzhi.law.tables import official, statutes
from pinzhi.life.complaints.rules import clocks as c
from pinzhi.life.complaints.rules.clocks import CHINA, Clock, ClockRow, Standing, Step, breaches, clocks
from pinzhi.life.complaints.tables import clock_rules, packaged_policy

LAW, CALENDAR, RULES, FIGURES = statutes(), official(), clock_rules(), packaged_policy().clocks
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=CHINA)


def run(log: list[Step], now: str | datetime, calendar: Calendar = CALENDAR, law: Statutes = LAW) -> dict[str, Clock]:
    moment = at(now) if isinstance(now, str) else now
    return {found.name: found for found in clocks(log, RULES, FIGURES, law, calendar, moment)}


def steps(*pairs: tuple[str, str]) -> list[Step]:
    return [Step(at(when), kind, "test") for when, kind in pairs]


# --- exact values --------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "name", "kinds", "due"),
    [
        ("2026-02-13T10:00", "regulator_accepts", ["regulator_received"], "2026-03-03T00:00"),  # last day 2 March
        ("2026-09-29T10:00", "regulator_accepts", ["regulator_received"], "2026-10-15T00:00"),  # last day 14 October
        ("2026-05-06T09:00", "mediation", ["regulator_accepted"], "2026-07-06T00:00"),
        ("2026-05-06T09:00", "mediation_told", ["mediation_ended"], "2026-05-15T00:00"),  # 9 May is worked
        ("2026-05-06T09:00", "clue_check", ["clue_found"], "2026-05-27T00:00"),
        ("2026-05-06T09:00", "evidence_export", ["clue_found"], "2026-05-07T09:00"),
        ("2026-05-06T09:00", "refund", ["returned_goods_received"], "2026-05-14T00:00"),
        ("2026-05-06T09:00", "refund_target", ["returned_goods_received"], "2026-05-08T09:00"),
        ("2026-05-06T09:00", "refund_delay", ["returned_goods_received"], "2026-05-22T00:00"),
        ("2026-05-06T09:00", "return_delay", ["return_requested"], "2026-05-22T00:00"),
        ("2026-05-06T09:00", "duty_delay", ["duty_demanded"], "2026-05-22T00:00"),
        ("2026-05-06T09:00", "official_delay", ["official_return_demanded"], "2026-05-22T00:00"),
        ("2026-05-06T09:00", "prepaid_delay", ["prepaid_refund_demanded"], "2026-05-22T00:00"),
        ("2026-05-06T09:00", "competence", ["competence_disputed"], "2026-05-15T00:00"),
        ("2026-05-06T09:00", "acknowledged", ["submitted"], "2026-05-06T09:01"),
        ("2026-05-06T23:50", "severe_person", ["graded_severe"], "2026-05-07T00:05"),
        ("2026-05-06T23:50", "severe_proposal", ["graded_severe"], "2026-05-07T03:50"),
        ("2026-05-06T09:00", "merchant_answer", ["sent_to_merchant"], "2026-05-07T09:00"),
        ("2026-05-06T09:00", "first_proposal", ["submitted"], "2026-05-08T09:00"),
        ("2026-05-06T09:00", "platform_decision", ["disputed"], "2026-05-12T00:00"),
    ],
)
def test_when_each_clock_is_due(start: str, name: str, kinds: list[str], due: str) -> None:
    found = run([Step(at(start), kind) for kind in kinds], start)[name]
    assert found.due.at == at(due)
    assert found.standing is Standing.RUNNING


def test_every_clock_has_an_exact_case() -> None:
    cases = test_when_each_clock_is_due.pytestmark[0].args[1]
    assert {r.id for r in RULES.rows} - {name for _, name, _, _ in cases} == {"clue_check_extended"}


def test_an_extension_counts_from_the_clue_and_only_when_it_was_granted() -> None:
    log = steps(("2026-05-06T09:00", "clue_found"))
    assert "clue_check_extended" not in run(log, "2026-05-20T09:00")
    log += steps(("2026-05-20T10:00", "clue_check_extended"))
    found = run(log, "2026-05-20T11:00")
    assert found["clue_check"].standing is Standing.ENDED
    assert found["clue_check_extended"].due.at == at("2026-06-17T00:00")
    assert found["clue_check_extended"].started == at("2026-05-06T09:00")


def test_the_law_of_the_day_on_which_the_clock_starts() -> None:
    before = run(steps(("2024-06-28T09:00", "regulator_accepted")), "2024-06-28T09:00")["mediation"]
    after = run(steps(("2024-07-01T09:00", "regulator_accepted")), "2024-07-01T09:00")["mediation"]
    assert before.law is not None
    assert after.law is not None
    assert (before.law.unit, before.law.value) == (Unit.WORKING_DAY, 45)
    assert (after.law.unit, after.law.value, after.due.at) == (Unit.CALENDAR_DAY, 60, at("2024-08-31T00:00"))


def test_a_range_while_the_calendar_is_not_published() -> None:
    found = run(steps(("2030-01-29T09:00", "regulator_received")), "2030-01-29T09:00")["regulator_accepts"]
    assert found.due.at is None
    assert found.due.reason == "calendar not published"
    assert found.due.earliest < found.due.latest
    log = steps(("2030-01-29T09:00", "regulator_received"))
    between = found.due.earliest + HOUR
    assert run(log, between)["regulator_accepts"].breached_at is None
    assert run(log, found.due.latest + HOUR)["regulator_accepts"].breached_at == found.due.latest


# --- pauses --------------------------------------------------------------------------------------------------------------------------------


def test_testing_is_not_counted_in_mediation_and_says_so() -> None:
    log = steps(
        ("2026-05-06T09:00", "regulator_accepted"),
        ("2026-05-11T15:00", "sent_to_laboratory"),
        ("2026-05-21T10:00", "laboratory_reported"),
    )
    found = run(log, "2026-06-01T00:00")["mediation"]
    assert found.due.at == at("2026-07-16T00:00")
    assert [p.cause for p in found.paused] == ["laboratory"]
    assert "鉴定、检测" in found.why.zh


def test_hours_stand_still_while_the_consumer_is_asked() -> None:
    log = steps(("2026-05-06T09:00", "submitted"), ("2026-05-06T12:00", "asked_consumer"))
    waiting = run(log, "2026-05-09T12:00")["first_proposal"]
    assert waiting.standing is Standing.PAUSED
    assert waiting.due.at == at("2026-05-11T09:00")
    log += steps(("2026-05-07T12:00", "consumer_answered"))
    assert run(log, "2026-05-09T08:00")["first_proposal"].standing is Standing.RUNNING
    assert run(log, "2026-05-09T08:00")["first_proposal"].due.at == at("2026-05-09T09:00")


def test_a_pause_that_lasts_ends_with_the_clock() -> None:
    log = steps(
        ("2026-05-06T09:00", "submitted"), ("2026-05-06T10:00", "asked_consumer"), ("2026-05-06T12:00", "proposed")
    )
    for now in ("2026-05-06T13:00", "2026-07-06T13:00"):
        found = run(log, now)["first_proposal"]
        assert (found.standing, found.due.at, found.paused[0].end) == (
            Standing.MET,
            at("2026-05-08T11:00"),
            at("2026-05-06T12:00"),
        )


def test_the_kinds_in_which_a_log_is_told() -> None:
    assert {
        "submitted",
        "merchant_answered",
        "clue_check_extended",
        "reply_lapsed",
        "sent_to_laboratory",
    } <= RULES.kinds


def test_only_named_causes_stop_a_clock() -> None:
    log = steps(
        ("2026-05-06T09:00", "returned_goods_received"),
        ("2026-05-06T10:00", "sent_to_laboratory"),
        ("2026-05-06T10:00", "asked_consumer"),
        ("2026-05-06T10:00", "merchant_on_holiday"),
    )
    assert run(log, "2026-05-10T10:00")["refund"].due.at == at("2026-05-14T00:00")


def test_overlapping_pauses_count_once() -> None:
    log = steps(
        ("2026-05-06T09:00", "submitted"),
        ("2026-05-06T10:00", "asked_consumer"),
        ("2026-05-06T12:00", "sent_to_laboratory"),
        ("2026-05-06T14:00", "consumer_answered"),
        ("2026-05-06T16:00", "laboratory_reported"),
    )
    assert run(log, "2026-05-07T00:00")["first_proposal"].due.at == at("2026-05-08T15:00")


# --- met, ended, breached ------------------------------------------------------------------------------------------------------------------


def test_met_in_the_last_moment_and_a_second_late() -> None:
    start = ("2026-05-06T09:00", "sent_to_merchant")
    assert (
        run(steps(start, ("2026-05-07T09:00", "merchant_answered")), "2026-05-10T00:00")["merchant_answer"].standing
        is Standing.MET
    )
    late = run([*steps(start), Step(at("2026-05-07T09:00:01"), "merchant_answered")], "2026-05-10T00:00")[
        "merchant_answer"
    ]
    assert (late.standing, late.breached_at, late.open) == (Standing.BREACHED, at("2026-05-07T09:00"), False)


def test_ending_before_it_is_due_is_no_breach() -> None:
    log = steps(("2026-05-06T09:00", "sent_to_merchant"), ("2026-05-06T20:00", "withdrawn"))
    assert run(log, "2026-06-01T00:00")["merchant_answer"].standing is Standing.ENDED


def test_a_dismissed_demand_is_delayed_no_more_but_money_owed_for_returned_goods_is() -> None:
    log = steps(
        ("2026-05-06T09:00", "duty_demanded"),
        ("2026-05-06T09:00", "return_requested"),
        ("2026-05-06T09:00", "graded_severe"),
        ("2026-05-06T09:00", "returned_goods_received"),
        ("2026-05-06T09:10", "closed"),
    )
    found = run(log, "2026-06-01T00:00")
    ended = {name for name, x in found.items() if x.standing is Standing.ENDED}
    assert ended == {"duty_delay", "return_delay", "severe_person", "severe_proposal"}
    assert {name for name, x in found.items() if x.standing is Standing.BREACHED} == {
        "refund",
        "refund_target",
        "refund_delay",
    }


def test_a_second_run_after_the_first_was_met() -> None:
    log = steps(
        ("2026-05-06T09:00", "sent_to_merchant"),
        ("2026-05-06T09:30", "sent_to_merchant"),
        ("2026-05-06T10:00", "merchant_answered"),
        ("2026-05-08T10:00", "sent_to_merchant"),
    )
    found = [
        x for x in clocks(log, RULES, FIGURES, LAW, CALENDAR, at("2026-05-08T11:00")) if x.name == "merchant_answer"
    ]
    assert [(x.started, x.standing) for x in found] == [
        (at("2026-05-08T10:00"), Standing.RUNNING),
        (at("2026-05-06T09:00"), Standing.MET),
    ]


def test_a_kept_breach_survives_backdated_steps_new_figures_and_a_new_calendar() -> None:
    log = steps(("2026-09-29T10:00", "regulator_received"), ("2026-09-29T10:00", "submitted"))
    now = at("2026-10-20T00:00")
    kept = breaches(list(run(log, now).values()), now)
    assert {k.clock for k in kept} == {"regulator_accepts", "acknowledged", "first_proposal"}
    log += [*kept, *steps(("2026-09-29T12:00", "asked_consumer"), ("2026-10-19T00:00", "regulator_accepted"))]
    longer = Statutes(
        tuple(replace(r, value=r.value * 9) if r.id == "clock.accept" and r.value else r for r in LAW.rows)
    )
    unknown = CALENDAR.known(date(2025, 1, 1))
    for calendar, law in ((CALENDAR, LAW), (unknown, LAW), (CALENDAR, longer)):
        found = run(log, now + DAY, calendar, law)
        assert found["regulator_accepts"].breached_at == at("2026-10-15T00:00")
        assert found["first_proposal"].breached_at == at("2026-10-01T10:00")
        assert breaches(list(found.values()), now + DAY) == ()


def test_open_clocks_stand_in_front_the_earliest_first() -> None:
    log = steps(
        ("2026-05-06T09:00", "submitted"), ("2026-05-06T09:00", "graded_severe"), ("2026-05-06T09:00", "acknowledged")
    )
    found = clocks(log, RULES, FIGURES, LAW, CALENDAR, at("2026-05-06T09:00"))
    assert [x.name for x in found] == ["severe_person", "severe_proposal", "first_proposal", "acknowledged"]


def test_a_moment_without_a_zone_and_a_wrong_row_are_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        Step(datetime(2026, 5, 6), "submitted")
    cause = {"laboratory": {"zh": "检", "en": "lab", "begins": ["x"], "ends": ["y"]}}
    good = {"id": "a", "zh": "甲", "en": "a", "starts": ["s"], "meets": ["m"], "law": "return.refund"}
    for change, says in (
        ({"figure": "refund_hours"}, "either"),
        ({"law": "", "figure": "no_hours"}, "no figure"),
        ({"pauses": ["rain"]}, "unknown causes"),
        ({"starst": []}, "unknown keys"),
    ):
        with pytest.raises(ValueError, match=says):
            c.clock_rules({"cause": cause, "clock": [good | change]})
    with pytest.raises(ValueError, match="twice"):
        c.clock_rules({"cause": cause, "clock": [good, good]})
    assert len(c.clock_rules({"cause": cause, "clock": [good]}).rows) == 1


def test_every_row_of_law_is_a_period_that_can_be_counted() -> None:
    units = {v.unit for row in RULES.rows for v in LAW.rows if v.id == row.law}
    assert units == {Unit.CALENDAR_DAY, Unit.WORKING_DAY}


# --- against a slow reference --------------------------------------------------------------------------------------------------------------

BEGIN = at("2026-01-05T00:00")
KINDS = ["s", "m", "e", "lab", "lab_end", "ask", "ask_end"]
LOGS = st.lists(st.tuples(st.integers(0, 24 * 60), st.sampled_from(KINDS)), max_size=12).map(
    lambda pairs: [Step(BEGIN + h * HOUR, kind) for h, kind in pairs]
)
CAUSES = {
    "laboratory": c.Cause("laboratory", Text("检测", "laboratory"), frozenset({"lab"}), frozenset({"lab_end"})),
    "awaiting_consumer": c.Cause(
        "awaiting_consumer", Text("等待", "consumer"), frozenset({"ask"}), frozenset({"ask_end"})
    ),
}


def row_of(unit: Unit, value: int) -> Row:
    return replace(LAW.in_force("return.refund", date(2026, 5, 1)), id="test.period", unit=unit, value=value)


def rules_of(unit: Unit, pauses: frozenset[str], roll: Roll) -> c.ClockRules:
    one = ClockRow(
        "t",
        Text("钟", "clock"),
        frozenset({"s"}),
        frozenset({"m"}),
        frozenset({"e"}),
        law="test.period",
        pauses=pauses,
        roll=roll,
    )
    return c.ClockRules((one,), CAUSES)


PERIODS = st.tuples(st.sampled_from([Unit.HOUR, Unit.CALENDAR_DAY, Unit.WORKING_DAY]), st.integers(1, 40))
PAUSES = st.frozensets(st.sampled_from(sorted(CAUSES)))
NOWS = st.integers(0, 24 * 90).map(lambda h: BEGIN + h * HOUR)


def stands_still(moment: datetime, log: list[Step], pauses: frozenset[str]) -> bool:
    """Whether, by the log, some cause lasts at a moment: replayed from the beginning every time."""
    for cause in pauses:
        lasts = False
        for step in log:
            if step.at > moment:
                break
            if step.kind in CAUSES[cause].begins:
                lasts = True
            elif step.kind in CAUSES[cause].ends:
                lasts = False
        if lasts:
            return True
    return False


def slow_due(
    started: datetime, until: datetime, log: list[Step], unit: Unit, value: int, pauses: frozenset[str], roll: Roll
) -> datetime:
    """Walks hour by hour; after `until` nothing stands still any more, because nobody knows."""
    moment, counted = started, 0
    while True:
        still = moment < until and stands_still(moment, log, pauses)
        if unit is Unit.HOUR:
            if counted == value:
                return moment
            counted += not still
        elif moment.hour == 0 and moment > started:
            works = unit is Unit.CALENDAR_DAY or CALENDAR.day(moment.date()).kind.value in ("work", "worked_weekend")
            counted += works and not still
            if counted == value:
                break
        moment += HOUR
    while roll is Roll.HOLIDAY and unit is Unit.CALENDAR_DAY and CALENDAR.day(moment.date()).kind.value == "holiday":
        moment += DAY
    return moment + DAY


@settings(max_examples=150, deadline=None)
@given(log=LOGS, period=PERIODS, pauses=PAUSES, now=NOWS, roll=st.sampled_from([Roll.NONE, Roll.HOLIDAY]))
def test_equal_to_a_slow_reference(
    log: list[Step], period: tuple[Unit, int], pauses: frozenset[str], now: datetime, roll: Roll
) -> None:
    unit, value = period
    rules, law = rules_of(unit, pauses, roll), Statutes((row_of(unit, value),))
    known = sorted((s for s in log if s.at <= now), key=lambda s: s.at)
    found = clocks(log, rules, FIGURES, law, CALENDAR, now)
    for clock in found:
        until = clock.met_at or clock.ended_at or now
        due = slow_due(clock.started, until, known, unit, value, rules.rows[0].pauses, roll)
        assert clock.due.at == due
        assert clock.breached_at == (due if until > due else None)
    starts = [s.at for s in known if s.kind == "s"]
    assert {x.started for x in found} <= set(starts)
    assert bool(found) == bool(starts)


@settings(max_examples=100, deadline=None)
@given(log=LOGS, period=PERIODS, pauses=PAUSES, now=NOWS, later=st.integers(1, 24 * 60))
def test_as_time_goes_on_nothing_comes_sooner_and_no_breach_is_lost(
    log: list[Step], period: tuple[Unit, int], pauses: frozenset[str], now: datetime, later: int
) -> None:
    rules, law = rules_of(period[0], pauses, Roll.NONE), Statutes((row_of(*period),))
    before = {x.started: x for x in clocks(log, rules, FIGURES, law, CALENDAR, now)}
    after = {x.started: x for x in clocks(log, rules, FIGURES, law, CALENDAR, now + later * HOUR)}
    assert set(before) <= set(after)
    for started, old in before.items():
        new = after[started]
        assert new.due.latest >= old.due.latest
        assert old.breached_at in (None, new.breached_at)
        assert old.met_at in (None, new.met_at)


@settings(max_examples=100, deadline=None)
@given(log=LOGS, more=LOGS, period=PERIODS, pauses=PAUSES, now=NOWS, other=PERIODS)
def test_a_kept_breach_is_frozen_whatever_comes(
    log: list[Step],
    more: list[Step],
    period: tuple[Unit, int],
    pauses: frozenset[str],
    now: datetime,
    other: tuple[Unit, int],
) -> None:
    rules, law = rules_of(period[0], pauses, Roll.NONE), Statutes((row_of(*period),))
    kept = breaches(clocks(log, rules, FIGURES, law, CALENDAR, now), now)
    whole = [*log, *kept]
    again = clocks(whole, rules, FIGURES, law, CALENDAR, now)
    assert breaches(again, now) == ()
    later = [*whole, *(Step(max(s.at, now), s.kind) for s in more)]
    changed = rules_of(other[0], pauses, Roll.HOLIDAY)
    for r, other_law in ((rules, law), (changed, Statutes((row_of(*other),)))):
        frozen = {x.started: x.breached_at for x in clocks(later, r, FIGURES, other_law, CALENDAR, now + 90 * DAY)}
        assert all(frozen[k.started] == k.due for k in kept if k.started is not None)


@settings(max_examples=60, deadline=None)
@given(log=LOGS, period=PERIODS, pauses=PAUSES, now=NOWS, data=st.data())
def test_the_order_in_which_steps_were_written_does_not_matter(
    log: list[Step], period: tuple[Unit, int], pauses: frozenset[str], now: datetime, data: st.DataObject
) -> None:
    rules, law = rules_of(period[0], pauses, Roll.NONE), Statutes((row_of(*period),))
    apart = list({s.at: s for s in log}.values())
    mixed = data.draw(st.permutations(apart))
    assert clocks(apart, rules, FIGURES, law, CALENDAR, now) == clocks(mixed, rules, FIGURES, law, CALENDAR, now)
