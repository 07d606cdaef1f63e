"""`pinzhi feeds import olist|online-retail`: counts, the registers, the rows set aside."""

import json
from datetime import datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pinzhi.catalogue.models import Listing, Merchant
from pinzhi.doors.cli.main import main

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"


def test_invoices_come_in_once_and_what_is_wrong_goes_aside(tmp_path):
    path = tmp_path / "r.parquet"
    rows = [("1", "85048", 2, datetime(2010, 1, 4)), ("2", "85048", 1, datetime(1899, 12, 30)), ("3", "POST", 1, None)]
    columns = {"Invoice": 0, "StockCode": 1, "Quantity": 2, "InvoiceDate": 3}
    pq.write_table(pa.table({n: [r[i] for r in rows] for n, i in columns.items()} | {"Price": [1.0] * 3}), path)
    done = [CliRunner().invoke(main, ["feeds", "import", "online-retail", str(path), "--json"]) for _ in range(2)]
    assert [d.exit_code for d in done] == [3, 3]
    first, again = (json.loads(d.stdout) for d in done)
    assert [first[n] for n in ("read", "accepted", "duplicate", "refused", "source_rows")] == [2, 1, 0, 1, 3]
    assert (first["left_out"], again["accepted"], again["duplicate"]) == ({"not_goods": 1}, 0, 1)
    aside = [json.loads(line) for line in (tmp_path / "r.parquet.refused.ndjson").read_text().splitlines()]
    assert [(r["line"], r["code"]) for r in aside] == [(2, "time_too_early")]
    assert (Merchant.objects.count(), Listing.objects.count()) == (1, 1)


def test_a_folder_without_the_tables_is_refused_as_a_whole(tmp_path):
    done = CliRunner().invoke(main, ["feeds", "import", "olist", str(tmp_path), "--json"])
    assert (done.exit_code, json.loads(done.stdout)["refused"]["code"]) == (1, "file_missing")
