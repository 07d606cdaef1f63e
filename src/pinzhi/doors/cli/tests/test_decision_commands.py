"""`pinzhi decisions · webhooks · policy` as an operator and a script see them."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from pinzhi.decisions import actions, policies
from pinzhi.decisions.models import PolicyVersion, Subscription
from pinzhi.doors.cli.main import main
from pinzhi.kernel import clock
from pinzhi.kernel.standing import Effect
from pinzhi.kernel.values import Kind, Subject, Text
from pinzhi.kernel.verdict import Reason
from pinzhi.people.acts import act
from pinzhi.people.models import Account, Grant
from pinzhi.people.roles import Actor, Role

pytestmark = pytest.mark.django_db
T0 = datetime(2026, 5, 3, 8, tzinfo=UTC)
LISTING = Subject(Kind.LISTING, "L1")


def run(*arguments, code=0):
    result = CliRunner().invoke(main, list(arguments), catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def answer(*arguments, code=0):
    return json.loads(run(*arguments, "--json", code=code).stdout)


def issued(subject=LISTING, effect=Effect.RESTRICT, source="monitoring:S1"):
    rule = Actor.rule("monitoring/1#0")
    reason = Reason("returns_above_expectation", Text("退货偏多。", "Too many returns."), (("observed", "14"),))
    with act("x", rule, now=T0) as a:
        return actions.issue(a, subject, effect, [reason], policy="p/1#0", decided_by=rule.label, source=source)


@pytest.fixture
def people():
    for name, role in (("ann", Role.MANAGER), ("ben", Role.MANAGER)):
        account = Account.objects.create_user(username=name, password=None)
        Grant.objects.create(account=account, role=role, given_at=T0)


def test_standing_history_and_show():
    row = issued()
    found = answer("decisions", "standing", "listing:L1")
    assert (found["state"], found["decisions"][0]["id"]) == ("restricted", row.id)
    assert answer("decisions", "standing", "listing:L1", "--at", "2026-05-03")["state"] == "normal"
    assert [d["id"] for d in answer("decisions", "history", "listing:L1")] == [row.id]
    assert answer("decisions", "show", row.id)["digest"] == row.digest
    assert "退货偏多。" in run("decisions", "show", row.id).stdout


def test_what_governs_counts_when_it_is_named():
    issued(Subject(Kind.MERCHANT, "M1"), Effect.BAN)
    assert answer("decisions", "standing", "listing:L1", "--governed-by", "merchant:M1")["state"] == "banned"


def test_refusals_exit_with_one_and_say_what_to_do():
    result = run("decisions", "standing", "L1", code=1)
    assert "subject_unknown" in result.stderr
    assert "→" in result.stderr
    assert answer("decisions", "show", "nothing", code=1)["refused"]["code"] == "decision_unknown"


def test_the_feed_goes_to_a_file_with_its_cursor(tmp_path):
    issued(), issued(effect=Effect.DELIST)
    out = tmp_path / "feed.ndjson"
    said = answer("decisions", "feed", "--out", str(out))
    rows = [json.loads(line) for line in out.read_text().splitlines()]
    assert (said["steps"], said["cursor"]) == (2, rows[-1]["cursor"])
    assert answer("decisions", "feed", "--after", str(said["cursor"]), "--out", str(out))["steps"] == 0


def test_a_person_lifts(people):
    row = issued()
    lifted = answer("decisions", "lift", row.id, "--why-zh", "误判。", "--why-en", "Wrong.", "--as", "ann")
    assert lifted["lift_why"] == {"zh": "误判。", "en": "Wrong."}
    nobody = answer("decisions", "lift", row.id, "--why-zh", "误", "--why-en", "W", "--as", "zoe", code=1)
    assert nobody["refused"]["code"] == "account_unknown"


def test_export_for_the_transparency_database(tmp_path):
    row = issued()
    issued(Subject(Kind.LISTING, "L2"))
    issued(Subject(Kind.LISTING, "L3"), Effect.PROMOTE)
    particulars, out = tmp_path / "p.csv", tmp_path / "sor.ndjson"
    particulars.write_text("kind,id,content_date,ean13\nlisting,L1,2025-11-02,6901234567892\nlisting,,2025-01-01,\n")
    result = run("decisions", "export", "--dsa", "--out", str(out), "--particulars", str(particulars), "--json", code=3)
    assert json.loads(result.stdout)["statements"] == 1
    written = json.loads(out.read_text())
    assert (written["puid"], written["content_date"]) == (row.id, "2025-11-02")
    refused = [json.loads(x) for x in (tmp_path / "sor.ndjson.refused.ndjson").read_text().splitlines()]
    assert sorted(r["code"] for r in refused) == ["content_date_unknown", "field_missing"]
    run("decisions", "export", "--dsa", "--out", str(out), "--particulars", str(particulars), "--calls", code=3)
    assert [s["puid"] for s in json.loads(out.read_text())["statements"]] == [row.id]


def test_webhooks_from_the_command_line():
    made = answer("webhooks", "add", "https://hooks.example.com/in", "--name", "market", "--effect", "delist")
    assert made["secret"].startswith("whsec_")
    assert made["effects"] == ["delist"]
    listed = answer("webhooks", "list")
    assert [s["id"] for s in listed] == [made["id"]]
    assert "secret" not in listed[0]
    sending = {k: listed[0][k] for k in ("last_success", "failures", "waiting", "next_attempt", "dead", "silent")}
    assert sending == {
        "last_success": None,
        "failures": 0,
        "waiting": 0,
        "next_attempt": None,
        "dead": 0,
        "silent": False,
    }
    assert answer("webhooks", "rotate", made["id"])["secret"] != made["secret"]
    assert answer("webhooks", "pause", made["id"])["active"] is False
    assert answer("webhooks", "resume", made["id"])["active"] is True
    issued(effect=Effect.DELIST)
    assert answer("webhooks", "replay", made["id"])["queued"] == 1
    answer("webhooks", "remove", made["id"])
    assert not Subscription.objects.exists()
    assert answer("webhooks", "pause", made["id"], code=1)["refused"]["code"] == "subscription_unknown"
    assert answer("webhooks", "add", "http://10.0.0.1/", "--name", "x", code=1)["refused"]["code"] == (
        "webhook_address_refused"
    )


def test_a_policy_from_draft_to_publication(people, tmp_path):
    day = clock.today() + timedelta(days=8)
    file = tmp_path / "p.toml"
    file.write_text(
        policies.packaged_text("decisions")
        .replace("months = 6", "months = 9")
        .replace('version = "2026-11"', 'version = "next"')
        .replace("in_force_from = 2026-11-01", f"in_force_from = {day}")
    )
    made = answer("policy", "draft", str(file), "--affects-merchants", "--as", "ann")
    missing = answer("policy", "publish", str(made["number"]), "--seen", made["digest"], "--as", "ann", code=1)
    assert missing["refused"]["code"] == "backtest_missing"
    answer("policy", "backtest", str(made["number"]), "nothing changes", "--as", "ann")
    assert (
        answer("policy", "publish", str(made["number"]), "--seen", made["digest"], "--as", "ann")["state"] == "signed"
    )
    again = answer("policy", "publish", str(made["number"]), "--seen", made["digest"], "--as", "ann", code=1)
    assert again["refused"]["code"] == "second_person_required"
    assert answer("policy", "publish", str(made["number"]), "--seen", made["digest"], "--as", "ben")["state"] == (
        "published"
    )
    assert PolicyVersion.objects.get().state == "published"
    packaged = answer("policy", "list", "decisions")["packaged"]
    assert answer("policy", "diff", packaged, made["version"]) == [{"path": "appeal.months", "old": 6, "new": 9}]
    assert answer("policy", "show", "decisions")["version"] == packaged
    assert answer("policy", "show", "decisions", "--at", day.isoformat())["version"] == made["version"]
    assert "months = 9" in run("policy", "show", "decisions", "--version", made["version"]).stdout
    assert packaged in run("policy", "list").stdout


def test_a_draft_is_withdrawn(people, tmp_path):
    file = tmp_path / "p.toml"
    file.write_text(policies.packaged_text("decisions").replace("months = 6", "months = 9"))
    made = answer("policy", "draft", str(file), "--internal", "--as", "ann")
    assert answer("policy", "withdraw", made["version"], "--as", "ann")["state"] == "withdrawn"
    file.write_bytes(b"\xff\xfe")
    bad = answer("policy", "draft", str(file), "--internal", "--as", "ann", code=1)
    assert bad["refused"]["code"] == "encoding_not_utf8"


@pytest.mark.parametrize("group", ["decisions", "webhooks", "policy"])
def test_help(group):
    assert "Usage" in run(group, "--help").stdout
