"""Histories and recalls over stored events: what a walk reaches, what it does not, and where the goods are."""

from datetime import timedelta

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.decisions import queries as decided
from pinzhi.decisions.models import DecisionRow
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.life.tracing import capture, history, recall, walk
from pinzhi.life.tracing.models import Notice, Recall, Thing
from pinzhi.life.tracing.tests.chains import (
    BREAD,
    CRATE,
    FACTORY,
    GTIN,
    NOW,
    PALLET,
    SHOP,
    WAREHOUSE,
    baked,
    counted,
    document,
    lot,
    made,
    packed,
    seen,
    unit,
    unpacked,
)
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db

HOUSE = Actor.system("test")
MANAGER = Actor("person", "person:manager", roles=frozenset({Role.MANAGER}))
MERCHANT = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")


def take(*events):
    job = capture.capture(document(*events), HOUSE, now=NOW)
    assert job.refused == 0, job.errors


def number(uri):
    return Thing.objects.get(uri=uri).pk


def uris(numbers):
    return set(Thing.objects.filter(pk__in=numbers).values_list("uri", flat=True))


def steps(of):
    return [(line.step, line.about) for line in of.lines]


def story():
    """Two units of lot L7 go by pallet to the warehouse, one of them to the shop and to a buyer; the pallet is then used for other goods."""
    take(
        made(1, [unit("A1"), unit("A2"), unit("A3")], "L7"),
        packed(2, [unit("A1"), unit("A2")]),
        seen(3, [PALLET], "shipping", FACTORY),
        seen(9, [PALLET], "receiving", WAREHOUSE),
        unpacked(10),
        seen(11, [unit("A2")], "receiving", SHOP),
        seen(12, [unit("A2")], "retail_selling", SHOP),
        made(20, [unit("B1")], "L8"),
        packed(21, [unit("B1")]),
        seen(22, [PALLET], "shipping", SHOP),
    )


def test_a_history_has_what_happened_to_the_pallet_while_the_unit_was_on_it_and_no_more():
    story()
    found = history.of(unit("A1"))
    assert steps(found) == [
        ("commissioning", "own"),
        ("packing", "own"),
        ("shipping", "container"),
        ("receiving", "container"),
        ("unpacking", "container"),
    ]
    assert found.lot == lot("L7")
    assert [line.place for line in found.lines if line.step == "receiving"] == [WAREHOUSE]
    assert steps(history.of(unit("B1"))) == [("commissioning", "own"), ("packing", "own"), ("shipping", "container")]


def test_every_line_of_a_history_names_its_entry_of_the_ledger():
    story()
    leaves = [line.leaf for line in history.of(unit("A1")).lines]
    assert None not in leaves
    assert leaves == sorted(leaves)


def test_a_thing_is_found_under_every_form_of_its_key():
    story()
    by_link = history.of(unit("A2"))
    assert history.of("urn:epc:id:sgtin:6901234.056789.A2") == by_link
    assert history.of(f"https://id.shop.example/01/{GTIN}/10/L7/21/A2") == by_link
    with pytest.raises(RefusedError) as no:
        history.of(unit("Z9"))
    assert no.value.refusal.code == "thing_unknown"


def bakery():
    """Flour of two lots becomes dough, dough becomes bread with numbers; other bread is made of other flour."""
    take(
        counted(1, {lot("F1"): 100, lot("F2"): 100, lot("F3"): 100}, "commissioning", FACTORY, action="ADD"),
        baked(5, {lot("F1"): 40, lot("F2"): 10}, {lot("D1"): 50}),
        baked(6, {lot("D1"): 50}, [unit("P1", BREAD), unit("P2", BREAD)]),
        baked(7, {lot("F3"): 30}, [unit("P3", BREAD)]),
    )


def test_a_recall_reaches_everything_made_from_the_goods_however_far():
    bakery()
    reached = walk.forward([number(lot("F1"))])
    assert uris(reached.came_from) == {lot("F1"), lot("D1"), unit("P1", BREAD), unit("P2", BREAD)}
    assert uris(walk.forward([number(lot("F3"))]).came_from) == {lot("F3"), unit("P3", BREAD)}


def test_going_back_names_the_inputs_of_every_step():
    bakery()
    assert uris(walk.back([number(unit("P1", BREAD))]).came_from) == {
        unit("P1", BREAD),
        lot("D1"),
        lot("F1"),
        lot("F2"),
    }
    found = history.of(unit("P1", BREAD))
    assert found.sources[0] == (lot("D1"), unit("P1", BREAD))
    assert {s for s, _ in found.sources} == {lot("D1"), lot("F1"), lot("F2")}


def test_events_of_one_transformation_are_one_transformation():
    take(
        counted(1, {lot("F1"): 10}, "commissioning", FACTORY, action="ADD"),
        baked(5, {lot("F1"): 10}, {}, transformationID="urn:uuid:t1"),
        baked(6, {}, [unit("P1", BREAD)], transformationID="urn:uuid:t1"),
    )
    assert unit("P1", BREAD) in uris(walk.forward([number(lot("F1"))]).came_from)
    assert lot("F1") in uris(walk.back([number(unit("P1", BREAD))]).came_from)


def test_what_lay_in_a_container_that_went_into_goods_is_in_them_and_what_was_taken_out_is_not():
    take(
        made(1, [unit("A1"), unit("A2")], "L7"),
        packed(2, [unit("A1"), unit("A2")], CRATE),
        unpacked(3, [unit("A2")], CRATE),
        baked(5, [CRATE], [unit("P1", BREAD)]),
    )
    assert uris(walk.forward([number(unit("A1"))]).came_from) == {unit("A1"), unit("P1", BREAD)}
    assert uris(walk.forward([number(unit("A2"))]).came_from) == {unit("A2")}
    assert uris(walk.back([number(unit("P1", BREAD))]).came_from) == {unit("P1", BREAD), CRATE, unit("A1"), lot("L7")}


def test_a_circle_that_somebody_recorded_ends():
    take(baked(1, [unit("A1")], [unit("A2")]), baked(2, [unit("A2")], [unit("A1")]))
    assert uris(walk.forward([number(unit("A1"))]).came_from) == {unit("A1"), unit("A2")}


def test_containers_that_are_recorded_as_being_in_each_other_do_not_hold_a_recall_up():
    take(
        made(1, [unit("A1")], "L7"),
        packed(2, [unit("A1")], CRATE),
        packed(3, [CRATE], PALLET),
        packed(4, [PALLET], CRATE),
        seen(9, [PALLET], "receiving", WAREHOUSE),
    )
    assert recall.look(lot("L7"), MANAGER, now=NOW).counts.held == {WAREHOUSE: 1}
    assert ("receiving", "container") in steps(history.of(unit("A1")))


def test_an_event_that_was_declared_wrong_is_in_no_walk():
    wrong = baked(5, {lot("F1"): 40}, [unit("P1", BREAD)]) | {"eventID": "urn:uuid:9"}
    take(counted(1, {lot("F1"): 100}, "commissioning", FACTORY, action="ADD"), wrong)
    take(wrong | {"errorDeclaration": {"declarationTime": "2026-11-02T00:00:00+00:00", "reason": "incorrect_data"}})
    assert uris(walk.forward([number(lot("F1"))]).came_from) == {lot("F1")}
    assert history.of(unit("P1", BREAD)).lines == ()


# --- recall --------------------------------------------------------------------------------------------------------------------------------


def registered():
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="食品")], HOUSE)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("L7", "M1", listing_id="L1", gtin=GTIN, quantity=3)], HOUSE)


def figures(batch, by=MANAGER):
    d = recall.document(recall.look(batch, by, now=NOW))
    return {k: d[k] for k in ("made", "sold", "located", "under_way", "unaccounted")}


def test_where_the_goods_of_a_batch_are():
    story()
    assert figures(f"{GTIN}/L7") == {"made": 3, "sold": 1, "located": 2, "under_way": 0, "unaccounted": 0}
    d = recall.document(recall.look(lot("L7"), MANAGER, now=NOW))
    assert d["places"] == [{"place": FACTORY, "count": 1}, {"place": WAREHOUSE, "count": 1}]
    assert figures(f"{GTIN}/L8") == {"made": 1, "sold": 0, "located": 0, "under_way": 1, "unaccounted": 0}


def test_quantities_and_units_of_what_was_made_from_it_are_counted_side_by_side():
    bakery()
    d = recall.document(recall.look(lot("F1"), MANAGER, now=NOW))
    # 100 of flour and 50 of dough were made, 40 and 50 used up; 60 of flour and two loaves lie at the factory.
    assert (d["made"], d["used"], d["located"], d["unaccounted"]) == (152, 90, 62, 0)
    assert d["lots"] == [lot("D1"), lot("F1")]


def test_a_drill_is_kept_with_its_time_and_tells_nobody():
    story()
    registered()
    row = recall.drill("L7", MANAGER, now=NOW)
    assert (row.drill, row.merchant_id, row.found["sold"], row.decisions) == (True, "M1", 1, [])
    assert not (Notice.objects.exists())
    assert not (DecisionRow.objects.exists())
    (fact,) = FactRow.objects.filter(name="RecallOpened")
    assert (fact.payload["drill"], fact.payload["made"], fact.payload["sold"], fact.subject_id) == (True, 3, 1, "L7")


def test_a_recall_stops_the_sale_of_the_batch_in_the_same_act():
    story()
    registered()
    row = recall.recall("L7", MANAGER, "检出沙门氏菌", now=NOW)
    standing = decided.standing(Subject(Kind.BATCH, "L7"), NOW + timedelta(seconds=1))
    assert standing.state == "stopped"
    (decision,) = DecisionRow.objects.all()
    assert row.decisions == [decision.pk]
    assert decision.reasons[0]["law"]["article"] == "19"
    assert recall.recall("L7", MANAGER, "再次", now=NOW).pk == row.pk
    assert (Recall.objects.count(), DecisionRow.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("by", "batch", "reason", "code"),
    [
        (MERCHANT, "L7", "质量问题", "not_permitted"),
        (MANAGER, "L7", "  ", "recall_without_reason"),
        (MANAGER, "nix", "质量问题", "batch_unknown"),
        (MANAGER, f"{GTIN}/none", "质量问题", "batch_unknown"),
        (MANAGER, "0690123456789X/L7", "质量问题", "batch_unknown"),
    ],
)
def test_a_refused_recall_stops_nothing(by, batch, reason, code):
    story()
    registered()
    with pytest.raises(RefusedError) as no:
        recall.recall(batch, by, reason, now=NOW)
    assert no.value.refusal.code == code
    assert not (Recall.objects.exists())
    assert not (DecisionRow.objects.exists())
    assert not (FactRow.objects.filter(name="RecallOpened").exists())


def test_a_merchant_rehearses_with_his_own_batches_only():
    story()
    registered()
    assert recall.drill("L7", MERCHANT, now=NOW).found["made"] == 3
    for name in ("L7", lot("L7"), f"{GTIN}/L8"):
        with pytest.raises(RefusedError) as no:
            recall.drill(name, OTHER, now=NOW)
        assert no.value.refusal.code == "batch_unknown"


def test_a_batch_without_a_gtin_says_so():
    registered()
    catalogue.register_entries(Kind.BATCH, [BatchEntry("X1", "M1", listing_id="L1")], HOUSE)
    with pytest.raises(RefusedError) as no:
        recall.look("X1", MANAGER, now=NOW)
    assert no.value.refusal.code == "batch_without_gtin"
