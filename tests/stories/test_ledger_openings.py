"""What leaves commit to: opened for a proof, checked in the audit, erased without harm; the drill on the database itself."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection, transaction
from django.db.models import F

from pinzhi.decisions import actions
from pinzhi.decisions.models import DecisionRow
from pinzhi.decisions.tests.samples import RULE, T0, issued
from pinzhi.engine import openings
from pinzhi.engine.models import FactRow
from pinzhi.kernel.facts import CatalogueChanged, SignalJudged
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.ledger import keys, proofs, store
from pinzhi.ledger.bundle import check
from pinzhi.ledger.models import Leaf, SignedCheckpoint, Tile, TileHead, TreeHead
from pinzhi.ledger.trust import TrustPolicy
from pinzhi.people.acts import act

pytestmark = pytest.mark.django_db
SUBJECT = Subject(Kind.LISTING, "L-1")


@pytest.fixture(autouse=True)
def key_folder(tmp_path, settings):
    settings.LEDGER_KEYS = tmp_path / "keys"


def some_acts(n=6):
    for i in range(n):
        with act("monitoring.react", RULE, now=T0 + timedelta(minutes=i)) as a:
            a.fact(
                SignalJudged(
                    subject=Subject(Kind.LISTING, f"L-{i}"), signal_id=f"S{i}", outcome="real", case_id=f"C{i}"
                )
            )
            a.fact(CatalogueChanged(subject=SUBJECT, change="listing", digest=f"{i:064d}"))
    row = issued(source="monitoring:S1")
    with act("decisions.lift", RULE, now=T0 + timedelta(hours=1)) as a:
        actions.lift(a, row.id, Text("申诉成立。", "Upheld."))
    issued(source="monitoring:S2", at=T0 + timedelta(hours=2))
    store.checkpoint(at=T0)
    return row


def whole(older=()):
    return openings.audit_openings(proofs.audit_stored((), older))


def trust():
    return TrustPolicy(keys.verifiers(store.settings.LEDGER_KEYS))


def prove(index):
    opened = openings.open_leaf(index)
    return proofs.prove(index, opened.what(), opened.nonce, at=T0)


def test_every_leaf_of_real_acts_is_proven_and_the_audit_is_clean():
    some_acts()
    assert store.size() == 18
    for index in range(18):
        assert check(prove(index), trust()).valid is True
    report = whole()
    assert (report.findings, report.opened, report.erased) == ([], 18, 0)


def test_a_fact_commits_to_its_time_its_act_and_its_actor():
    some_acts()
    what = openings.open_leaf(0).what()
    row = FactRow.objects.get(leaf=0)
    assert what == {
        "fact": "SignalJudged",
        "version": 1,
        "subject": "listing:L-0",
        "payload": {"signal_id": "S0", "outcome": "real", "case_id": "C0"},
        "at": "2026-05-03T08:00:00+00:00",
        "act": row.act,
        "actor": "rule:monitoring/1#00000000",
    }


def test_a_time_in_another_zone_is_the_same_moment():
    moment = datetime.fromisoformat("2026-05-03T16:00:00.123456+08:00")
    with act("monitoring.react", RULE, now=moment) as a:
        a.fact(CatalogueChanged(subject=SUBJECT, change="listing", digest="d"))
    assert openings.open_leaf(0).what()["at"] == moment.astimezone(UTC).isoformat()


def test_a_decision_is_proven_by_its_id_with_its_whole_document():
    row = some_acts()
    opened = openings.open_value("decision", row.id)
    assert opened.what()["value"]["reasons"][0]["sentence"]["zh"] == "近 30 天退货 14 件，预期 3.2 件。"
    assert check(proofs.prove(opened.index, opened.what(), opened.nonce, at=T0), trust()).valid is True
    with pytest.raises(RefusedError) as no:
        openings.open_value("decision", "unknown")
    assert no.value.refusal.code == "leaf_unknown"


def test_a_proof_of_a_newer_entry_signs_a_newer_checkpoint_and_links_to_the_old():
    some_acts()
    old = store.latest()
    with act("monitoring.react", RULE, now=T0) as a:
        a.fact(CatalogueChanged(subject=SUBJECT, change="listing", digest="new"))
    opened = openings.open_leaf(18)
    proof = proofs.prove(18, opened.what(), opened.nonce, at=T0, since=[old.size])
    kept = trust().believe(old.note.encode()).point
    assert check(proof, trust(), [kept]).valid is True
    with pytest.raises(RefusedError) as no:
        proofs.prove(18, opened.what(), opened.nonce, at=T0, since=[99])
    assert no.value.refusal.code == "checkpoint_unknown"


def test_personal_data_never_gets_on_the_log_and_erasing_leaves_all_other_proofs_valid():
    some_acts()
    before = {i: prove(i) for i in range(18)}
    assert all(len(bytes(c)) == 32 for c in Leaf.objects.values_list("commitment", flat=True))
    FactRow.objects.filter(leaf=4).update(payload={}, nonce="")
    Leaf.objects.filter(index=4).update(nonce=b"")
    with pytest.raises(RefusedError) as no:
        openings.open_leaf(4)
    assert no.value.refusal.code == "leaf_erased"
    for index in set(range(18)) - {4}:
        assert check(prove(index), trust()).valid is True
        assert check(before[index], trust()).valid is True
    report = whole()
    assert (report.findings, report.opened, report.erased) == ([], 17, 1)


def test_what_was_changed_can_no_longer_be_proven():
    some_acts()
    FactRow.objects.filter(leaf=2).update(actor="person:somebody else")
    with pytest.raises(RefusedError) as no:
        openings.open_leaf(2)
    assert no.value.refusal.code == "leaf_changed"
    assert [f.code for f in whole().findings] == ["fact_changed"]


@pytest.mark.parametrize("index", [-1, 18, 10**12])
def test_entries_that_do_not_exist(index):
    some_acts()
    with pytest.raises(RefusedError) as no:
        openings.open_leaf(index)
    assert no.value.refusal.code == "leaf_unknown"


def test_kinds_are_opened_by_one_room_only():
    with pytest.raises(ValueError, match="two rooms"):
        openings.register("decision", lambda ref: ref)


# --- the drill on the database: one random change of any committed column ---------------------------------------------------------------------


def later(value):
    return value + timedelta(seconds=1)


def flipped(chance):
    def change(value):
        raw = bytes(value)
        at = chance.randrange(len(raw))
        return raw[:at] + bytes([raw[at] ^ chance.randrange(1, 256)]) + raw[at + 1 :]

    return change


def changes(chance):
    """(model, column, new value from old). Not committed: SignedCheckpoint.at, the seq of facts."""

    def text(value):
        at = chance.randrange(len(value))
        return value[:at] + ("y" if value[at] != "y" else "z") + value[at + 1 :]

    return [
        (Leaf, "commitment", flipped(chance)),
        (Leaf, "nonce", flipped(chance)),
        (Leaf, "kind", lambda value: "decision" if value != "decision" else "fact"),
        (Leaf, "ref", text),
        (Leaf, "at", later),
        (Tile, "hashes", flipped(chance)),
        (Tile, "level", lambda value: value + 1 + chance.randrange(9)),
        (Tile, "index", lambda value: value + 1 + chance.randrange(9)),
        (TileHead, "size", lambda value: value + chance.choice([-value, -1, 1])),
        (TileHead, "edge", flipped(chance)),
        (TreeHead, "size", lambda value: value + chance.choice([-value, -1, 1])),
        (SignedCheckpoint, "root", flipped(chance)),
        (
            SignedCheckpoint,
            "note",
            lambda value: value.replace("a", "b", 1) if chance.random() < 0.5 else value[:-3] + "\n",
        ),
        (FactRow, "name", lambda value: "CaseOpened"),
        (FactRow, "version", lambda value: value + 1),
        (FactRow, "subject_kind", lambda value: "merchant" if value != "merchant" else "batch"),
        (FactRow, "subject_id", text),
        (FactRow, "payload", lambda value: {**value, "outcome": "noise", "digest": "0"}),
        (FactRow, "at", later),
        (FactRow, "act", text),
        (FactRow, "actor", text),
        (FactRow, "nonce", lambda value: value[:-1] + ("0" if value[-1] != "0" else "1")),
        (FactRow, "leaf", lambda value: value + 1000),
        (DecisionRow, "effect", lambda value: "ban"),
        (DecisionRow, "reasons", lambda value: [{**value[0], "weight": 1}]),
        (DecisionRow, "policy", text),
        (DecisionRow, "decided_by", lambda value: "person:nobody"),
        (DecisionRow, "decided_at", later),
        (DecisionRow, "start", later),
        (DecisionRow, "source", text),
        (DecisionRow, "subject_id", text),
    ]


def one_change(chance):
    """Change one random column of one random row, or delete a row; gives a name for it."""
    if chance.random() < 0.1:
        model = chance.choice([Leaf, Tile, FactRow])
        keys_ = list(model.objects.values_list("pk", flat=True))
        pk = chance.choice(keys_)
        if model is FactRow:
            from pinzhi.engine.models import Delivery

            Delivery.objects.filter(fact=pk).delete()
        model.objects.filter(pk=pk).delete()
        return f"{model.__name__} {pk} deleted"
    model, column, change = chance.choice(changes(chance))
    pk, old = chance.choice(list(model.objects.values_list("pk", column)))
    new = change(old)
    assert new != old
    model.objects.filter(pk=pk).update(**{column: new})
    return f"{model.__name__}.{column} of {pk}"


def drill(trials, seed):
    some_acts()
    chance = random.Random(seed)
    kept = [trust().believe(store.latest().note.encode()).point]
    assert whole(kept).ok
    for trial in range(trials):
        with transaction.atomic():
            what = one_change(chance)
            assert not whole(kept).ok, (seed, trial, what)
            transaction.set_rollback(True)
    assert whole(kept).ok


def test_single_changes_on_the_database_are_all_found():
    drill(150, 3)


@pytest.mark.slow
def test_two_thousand_single_changes_on_the_database_are_all_found():
    drill(2000, 5)


def test_swapping_two_facts_is_found():
    some_acts()
    a, b = FactRow.objects.order_by("seq")[:2]
    with connection.cursor():
        FactRow.objects.filter(pk=a.pk).update(leaf=-1)
        FactRow.objects.filter(pk=b.pk).update(leaf=a.leaf)
        FactRow.objects.filter(pk=a.pk).update(leaf=b.leaf)
    assert {"fact_out_of_order", "leaf_changed"} & {f.code for f in whole().findings}


def test_a_leaf_that_was_put_in_afterwards_is_found():
    some_acts()
    Leaf.objects.create(index=18, kind="fact", ref="SignalJudged", commitment=b"c" * 32, nonce=b"n" * 16, at=T0)
    assert {f.code for f in whole().findings} == {"size_wrong", "fact_missing"}
    TreeHead.objects.update(size=F("size") + 1)
    assert {f.code for f in whole().findings} == {"fact_missing"}
