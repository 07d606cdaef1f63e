"""Public data sets become events: exact rows for small tables of the published shapes, with every defect that the real ones have."""

from datetime import datetime
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest

from pinzhi.catalogue.adapters import olist, online_retail
from pinzhi.kernel.refusal import RefusedError

AT = datetime(2010, 1, 4, 10, 0)
RETAIL = ("Invoice", "StockCode", "Description", "Quantity", "InvoiceDate", "Price", "Customer ID", "Country")


def invoices(*rows):
    return pa.table({n: [r[i] for r in rows] for i, n in enumerate(RETAIL)})


def line(invoice="5001", code="85048", quantity=1, price=2.5, at=AT, buyer=13085.0, title="LIGHTS"):
    return (invoice, code, title, quantity, at, price, buyer, "France")


def adapt_retail(tmp_path, table):
    path = tmp_path / "r.parquet"
    pq.write_table(table, path)
    return online_retail.adapt(path)


def test_invoice_lines_become_sales_and_returns(tmp_path):
    found = adapt_retail(
        tmp_path,
        invoices(
            line(quantity=12, price=6.95),
            line(code="79323p "),
            line(),
            line(),
            line("C5002", quantity=-3, buyer=None),
            line(code="POST"),
            line(code="gift_0001_30"),
            line(quantity=-5, price=0.0),
            line(price=0.0),
            line("A5003", code="85048", price=-53594.36),
            line("C5004", quantity=1),
        ),
    )
    rows = found.events.to_pylist()
    assert [(r["event_id"], r["kind"], r["listing_id"], r["quantity"], r["order_id"]) for r in rows] == [
        ("5001-1", "sale", "85048", 12, "5001"),
        ("5001-2", "sale", "79323P", 1, "5001"),
        ("5001-3", "sale", "85048", 1, "5001"),
        ("5001-4", "sale", "85048", 1, "5001"),
        ("C5002-1", "return", "85048", 3, None),
    ]
    assert (rows[0]["amount"], rows[0]["buyer_id"], rows[0]["region"]) == (Decimal("83.40"), "13085", "France")
    assert rows[4]["buyer_id"] is None
    assert found.left_out == {
        "not_goods": 2,
        "accounting": 1,
        "write_off": 1,
        "return_without_minus": 1,
        "no_price": 1,
    }
    assert found.source_rows == len(rows) + sum(found.left_out.values())
    assert [r["listing_id"] for r in found.listings] == ["79323P", "85048"]


def test_where_the_sheets_overlap_the_repeated_lines_have_the_same_ids(tmp_path):
    later = datetime(2010, 1, 9)
    found = adapt_retail(tmp_path, invoices(line(), line(), line("5005", at=later), line(), line(), line("5006")))
    ids = found.events.column("event_id").to_pylist()
    assert ids == ["5001-1", "5001-2", "5005-1", "5001-1", "5001-2", "5006-1"]


def test_the_first_publication_has_other_names_and_american_days(tmp_path):
    path = tmp_path / "OnlineRetail.csv"
    path.write_bytes(
        "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n"
        "536365,85123A,£ BOX,6,12/31/2010 8:26,2.55,17850,United Kingdom\n".encode("cp1252")
    )
    found = online_retail.adapt(path)
    row = found.events.to_pylist()[0]
    assert (row["event_id"], row["at"], row["buyer_id"]) == ("536365-1", datetime(2010, 12, 31, 8, 26), "17850")
    assert found.listings[0]["title"] == "£ BOX"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("r.parquet", b"PAR1 cut", "file_unreadable"),
        ("r.csv", b"Invoice,StockCode\n1,2\n", "column_missing"),
        ("absent.csv", None, "file_not_readable"),
        ("r.csv", b"", "file_unreadable"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path, name, content, code):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(RefusedError) as no:
        online_retail.adapt(tmp_path / name)
    assert no.value.refusal.code == code
    assert no.value.refusal.remedy


def day(n, hour=0):
    return datetime(2018, 3, n, hour)


def folder(tmp_path, suffix="parquet"):
    tables = {
        "orders": {
            "order_id": ["o1", "o2", "o3"],
            "customer_id": ["c1", "c2", "c3"],
            "order_status": ["delivered", "canceled", "unavailable"],
            "order_purchase_timestamp": [day(1, 9), day(2), day(3)],
            "order_approved_at": [day(1, 10), day(4), None],
            "order_delivered_carrier_date": [day(3), None, None],
            "order_delivered_customer_date": [day(9, 20), None, None],
        },
        "order_items": {
            "order_id": ["o1", "o1", "o1", "o2", "gone"],
            "order_item_id": [1, 2, 3, 1, 1],
            "product_id": ["p1", "p1", "p2", "p1", "p1"],
            "seller_id": ["s1", "s1", "s2", "s1", "s1"],
            "price": [10.0, 10.0, 3.5, 10.0, 10.0],
        },
        "order_reviews": {
            "review_id": ["r1", "r1", "r2"],
            "order_id": ["o1", "o2", "o3"],
            "review_score": [5, 1, 1],
            "review_comment_title": [None, "Ruim", None],
            "review_comment_message": ["Ótimo", "não veio", None],
            "review_answer_timestamp": [day(12), day(13), day(14)],
        },
        "products_full": {"product_id": ["p1"], "product_category_name": ["beleza_saude"]},
        "category_translation": {
            "product_category_name": ["beleza_saude"],
            "product_category_name_english": ["health_beauty"],
        },
        "sellers_full": {"seller_id": ["s1"], "seller_city": ["campinas"], "seller_state": ["SP"]},
    }
    for name, columns in tables.items():
        table = pa.table(columns)
        if suffix == "csv":
            pa.csv.write_csv(table, tmp_path / f"{name}.csv")
        else:
            pq.write_table(table, tmp_path / f"{name}.parquet")
    return tmp_path


@pytest.mark.parametrize("suffix", ["parquet", "csv"])
def test_a_marketplace_in_tables_becomes_events(tmp_path, suffix):
    found = olist.adapt(folder(tmp_path, suffix))
    rows = found.events.to_pylist()
    told = [(r["event_id"], r["kind"], r["listing_id"], r["merchant_id"], r["at"], r["score"]) for r in rows]
    assert told == [
        ("o1-1-sale", "sale", "p1", "s1", day(1, 9), None),
        ("o1-2-sale", "sale", "p1", "s1", day(1, 9), None),
        ("o1-3-sale", "sale", "p2", "s2", day(1, 9), None),
        ("o2-1-sale", "sale", "p1", "s1", day(2), None),
        ("o1-1-delivery", "delivery", "p1", "s1", day(9, 20), None),
        ("o1-2-delivery", "delivery", "p1", "s1", day(9, 20), None),
        ("o1-3-delivery", "delivery", "p2", "s2", day(9, 20), None),
        ("o2-1-cancel", "cancel", "p1", "s1", day(4), None),
        ("r1-o1-p1", "review", "p1", "s1", day(12), 5),
        ("r1-o1-p2", "review", "p2", "s2", day(12), 5),
        ("r1-o2-p1", "review", "p1", "s1", day(13), 1),
    ]
    assert [rows[0]["category"], rows[2]["category"]] == ["health_beauty", "unknown"]
    assert [rows[8]["text"], rows[10]["text"]] == ["Ótimo", "Ruim\nnão veio"]
    assert rows[7]["reason"] == "canceled"
    assert found.left_out == {"item_without_order": 1, "review_without_item": 1}
    assert [m["name"] for m in found.merchants] == ["s1 campinas", "s2"]
    assert [m["listing_id"] for m in found.listings] == ["p1", "p2"]


def test_a_folder_that_lacks_a_table_is_refused(tmp_path):
    folder(tmp_path)
    (tmp_path / "orders.parquet").unlink()
    with pytest.raises(RefusedError, match="file_missing"):
        olist.adapt(tmp_path)


@pytest.mark.slow
@pytest.mark.shared
def test_the_real_files_give_what_their_description_says(shared):
    found = online_retail.adapt(shared / "data/online-retail-2009-2010/online_retail_2009_2010.parquet")
    kinds = found.events.column("kind").value_counts().to_pylist()
    assert found.source_rows == 525_461
    assert found.events.num_rows == 525_461 - sum(found.left_out.values())
    assert len(set(found.events.column("event_id").to_pylist())) == found.events.num_rows
    assert {k["values"]: k["counts"] for k in kinds}["return"] == 9_581
    whole = olist.adapt(shared / "data/olist-sample")
    assert whole.events.num_rows == 22_526
    assert len(set(whole.events.column("event_id").to_pylist())) == 22_526
