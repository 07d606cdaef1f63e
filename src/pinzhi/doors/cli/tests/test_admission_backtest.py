"""`pinzhi admission backtest` over files: a draft, a withdrawn file, drafts that cannot be used, rows that cannot be read."""

import json
from datetime import date

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli import main
from pinzhi.life.admission import shipped

DAY = date(2026, 11, 26)


@pytest.fixture
def lab(tmp_path):
    """Four listings, their verdicts under the shipped rules, and a draft that adds a word and lets another go."""
    titles = {"p1": "纯棉短袖T恤", "p2": "全国销量第一的短袖", "p3": "本店镇店之宝短袖", "p4": "国家级短袖T恤"}
    listings = tmp_path / "listings.ndjson"
    rows = [{"id": i, "merchant_id": "m", "category": "服饰", "title": t} for i, t in titles.items()]
    listings.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in [*rows, {"id": "p5"}]))
    history = tmp_path / "history.ndjson"
    done = CliRunner().invoke(
        main, ["admission", "screen", str(listings), "--out", str(history), "--as-of", str(DAY), "--json"]
    )
    assert done.exit_code == 3, done.output  # p5 has no merchant
    drafts = tmp_path / "draft"
    drafts.mkdir()
    return listings, history, drafts


def run(lab, *more):
    listings, history, drafts = lab
    return CliRunner().invoke(
        main,
        ["admission", "backtest", "--ruleset", str(drafts), "--history", str(history), "--listings", str(listings),
         "--as-of", str(DAY), "--json", *more],
    )  # fmt: skip


DRAFT = """
version = "draft-1"
[[rule]]
id = "X01"
severity = "H"
law = "advert.absolute_terms"
zh = "“{text}”试行禁用。"
en = "«{text}» is tried as a forbidden term."
fix_zh = "删去“{text}”。"
fix_en = "Drop «{text}»."
[[rule.group]]
name = "trial"
words = "镇店之宝"
exempt = []
"""


def test_a_draft_is_tried_on_the_past(lab):
    (lab[2] / "trial.toml").write_text(DRAFT)
    done = run(lab, "--processes", "1")
    assert done.exit_code == 3, done.output
    told = json.loads(done.stdout)
    assert (told["listings"], told["newly_refused"], told["released"], told["refused"]) == (4, 1, 0, 1)
    new = told["by_rule"]["X01"]
    assert (new["newly_fires"], new["newly_refused"]) == (1, 1)
    assert [(e["id"], e["before"], e["after"], e["text"]) for e in new["examples"]] == [
        ("p3", "pass", "reject", "镇店之宝")
    ]
    assert told["by_rule"]["T01"]["newly_fires"] == 0
    assert told["ruleset"] != shipped.ruleset().hash


def test_the_number_of_processes_changes_nothing(lab):
    (lab[2] / "trial.toml").write_text(DRAFT)
    assert run(lab, "--processes", "1").stdout == run(lab, "--processes", "3").stdout


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        (None, "", "ruleset_empty"),
        ("trial.toml", "[[rule", "ruleset_invalid"),
        ("trial.toml", '[[rule]]\nid = "X01"\n', "ruleset_invalid"),
        ("trial.toml", DRAFT.replace("advert.absolute_terms", "no.such.row"), "ruleset_invalid"),
        ("trial.toml", DRAFT.replace("exempt = []", 'exempt = ["nowhere"]'), "ruleset_invalid"),
        ("trial.toml", DRAFT.replace('words = "镇店之宝"', "words = 7"), "ruleset_invalid"),
    ],
)
def test_a_draft_that_cannot_be_used_is_refused_by_name(lab, name, text, code):
    if name:
        (lab[2] / name).write_text(text)
    done = run(lab)
    assert done.exit_code == 1, done.output
    refused = json.loads(done.stdout)["refused"]
    assert refused["code"] == code
    assert refused["remedy"]


def test_a_file_that_is_emptied_withdraws_its_rules(lab):
    (lab[2] / "absolute.toml").write_text("")
    told = json.loads(run(lab).stdout)
    assert (told["newly_refused"], told["released"]) == (0, 2)
    assert {e["id"] for e in told["by_rule"]["T01"]["examples"]} == {"p2", "p4"}


def test_a_history_row_that_cannot_be_read_is_set_aside(lab):
    (lab[2] / "trial.toml").write_text(DRAFT)
    with lab[1].open("a") as more:
        more.write(
            '{"id": "p1", "outcome": "sold"}\n{"outcome": "pass"}\n{"id": "p2", "outcome": "pass", "findings": 3}\n'
        )
    told = json.loads(run(lab).stdout)
    assert (told["listings"], told["refused"]) == (4, 4)
