"""Deciding: the stale guard, leases, four eyes, undo. Every refused act is also shown to have done nothing."""

import pytest

from pinzhi.casework import actions, queries
from pinzhi.casework.contracts import EvidenceChangedError
from pinzhi.casework.models import CaseEvent
from pinzhi.casework.rules.changes import Change
from pinzhi.casework.tests.desk_for_tests import T0, at, more_evidence, opened, refused
from pinzhi.engine.models import FactRow
from pinzhi.people.models import AuditLine


def facts():
    return list(FactRow.objects.order_by("seq").values_list("name", flat=True))


def test_a_decision_writes_fact_history_audit_and_tells_the_desk(desk, ana):
    case = opened()
    decided = actions.decide(case.id, "real", ana, seen=case.seen, now=at(minutes=3))
    assert (decided.state, decided.outcome, decided.decided_by) == ("decided", "real", "person:analyst")
    assert desk.told == [("decide", case.id, "real", "person:analyst")]
    assert facts() == ["CaseOpened", "CaseDecided"]
    assert FactRow.objects.get(name="CaseDecided").payload == {
        "case_id": case.id,
        "desk": "bench",
        "outcome": "real",
        "seen": case.seen,
    }
    line = AuditLine.objects.get(verb="casework.decide")
    assert (line.outcome, line.subject_id, line.note, line.account_id) == (
        "done",
        "L1",
        f"case:{case.id}",
        ana.account_id,
    )
    assert [e.verb for e in queries.history(case.id, ana)] == ["open", "decide"]


def test_the_stale_guard_refuses_and_shows_the_difference(desk, ana):
    case = opened()
    newer = more_evidence(case, {"returns": 15, "sold": 620}, at(minutes=1))
    with pytest.raises(EvidenceChangedError) as no:
        actions.decide(case.id, "real", ana, seen=case.seen, now=at(minutes=2))
    assert (no.value.old, no.value.new) == (case.seen, newer.seen)
    assert no.value.changes == (Change("returns", 14, 15),)
    assert no.value.refusal.code == "evidence_changed"
    assert queries.case(case.id, ana, now=at(minutes=2)).state == "open"
    assert desk.told == []
    assert facts() == ["CaseOpened"]
    assert [e.verb for e in queries.history(case.id, ana)] == ["open", "evidence"]
    assert AuditLine.objects.get(outcome="refused").note == "evidence_changed"


def test_a_desk_that_refuses_undoes_everything(desk, ana):
    case = opened()
    desk.refuses = True
    with refused("desk_says_no"):
        actions.decide(case.id, "real", ana, seen=case.seen, now=T0)
    assert queries.case(case.id, ana, now=T0) == case
    assert facts() == ["CaseOpened"]


def test_a_lease_holds_others_back_until_it_runs_out(desk, ana, ben):
    case = opened()
    claimed = actions.claim(case.id, ana, now=T0)
    assert (claimed.state, claimed.lease_until, claimed.assigned_name) == ("claimed", at(minutes=15), "Ana")
    for forbidden in (
        lambda: actions.claim(case.id, ben, now=at(minutes=14)),
        lambda: actions.decide(case.id, "real", ben, seen=case.seen, now=at(minutes=14)),
    ):
        with refused("leased") as no:
            forbidden()
        assert "Ana" in no.value.refusal.reason
        assert "2026-05-06 02:15:00" in no.value.refusal.reason
    assert actions.claim(case.id, ana, now=at(minutes=14)).lease_until == at(minutes=29)
    assert queries.case(case.id, ben, now=at(minutes=29)).state == "open"
    assert actions.claim(case.id, ben, now=at(minutes=29)).assigned == ben.account_id
    with refused("leased"):
        actions.release(case.id, ana, now=at(minutes=30))


def test_reasons_outcomes_and_permission_are_asked_for(desk, ana, db):
    from pinzhi.casework.tests.desk_for_tests import person
    from pinzhi.people.roles import Role

    case = opened()
    with refused("reason_missing"):
        actions.decide(case.id, "noise", ana, seen=case.seen, reason="  ", now=T0)
    with refused("outcome_unknown"):
        actions.decide(case.id, "perhaps", ana, seen=case.seen, now=T0)
    with refused("not_permitted"):
        actions.decide(case.id, "real", person("reg", Role.REGULATOR), seen=case.seen, now=T0)
    with refused("case_unknown"):
        actions.decide("not-an-id", "real", ana, seen=case.seen, now=T0)
    assert queries.case(case.id, ana, now=T0) == case


@pytest.mark.parametrize("outcome", ["delist", "refund"])
def test_two_persons(desk, ana, sen, outcome):
    case = opened()
    proposed = actions.decide(case.id, outcome, ana, seen=case.seen, reason="电池漏液", now=T0)
    assert (proposed.state, proposed.outcome, proposed.proposal.outcome) == ("proposed", "", outcome)
    assert desk.told == []
    assert facts() == ["CaseOpened"]
    done = actions.confirm(case.id, sen, seen=case.seen, now=at(minutes=5))
    assert (done.state, done.outcome, done.decided_by) == ("decided", outcome, "two:analyst+senior_reviewer")
    assert done.reason == "电池漏液"
    assert desk.told == [("decide", case.id, outcome, "two:analyst+senior_reviewer")]


def test_nobody_confirms_or_rejects_his_own_proposal(desk, sen):
    case = opened()
    actions.decide(case.id, "delist", sen, seen=case.seen, now=T0)
    with refused("same_person"):
        actions.confirm(case.id, sen, seen=case.seen, now=at(minutes=1))
    with refused("same_person"):
        actions.reject(case.id, sen, reason="no", now=at(minutes=1))
    assert queries.case(case.id, sen).state == "proposed"
    assert desk.told == []
    assert actions.withdraw(case.id, sen, now=at(minutes=2)).state == "open"


def test_a_proposal_over_old_evidence_cannot_be_confirmed(desk, ana, sen):
    case = opened()
    actions.decide(case.id, "delist", ana, seen=case.seen, now=T0)
    newer = more_evidence(case, {"returns": 2, "sold": 620}, at(minutes=1))
    with refused("evidence_changed"):
        actions.confirm(case.id, sen, seen=newer.seen, now=at(minutes=2))
    assert actions.reject(case.id, sen, reason="证据已变", now=at(minutes=3)).state == "open"
    assert queries.case(case.id, ana).proposal is None


def test_a_rule_never_proposes_what_two_persons_decide(desk, db):
    from pinzhi.people.roles import Actor

    case = opened()
    with refused("needs_person"):
        actions.decide(case.id, "delist", Actor.rule("monitoring/1"), seen=case.seen, now=T0)
    assert actions.decide(case.id, "real", Actor.rule("monitoring/1"), seen=case.seen, now=T0).state == "decided"


def test_undo_within_seconds_needs_no_reason_and_restores_the_case(desk, ana):
    case = opened()
    actions.decide(case.id, "real", ana, seen=case.seen, now=T0)
    assert actions.undo(case.id, ana, now=at(seconds=20)) == case
    assert desk.told[1:] == [("undo", case.id, "real", "")]
    assert facts() == ["CaseOpened", "CaseDecided", "CaseReopened"]
    assert [(e.verb, e.undone) for e in queries.history(case.id, ana)] == [
        ("open", False),
        ("decide", True),
        ("undo", False),
    ]


def test_later_it_is_a_reversal_with_a_reason(desk, ana, ben):
    case = opened()
    actions.decide(case.id, "real", ana, seen=case.seen, now=T0)
    with refused("reason_missing"):
        actions.undo(case.id, ana, now=at(seconds=21))
    with refused("reason_missing"):
        actions.undo(case.id, ben, now=at(seconds=3))
    assert queries.case(case.id, ana).state == "decided"
    assert actions.undo(case.id, ben, reason="查明系物流破损", now=at(days=2)).state == "open"
    assert desk.told[-1] == ("reversal", case.id, "real", "查明系物流破损")


def test_what_two_decided_is_reversed_by_a_senior(desk, ana, ben, sen):
    case = opened()
    actions.decide(case.id, "delist", ana, seen=case.seen, now=T0)
    actions.confirm(case.id, sen, seen=case.seen, now=at(minutes=1))
    with refused("not_permitted"):
        actions.undo(case.id, ben, reason="x", now=at(minutes=2))
    with refused("not_permitted"):
        actions.reopen(case.id, ben, reason="x", now=at(minutes=2))
    assert actions.reopen(case.id, sen, reason="复检合格", now=at(days=1)).state == "open"
    assert desk.told[-1] == ("reopen", case.id, "delist", "复检合格")
    assert FactRow.objects.get(name="CaseReopened").payload["why"] == "reopen"


def test_undo_puts_a_snooze_an_escalation_and_a_proposal_back(desk, ana):
    case = opened()
    actions.snooze(case.id, ana, until=at(hours=2), now=T0)
    assert actions.undo(case.id, ana, now=at(minutes=1)) == case
    actions.escalate(case.id, ana, note="看不懂", now=at(minutes=2))
    assert actions.undo(case.id, ana, now=at(minutes=3)) == case
    actions.decide(case.id, "delist", ana, seen=case.seen, now=at(minutes=4))
    assert actions.undo(case.id, ana, now=at(minutes=5)) == case
    with refused("nothing_to_undo"):
        actions.undo(case.id, ana, now=at(minutes=6))
    assert CaseEvent.objects.filter(verb="undo").count() == 3
    assert desk.told == []
