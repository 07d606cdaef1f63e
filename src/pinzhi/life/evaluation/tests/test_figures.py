"""The KPI panel from tallies."""

import functools
from importlib.resources import files

import numpy as np
import pytest

from pinzhi.engine.tallies import Deliveries, Names, Outcomes, Sales, Stream, Tallies
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.values import Kind, Status
from pinzhi.life.evaluation.rules.figures import figures
from pinzhi.life.evaluation.rules.policy import typed_policy


@functools.cache
def policy():
    return typed_policy(
        read_policy(files("pinzhi.life.evaluation").joinpath("policy.toml").read_text(encoding="utf-8"))
    )


def market():
    """Listing 0 (M0, C0): 100 deliveries a day, one complaint a day after 10 days. Listing 1 (M1, C1): 20 a day, two complaints, order known only."""
    days = np.arange(1, 201)
    seen = days[days + 10 <= 200]
    names = Names(("L0", "L1"), ("M0", "M1"), ("C0", "C1"), (), np.array([0, 1], np.int32), np.array([0, 1], np.int32))
    both = np.repeat([0, 1], len(seen)).astype(np.int32)
    unknown = np.full(len(both), -1, np.int32)
    zeros = np.zeros(len(both), np.int8)
    outcomes = Outcomes(
        both, unknown, np.full(len(both), int(Stream.COMPLAINT), np.int8), np.tile(seen, 2).astype(np.int32),
        np.concatenate([seen, np.full(len(seen), -1)]).astype(np.int32), np.tile(seen + 10, 2).astype(np.int32),
        zeros, zeros, zeros, np.repeat([1, 2], len(seen)).astype(np.int32),
    )  # fmt: skip
    listing, day = np.repeat([0, 1], 200).astype(np.int32), np.tile(days, 2).astype(np.int32)
    orders = np.repeat([100, 20], 200).astype(np.int32)
    sales = Sales(listing, np.full(400, -1, np.int32), day, orders, orders.astype(np.int64))
    return Tallies(names, sales, outcomes, Deliveries(listing, day, orders), 1, 200, 0)


def test_panel_adjusts_for_delay_and_gives_three_valued_status():
    found = {(f.kpi, f.subject.kind, f.subject.id): f.rate for f in figures(market(), 200, policy())}
    platform = found["complaint_rate", Kind.PLATFORM, "all"]
    assert platform.estimate.value == pytest.approx(3 / 120, rel=0.01)
    assert platform.maturity < 1
    assert platform.status is Status.NOT_MET
    good = found["complaint_rate", Kind.MERCHANT, "M0"]
    assert good.estimate.value == pytest.approx(0.01, rel=0.01)
    assert good.status is Status.MET
    assert found["complaint_rate", Kind.CATEGORY, "C1"].estimate.value == pytest.approx(0.1, rel=0.01)
    assert found["return_rate", Kind.PLATFORM, "all"].estimate.value == 0.0


def test_every_figure_cites_its_policy():
    assert {f.policy for f in figures(market(), 200, policy())} == {policy().version}
