"""Issue, supersede, correct, lift; standing and feed."""

from datetime import timedelta

import pytest

from pinzhi.decisions import actions, queries
from pinzhi.decisions.contracts import ISSUED, LIFTED, decision_digest, seen_digest, step_document
from pinzhi.decisions.models import DecisionRow
from pinzhi.decisions.tests.samples import ANALYST, LEAK, LISTING, MERCHANT, RULE, SENIOR, T0, issued
from pinzhi.engine import outbox
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.ledger.models import Leaf
from pinzhi.people.acts import act
from pinzhi.people.models import AuditLine

pytestmark = pytest.mark.django_db
WHY = Text("申诉成立。", "The appeal was upheld.")
HOUR = timedelta(hours=1)


def test_a_decision_reads_back_as_it_was_written():
    row = issued(until=T0 + 5 * HOUR)
    stored = queries.record(DecisionRow.objects.get(pk=row.id))
    assert stored.reasons == (LEAK,)
    assert decision_digest(stored) == row.digest
    assert (stored.start, stored.until) == (T0, T0 + 5 * HOUR)
    assert stored.appeal_until == T0.replace(month=11)


def test_the_ledger_holds_the_fact_and_the_document():
    row = issued()
    fact = FactRow.objects.get(name="DecisionIssued")
    assert fact.payload["digest"] == row.digest
    leaf = Leaf.objects.get(kind="decision", ref=row.id)
    from pinzhi.decisions.contracts import decision_document

    body = outbox.value_body("decision", row.id, decision_document(queries.record(row)), leaf.at)
    assert bytes(leaf.commitment) == outbox.commitment(bytes(leaf.nonce), body)


def test_the_same_source_and_effect_decide_once_while_in_force():
    first = issued(until=T0 + HOUR)
    assert issued(until=T0 + HOUR).id == first.id
    assert issued(effect=Effect.WATCH).id != first.id
    assert issued(subject=Subject(Kind.LISTING, "L-2")).id != first.id
    assert issued(at=T0 + 2 * HOUR).id != first.id
    assert DecisionRow.objects.count() == 4


def test_ids_sort_by_the_moment_of_decision():
    ids = [queries.new_id(T0 + timedelta(milliseconds=i)) for i in range(50)]
    assert ids == sorted(ids)
    assert ids[0][14] == "7"


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"reasons": ()}, "decision_without_reason"),
        ({"until": T0}, "decision_ends_before_start"),
        ({"until": T0 - HOUR}, "decision_ends_before_start"),
        ({"start": T0.replace(tzinfo=None)}, "time_without_zone"),
        ({"appeal_until": T0 - HOUR}, "appeal_already_over"),
        ({"source": "Somewhere"}, "source_unknown"),
        ({"supersedes": "no-such"}, "decision_unknown"),
    ],
)
def test_what_is_refused_changes_nothing(more, code):
    with pytest.raises(RefusedError) as no:
        issued(**more)
    assert no.value.refusal.code == code
    assert not DecisionRow.objects.exists()
    assert not FactRow.objects.exists()
    assert not Leaf.objects.exists()


def test_who_decided_is_a_role_never_a_name():
    with pytest.raises(RefusedError, match="decided_by_unknown"), act("x", RULE) as a:
        actions.issue(a, LISTING, Effect.WATCH, [LEAK], policy="p", decided_by="Wang Wei", source="monitoring:1")


def test_superseding_replaces_and_lifting_the_successor_restores():
    old = issued(effect=Effect.DELIST)
    with act("x", RULE, now=T0 + HOUR) as a:
        new = actions.supersede(a, old.id, Effect.WATCH, [LEAK], policy="p", decided_by="rule:p", source="sampling:F1")
    assert queries.standing(LISTING, T0 + HOUR).state == "watched"
    with act("x", RULE, now=T0 + 2 * HOUR) as a:
        actions.lift(a, new.id, WHY)
    assert queries.standing(LISTING, T0 + 2 * HOUR).state == "delisted"


def test_a_replaced_decision_is_not_replaced_twice():
    old = issued()
    issued(source="sampling:F1", effect=Effect.WATCH, supersedes=old.id)
    with pytest.raises(RefusedError, match="decision_superseded"):
        issued(source="sampling:F2", effect=Effect.NONE, supersedes=old.id)


def test_superseding_stays_with_the_subject():
    old = issued()
    with pytest.raises(RefusedError, match="supersedes_other_subject"):
        issued(subject=MERCHANT, source="sampling:F1", supersedes=old.id)


def test_a_correction_says_the_same_with_mended_reasons():
    from dataclasses import replace

    old = issued(until=T0 + 9 * HOUR)
    mended = replace(LEAK, evidence=(("observed", "15"), ("expected", "3.2")))
    for _ in range(2):
        with act("x", RULE, now=T0 + HOUR) as a:
            new = actions.correct(a, old.id, [mended], decided_by="person:analyst")
    assert queries.record(new).reasons == (mended,)
    assert (new.supersedes, new.effect, new.until, new.source) == (old.id, old.effect, old.until, old.source)
    assert DecisionRow.objects.count() == 2
    assert [d.id for d in queries.standing(LISTING, T0 + HOUR).in_force] == [new.id]


def test_a_lift_ends_it_once():
    row = issued()
    with act("x", RULE, now=T0 + HOUR) as a:
        actions.lift(a, row.id, WHY)
    assert queries.standing(LISTING, T0 + HOUR).state == "normal"
    assert queries.standing(LISTING, T0).state == "restricted"
    assert Leaf.objects.filter(kind="lift", ref=row.id).count() == 1
    with pytest.raises(RefusedError, match="decision_lifted"), act("x", RULE) as a:
        actions.lift(a, row.id, WHY)


def test_a_person_lifts_what_he_has_seen():
    row = issued()
    seen = seen_digest(queries.record(row))
    actions.lift_by_person(row.id, SENIOR, WHY, seen)
    line = AuditLine.objects.get(verb="decisions.lift")
    assert (line.outcome, line.note) == ("done", row.id)


@pytest.mark.parametrize(("by", "seen", "code"), [(ANALYST, None, "not_permitted"), (SENIOR, "old", "stale")])
def test_a_person_may_not_lift_blindly_or_without_the_role(by, seen, code):
    row = issued()
    with pytest.raises(RefusedError, match=code):
        actions.lift_by_person(row.id, by, WHY, seen or seen_digest(queries.record(row)))
    row.refresh_from_db()
    assert row.lifted_at is None
    assert not FactRow.objects.filter(name="DecisionLifted").exists()


def test_what_governs_a_listing_restricts_it():
    issued(subject=MERCHANT, effect=Effect.BAN, source="sanctions:1")
    issued(effect=Effect.PROMOTE, source="rating:1")
    assert queries.standing(LISTING, T0).state == "promoted"
    assert queries.standing(LISTING, T0, governing=[MERCHANT]).state == "banned"
    assert queries.standing(MERCHANT, T0, governing=[LISTING]).state == "banned"


def test_watching_or_promoting_a_merchant_does_not_spread():
    old = issued(subject=MERCHANT, effect=Effect.BAN, source="sanctions:1")
    issued(subject=MERCHANT, effect=Effect.WATCH, source="sanctions:2", supersedes=old.id)
    issued(subject=MERCHANT, effect=Effect.PROMOTE, source="rating:2")
    assert queries.standing(LISTING, T0, governing=[MERCHANT]).state == "normal"


def test_many_standings_take_few_queries(django_assert_max_num_queries):
    subjects = [Subject(Kind.LISTING, f"L-{i}") for i in range(900)]
    issued(subject=subjects[7])
    with django_assert_max_num_queries(3):
        all_of_them = queries.standings(subjects, T0)
    assert {s.id for s, st in all_of_them.items() if st.state != "normal"} == {"L-7"}


def test_the_feed_tells_every_step_as_it_was():
    first = issued()
    second = issued(subject=MERCHANT, source="rating:1", effect=Effect.PROMOTE)
    with act("x", RULE, now=T0 + HOUR) as a:
        actions.lift(a, first.id, WHY)
    steps = queries.steps()
    assert [(s.event, s.decision.id) for s in steps] == [
        (ISSUED, first.id),
        (ISSUED, second.id),
        (LIFTED, first.id),
    ]
    assert [s.decision.lifted_at for s in steps] == [None, None, T0 + HOUR]
    assert steps[2].why == WHY
    assert queries.steps(steps[0].cursor, 1) == [steps[1]]
    assert queries.steps(queries.last_cursor()) == []
    assert queries.step(steps[1].cursor) == steps[1]
    assert queries.step(10**9) is None
    assert step_document(steps[2])["lifted_at"] == "2026-05-03T09:00:00+00:00"


def test_undoing_a_source_finds_what_it_said():
    a = issued(source="casework:C1")
    b = issued(source="casework:C1", subject=MERCHANT)
    issued(source="casework:C2")
    assert [r.id for r in queries.from_source("casework:C1")] == sorted([a.id, b.id])
    assert [r.id for r in queries.live_from_source("casework:C1", T0)] == sorted([a.id, b.id])
    assert [r.id for r in queries.history(MERCHANT)] == [b.id]
    assert len(queries.live(T0, effects=[Effect.RESTRICT])) == 3
