"""`pinzhi admission lab`: the whole way on the command line, by three persons, and what is refused."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli import main
from pinzhi.kernel import clock
from pinzhi.life.admission import shipped
from pinzhi.life.admission.models import RulesetStep, RulesetVersion
from pinzhi.life.admission.tests.goods import person
from pinzhi.people.roles import Role

pytestmark = pytest.mark.django_db

RULE = """version = "9"
[[rule]]
id = "X01"
severity = "H"
law = "advert.absolute_terms"
zh = "“{text}”不得使用。"
en = "«{text}» is not used."
fix_zh = "删去“{text}”。"
fix_en = "Drop «{text}»."
[[rule.group]]
name = "trial"
words = "镇店之宝"
"""


@pytest.fixture
def drafted(tmp_path):
    for name, role in (("ana", Role.ANALYST), ("mei", Role.MANAGER), ("lin", Role.MANAGER)):
        person(name, role)
    (tmp_path / "trial.toml").write_text(RULE, encoding="utf-8")
    return run("draft", str(tmp_path), "--name", "镇店之宝", "--as", "ana")


def run(*words, fails=""):
    done = CliRunner().invoke(main, ["admission", "lab", *map(str, words), "--json"])
    assert done.exit_code == (1 if fails else 0), done.output
    told = json.loads(done.stdout.splitlines()[0])
    assert told.get("refused", {}).get("code", "") == fails
    return told


def stage(version, to, who, *more, **how):
    seen = run("show", version)["seen"]
    return run("stage", version, to, "--seen", seen, "--as", who, *more, **how)


def test_the_whole_way_and_back(drafted):
    number = drafted["number"]
    assert (drafted["stage"], drafted["parent"]) == ("draft", None)
    assert run("backtest", number, "--as", "ana")["holds"] is True
    stage(number, "shadow", "ana")
    stage(number, "percentage", "mei", "--share", 10, fails="shadow_too_short")
    RulesetStep.objects.filter(verb="shadow").update(at=clock.now() - timedelta(days=2))
    assert stage(number, "percentage", "mei", "--share", 10)["asked"] == "percentage"
    assert stage(number, "percentage", "lin", "--share", 10)["share"] == 10
    stage(number, "live", "lin")
    stage(number, "live", "lin", fails="second_person_required")
    assert stage(number, "live", "mei")["stage"] == "live"
    assert [(v["number"], v["stage"]) for v in run("list")["versions"]] == [(number, "live")]
    assert run("revert", number, "--as", "mei", "--why", "误伤")["stage"] == "reverted"
    whole = run("show", number)
    assert [s["verb"] for s in whole["steps"]] == [
        "draft", "backtest", "shadow", "sign", "percentage", "sign", "live", "revert",
    ]  # fmt: skip
    assert whole["steps"][-1]["why"] == "误伤"
    assert {"place": "trial: X01.trial", "entry": "words", "added": ["镇店之宝"], "removed": []} in whole["changes"]
    assert run("list")["shipped"] == shipped.ruleset().hash


def test_what_cannot_be_read_is_refused(tmp_path, drafted):
    (tmp_path / "trial.toml").write_bytes(b"\xff")
    run("draft", str(tmp_path), "--name", "x", "--as", "ana", fails="encoding_not_utf8")
    run("show", 999, fails="ruleset_unknown")
    run("backtest", 1, "--as", "nobody", fails="account_unknown")
    assert RulesetVersion.objects.count() == 1
