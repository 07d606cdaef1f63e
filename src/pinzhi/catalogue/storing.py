"""Entries into rows: bulk inserts, fills and parents. Only `actions` calls this, inside its act."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from pinzhi.catalogue.contracts import BatchEntry, Entry, ListingEntry, MerchantEntry, PaperEntry
from pinzhi.catalogue.models import Batch, Listing, Merchant, MerchantKey, Paper
from pinzhi.kernel.canon import plain
from pinzhi.kernel.values import Kind
from pinzhi.people.acts import Act

TABLES: dict[Kind, Any] = {Kind.MERCHANT: Merchant, Kind.LISTING: Listing, Kind.BATCH: Batch, Kind.PAPER: Paper}
SIZE = 500

_OWN: dict[Kind, tuple[str, ...]] = {
    Kind.MERCHANT: ("name", "uscc", "categories", "opened_on", "status"),
    Kind.LISTING: (
        "merchant_id",
        "category",
        "title",
        "subtitle",
        "description",
        "brand",
        "gtin",
        "price",
        "attributes",
        "listed_on",
        "status",
    ),
    Kind.BATCH: (
        "merchant_id",
        "listing_id",
        "gtin",
        "produced_on",
        "expires_on",
        "quantity",
        "factory",
        "report_no",
        "quarantine_no",
    ),
    Kind.PAPER: ("kind", "number", "issuer", "issued_on", "expires_on", "file_digest", "subject_kind", "subject_id"),
}


def _columns(kind: Kind, entry: Entry) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in _OWN[kind]:
        if isinstance(entry, PaperEntry) and name.startswith("subject_"):
            values[name] = entry.subject.kind.value if name == "subject_kind" else entry.subject.id
            continue
        value = getattr(entry, name)
        values[name] = plain(value) if isinstance(value, tuple) else value
    if kind is Kind.BATCH:
        values["listing_id"] = values["listing_id"] or None
    return values


def insert(kind: Kind, entries: Sequence[Entry], a: Act) -> None:
    """Write new rows."""
    table = TABLES[kind]
    table.objects.bulk_create(
        (
            table(pk=e.id, **_columns(kind, e), content=e.content, first_seen=a.now, valid_from=a.now, act=a.id)
            for e in entries
        ),
        batch_size=SIZE,
    )
    _write_keys(e for e in entries if isinstance(e, MerchantEntry))


def fill(kind: Kind, entries: Sequence[Entry], a: Act) -> None:
    """Write the particulars of rows that exist: seen in events until now, or changed."""
    table = TABLES[kind]
    common = {"content", "seen_only", "valid_from", "act"}
    rows = [
        table(pk=e.id, **_columns(kind, e), content=e.content, seen_only=False, valid_from=a.now, act=a.id)
        for e in entries
    ]
    if rows:
        table.objects.bulk_update(
            rows,
            [*(n.removesuffix("_id") if n in ("merchant_id", "listing_id") else n for n in _OWN[kind]), *common],
            batch_size=100,
        )
    merchants = [e for e in entries if isinstance(e, MerchantEntry)]
    if merchants:
        MerchantKey.objects.filter(merchant__in=[m.id for m in merchants]).delete()
        _write_keys(merchants)


def _write_keys(merchants: Iterable[MerchantEntry]) -> None:
    MerchantKey.objects.bulk_create(
        (MerchantKey(merchant_id=m.id, kind=k.kind, seal=k.seal, masked=k.masked) for m in merchants for k in m.keys),
        batch_size=SIZE,
    )


def ensure_parents(kind: Kind, entries: Sequence[Entry], a: Act) -> None:
    """A listing may come before its merchant, a batch before its listing: the parent is entered as seen."""
    if kind not in (Kind.LISTING, Kind.BATCH):
        return
    of_merchants = {e.merchant_id for e in entries if isinstance(e, (ListingEntry, BatchEntry))}
    see_merchants(sorted(of_merchants), a)
    wanted = {e.listing_id: e.merchant_id for e in entries if isinstance(e, BatchEntry) and e.listing_id}
    see_listings([(listing, merchant, "") for listing, merchant in sorted(wanted.items())], a)


def see_merchants(ids: Sequence[str], a: Act) -> None:
    """Enter merchants of whom only the id is known; those that exist are left alone."""
    Merchant.objects.bulk_create(
        (Merchant(pk=i, seen_only=True, first_seen=a.now, valid_from=a.now, act=a.id) for i in ids),
        batch_size=SIZE,
        ignore_conflicts=True,
    )


def see_listings(rows: Sequence[tuple[str, str, str]], a: Act) -> None:
    """Enter listings `(id, merchant, category)` of which only that is known; those that exist are left alone."""
    Listing.objects.bulk_create(
        (
            Listing(pk=i, merchant_id=m, category=c, seen_only=True, first_seen=a.now, valid_from=a.now, act=a.id)
            for i, m, c in rows
        ),
        batch_size=SIZE,
        ignore_conflicts=True,
    )


def particulars(row: Any) -> dict[str, Any]:
    """What a row holds, as JSON values, for its version. Personal particulars only masked."""
    kind = next(k for k, table in TABLES.items() if isinstance(row, table))
    values = {name: plain(getattr(row, name)) for name in _OWN[kind]}
    if kind is Kind.MERCHANT:
        values["keys"] = [[k.kind, k.seal, k.masked] for k in row.keys.order_by("kind", "seal")]
    return values
