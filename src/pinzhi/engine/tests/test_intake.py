import gzip
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pinzhi.engine.intake import SOURCED_SCHEMA, files, iter_events, read_body, read_events, twins, write_refused
from pinzhi.kernel.refusal import RefusedError

NOW = datetime(2026, 6, 1, tzinfo=UTC)


def event(n, **more):
    base = {
        "event_id": f"e{n}",
        "kind": "sale",
        "at": "2026-05-03T10:00:00+08:00",
        "listing_id": "L1",
        "merchant_id": "M1",
        "category": "童装",
    }
    return base | more


def ndjson(path, rows):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    return path


def read(path, **more):
    return read_events([path], source="s", now=NOW, **more)


def faults(intake):
    return [(r.line, r.field, r.code) for r in intake.refused]


def test_good_rows_come_through_whole(tmp_path):
    got = read(ndjson(tmp_path / "a.ndjson", [event(1, amount="12.50", quantity=3, score=4, buyer_id=""), event(2)]))
    assert got.table.schema == SOURCED_SCHEMA
    first, second = got.table.to_pylist()
    assert first["at"] == datetime(2026, 5, 3, 2, 0, tzinfo=UTC)
    assert (first["source"], first["amount"], first["quantity"], first["score"]) == ("s", Decimal("12.50"), 3, 4)
    assert first["buyer_id"] is None
    assert (second["quantity"], second["amount"]) == (1, None)
    assert (got.read, got.accepted, got.duplicate, got.refused) == (2, 2, 0, [])


BAD = [
    ({"kind": "gift"}, "kind", "kind_unknown"),
    ({"listing_id": None}, "listing_id", "field_missing"),
    ({"merchant_id": ""}, "merchant_id", "field_missing"),
    ({"at": ""}, "at", "field_missing"),
    ({"at": None}, "at", "field_missing"),
    ({"at": "yesterday"}, "at", "time_unreadable"),
    ({"at": "2026-02-30T10:00:00Z"}, "at", "time_unreadable"),
    ({"at": 1777777777}, "at", "time_unreadable"),
    ({"at": "1899-12-30T00:00:00+08:00"}, "at", "time_too_early"),
    ({"at": "2999-01-01T00:00:00+08:00"}, "at", "time_in_future"),
    ({"quantity": 0}, "quantity", "quantity_out_of_range"),
    ({"quantity": -2}, "quantity", "quantity_out_of_range"),
    ({"quantity": 1.5}, "quantity", "not_a_whole_number"),
    ({"quantity": "many"}, "quantity", "not_a_whole_number"),
    ({"score": 6}, "score", "score_out_of_range"),
    ({"amount": "12.345"}, "amount", "amount_unreadable"),
    ({"amount": "12,50"}, "amount", "amount_unreadable"),
    ({"amount": "-1.00"}, "amount", "amount_negative"),
    ({"text": "a\0b"}, "text", "nul_byte"),
    ({"reason": "x" * 513}, "reason", "too_long"),
    ({"listing_id": ["L1"]}, "listing_id", "wrong_type"),
]


@pytest.mark.parametrize(("fault", "field", "code"), BAD)
def test_a_bad_row_is_refused_and_its_neighbours_stay(tmp_path, fault, field, code):
    got = read(ndjson(tmp_path / "a.ndjson", [event(1), event(2, **fault), event(3)]))
    assert faults(got) == [(2, field, code)]
    assert got.refused[0].remedy
    assert got.table.column("event_id").to_pylist() == ["e1", "e3"]
    assert got.read == got.accepted + got.duplicate + len(got.refused)


@pytest.mark.parametrize("suffix", ["csv", "parquet", "arrow"])
def test_every_file_type_reads_the_same(tmp_path, suffix):
    rows = [event(n, quantity=n, text="好，「满意」", amount=f"{n}.50") for n in range(1, 5)]
    expected = read(ndjson(tmp_path / "a.ndjson", rows))
    path = tmp_path / f"b.{suffix}"
    table = pa.Table.from_pylist(rows)
    if suffix == "csv":
        pa.csv.write_csv(table, path)
    elif suffix == "parquet":
        pq.write_table(table, path)
    else:
        with pa.OSFile(str(path), "wb") as out, pa.ipc.new_stream(out, table.schema) as writer:
            writer.write_table(table)
    assert read(path).table.equals(expected.table)
    packed = tmp_path / f"c.{suffix}.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert read(packed).table.equals(expected.table)


def test_times_without_a_zone_are_chinas_in_text_and_in_columns(tmp_path):
    wanted = [datetime(2026, 5, 3, 2, 0, tzinfo=UTC), datetime(2026, 5, 2, 16, 0, tzinfo=UTC)]
    text = ndjson(tmp_path / "a.ndjson", [event(1, at="2026-05-03 10:00:00"), event(2, at="2026-05-03")])
    assert read(text).table.column("at").to_pylist() == wanted
    rows = [event(1, at=datetime(2026, 5, 3, 10)), event(2, at=datetime(2026, 5, 3))]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "b.parquet")
    assert read(tmp_path / "b.parquet").table.column("at").to_pylist() == wanted


def test_identical_twins_are_duplicates_and_others_are_refused(tmp_path):
    got = read(ndjson(tmp_path / "a.ndjson", [event(1), event(2), event(1), event(2, quantity=2)]))
    assert (got.read, got.accepted, got.duplicate) == (4, 2, 1)
    assert faults(got) == [(4, "quantity", "event_id_conflict")]


def test_line_numbers_hold_in_csv_with_uneven_and_broken_rows(tmp_path):
    good = "{},sale,2026-05-03T10:00:00Z,L1,M1,c,{}\n"
    body = "event_id,kind,at,listing_id,merchant_id,category,text\n" + good.format("e1", '"two\nlines"')
    body += "e2,sale,2026-05-03T10:00:00Z,L1,M1,c,one,too many\n" + good.format("e3", "x").replace("sale", "gift")
    path = tmp_path / "a.csv"
    path.write_bytes(b"\xef\xbb\xbf" + body.encode() + good.format("e4", "y").encode())
    got = read(path)
    assert faults(got) == [(2, "", "csv_row_uneven"), (3, "kind", "kind_unknown")]
    assert got.table.column("event_id").to_pylist() == ["e1", "e4"]


def test_a_broken_line_of_json_is_one_refusal(tmp_path):
    path = ndjson(tmp_path / "a.ndjson", [event(1)])
    path.write_bytes(
        path.read_bytes() + b"{oops\n[1]\n" + b'{"event_id": "\xff\xfe"}\n' + json.dumps(event(5)).encode()
    )
    got = read(path)
    assert faults(got) == [(2, "", "json_invalid"), (3, "", "not_an_object"), (4, "", "encoding_not_utf8")]
    assert got.table.column("event_id").to_pylist() == ["e1", "e5"]


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.ndjson", b"", "file_empty"),
        ("a.csv", b"", "file_empty"),
        ("a.parquet", b"", "file_empty"),
        ("a.json", b"  \n", "file_empty"),
        ("a.json", b"[{]", "json_invalid"),
        ("a.txt", b"x", "file_type_unknown"),
        ("a.csv", "event_id,kind\ne1,女装连衣裙\n".encode("gbk"), "encoding_not_utf8"),
        (
            "a.ndjson",
            json.dumps(event(1, category="女装连衣裙"), ensure_ascii=False).encode("gbk") + b"\n",
            "encoding_not_utf8",
        ),
        ("a.csv", "event_id,kind\n".encode("utf-16"), "encoding_utf16"),
        ("a.csv", b"event_id,kind\ne1,sale\n", "column_missing"),
        ("a.parquet", b"PAR1 and then the connection broke", "parquet_unreadable"),
        ("a.arrow", b"ARROW1\0\0 and then", "file_truncated"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_as_a_whole(tmp_path, name, content, code):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(RefusedError) as no:
        read(path)
    assert no.value.refusal.code == code
    assert no.value.refusal.remedy
    with pytest.raises(RefusedError):
        read(tmp_path / "absent.csv")


def test_what_was_readable_before_a_truncated_end_is_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "BLOCK", 4096)
    body = "".join(json.dumps(event(n)) + "\n" for n in range(400)).encode()
    path = tmp_path / "a.ndjson.gz"
    path.write_bytes(gzip.compress(body)[:-200])
    got = read(path)
    assert [r.code for r in got.refused] == ["file_truncated"]
    assert 0 < got.accepted < 400
    whole = tmp_path / "b.ndjson"
    whole.write_bytes(body)
    pieces = [c.read for c in iter_events(whole, 100, now=NOW)]
    assert sum(pieces) == 400
    assert all(100 <= n < 150 for n in pieces[:-1])


def test_one_bad_file_does_not_stop_the_others(tmp_path):
    good = ndjson(tmp_path / "a.ndjson", [event(1)])
    (tmp_path / "b.parquet").write_bytes(b"PAR1")
    got = read_events([tmp_path / "b.parquet", good], source="s", now=NOW)
    assert (got.accepted, [r.code for r in got.refused]) == (1, ["parquet_unreadable"])
    out = write_refused(tmp_path / "result", got.refused)
    assert [json.loads(line)["code"] for line in out.read_text().splitlines()] == ["parquet_unreadable"]
    assert out.name == "result.refused.ndjson"


def test_bodies_of_requests_read_like_files():
    rows = [event(1), event(2)]
    assert read_body(json.dumps(rows).encode(), "json", now=NOW).table.num_rows == 2
    assert read_body(json.dumps(rows, indent=2).encode(), "json", now=NOW).table.num_rows == 2
    assert read_body(b"nonsense", "parquet", now=NOW).refused[0].code == "parquet_unreadable"


@pytest.mark.parametrize("row", [b"null", b'{"event_id":"x"} null', b"[null]", b"[" * 50_000, b'{"a":' * 50_000])
def test_a_row_that_is_no_object_is_refused_and_takes_nothing_down(row):
    """A bare null ended the process in the JSON reader that stood here before."""
    good = json.dumps(event(1)).encode()
    got = read_body(row + b"\n" + good + b"\n", "ndjson", now=NOW)
    assert [r.code in ("not_an_object", "json_invalid") for r in got.refused] == [True]
    assert got.table.num_rows == 1
    assert read_body(b"[null," + good + b"]", "json", now=NOW).refused[0].code == "not_an_object"


@pytest.mark.parametrize("shift", range(4))
def test_a_long_chinese_array_on_one_line_is_utf8_wherever_the_sample_ends(shift):
    rows = [event(n, text="满意" * 20) for n in range(700)]
    body = json.dumps(rows, ensure_ascii=False, separators=(",", ":")).encode()
    got = read_body(b" " * shift + body, "json", now=NOW)
    assert (got.table.num_rows, got.refused) == (700, [])


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        ("童装", True),
        ("童装 女装", True),
        ("café à la crème", False),
        ("שלום עולם", False),
        ("Ωμέγα", False),
        ("好", False),
    ],
)
def test_gb2312_that_passes_for_utf8_is_known_and_other_scripts_are_not_taken_for_it(text, chinese):
    sample = text.encode("gb2312" if chinese else "utf-8")
    assert (files.encoding_fault(b'{"category":"' + sample + b'"}\n') is not None) is chinese


def test_a_day_of_grace_for_clocks_that_run_ahead(tmp_path):
    soon, later = NOW + timedelta(hours=23), NOW + timedelta(hours=25)
    got = read(ndjson(tmp_path / "a.ndjson", [event(1, at=soon.isoformat()), event(2, at=later.isoformat())]))
    assert faults(got) == [(2, "at", "time_in_future")]


def test_hashes_do_not_depend_on_slices_or_neighbours():
    words = ["", "a", "abcdefgh", "abcdefghi", "甲乙丙丁戊己", None, "x" * 100]
    array = pa.array(words)
    whole = twins.hashes(array)
    alone = [twins.hashes(pa.array([w], pa.string()))[0] for w in words]
    assert whole.tolist() == [int(h) for h in alone]
    assert twins.hashes(array.slice(2, 3)).tolist() == whole[2:5].tolist()
    assert len(set(twins.hashes(pa.array([f"e{n}" for n in range(100_000)])).tolist())) == 100_000
    assert twins.repeated(np.array([5, 7, 5, 9], np.uint64)).tolist() == [0, 2]
