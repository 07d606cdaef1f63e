"""Which rules a listing is judged by: sides of a trial, the same bytes again, and tables that no longer fit."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import rulesets, shipped
from pinzhi.life.admission.rules.lab import RULESET, TWO_PERSONS, Stage, on_trial

IDS = st.text(max_size=20)
DIGESTS = st.text("0123456789abcdef", min_size=64, max_size=64)


@given(IDS, DIGESTS, st.integers(0, 100), st.integers(0, 100))
def test_a_larger_share_only_adds_listings(listing, digest, one, other):
    low, high = sorted((one, other))
    assert on_trial(listing, digest, low) <= on_trial(listing, digest, high)
    assert on_trial(listing, digest, one) is on_trial(listing, digest, one)
    assert not on_trial(listing, digest, 0)
    assert on_trial(listing, digest, 100)


def test_shares_are_kept_and_every_version_draws_other_listings():
    drawn = {d: {n for n in range(20_000) if on_trial(f"L{n}", d * 64, 10)} for d in "ab"}
    assert {d: len(v) for d, v in drawn.items()} == {"a": 2011, "b": 1958}
    assert len(drawn["a"] & drawn["b"]) == 189


@given(IDS, DIGESTS)
def test_the_hundredth_on_which_a_listing_comes_in_is_one_number(listing, digest):
    sides = [on_trial(listing, digest, share) for share in range(101)]
    assert Counter(a != b for a, b in zip(sides, sides[1:], strict=False))[True] == 1


def test_every_stage_is_named_and_what_ends_has_no_way_out():
    assert RULESET.states == set(Stage)
    assert {s for s in Stage if not RULESET.verbs(s)} == {Stage.REVERTED, Stage.WITHDRAWN}
    assert {v for s in Stage for v in RULESET.verbs(s)} >= TWO_PERSONS


@pytest.mark.parametrize(
    ("pattern", "said"),
    [("(", "missing )"), ("a{1,99999999999}", "too large"), ("(?<=a+)b", "look-behind")],
)
def test_a_broken_pattern_is_a_refusal(pattern, said):
    rule = f"""
version = "1"
[[rule]]
id = "X1"
severity = "H"
law = "advert.absolute"
zh = "不行"
en = "no"
[[rule.group]]
name = "g"
anchors = "a"
pattern = '{pattern}'
"""
    with pytest.raises(RefusedError) as no:
        rulesets.build({"trial": rule})
    assert no.value.refusal.code == "ruleset_invalid"
    assert said in no.value.refusal.reason


def test_no_files_are_the_shipped_rules():
    assert rulesets.build({}) is shipped.ruleset()
