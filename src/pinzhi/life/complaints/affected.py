"""
Who has pieces of the batches concerned and has not complained: orders of the marketplace, less what was sent back, refunded, cancelled, or complained of.

Which batches are concerned a person says, from the complaints or from a walk through the chain (the door asks tracing); nobody is known here but by his order.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from pinzhi.engine.embedded.opened import open_store
from pinzhi.kernel.clock import SHANGHAI
from pinzhi.life.complaints.models import Complaint
from pinzhi.life.complaints.models_incidents import Incident, Share

KINDS = ("sale", "delivery", "return", "refund", "cancel")


@dataclass(frozen=True, slots=True)
class Bought:
    """An order with pieces of a batch. `left_out` says why nothing is to be done for it; empty: it is affected."""

    order_id: str
    listing_id: str
    merchant_id: str
    batch_id: str
    category: str
    buyer_id: str
    quantity: int
    price: Decimal | None
    paid_at: datetime
    received_on: date | None
    left_out: str = ""

    def document(self) -> dict[str, Any]:
        """As plain values."""
        return {
            "order_id": self.order_id, "listing_id": self.listing_id, "merchant_id": self.merchant_id, "batch_id": self.batch_id, "category": self.category,
            "buyer_id": self.buyer_id, "quantity": self.quantity, "price": None if self.price is None else str(self.price),
            "paid_at": self.paid_at.isoformat(), "received_on": self.received_on.isoformat() if self.received_on else None,
        }  # fmt: skip

    def facts(self) -> dict[str, Any]:
        """As the engine of entitlements reads an order."""
        return {
            "id": self.order_id, "category": self.category, "kind": "new", "channel": "", "quantity": self.quantity, "price": self.price,
            "paid_at": self.paid_at, "received_on": self.received_on,
        }  # fmt: skip


def read_back(raw: dict[str, Any]) -> Bought:
    """One from its plain values."""
    return Bought(
        **{
            **raw, "price": None if raw["price"] is None else Decimal(raw["price"]), "paid_at": datetime.fromisoformat(raw["paid_at"]),
            "received_on": date.fromisoformat(raw["received_on"]) if raw["received_on"] else None,
        }
    )  # fmt: skip


def orders(row: Incident, batches: Iterable[str], now: datetime, days: int) -> list[Bought]:
    """Every order of this merchant with pieces of the batches, by its id; those that are left out among them."""
    first = (now - timedelta(days=days)).date()
    found: dict[str, dict[str, Any]] = {}
    ended: set[str] = set()
    store = open_store()
    for batch in dict.fromkeys(batches):
        for e in store.about("batch", batch, kinds=KINDS, first=first).to_pylist():
            order = e["order_id"] or ""
            if not order or e["merchant_id"] != row.merchant_id:
                continue
            if e["kind"] in ("return", "refund", "cancel"):
                ended.add(order)
            elif e["kind"] == "sale":
                _sale(found, order, batch, e)
            elif order in found and found[order]["received_on"] is None:
                found[order]["received_on"] = e["at"].astimezone(SHANGHAI).date()
    claimed, given = claims(row.merchant_id, list(found))
    return [
        Bought(**line, left_out="refunded" if o in ended else "paid_before" if o in given else "complained" if o in claimed else "")
        for o, line in sorted(found.items())
    ]  # fmt: skip


def ended(batches: Iterable[str], now: datetime, days: int) -> frozenset[str]:
    """Orders of the batches of which something was sent back, refunded or cancelled."""
    first, store = (now - timedelta(days=days)).date(), open_store()
    found: set[str] = set()
    for batch in dict.fromkeys(batches):
        events = store.about("batch", batch, kinds=("return", "refund", "cancel"), first=first)
        found |= set(events.column("order_id").to_pylist())
    return frozenset(o for o in found if o)


def _sale(found: dict[str, dict[str, Any]], order: str, batch: str, e: dict[str, Any]) -> None:
    """The first sale of an order, or more pieces of it."""
    amount = None if e["amount"] is None else Decimal(str(e["amount"])).quantize(Decimal("0.01"))
    line = found.setdefault(
        order,
        {
            "order_id": order, "listing_id": e["listing_id"], "merchant_id": e["merchant_id"], "batch_id": batch, "category": e["category"],
            "buyer_id": e["buyer_id"] or "", "quantity": 0, "price": Decimal("0.00"), "paid_at": e["at"], "received_on": None,
        },
    )  # fmt: skip
    line["quantity"] += int(e["quantity"] or 1)
    line["price"] = None if amount is None or line["price"] is None else line["price"] + amount


def claims(merchant_id: str, ids: list[str]) -> tuple[set[str], set[str]]:
    """Of these orders, those with a complaint, and those that were given something by a joint decision before."""
    claimed: set[str] = set()
    given: set[str] = set()
    for a in range(0, len(ids), 500):
        part = ids[a : a + 500]
        claimed |= set(
            Complaint.objects.filter(merchant_id__in=(merchant_id, ""), order_id__in=part).values_list(
                "order_id", flat=True
            )
        )
        given |= set(
            Share.objects.filter(
                complaint__merchant_id=merchant_id, order_id__in=part, applied_at__isnull=False
            ).values_list("order_id", flat=True)
        )
    return claimed, given
