"""Judging once more: golden items, blind second reviews, consensus. Each is also shown to have changed nothing outside."""

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pinzhi.casework import actions, checking, deciding, opening, policy, queries, rows, working
from pinzhi.casework.checking import blind_since
from pinzhi.casework.contracts import Purpose
from pinzhi.casework.models import Case, CaseEvent, GoldenItem
from pinzhi.casework.queries import Filters
from pinzhi.casework.rules.checks import (
    GoldenPolicy,
    SecondPolicy,
    chosen,
    drawn,
    golden_follows,
    second_follows,
    strata,
)
from pinzhi.casework.tests.desk_for_tests import L1, T0, at, opened, person, refused
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor, Role

RULE = GoldenPolicy(share=0.03, rest_days=7, fresh_days=180, most_open=2, most_wait_minutes=90, tell_at_once=False)
LATER = at(days=8)


@pytest.fixture
def checked(desk, monkeypatch):
    """The bench is a checked desk: a golden item after every decision, second reviews only where the test asks for them."""
    whole = policy.policy()
    always = replace(
        whole,
        checked=frozenset({"bench"}),
        golden=Every(**{f: getattr(RULE, f) for f in RULE.__slots__} | {"share": 1.0}),
        second=SecondPolicy(share=0.0, least=0, window_days=28),
    )
    box = [always]
    for module in (checking, deciding, opening, queries, working):
        monkeypatch.setattr(module, "policy", lambda: box[0])

    def change(**parts):
        box[0] = replace(box[0], **parts)

    desk.change = change
    return desk


class Every(GoldenPolicy):
    """A share that no house may have, so that a test need not look for ids that are drawn."""

    def __post_init__(self):
        pass


def other(n):
    return Subject(Kind.LISTING, f"L{n}")


def decided(n, outcome, by, when=T0, **more):
    case = opened(f"monitoring:S{n}", now=when, subject=other(n), due=when + timedelta(hours=24), **more)
    return actions.decide(case.id, outcome, by, seen=case.seen, reason="已核对", now=when)


def counted():
    return FactRow.objects.count(), DecisionRow.objects.count()


def known(n, ana, sen):
    """A case that two persons refused, eight days ago."""
    proposed = decided(n, "delist", ana)
    return actions.confirm(proposed.id, sen, seen=proposed.seen, now=at(minutes=1))


def golden_for(actor):
    return Case.objects.filter(purpose=Purpose.GOLDEN, audience=actor.account_id).order_by("opened_at")


# --- draws ---------------------------------------------------------------------------------------------------------------------------------


def test_draws_repeat_and_are_even():
    assert drawn("golden", "7", "c1") == drawn("golden", "7", "c1") != drawn("golden", "7c1")
    share = sum(golden_follows(f"case-{n}", 7, RULE) for n in range(20_000)) / 20_000
    assert 0.026 < share < 0.034
    assert {chosen(f"k{n}", [1, 2, 3]) for n in range(40)} == {1, 2, 3}
    assert chosen("k", []) is None


@pytest.mark.parametrize("share", [0.0, 0.019, 0.051])
def test_a_golden_share_lies_between_two_and_five_of_a_hundred(share):
    with pytest.raises(ValueError, match="2 and 5"):
        replace(RULE, share=share)


@given(st.lists(st.sampled_from(["T01", "T03", "C05"]), max_size=60))
def test_the_first_of_every_rule_and_outcome_are_always_seen(rules):
    own = SecondPolicy(share=0.0, least=2, window_days=28)
    seen = []
    for n, rule in enumerate(rules):
        if second_follows(f"case-{n}", strata("refuse", [rule]), seen, own):
            seen.append(strata("refuse", [rule]))
    for rule in set(rules):
        assert seen.count(strata("refuse", [rule])) == min(2, rules.count(rule))


# --- golden items --------------------------------------------------------------------------------------------------------------------------


def test_a_golden_item_looks_like_work_and_changes_nothing(checked, ana, ben, sen):
    first = known(1, ana, sen)
    assert GoldenItem.objects.get().origin == "two"
    decided(2, "real", ben, LATER)
    item = golden_for(ben).get()
    assert LATER + timedelta(minutes=1) <= item.opened_at <= LATER + timedelta(minutes=91)
    when = item.opened_at + timedelta(minutes=1)
    assert queries.case(item.pk, ben, now=when).title == first.title
    # In his queue beside a real one, and in nobody else's; before its time not there at all.
    assert [c.id for c in queries.queue(ben, now=when).rows] == [str(item.pk)]
    assert (
        queries.queue(ben, now=LATER).total
        == queries.queue(ana, now=when).total
        == queries.queue(sen, now=when).total
        == 0
    )
    before, told = counted(), list(checked.told)
    row = queries.case(item.pk, ben, now=when)
    real = opened("monitoring:S9", now=when, subject=other(9), due=when + timedelta(hours=24))
    same = (
        "desk",
        "state",
        "severity",
        "evidence",
        "seen",
        "merchant_id",
        "category",
        "escalated",
        "waits_for_more",
        "proposal",
        "outcome",
    )
    assert [getattr(row, f) for f in same] == [getattr(real, f) for f in same]
    assert row.due - row.opened_at == real.due - real.opened_at
    assert [(e.verb, e.by_label, e.note) for e in queries.history(row.id, ben)] == [
        (e.verb, e.by_label, e.note) for e in queries.history(real.id, ben)
    ]
    before = counted()
    done = actions.decide(row.id, "delist", ben, seen=row.seen, now=when)
    assert (done.state, done.outcome) == ("decided", "delist")
    assert counted() == before
    assert checked.told == told
    assert queries.case(first.id, ana, now=when) == first
    assert AuditLine.objects.filter(verb="casework.decide", subject_id=first.subject.id).count() == 1


def test_what_he_judges_once_more_is_hidden_from_him_meanwhile(checked, ana, ben, sen):
    first = known(1, ana, sen)
    decided(2, "real", ben, LATER)
    item = golden_for(ben).get()
    when = item.opened_at
    everything = Filters(state="", subject_id="L1")
    assert [c.id for c in queries.queue(ben, everything, now=when).rows] == [str(item.pk)]
    assert blind_since(L1, ben) == T0
    assert blind_since(L1, ana) is None
    for forbidden in (
        lambda: queries.case(first.id, ben, now=when),
        lambda: actions.undo(first.id, ben, reason="x", now=when),
        lambda: actions.comment(first.id, ben, note="x", now=when),
        lambda: queries.case(item.pk, ana, now=when),
        lambda: actions.decide(item.pk, "real", ana, seen=first.seen, now=when),
        lambda: actions.claim(item.pk, sen, now=when),
    ):
        with refused("case_unknown"):
            forbidden()
    assert Case.objects.get(pk=first.id).state == "decided"
    assert Case.objects.get(pk=item.pk).state == "open"
    actions.decide(item.pk, "real", ben, seen=first.seen, now=when)
    assert queries.case(first.id, ben, now=when).outcome == "delist"
    assert blind_since(L1, ben) is None
    # Once the seconds of the undo are over the answered item is gone from his lists.
    assert [c.id for c in queries.queue(ben, everything, now=when + timedelta(seconds=21)).rows] == [first.id]


def test_nobody_gets_what_he_knows_or_what_is_fresh_or_too_many(checked, ana, ben, sen):
    for n in range(3):
        known(n, ana, sen)
    decided(10, "real", ana, LATER)  # he proposed them all
    decided(11, "real", sen, LATER)  # he confirmed them all
    decided(12, "real", ben, at(days=6))  # decided too short ago
    assert not Case.objects.filter(purpose=Purpose.GOLDEN).exists()
    for n in range(13, 17):
        decided(n, "real", ben, LATER)
    assert golden_for(ben).count() == 2
    assert golden_for(ben).values("of").distinct().count() == 2
    decided(18, "real", Actor.rule("monitoring/1"), LATER)
    assert Case.objects.filter(purpose=Purpose.GOLDEN).count() == 2


def test_an_answer_is_taken_back_within_seconds_unless_it_was_told(checked, ana, ben, sen):
    known(1, ana, sen)
    decided(2, "real", ben, LATER)
    item = golden_for(ben).get()
    when = item.opened_at
    actions.decide(item.pk, "real", ben, seen=item.seen, now=when)
    with refused("too_old"):
        actions.undo(item.pk, ben, now=when + timedelta(seconds=21))
    assert actions.undo(item.pk, ben, now=when + timedelta(seconds=20)).state == "open"
    actions.decide(item.pk, "delist", ben, seen=item.seen, now=when + timedelta(seconds=30))
    with refused("too_old"):
        actions.reopen(item.pk, ben, reason="x", now=when + timedelta(seconds=31))
    checked.change(golden=replace(policy.policy().golden, tell_at_once=True))
    with refused("told_already"):
        actions.undo(item.pk, ben, now=when + timedelta(seconds=31))
    assert Case.objects.get(pk=item.pk).outcome == "delist"


def test_a_decision_taken_back_is_no_known_answer(checked, ana, ben, sen):
    first = known(1, ana, sen)
    decided(2, "real", ben, LATER)
    item = golden_for(ben).get()
    actions.reopen(first.id, sen, reason="复检合格", now=LATER)
    assert GoldenItem.objects.get().retired_at == LATER
    item.refresh_from_db()
    assert item.void
    with refused("case_unknown"):
        queries.case(item.pk, ben, now=item.opened_at)
    # Decided anew by two it is one again, and nothing stands in its way.
    row = queries.case(first.id, ana, now=LATER)
    actions.decide(row.id, "delist", ana, seen=row.seen, now=LATER)
    actions.confirm(row.id, sen, seen=row.seen, now=LATER)
    assert GoldenItem.objects.get().retired_at is None


# --- second reviews ------------------------------------------------------------------------------------------------------------------------


@pytest.fixture
def twice(checked):
    """Every decision is judged a second time; no golden items."""
    checked.change(
        second=SecondPolicy(share=1.0, least=0, window_days=28),
        golden=Every(share=0.0, rest_days=0, fresh_days=1, most_open=0, most_wait_minutes=1, tell_at_once=False),
    )
    return checked


def second_of(case):
    return Case.objects.get(of=case.id, purpose=Purpose.SECOND)


def test_another_sees_neither_answer_nor_name_and_agreement_makes_a_known_answer(twice, ana, ben):
    first = decided(1, "noise", ana)
    second = second_of(first)
    assert second.audience_id == ben.account_id
    row = queries.case(second.pk, ben, now=at(minutes=1))
    assert (row.outcome, row.reason, row.decided_by, row.state) == ("", "", "", "open")
    assert "已核对" not in str([e.note for e in queries.history(row.id, ben)])
    before, told = counted(), list(twice.told)
    actions.decide(row.id, "noise", ben, seen=row.seen, reason="同上", now=at(minutes=2))
    assert (counted(), twice.told) == (before, told)
    kept = GoldenItem.objects.get()
    assert (str(kept.case_id), kept.expected, kept.origin) == (first.id, "noise", "second")
    assert not Case.objects.filter(purpose=Purpose.CONSENSUS).exists()


def test_two_answers_are_settled_by_a_senior_and_the_decision_stays(twice, ana, ben, sen):
    other_senior = person("tao", Role.MANAGER)
    first = decided(1, "noise", ana)
    second = second_of(first)
    answering = {a.account_id: a for a in (ben, sen, other_senior)}[second.audience_id]
    actions.decide(second.pk, "real", answering, seen=second.seen, now=at(minutes=2))
    settling = Case.objects.get(purpose=Purpose.CONSENSUS)
    assert settling.escalated
    assert queries.case(first.id, ana, now=at(minutes=3)) == first
    judge = sen if answering is not sen else other_senior
    before = counted()
    for nobody in (ana, Actor.rule("monitoring/1")):
        with refused("case_unknown"):
            actions.decide(settling.pk, "real", nobody, seen=settling.seen, now=at(minutes=4))
    if answering.may("casework.settle"):
        with refused("same_reviewer"):
            actions.decide(settling.pk, "real", answering, seen=settling.seen, now=at(minutes=4))
    assert Case.objects.get(pk=settling.pk).state == "open"
    actions.decide(settling.pk, "real", judge, seen=settling.seen, reason="规则要求", now=at(minutes=5))
    assert counted() == before
    assert queries.case(first.id, ana, now=at(minutes=6)) == first
    kept = GoldenItem.objects.get()
    assert (kept.expected, kept.why, kept.origin) == ("real", "规则要求", "consensus")


def test_a_different_answer_taken_back_opens_no_consensus(twice, ana, ben):
    first = decided(1, "noise", ana)
    second = second_of(first)
    actions.decide(second.pk, "real", ben, seen=second.seen, now=at(minutes=2))
    assert Case.objects.filter(purpose=Purpose.CONSENSUS).count() == 1
    actions.undo(second.pk, ben, now=at(minutes=2, seconds=10))
    assert not Case.objects.filter(purpose=Purpose.CONSENSUS).exists()
    assert not GoldenItem.objects.exists()


def test_nobody_who_worked_on_the_subject_judges_it_again(twice, ana, ben, sen):
    case = opened("monitoring:S1", subject=other(1))
    actions.claim(case.id, ben, now=T0)
    actions.release(case.id, ben, now=T0)
    first = actions.decide(case.id, "real", ana, seen=case.seen, now=T0)
    assert second_of(first).audience_id == sen.account_id


def test_alone_in_the_house_nothing_is_judged_twice(twice, ana):
    decided(1, "noise", ana)
    assert not Case.objects.exclude(purpose=Purpose.WORK).exists()


def test_a_desk_that_is_not_checked_has_none(twice, ana, ben):
    twice.change(checked=frozenset())
    decided(1, "noise", ana)
    assert not Case.objects.exclude(purpose=Purpose.WORK).exists()


def test_outsiders_tokens_and_figures_never_hold_a_check(twice, ana, ben):
    first = decided(1, "noise", ana, merchant_id="M1")
    check = second_of(first)
    shop = Actor("person", "person:merchant", account_id=None, roles=frozenset({Role.MERCHANT}), merchant_id="M1")
    token = Actor("token", "token:erp", scopes=frozenset({"cases:read", "cases:decide"}))
    for outsider in (shop, token, Actor.system("test")):
        found = queries.queue(outsider, Filters(state=""), now=at(minutes=1)).rows
        assert [c.id for c in found] == [first.id]
        with refused("case_unknown"):
            rows.locked(check.pk, outsider)
    assert queries.counts(token, now=at(minutes=1)) == {}
    assert CaseEvent.objects.filter(case=check).count() == 1
