"""`pinzhi complaints entitle` over one case, several, and rows that cannot be read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from pinzhi.doors.cli.main import main

CASE: dict[str, Any] = {
    "order": {"id": "o1", "price": "80.00", "paid_at": "2026-02-01T23:30:00+08:00", "received_on": "2026-02-05", "category": "食品"},
    "complaint_on": "2026-02-13",
    "findings": ["expired_when_sold", "filed_with_regulator"],
    "promises": [],
}  # fmt: skip


def run(*args: str, text: str | None = None) -> Result:
    return CliRunner().invoke(main, ["complaints", "entitle", *args], input=text)


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_one_case_is_one_document(here: Path) -> None:
    (here / "case.json").write_text(json.dumps(CASE, indent=2), encoding="utf-8")
    done = run("case.json", "--json")
    said = json.loads(done.stdout)
    assert done.exit_code == 0
    assert (said["best"]["kind"], said["best"]["amount"], said["best"]["total"]) == (
        "punitive_food",
        "1000.00",
        "1080.00",
    )
    (food,) = [r for r in said["remedies"] if r["kind"] == "punitive_food"]
    assert food["formula"] == "10 × 80.00 = 800.00 < 1000.00 → 1000.00"
    assert (food["law"]["instrument"], food["law"]["article"], food["law"]["verified"]) == ("食品安全法", "148", True)
    assert "excluded_because" not in food
    (accepts,) = [d for d in said["deadlines"] if d["what"] == "regulator_accepts"]
    assert accepts["due"] == "2026-03-02"
    assert said["estimate"]["zh"].startswith("这是估算")


def test_an_excluded_remedy_says_why_and_by_which_article(here: Path) -> None:
    findings = ["unsafe_food", "seller_knew", "label_flaw_minor"]
    (here / "case.json").write_text(json.dumps(CASE | {"findings": findings}), encoding="utf-8")
    said = json.loads(run("case.json", "--json").stdout)
    (food,) = [r for r in said["remedies"] if r["kind"] == "punitive_food"]
    assert food["amount"] is None
    assert food["would_be"] == "1000.00"
    assert food["excluded_because"]["law"]["id"] == "damages.food_exclusion"


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", "食品十倍赔偿  1000.00"),
        ("zh", "这是估算"),
        ("en", "This is an estimate"),
        ("en", "ten times the price of unsafe food  1000.00"),
    ],
)
def test_the_table_for_people(language: str, words: str) -> None:
    done = run("-", "--language", language, text=json.dumps(CASE))
    assert done.exit_code == 0
    assert words in done.stdout


def test_lines_arrays_and_pretty_documents_from_standard_input() -> None:
    lines = json.dumps(CASE) + "\n" + json.dumps(CASE | {"id": "2"}) + "\n"
    for text in (lines, json.dumps([CASE, CASE | {"id": "2"}], indent=1)):
        said = json.loads(run("-", "--json", text=text).stdout)
        assert [one["case"] for one in said] == ["", "2"]
    assert json.loads(run("-", "--json", text=json.dumps(CASE, indent=2)).stdout)["order"] == "o1"


def test_a_case_that_cannot_be_read_stops_no_other(here: Path) -> None:
    bad = CASE | {"order": CASE["order"] | {"price": "a lot"}}
    (here / "cases.ndjson").write_text("\n".join(json.dumps(c) for c in (CASE, bad, CASE)), encoding="utf-8")
    done = run("cases.ndjson", "--json")
    assert done.exit_code == 3
    assert len(json.loads(done.stdout)) == 2
    (refused,) = [json.loads(line) for line in (here / "pinzhi.refused.ndjson").read_text("utf-8").splitlines()]
    assert (refused["line"], refused["field"], refused["code"]) == (2, "order.price", "case_field_wrong")


@pytest.mark.parametrize(
    ("change", "field", "code"),
    [
        ({"order": 5}, "order", "case_field_missing"),
        ({"complaint_on": None}, "complaint_on", "case_field_missing"),
        ({"complaint_on": "2026-02-30"}, "complaint_on", "case_field_wrong"),
        ({"complaint_on": "2026-01-30"}, "complaint_on", "case_days_out_of_order"),
        ({"findings": "fraud"}, "findings", "case_field_wrong"),
        ({"findings": [{"name": "fraud", "state": "maybe"}]}, "findings.state", "case_field_wrong"),
        ({"findings": [5]}, "findings", "case_field_wrong"),
        ({"promises": [{"multiple": "many"}]}, "promises.multiple", "case_field_wrong"),
        ({"promises": [{"multiple": "NaN"}]}, "promises.multiple", "case_field_wrong"),
        ({"loss": "-1"}, "loss", "case_field_wrong"),
        ({"losses": [5]}, "losses", "case_field_wrong"),
        ({"order": {"id": "x", "price": True, "paid_at": "2026-02-01"}}, "order.price", "case_field_wrong"),
        ({"order": {"id": "x", "price": "1", "paid_at": "2026-02-01", "quantity": 0}}, "order.quantity", "case_field_wrong"),
        ({"order": {"id": "x", "price": "1", "paid_at": "2026-02-01", "kind": "old"}}, "order.kind", "case_field_wrong"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named(here: Path, change: dict[str, Any], field: str, code: str) -> None:
    (here / "case.json").write_text(json.dumps(CASE | change), encoding="utf-8")
    assert run("case.json").exit_code == 3
    refused = json.loads((here / "pinzhi.refused.ndjson").read_text("utf-8"))
    assert (refused["field"], refused["code"]) == (field, code)


def test_an_empty_file_and_an_unknown_name(here: Path) -> None:
    (here / "none.ndjson").write_text("", encoding="utf-8")
    assert run("none.ndjson").exit_code == 1
    said = json.loads(run("-", "--json", text=json.dumps(CASE | {"findings": ["frad"], "promises": ["大促"]})).stdout)
    assert said["not_understood"] == [{"name": "frad", "where": "findings"}, {"name": "大促", "where": "promises"}]
