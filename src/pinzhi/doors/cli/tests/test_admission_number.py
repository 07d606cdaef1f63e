"""`pinzhi admission number`: the contract's shape, exit codes, refusals, no framework."""

import json
import subprocess
import sys

from click.testing import CliRunner

from pinzhi.doors.cli.main import main


def call(*args, **options):
    return CliRunner().invoke(main, ["admission", "number", *args], **options)


def test_one_value_gives_one_document():
    done = call("sc", "SC11464010500015", "--json")
    assert done.exit_code == 0
    found = json.loads(done.stdout)
    assert (found["valid"], found["normalised"], found["verified"], found["reason"]) == (
        True,
        "SC11464010500015",
        True,
        "",
    )
    assert found["parts"]["category_zh"] == "茶叶及相关制品"
    assert found["parts"]["region_en"] == "Yinchuan, Ningxia"


def test_several_values_give_a_list_and_a_bad_number_is_an_answer():
    done = call("sc", "SC11464010500015", "SC12345678901234", "--json")
    assert done.exit_code == 0
    assert [(d["valid"], d["reason"]) for d in json.loads(done.stdout)] == [(True, ""), (False, "check_digit")]
    assert json.loads(done.stdout)[1]["reason_zh"].startswith("校验位不符")


def test_an_unknown_kind_is_refused_as_a_whole():
    done = call("passport", "E1", "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"]["code"] == "number_kind_unknown"
    assert "auto uscc sc" in done.stderr


def test_what_cannot_be_read_is_set_aside_and_the_rest_goes_on(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    done = call("gtin", "6901234567892", " ", "9" * 300, "--json")
    assert done.exit_code == 3
    assert [d["valid"] for d in json.loads(done.stdout)] == [True]
    kept = [json.loads(line) for line in (tmp_path / "pinzhi.refused.ndjson").read_text("utf-8").splitlines()]
    assert [(r["line"], r["code"]) for r in kept] == [(2, "number_empty"), (3, "number_too_long")]


def test_values_from_standard_input_and_a_guess():
    done = call("auto", "-", "--json", input="粤妆20170110\nGBT14272—2021\n")
    assert [(d["kind"], d["normalised"]) for d in json.loads(done.stdout)] == [
        ("cosmetics", "粤妆20170110"),
        ("standard", "GB/T 14272-2021"),
    ]


def test_the_day_counts():
    assert not json.loads(call("ccc", "2025010902240555", "--as-of", "2024-12-31", "--json").stdout)["valid"]
    assert json.loads(call("ccc", "2025010902240555", "--as-of", "2025-01-01", "--json").stdout)["valid"]


def test_people_read_both_languages_and_the_mark():
    said = call("device", "国械注准20193140123").stdout
    assert "需核对 / to be checked" in said
    assert "第三类 · class III" in said


def test_it_needs_neither_django_nor_a_table_engine():
    code = (
        "import sys; from pinzhi.doors.cli.main import main\n"
        "try: main(['admission', 'number', 'gtin', '6901234567892'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'django', 'pyarrow', 'duckdb', 'numpy'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"
