"""A small market for the tests: two shops, one listing with a batch, people of the house, and complaints of buyers."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from pinzhi.catalogue import actions as catalogue
from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Kind
from pinzhi.life.complaints import opening
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.rules.entry import Entry
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
"""A Monday, ten in the morning in China."""
HOUSE = Actor.system("test")
SHOP = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", roles=frozenset({Role.MERCHANT}), merchant_id="M2")


def market() -> None:
    """The catalogue."""
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店"), MerchantEntry("M2", "二号店")], HOUSE)
    catalogue.register_entries(
        Kind.LISTING,
        [
            ListingEntry("L1", "M1", category="小家电", title="电热水壶 1.7 升"),
            ListingEntry("L2", "M2", category="小家电"),
        ],
        HOUSE,
    )
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], HOUSE)


def person(name: str, *roles: Role) -> Actor:
    """Somebody of the house with an account."""
    account = Account.objects.create(username=name, display_name=name.title())
    for role in roles:
        Grant.objects.create(account=account, role=role, given_at=NOW)
    return account.actor()


def entry(words: str = "用了两天就不加热了", **more: Any) -> Entry:
    """A complaint about the kettle of shop M1."""
    given: dict[str, Any] = {
        "channel": "web", "words": words, "kind": "Q1", "order_id": "O1", "listing_id": "L1", "batch_id": "B1", "buyer_id": "buyer-1",
        "price": Decimal("128.00"), "paid_at": datetime(2026, 11, 18, 3, 0, tzinfo=UTC), "received_on": date(2026, 11, 20),
    }  # fmt: skip
    return Entry(**{**given, **more})


def opened(words: str = "用了两天就不加热了", *, now: datetime = NOW, **more: Any) -> Complaint:
    """The complaint, taken in."""
    return opening.open_complaint(entry(words, **more), now=now).row


def refused(code: str, do: Any, *args: Any, **more: Any) -> None:
    """That `do` refuses with this code."""
    with pytest.raises(RefusedError) as no:
        do(*args, **more)
    assert no.value.refusal.code == code
