"""`pinzhi admission report`: the contract's JSON, the files beside it, and files that cannot be read."""

import json

import pytest
from click.testing import CliRunner

import report_press as press
from pinzhi.doors.cli.main import main
from pinzhi.life.admission.rules.reports.words import CheckName


def printed(tmp_path, truth, name="chinese.pdf"):
    path = tmp_path / name
    path.write_bytes(press.pressed(truth, "chinese"))
    return path


def run(*arguments):
    return CliRunner().invoke(main, ["admission", "report", *map(str, arguments)])


def test_the_command_with_all_its_files(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    t = press.truth(1)
    path = printed(tmp_path, t)
    own = {
        "id": "L1",
        "merchant_id": "M1",
        "category": "clothing",
        "title": t.product,
        "brand": t.brand,
        "attributes": {"型号": t.model},
    }
    (tmp_path / "listing.json").write_text(json.dumps(own, ensure_ascii=False))
    head = "lab,cma,cnas,valid_from,valid_to,standard\n"
    rows = "".join(f"{t.lab},{t.cma},{t.cnas},2024-01-01,2030-01-01,{s}\n" for s in t.standards)
    (tmp_path / "labs.csv").write_text(head + rows)
    given = ("--listing", "listing.json", "--labs", "labs.csv", "--as-of", "2026-11-01", "--json", "--no-ocr")
    first = run(path, *given)
    assert first.exit_code == 0, first.output
    answer = json.loads(first.stdout)
    assert answer["fields"] == t.expected()
    assert [i["value"] for i in answer["items"]] == [line.value for line in t.lines]
    assert set(answer["items"][0]) >= {"name", "unit", "limit", "operator", "value", "verdict_printed", "verdict"}
    assert [c["check"] for c in answer["checks"]] == [str(c) for c in CheckName]
    assert answer["outcome"] == "pass"
    (tmp_path / "known.ndjson").write_text(json.dumps({**answer, "merchant_id": "M9"}, ensure_ascii=False) + "\n")
    (tmp_path / "listing.json").write_text(json.dumps({**own, "brand": "别家"}, ensure_ascii=False))
    second = json.loads(run(path, *given, "--known", "known.ndjson").stdout)
    assert second["outcome"] == "reject"
    assert {c["check"]: c["reason"] for c in second["checks"]}["reuse"] == "used_by_another"


def test_the_command_says_what_it_could_not_check(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    said = run(printed(tmp_path, press.truth(1)), "--as-of", "2026-11-01")
    assert said.exit_code == 0
    assert said.stdout.startswith("manual  chinese.pdf")
    assert "--labs" in said.stdout


@pytest.mark.parametrize(
    ("option", "content", "code"),
    [
        ("--listing", "{", "json_invalid"),
        ("--listing", '{"id": "1"}', "field_missing"),
        ("--listing", "[]", "listing_empty"),
        ("--labs", '[{"lab": "x"}]', "field_missing"),
        ("--labs", '[{"lab": "x", "cma": "1", "valid_to": "soon"}]', "day_invalid"),
        ("--known", '[{"items": []}]', "not_an_earlier_report"),
    ],
)
def test_files_beside_it_that_are_wrong(tmp_path, monkeypatch, option, content, code):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "beside.json").write_text(content)
    said = run(printed(tmp_path, press.truth(1)), option, "beside.json", "--json")
    assert said.exit_code == 1
    assert json.loads(said.stdout)["refused"]["code"] == code


def test_one_unreadable_file_among_others(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 nothing")
    said = run(printed(tmp_path, press.truth(1)), "broken.pdf", "--json", "--no-ocr")
    assert said.exit_code == 3
    good, bad = json.loads(said.stdout)
    assert good["fields"]["report_no"] == press.truth(1).report_no
    assert bad["refused"]["code"] == "report_damaged"
