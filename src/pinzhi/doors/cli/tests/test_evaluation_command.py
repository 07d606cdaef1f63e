"""`pinzhi evaluation rate` over files."""

import json

from click.testing import CliRunner

from pinzhi.doors.cli.evaluation import command

HEAD = "cohort,orders,age_days,events\n"


def run(tmp_path, body, *options):
    path = tmp_path / "cohorts.csv"
    path.write_text(HEAD + body, encoding="utf-8")
    return CliRunner().invoke(command, ["rate", str(path), "--json", *options])


def test_the_hand_value_and_the_promised_fields(tmp_path):
    answer = run(tmp_path, "old,500,7,6\nold,500,30,4\nyoung,250,7,3\n", "--target", "0.02")
    assert answer.exit_code == 0, answer.output
    got = json.loads(answer.stdout)
    assert got["rate"] == 0.02
    assert (got["window"], got["maturity"], got["status"]) == (30, 0.866667, "UNPROVEN")
    assert got["low"] < 0.02 < got["high"]


def test_bad_rows_lie_beside_the_answer(tmp_path):
    out = tmp_path / "rate.json"
    answer = run(tmp_path, "a,100,7,2\na,100,x,1\na,100,7,2\nb,-4,7,0\n", "--out", str(out))
    assert answer.exit_code == 3
    refused = [json.loads(x) for x in (tmp_path / "rate.json.refused.ndjson").read_text(encoding="utf-8").splitlines()]
    assert [(r["line"], r["code"]) for r in refused] == [
        (2, "number_invalid"),
        (3, "row_twice"),
        (4, "number_negative"),
    ]


def test_no_usable_row_is_refused_as_a_whole(tmp_path):
    answer = run(tmp_path, "")
    assert answer.exit_code == 1
    assert "cohorts_empty" in answer.stderr
