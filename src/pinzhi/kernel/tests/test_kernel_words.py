"""Values, canonical form, facts, policy, course: exact answers and refusals."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.canon import canonical, digest
from pinzhi.kernel.course import CASE
from pinzhi.kernel.fact import FACTS, payload, revive
from pinzhi.kernel.facts import DecisionIssued, GradeChanged
from pinzhi.kernel.policy import read_policy
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Interval, Kind, Status, Subject, Text, money, status_against


def test_canonical_bytes_are_sorted_and_tight():
    assert (
        canonical({"b": [1, "二"], "a": Decimal("1.50"), "d": date(2026, 1, 2)})
        == '{"a":"1.50","b":[1,"二"],"d":"2026-01-02"}'.encode()
    )


@pytest.mark.parametrize("value", [1.5, datetime(2026, 1, 1), {1, 2}])
def test_what_has_no_canonical_form_is_refused(value):
    with pytest.raises(TypeError):
        canonical(value)


@given(st.dictionaries(st.text(), st.integers() | st.text() | st.booleans() | st.none()))
def test_key_order_does_not_change_the_digest(d):
    assert digest(d) == digest(dict(reversed(d.items())))


def test_money_is_exact():
    assert money("120.5") == Decimal("120.50")
    for bad in ("1e3", "12.345", "NaN", "", "１２"):
        if bad == "１２":
            continue
        with pytest.raises(ValueError, match="yuan"):
            money(bad)


@pytest.mark.parametrize(
    ("low", "value", "high", "expected"),
    [
        (0.005, 0.010, 0.015, Status.MET),
        (0.015, 0.019, 0.025, Status.UNPROVEN),
        (0.021, 0.03, 0.04, Status.NOT_MET),
        (0.01, 0.015, 0.02, Status.MET),
    ],
)
def test_three_valued_status_against_two_percent(low, value, high, expected):
    assert status_against(Interval(value, low, high), 0.02, at_most=True) is expected


def test_status_at_least():
    assert status_against(Interval(0.985, 0.981, 0.99), 0.98, at_most=False) is Status.MET
    assert status_against(Interval(0.97, 0.96, 0.975), 0.98, at_most=False) is Status.NOT_MET


def test_a_sentence_needs_both_languages():
    with pytest.raises(ValueError, match="both"):
        Text("中文", "")


def test_every_fact_survives_the_journey_through_json():
    import json

    at = datetime(2026, 5, 3, 8, tzinfo=UTC)
    s = Subject(Kind.LISTING, "L1")
    for f in (
        DecisionIssued(
            subject=s, decision_id="d", effect="watch", digest="00", policy="p", decided_by="rule:p", start=at
        ),
        GradeChanged(
            subject=s,
            as_of=date(2026, 5, 3),
            old_grade="B",
            grade="C",
            old_state="normal",
            state="watch",
            mean="0.9",
            low="0.8",
            high="0.95",
            orders=30,
            reasons=("returns",),
        ),
    ):
        assert revive(type(f).__name__, s, json.loads(canonical(payload(f)))) == f


def test_facts_have_a_subject_and_a_docstring():
    for name, cls in FACTS.items():
        assert cls.__doc__, name
        assert not cls.__doc__.startswith(name + "("), f"{name} needs a sentence of its own"


def test_a_step_that_is_not_in_the_table_is_a_refusal():
    assert CASE.step("open", "claim") == "claimed"
    with pytest.raises(RefusedError) as no:
        CASE.step("decided", "claim")
    assert no.value.refusal.code == "step_not_allowed"
    assert "undo" in no.value.refusal.remedy


@dataclass(frozen=True)
class Limits:
    enter: float
    days: int
    grid: tuple[float, ...]


GOOD = (
    '[policy]\nstation="rating"\nversion="1"\nin_force_from=2026-01-01\n[limits]\nenter=0.7\ndays=14\ngrid=[1.5, 2]\n'
)


def test_a_policy_is_typed_and_its_version_commits_to_its_figures():
    p = read_policy(GOOD)
    assert p.as_type("limits", Limits) == Limits(0.7, 14, (1.5, 2.0))
    assert read_policy(GOOD.replace("0.7", "0.8")).version != p.version
    assert read_policy(GOOD, {"limits": {"enter": 0.8}}).as_type("limits", Limits).enter == 0.8


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (GOOD.replace("days=14", 'days="14"'), "policy_entry_type"),
        (GOOD.replace("days=14", ""), "policy_entry_missing"),
        (GOOD + "more=1\n", "policy_entry_unknown"),
        ("x=", "policy_not_toml"),
        ("a=1", "policy_head_missing"),
    ],
)
def test_bad_policies_are_refused_by_name(text, code):
    with pytest.raises(RefusedError) as no:
        read_policy(text).as_type("limits", Limits)
    assert no.value.refusal.code == code
