"""Register, update, observe: what is stored, what is refused, what is said."""

from datetime import UTC, date, datetime

import pytest
from django.conf import settings

from pinzhi.catalogue import queries
from pinzhi.catalogue.actions import leave, observe, register, update
from pinzhi.catalogue.checking import merchant as checked
from pinzhi.catalogue.models import Listing, Merchant, MerchantKey, Version
from pinzhi.engine.models import FactRow
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind, Subject
from pinzhi.people.models import AuditLine
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
BY = Actor.system("test")
NOW = datetime(2026, 11, 25, 4, tzinfo=UTC)
LATER = datetime(2026, 12, 1, 4, tzinfo=UTC)
M1 = {"merchant_id": "M1", "name": "好米旗舰店", "phones": "13800138000"}
L1 = {"listing_id": "L1", "merchant_id": "M1", "category": "食品", "title": "五常大米"}


def taken(kind, rows, **more):
    return register(kind, enumerate(rows, 1), BY, **{"now": NOW, **more})


def test_registering_stores_the_good_and_sets_the_bad_aside():
    done = taken(Kind.MERCHANT, [M1, {**M1, "merchant_id": "M2", "uscc": "1"}, M1, {**M1, "name": "另一家"}])
    assert done.row() == {"read": 4, "accepted": 1, "duplicate": 1, "refused": 2}
    assert [(r.line, r.field, r.code) for r in done.aside] == [
        (2, "uscc", "uscc_form"),
        (4, "id", "id_with_different_content"),
    ]
    assert queries.merchant("M1").name == "好米旗舰店"
    assert queries.merchant("M1").keys == (("phone", "138****8000"),)
    assert queries.merchant("M2") is None


def test_a_second_file_never_overwrites():
    taken(Kind.MERCHANT, [M1])
    again = taken(Kind.MERCHANT, [M1, {**M1, "merchant_id": "M3"}])
    assert again.row() == {"read": 2, "accepted": 1, "duplicate": 1, "refused": 0}
    other = taken(Kind.MERCHANT, [{**M1, "name": "改名"}])
    assert other.row() == {"read": 1, "accepted": 0, "duplicate": 0, "refused": 1}
    assert queries.merchant("M1").name == "好米旗舰店"


def test_a_file_is_one_fact_with_the_root_over_its_rows():
    taken(Kind.MERCHANT, [{**M1, "merchant_id": f"M{i}"} for i in range(20)])
    fact = FactRow.objects.get(name="CatalogueChanged")
    assert (fact.subject_kind, fact.payload["change"], fact.payload["kind"], fact.payload["rows"]) == (
        "platform",
        "registered",
        "merchant",
        20,
    )
    assert len(fact.payload["digest"]) == 64
    assert "好米" not in str(fact.payload)


def test_a_change_keeps_what_was_before():
    taken(Kind.LISTING, [L1])
    done = taken(Kind.LISTING, [{**L1, "title": "五常大米 5kg"}], now=LATER, update=True)
    assert done.row() == {"read": 1, "accepted": 1, "duplicate": 0, "refused": 0}
    about = Subject(Kind.LISTING, "L1")
    assert queries.listing("L1").title == "五常大米 5kg"
    (before,) = queries.versions(about)
    assert dict(before.particulars)["title"] == "五常大米"
    assert (before.valid_from, before.valid_to) == (NOW, LATER)
    assert queries.version_at(about, datetime(2026, 11, 30, tzinfo=UTC)) == before
    assert queries.version_at(about, LATER) is None
    fact = FactRow.objects.filter(name="CatalogueChanged").latest("seq")
    assert (fact.subject_kind, fact.subject_id, fact.payload["change"]) == ("listing", "L1", "updated")


def test_a_change_that_changes_nothing_is_refused_and_does_nothing():
    taken(Kind.MERCHANT, [M1])
    same = checked(M1, today=date(2026, 11, 25), key=settings.IDENTITY_KEY)
    facts = FactRow.objects.count()
    with pytest.raises(RefusedError) as no:
        update(Kind.MERCHANT, same, BY)
    assert no.value.refusal.code == "nothing_changed"
    assert (Version.objects.count(), FactRow.objects.count()) == (0, facts)
    with pytest.raises(RefusedError) as no:
        update(Kind.MERCHANT, checked({**M1, "merchant_id": "M9"}, today=date(2026, 11, 25), key=b"k"), BY)
    assert no.value.refusal.code == "not_registered"


def test_a_listing_may_come_before_its_merchant():
    taken(Kind.LISTING, [L1])
    assert queries.merchant("M1").seen_only
    done = taken(Kind.MERCHANT, [M1])
    assert done.accepted == 1
    assert not queries.merchant("M1").seen_only
    assert queries.listing("L1").merchant_name == "好米旗舰店"


def test_a_batch_brings_its_listing():
    row = {"batch_id": "B1", "merchant_id": "M1", "listing_id": "L7", "produced_on": "2026-05-01", "quantity": 620}
    assert taken(Kind.BATCH, [row]).accepted == 1
    assert [b.quantity for b in queries.batches_of("L7")] == [620]
    assert queries.listing("L7").seen_only


def test_what_events_bring_is_seen_and_never_overwrites():
    taken(Kind.LISTING, [L1])
    assert observe([("L1", "M9", "酒"), ("L2", "M1", "食品"), ("L3", "M2", "食品")], BY) == (2, 2)
    assert queries.listing("L1").merchant_id == "M1"
    assert queries.listing("L2").seen_only
    acts = AuditLine.objects.count()
    assert observe([("L2", "M1", "食品")], BY) == (0, 0)
    assert AuditLine.objects.count() == acts
    assert taken(Kind.LISTING, [{**L1, "listing_id": "L2"}]).accepted == 1
    assert queries.listing("L2").title == "五常大米"


def test_who_may_not_register_changes_nothing():
    analyst = Actor("person", "person:analyst", None, frozenset({Role.ANALYST}))
    with pytest.raises(RefusedError) as no:
        register(Kind.MERCHANT, [(1, M1)], analyst, now=NOW)
    assert no.value.refusal.code == "not_permitted"
    assert (Merchant.objects.count(), FactRow.objects.count()) == (0, 0)


def test_names_search_and_links():
    taken(Kind.MERCHANT, [M1, {**M1, "merchant_id": "M2", "name": "小店"}, {"merchant_id": "M3", "name": "别家"}])
    taken(Kind.LISTING, [L1])
    subjects = [
        Subject(Kind.LISTING, "L1"),
        Subject(Kind.MERCHANT, "M2"),
        Subject(Kind.MERCHANT, "M404"),
        Subject(Kind.BATCH, "B"),
    ]
    assert queries.names(subjects) == dict(zip(subjects, ["五常大米", "小店", "M404", "B"], strict=True))
    assert [f.subject.id for f in queries.search("大米")] == ["L1"]
    assert queries.search("M2")[0].name == "小店"
    assert queries.search("  ") == []
    assert queries.linked("M1") == {"M2": ("phone",)}
    assert MerchantKey.objects.count() == 2


def test_leaving_sets_the_day_until_which_it_is_kept():
    taken(Kind.MERCHANT, [M1])
    leave("M1", date(2026, 12, 1), BY, keep_until=date(2029, 12, 1))
    assert queries.merchant("M1").keep_until == date(2029, 12, 1)
    leave("M1", date(2026, 12, 1), BY, keep_until=date(2027, 12, 1))
    assert queries.merchant("M1").keep_until == date(2029, 12, 1)


def test_many_rows_in_chunks(monkeypatch):
    monkeypatch.setattr("pinzhi.catalogue.actions.CHUNK", 10)
    done = taken(Kind.LISTING, [{**L1, "listing_id": f"L{i}"} for i in range(25)])
    assert done.accepted == Listing.objects.count() == 25
    assert FactRow.objects.filter(name="CatalogueChanged").count() == 3
