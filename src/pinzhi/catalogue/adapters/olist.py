"""
Olist's Brazilian marketplace: a folder of orders, items, reviews, products and sellers, as Parquet or as the CSV files of the publication.

An item of an order is a sale at the time of purchase, a delivery when the customer got it, and a cancellation where the order's status says so; no
table says when that was, so the last moment known of the order stands for it. A review belongs to the whole order and is counted for each listing in
it; one or two stars make the stream of bad reviews. Sellers are the merchants. A product sold by several sellers (3.7 % of pairs in the full set) is
one listing.

Left out and counted: items whose order is not in the folder, reviews of orders without items.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pinzhi.catalogue.adapters.adapted import Adapted, at_places, joined, moments, money, places, read_table, text_of
from pinzhi.kernel.refusal import Refusal, RefusedError

FILES: Mapping[str, tuple[str, ...]] = {
    "orders": ("orders", "olist_orders_dataset"),
    "items": ("order_items", "olist_order_items_dataset"),
    "reviews": ("order_reviews", "olist_order_reviews_dataset"),
    "products": ("products", "products_full", "olist_products_dataset"),
    "sellers": ("sellers", "sellers_full", "olist_sellers_dataset"),
    "customers": ("customers", "olist_customers_dataset"),
    "translation": ("category_translation", "product_category_name_translation"),
}
NEEDED = ("orders", "items", "reviews")
_ORDER_TIMES = ("order_purchase_timestamp", "order_approved_at", "order_delivered_carrier_date")
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "orders": ("order_id", "customer_id", "order_status", *_ORDER_TIMES, "order_delivered_customer_date"),
    "items": ("order_id", "order_item_id", "product_id", "seller_id", "price"),
    "reviews": (
        "review_id",
        "order_id",
        "review_score",
        "review_comment_title",
        "review_comment_message",
        "review_answer_timestamp",
    ),
    "products": ("product_id", "product_category_name"),
    "sellers": ("seller_id", "seller_city", "seller_state"),
    "customers": ("customer_id", "customer_unique_id", "customer_state"),
    "translation": ("product_category_name", "product_category_name_english"),
}
GONE = ("canceled", "unavailable")


def adapt(folder: Path) -> Adapted:
    """The folder as events. Raises RefusedError(`file_missing`) and as `read_table` does."""
    found = {part: _found(folder, part) for part in FILES}
    tables = {p: read_table(f, {c: (c,) for c in COLUMNS[p]}) for p, f in found.items() if f is not None}
    return adapted(tables)


def _found(folder: Path, part: str) -> Path | None:
    for stem in FILES[part]:
        for suffix in (".parquet", ".csv"):
            if (path := folder / f"{stem}{suffix}").is_file():
                return path
    if part in NEEDED:
        reason = f"{folder} holds no {' or '.join(FILES[part])} (.parquet or .csv)"
        raise RefusedError(Refusal("file_missing", reason, "unpack the data set into one folder", part))
    return None


def adapted(tables: Mapping[str, pa.Table]) -> Adapted:
    """The same from tables in memory; `products`, `sellers`, `customers`, `translation` may be absent."""
    orders, reviews = tables["orders"], tables["reviews"]
    items, orphans = _with_orders(tables["items"], orders)
    facts = _facts(items, orders, tables)
    sales = _events(facts, "sale", "sale_at")
    delivered = _events(facts.filter(facts.column("delivered_at").is_valid()), "delivery", "delivered_at")
    gone = pc.is_in(facts.column("status"), pa.array(GONE))
    cancelled = facts.filter(gone)
    cancels = _events(cancelled, "cancel", "last_at")
    cancels = cancels.append_column("reason", cancelled.column("status"))
    said, silent = _reviews(reviews, facts)
    parts = [sales, delivered, cancels, said]
    events = pa.concat_tables(parts, promote_options="default")
    return Adapted(
        events.drop_columns(["line"]).combine_chunks(),
        np.asarray(events.column("line")),
        sum(t.num_rows for n, t in tables.items() if n in NEEDED),
        {"item_without_order": orphans, "review_without_item": silent},
        _merchants(facts, tables.get("sellers")),
        _listings(facts),
    )


def _column(table: pa.Table, name: str) -> pa.Array:
    column = table.column(name)
    return pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)


def _with_orders(items: pa.Table, orders: pa.Table) -> tuple[pa.Table, int]:
    """The items with the place of their order, and how many have none."""
    where = places(_column(items, "order_id"), _column(orders, "order_id"))
    lines = np.arange(1, items.num_rows + 1)
    items = items.append_column("order", pa.array(where)).append_column("line", pa.array(lines))
    return items.filter(pa.array(where >= 0)), int((where < 0).sum())


def _facts(items: pa.Table, orders: pa.Table, tables: Mapping[str, pa.Table]) -> pa.Table:
    """One row per item, with what is known of its order."""
    where = np.asarray(_column(items, "order"))
    of = {c: at_places(_column(orders, c), where) for c in COLUMNS["orders"]}
    times = [moments(of[c]) for c in _ORDER_TIMES]
    buyer, region = of["customer_id"], pa.nulls(items.num_rows, pa.string())
    if customers := tables.get("customers"):
        known = places(buyer, _column(customers, "customer_id"))
        buyer = pc.coalesce(at_places(_column(customers, "customer_unique_id"), known), buyer)
        region = at_places(_column(customers, "customer_state"), known)
    return pa.table(
        {
            "line": _column(items, "line"),
            "order_id": _column(items, "order_id"),
            "number": text_of(_column(items, "order_item_id")),
            "listing_id": _column(items, "product_id"),
            "merchant_id": _column(items, "seller_id"),
            "category": _categories(_column(items, "product_id"), tables),
            "buyer_id": buyer,
            "region": region,
            "amount": money(_column(items, "price")),
            "status": of["order_status"],
            "sale_at": times[0],
            "delivered_at": moments(of["order_delivered_customer_date"]),
            "last_at": pc.max_element_wise(*times),
        }
    )


def _categories(product: pa.Array, tables: Mapping[str, pa.Table]) -> pa.Array:
    """The category in English, else as the seller gave it, else «unknown»."""
    names: pa.Array = pa.nulls(len(product), pa.string())
    if products := tables.get("products"):
        names = at_places(_column(products, "product_category_name"), places(product, _column(products, "product_id")))
        if words := tables.get("translation"):
            english = at_places(
                _column(words, "product_category_name_english"),
                places(names, _column(words, "product_category_name")),
            )
            names = pc.coalesce(english, names)
    return pc.fill_null(names, "unknown")


_SHARED = ("line", "order_id", "listing_id", "merchant_id", "category", "buyer_id", "region")


def _events(facts: pa.Table, kind: str, at: str) -> pa.Table:
    """The items as events of one kind."""
    ids = joined(_column(facts, "order_id"), _column(facts, "number"), kind)
    table = facts.select(_SHARED).append_column("event_id", ids)
    table = table.append_column("kind", pa.array([kind]).take(pa.array(np.zeros(facts.num_rows, np.int8))))
    table = table.append_column("at", facts.column(at))
    return table.append_column("amount", facts.column("amount")) if kind == "sale" else table


def _reviews(reviews: pa.Table, facts: pa.Table) -> tuple[pa.Table, int]:
    """Each review for each listing of its order, and how many found none."""
    listings = facts.select(["order_id", "listing_id", "merchant_id", "category", "buyer_id", "region"])
    firsts = listings.append_column("n", pa.array(np.arange(facts.num_rows)))
    firsts = firsts.group_by(["order_id", "listing_id"], use_threads=False).aggregate([("n", "min")])
    rows = listings.take(firsts.column("n_min"))
    order_of = _column(rows, "order_id").dictionary_encode()
    asked = places(_column(reviews, "order_id"), order_of.dictionary)
    by_order = np.argsort(np.asarray(order_of.indices), kind="stable")
    width = np.bincount(np.asarray(order_of.indices), minlength=len(order_of.dictionary))
    start = np.concatenate([[0], np.cumsum(width)])[:-1]
    found = np.flatnonzero(asked >= 0)
    many = width[asked[found]]
    review = np.repeat(found, many)
    offset = np.arange(int(many.sum())) - np.repeat(np.cumsum(many) - many, many)
    item = by_order[np.repeat(start[asked[found]], many) + offset]
    of: dict[str, Any] = {c: _column(reviews, c).take(pa.array(review)) for c in COLUMNS["reviews"]}
    of_item = rows.take(pa.array(item))
    table = pa.table(
        {
            "line": pa.array(review + 1),
            "order_id": of["order_id"],
            "listing_id": of_item.column("listing_id"),
            "merchant_id": of_item.column("merchant_id"),
            "category": of_item.column("category"),
            "buyer_id": of_item.column("buyer_id"),
            "region": of_item.column("region"),
            "event_id": joined(of["review_id"], of["order_id"], _column(of_item, "listing_id")),
            "kind": pa.array(["review"]).take(pa.array(np.zeros(len(review), np.int8))),
            "at": moments(of["review_answer_timestamp"]),
            "score": of["review_score"],
            "text": _texts(of["review_comment_title"], of["review_comment_message"]),
        }
    )
    return table, int((asked < 0).sum())


def _texts(title: pa.Array, message: pa.Array) -> pa.Array:
    title, message = title.cast(pa.string()), message.cast(pa.string())
    both = pc.coalesce(pc.binary_join_element_wise(title, message, "\n"), title, message)
    return pc.replace_substring(both, "\x00", " ")


def _merchants(facts: pa.Table, sellers: pa.Table | None) -> tuple[dict[str, Any], ...]:
    """The sellers who sold something; the publication has no names."""
    ids = sorted(set(_column(facts, "merchant_id").drop_null().to_pylist()))
    towns = {r["seller_id"]: r for r in sellers.to_pylist()} if sellers is not None else {}
    return tuple(
        {"merchant_id": i, "name": " ".join(filter(None, (i[:8], towns.get(i, {}).get("seller_city")))).strip()}
        for i in ids
    )


def _listings(facts: pa.Table) -> tuple[dict[str, Any], ...]:
    """The products that were sold, with the seller of their last item."""
    last = {r["listing_id"]: r for r in facts.select(["listing_id", "merchant_id", "category"]).to_pylist()}
    return tuple(row | {"title": row["category"].replace("_", " ")} for _, row in sorted(last.items()))
