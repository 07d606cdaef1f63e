"""Marks: who sent an event decides how much it says. Exact values, bounds, and that an unknown buyer changes nothing."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.life.monitoring.contracts import MarksPolicy
from pinzhi.life.monitoring.rules import calibration, marks
from pinzhi.life.monitoring.rules.panel import Events
from pinzhi.life.monitoring.rules.scan import scan
from pinzhi.life.monitoring.tests.market import market
from pinzhi.life.monitoring.tests.test_scan import policy  # noqa: F401 - a fixture

OWN = MarksPolicy(mixing=0.2, habit=0.5, least=0.05, most=20.0, enough=50.0)


def code(company, bought=0, before=0):
    return int(marks.coded(*(np.array([v], np.int8) for v in (company, bought, before)))[0])


def background(alone, together):
    count = np.zeros(marks.CODES)
    count[code(1)], count[code(5)] = alone, together
    return count


def test_alone_among_mass_returns_says_more_and_company_says_little():
    rho = marks.ratio(background(399, 600), 0.02, dataclasses.replace(OWN, habit=0.0))
    assert rho[code(1)] == pytest.approx((0.8 + 0.2 * 0.4) / 0.4)
    assert rho[code(5)] == pytest.approx(0.2)
    assert rho[code(0)] == 1.0


def test_a_serial_returner_says_less_by_the_root_of_his_excess():
    count = background(999, 0)
    rho = marks.ratio(count, 0.02, OWN)
    often, never = code(1, bought=5, before=4), code(1, bought=5, before=0)
    assert rho[often] / rho[never] == pytest.approx(((0.5 + 11.2) / 0.5) ** -0.5)


@given(
    st.integers(0, 5000),
    st.integers(0, 5000),
    st.floats(0.001, 0.5),
    st.floats(0.0, 1.0),
    st.floats(0.0, 1.0),
)
def test_the_ratio_is_bounded_and_its_background_mean_is_at_most_one(alone, together, rate, mixing, habit):
    own = dataclasses.replace(OWN, mixing=mixing, habit=habit)
    count = background(alone, together)
    rho = marks.ratio(count, rate, own)
    assert (rho >= own.least - 1e-12).all()
    assert (rho <= own.most + 1e-12).all()
    if alone + together >= 500 and mixing >= own.least and alone >= (alone + together) / 10:
        assert (rho * count).sum() / count.sum() <= 1.0 + 0.01


def test_with_little_background_nothing_is_claimed():
    assert (marks.ratio(np.zeros(marks.CODES), 0.02, OWN) == 1.0).all()
    few, many = (marks.ratio(background(n, n), 0.02, OWN)[code(5)] for n in (2, 500))
    assert many < few < 1.0


def test_redrawn_events_keep_who_sent_them():
    seen = Events(
        *(np.array(v) for v in ([0, 1, 1], [0, 0, 0], [3, 1, 2], [5, 2, 9], [7, 8, 9])), np.array([2.0, 1.0, 1.0])
    )
    entity, mark = calibration._dealt(seen, np.array([2, 2]), np.array([True, True]))
    assert list(zip(entity.tolist(), mark.tolist(), strict=True)) == [(0, 7), (0, 7), (1, 8), (1, 9)]
    entity, mark = calibration._dealt(seen, np.array([2, 2]), np.array([False, True]))
    assert list(zip(entity.tolist(), mark.tolist(), strict=True)) == [(1, 8), (1, 9)]


def test_mass_returns_do_not_raise_what_single_buyers_do(policy):  # noqa: F811
    """The same counts: with half of the market's returns in company, a rise made of mass returns is weaker than one of single buyers."""
    base = market(fault=7, factor=6.0)
    chance = np.random.default_rng(2)
    rows = base.outcomes
    late = (rows.listing == 7) & (rows.order_day >= 20_090)
    mixed = np.where(chance.random(len(rows.day)) < 0.5, 1, 8)

    def strongest(company):
        made = dataclasses.replace(rows, company=np.where(late, company, mixed).astype(np.int8))
        found = scan(dataclasses.replace(base, outcomes=made), policy, levels=("listing",), streams=("return",))
        return max((s.evidence for s in found.signals if s.entity_id == "L7"), default=0.0)

    assert strongest(1) > strongest(8)
    assert strongest(1) > 0
