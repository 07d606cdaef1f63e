"""Changed rules: what is new against a listing, and sweeps over live listings that are stopped, killed, asked about, undone."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.decisions import queries as decided
from pinzhi.engine.models import FactRow, JobRun
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.admission import actions, queries, renewal, shipped, upkeep
from pinzhi.life.admission.contracts import Outcome
from pinzhi.life.admission.models import Doubt, Screening, Submission, Sweep
from pinzhi.life.admission.rules.policy import Renewal, Severe
from pinzhi.life.admission.rules.renewal import Counts, new_grounds, too_much
from pinzhi.life.admission.tests.goods import CLEAN, DOUBTFUL, HOUSE, SHOP, T0, at, goods, person
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Role

POLICY = Renewal(portion=2, grace_days=15, most_refused=0.02, most_asked=0.05, few=20)


# --- what is new (pure) -------------------------------------------------------------------------------------------------------------------------


def found(rule, severity="H", text="词", confidence=1.0, field="title"):
    return {"rule": rule, "severity": severity, "text": text, "confidence": confidence, "field": field}


def said(*findings, missing=()):
    return {"findings": list(findings), "missing": [{"claim": c, "kinds": ["report"]} for c in missing]}


@pytest.mark.parametrize(
    ("before", "after", "outcome", "rules"),
    [
        (said(), said(found("T01")), Outcome.REJECT, ("T01",)),
        (said(found("T01")), said(found("T01")), Outcome.PASS, ()),
        (said(found("T01", "M")), said(found("T01")), Outcome.REJECT, ("T01",)),
        (said(found("T01", "M")), said(found("T01", confidence=0.5)), Outcome.PASS, ()),
        (said(found("T01", confidence=0.5)), said(found("T01", confidence=0.9)), Outcome.REJECT, ("T01",)),
        (said(found("T01", text="甲")), said(found("T01", text="乙", severity="M")), Outcome.MANUAL, ("T01",)),
        (said(), said(found("T01", "L")), Outcome.PASS, ()),
        (said(missing=("food",)), said(missing=("food",)), Outcome.PASS, ()),
        (said(missing=("food",)), said(missing=("food", "toy")), Outcome.REJECT, ("missing",)),
    ],
)
def test_only_what_is_new_or_graver_counts(before, after, outcome, rules):
    grounds = new_grounds(before, after)
    assert (grounds.outcome, grounds.rules) == (outcome, rules)


def test_a_severe_rule_among_what_is_new():
    severe = Severe(("T20",))
    assert new_grounds(said(), said(found("T20.1"))).severe(severe)
    assert not new_grounds(said(found("T20.1")), said(found("T20.1"), found("T01"))).severe(severe)


@given(st.lists(st.sampled_from([found(r, s) for r in ("T01", "T02") for s in "LMH"]), max_size=6))
def test_a_verdict_has_nothing_new_against_itself(findings):
    assert new_grounds(said(*findings), said(*findings)).outcome is Outcome.PASS
    assert set(new_grounds(said(), said(*findings)).rules) == {f["rule"] for f in findings if f["severity"] != "L"}


@pytest.mark.parametrize(
    ("live", "refused", "asked", "stops"),
    [
        (1_000_000, 20_000, 50_000, False),
        (1_000_000, 20_001, 0, True),
        (1_000_000, 0, 50_001, True),
        (30, 20, 20, False),
        (30, 21, 0, True),
        (0, 0, 0, False),
    ],
)
def test_too_much(live, refused, asked, stops):
    assert too_much(Counts(live, refused, asked, 0), POLICY) is stops


# --- sweeps -------------------------------------------------------------------------------------------------------------------------------------


def facts(name):
    return [r.payload for r in FactRow.objects.filter(name=name).order_by("seq")]


def standing(listing="L1", when=T0):
    return decided.standing(Subject(Kind.LISTING, listing), when).state


def draft(rule="T01.9", words="宽松百搭", severity="H"):
    """The shipped rules and one more."""
    return shipped.candidate(
        {
            "draft": f"""version = "9"
[[rule]]
id = "{rule}"
severity = "{severity}"
law = "advert.absolute_terms"
zh = "“{{text}}”不得使用。"
en = "«{{text}}» is not used."
fix_zh = "删去“{{text}}”。"
fix_en = "Drop «{{text}}»."
[[rule.group]]
name = "trial"
words = "{words}"
"""
        }
    )


@pytest.fixture
def change(monkeypatch):
    """Put other rules in force."""

    def put(**how):
        rules = draft(**how)
        monkeypatch.setattr(shipped, "ruleset", lambda: rules)
        return rules

    return put


@pytest.fixture
def small(monkeypatch):
    """Two listings in a portion; more than one to be refused is too much."""
    from dataclasses import replace

    real = queries.policy_in_force

    def policy(moment=None):
        return replace(real(moment), renewal=Renewal(2, 15, 0.0, 0.0, few=1))

    monkeypatch.setattr(renewal, "policy_in_force", policy)


def admitted(count=3, title="圆领短袖T恤"):
    return [actions.submit(goods(f"{title} {n}", id=f"L{n}"), SHOP, now=T0).row for n in range(1, count + 1)]


@pytest.mark.django_db
def test_nothing_to_do_while_the_rules_are_the_same():
    admitted()
    assert renewal.renew(HOUSE, now=at(days=1)) is None
    assert not Sweep.objects.exists()


@pytest.mark.django_db
def test_what_changed_rules_no_longer_admit_is_told_with_a_day_and_stays_on_sale_until_then(change):
    admitted(2)
    done = actions.submit(goods(CLEAN, id="L9"), SHOP, now=T0).row
    rules = change()
    sweep = renewal.renew(HOUSE, now=at(days=1))
    assert (sweep.state, sweep.live, sweep.judged, sweep.told) == ("done", 3, 3, 1)
    (doubt,) = Doubt.objects.all()
    assert (doubt.submission_id, doubt.state, doubt.until, doubt.rules) == (
        done.pk,
        "told",
        date(2026, 12, 10),
        ["T01.9"],
    )
    assert standing("L9", at(days=2)) == "normal"
    notice = decided.find(doubt.notice_id)
    assert (notice.effect, [r["code"] for r in notice.reasons]) == ("none", ["rules_changed", "T01.9"])
    assert "2026-12-10" in notice.reasons[0]["sentence"]["zh"]
    assert "宽松百搭" in notice.reasons[1]["sentence"]["zh"]
    assert facts("ListingRefused") == []
    (fact,) = facts("ListingsHeldAgain")
    assert (fact["ruleset"], fact["live"], fact["returned"], fact["asked"]) == (rules.hash, 3, 1, 0)
    assert renewal.renew(HOUSE, now=at(days=2)) is None

    assert renewal.end_grace(HOUSE, now=at(days=16)) == {"returned": 0, "closed": 0}
    assert renewal.end_grace(HOUSE, now=at(days=17)) == {"returned": 1, "closed": 0}
    done.refresh_from_db()
    assert done.state == "returned"
    assert standing("L9", at(days=17)) == "quarantined"
    assert decided.find(doubt.notice_id).lifted_at is not None
    assert renewal.end_grace(HOUSE, now=at(days=18)) == {"returned": 0, "closed": 0}


@pytest.mark.django_db
def test_what_is_put_right_in_time_is_left_alone(change):
    actions.submit(goods(CLEAN), SHOP, now=T0)
    change()
    renewal.renew(HOUSE, now=at(days=1))
    better = actions.submit(goods("圆领短袖T恤"), SHOP, now=at(days=3)).row
    assert renewal.end_grace(HOUSE, now=at(days=30)) == {"returned": 0, "closed": 1}
    better.refresh_from_db()
    assert (better.state, standing(when=at(days=30))) == ("passed", "normal")


@pytest.mark.django_db
def test_a_rule_that_is_taken_back_lifts_its_notices(change, monkeypatch):
    actions.submit(goods(CLEAN), SHOP, now=T0)
    with monkeypatch.context() as other:
        rules = draft()
        other.setattr(shipped, "ruleset", lambda: rules)
        renewal.renew(HOUSE, now=at(days=1))
    assert Doubt.objects.get().state == "told"
    sweep = renewal.renew(HOUSE, now=at(days=2))
    assert (sweep.state, sweep.judged, sweep.told) == ("done", 1, 0)
    doubt = Doubt.objects.get()
    assert doubt.state == "closed"
    assert decided.find(doubt.notice_id).lifted_at == at(days=2)


@pytest.mark.django_db
def test_what_persons_admitted_in_spite_of_a_finding_is_not_asked_about_again(change):
    mei = person("mei", Role.REVIEWER)
    row = actions.submit(goods(DOUBTFUL), SHOP, now=T0).row
    case = cases.case(row.case_id, HOUSE, now=T0)
    casework.decide(case.id, "admit", mei, seen=case.seen, reason="已核对", now=at(hours=1))
    change(words="不在这里的词")
    sweep = renewal.renew(HOUSE, now=at(days=1))
    assert (sweep.state, sweep.judged, Doubt.objects.count()) == ("done", 1, 0)
    assert Screening.objects.count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize(("how", "severe"), [({"rule": "T20.9"}, True), ({"severity": "M"}, False)])
def test_severe_matters_and_doubts_go_to_a_person_at_once_and_nothing_is_taken_off(change, how, severe):
    row = actions.submit(goods(CLEAN), SHOP, now=T0).row
    change(**how)
    renewal.renew(HOUSE, now=at(days=1))
    doubt = Doubt.objects.get()
    assert (doubt.state, doubt.severe, doubt.until) == ("asked", severe, None)
    row.refresh_from_db()
    assert (row.state, standing(when=at(days=2))) == ("passed", "normal")
    case = cases.case(row.case_id, HOUSE, now=at(days=1))
    assert (case.state, case.desk, bool(case.evidence["severe"])) == ("open", "admission", severe)


@pytest.mark.django_db
def test_a_listing_that_a_person_admitted_before_is_a_new_question_when_rules_change(change):
    mei = person("mei", Role.REVIEWER)
    row = actions.submit(goods(DOUBTFUL), SHOP, now=T0).row
    first = cases.case(row.case_id, HOUSE, now=T0)
    casework.decide(first.id, "admit", mei, seen=first.seen, reason="已核对", now=at(hours=1))
    change(severity="M")
    renewal.renew(HOUSE, now=at(days=1))
    row.refresh_from_db()
    assert row.case_id != first.id
    again = cases.case(row.case_id, HOUSE, now=at(days=1))
    casework.decide(again.id, "admit", mei, seen=again.seen, reason="可以", now=at(days=2))
    row.refresh_from_db()
    assert (row.state, row.held_on_id) == ("passed", Screening.objects.latest("pk").pk)


@pytest.mark.django_db
def test_a_killed_sweep_goes_on_and_looks_at_each_listing_once(change, small, monkeypatch):
    admitted(5)
    actions.submit(goods(CLEAN, id="L9"), SHOP, now=T0)
    change()
    looked = []
    real = renewal._look

    def counting(row, *rest):
        looked.append(row.pk)
        if len(looked) == 4:
            raise KeyboardInterrupt
        return real(row, *rest)

    monkeypatch.setattr(renewal, "_look", counting)
    with pytest.raises(KeyboardInterrupt):
        renewal.renew(HOUSE, now=at(days=1))
    half = Sweep.objects.get()
    assert (half.state, half.judged, FactRow.objects.filter(name="ListingsHeldAgain").count()) == ("judging", 2, 0)
    assert renewal.renew(HOUSE, now=at(days=1)).state == "done"
    done = Sweep.objects.get()
    assert (done.live, done.judged, done.told) == (6, 6, 1)
    assert sorted(set(looked)) == sorted(Submission.objects.values_list("pk", flat=True))
    assert len(facts("ListingsHeldAgain")) == 1


@pytest.mark.django_db
def test_a_sweep_stops_between_portions_when_it_is_asked_to(change, small):
    admitted(5)
    change()
    sweep = renewal.renew(HOUSE, now=at(days=1), stop=lambda s: s.judged >= 2)
    assert (sweep.state, sweep.judged) == ("judging", 2)
    assert renewal.renew(HOUSE, now=at(days=1)).judged == 5


def asked(change, small):
    admitted(3, title=CLEAN)
    change()
    sweep = renewal.renew(HOUSE, now=at(days=1))
    return sweep, cases.case(sweep.case_id, HOUSE, now=at(days=1))


def nothing_told():
    return (
        not Screening.objects.filter(why="rules").exists()
        and [standing(f"L{n}", at(days=2)) for n in (1, 2, 3)] == ["normal"] * 3
        and not Doubt.objects.exclude(state="found").exists()
    )


@pytest.mark.django_db
def test_too_much_stops_the_sweep_and_tells_nobody(change, small):
    sweep, case = asked(change, small)
    assert (sweep.state, case.desk, case.state) == ("asked", "admission_renewal", "open")
    assert case.evidence["by_rule"] == {"T01.9": 3}
    assert (case.evidence["to_be_returned"], case.evidence["live"]) == (3, 3)
    assert sorted(case.evidence["examples"]) == ["L1", "L2", "L3"]
    assert nothing_told()
    assert renewal.renew(HOUSE, now=at(days=2)) is None
    assert nothing_told()


@pytest.mark.django_db
def test_two_persons_let_it_go_on(change, small):
    sweep, case = asked(change, small)
    lin, hua = person("lin", Role.SENIOR_REVIEWER), person("hua", Role.SENIOR_REVIEWER)
    casework.decide(case.id, "go_on", lin, seen=case.seen, reason="规则无误", now=at(days=1, hours=1))
    assert nothing_told()
    casework.confirm(case.id, hua, seen=case.seen, now=at(days=1, hours=2))
    assert JobRun.objects.filter(name="admission.renew").count() == 1
    done = renewal.renew(HOUSE, now=at(days=1, hours=3))
    assert (done.pk, done.state, done.told) == (sweep.pk, "done", 3)
    assert set(Doubt.objects.values_list("state", flat=True)) == {"told"}
    with pytest.raises(RefusedError, match="told_already"):
        casework.undo(case.id, hua, reason="误判", now=at(days=1, hours=4))


@pytest.mark.django_db
def test_one_person_drops_it_and_the_listings_stay(change, small):
    sweep, case = asked(change, small)
    lin = person("lin", Role.SENIOR_REVIEWER)
    casework.decide(case.id, "stop", lin, seen=case.seen, reason="规则过宽", now=at(days=1, hours=1))
    sweep.refresh_from_db()
    assert (sweep.state, Doubt.objects.count()) == ("dropped", 0)
    assert renewal.renew(HOUSE, now=at(days=2)) is None
    assert nothing_told()


@pytest.mark.django_db
def test_rules_that_change_again_overtake_a_sweep_that_waits(change, small):
    sweep, case = asked(change, small)
    change(words="不在这里的词")
    done = renewal.renew(HOUSE, now=at(days=2))
    sweep.refresh_from_db()
    assert (sweep.state, done.state, done.judged, done.told) == ("dropped", "done", 3, 0)
    lin = person("lin", Role.SENIOR_REVIEWER)
    casework.decide(case.id, "go_on", lin, seen=case.seen, reason="规则无误", now=at(days=2))
    hua = person("hua", Role.SENIOR_REVIEWER)
    with pytest.raises(RefusedError, match="sweep_overtaken"):
        casework.confirm(case.id, hua, seen=case.seen, now=at(days=2))
    assert nothing_told()


@pytest.mark.django_db
def test_merchants_may_not_sweep(change):
    admitted(1)
    change()
    with pytest.raises(RefusedError, match="not_permitted"):
        renewal.renew(SHOP, now=at(days=1))
    with pytest.raises(RefusedError, match="not_permitted"):
        renewal.end_grace(SHOP, now=at(days=1))
    assert not Sweep.objects.exists()
    assert AuditLine.objects.filter(verb="admission.watch", outcome="refused").count() == 2


@pytest.mark.django_db
def test_the_job_reports_how_far_it_is(change):
    admitted(2)
    change()
    run = JobRun.objects.create(key="k", name="admission.renew", arguments={}, queued_at=T0)
    from pinzhi.engine.jobs import Progress

    assert upkeep.renew(Progress(run.pk)) == {"judged": 2, "told": 0}
    run.refresh_from_db()
    assert (run.total, run.done) == (2, 2)
