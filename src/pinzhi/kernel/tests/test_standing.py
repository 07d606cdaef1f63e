"""The fold: undo, appeal, expiry and supersession restore by themselves."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from pinzhi.kernel.standing import SEVERITY, DecisionRecord, Effect, in_force, standing
from pinzhi.kernel.values import Kind, Subject

T0 = datetime(2026, 5, 3, tzinfo=UTC)
L1 = Subject(Kind.LISTING, "L1")


def decision(id_, effect, start=0, until=None, lifted=None, supersedes="", subject=L1):
    at = T0 + timedelta(hours=start)
    return DecisionRecord(
        id=id_,
        subject=subject,
        effect=effect,
        reasons=(),
        policy="p",
        decided_by="rule:p",
        decided_at=at,
        start=at,
        until=None if until is None else T0 + timedelta(hours=until),
        lifted_at=None if lifted is None else T0 + timedelta(hours=lifted),
        supersedes=supersedes,
    )


def state_at(decisions, hours):
    return standing(L1, decisions, T0 + timedelta(hours=hours)).state


def test_nothing_decided_is_normal():
    assert standing(L1, [], T0).state == "normal"


def test_the_most_severe_effect_wins_and_promotion_waits():
    d = [decision("a", Effect.PROMOTE), decision("b", Effect.RESTRICT, until=5)]
    assert state_at(d, 1) == "restricted"
    assert state_at(d, 5) == "promoted"


def test_start_is_included_and_until_is_not():
    d = [decision("a", Effect.RESTRICT, start=1, until=2)]
    assert [state_at(d, h) for h in (0.99, 1, 1.99, 2)] == ["normal", "restricted", "restricted", "normal"]


def test_lifting_restores():
    d = [decision("a", Effect.DELIST, lifted=3)]
    assert [state_at(d, h) for h in (2, 3)] == ["delisted", "normal"]


def test_superseding_replaces_and_lifting_the_successor_brings_the_predecessor_back():
    d = [decision("a", Effect.DELIST), decision("b", Effect.WATCH, start=1, lifted=2, supersedes="a")]
    assert [state_at(d, h) for h in (0, 1, 2)] == ["delisted", "watched", "delisted"]


def test_other_subjects_do_not_count():
    assert state_at([decision("a", Effect.BAN, subject=Subject(Kind.LISTING, "L2"))], 1) == "normal"


def test_the_next_change_is_announced():
    s = standing(L1, [decision("a", Effect.RESTRICT, until=5), decision("b", Effect.WATCH, start=2)], T0)
    assert s.changes_at == T0 + timedelta(hours=5)  # that watching begins under the restriction moves nothing


def test_the_end_of_a_lifted_decision_is_no_change():
    """A promoted listing whose limit was lifted does not «change by itself» on the day on which the limit would have ended."""
    d = [decision("p", Effect.PROMOTE), decision("r", Effect.RESTRICT, until=300, lifted=2)]
    assert standing(L1, d, T0 + timedelta(hours=1)).changes_at == T0 + timedelta(hours=2)
    after = standing(L1, d, T0 + timedelta(hours=3))
    assert (after.state, after.changes_at) == ("promoted", None)


records = st.lists(
    st.builds(
        decision,
        st.uuids().map(str),
        st.sampled_from(Effect),
        st.integers(0, 20),
        st.none() | st.integers(21, 40),
        st.none() | st.integers(0, 40),
    ),
    max_size=8,
)


@given(records, st.integers(0, 45), st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(decisions, hours, random):
    shuffled = decisions[:]
    random.shuffle(shuffled)
    at = T0 + timedelta(hours=hours)
    assert standing(L1, shuffled, at) == standing(L1, decisions, at)


@given(records, st.integers(0, 45))
def test_the_state_is_that_of_the_worst_decision_in_force(decisions, hours):
    at = T0 + timedelta(hours=hours)
    live = in_force(decisions, at)
    assert all(SEVERITY[a.effect] >= SEVERITY[b.effect] for a, b in zip(live, live[1:], strict=False))
    assert set(live) == {d for d in decisions if d.in_span(at)}


@given(records, st.integers(0, 44))
def test_nothing_changes_before_the_announced_moment(decisions, hours):
    at = T0 + timedelta(hours=hours)
    now = standing(L1, decisions, at)
    until = now.changes_at or at + timedelta(hours=100)
    later = at + (until - at) / 2
    assert standing(L1, decisions, later).state == now.state
    if now.changes_at is not None:
        assert standing(L1, decisions, now.changes_at).state != now.state
