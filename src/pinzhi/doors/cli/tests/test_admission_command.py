"""`pinzhi admission screen` over real files."""

import json

from click.testing import CliRunner

from pinzhi.doors.cli.main import main

ROWS = [
    {"id": "a", "merchant_id": "m", "category": "食品", "title": "国家级品质好米", "attributes": {}},
    {"id": "b", "merchant_id": "m", "category": "图书", "title": "第一次世界大战简史", "attributes": {}},
    {"id": "c", "merchant_id": "m", "title": "没有类目"},
    {"id": "d", "merchant_id": "m", "category": "家居", "title": "x" * 1_000_000},
    {"id": "e", "merchant_id": "m", "category": "家居", "title": "椅子", "price": "-3"},
]


def _write(path, rows):
    path.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in rows) + "{broken\n", encoding="utf-8")
    return str(path)


def _lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_verdicts_in_the_shape_of_the_contract(tmp_path):
    out = tmp_path / "verdicts.ndjson"
    run = CliRunner().invoke(
        main, ["admission", "screen", _write(tmp_path / "l.ndjson", ROWS), "--out", str(out), "--json"]
    )
    assert run.exit_code == 3, run.output
    told = json.loads(run.stdout.splitlines()[0])
    assert (told["screened"], told["reject"], told["pass"], told["refused"]) == (2, 1, 1, 4)
    first, second = _lines(out)
    assert (first["id"], first["outcome"], second["id"], second["outcome"]) == ("a", "reject", "b", "pass")
    (f,) = first["findings"]
    assert (f["rule"], f["field"], f["start"], f["end"], f["text"], f["severity"]) == (
        "T01",
        "title",
        0,
        3,
        "国家级",
        "H",
    )
    assert f["law"] == {"instrument": "广告法", "version": "2021年修正", "article": "9(3)", "verified": True}
    refused = _lines(tmp_path / "verdicts.ndjson.refused.ndjson")
    assert [(r["line"], r["field"], r["code"]) for r in refused] == [
        (3, "category", "field_missing"),
        (4, "title", "text_too_long"),
        (5, "price", "price_negative"),
        (6, "", "json_invalid"),
    ]


def test_the_same_day_gives_the_same_bytes(tmp_path):
    source = _write(tmp_path / "l.ndjson", ROWS)
    for name in ("one", "two"):
        CliRunner().invoke(
            main, ["admission", "screen", source, "--out", str(tmp_path / f"{name}.ndjson"), "--as-of", "2026-11-01"]
        )
    assert (tmp_path / "one.ndjson").read_bytes() == (tmp_path / "two.ndjson").read_bytes()


def test_other_file_types_and_wrong_files(tmp_path):
    table = tmp_path / "l.csv"
    table.write_text(
        'id,merchant_id,category,title,attributes\n1,m,服饰,羊绒大衣,"{""材质"":""聚酯纤维100%""}"\n', encoding="utf-8"
    )
    out = tmp_path / "v.csv"
    run = CliRunner().invoke(main, ["admission", "screen", str(table), "--out", str(out)])
    assert run.exit_code == 0, run.output
    assert "C01" in out.read_text(encoding="utf-8")
    assert (
        CliRunner().invoke(main, ["admission", "screen", str(tmp_path / "none.ndjson"), "--out", str(out)]).exit_code
        == 1
    )
    assert CliRunner().invoke(main, ["admission", "screen", str(table)]).exit_code == 2
