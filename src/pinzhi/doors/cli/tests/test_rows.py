import json
from datetime import date
from decimal import Decimal

import click
import pytest
from click.testing import CliRunner

from pinzhi.doors.cli import rows
from pinzhi.kernel.refusal import Refusal, RefusedError

DATA = [{"id": "a", "n": 1, "day": date(2026, 5, 3), "why": ["x", "y"]}, {"id": "乙", "n": 2, "day": None, "why": []}]


@pytest.mark.parametrize("suffix", ["ndjson", "csv", "parquet", "arrow", "json", "ndjson.gz", "csv.zst", "parquet.gz"])
def test_what_is_written_reads_back(tmp_path, suffix):
    path = str(tmp_path / f"out.{suffix}")
    assert rows.write_rows(path, iter(DATA)) == 2
    back = list(rows.read_rows(path))
    assert [r["id"] for r in back] == ["a", "乙"]
    assert [int(r["n"]) for r in back] == [1, 2]
    assert str(back[0]["day"]) == "2026-05-03"
    assert [p.name for p in tmp_path.iterdir()] == [f"out.{suffix}"]


def test_nothing_is_left_when_the_rows_break_off(tmp_path):
    def broken():
        yield {"id": "a"}
        raise RefusedError(Refusal("late_no", "no", "stop"))

    with pytest.raises(RefusedError):
        rows.write_rows(str(tmp_path / "out.csv"), broken())
    assert list(tmp_path.iterdir()) == []


def test_bad_lines_are_set_aside_and_required_fields_asked_for(tmp_path):
    path = tmp_path / "in.ndjson"
    path.write_text('{"id":"a"}\n{oops\n[1]\n{"id":""}\n{"id":"b"}\n')
    found = rows.read_rows(str(path), required=["id"])
    assert list(found.numbered()) == [(1, {"id": "a"}), (5, {"id": "b"})]
    assert [(r.line, r.code) for r in found.refused] == [
        (2, "json_invalid"),
        (3, "not_an_object"),
        (4, "field_missing"),
    ]


def test_wrong_encoding_and_uneven_rows_of_csv(tmp_path):
    path = tmp_path / "in.csv"
    path.write_bytes("id,n\n连衣裙,1\n".encode("gbk"))
    with pytest.raises(RefusedError) as no:
        list(rows.read_rows(str(path)))
    assert no.value.refusal.code == "encoding_not_utf8"
    path.write_text("id,n\na,1\nb\nc,3,4\nd,\n")
    found = rows.read_rows(str(path))
    assert list(found) == [{"id": "a", "n": "1"}, {"id": "d", "n": None}]
    assert [r.line for r in found.refused] == [2, 3]


@click.command()
@click.argument("how")
@rows.polite
def asked(how):
    if how == "no":
        raise RefusedError(Refusal("not_today", "it is late", "come tomorrow"))
    refused = [Refusal("bad", "bad row", "mend it", line=2)] if how == "some" else []
    return rows.Answer({"n": Decimal("1.50")}, "one and a half", refused=refused, out="result.csv")


def test_exit_codes_and_the_json_document(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = CliRunner().invoke
    done = run(asked, ["yes", "--json"])
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"n": "1.50"})
    some = run(asked, ["some"])
    assert (some.exit_code, some.stdout) == (3, "one and a half\n")
    assert "mend it" in some.stderr
    assert json.loads((tmp_path / "result.csv.refused.ndjson").read_text()) == {
        "line": 2,
        "field": "",
        "code": "bad",
        "reason": "bad row",
        "remedy": "mend it",
    }
    refused = run(asked, ["no", "--json"])
    assert refused.exit_code == 1
    assert json.loads(refused.stdout)["refused"]["code"] == "not_today"
    assert "come tomorrow" in refused.stderr
    assert run(asked, []).exit_code == 2
