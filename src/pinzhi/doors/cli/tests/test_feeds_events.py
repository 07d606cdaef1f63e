"""`pinzhi feeds import events`: what is good is stored whatever stands beside it; what is not is listed with a remedy; never a traceback."""

import gzip
import json
import random

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.engine.embedded.opened import open_store
from pinzhi.engine.intake import reading

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def own_store(settings, tmp_path):
    settings.EVENT_STORE = tmp_path / "events"


def call(*files, source="shop"):
    done = CliRunner().invoke(main, ["feeds", "import", "events", *map(str, files), "--source", source, "--json"])
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    return done


def counts(done):
    return tuple(json.loads(done.stdout)[n] for n in ("read", "accepted", "duplicate", "refused"))


def event(n, **more):
    base = {"event_id": f"e{n}", "kind": "sale", "at": "2026-05-03T10:00:00+08:00"}
    return base | {"listing_id": "L1", "merchant_id": "M1", "category": "童装"} | more


def ndjson(path, rows):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows))
    return path


def aside(path):
    return [json.loads(line) for line in path.with_name(path.name + ".refused.ndjson").read_text().splitlines()]


def test_events_once_whatever_the_file_type_or_how_often(tmp_path):
    rows = [event(n) for n in range(5)]
    first = ndjson(tmp_path / "a.ndjson", rows)
    pq.write_table(pa.Table.from_pylist([*rows[3:], event(9)]), tmp_path / "b.parquet")
    assert counts(call(first)) == (5, 5, 0, 0)
    assert counts(call(first, tmp_path / "b.parquet")) == (8, 1, 7, 0)
    assert counts(call(first, source="another shop")) == (5, 5, 0, 0)
    assert open_store().count() == 11
    assert not (tmp_path / "a.ndjson.refused.ndjson").exists()


def test_bad_rows_go_aside_and_their_neighbours_are_stored(tmp_path):
    path = ndjson(
        tmp_path / "a.ndjson",
        [
            event(1),
            event(2, at="1899-12-30"),
            event(3, at="2999-01-01T00:00:00Z"),
            event(4, quantity=-3),
            event(5, text="a\0b"),
            event(1),
            event(1, quantity=7),
            event(8),
        ],
    )
    done = call(path)
    assert done.exit_code == 3
    assert counts(done) == (8, 2, 1, 5)
    rows = aside(path)
    assert [(r["line"], r["field"], r["code"]) for r in rows] == [
        (2, "at", "time_too_early"),
        (3, "at", "time_in_future"),
        (4, "quantity", "quantity_out_of_range"),
        (5, "text", "nul_byte"),
        (7, "quantity", "event_id_conflict"),
    ]
    assert all(r["remedy"] and r["reason"] for r in rows)
    ndjson(path, [event(1), event(8)])
    assert (call(path).exit_code, (tmp_path / "a.ndjson.refused.ndjson").exists()) == (0, False)


def parquet_cut(path):
    pq.write_table(pa.Table.from_pylist([event(n) for n in range(500)]), path)
    path.write_bytes(path.read_bytes()[:-300])


def lines(count, **more):
    return "".join(json.dumps(event(n, **more), ensure_ascii=False) + "\n" for n in range(count))


def as_parquet(path, rows):
    pq.write_table(pa.Table.from_pylist(rows), path)


CSV = "event_id,kind,at,listing_id,merchant_id,category\ne1,sale,2026-05-03,L1,M1,女装连衣裙\n"
UNREADABLE = {
    "gbk.csv": (lambda p: p.write_bytes(CSV.encode("gbk")), "encoding_not_utf8"),
    "gb18030.ndjson": (lambda p: p.write_bytes(lines(50).encode("gb18030")), "encoding_not_utf8"),
    "gb18030.json": (
        lambda p: p.write_bytes(json.dumps([event(1)], ensure_ascii=False).encode("gb18030")),
        "encoding_not_utf8",
    ),
    "utf16.csv": (lambda p: p.write_bytes(CSV.encode("utf-16")), "encoding_utf16"),
    "utf16.ndjson": (lambda p: p.write_bytes(lines(3).encode("utf-16")), "encoding_utf16"),
    "utf16.json": (lambda p: p.write_bytes(json.dumps([event(1)]).encode("utf-16")), "encoding_utf16"),
    "missing.csv": (lambda p: p.write_text("event_id,kind\ne1,sale\n"), "column_missing"),
    "missing.ndjson": (lambda p: p.write_text('{"event_id":"e1"}\n{"event_id":"e2"}\n'), "column_missing"),
    "missing.parquet": (lambda p: as_parquet(p, [{"event_id": "e1", "kind": "sale"}]), "column_missing"),
    "cut.parquet": (parquet_cut, "parquet_unreadable"),
    "cut.ndjson.gz": (lambda p: p.write_bytes(gzip.compress(lines(500).encode())[:-900]), "file_truncated"),
    "cut.json": (lambda p: p.write_text(json.dumps([event(1), event(2)])[:-20]), "json_invalid"),
    "no.ndjson.gz": (lambda p: p.write_text(lines(3)), "file_truncated"),
    "no.ndjson.zst": (lambda p: p.write_text(lines(3)), "file_truncated"),
    "nul.ndjson": (lambda p: p.write_bytes(b"\0" * 4096), "json_invalid"),
    "nul.csv": (lambda p: p.write_bytes(b"\0" * 4096), "csv_invalid"),
    "empty.ndjson": (lambda p: p.write_bytes(b""), "file_empty"),
    "empty.csv": (lambda p: p.write_bytes(b""), "file_empty"),
    "empty.json": (lambda p: p.write_bytes(b""), "file_empty"),
    "empty.parquet": (lambda p: p.write_bytes(b""), "file_empty"),
    "empty.arrow": (lambda p: p.write_bytes(b""), "file_empty"),
    "empty.ndjson.gz": (lambda p: p.write_bytes(b""), "file_empty"),
    "csv.parquet": (lambda p: p.write_text(CSV), "parquet_unreadable"),
    "parquet.csv": (lambda p: as_parquet(p, [event(n) for n in range(9)]), "csv_invalid"),
    "csv.ndjson": (lambda p: p.write_text("event_id;kind\n"), "json_invalid"),
    "strange.xlsx": (lambda p: p.write_bytes(b"PK"), "file_type_unknown"),
    "absent.ndjson": (lambda _: None, "file_not_readable"),
    "folder.ndjson": (lambda p: p.mkdir(), "file_not_readable"),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_a_file_that_cannot_be_read_is_said_and_its_neighbours_are_stored(tmp_path, name):
    make, code = UNREADABLE[name]
    make(tmp_path / name)
    alone = call(tmp_path / name)
    assert alone.exit_code in (1, 3)
    assert [r["code"] for r in aside(tmp_path / name)] == [code]
    assert all(r["reason"] and r["remedy"] for r in aside(tmp_path / name))
    assert "Traceback" not in alone.output
    done = call(tmp_path / name, ndjson(tmp_path / "good.ndjson", [event(1)]))
    assert (done.exit_code, counts(done)) == (3, (2, 1, 0, 1))


def test_a_source_needs_a_name(tmp_path):
    done = call(ndjson(tmp_path / "a.ndjson", [event(1)]), source="\x00")
    assert (done.exit_code, json.loads(done.stdout)["refused"]["code"]) == (1, "source_name")


def test_noise_in_any_place_never_ends_in_a_traceback(tmp_path):
    chance = random.Random(7)
    sound = "".join(json.dumps(event(n, text="好"), ensure_ascii=False) + "\n" for n in range(40)).encode()
    for n in range(25):
        body = bytearray(sound)
        for _ in range(chance.randint(1, 30)):
            body[chance.randrange(len(body))] = chance.randrange(256)
        path = tmp_path / f"{n}.ndjson"
        path.write_bytes(body)
        done = call(path, source=f"noise {n}")
        assert done.exit_code in (0, 1, 3)
        if done.exit_code != 1:
            read, *parts = counts(done)
            assert read == sum(parts)


def test_pieces_of_a_file_have_keys_that_a_second_reading_repeats(tmp_path):
    path = ndjson(tmp_path / "a.ndjson", [event(n, amount="1.50", text=None if n % 2 else "x") for n in range(10)])
    keys = [reading.table_digest(next(iter(reading.iter_events(path))).table) for _ in range(2)]
    assert keys[0] == keys[1]
    table = next(iter(reading.iter_events(path))).table
    assert reading.table_digest(table.slice(3, 4)) == reading.table_digest(table.take(pa.array([3, 4, 5, 6])))
    ndjson(path, [event(n, amount="1.50", text=None if n % 2 else "y") for n in range(10)])
    assert reading.table_digest(next(iter(reading.iter_events(path))).table) != keys[0]
