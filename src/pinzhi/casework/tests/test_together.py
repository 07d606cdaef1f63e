"""Many cases at once, and saved views."""

from datetime import timedelta

import pytest

from pinzhi.casework import actions, queries
from pinzhi.casework.contracts import CaseRow, Proposal
from pinzhi.casework.models import Case, SavedView
from pinzhi.casework.rules.bulk import Asked, Choice, Doer, OutcomeRule, plan_bulk
from pinzhi.casework.tests.desk_for_tests import T0, at, more_evidence, opened, person, refused
from pinzhi.casework.together import plan
from pinzhi.casework.views import views
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Severity
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Role

DESKS = {
    "bench": {
        "real": OutcomeRule(),
        "noise": OutcomeRule(needs_reason=True),
        "ban": OutcomeRule(two_person=lambda _evidence: True),
    }
}


def case(id_="1", state="open", **more):
    return CaseRow(
        **{
            "id": id_,
            "desk": "bench",
            "subject": Subject(Kind.LISTING, "L1"),
            "title": Text("一", "one"),
            "state": state,
            "severity": Severity.HIGH,
            "source": "x:1",
            "opened_at": T0,
            "due": None,
            "act_before": T0,
            "seen": "s",
            "evidence": {},
            **more,
        }
    )


MINE = Proposal("ban", "", "s", "person:manager", 7, T0)


@pytest.mark.parametrize(
    ("asked", "row", "code"),
    [
        (Asked("decide", "real"), case(), None),
        (Asked("decide", "real"), case(seen="new"), "evidence_changed"),
        (Asked("decide", "gone"), case(), "outcome_unknown"),
        (Asked("decide", "noise"), case(), "reason_missing"),
        (Asked("decide", "noise", "seasonal"), case(), None),
        (Asked("decide", "real"), case(state="decided"), "step_not_allowed"),
        (Asked("decide", "real"), case(state="claimed", assigned=8, lease_until=at(minutes=9)), "leased"),
        (Asked("decide", "real"), case(state="claimed", assigned=7, lease_until=at(minutes=9)), None),
        (Asked("claim"), case(state="claimed", assigned=7, lease_until=at(minutes=9)), None),
        (Asked("claim"), case(state="proposed", proposal=MINE), "step_not_allowed"),
        (Asked("release"), case(), "step_not_allowed"),
        (Asked("confirm"), case(state="proposed", proposal=MINE), "same_person"),
        (Asked("snooze", until=at(hours=-1)), case(), "snooze_past"),
        (Asked("snooze", until=at(hours=9)), case(due=at(hours=8)), "snooze_beyond_due"),
        (Asked("snooze", until=at(hours=7)), case(due=at(hours=8)), None),
        (Asked("comment"), case(), "reason_missing"),
        (Asked("comment", sentence="x"), case(state="decided"), None),
        (Asked("ask", sentence="x"), case(state="decided"), "case_decided"),
        (Asked("assign", to=3), case(state="claimed", assigned=8, lease_until=at(minutes=9)), None),
        (Asked("assign", to=3), case(state="decided"), "step_not_allowed"),
        (Asked("reopen", sentence="x"), case(state="decided"), None),
    ],
)
def test_the_plan_says_why_not(asked, row, code):
    found = plan_bulk(asked, [Choice("1", "s")], {"1": row}, by=Doer(7), desks=DESKS, now=T0)
    assert [s.refusal.code for s in found.skipped] == ([code] if code else [])
    assert len(found.do) == (0 if code else 1)


def test_the_plan_keeps_the_order_takes_each_once_and_names_proposals():
    known = {"1": case("1"), "2": case("2", seen="t")}
    chosen = [Choice("2", "t"), Choice("9"), Choice("1", "s"), Choice("2", "t")]
    found = plan_bulk(Asked("decide", "ban"), chosen, known, by=Doer(7), desks=DESKS, now=T0)
    assert ([c.id for c in found.do], found.proposals) == (["2", "1"], ("2", "1"))
    assert [(s.id, s.refusal.code) for s in found.skipped] == [("9", "case_unknown")]


def choices(*rows):
    return [Choice(r.id, r.seen) for r in rows]


def test_what_can_be_done_is_done_and_undone_as_one(desk, ana, ben):
    one, two, three, four = (opened(f"m:{n}") for n in range(4))
    actions.claim(two.id, ben, now=T0)
    more_evidence(three, {"returns": 15})
    chosen = choices(one, two, three, four)
    asked = Asked("decide", "real")
    assert [c.id for c in plan(asked, chosen, ana, now=at(seconds=1)).do] == [one.id, four.id]
    done = actions.bulk(asked, chosen, ana, now=at(seconds=1))
    assert [r.id for r in done.done] == [one.id, four.id]
    assert [(s.id, s.refusal.code) for s in done.skipped] == [(two.id, "leased"), (three.id, "evidence_changed")]
    assert set(AuditLine.objects.filter(within=done.number).values_list("verb", "outcome")) == {
        ("casework.decide", "done")
    }
    back = actions.undo_bulk(done.number, ana, now=at(seconds=5))
    assert ([r.id for r in back.done], back.skipped) == ([four.id, one.id], ())
    assert set(Case.objects.filter(pk__in=[one.id, four.id]).values_list("state", "outcome")) == {("open", "")}
    assert [t[0] for t in desk.told] == ["decide", "decide", "undo", "undo"]
    with refused("bulk_unknown"):
        actions.undo_bulk(done.number, ana, now=at(seconds=6))


def test_a_case_touched_since_is_left_alone(desk, ana):
    one, two = opened("m:1"), opened("m:2")
    done = actions.bulk(Asked("snooze", until=at(hours=2)), choices(one, two), ana, now=T0)
    actions.claim(one.id, ana, now=at(minutes=1))
    back = actions.undo_bulk(done.number, ana, now=at(minutes=2))
    assert [r.id for r in back.done] == [two.id]
    assert [(s.id, s.refusal.code) for s in back.skipped] == [(one.id, "done_since")]
    assert Case.objects.get(pk=one.id).state == "claimed"


def test_one_refused_by_its_desk_does_not_stop_the_others(desk, ana):
    one, two = opened("m:1"), opened("m:2")
    desk.refuses = True
    done = actions.bulk(Asked("decide", "real"), choices(one, two), ana, now=T0)
    assert (done.done, [s.refusal.code for s in done.skipped]) == ((), ["desk_says_no"] * 2)
    assert set(Case.objects.values_list("state", flat=True)) == {"open"}


def test_the_whole_is_refused_before_anything_is_done(desk, ana):
    one = opened()
    for asked, code in ((Asked("burn"), "verb_unknown"), (Asked("confirm"), "not_permitted")):
        with refused(code):
            actions.bulk(asked, choices(one), ana, now=T0)
    with refused("bulk_too_many"):
        actions.bulk(Asked("claim"), [Choice(str(n)) for n in range(201)], ana, now=T0)
    assert Case.objects.get().state == "open"


def test_bulk_takes_a_bounded_number_of_queries_to_plan(desk, ana, django_assert_num_queries):
    chosen = choices(*(opened(f"m:{n}") for n in range(12)))
    with django_assert_num_queries(1):
        plan(Asked("claim"), [*chosen, Choice("no id")], ana, now=T0)


# --- saved views -----------------------------------------------------------------------------------------------------------------------------


def test_views_are_ones_own_or_shared_with_a_role(desk, ana, ben, sen, django_assert_num_queries):
    opened("m:1", severity="H")
    opened("m:2", severity="L")
    own = actions.save_view(ana, " High ", "severity=H&page=3", now=T0)
    actions.save_view(sen, "all", "state=", shared_with=Role.ANALYST, now=T0)
    with django_assert_num_queries(2):
        found = views(ana, now=T0)
    assert [(v.name, v.query, v.mine, v.count) for v in found] == [
        ("High", "severity=H", True, 1),
        ("all", "state=", False, 2),
    ]
    assert [v.name for v in views(ben, now=T0)] == ["all"]
    assert actions.save_view(ana, "High", "severity=M", now=T0) == own
    assert [v.count for v in views(ana, now=T0)] == [0, 2]


def test_many_views_are_two_queries(desk, ana, django_assert_num_queries):
    for n in range(9):
        actions.save_view(ana, f"v{n}", f"category=c{n}", now=T0)
    with django_assert_num_queries(2):
        assert len(views(ana, now=T0)) == 9


def test_a_view_that_is_not_understood_any_more_is_shown_without_a_count(desk, ana):
    SavedView.objects.create(owner_id=ana.account_id, name="old", query="state=burning", made_at=T0)
    assert [(v.name, v.count) for v in views(ana, now=T0)] == [("old", None)]


def test_views_are_refused_with_nothing_kept(desk, ana, sen):
    for code, call in (
        ("view_name", lambda: actions.save_view(ana, "  ", "")),
        ("filter_unknown", lambda: actions.save_view(ana, "x", "state=burning")),
        ("not_permitted", lambda: actions.save_view(ana, "x", "", shared_with=Role.ANALYST)),
        ("not_permitted", lambda: actions.save_view(person("shop", Role.MERCHANT), "x", "")),
        ("view_unknown", lambda: actions.remove_view(ana, 4711)),
    ):
        with refused(code):
            call()
    assert not SavedView.objects.exists()
    mine = actions.save_view(ana, "x", "", now=T0)
    with refused("view_unknown"):
        actions.remove_view(sen, mine)
    actions.remove_view(ana, mine)
    assert not SavedView.objects.exists()


def test_a_list_of_cases_by_id_leaves_out_what_is_anothers(desk, ana):
    one = opened(merchant_id="M1")
    assert set(queries.cases([one.id, "nonsense"], ana, now=T0 + timedelta(hours=1))) == {one.id}
