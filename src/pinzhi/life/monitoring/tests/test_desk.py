"""Signals in the house: raised once, judged with a stale guard, limited and released, and counted."""

import dataclasses
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection

from pinzhi.casework import actions as casework
from pinzhi.casework import queries as queries_of_cases
from pinzhi.decisions import queries as decided
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.monitoring import actions, queries
from pinzhi.life.monitoring.models import Run, SignalRow
from pinzhi.life.monitoring.rules.scan import scan
from pinzhi.life.monitoring.tests.market import FIRST, market, until
from pinzhi.people.roles import Actor, Role

NOW = datetime(2026, 5, 6, 2, 0, tzinfo=UTC)
ANALYST = Actor("person", "person:analyst", roles=frozenset({Role.ANALYST}))
MANAGER = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
RULE = Actor.rule("monitoring/test")


@pytest.fixture(scope="module")
def tallies():
    return market(fault=7, factor=12.0)


@pytest.fixture
def swept(db, tallies):
    return actions.sweep(RULE, tallies, levels=("listing",), streams=("return",), now=NOW)


def the_signal():
    return SignalRow.objects.get()


def seen():
    from pinzhi.casework.queries import by_source

    return by_source(f"monitoring:{the_signal().id}", Actor.system("test")).seen


def test_a_sweep_raises_a_signal_a_fact_and_a_case(swept):
    row = the_signal()
    assert (row.entity_id, row.outcome, swept.raised) == ("L7", "", 1)
    assert FactRow.objects.filter(name="SignalRaised", subject_id="L7").count() == 1
    assert FactRow.objects.filter(name="CaseOpened").count() == 1
    assert row.case_id


def test_the_same_sweep_again_raises_nothing(swept, tallies):
    again = actions.sweep(RULE, tallies, levels=("listing",), streams=("return",), now=NOW)
    assert again.raised == 0
    assert SignalRow.objects.count() == 1
    assert Run.objects.count() == 2
    assert FactRow.objects.filter(name="SignalRaised").count() == 1


def test_days_one_by_one_raise_it_once(db, tallies):
    for day in (110, 125, 149):
        actions.sweep(RULE, until(tallies, FIRST + day), levels=("listing",), streams=("return",), now=NOW)
    assert SignalRow.objects.count() == 1


def test_a_merchant_may_not_sweep(db, tallies):
    with pytest.raises(RefusedError, match="not_permitted"):
        actions.sweep(Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT})), tallies, now=NOW)
    assert not Run.objects.exists()


def test_a_severe_open_signal_limits_noise_releases_undo_limits_again(swept):
    row = the_signal()
    assert row.severity == "H"
    assert row.cleared_on is None
    listing = Subject(Kind.LISTING, "L7")
    assert decided.standing(listing, NOW).state == "restricted"
    actions.judge(row.case_id, "noise", ANALYST, seen=seen(), now=NOW)
    assert decided.standing(listing, NOW).state == "normal"
    assert the_signal().outcome == "noise"
    casework.undo(row.case_id, MANAGER, reason="判断有误", now=NOW)
    assert the_signal().outcome == ""
    assert decided.standing(listing, NOW).state == "restricted"


def test_an_episode_that_was_over_before_it_became_known_waits_as_slight(db, tallies, monkeypatch):
    """An old history is read in: the signal keeps its severity, the case does not stand before what goes on today, and nothing is limited."""
    found = scan(tallies, queries.policy_in_force(), levels=("listing",), streams=("return",))
    (one,) = found.signals
    ended = dataclasses.replace(one, cleared_on=one.raised_on + timedelta(days=5))
    monkeypatch.setattr(actions, "scan", lambda *a, **k: dataclasses.replace(found, signals=(ended,)))
    actions.sweep(RULE, tallies, levels=("listing",), streams=("return",), now=NOW)
    row = queries.find(the_signal().id)
    assert (row.severity, row.over_when_raised, by_id(row.case_id).severity) == ("H", True, "L")
    assert decided.standing(Subject(Kind.LISTING, "L7"), NOW).state == "normal"
    assert queries.why_no_limit([row]) == "over"
    row.cleared_on = row.run.as_of + timedelta(days=1)
    assert not row.over_when_raised
    assert queries.severity_of([row]) == "H"


def test_a_judgement_on_old_evidence_is_refused(swept):
    with pytest.raises(RefusedError):
        actions.judge(the_signal().case_id, "real", ANALYST, seen="0" * 64, now=NOW)
    assert the_signal().outcome == ""
    assert not FactRow.objects.filter(name="SignalJudged").exists()


def test_the_realised_false_rate_comes_from_the_cases(swept):
    assert queries.realised_false_rate().share is None
    actions.judge(the_signal().case_id, "real", ANALYST, seen=seen(), now=NOW)
    rate = queries.realised_false_rate()
    assert (rate.real, rate.noise, rate.open) == (1, 0, 0)
    assert rate.share.value == 0.0
    assert 0.0 < rate.share.high < 1.0


def test_the_list_filters_and_the_chart_shows_the_break(swept, tallies):
    assert queries.signals(outcome="open", entity_kind="listing").count() == 1
    assert queries.signals(stream="review").count() == 0
    chart = queries.chart(tallies, "listing", "L7", "return")
    late = [x > h for x, h in zip(chart.observed[14:], chart.limit[14:], strict=True)]
    assert sum(late) >= 3
    assert len(chart.start) == len(chart.expected) == 22
    assert queries.chart(tallies, "listing", "nobody", "return") is None


def test_late_events_neither_raise_a_signal_twice_nor_rewrite_it(db, tallies):
    rows = tallies.outcomes
    on_time = ~((rows.listing == 7) & (rows.day % 3 == 0))
    kept = {f.name: getattr(rows, f.name)[on_time] for f in dataclasses.fields(rows)}
    known = dataclasses.replace(tallies, outcomes=type(rows)(**kept))
    assert actions.sweep(RULE, known, levels=("listing",), streams=("return",), now=NOW).raised == 1
    frozen = SignalRow.objects.values().get()
    assert actions.sweep(RULE, tallies, levels=("listing",), streams=("return",), now=NOW).raised == 0
    assert SignalRow.objects.values().get() == frozen | {"cleared_on": the_signal().cleared_on}
    assert FactRow.objects.filter(name="SignalRaised").count() == 1


def test_one_trouble_at_several_levels_is_one_case_and_judged_once(db, tallies):
    actions.sweep(RULE, tallies, levels=("listing", "batch", "merchant"), streams=("return",), now=NOW)
    rows = list(SignalRow.objects.order_by("raised_on", "id"))
    assert {(r.entity_kind, r.entity_id) for r in rows} >= {("listing", "L7"), ("merchant", "M1")}
    (case_id,) = {r.case_id for r in rows}
    case = by_id(case_id)
    assert len(case.evidence["also"]) == len(rows) - 1
    assert case.severity == "H"
    assert f"{len(rows)} signals with the same cause" in case.title.en
    assert f"{len(rows)}条预警指向同一原因" in case.title.zh
    limited = [r for r in rows if decided.standing(Subject(Kind(r.entity_kind), r.entity_id), NOW).state != "normal"]
    assert ("listing", "L7") in {(r.entity_kind, r.entity_id) for r in limited}
    actions.judge(case_id, "noise", ANALYST, seen=case.seen, now=NOW)
    assert set(SignalRow.objects.values_list("outcome", flat=True)) == {"noise"}
    judged = FactRow.objects.filter(name="SignalJudged").values_list("subject_kind", "subject_id")
    assert sorted(judged) == sorted((r.entity_kind, r.entity_id) for r in rows)
    for r in limited:
        assert decided.standing(Subject(Kind(r.entity_kind), r.entity_id), NOW).state == "normal"
    casework.undo(case_id, MANAGER, reason="判断有误", now=NOW)
    assert set(SignalRow.objects.values_list("outcome", flat=True)) == {""}
    for r in limited:
        assert decided.standing(Subject(Kind(r.entity_kind), r.entity_id), NOW).state != "normal"


def test_a_judged_case_is_not_joined(db, tallies):
    actions.sweep(RULE, tallies, levels=("listing",), streams=("return",), now=NOW)
    old = the_signal()
    actions.judge(old.case_id, "real", ANALYST, seen=seen(), now=NOW)
    actions.sweep(RULE, tallies, levels=("merchant",), streams=("return",), now=NOW)
    new = SignalRow.objects.get(entity_kind="merchant")
    assert new.case_id
    assert new.case_id != old.case_id


def by_id(case_id):
    return queries_of_cases.case(case_id, Actor.system("test"))


def test_the_arithmetic_of_a_sweep_holds_no_transaction_open(db, tallies, monkeypatch):
    """A sweep may take minutes; a decision of a person must not wait for it."""
    depth = len(connection.savepoint_ids)
    seen = []
    monkeypatch.setattr(actions, "scan", lambda *a, **k: seen.append(len(connection.savepoint_ids)) or scan(*a, **k))
    actions.sweep(RULE, tallies, levels=("listing",), streams=("return",), now=NOW)
    assert seen == [depth]


def test_trouble_that_goes_on_joins_its_case_however_old_it_is(db, tallies):
    actions.sweep(RULE, until(tallies, FIRST + 125), levels=("listing",), streams=("return",), now=NOW)
    old = the_signal()
    SignalRow.objects.update(raised_on=old.raised_on - timedelta(days=200), onset=old.onset - timedelta(days=200))
    actions.sweep(RULE, tallies, levels=("merchant",), streams=("return",), now=NOW)
    assert {r.case_id for r in SignalRow.objects.all()} == {old.case_id}
    SignalRow.objects.exclude(pk=old.pk).delete()
    SignalRow.objects.update(cleared_on=old.raised_on - timedelta(days=150))
    actions.sweep(RULE, tallies, levels=("merchant",), streams=("return",), now=NOW)
    assert SignalRow.objects.exclude(pk=old.pk).get().case_id != old.case_id
