"""The rule lab: from draft to live and back, by the right persons, and what a refused step leaves behind: nothing."""

from datetime import timedelta

import pytest

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as cases
from pinzhi.engine import outbox
from pinzhi.engine.models import FactRow, JobRun
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import actions, lab, lab_history, lab_queries, lab_shadow, queries, rulesets, shipped, upkeep
from pinzhi.life.admission.models import (
    RegressionCase,
    RulesetStep,
    RulesetVersion,
    Screening,
    ShadowDifference,
    ShadowTally,
    Submission,
)
from pinzhi.life.admission.rules.lab import on_trial
from pinzhi.life.admission.stored import verdict_bytes
from pinzhi.life.admission.tests.goods import ABSOLUTE, CLEAN, DOUBTFUL, HOUSE, SHOP, T0, at, goods, person
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db

RULE = """version = "9"
[[rule]]
id = "X01"
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


def trial(words="宽松百搭", severity="H"):
    return {"trial": RULE.format(words=words, severity=severity)}


def shirt(name):
    """Clean goods of a merchant who has no others: nothing to be compared with."""
    return goods(CLEAN, id=name, merchant_id=f"of {name}")


def facts(name="RulesetPublished"):
    return [r.payload for r in FactRow.objects.filter(name=name).order_by("seq")]


@pytest.fixture
def people():
    """Who drafts, and two who publish."""
    return person("ana", Role.ANALYST), person("mei", Role.MANAGER), person("lin", Role.MANAGER)


def seen(version):
    return lab.seen_digest(lab.find(version.pk))


def take(by, version, verb, **more):
    return lab.step(by, version.pk, verb, seen=seen(version), **more)


def to_shadow(people, files=None, *, now=T0, **more):
    version = lab.draft(people[0], "试行", files or trial(), now=now, **more)
    lab.backtest(people[0], version.pk, now=now)
    return take(people[0], version, "shadow", now=now)


def both(people, version, verb, *, now, **more):
    take(people[1], version, verb, now=now, **more)
    return take(people[2], version, verb, now=now, **more)


def to_live(people, files=None, *, now=T0):
    version = to_shadow(people, files, now=now)
    both(people, version, "percentage", share=50, now=now + timedelta(hours=24))
    return both(people, version, "live", now=now + timedelta(hours=25))


def refused(code, act, *args, **more):
    """The act is refused with this code and leaves nothing but the audit line."""
    tables = (RulesetVersion, RulesetStep, FactRow, JobRun)
    before = [list(t.objects.order_by("pk").values()) for t in tables]
    lines = AuditLine.objects.count()
    with pytest.raises(RefusedError) as no:
        act(*args, **more)
    assert no.value.refusal.code == code
    assert [list(t.objects.order_by("pk").values()) for t in tables] == before
    assert AuditLine.objects.count() <= lines + 1


def test_from_draft_to_live_and_back(people):
    old = actions.submit(shirt("L0"), HOUSE, now=T0)
    assert old.screening.outcome == "pass"
    version = to_shadow(people)
    assert [(s.verb, s.stage) for s in lab_queries.steps(version)] == [
        ("draft", "draft"), ("backtest", "backtested"), ("shadow", "shadow"),
    ]  # fmt: skip
    report = lab_queries.last_backtest(version).report
    assert (report["listings"], report["newly_refused"], report["released"], report["broken"]) == (1, 1, 0, 0)
    assert (report["ruleset"], report["beside"]) == (version.hash, shipped.ruleset().hash)
    assert report["merchants"] == [{"merchant": "of L0", "newly_refused": 1}]
    (shown,) = report["sample"]
    assert (shown["submission"], shown["before"]["outcome"], shown["after"]["outcome"]) == (
        old.row.pk,
        "pass",
        "reject",
    )
    grave = [f for f in shown["after"]["findings"] if f["severity"] != "L"]
    assert [(f["rule"], f["text"]) for f in grave] == [("X01", "宽松百搭")]

    assert (
        actions.submit(shirt("L1"), HOUSE, now=at(hours=1)).screening.outcome == "pass"
    )  # in the shadow nothing changes
    assert both(people, version, "percentage", share=50, now=at(hours=24)).share == 50
    sides = {}
    for n in range(20):
        done = actions.submit(shirt(f"P{n}"), HOUSE, now=at(hours=24))
        sides[f"P{n}"] = done.screening.ruleset == version.hash
        assert (done.screening.outcome == "reject") is sides[f"P{n}"]
    assert sides == {name: on_trial(name, version.digest, 50) for name in sides}
    assert set(sides.values()) == {True, False}

    live = both(people, version, "live", now=at(hours=25))
    assert (live.stage, live.share, live.replaces) == ("live", 100, None)
    new = actions.submit(shirt("L9"), HOUSE, now=at(hours=26))
    assert (new.screening.outcome, new.screening.ruleset) == ("reject", version.hash)
    for stored in Screening.objects.select_related("submission"):
        assert queries.replay(stored) == verdict_bytes(stored.verdict)

    back = lab.revert(people[1], version.pk, now=at(hours=27))
    assert (back.stage, back.share) == ("reverted", 0)
    assert rulesets.in_force("L9") is shipped.ruleset()
    assert actions.submit(shirt("L10"), HOUSE, now=at(hours=28)).screening.outcome == "pass"
    rulesets._kept.clear()  # another process
    for stored in Screening.objects.select_related("submission"):
        assert queries.replay(stored) == verdict_bytes(stored.verdict)
    ours, theirs = version.hash, shipped.ruleset().hash
    assert [(f["change"], f["ruleset"], f["otherwise"], f["share"]) for f in facts()] == [
        ("percentage", ours, theirs, 50),
        ("live", ours, ours, 100),
        ("revert", theirs, theirs, 100),
    ]


def test_a_second_version_replaces_the_first_and_its_return_brings_it_back(people):
    first = to_live(people)
    second = to_live(people, {"trial": RULE.format(words="圆领蝙蝠袖", severity="M")}, now=at(days=3))
    assert (second.parent, second.replaces) == (first, first)
    first.refresh_from_db()
    assert (first.stage, first.share) == ("replaced", 0)
    assert rulesets.in_force("any").hash == second.hash
    lab.revert(people[2], second.pk, now=at(days=5))
    first.refresh_from_db()
    assert (first.stage, first.share) == ("live", 100)
    assert rulesets.in_force("any").hash == first.hash
    refused("step_not_allowed", lab.revert, people[2], second.pk)  # the second click
    lab.revert(people[2], first.pk, now=at(days=6))
    assert rulesets.in_force("any") is shipped.ruleset()


def test_a_draft_keeps_the_files_of_what_is_live(people):
    first = to_live(people)
    second = lab.draft(
        people[0], "又一版", {"more": RULE.format(words="圆领蝙蝠袖", severity="M").replace("X01", "X02")}
    )
    assert set(second.files) == {"trial", "more"}
    assert second.parent == first
    assert [(c.place, c.entry) for c in lab_queries.rule_changes(second) if c.added] == [("more: X02.trial", "words")]


def test_two_persons_and_the_second_has_not_drafted(people):
    version = to_shadow(people)
    later = {"now": at(days=1), "share": 10}
    refused("not_permitted", take, people[0], version, "percentage", **later)
    take(people[1], version, "percentage", **later)
    assert lab.find(version.pk).stage == "shadow"
    assert facts() == []
    refused("second_person_required", take, people[1], version, "percentage", **later)
    take(people[2], version, "percentage", now=at(days=1), share=20)  # another share is another step: a first signature
    assert lab.find(version.pk).stage == "shadow"
    take(people[1], version, "percentage", now=at(days=1), share=20)
    assert (lab.find(version.pk).stage, lab.find(version.pk).share) == ("percentage", 20)


def test_who_drafted_is_no_second_person(people):
    version = lab.draft(people[2], "试行", trial(), now=T0)
    lab.backtest(people[2], version.pk, now=T0)
    take(people[2], version, "shadow", now=T0)
    take(people[1], version, "percentage", share=5, now=at(days=1))
    refused("second_person_required", take, people[2], version, "percentage", share=5, now=at(days=1))


def test_steps_that_are_not_due_are_refused_and_do_nothing(people):
    version = lab.draft(people[0], "试行", trial(), now=T0)
    refused("step_not_allowed", take, people[0], version, "shadow", now=T0)
    refused("step_not_allowed", take, people[1], version, "live", now=T0)
    refused("step_not_allowed", lab.revert, people[1], version.pk)
    refused("step_not_allowed", take, people[0], version, "replace", now=T0)
    old = seen(version)
    lab.backtest(people[0], version.pk, now=T0)
    refused("stale", lab.step, people[0], version.pk, "shadow", seen=old, now=T0)
    refused("ruleset_unknown", lab.step, people[0], version.pk + 99, "shadow", seen=old)
    refused("person_required", lab.step, HOUSE, version.pk, "shadow", seen=seen(version))
    refused("person_required", lab.revert, HOUSE, version.pk)
    refused("not_permitted", lab.revert, SHOP, version.pk)
    refused("not_permitted", lab.draft, SHOP, "x", trial())
    take(people[0], version, "shadow", now=T0)
    refused("shadow_too_short", take, people[1], version, "percentage", share=5, now=at(hours=23))
    for share in (0, 100):
        refused("share_range", take, people[1], version, "percentage", share=share, now=at(days=1))
    other = lab.draft(people[0], "另一版", trial("圆领蝙蝠袖"), now=T0)
    lab.backtest(people[0], other.pk, now=T0)
    refused("trial_taken", take, people[0], other, "shadow", now=T0)
    take(people[0], version, "withdraw", now=at(days=1))
    take(people[0], other, "shadow", now=at(days=1))
    refused("step_not_allowed", take, people[0], version, "shadow", now=at(days=1))


@pytest.mark.parametrize(
    ("files", "more", "code"),
    [
        ({}, {}, "ruleset_empty"),
        (trial(), {"name": " "}, "name_missing"),
        ({"../x": ""}, {}, "file_name"),
        ({"trial": "version ="}, {}, "ruleset_invalid"),
        ({"trial": RULE.format(words="x", severity="Z")}, {}, "ruleset_invalid"),
        ({"trial": "x" * 1_000_001}, {}, "ruleset_too_large"),
        (trial(), {"cases": "[[case]]\nid = 1"}, "cases_invalid"),
        (trial(), {"cases": "[[aside]]\nregression = 1\nbecause = ' '"}, "cases_invalid"),
        ({"conduct": shipped.texts()["conduct"]}, {}, "ruleset_unchanged"),
    ],
)
def test_drafts_that_cannot_be_read_are_refused(people, files, more, code):
    refused(code, lab.draft, people[0], more.pop("name", "试行"), files, **more)


def test_a_draft_on_rules_that_are_no_longer_live_goes_nowhere(people):
    late = lab.draft(people[0], "晚到", trial("圆领蝙蝠袖"), now=T0)
    lab.backtest(people[0], late.pk, now=T0)
    to_live(people)
    refused("ruleset_outdated", take, people[0], late, "shadow", now=at(days=2))


def test_reverting_ends_the_trial_that_was_drafted_on_it(people):
    first = to_live(people)
    second = to_shadow(people, trial("圆领蝙蝠袖"), now=at(days=3))
    lab.revert(people[1], first.pk, now=at(days=4))
    second.refresh_from_db()
    assert second.stage == "withdrawn"
    assert rulesets.in_force("any") is shipped.ruleset()


def test_from_the_percentage_a_revert_gives_everything_back_to_what_is_live(people):
    version = to_shadow(people)
    both(people, version, "percentage", share=99, now=at(days=1))
    assert {rulesets.in_force(f"L{n}").hash for n in range(300)} == {version.hash, shipped.ruleset().hash}
    lab.revert(people[1], version.pk, now=at(days=1))
    assert {rulesets.in_force(f"L{n}").hash for n in range(300)} == {shipped.ruleset().hash}


def test_golden_cases_must_hold_or_be_brought_along_changed(people):
    case = next(c for c in shipped.golden() if c.outcome == "pass" and "最" in c.title and c.category == "家居")
    version = lab.draft(people[0], "过严", trial(case.title), now=T0)
    made = lab.backtest(people[0], version.pk, now=T0)
    assert (made.holds, made.report["broken"]) == (False, 1)
    assert made.report["broken_cases"][0]["id"] == case.id
    take(people[0], version, "shadow", now=T0)
    refused("cases_broken", take, people[1], version, "percentage", share=5, now=at(days=1))
    take(people[0], version, "withdraw", now=at(days=1))
    own = f"""[[case]]
id = "{case.id}"
given = {{ category = "{case.category}", title = "{case.title}" }}
expect = {{ outcome = "reject", spans = [] }}
because = "the words are not used any more"
"""
    again = lab.draft(people[0], "过严", trial(case.title), cases=own, now=at(days=1))
    assert lab.backtest(people[0], again.pk, now=at(days=1)).holds


def test_what_persons_overturned_binds_every_draft(people):
    row = actions.submit(goods(DOUBTFUL.replace("首选", "宽松百搭 首选")), SHOP, now=T0).row
    RegressionCase.objects.create(
        submission=row, case_id="c", rule="X01", rule_version="9", field="title",
        start=row.title.index("宽松百搭"), end=row.title.index("宽松百搭") + 4, text="宽松百搭", because="说的是版型", at=T0,
    )  # fmt: skip
    version = lab.draft(people[0], "试行", trial(), now=T0)
    made = lab.backtest(people[0], version.pk, now=T0)
    number = RegressionCase.objects.get().pk
    assert [b["id"] for b in made.report["broken_cases"]] == [f"regression {number}"]
    cases = f'[[aside]]\nregression = {number}\nbecause = "改判有误，已另行纠正"\n'
    aside = lab.draft(people[0], "试行", trial(), cases=cases, now=T0)
    assert lab.backtest(people[0], aside.pk, now=T0).holds


def test_labels_are_what_persons_decided_and_nobody_took_back(people):
    mei = person("rev", Role.REVIEWER)
    rows = {}
    for n, outcome in enumerate(("admit", "refuse", "return", "")):
        done = actions.submit(goods(DOUBTFUL, id=f"D{n}", merchant_id=f"M{n}"), HOUSE, now=T0)
        rows[outcome] = done.row.pk
        if outcome:
            case = cases.case(done.row.case_id, mei, now=T0)
            casework.decide(case.id, outcome, mei, seen=case.seen, reason="看过了", now=T0)
    part = list(Screening.objects.values("submission_id", "submission__decision_id"))
    assert lab_history._labels(part) == {rows["admit"]: "pass", rows["refuse"]: "reject", rows["return"]: "reject"}
    version = lab.draft(people[0], "试行", trial("首选"), now=at(hours=1))
    report = lab.backtest(people[0], version.pk, now=at(hours=1)).report
    assert report["labelled"]["listings"] == 3
    assert report["labelled"]["precision_after"]["value"] == 2 / 3
    assert (report["queue"]["cases_before"], report["queue"]["cases_after"]) == (4, 0)


def test_the_shadow_counts_and_keeps_what_it_would_have_said_and_changes_nothing(people):
    actions.submit(shirt("before"), HOUSE, now=T0)
    version = to_shadow(people, now=at(minutes=1))
    titles = {"a": CLEAN, "b": ABSOLUTE, "c": "圆领蝙蝠袖T恤", "d": CLEAN}
    done = {n: actions.submit(goods(t, id=n), SHOP, now=at(hours=1)) for n, t in titles.items()}
    kept = list(Screening.objects.order_by("pk").values()), list(Submission.objects.order_by("pk").values())
    assert lab_shadow.waiting(version) == 4
    assert lab_shadow.sweep() == 4
    assert lab_shadow.sweep() == 0
    assert kept == (list(Screening.objects.order_by("pk").values()), list(Submission.objects.order_by("pk").values()))
    tally = ShadowTally.objects.get()
    assert (tally.judged, tally.differ, tally.failed) == (4, 3, 0)
    assert tally.flows == {"pass reject": 2, "reject reject": 1, "pass pass": 1}
    found = {d.screening_id: (d.before, d.after) for d in ShadowDifference.objects.all()}
    assert found[done["a"].screening.pk] == ("pass", "reject")
    assert [d.before != d.after for d in lab_queries.differences(version)] == [True, True, False]


def test_a_shadow_that_fails_is_counted_and_stops_nothing(people, monkeypatch):
    version = to_shadow(people)
    actions.submit(shirt("a"), HOUSE, now=at(hours=1))
    actions.submit(shirt("b"), HOUSE, now=at(hours=1))
    whole = lab_shadow.judged_again

    def judged(screening, rules):
        if screening.submission.listing_id == "a":
            raise RuntimeError("a rule that cannot")
        return whole(screening, rules)

    monkeypatch.setattr(lab_shadow, "judged_again", judged)
    upkeep.shadow(upkeep.Progress(0))
    tally = ShadowTally.objects.get(version=version)
    assert (tally.judged, tally.failed, tally.differ) == (1, 1, 1)


def test_a_sweep_that_is_cut_off_goes_on_where_it_was(people, monkeypatch):
    to_shadow(people)
    monkeypatch.setattr(lab_shadow, "PORTION", 2)
    for n in range(5):
        actions.submit(shirt(f"L{n}"), HOUSE, now=at(hours=1))
    assert lab_shadow.sweep(most=2) == 2
    assert lab_shadow.sweep() == 3
    tally = ShadowTally.objects.get()
    assert (tally.judged, ShadowDifference.objects.count()) == (5, 5)


def test_the_sides_of_a_percentage_are_counted(people):
    version = to_shadow(people)
    assert lab_shadow.sides(version) is None
    both(people, version, "percentage", share=50, now=at(days=1))
    mine = sum(
        actions.submit(shirt(f"L{n}"), HOUSE, now=at(days=1)).screening.ruleset == version.hash for n in range(10)
    )
    ours, theirs = lab_shadow.sides(version)
    assert (ours.listings, ours.outcomes) == (mine, {"reject": mine})
    assert (theirs.listings, theirs.outcomes) == (10 - mine, {"pass": 10 - mine})


def test_a_backtest_is_asked_for_and_done_by_the_worker(people):
    version = lab.draft(people[0], "试行", trial(), now=T0)
    lab.ask_backtest(people[0], version.pk, now=T0)
    run = JobRun.objects.get(name=lab.JOB)
    assert run.arguments == {"version_id": version.pk}
    upkeep.backtest_rules(upkeep.Progress(run.pk), **run.arguments)
    assert lab.find(version.pk).stage == "backtested"


def test_rules_that_no_longer_fit_the_tables_do_not_stop_admission(people, monkeypatch):
    version = to_live(people)
    rulesets._kept.clear()

    def gone(files):
        raise RefusedError.because("ruleset_invalid", "no such rows of law", "draft it again")

    monkeypatch.setattr(rulesets, "build", gone)
    done = actions.submit(shirt("L7"), HOUSE, now=at(days=2))
    assert done.screening.ruleset == shipped.ruleset().hash != version.hash


def test_live_listings_are_held_against_what_became_live(people):
    to_live(people)
    outbox.drain()
    assert JobRun.objects.filter(name="admission.renew").count() == 1


def test_the_ledger_opens_what_was_published(people):
    version = to_live(people)
    assert lab.committed_ruleset(version.digest) == {"digest": version.digest, "files": version.files, "cases": ""}
    assert lab.committed_ruleset("none") is None


def drafts():
    """Files of drafts by what they change."""
    shipped_files = shipped.texts()
    contexts = shipped_files["contexts"]
    return {
        "a new rule": trial("宽松百搭 首选"),
        "a word nobody uses": trial("无此词语"),
        "an allowed word": {"contexts": contexts.replace('allow = "', 'allow = "首选款 ', 1)},
        "another table of characters": {
            "characters": shipped_files["characters"].replace('gaps = """', 'gaps = """℡', 1)
        },
    }


@pytest.mark.parametrize("what", ["a new rule", "a word nobody uses", "an allowed word", "another table of characters"])
def test_a_backtest_judges_only_where_the_rules_can_differ_and_says_the_same(what, monkeypatch):
    for n, title in enumerate((CLEAN, ABSOLUTE, DOUBTFUL, "首选款 圆领T恤", "宽 松 百 搭 衬衫", "蝙蝠袖T恤")):
        actions.submit(goods(title, id=f"L{n}", merchant_id=f"M{n}"), HOUSE, now=T0)
    draft, policy = shipped.candidate(drafts()[what]), queries.policy_in_force(T0)
    quick = lab_history.over_history(draft, shipped.ruleset(), policy)
    monkeypatch.setattr(lab_history, "differences", lambda *_: None)
    whole = lab_history.over_history(draft, shipped.ruleset(), policy)
    assert whole.pop("judged") == 6
    assert (
        quick.pop("judged")
        == {"a new rule": 5, "a word nobody uses": 0, "an allowed word": 1, "another table of characters": 6}[what]
    )
    assert {**quick, "seconds": 0} == {**whole, "seconds": 0}


def test_a_listing_judged_under_other_rules_is_held_against_draft_and_parent(people):
    actions.submit(shirt("old"), HOUSE, now=T0)
    to_live(people, now=T0)
    actions.submit(goods(DOUBTFUL, id="new"), HOUSE, now=at(hours=30))
    parent = rulesets.live_rules()
    report = lab_history.over_history(shipped.candidate(trial("首选")), parent, queries.policy_in_force(T0))
    assert (report["listings"], report["judged"], report["failed"]) == (2, 2, 0)
