"""Steps that a merchant tells by form: exact events, the same path as every other, nobody else's batch, and refused ones that store nothing."""

from datetime import UTC, datetime

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.ledger.models import Leaf
from pinzhi.life.tracing import by_form, capture, completeness, giving, recall
from pinzhi.life.tracing.models import Event, Mention
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.chain.form import STEPS, Told, event
from pinzhi.life.tracing.tests.chains import CRATE, FACTORY, GTIN, NOW, document, lot, made, unit
from pinzhi.people.roles import Actor, Role

HOUSE = Actor.system("test")
SHOP = Actor("person", "person:shop", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:other", roles=frozenset({Role.MERCHANT}), merchant_id="M2")
GLN, SSCC = FACTORY.rpartition("/")[2], CRATE.rpartition("/")[2]
AT = datetime(2026, 11, 2, 1, 0, tzinfo=UTC)


def told(step, **more):
    return Told(step, AT, GLN, lot("B1"), "B1", **more)


def test_every_step_is_written_in_the_words_of_the_vocabulary():
    assert {code: (s.step, s.disposition) for code, s in STEPS.items()} == {
        "make": ("commissioning", "active"), "pack": ("packing", "in_progress"), "ship": ("shipping", "in_transit"),
        "receive": ("receiving", "in_progress"), "sell": ("retail_selling", "retail_sold"), "return": ("receiving", "returned"),
        "destroy": ("destroying", "destroyed"),
    }  # fmt: skip
    counted = event(told("make", quantity=12))
    assert (counted["bizStep"], counted["action"], counted["ilmd"]) == (
        "creating_class_instance",
        "ADD",
        {"cbvmda:lotNumber": "B1"},
    )
    assert counted["quantityList"] == [{"epcClass": lot("B1"), "quantity": 12}]
    packed = event(told("pack", units=(unit("A"),), sscc=SSCC))
    assert (packed["type"], packed["parentID"], packed["childEPCs"]) == ("AggregationEvent", CRATE, [unit("A")])
    assert event(told("ship", sscc=SSCC))["epcList"] == [CRATE]


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (told("fly", quantity=1), "step_unknown"),
        (Told("ship", AT, "6901234000001", lot("B1"), "B1", quantity=1), "place_invalid"),
        (Told("ship", AT, "", lot("B1"), "B1", quantity=1), "place_invalid"),
        (told("pack", quantity=1), "container_invalid"),
        (told("ship", sscc="123"), "container_invalid"),
        (told("sell"), "nothing_told"),
        (told("sell", quantity=-3), "nothing_told"),
    ],
)
def test_what_cannot_be_an_event_is_refused(given, code):
    with pytest.raises(RefusedError) as no:
        event(given)
    assert no.value.refusal.code == code


@pytest.fixture
def batch(db, settings, tmp_path):
    settings.CODE_KEYS, settings.EVENT_STORE = tmp_path / "codes", tmp_path / "events"
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="服装", gtin=GTIN)], HOUSE)
    entries = [
        BatchEntry("B1", "M1", listing_id="L1", produced_on=AT.date(), quantity=3, factory="F", report_no="R1"),
        BatchEntry("B2", "M1", listing_id="L1"),
    ]
    catalogue.register_entries(Kind.BATCH, entries, HOUSE)
    row = giving.issue("B1", 3, SHOP)
    return [c.decode() for c in codes.issue(giving.epoch_of(row).keys(GTIN), row.first, 3)]


def tell(step, by=SHOP, batch="B1", at="2026-11-02 09:00", gln=GLN, **more):
    return by_form.tell(batch, by, step=step, at=at, gln=gln, now=NOW, **more)


def test_a_batch_told_by_form_has_a_complete_chain_and_a_coverage(batch):
    from pinzhi.catalogue import queries

    pieces = "\n".join([batch[0], f"https://id.pinzhi.example/01/{GTIN}/10/B1/21/{batch[1]}", batch[2], batch[0]])
    assert tell("make", pieces=pieces).fresh
    assert not tell("make", pieces=pieces).fresh  # the button pressed twice
    tell("pack", at="2026-11-02 10:00", pieces=pieces, sscc=SSCC)
    tell("ship", at="2026-11-02 11:00", sscc=SSCC)
    tell("sell", at="2026-11-05 11:00", pieces=batch[0])
    tell("destroy", at="2026-11-06 11:00", pieces=batch[1])
    assert Event.objects.count() == 5
    assert set(Event.objects.values_list("owner", flat=True)) == {"M1"}
    assert Leaf.objects.filter(kind="event").count() == 5
    card = queries.batch("B1")
    assert completeness.of_batches([card])["B1"].complete
    counts = recall.look("B1", HOUSE, now=NOW).counts
    assert (counts.made, counts.sold, counts.destroyed, counts.under_way) == (3, 1, 1, 1)


def test_serials_of_ones_own_are_pieces_where_they_are_made(batch):
    with pytest.raises(RefusedError):
        tell("sell", pieces="MINE-1")
    tell("make", pieces="MINE-1")
    assert tell("sell", at="2026-11-03 09:00", pieces="MINE-1").fresh
    assert Mention.objects.filter(thing__uri=unit("MINE-1")).count() == 2


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"by": OTHER, "quantity": 1}, "batch_unknown"),
        ({"batch": "NIX", "quantity": 1}, "batch_unknown"),
        ({"at": "gestern", "quantity": 1}, "moment_unreadable"),
        ({"at": "2027-01-01 00:00", "quantity": 1}, "time_future"),
        ({"gln": "1", "quantity": 1}, "place_invalid"),
        ({"pieces": "<script>"}, "piece_not_of_batch"),
        ({"pieces": "https://id.gs1.org/01/09521000001152/21/A"}, "piece_not_of_batch"),
        ({"pieces": "\n".join(f"S{n}" for n in range(501))}, "too_many_pieces"),
    ],
)
def test_a_refused_step_stores_nothing(batch, more, code):
    with pytest.raises(RefusedError) as no:
        tell("sell", **more)
    assert no.value.refusal.code == code
    assert not Event.objects.exists()


def test_pieces_of_another_batch_are_refused(batch):
    capture.capture(document(made(1, [unit("X1")], "B2")), HOUSE, now=NOW)
    for piece in (batch[0], "X1"):
        with pytest.raises(RefusedError) as no:
            tell("sell", batch="B1" if piece == "X1" else "B2", pieces=piece)
        assert no.value.refusal.code == "piece_not_of_batch"
