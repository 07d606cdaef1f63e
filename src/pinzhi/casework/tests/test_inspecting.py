"""Inspections on site: days by the official calendar, the clock of the case, who may go, which result the answers allow. Refused acts do nothing."""

from datetime import UTC, date, datetime, timedelta

import pytest

from pinzhi.casework import actions, inspecting, inspections, queries
from pinzhi.casework.checklists import shipped
from pinzhi.casework.models import Case, CaseEvent, Inspection
from pinzhi.casework.policy import policy
from pinzhi.casework.queries import Filters
from pinzhi.casework.rules.inspection import Answer, Result, check_result, proposed_days, resumed
from pinzhi.casework.tests.desk_for_tests import T0, at, more_evidence, opened, person, refused
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.law.tables import official
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor, Role

SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")
DAY = date(2026, 5, 11)  # Monday; T0 is Wednesday 6 May, the 9th is a worked Saturday
THAT_DAY = datetime(2026, 5, 11, 2, 0, tzinfo=UTC)


@pytest.fixture
def tao(db):
    return person("tao", Role.REVIEWER)


def case(**more):
    return opened(merchant_id="M1", category="食品/坚果", due=at(hours=27), **more)


def asked(row, by, inspector, days=(DAY,), now=T0, **more):
    given = {"reason": "报告与实物不符", "place_kind": "factory", "place": "一号路 8 号", **more}
    return inspecting.ask(row.id, by, days=days, inspector=inspector.account_id, now=now, **given)


def appointed(row, by, inspector):
    made = asked(row, by, inspector)
    return inspecting.confirm(str(made.pk), SHOP, day="2026-05-11", now=at(hours=1))


def everything(made, **no):
    return {p["id"]: no.get(p["id"], "yes") for p in made.points}


def facts():
    return [r.payload for r in FactRow.objects.filter(name="InspectionClosed")]


# --- rules ---------------------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ([], "day_missing"),
        ([date(2026, 5, 7)], "day_too_soon"),
        ([date(2026, 5, 10)], "day_off"),  # Sunday
        ([date(2026, 6, 19)], "day_too_late"),
        ([date(2026, 5, d) for d in (11, 12, 13, 14)], "day_too_many"),
    ],
)
def test_days_that_cannot_be_proposed(days, code):
    with refused(code):
        proposed_days(days, date(2026, 5, 6), official(), policy().inspection)


def test_a_worked_saturday_may_be_proposed_and_a_holiday_not():
    today = date(2026, 5, 6)
    assert proposed_days([date(2026, 5, 9), DAY, DAY], today, official(), policy().inspection) == (
        date(2026, 5, 9),
        DAY,
    )
    assert inspections.days_to_propose(T0, most=4) == ["2026-05-08", "2026-05-09", "2026-05-11", "2026-05-12"]
    with refused("day_off"):
        proposed_days([date(2026, 10, 2)], date(2026, 9, 25), official(), policy().inspection)


def test_what_is_looked_at_follows_the_category():
    assert [g.id for g in shipped().groups_for("食品/坚果")] == ["common", "food"]
    assert [g.id for g in shipped().groups_for("服装/童装")] == ["common", "textile"]
    assert [g.id for g in shipped().groups_for("工具/扳手")] == ["common"]
    ids = [i.id for g in shipped().groups for i in g.items]
    assert len(ids) == len(set(ids)) == 17


@pytest.mark.parametrize(
    ("result", "no", "finding", "code"),
    [
        (Result.CONFORM, {"goods": "no"}, "x", "result_against_answers"),
        (Result.CONFORM, {"storage": "no"}, " ", "finding_missing"),
        (Result.CONFORM, {"storage": "no"}, "货架无标识", None),
        (Result.NOT_CONFORM, {}, "x", "result_against_answers"),
        (Result.NOT_CONFORM, {"goods": "no"}, "", "finding_missing"),
        (Result.NOT_CONFORM, {"goods": "no"}, "规格不符", None),
        (Result.NOT_DONE, {}, "", "finding_missing"),
        (Result.NOT_DONE, {}, "大门锁闭", None),
    ],
)
def test_which_result_the_answers_allow(result, no, finding, code):
    items = [i for g in shipped().groups_for("") for i in g.items]
    answers = {i.id: Answer(no.get(i.id, "yes")) for i in items}
    if code is None:
        assert check_result(result, answers, items, finding) is None
    else:
        with refused(code):
            check_result(result, answers, items, finding)


def test_every_point_is_answered():
    items = [i for g in shipped().groups_for("") for i in g.items]
    with pytest.raises(RefusedError, match=r"^unanswered:") as no:
        check_result(Result.CONFORM, {i.id: Answer.YES for i in items[:-1]}, items, "")
    assert no.value.refusal.field == items[-1].id


def test_the_working_time_that_was_left_is_left_again():
    due = at(hours=27)  # Thursday 13:00; asked on Wednesday 10:00: 8 hours of that day and 4 of the next are left
    again = resumed(due, T0, THAT_DAY, policy().hours, official())
    assert again == datetime(2026, 5, 12, 5, 0, tzinfo=UTC)  # Monday 10:00 to 18:00, Tuesday to 13:00
    assert resumed(T0, T0, THAT_DAY, policy().hours, official()) == T0
    assert resumed(None, T0, THAT_DAY, policy().hours, official()) is None


# --- the course of one ---------------------------------------------------------------------------------------------------------------------


def test_from_request_to_evidence(desk, ana, ben, tao):
    row = case()
    actions.claim(row.id, ana, now=T0)
    made = asked(row, ana, tao)
    assert (made.state, made.days, made.answer_by) == ("proposed", ["2026-05-11"], date(2026, 5, 9))
    waiting = queries.case(row.id, ben, now=at(hours=30))
    assert (waiting.state, waiting.paused_at) == ("open", T0)
    assert queries.queue(ben, now=at(hours=30)).total == 0
    assert queries.counts(ben, now=at(hours=30))["bench"] == {"waiting": 0, "overdue": 0, "mine": 0, "proposed": 0}
    assert [c.id for c in queries.queue(ben, Filters(state="paused"), now=at(hours=30)).rows] == [row.id]
    inspecting.confirm(str(made.pk), SHOP, day="2026-05-11", now=at(hours=3))
    partly = inspecting.record(str(made.pk), tao, answers={"licence": "yes"}, remarks={}, now=THAT_DAY)
    assert (partly.state, partly.answers) == ("appointed", {"licence": "yes"})
    done = inspecting.record(
        str(made.pk),
        tao,
        answers=everything(made, food_dates="no"),
        remarks={"food_dates": "三袋过期"},
        finding="发现过期原料三袋",
        result="not_conform",
        now=THAT_DAY,
    )
    assert (done.state, done.result, done.closed_at) == ("closed", "not_conform", THAT_DAY)
    assert facts() == [
        {
            "inspection_id": str(made.pk),
            "case_id": row.id,
            "merchant_id": "M1",
            "result": "not_conform",
            "place": "factory",
            "points": 9,
            "failed": 1,
        }
    ]
    after = queries.case(row.id, ben, now=THAT_DAY)
    (found,) = after.evidence["inspections"]
    assert (found["result"], found["failed_en"], found["finding"]) == (
        "not_conform",
        ["No food is past its date; dates are plain and not altered."],
        "发现过期原料三袋",
    )
    assert after.paused_at is None
    assert after.due == datetime(2026, 5, 12, 5, 0, tzinfo=UTC)
    assert after.seen != row.seen
    # What the station learns later leaves it standing; the desk decides on it.
    newer = more_evidence(after, {"returns": 15}, THAT_DAY)
    assert newer.evidence == {"returns": 15, "inspections": [found]}
    with refused("evidence_changed"):
        actions.decide(row.id, "real", ben, seen=row.seen, now=THAT_DAY)
    assert actions.decide(row.id, "real", ben, seen=newer.seen, now=THAT_DAY).state == "decided"
    assert [e.verb for e in queries.history(row.id, ana)] == [
        "open",
        "claim",
        "inspect",
        "inspected",
        "evidence",
        "evidence",
        "decide",
    ]
    assert "一号路" not in str(FactRow.objects.values_list("payload", flat=True)) + str(
        list(AuditLine.objects.values_list("note", flat=True))
    )


def test_while_it_is_under_way_nobody_decides_and_no_second_one_is_asked_for(desk, ana, ben, sen, tao):
    row = case()
    asked(row, ana, tao)
    for forbidden in (
        lambda: actions.decide(row.id, "real", ben, seen=row.seen, now=at(hours=1)),
        lambda: asked(row, ana, tao, now=at(hours=1)),
    ):
        with refused("inspection_open"):
            forbidden()
    assert Inspection.objects.count() == 1
    assert queries.case(row.id, ben).outcome == ""
    other = case(source="monitoring:S2")
    proposed = actions.decide(other.id, "delist", ana, seen=other.seen, reason="x", now=T0)
    with refused("case_proposed"):
        asked(proposed, ben, tao)


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reason": " "}, "reason_missing"),
        ({"place": ""}, "place_missing"),
        ({"place_kind": "moon"}, "place_missing"),
        ({"days": [date(2026, 5, 7)]}, "day_too_soon"),
    ],
)
def test_a_request_that_is_refused_pauses_nothing(desk, ana, tao, more, code):
    row = case()
    with refused(code):
        asked(row, ana, tao, **more)
    assert not Inspection.objects.exists()
    assert Case.objects.get(pk=row.id).paused_at is None
    assert not CaseEvent.objects.exclude(verb="open").exists()


def test_who_may_go(desk, ana, ben, tao):
    row = case()
    actions.claim(row.id, ben, now=T0)
    actions.release(row.id, ben, now=T0)
    for nobody in (ana, ben):  # who asks, and who has worked on it
        with refused("inspector_involved"):
            asked(row, ana, nobody)
    with refused("assignee_unknown"):
        asked(row, ana, person("reg", Role.REGULATOR))
    assert [name for _pk, name in inspections.inspectors(row.id, ana)] == ["Tao"]
    nameless = opened("monitoring:S3")
    with refused("merchant_missing"):
        asked(nameless, ana, tao)


def test_a_merchant_answers_for_himself_only(desk, ana, tao):
    made = asked(case(), ana, tao)
    for forbidden in (
        lambda: inspections.inspection(made.pk, OTHER),
        lambda: inspecting.confirm(str(made.pk), OTHER, day="2026-05-11", now=T0),
        lambda: inspecting.decline(str(made.pk), OTHER, why="x", now=T0),
        lambda: inspecting.confirm("no-id", SHOP, day="2026-05-11", now=T0),
    ):
        with refused("inspection_unknown"):
            forbidden()
    with refused("not_permitted"):
        inspecting.cancel(str(made.pk), SHOP, why="x", now=T0)
    with refused("not_permitted"):
        inspecting.confirm(str(made.pk), ana, day="2026-05-11", now=T0)
    for day, when, code in (
        ("2026-05-12", T0, "day_not_proposed"),
        ("2026-05-11", THAT_DAY + timedelta(days=1), "day_past"),
    ):
        with refused(code):
            inspecting.confirm(str(made.pk), SHOP, day=day, now=when)
    made.refresh_from_db()
    assert (made.state, made.day) == ("proposed", None)
    assert [i.pk for i in inspections.inspections(SHOP)] == [made.pk]
    assert inspections.inspections(OTHER).count() == 0


def test_only_the_inspector_writes_on_the_day(desk, ana, ben, tao):
    made = appointed(case(), ana, tao)
    with refused("too_early"):
        inspecting.record(str(made.pk), tao, answers=everything(made), remarks={}, result="conform", now=at(days=1))
    with refused("not_yours"):
        inspecting.record(str(made.pk), ben, answers=everything(made), remarks={}, result="conform", now=THAT_DAY)
    for answers, code in (({"nothing": "yes"}, "answer_unknown"), ({"goods": "maybe"}, "answer_unknown")):
        with refused(code):
            inspecting.record(str(made.pk), tao, answers=answers, remarks={}, now=THAT_DAY)
    with refused("unanswered"):
        inspecting.record(str(made.pk), tao, answers={"goods": "yes"}, remarks={}, result="conform", now=THAT_DAY)
    with refused("result_unknown"):
        inspecting.record(str(made.pk), tao, answers=everything(made), remarks={}, result="fine", now=THAT_DAY)
    made.refresh_from_db()
    assert (made.state, made.answers, facts()) == ("appointed", {}, [])
    inspecting.record(str(made.pk), tao, answers=everything(made), remarks={}, result="conform", now=THAT_DAY)
    with refused("step_not_allowed"):
        inspecting.record(str(made.pk), tao, answers={"goods": "no"}, remarks={}, now=THAT_DAY)
    assert [f["result"] for f in facts()] == ["conform"]


def test_declined_silent_and_cancelled(desk, ana, ben, tao):
    made = asked(case(), ana, tao)
    with refused("still_time"):
        inspecting.give_up(str(made.pk), ana, why="未答复", now=at(days=3))
    inspecting.decline(str(made.pk), SHOP, why="设备检修", now=at(days=1))
    again = inspecting.propose(str(made.pk), ben, days=[date(2026, 5, 12)], now=at(days=1))
    assert (again.state, again.days, again.declined) == ("proposed", ["2026-05-12"], "")
    with refused("finding_missing"):
        inspecting.give_up(str(made.pk), ana, why=" ", now=at(days=8))
    closed = inspecting.give_up(str(made.pk), ana, why="商家逾期未答复", now=at(days=8))
    assert (closed.state, closed.result) == ("closed", "not_done")
    assert [f["result"] for f in facts()] == ["not_done"]
    other = case(source="monitoring:S2")
    one = asked(other, ana, tao)
    with refused("reason_missing"):
        inspecting.cancel(str(one.pk), ana, why="", now=at(hours=1))
    assert inspecting.cancel(str(one.pk), ana, why="已补交报告", now=at(hours=1)).state == "cancelled"
    row = queries.case(other.id, ana)
    assert (row.paused_at, row.due, dict(row.evidence)) == (None, at(hours=28), dict(other.evidence))
    assert len(facts()) == 1
    assert inspections.counts(ana) == {"proposed": 0, "declined": 0, "appointed": 0, "closed": 1, "cancelled": 1}
