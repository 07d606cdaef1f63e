"""Numbers of the platform for goods without a GTIN: from the prefix, one a listing, never twice; and everything that a GTIN is used for works with them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given as tried
from hypothesis import strategies as st

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.life.tracing import batches, capture, completeness, giving, numbers, scans, selecting
from pinzhi.life.tracing.models import GoodsNumber
from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.gs1 import prefix
from pinzhi.life.tracing.rules.gs1.digits import fits
from pinzhi.life.tracing.scans import Said
from pinzhi.life.tracing.tests.chains import GTIN, document, made
from pinzhi.people.roles import Actor, Role

NOW = datetime(2026, 11, 10, tzinfo=UTC)
HOUSE = Actor.system("test")
SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")
FIRST = "06912345000000"
"""Prefix 6912345, item reference 00000; from the right 5·1 + 4·3 + 3·1 + 2·3 + 1·1 + 9·3 + 6·1 = 60, so that the check digit is 0."""


def register():
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    listings = [
        ListingEntry("L1", "M1", category="手工", title="手工竹篮"),
        ListingEntry("L2", "M1", category="手工", title="草编包"),
        ListingEntry("L3", "M1", category="服装", title="T恤", gtin=GTIN),
    ]
    catalogue.register_entries(Kind.LISTING, listings, HOUSE)
    entries = [BatchEntry(f"B{n}", "M1", listing_id=f"L{n}", quantity=10) for n in (1, 2, 3)]
    entries += [
        BatchEntry("B1b", "M1", listing_id="L1"),
        BatchEntry("BG", "M1", gtin=GTIN),
        BatchEntry("X", "M2", gtin=GTIN),
    ]
    catalogue.register_entries(Kind.BATCH, entries, HOUSE)


@pytest.fixture
def house(db, tmp_path, settings):
    settings.CODE_KEYS, settings.GS1_PREFIX = tmp_path / "codes", "6912345"
    register()
    return settings


def refused(code, act, *args, **more):
    with pytest.raises(RefusedError) as no:
        act(*args, **more)
    assert no.value.refusal.code == code
    assert no.value.refusal.remedy


@tried(st.integers(6_900_000, 6_999_999), st.integers(0, 99_999))
def test_a_number_is_a_gtin_of_the_prefix_and_leads_back(digits, reference):
    gtin = prefix.gtin_at(str(digits), reference)
    assert (len(gtin), gtin[:8], fits(gtin)) == (14, f"0{digits}", True)
    assert prefix.reference_of(str(digits), gtin) == reference
    assert prefix.reference_of("7" + str(digits)[1:], gtin) is None


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("6912345", True), ("69", False), ("691234567890", False), ("69123x5", False), ("2012345", False), ("0212345", False), ("0412345", False),
        ("9781234", False), ("9912345", False), ("9512345", False), ("9612345", False), ("0000000", False), ("0061414", True), ("4012345", True),
    ],
)  # fmt: skip
def test_which_prefixes_number_goods(text, right):
    """GS1 prefixes for restricted circulation, coupons, periodicals, books and GTIN-8 number no goods."""
    assert (prefix.fault(text) == "") is right


def test_the_last_number_of_a_prefix():
    assert prefix.room("691234567") == 1000
    assert fits(prefix.gtin_at("691234567", 999))
    with pytest.raises(ValueError, match="1000"):
        prefix.gtin_at("691234567", 1000)


def test_one_number_a_listing_and_the_next_for_the_next(house):
    first = numbers.give("B1", SHOP, now=NOW)
    assert first.gtin == FIRST
    assert (numbers.give("B1", SHOP).gtin, numbers.give("B1b", HOUSE).gtin) == (FIRST, FIRST)
    assert numbers.give("B2", SHOP, now=NOW).gtin == prefix.gtin_at("6912345", 1)
    assert GoodsNumber.objects.count() == 2
    assert (numbers.is_own(FIRST), numbers.is_own(GTIN)) == (True, False)


def test_refused_and_nothing_is_given(house):
    refused("gtin_there", numbers.give, "B3", SHOP)
    refused("batch_without_listing", numbers.give, "BG", SHOP)
    refused("batch_unknown", numbers.give, "B1", OTHER)
    refused("batch_unknown", numbers.give, "none", SHOP)
    refused("not_permitted", numbers.give, "B1", Actor("person", "person:x", roles=frozenset({Role.REVIEWER})))
    house.GS1_PREFIX = ""
    refused("no_prefix", numbers.give, "B1", SHOP)
    for wrong in ("20123", "6912345,69123456"):
        house.GS1_PREFIX = wrong
        refused("prefix_invalid", numbers.give, "B1", SHOP)
    assert not GoodsNumber.objects.exists()


def test_a_prefix_that_is_used_up_gives_way_to_the_next(house):
    house.GS1_PREFIX = "69123456789"  # ten numbers
    GoodsNumber.objects.create(
        gtin=prefix.gtin_at("69123456789", 9), listing_id="gone", merchant_id="M1", at=NOW, by="test"
    )
    refused("numbers_used_up", numbers.give, "B1", SHOP)
    house.GS1_PREFIX = "69123456789, 6954321"
    assert numbers.give("B1", SHOP).gtin == prefix.gtin_at("6954321", 0)


@pytest.mark.django_db(transaction=True)
def test_many_at_once_never_share_a_number(tmp_path, settings, at_once):
    settings.CODE_KEYS, settings.GS1_PREFIX = tmp_path / "codes", "6912345"
    register()

    given = at_once(lambda batch: numbers.give(batch, HOUSE).gtin, ["B1", "B2", "B1b", "B1", "B2"])
    assert given[0] == given[2] == given[3]
    assert given[1] == given[4]
    assert len(set(given)) == GoodsNumber.objects.count() == 2


def test_codes_scan_events_completeness_and_sight(house):
    refused("batch_without_gtin", giving.issue, "B1", 3, SHOP)
    number = numbers.give("B1", SHOP).gtin
    row = giving.issue("B1", 3, SHOP, now=NOW)
    assert row.gtin == number
    code = codes.issue(giving.epoch_of(row).keys(number), row.first, 1)[0].decode()
    found = scans.look(number, code, "B1")
    assert (found.said, found.batch_id) == (Said.VALID, "B1")
    assert scans.look(number, code, "B2").said is Said.OTHER_BATCH
    unit = f"https://id.gs1.org/01/{number}/10/B1/21/{code}"
    capture.capture(document(made(0, [unit], "B1")), HOUSE)
    lot = batches.find("B1", SHOP)
    assert lot.uri == f"https://id.gs1.org/01/{number}/10/B1"
    assert lot.thing is not None
    judged = completeness.of_batches([lot.card])["B1"]
    assert {"goods", "made"} <= set(judged.there)
    assert number in selecting.sight_of(SHOP).gtins
    assert number not in selecting.sight_of(OTHER).gtins


def test_a_number_stays_when_a_gtin_comes_later(house):
    """What is printed goes on meaning the same goods; a batch that names its GTIN is of that GTIN."""
    number = numbers.give("B1", SHOP).gtin
    catalogue.update(Kind.LISTING, ListingEntry("L1", "M1", category="手工", title="手工竹篮", gtin=GTIN), HOUSE)
    assert numbers.of_goods([batches.find("B1", SHOP).card]) == {"B1": number}
    catalogue.update(Kind.BATCH, BatchEntry("B1b", "M1", listing_id="L1", gtin=GTIN), HOUSE)
    assert batches.find("B1b", SHOP).uri == f"https://id.gs1.org/01/{GTIN}/10/B1b"
