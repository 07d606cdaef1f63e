"""`pinzhi admission watch` as an operator sees it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.engine.models import FactRow
from pinzhi.kernel import clock
from pinzhi.life.admission import actions
from pinzhi.life.admission.contracts import Document, Listing
from pinzhi.people.roles import Actor

pytestmark = pytest.mark.django_db


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["admission", "watch", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def answer(*arguments):
    return json.loads(run(*arguments, "--json").stdout)


def admitted(days):
    """A listing with a paper that ends in so many days."""
    ends = clock.today() + timedelta(days=days)
    document = Document("ccc", "2026010101000001", fields=(("valid_to", ends.isoformat()),))
    listing = Listing("L1", "M1", "服装/T恤", "简约圆领短袖T恤 宽松百搭", documents=(document,))
    return actions.submit(listing, Actor.system("test")).row


def told():
    return [r.payload["days_left"] for r in FactRow.objects.filter(name="PaperExpiring").order_by("seq")]


def test_a_dry_run_looks_at_any_day_and_changes_nothing():
    admitted(20)
    assert answer("--dry-run")["to_tell"] == 1
    later = clock.today() + timedelta(days=21)
    found = answer("--as-of", later.isoformat(), "--dry-run")
    assert (found["to_tell"], found["ended"], found["listings"]) == (0, 1, 1)
    assert [(d["listing"], d["merchant"], d["kind"], d["ended"]) for d in found["due"]] == [("L1", "M1", "ccc", True)]
    assert told() == []


def test_the_run_of_today_speaks_once():
    admitted(20)
    assert {k: answer()[k] for k in ("told", "ended")} == {"told": 1, "ended": 0}
    assert "0 spoken of" in run().stdout
    assert told() == [20]


REGISTER = "lab,cma,cnas,valid_from,valid_to,standard\n青禾检测有限公司,210012345678,,2024-01-01,,{standard}\n"


def test_two_snapshots_of_the_register_tell_what_laboratories_have_lost(tmp_path):
    before, after, bad = tmp_path / "before.csv", tmp_path / "after.csv", tmp_path / "bad.csv"
    before.write_text(REGISTER.format(standard="GB 18401-2010"), encoding="utf-8")
    after.write_text(REGISTER.format(standard="GB 31701-2015"), encoding="utf-8")
    bad.write_text("lab,cma,cnas,valid_from,valid_to,standard\n某检测,,,,,GB 1\n", encoding="utf-8")
    files = ("--labs-before", str(before), "--labs", str(after))
    looked = answer(*files, "--dry-run")
    assert [(x["cma"], x["standard"]) for x in looked["lost"]] == [("210012345678", "GB 18401")]
    assert not FactRow.objects.exists()
    assert answer(*files)["state"] == "done"
    assert FactRow.objects.filter(name="LabLostScope").count() == 1
    assert answer("--labs-before", str(before), "--labs", str(before))["scopes_lost"] == 0
    assert "cma" in run("--labs-before", str(before), "--labs", str(bad), code=1).output
    assert "go together" in run("--labs", str(after), code=2).output
    assert FactRow.objects.filter(name="LabLostScope").count() == 1


def test_another_day_without_a_dry_run_is_refused_and_says_nothing():
    admitted(20)
    result = run("--as-of", (clock.today() + timedelta(days=1)).isoformat(), code=1)
    assert "--dry-run" in result.output
    assert told() == []
