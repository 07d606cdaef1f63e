"""Evidence, prior, posterior, states and explanation on shops written by hand."""

from dataclasses import replace

import numpy as np
import pytest

from pinzhi.engine.tallies import Stream
from pinzhi.life.rating.contracts import Grade, State
from pinzhi.life.rating.rules.assessment import Marks, assess, replay
from pinzhi.life.rating.rules.bursts import burst_days
from pinzhi.life.rating.rules.delay import assumed, curve
from pinzhi.life.rating.rules.evidence import gather
from pinzhi.life.rating.rules.explain import merchant_rating, rating_of
from pinzhi.life.rating.rules.posterior import GRADES, graded
from pinzhi.life.rating.rules.states import Case, Memory, proposals, step
from pinzhi.life.rating.rules.what_if import way_up, what_if
from pinzhi.life.rating.tests.builders import joined, shop, standard, steady

POLICY = standard()


def last(tallies, day, marks=None):
    results = list(replay(tallies, day, POLICY, marks) if marks else replay(tallies, day, POLICY))
    return results[-1]


def test_delay_curve_is_the_chain_ladder():
    # 10 outcomes: lags 0 and 1; those with age 0 could only show lag 0. g(1) = 4 / 8, so F(0) = 0.5, F(1) = 1.
    lag = np.array([0] * 4 + [1] * 4 + [0] * 2)
    age = np.array([1] * 8 + [0] * 2)
    nothing = np.array([0.5, 1.0])
    assert curve(lag, age, np.ones(10), nothing, 0.0).tolist() == [0.5, 1.0]


def test_assumed_curve_has_its_median():
    f = assumed(90, 8)
    assert f[7] == pytest.approx(0.5, abs=0.001)
    assert f[-1] == 1.0


def test_an_order_with_several_outcomes_counts_once_by_the_worst():
    t = shop(
        [(0, 100, 1)],
        [(0, Stream.RETURN, 100, 103, 1), (0, Stream.REFUND, 100, 104, 1), (0, Stream.COMPLAINT, 100, 104, 1)],
        listings=1,
    )
    e = gather(t, 200, POLICY)
    assert e.raw_bad.tolist() == [[1.0, 0.0, 0.0]]
    assert e.customers.tolist() == [2]


def test_refund_after_return_is_one_bad_order():
    t = shop([(0, 100, 10)], [(0, Stream.RETURN, 100, 103, 3), (0, Stream.REFUND, 100, 105, 2)], listings=1)
    assert gather(t, 200, POLICY).raw_bad.tolist() == [[0.0, 3.0, 0.0]]


def test_young_orders_are_censored_not_good():
    t = shop([(0, 100, 50)], [], listings=1)
    assert gather(t, 100, POLICY).matured[0] < 5
    assert gather(t, 190, POLICY).matured[0] == pytest.approx(
        50 * 0.5**0.5, rel=0.01
    )  # 90 days of 180: all mature, and worth 0.71


def test_later_events_change_nothing_about_a_past_day():
    sales, outcomes = steady(0, 1, 200, 2, 9)
    full = shop(sales, outcomes, listings=1)
    cut = shop([s for s in sales if s[1] <= 120], [o for o in outcomes if o[3] <= 120], listings=1)
    a, b = assess(full, 120, POLICY), assess(cut, 120, POLICY)
    assert a.posterior.mean.tolist() == b.posterior.mean.tolist()
    assert a.posterior.low.tolist() == b.posterior.low.tolist()


def test_mean_follows_quality_and_bars_sum_to_the_score():
    sales, outcomes = joined(*(steady(i, 1, 200, 2, every) for i, every in enumerate([50, 20, 10, 4, 0])))
    t = shop(sales, outcomes, listings=5, merchant=[0, 0, 1, 1, 1], category=[0, 0, 0, 1, 1])
    result = last(t, 200)
    ratings = [rating_of(result, i, t, POLICY, proposed=False) for i in range(5)]
    assert ratings[4].mean > ratings[0].mean > ratings[1].mean > ratings[2].mean > ratings[3].mean
    for r in ratings:
        assert sum(b.points for b in r.bars) == r.score
        assert r.low <= r.mean <= r.high
        assert r.orders == 398
        assert "依据 398 单" in r.reasons[0].zh


def test_new_goods_are_unrated_and_never_restricted():
    sales, outcomes = joined(steady(0, 1, 200, 3, 30))
    t = shop([*sales, (1, 195, 3)], [*outcomes, (1, Stream.RETURN, 195, 197, 2)], listings=2, merchant=[0, 1])
    result = last(t, 200)
    r = rating_of(result, 1, t, POLICY, proposed=False)
    assert (r.grade, r.state) == (Grade.UNRATED, State.NORMAL)
    assert any("评价不足" in s.zh for s in r.reasons)


def test_a_bad_listing_is_restricted_and_a_good_one_beside_it_is_not():
    sales, outcomes = joined(steady(0, 1, 200, 2, 2), *(steady(i, 1, 200, 2, 30) for i in range(1, 6)))
    t = shop(sales, outcomes, listings=6, merchant=[0, 1, 1, 2, 2, 3])
    result = last(t, 200)
    assert result.memory.state.tolist() == [State.RESTRICTED, *[State.NORMAL] * 5]
    assert result.proposed(POLICY)[0].tolist() == [True, *[False] * 5]


def test_one_bulk_return_of_one_buyer_restricts_nobody():
    sales, _ = steady(0, 1, 100, 1, 0)
    t = shop(sales, [(0, Stream.RETURN, 90, 95, 1)], listings=1)
    assert last(t, 120).memory.state.tolist() == [State.NORMAL]


def bombed(reviews=50, order=-1):
    sales, outcomes = joined(*(steady(i, 1, 101, 3, 40) for i in range(4)))
    praise = [(i, Stream.REVIEW, d, d + 6, 1) for i in range(4) for d in range(1, 95, 3)]
    attack = [(0, s, order, d, reviews // 2) for d in (108, 109) for s in (Stream.REVIEW, Stream.BAD_REVIEW)]
    return shop(sales, [*outcomes, *praise, *attack], listings=4)


@pytest.mark.parametrize("order", [-1, 100])
def test_fifty_malicious_reviews_in_two_days_do_not_restrict(order):
    t = bombed(order=order)
    for result in replay(t, 140, POLICY):
        assert result.memory.state[0] == State.NORMAL
    r = rating_of(result, 0, t, POLICY, proposed=False)
    assert any("50 条评价" in s.zh for s in r.reasons)


def test_a_confirmed_burst_counts_in_full():
    t = bombed(order=100)
    plain = assess(t, 140, POLICY).posterior.mean[0]
    sure = assess(t, 140, POLICY, Marks({0: 120}, {})).posterior.mean[0]
    assert sure < plain


def test_burst_needs_number_factor_and_chance():
    day, born = np.arange(200), np.zeros(200, np.int64)
    calm = burst_days(np.zeros(200, np.int64), day, np.full(200, 4), born, POLICY.burst)
    assert not calm.any()
    count = np.full(200, 4)
    count[150] = 80
    marked = np.flatnonzero(burst_days(np.zeros(200, np.int64), day, count, born, POLICY.burst))
    assert marked.tolist() == [148, 149, 150, 151, 152]


def case(*, bad=0.0, watch=0.0, orders=50, customers=5, days=3, corrected=True):
    return Case(
        np.array([bad]),
        np.array([watch]),
        np.array([orders]),
        np.array([customers]),
        np.array([days]),
        np.array([corrected]),
    )


@pytest.mark.parametrize(
    ("before", "since", "what", "after"),
    [
        (State.NORMAL, 0, case(bad=0.84, watch=0.69), State.NORMAL),
        (State.NORMAL, 0, case(bad=0.84, watch=0.7), State.WATCH),
        (State.NORMAL, 0, case(bad=0.85, watch=0.9), State.RESTRICTED),
        (State.NORMAL, 0, case(bad=0.99, watch=1.0, customers=2), State.NORMAL),
        (State.NORMAL, 0, case(bad=0.99, watch=1.0, days=1), State.NORMAL),
        (State.NORMAL, 0, case(bad=0.99, watch=1.0, orders=7), State.NORMAL),
        (State.RESTRICTED, 90, case(bad=0.21), State.RESTRICTED),
        (State.RESTRICTED, 90, case(bad=0.2), State.RESTRICTED),
        (State.RESTRICTED, 80, case(bad=0.2), State.WATCH),
        (State.RESTRICTED, 80, case(bad=0.2, corrected=False), State.RESTRICTED),
        (State.WATCH, 0, case(watch=0.31), State.WATCH),
        (State.WATCH, 0, case(watch=0.3), State.NORMAL),
        (State.DELISTED, 0, case(), State.DELISTED),
    ],
)
def test_steps_have_hysteresis(before, since, what, after):
    memory = step(Memory(np.array([int(before)]), np.array([since])), what, 100, POLICY.states)
    assert memory.state.tolist() == [after]
    assert memory.since.tolist() == [since if after == before else 100]


def test_delisting_is_only_proposed():
    sure = case(bad=0.99, watch=1.0)
    memory = step(Memory(np.array([2]), np.array([0])), sure, 100, POLICY.states)
    assert memory.state.tolist() == [State.RESTRICTED]
    assert proposals(memory, sure, POLICY.states).tolist() == [True]
    assert proposals(memory, replace(sure, customers=np.array([2])), POLICY.states).tolist() == [False]


def test_grade_lines_belong_to_the_better_grade():
    means = np.array([0.97, 0.9699, 0.94, 0.88, 0.75, 0.7499])
    assert "".join(GRADES[i] for i in graded(means, POLICY.grades)) == "ABBCDE"


def test_what_if_and_way_up():
    sales, outcomes = joined(steady(0, 1, 150, 2, 8), steady(1, 1, 150, 2, 30))
    t = shop(sales, outcomes, listings=2)
    r = rating_of(last(t, 160), 0, t, POLICY, proposed=False)
    same = what_if(r, 0.25, POLICY)
    assert (same.mean, same.low, same.high, same.grade) == (r.mean, r.low, r.high, r.grade)
    way = way_up(r, 0.25, POLICY)
    assert what_if(r, 0.25, POLICY, good=way.to_next_grade).grade is way.next_grade
    assert what_if(r, 0.25, POLICY, good=way.to_next_grade - 1).grade is r.grade
    assert what_if(r, 0.25, POLICY, bad=20).mean < r.mean


def test_a_big_seller_cannot_hide_a_bad_product():
    sales, outcomes = joined(steady(0, 1, 200, 18, 60), steady(1, 1, 200, 2, 2))
    t = shop(sales, outcomes, listings=2)
    result = last(t, 200)
    r = merchant_rating(result, 0, t, POLICY, proposed=False)
    assert r.mean > 0.9
    assert r.worst_tenth == pytest.approx(float(result.posterior.mean[1]), abs=1e-3)


def test_replay_is_the_same_bytes_twice():
    t = bombed()
    one, two = last(t, 140), last(t, 140)
    assert one.posterior.low.tobytes() == two.posterior.low.tobytes()
    assert one.memory.state.tobytes() == two.memory.state.tobytes()
