"""A listing turns bad, is watched, restricted, put right by its merchant, and heals: what the marketplace is told at each step."""

from datetime import UTC, datetime, timedelta

import pytest

from pinzhi.decisions import queries as decided
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.rating import actions
from pinzhi.life.rating import queries as ratings
from pinzhi.life.rating.contracts import State
from pinzhi.life.rating.stored import day_of
from pinzhi.life.rating.tests.builders import turning
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

RULE = Actor.rule("rating/test")
BAD = Subject(Kind.LISTING, "L0")


def at(day):
    return datetime.combine(day_of(day), datetime.min.time(), UTC) + timedelta(hours=12)


def run(tallies, day):
    return actions.recompute(RULE, tallies, as_of=day_of(day), now=at(day))


def moves():
    rows = FactRow.objects.filter(name="GradeChanged", subject_kind="listing", subject_id="L0").order_by("seq")
    both = [(r.payload["old_state"], r.payload["state"]) for r in rows]
    return [(old, new) for old, new in both if old != new]


def test_story_watched_restricted_put_right_and_healed(db):
    tallies = turning()
    run(tallies, 119)
    row = ratings.rating("listing", "L0")
    assert State(row.state) is State.NORMAL
    for day in (122, 125, 128, 131, 134, 141, 199):
        run(tallies, day)
    assert moves()[-2:] == [("normal", "watch"), ("watch", "restricted")]
    assert decided.standing(BAD, at(199)).state == "restricted"
    live = list(DecisionRow.objects.filter(subject_id="L0", lifted_at=None))
    assert [d.effect for d in live] == ["restrict"]
    assert live[0].decided_by.startswith("rule:rating/")
    assert "不良率高于 25%" in live[0].reasons[0]["sentence"]["zh"]
    # good orders alone are not enough: the merchant has to put it right
    for day in (260, 320, 380):
        run(tallies, day)
    assert decided.standing(BAD, at(380)).state == "restricted"
    assert ratings.rating("listing", "L0").bad_risk < 0.2
    analyst = Actor("person", "person:analyst", roles=frozenset({Role.ANALYST}))
    actions.note_correction("L0", analyst, note="更换供应商并复检合格", now=at(381))
    assert ratings.due() == 1
    for day in (382, 389, 420):
        run(tallies, day)
    assert ratings.due() == 0
    assert moves()[-2:] == [("restricted", "watch"), ("watch", "normal")]
    assert decided.standing(BAD, at(421)).state in ("normal", "promoted")
    harmful = [d for d in DecisionRow.objects.filter(subject_id="L0", lifted_at=None) if d.effect != "promote"]
    assert harmful == []
    course = ratings.history("listing", "L0")
    assert min(p.mean for p in course) < 0.7
    assert course[-1].mean > 0.9
    assert ratings.rating("listing", "L1").state == State.NORMAL
