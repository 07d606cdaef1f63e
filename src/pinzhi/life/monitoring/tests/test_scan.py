"""The scan as a whole on a small market: finds, names, freezes, repeats, and keeps quiet."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

import pinzhi.life.monitoring as station
from pinzhi.engine.tallies import Stream
from pinzhi.kernel.policy import read_policy
from pinzhi.life.monitoring.contracts import MonitoringPolicy
from pinzhi.life.monitoring.rules.scan import scan
from pinzhi.life.monitoring.tests.market import FIRST, market, until


@pytest.fixture(scope="module")
def policy():
    return MonitoringPolicy.of(read_policy((Path(station.__file__).parent / "policy.toml").read_text("utf-8")))


@pytest.fixture(scope="module")
def faulty():
    return market(fault=7)


def test_a_planted_fault_is_the_signal_and_the_cause(policy, faulty):
    found = scan(faulty, policy, levels=("listing",), streams=("return",))
    assert [s.entity_id for s in found.signals] == ["L7"]
    one = found.signals[0]
    assert (one.cause_kind, one.cause_id) in {("listing", "L7"), ("batch", "B7-2"), ("batch", "B7-1")}
    assert (one.merchant_id, one.category) == ("M1", "C1")
    assert one.low <= one.ratio <= one.high
    assert one.observed >= policy.evidence.least_events
    assert one.evidence >= one.threshold


def test_every_number_of_the_sentence_is_a_field(policy, faulty):
    one = scan(faulty, policy, levels=("listing",), streams=("return",)).signals[0]
    for text in (one.text_zh, one.text_en):
        assert f"{one.observed}" in text
        assert f"{one.expected:.1f}" in text
        assert f"{one.ratio:.1f}" in text
        assert str(one.clear_orders) in text


def test_the_same_tallies_give_the_same_signals(policy, faulty):
    first, second = (scan(faulty, policy, levels=("listing", "merchant"), streams=("return",)) for _ in range(2))
    assert first.signals == second.signals
    assert first.thresholds == second.thresholds


def test_the_evidence_of_a_day_does_not_look_ahead(policy, faulty):
    cut = FIRST + 119
    early, late = (
        scan(t, policy, levels=("listing",), streams=("return",), scores=True).scores[0]
        for t in (until(faulty, cut), faulty)
    )
    known = late.day <= cut
    tempered = np.corrcoef(late.score[known], early.score)[0, 1]
    assert len(early.score) == known.sum()
    assert (
        tempered > 0.99
    )  # one dispersion, measured on the whole history, scales all evidence; everything else is causal


def test_a_healthy_market_is_mostly_left_alone(policy):
    found = scan(market(seed=5, listings=60), policy, levels=("listing", "merchant", "category"), streams=("return",))
    assert len(found.signals) <= 2


def test_a_short_history_says_so_instead_of_guessing(policy):
    found = scan(market(days=14), policy)
    assert found.signals == ()
    assert "14" in found.notes[0][0]
    assert "28" in found.notes[0][1]


def test_streams_are_fused_when_there_are_several(policy):
    both = (Stream.RETURN, Stream.COMPLAINT)
    found = scan(
        market(fault=7, streams=both, factor=5.0), policy, levels=("listing",), streams=("return", "complaint")
    )
    assert {"L7"} == {s.entity_id for s in found.signals}
    assert "fused" in {s.stream for s in found.signals}


def test_bad_reviews_are_judged_against_reviews(policy):
    base = market(fault=3, streams=(Stream.REVIEW,), rate=0.5, factor=1.0)
    rows = base.outcomes
    chance = np.random.default_rng(3)
    share = np.where((rows.listing == 3) & (rows.order_day >= FIRST + 90), 0.6, 0.12)
    bad = chance.random(len(share)) < share
    both = dataclasses.replace(
        rows,
        **{
            f.name: np.concatenate(
                [
                    getattr(rows, f.name),
                    np.full(bad.sum(), int(Stream.BAD_REVIEW), np.int8)
                    if f.name == "stream"
                    else np.ones(bad.sum(), np.int32)
                    if f.name == "count"
                    else getattr(rows, f.name)[bad],
                ]
            )
            for f in dataclasses.fields(rows)
        },
    )
    found = scan(dataclasses.replace(base, outcomes=both), policy, levels=("listing",), streams=("review",))
    assert [s.entity_id for s in found.signals] == ["L3"]


def test_streams_without_a_single_event_say_nothing(policy):
    """A feed without reviews, or with sales only, is swept like any other (found on the real Online Retail file)."""
    quiet = market(rate=0.0)
    assert len(quiet.outcomes.day) == 0
    found = scan(quiet, policy, levels=("listing", "merchant", "category"), streams=("return", "review"), scores=True)
    assert not found.signals
    returns_only = scan(market(), policy, levels=("listing",), streams=("return", "review"), scores=True)
    assert not any(s.score.any() for s in returns_only.scores if s.stream == "review")
    assert any(s.score.any() for s in returns_only.scores if s.stream == "return")
