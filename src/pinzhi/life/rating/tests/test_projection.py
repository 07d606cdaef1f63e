"""The what-if of the screen: the same posterior, the same hysteresis, the policy's delay; it never promises a day too early for its own rules."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.values import Text
from pinzhi.life.rating.contracts import Bar, Grade, Rating, State
from pinzhi.life.rating.rules.delay import assumed
from pinzhi.life.rating.rules.posterior import GRADES
from pinzhi.life.rating.rules.projection import HORIZON, Supposition, project, share_of_faults
from pinzhi.life.rating.rules.what_if import way_up, what_if
from pinzhi.life.rating.tests.builders import standard

POLICY = standard()
WORDS = Text("甲", "a")
DAY = 20_000


def rating(good=60.0, bad=40.0, state=State.RESTRICTED, since=DAY - 5, grade=Grade.E, prior=10.0):
    """100 orders of which 40 went wrong, restricted for five days."""
    bars = (Bar("platform", 9_600, WORDS), Bar("category", -400, WORDS), Bar("merchant", -1_000, WORDS))
    blank = Rating(
        "L", DAY, good / (good + bad), 0.0, 1.0, 100, good + bad - prior, grade, state, since, False, 0.0, 0.0, "",
        good, bad, bars, (),
    )  # fmt: skip
    now = what_if(blank, 0.25, POLICY)
    return replace(blank, mean=now.mean, low=now.low, high=now.high, bad_risk=now.bad_risk)


def test_orders_count_as_they_mature():
    found = project(rating(), 0.25, POLICY, Supposition(300, 30))
    assert found.counted == pytest.approx(10 * assumed(90, 8)[:30].sum())
    late = project(rating(), 0.25, POLICY, Supposition(300, 300))
    assert 280 < late.counted < 300
    assert found.then.mean == pytest.approx(what_if(rating(), 0.25, POLICY, good=found.counted).mean)


def test_no_order_changes_nothing_but_the_calendar():
    r = rating()
    found = project(r, 0.25, POLICY, Supposition(0, 90, corrected=True))
    assert (found.then.mean, found.state, found.better_on, found.eased_on) == (r.mean, State.RESTRICTED, None, None)
    assert found.holds == ("risk",)


def test_a_restriction_ends_only_when_risk_stay_and_correction_allow():
    r, enough = rating(), Supposition(1_000, 2, corrected=True)
    found = project(r, 0.25, POLICY, enough)
    assert found.eased_on == r.since + POLICY.states.least_stay_days  # good orders came at once, the stay had to pass
    assert project(r, 0.25, POLICY, replace(enough, corrected=False)).eased_on is None
    assert project(r, 0.25, POLICY, replace(enough, corrected=False)).holds == ("stay", "correction")
    slow = project(r, 0.25, POLICY, Supposition(90, 90, corrected=True))
    needed = way_up(r, 0.25, POLICY).to_leave_restriction
    assert slow.eased_on > DAY + needed  # one order a day, and the youngest do not count in full


def test_faults_at_the_rate_of_the_category_raise_a_bad_listing_slower():
    r = rating()
    assert share_of_faults(r, "none") == 0.0
    assert share_of_faults(r, "category") == pytest.approx(0.08)  # 96 less 4 points
    assert share_of_faults(r, "now") == pytest.approx(1 - r.mean)
    assert share_of_faults(replace(r, bars=(Bar("mixture", 6_000, WORDS),)), "category") == 1 - r.mean
    clean = project(r, 0.25, POLICY, Supposition(200, 100))
    usual = project(r, 0.25, POLICY, Supposition(200, 100, share_of_faults(r, "category")))
    assert usual.then.mean < clean.then.mean
    assert usual.better_on > clean.better_on
    assert clean.better is Grade.D


def test_worse_orders_restrict_a_normal_listing_and_nothing_lifts_a_delisting():
    good = rating(good=95, bad=5, state=State.NORMAL, grade=Grade.B)
    assert project(good, 0.25, POLICY, Supposition(2_000, 60, 0.6)).state is State.RESTRICTED
    gone = project(rating(state=State.DELISTED), 0.25, POLICY, Supposition(5_000, 30, corrected=True))
    assert (gone.state, gone.eased_on) == (State.DELISTED, None)


def at_least(grade, wanted):
    return wanted is None or 0 < GRADES.index(grade) <= GRADES.index(wanted)


@given(st.floats(1, 900), st.floats(0.1, 300), st.sampled_from([State.NORMAL, State.RESTRICTED]))
def test_the_way_up_is_the_least_number_that_reaches_it(good, bad, state):
    r = rating(good=good, bad=bad, state=state, prior=min(good + bad, 10.0) / 2)
    r = replace(r, grade=what_if(r, 0.25, POLICY).grade)
    way = way_up(r, 0.25, POLICY)
    asked = (
        (way.to_promotion, lambda n: what_if(r, 0.25, POLICY, good=n).promoted),
        (way.to_next_grade, lambda n: at_least(what_if(r, 0.25, POLICY, good=n).grade, way.next_grade)),
        (way.to_leave_restriction, lambda n: state is State.NORMAL or what_if(r, 0.25, POLICY, good=n).bad_risk <= 0.2),
    )
    for count, reached in asked:
        assert count is None or reached(count)
        assert not count or not reached(count - 1)


@given(st.integers(0, 5_000), st.integers(1, 400), st.floats(0, 1), st.booleans(), st.sampled_from(State))
def test_every_answer_lies_within_the_horizon(orders, days, fault, corrected, state):
    r = rating(state=state)
    found = project(r, 0.25, POLICY, Supposition(orders, days, fault, corrected))
    for day in (found.better_on, found.promoted_on, found.eased_on):
        assert day is None or DAY < day <= DAY + HORIZON
    assert 0 <= found.counted <= orders * max(1, HORIZON / days) + 1e-6
    assert found.then.low <= found.then.mean <= found.then.high
    if state is State.RESTRICTED and found.eased_on is not None:
        assert found.eased_on >= r.since + POLICY.states.least_stay_days
