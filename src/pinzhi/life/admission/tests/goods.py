"""Listings for the tests of the desk, and people who work at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from pinzhi.life.admission.contracts import Document, Listing
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

T0 = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # a Tuesday, 10:00 in China
CLEAN = "简约圆领短袖T恤 宽松百搭"
ABSOLUTE = "全网第一品牌 圆领短袖T恤 宽松百搭"
COUNTERFEIT = "高仿 圆领短袖T恤 宽松百搭"
DOUBTFUL = "首选 圆领短袖T恤 宽松百搭"
HOUSE = Actor.system("test")
SHOP = Actor("person", "person:merchant", account_id=None, roles=frozenset({Role.MERCHANT}), merchant_id="M1")
OTHER = Actor("person", "person:merchant", account_id=None, roles=frozenset({Role.MERCHANT}), merchant_id="M2")


def at(**later) -> datetime:
    return T0 + timedelta(**later)


def goods(title: str = CLEAN, **more) -> Listing:
    given = {
        "id": "L1",
        "merchant_id": "M1",
        "category": "服装/T恤",
        "title": title,
        "attributes": (("材质", "棉100%"), ("颜色", "白色")),
        "price": Decimal("59.00"),
        **more,
    }
    return Listing(**given)


def paper(kind: str, number: str, **fields: str) -> Document:
    return Document(kind, number, "", tuple(fields.items()))


def person(name: str, *roles: Role) -> Actor:
    account = Account.objects.create(username=name, display_name=name.title())
    for role in roles:
        Grant.objects.create(account=account, role=role, given_at=T0)
    return account.actor()
