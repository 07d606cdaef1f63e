"""
«Online Retail» and «Online Retail II» (UCI Machine Learning Repository, 352 and 502): invoice lines of a British shop for gifts.

A line of an invoice is a sale; of one whose number begins with C, a return. An event is known by invoice and line number within it, so that equal lines
of one invoice stay two and a file read twice gives nothing new; where the published sheets overlap (the clock goes back by more than a day), counting
begins anew and the repeated lines become duplicates. A return does not say which sale it belongs to: the statements find it by the buyer.

Left out and counted: codes that are no goods (postage, fees, manual entries, vouchers), negative quantities without C (write-offs), lines without a
price (samples, corrections of stock), accounting entries (A…).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pinzhi.catalogue.adapters.adapted import Adapted, joined, moments, money, numbered_within, read_table, text_of

MERCHANT, CATEGORY = "online-retail", "gifts"
GOODS = r"^\d{5}[A-Za-z]{0,3}\s*$"
"""Article numbers: five digits and letters for the variety."""
DAY_US = 86_400_000_000
COLUMNS = {
    "invoice": ("Invoice", "InvoiceNo"),
    "code": ("StockCode",),
    "title": ("Description",),
    "quantity": ("Quantity",),
    "at": ("InvoiceDate",),
    "price": ("Price", "UnitPrice"),
    "buyer": ("Customer ID", "CustomerID"),
    "region": ("Country",),
}


def adapt(path: Path) -> Adapted:
    """The file as events. Raises RefusedError as `read_table` does, and where quantity or price are no numbers."""
    return adapted(read_table(path, COLUMNS, optional=("title", "buyer", "region")))


def adapted(table: pa.Table) -> Adapted:
    """The same from the table in memory."""
    rows = table.num_rows
    invoice = text_of(table.column("invoice").combine_chunks())
    code = pc.utf8_upper(pc.utf8_trim_whitespace(text_of(table.column("code").combine_chunks())))
    at = moments(table.column("at").combine_chunks(), "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M", "%Y/%m/%d %H:%M")
    quantity, price = table.column("quantity").combine_chunks(), table.column("price").combine_chunks()
    number = numbered_within(invoice, _sheets(at))
    returned = _true(pc.starts_with(invoice, "C"))
    causes = {
        "not_goods": ~_true(pc.match_substring_regex(code, GOODS)),
        "accounting": _true(pc.starts_with(invoice, "A")),
        "write_off": ~returned & _true(pc.less(quantity, 0)),
        "return_without_minus": returned & _true(pc.greater_equal(quantity, 0)),
        "no_price": _true(pc.less_equal(price, 0)),
    }
    keep, left_out = np.ones(rows, dtype=bool), {}
    for cause, mask in causes.items():
        left_out[cause] = int((mask & keep).sum())
        keep &= ~mask
    events = pa.table(
        {
            "event_id": joined(invoice, pa.array(number).cast(pa.string())),
            "kind": pc.if_else(pa.array(returned), "return", "sale"),
            "at": at,
            "listing_id": code,
            "merchant_id": pa.array([MERCHANT]).take(pa.array(np.zeros(rows, np.int8))),
            "category": pa.array([CATEGORY]).take(pa.array(np.zeros(rows, np.int8))),
            "order_id": pc.if_else(pa.array(returned), pa.scalar(None, pa.string()), invoice),
            "quantity": pc.abs(quantity),
            "amount": money(price, quantity),
            "buyer_id": text_of(table.column("buyer").combine_chunks()),
            "region": table.column("region").combine_chunks(),
        }
    ).filter(pa.array(keep))
    lines = np.flatnonzero(keep) + 1
    titles = pa.table({"code": code, "title": table.column("title").combine_chunks()}).filter(pa.array(keep))
    return Adapted(
        events, lines, rows, left_out, ({"merchant_id": MERCHANT, "name": "Online Retail"},), _listings(titles)
    )


def _true(mask: pa.Array) -> np.ndarray:
    return np.asarray(pc.fill_null(mask, False))


def _sheets(at: pa.Array) -> np.ndarray:
    """The number of the sheet of each row: a new one begins where the clock goes back by more than a day."""
    if not pa.types.is_timestamp(at.type) or not len(at):
        return np.zeros(len(at), np.int64)
    moment = np.asarray(pc.fill_null(pc.fill_null_forward(at.cast(pa.int64())), 0))
    return np.cumsum(np.append(False, np.diff(moment) < -DAY_US)).astype(np.int64)


def _listings(titles: pa.Table) -> tuple[dict[str, str], ...]:
    """One row per article, with the last title that is one."""
    found = dict.fromkeys(titles.column("code").to_pylist(), "")
    for code, title in zip(titles.column("code").to_pylist(), titles.column("title").to_pylist(), strict=True):
        if title and title.strip():
            found[code] = " ".join(title.split())
    return tuple(
        {"listing_id": code, "merchant_id": MERCHANT, "category": CATEGORY, "title": title}
        for code, title in sorted(found.items())
        if code
    )
