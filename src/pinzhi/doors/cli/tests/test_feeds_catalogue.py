"""`pinzhi feeds import merchants|listings|batches`: counts, exit codes, the rows set aside."""

import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main

pytestmark = pytest.mark.django_db


def call(*args):
    return CliRunner().invoke(main, ["feeds", "import", *map(str, args), "--json"])


def test_merchants_of_a_csv(tmp_path):
    file = tmp_path / "m.csv"
    file.write_text(
        "merchant_id,name,uscc,opened_on\nM1,好米,91350100M000100Y43,2020-01-02\nM2,坏号,91350100M000100Y44,\nM3,老店,,1899-12-30\nM1,好米,91350100M000100Y43,2020-01-02\nM4\x00,x,,\n"
    )
    done = call("merchants", file)
    assert done.exit_code == 3
    assert json.loads(done.stdout) == {"read": 5, "accepted": 1, "duplicate": 1, "refused": 3}
    aside = [json.loads(line) for line in (tmp_path / "m.csv.refused.ndjson").read_text().splitlines()]
    assert [(r["line"], r["field"], r["code"]) for r in aside] == [
        (2, "uscc", "uscc_invalid"),
        (3, "opened_on", "day_out_of_range"),
        (5, "merchant_id", "control_character"),
    ]
    assert all(r["remedy"] for r in aside)


def test_listings_then_a_change(tmp_path):
    file = tmp_path / "l.ndjson"
    row = {"id": "L1", "merchant_id": "M1", "category": "食品", "title": "大米", "attributes": {"重量": 5}}
    file.write_text(json.dumps(row) + "\nnot json\n")
    done = call("listings", file)
    assert (done.exit_code, json.loads(done.stdout)) == (3, {"read": 2, "accepted": 1, "duplicate": 0, "refused": 1})
    file.write_text(json.dumps({**row, "title": "新大米"}) + "\n")
    assert json.loads(call("listings", file).stdout)["refused"] == 1
    assert json.loads(call("listings", file, "--update").stdout)["accepted"] == 1


def test_a_file_that_is_not_utf8_is_refused_as_a_whole(tmp_path):
    file = tmp_path / "b.csv"
    file.write_bytes("batch_id,merchant_id,listing_id,produced_on\nB1,商家,L1,2026-01-01\n".encode("gb18030"))
    done = call("batches", file)
    assert (done.exit_code, "encoding_not_utf8" in done.stderr) == (1, True)
