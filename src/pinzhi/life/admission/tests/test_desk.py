"""The desk of admission: persons decide, two for what is severe, others judge appeals, all of it can be taken back."""

import tomllib

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.casework.contracts import EvidenceChangedError
from pinzhi.decisions import actions as decisions
from pinzhi.decisions import queries as decided
from pinzhi.decisions.contracts import seen_digest
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.life.admission import actions, queries
from pinzhi.life.admission.models import Appeal, PaperWatch, RegressionCase, Submission
from pinzhi.life.admission.tests.goods import (
    ABSOLUTE,
    CLEAN,
    COUNTERFEIT,
    DOUBTFUL,
    HOUSE,
    OTHER,
    SHOP,
    T0,
    at,
    goods,
    paper,
    person,
)
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db

L1 = Subject(Kind.LISTING, "L1")


@pytest.fixture
def mei(db):
    return person("mei", Role.REVIEWER)


@pytest.fixture
def lin(db):
    return person("lin", Role.SENIOR_REVIEWER)


@pytest.fixture
def hua(db):
    return person("hua", Role.SENIOR_REVIEWER)


def facts(name):
    return [r.payload for r in FactRow.objects.filter(name=name).order_by("seq")]


def case_of(submission, when=T0):
    return cases.case(submission.case_id, HOUSE, now=when)


def decide(case, outcome, by, when, reason="已核对"):
    return casework.decide(case.id, outcome, by, seen=case.seen, reason=reason, now=when)


def standing(when):
    return decided.standing(L1, when).state


def refused(code):
    return pytest.raises(RefusedError, match=f"^{code}:")


def test_one_person_admits_what_is_not_severe(mei):
    done = actions.submit(
        goods(DOUBTFUL, documents=(paper("ccc", "2026010101000001", valid_to="2027-01-01"),)), SHOP, now=T0
    )
    decide(case_of(done.row), "admit", mei, at(hours=1))
    done.row.refresh_from_db()
    assert done.row.state == "passed"
    assert standing(at(hours=2)) == "normal"
    (fact,) = facts("ListingAdmitted")
    assert fact["decided_by"] == "person:reviewer"
    assert PaperWatch.objects.get().number == "2026010101000001"
    assert not RegressionCase.objects.exists()
    assert facts("ScreeningOverturned") == []


@pytest.mark.parametrize(
    ("outcome", "state", "effect", "stands"),
    [("return", "returned", "quarantine", "quarantined"), ("refuse", "refused", "delist", "delisted")],
)
def test_one_person_returns_or_refuses_with_a_reason(mei, outcome, state, effect, stands):
    done = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    with refused("reason_missing"):
        decide(case_of(done.row), outcome, mei, at(hours=1), reason=" ")
    assert standing(at(hours=1)) == "quarantined"
    decide(case_of(done.row), outcome, mei, at(hours=1))
    done.row.refresh_from_db()
    assert done.row.state == state
    assert decided.history(L1)[0].effect == effect
    assert standing(at(hours=2)) == stands
    (fact,) = facts("ListingRefused")
    assert (fact["outcome"], fact["decided_by"]) == (state, "person:reviewer")


def test_undo_puts_everything_back(mei):
    done = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    decide(case_of(done.row), "admit", mei, at(hours=1))
    casework.undo(done.row.case_id, mei, now=at(hours=1, seconds=5))
    done.row.refresh_from_db()
    assert done.row.state == "pending"
    assert case_of(done.row, at(hours=2)).state == "open"
    assert standing(at(hours=2)) == "quarantined"
    decide(case_of(done.row, at(hours=2)), "refuse", mei, at(hours=2))
    assert standing(at(hours=3)) == "delisted"


def test_undoing_the_refusal_of_a_change_brings_the_earlier_admission_back(mei):
    first = actions.submit(
        goods(CLEAN, documents=(paper("ccc", "2026010101000001", valid_to="2027-01-01"),)), SHOP, now=T0
    )
    changed = actions.submit(goods(DOUBTFUL), SHOP, now=at(hours=1))
    decide(case_of(changed.row, at(hours=2)), "refuse", mei, at(hours=2))
    assert Submission.objects.get(pk=first.row.pk).state == "replaced"
    casework.undo(changed.row.case_id, mei, now=at(hours=2, seconds=5))
    assert Submission.objects.get(pk=first.row.pk).state == "passed"
    assert standing(at(hours=3)) == "normal"
    assert PaperWatch.objects.get().number == "2026010101000001"


def test_the_stale_guard_holds_when_the_merchant_submits_meanwhile(mei):
    done = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    seen = case_of(done.row)
    actions.submit(goods(f"{DOUBTFUL} 白色"), SHOP, now=at(minutes=5))
    with pytest.raises(EvidenceChangedError) as no:
        decide(seen, "admit", mei, at(minutes=6))
    assert "content" in {c.path for c in no.value.changes}
    assert facts("ListingAdmitted") == []


# --- appeals ----------------------------------------------------------------------------------------------------------------------------------


def appealed(title=COUNTERFEIT, when=None):
    done = actions.submit(goods(title), SHOP, now=T0)
    made = actions.appeal(done.row.pk, SHOP, "“高仿”指高仿真花材，并非仿冒品牌", now=when or at(hours=1))
    return done.row, made, cases.case(made.case_id, HOUSE, now=when or at(hours=1))


def test_a_severe_refusal_needs_two_persons(mei, lin):
    row, _, case = appealed()
    assert case.evidence["severe"] == ["T20"]
    proposed = decide(case, "admit", mei, at(hours=2))
    assert proposed.state == "proposed"
    assert standing(at(hours=3)) == "delisted"
    assert facts("ListingAdmitted") == []
    with refused("not_permitted"):
        casework.confirm(case.id, mei, seen=case.seen, now=at(hours=3))
    casework.confirm(case.id, lin, seen=case.seen, now=at(hours=3))
    row.refresh_from_db()
    assert row.state == "passed"
    assert standing(at(hours=4)) == "normal"
    (fact,) = facts("ListingAdmitted")
    assert fact["decided_by"] == "two:reviewer+senior_reviewer"


def test_the_same_person_is_not_two(lin):
    _, _, case = appealed()
    decide(case, "admit", lin, at(hours=2))
    with refused("same_person"):
        casework.confirm(case.id, lin, seen=case.seen, now=at(hours=3))
    assert standing(at(hours=4)) == "delisted"


def test_a_token_cannot_begin_what_takes_two(db):
    from pinzhi.people.roles import Actor

    _, _, case = appealed()
    token = Actor("token", "token:1", scopes=frozenset({"cases:decide"}))
    with refused("needs_person"):
        decide(case, "admit", token, at(hours=2))
    assert cases.case(case.id, HOUSE, now=at(hours=2)).state == "open"


def test_severe_refusals_are_not_lifted_by_one_person_elsewhere(lin):
    row, _, _ = appealed()
    decision = decided.find(row.decision_id)
    seen = seen_digest(decided.record(decision))
    with refused("needs_two"):
        decisions.lift_by_person(decision.pk, lin, Text("误判", "a mistake"), seen)
    assert decided.find(decision.pk).lifted_at is None
    plain = actions.submit(goods(ABSOLUTE, id="L5"), SHOP, now=at(hours=1)).row
    other = decided.find(plain.decision_id)
    decisions.lift_by_person(other.pk, lin, Text("误判", "a mistake"), seen_digest(decided.record(other)))
    assert decided.find(other.pk).lifted_at is not None


def test_what_an_appeal_overturns_becomes_a_regression_case_of_its_rule(mei, lin):
    row, made, case = appealed()
    decide(case, "admit", mei, at(hours=2), reason="确为仿真花，行业通称")
    casework.confirm(case.id, lin, seen=case.seen, now=at(hours=3))
    (kept,) = RegressionCase.objects.all()
    assert (kept.rule, kept.field, kept.start, kept.end, kept.text) == ("T20", "title", 0, 2, "高仿")
    assert kept.because == "确为仿真花，行业通称"
    assert [f["rule"] for f in facts("ScreeningOverturned")] == ["T20"]
    made.refresh_from_db()
    assert made.outcome == "overturned"
    (exported,) = tomllib.loads(queries.regression_toml(queries.regression_cases("T20")))["case"]
    assert exported["given"] == {"category": "服装/T恤", "field": "title", "text": COUNTERFEIT}
    assert exported["expect"] == {"not_flagged": "高仿"}
    assert exported["because"] == "确为仿真花，行业通称"
    assert "M1" not in queries.regression_toml(queries.regression_cases())
    casework.undo(case.id, lin, reason="证据有误", now=at(hours=5))
    row.refresh_from_db()
    made.refresh_from_db()
    assert (row.state, made.outcome) == ("refused", "")
    assert standing(at(hours=6)) == "delisted"
    assert list(queries.regression_cases()) == []


def test_an_appeal_that_fails_changes_nothing(mei, lin):
    row, made, case = appealed()
    before = [(d.pk, d.lifted_at) for d in decided.history(L1)]
    decide(case, "refuse", mei, at(hours=2))
    casework.confirm(case.id, lin, seen=case.seen, now=at(hours=3))
    row.refresh_from_db()
    made.refresh_from_db()
    assert (row.state, made.outcome) == ("refused", "upheld")
    assert [(d.pk, d.lifted_at) for d in decided.history(L1)] == before


def test_who_refused_does_not_judge_the_appeal(mei, lin, hua):
    done = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    decide(case_of(done.row), "refuse", mei, at(hours=1))
    made = actions.appeal(done.row.pk, SHOP, "并无夸大", now=at(hours=2))
    case = cases.case(made.case_id, HOUSE, now=at(hours=2))
    with refused("same_reviewer"):
        decide(case, "refuse", mei, at(hours=3))
    assert cases.case(made.case_id, HOUSE, now=at(hours=3)).state == "open"
    decide(case, "admit", lin, at(hours=3))
    assert standing(at(hours=4)) == "normal"


def test_appeals_are_answered_within_three_working_days(db):
    _, _, case = appealed()
    assert case.due.isoformat() == "2026-11-27T03:00:00+00:00"  # Tuesday 11:00 in China and 27 hours of the desk


@pytest.mark.parametrize(
    ("title", "by", "words", "later", "code"),
    [
        (COUNTERFEIT, OTHER, "不服", {"hours": 1}, "submission_unknown"),
        (COUNTERFEIT, SHOP, "  ", {"hours": 1}, "reason_missing"),
        (COUNTERFEIT, SHOP, "长" * 4001, {"hours": 1}, "text_too_long"),
        (COUNTERFEIT, SHOP, "不服", {"days": 400}, "appeal_too_late"),
        (CLEAN, SHOP, "不服", {"hours": 1}, "not_refused"),
        (DOUBTFUL, SHOP, "不服", {"hours": 1}, "not_refused"),
    ],
)
def test_appeals_that_are_not_taken_leave_nothing(db, title, by, words, later, code):
    row = actions.submit(goods(title), SHOP, now=T0).row
    opened = FactRow.objects.filter(name="CaseOpened").count()
    with refused(code):
        actions.appeal(row.pk, by, words, now=at(**later))
    assert not Appeal.objects.exists()
    assert FactRow.objects.filter(name="CaseOpened").count() == opened


def test_one_appeal_for_each_refusal(db):
    row, _, _ = appealed()
    with refused("appealed_already"):
        actions.appeal(row.pk, SHOP, "再次申诉", now=at(hours=2))
    assert Appeal.objects.count() == 1


def test_a_severe_submission_after_a_doubtful_one_is_refused_by_rule_and_stays_on_the_desk(lin, hua):
    first = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    second = actions.submit(goods(COUNTERFEIT), SHOP, now=at(hours=1))
    assert second.row.state == "refused"
    case = case_of(first.row, at(hours=1))
    assert (case.state, case.evidence["severe"]) == ("open", ["T20"])
    assert decide(case, "refuse", lin, at(hours=2)).state == "proposed"
    casework.confirm(case.id, hua, seen=case.seen, now=at(hours=3))
    assert standing(at(hours=4)) == "delisted"


def test_a_reviewer_who_holds_the_case_loses_it_to_the_answer(mei):
    first = actions.submit(goods(DOUBTFUL), SHOP, now=T0)
    casework.claim(first.row.case_id, mei, now=at(minutes=1))
    actions.submit(goods(CLEAN), SHOP, now=at(minutes=2))
    case = case_of(first.row, at(minutes=3))
    assert (case.state, case.outcome) == ("decided", "admit")
    assert standing(at(minutes=3)) == "normal"
