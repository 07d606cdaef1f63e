"""`pinzhi law`: shapes, exit codes, no framework."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main


def call(*args):
    return CliRunner().invoke(main, ["law", *args])


@pytest.mark.parametrize(
    ("args", "document"),
    [
        (["--from", "2026-02-13", "--working-days", "7"], {"due": "2026-03-02"}),
        (["--from", "2026-04-20", "--days", "60"], {"due": "2026-06-22"}),
        (["--from", "2026-01-31", "--months", "1"], {"due": "2026-02-28"}),
    ],
)
def test_deadline(args, document):
    done = call("deadline", *args, "--json")
    assert done.exit_code == 0
    assert json.loads(done.stdout) == document


def test_a_year_without_calendar_gives_a_range_and_the_reason():
    done = call("deadline", "--from", "2031-02-01", "--working-days", "7", "--json")
    found = json.loads(done.stdout)
    assert found["earliest"] <= found["latest"]
    assert (found["reason"], found["years"], "due" in found) == ("calendar not published", [2031], False)


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--from", "2026-02-13"], 2),
        (["--from", "2026-02-30", "--days", "3"], 2),
        (["--from", "2026-02-13", "--days", "3", "--months", "1"], 2),
        (["--from", "2999-02-13", "--working-days", "3"], 1),
        (["--from", "2026-02-13", "--working-days", "0"], 1),
    ],
)
def test_exit_codes(args, code):
    assert call("deadline", *args).exit_code == code


def test_calendar_of_a_year():
    found = json.loads(call("calendar", "2026", "--json").stdout)
    assert (found["published"], found["working_days"]) == (True, 248)
    assert "2026-02-14" in found["worked_weekends"]
    assert json.loads(call("calendar", "2027", "--json").stdout)["working_days"] is None
    assert json.loads(call("calendar", "2026", "--as-of", "2025-11-03", "--json").stdout)["published"] is False


def test_it_needs_neither_framework_nor_database():
    code = "import sys; from pinzhi.doors.cli.main import main\ntry:\n main(['law','deadline','--from','2026-02-13','--days','3'])\nfinally:\n assert 'django' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, "2026-02-24\n", "")


def test_rows_of_a_day_in_one_document():
    done = call("rows", "clock.mediation_end", "--as-of", "2026-05-01", "--json")
    (row,) = json.loads(done.stdout)
    assert (row["value"], row["unit"], row["version"], row["verified"]) == ("60", "calendar_day", "令第121号", True)


def test_unverified_rows_carry_the_mark():
    done = call("rows", "--unverified", "--of", "CN")
    assert done.exit_code == 0
    ids = [line for line in done.stdout.splitlines() if not line.startswith(" ")]
    assert len(ids) >= 20
    assert all(line.endswith("[需核对 / to be checked]") for line in ids)


def test_words_that_nothing_fits():
    assert json.loads(call("rows", "nothing", "fits", "--json").stdout) == []


def test_obligations_of_a_span():
    done = call(
        "obligations", "--from", "2026-07-01", "--to", "2026-08-31", "--json",
        "--done", "reverify=2026-02-01", "--event", "publish_sanction=2026-07-03", "--event", "dsa_appeal=2026-07-03",
    )  # fmt: skip
    document = json.loads(done.stdout)
    assert [(d["due"], d["duty"]) for d in document["due"]] == [
        ("2026-07-06", "publish_sanction"),
        ("2026-07-31", "identity_report"),
        ("2026-07-31", "identity_report_livestream"),
        ("2026-08-01", "reverify"),
    ]
    assert "refund" in {d["duty"] for d in document["on_event"]}


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (["--from", "2026-07-01", "--to", "2026-06-30"], "span_not_possible"),
        (["--from", "2026-07-01", "--to", "2026-07-30", "--done", "nothing=2026-01-01"], "duty_unknown"),
        (["--from", "2026-07-01", "--to", "2026-07-30", "--event", "refund=soon"], "duty_day_unreadable"),
    ],
)
def test_obligations_that_cannot_be_answered(args, code):
    done = call("obligations", *args, "--json")
    assert done.exit_code == 1
    assert json.loads(done.stdout)["refused"]["code"] == code


@pytest.mark.shared
@pytest.mark.usefixtures("official_texts")
def test_an_article_in_one_document():
    found = json.loads(call("article", "food", "148", "--on", "2026-05-01", "--json").stdout)
    assert (found["version"], found["article"], found["in_force_from"]) == ("2025年第三次修正", 148, "2025-12-01")
    assert "价款十倍或者损失三倍的赔偿金" in found["text"]
    assert (
        json.loads(call("article", "food", "124", "--on", "2025-05-01", "--json").stdout)["in_force_to"] == "2025-11-30"
    )


@pytest.mark.shared
@pytest.mark.usefixtures("official_texts")
def test_an_article_that_is_not_here():
    done = call("article", "consumer", "99", "--json")
    assert (done.exit_code, json.loads(done.stdout)["refused"]["code"]) == (1, "law_article_unknown")


@pytest.mark.shared
@pytest.mark.usefixtures("official_texts")
def test_texts_that_are_here():
    found = {one["id"]: one for one in json.loads(call("texts", "--json").stdout)}
    assert (found["food"]["articles"], found["food"]["whole"], found["livestream"]["whole"]) == (154, True, False)
    assert found["complaints_20"]["in_force_to"] == "2026-04-14"


@pytest.mark.shared
@pytest.mark.usefixtures("official_texts")
def test_rows_with_the_text_of_their_articles():
    (row,) = json.loads(call("rows", "damages.fraud", "--text", "--as-of", "2026-05-01", "--json").stdout)
    assert [t["article"] for t in row["texts"]] == [55]
    assert "三倍" in row["texts"][0]["text"]
