"""Which batches a matter concerns: what the goods went into, of the same merchant and registered; and who may ask."""

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import capture
from pinzhi.life.tracing.models import Recall
from pinzhi.life.tracing.tests.chains import BREAD, FACTORY, GTIN, NOW, baked, counted, document, lot, made, unit
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor, Role
from pinzhi.reading.reached import reached

pytestmark = pytest.mark.django_db
HOUSE = Actor.system("test")
AGENT = Actor("person", "person:complaint_agent", roles=frozenset({Role.COMPLAINT_AGENT}))


@pytest.fixture
def bakery():
    """Flour F1 goes into the loaves of batch W1 (same shop) and of batch W2 (another shop's); batch N1 is known to the catalogue alone."""
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(Kind.LISTING, [ListingEntry(f"L{n}", f"M{n}", category="食品") for n in (1, 2)], HOUSE)
    entries = [
        BatchEntry("F1", "M1", listing_id="L1", gtin=GTIN), BatchEntry("W1", "M1", listing_id="L1", gtin=BREAD),
        BatchEntry("W2", "M2", listing_id="L2", gtin=BREAD), BatchEntry("N1", "M1", listing_id="L1"),
    ]  # fmt: skip
    catalogue.register_entries(Kind.BATCH, entries, HOUSE)
    events = [
        counted(1, {lot("F1"): 100}, "commissioning", FACTORY, action="ADD"),
        made(2, [unit("P1", BREAD)], "W1"),
        made(3, [unit("P2", BREAD)], "W2"),
        counted(4, {lot("W1", BREAD): 1, lot("W2", BREAD): 1, lot("X9", BREAD): 1}, "commissioning", FACTORY, action="ADD"),
        baked(5, {lot("F1"): 40}, {lot("W1", BREAD): 1, lot("W2", BREAD): 1, lot("X9", BREAD): 1}),
    ]  # fmt: skip
    job = capture.capture(document(*events), HOUSE, now=NOW)
    assert job.refused == 0, job.errors


def test_the_registered_batches_of_the_same_shop_that_the_goods_went_into(bakery):
    assert reached(["F1"], AGENT) == (["F1", "W1"], [])
    assert reached(["W1"], AGENT) == (["W1"], [])


def test_what_tracing_does_not_know_stays_and_is_said(bakery):
    assert reached(["N1", "F1", "nothing"], AGENT) == (["F1", "N1", "W1", "nothing"], ["N1", "nothing"])


def test_whoever_does_not_handle_complaints_learns_nothing(bakery):
    for role in (Role.MERCHANT, Role.SAMPLING_OFFICER):
        with pytest.raises(RefusedError) as no:
            reached(["F1"], Actor("person", "person:x", roles=frozenset({role}), merchant_id="M2"))
        assert no.value.refusal.code == "not_permitted"
    assert (AuditLine.objects.filter(outcome="refused").count(), Recall.objects.count()) == (2, 0)
