"""A case is opened once per source; more evidence changes its digest, its place in the queue and nothing else."""

from pinzhi.casework import queries
from pinzhi.casework.models import Case, CaseEvent
from pinzhi.casework.tests.desk_for_tests import L1, T0, at, more_evidence, opened, refused
from pinzhi.engine.models import FactRow
from pinzhi.kernel.canon import digest
from pinzhi.people.acts import act
from pinzhi.people.roles import Actor


def test_opening_is_idempotent_by_source(desk, db):
    first = opened(due=at(days=1))
    again = opened(due=at(days=9), evidence={"other": 1})
    assert again == first
    assert Case.objects.count() == 1
    assert [f.name for f in FactRow.objects.all()] == ["CaseOpened"]
    assert first.seen == digest({"returns": 14, "sold": 620})
    assert (first.state, first.subject, first.source, first.opened_at) == ("open", L1, "monitoring:S1", T0)


def test_a_desk_nobody_registered_and_a_source_that_names_nothing_are_refused(desk, db):
    with refused("desk_unknown"):
        opened(desk="nowhere")
    with refused("source_unknown"):
        opened(source="monitoring")
    assert not Case.objects.exists()
    assert not FactRow.objects.exists()


def test_new_evidence_keeps_the_old_in_the_history(desk, db):
    case = opened()
    newer = more_evidence(case, {"returns": 15, "sold": 640}, at(hours=1))
    assert newer.seen == digest({"returns": 15, "sold": 640})
    kept = CaseEvent.objects.get(verb="evidence")
    assert (kept.seen, kept.evidence) == (case.seen, {"returns": 14, "sold": 620})
    more_evidence(case, {"returns": 15, "sold": 640}, at(hours=2))
    assert CaseEvent.objects.filter(verb="evidence").count() == 1


def test_by_source_finds_it_and_only_for_whom_it_concerns(desk, db):
    case = opened(merchant_id="M1")
    assert queries.by_source("monitoring:S1", Actor.system("test")) is not None
    own, other = (Actor("person", "person:merchant", 1, merchant_id=m) for m in ("M1", "M2"))
    assert queries.case(case.id, own).id == case.id
    with refused("case_unknown"):
        queries.case(case.id, other)
    assert queries.queue(other).rows == ()
    assert queries.queue(own).total == 1


def test_a_decided_case_takes_no_evidence(desk, ana):
    from pinzhi.casework import actions

    case = opened()
    actions.decide(case.id, "real", ana, seen=case.seen, now=T0)
    with refused("case_decided"):
        more_evidence(case, {"returns": 99})
    assert queries.case(case.id, ana).evidence == {"returns": 14, "sold": 620}
    with act("monitoring.scan", Actor.rule("m"), now=T0):
        pass
