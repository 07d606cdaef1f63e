"""`pinzhi complaints ask`: its document, its languages, its refusals; no framework."""

import json
import subprocess
import sys

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main


def ask(*args, **options):
    return CliRunner().invoke(main, ["complaints", "ask", *args], **options)


def test_a_question_in_one_document():
    done = ask("买到假货可以要求怎么赔偿？", "--json")
    found = json.loads(done.stdout)
    assert done.exit_code == 0
    assert {"answer", "citations", "found", "intent", "handover"} <= set(found)
    assert (found["found"], found["intent"], found["handover"]) == (True, "compensation", None)
    assert (found["citations"][0]["instrument"], found["citations"][0]["article"]) == ("消费者权益保护法", "55")
    assert "价款或者接受服务的费用的三倍" in found["citations"][0]["quotation"]


def test_no_rule():
    found = json.loads(ask("离婚财产怎么分割", "--json").stdout)
    assert (found["found"], found["citations"]) == (False, [])
    assert "没有找到规定" in found["answer"]


def test_a_person():
    found = json.loads(ask("my son swallowed a battery", "--json").stdout)
    assert found["handover"]["reasons"] == ["danger", "minor"]
    assert found["handover"]["severity"] == 1
    assert {c["quotation"] for c in found["citations"]} <= {
        ""
    }  # named for whoever takes over, not quoted at somebody in danger


def test_day_and_language():
    found = json.loads(ask("押金不退怎么办", "--on", "2024-06-30", "--lang", "en", "--json").stdout)
    assert found["citations"][0]["label"] == "E-Commerce Law, art. 21"


def test_from_standard_input():
    assert "第五十五条" in ask("-", input="买到假货可以要求怎么赔偿？\n").stdout


@pytest.mark.parametrize(
    ("args", "status", "code"),
    [(["  ", "--json"], 1, "question_empty"), (["退货", "--on", "2999-01-01", "--json"], 1, "day_in_future")],
)
def test_refused(args, status, code):
    done = ask(*args)
    assert (done.exit_code, json.loads(done.stdout)["refused"]["code"]) == (status, code)


def test_a_day_that_is_none():
    assert ask("退货", "--on", "soon").exit_code == 2


def test_it_needs_neither_framework_nor_database():
    code = "import sys; from pinzhi.doors.cli.main import main\ntry:\n main(['complaints','ask','人工'])\nfinally:\n assert 'django' not in sys.modules"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
