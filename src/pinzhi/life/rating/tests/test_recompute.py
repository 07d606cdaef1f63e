"""Ratings in the house: told on a change only, stepped from what is stored, delisted by two persons, and the way back."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.models import Case
from pinzhi.casework.tests.desk_for_tests import person
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.decisions.contracts import seen_digest
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine import outbox
from pinzhi.engine.models import FactRow
from pinzhi.engine.tallies import Stream
from pinzhi.kernel.facts import SignalJudged, SignalRaised
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.rating import actions, queries
from pinzhi.life.rating.contracts import State
from pinzhi.life.rating.models import Mark, Point, RatingRow, Run
from pinzhi.life.rating.rules.what_if import what_if
from pinzhi.life.rating.stored import day_of
from pinzhi.life.rating.tests.builders import joined, shop, steady, turning
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

RULE = Actor.rule("rating/test")
NOBODY = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}))
BAD = Subject(Kind.LISTING, "L0")


def at(day):
    return datetime.combine(day_of(day), datetime.min.time(), UTC) + timedelta(hours=12)


@pytest.fixture(scope="module")
def tallies():
    return turning()


def run(tallies, day, by=RULE):
    return actions.recompute(by, tallies, as_of=day_of(day), now=at(day))


def facts(name="GradeChanged", subject="L0"):
    rows = FactRow.objects.filter(name=name, subject_kind="listing", subject_id=subject).order_by("seq")
    moves = [(r.payload["old_state"], r.payload["state"]) for r in rows]
    return [(old, new) for old, new in moves if old != new]


def test_a_merchant_may_not_recompute(db, tallies):
    with pytest.raises(RefusedError, match="not_permitted"):
        run(tallies, 110, NOBODY)
    assert not Run.objects.exists()
    assert not RatingRow.objects.exists()
    assert not FactRow.objects.exists()


def test_twice_is_once(db, tallies):
    first = run(tallies, 140)
    kept = (list(RatingRow.objects.order_by("pk").values()), list(Point.objects.order_by("pk").values()))
    seq = FactRow.objects.count()
    again = run(tallies, 140)
    assert (again.changed, again.issued, again.lifted, again.proposed) == (0, 0, 0, 0)
    assert first.rated == again.rated == 10
    assert FactRow.objects.count() == seq
    assert (list(RatingRow.objects.order_by("pk").values()), list(Point.objects.order_by("pk").values())) == kept


def test_the_same_day_steps_from_the_day_before(db, tallies):
    for day in (120, 127, 134, 141):
        run(tallies, day)
        state = RatingRow.objects.get(subject_id="L0", subject_kind="listing")
        run(tallies, day)
        later = RatingRow.objects.get(subject_id="L0", subject_kind="listing")
        assert (later.state, later.since) == (state.state, state.since)


def test_an_earlier_day_is_refused(db, tallies):
    run(tallies, 140)
    seq = Run.objects.count()
    with pytest.raises(RefusedError, match="as_of_before_last"):
        run(tallies, 139)
    with pytest.raises(RefusedError, match="as_of_before_events"):
        actions.recompute(RULE, replace(tallies, first_day=200), as_of=day_of(150), now=at(150))
    assert Run.objects.count() == seq


def test_a_restriction_that_a_person_lifted_is_not_issued_again(db, tallies):
    for day in (119, 160, 167):
        run(tallies, day)
    live = DecisionRow.objects.get(subject_id="L0", effect="restrict", lifted_at=None)
    senior = Actor("person", "person:senior_reviewer", roles=frozenset({Role.SENIOR_REVIEWER}))
    decisions.lift_by_person(live.id, senior, Text("申诉成立", "appeal won"), seen_digest(decided.record(live)))
    run(tallies, 174)
    assert not DecisionRow.objects.filter(subject_id="L0", effect="restrict", lifted_at=None).exists()
    assert queries.rating("listing", "L0").state == State.RESTRICTED


@pytest.fixture
def two(db):
    return person("ana", Role.ANALYST, Role.MANAGER), person("sen", Role.SENIOR_REVIEWER)


def delisted(tallies, two):
    for day in (119, 160, 190):
        run(tallies, day)
    case = Case.objects.get(desk="rating", subject_id="L0")
    seen = cases.case(case.pk, RULE).seen
    casework.decide(case.pk, "delist", two[0], seen=seen, reason="半数退货", now=at(190))
    assert decided.standing(BAD, at(191)).state == "restricted"  # one person is not enough
    casework.confirm(case.pk, two[1], seen=seen, now=at(190))
    return case


def test_two_persons_delist_and_it_stays_until_they_take_it_back(tallies, two):
    case = delisted(tallies, two)
    assert decided.standing(BAD, at(191)).state == "delisted"
    assert facts()[-1] == ("restricted", "delisted")
    run(tallies, 300)
    assert queries.rating("listing", "L0").state == State.DELISTED
    assert decided.standing(BAD, at(301)).state == "delisted"
    casework.undo(case.pk, two[1], reason="复检合格", now=at(210))
    assert decided.standing(BAD, at(301)).state == "restricted"
    row = queries.rating("listing", "L0")
    assert row.state == State.RESTRICTED
    assert row.since.isoformat() == case.evidence["since"]
    outbox.drain()
    assert queries.rating("listing", "L0").state == State.RESTRICTED


def test_a_delisting_that_is_lifted_on_appeal_gives_the_state_back(tallies, two):
    delisted(tallies, two)
    live = DecisionRow.objects.get(subject_id="L0", effect="delist")
    decisions.lift_by_person(live.id, two[1], Text("申诉成立", "appeal won"), seen_digest(decided.record(live)))
    outbox.drain()
    assert queries.rating("listing", "L0").state == State.RESTRICTED


def test_keep_leaves_the_restriction_and_is_not_proposed_again(tallies, two):
    for day in (119, 160, 190):
        run(tallies, day)
    case = Case.objects.get(desk="rating", subject_id="L0")
    casework.decide(case.pk, "keep", two[0], seen=cases.case(case.pk, RULE).seen, now=at(190))
    run(tallies, 197)
    assert Case.objects.filter(desk="rating", subject_id="L0").count() == 1
    assert decided.standing(BAD, at(198)).state == "restricted"


def test_a_merchant_is_watched_never_restricted_by_the_rule(db, tallies):
    for day in (119, 160, 190):
        run(tallies, day)
    assert queries.rating("merchant", "M0").state == State.RESTRICTED
    live = DecisionRow.objects.filter(subject_kind="merchant", subject_id="M0", lifted_at=None)
    assert [d.effect for d in live] == ["watch"]


def signal(outcome=None):
    with act("monitoring.sweep", Actor.system("test"), now=at(130)) as a:
        if outcome is None:
            a.fact(
                SignalRaised(
                    subject=BAD, signal_id="S1", stream="review", raised_on=date(1970, 5, 1), evidence="9.000",
                    observed=9, expected="1.000", cause_kind="listing", cause_id="L0", severity="M",
                )
            )  # fmt: skip
        else:
            a.fact(SignalJudged(subject=BAD, signal_id="S1", outcome=outcome, case_id="c"))
    outbox.drain()


def test_signals_make_a_listing_due_and_a_real_one_on_reviews_confirms_the_burst(db, tallies):
    run(tallies, 119)
    signal()
    assert (queries.due(), Mark.objects.get().outcome) == (1, "")
    signal("real")
    signal("undecided")
    assert Mark.objects.get().outcome == ""
    signal("real")
    assert (Mark.objects.get().stream, Mark.objects.get().outcome) == ("review", "real")
    from pinzhi.life.rating.stored import marks_of

    assert marks_of(tallies).confirmed == {0: number(at(130))}


def number(moment):
    return (moment.date() - date(1970, 1, 1)).days


def test_marks_need_permission_a_rating_and_a_sentence(db, tallies):
    run(tallies, 119)
    analyst = Actor("person", "person:analyst", roles=frozenset({Role.ANALYST}))
    for act_, who, listing, note, code in (
        (actions.note_correction, NOBODY, "L0", "好", "not_permitted"),
        (actions.confirm_burst, NOBODY, "L0", "好", "not_permitted"),
        (actions.note_correction, analyst, "L99", "好", "rating_unknown"),
        (actions.confirm_burst, analyst, "L0", " ", "reason_missing"),
    ):
        with pytest.raises(RefusedError, match=code):
            act_(listing, who, note=note, now=at(120))
    with pytest.raises(RefusedError, match="day_in_future"):
        actions.note_correction("L0", analyst, note="好", day=day_of(500), now=at(120))
    assert not Mark.objects.exists()


def test_the_explanation_is_the_row(db, tallies):
    run(tallies, 190)
    found = queries.explained("listing", "L0")
    assert sum(b.points for b in found.rating.bars) == found.rating.score
    assert found.interval.low <= found.interval.value <= found.interval.high
    assert found.way.to_leave_restriction > 0
    enough = found.way.to_leave_restriction
    assert what_if(found.rating, found.row.line, found.policy, good=enough).bad_risk <= 0.2 < found.rating.bad_risk
    assert [f.then.mean for f in found.futures if f.bad] < [found.rating.mean] * 2
    assert queries.explained("listing", "nobody") is None


def test_the_list_filters(db, tallies):
    run(tallies, 190)
    assert [r.subject_id for r in queries.ratings(state="restricted")] == ["L0"]
    assert queries.ratings(kind="merchant").count() == 4
    assert queries.ratings(merchant_id="M1").count() == 2
    assert queries.ratings(state="never").count() == 0
    assert queries.ratings(sort="risk").first().subject_id == "L0"
    assert queries.ratings(text="L3").get().subject_id == "L3"


def test_promotion_does_not_flicker(db, tallies):
    run(tallies, 119)
    row = RatingRow.objects.get(subject_id="L1", subject_kind="listing")
    assert row.promoted
    assert row.effect == "promote"
    extra = [(1, Stream.RETURN, 118, 120, 3)]
    sales, outcomes = joined(*(steady(i, 1, 130, 3, 60 if i else 30) for i in range(6)))
    worse = shop(sales, [*outcomes, *extra], listings=6, merchant=[0, 1, 1, 2, 2, 3])
    run(worse, 121)
    row.refresh_from_db()
    assert row.promoted == (row.low >= 0.94)
    assert DecisionRow.objects.filter(subject_id="L1", effect="promote").count() == 1
