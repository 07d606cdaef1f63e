"""`pinzhi admission submit`: a result for every listing, bad rows set aside, the same file again stores nothing."""

import json

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.admission import command
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.tests.goods import ABSOLUTE, CLEAN, DOUBTFUL
from pinzhi.people.models import Account, Grant, Organisation

pytestmark = pytest.mark.django_db


def row(id_, title, merchant="M1", **more):
    return {"id": id_, "merchant_id": merchant, "category": "服装/T恤", "title": title, **more}


@pytest.fixture
def run(tmp_path):
    def go(rows, *args):
        source, out = tmp_path / "in.ndjson", tmp_path / "out.ndjson"
        source.write_text("\n".join(json.dumps(r) if isinstance(r, dict) else r for r in rows), encoding="utf-8")
        done = CliRunner().invoke(command, ["submit", str(source), "--out", str(out), "--json", *args])
        results = [json.loads(line) for line in out.read_text().splitlines()] if out.exists() else []
        aside = tmp_path / "out.ndjson.refused.ndjson"
        refused = [json.loads(line) for line in aside.read_text().splitlines()] if aside.exists() else []
        return done, results, refused

    return go


ROWS = [
    row("L1", CLEAN),
    row("L2", ABSOLUTE),
    "{not json",
    row("L3", DOUBTFUL),
    row("L4", "", price="1.00"),
    row("L5", CLEAN, price="-1"),
]


def test_every_listing_gets_its_answer_and_bad_rows_stop_none(run):
    done, results, refused = run(ROWS)
    assert done.exit_code == 3, done.output
    assert [(r["id"], r["state"]) for r in results] == [("L1", "passed"), ("L2", "refused"), ("L3", "pending")]
    assert results[1]["reasons_zh"][0].startswith("标题：“全网第一品牌”")
    assert results[1]["findings"][0]["start"] == 0
    assert [r["line"] for r in refused] == [3, 5, 6]
    assert {r["code"] for r in refused} >= {"field_missing", "price_negative"}
    assert Submission.objects.count() == 3


def test_the_same_file_again_stores_nothing(run):
    _, first, _ = run(ROWS[:2])
    done, again, _ = run(ROWS[:2])
    assert done.exit_code == 0
    assert [r["submission"] for r in again] == [r["submission"] for r in first]
    assert [r["fresh"] for r in again] == [False, False]
    assert Submission.objects.count() == 2


def test_a_merchants_account_submits_its_own_only(run):
    from pinzhi.kernel import clock

    organisation = Organisation.objects.create(name="shop", kind="merchant", merchant_id="M1")
    account = Account.objects.create(username="shop", organisation=organisation)
    Grant.objects.create(account=account, role="merchant", given_at=clock.now())
    done, results, refused = run([row("L1", CLEAN), row("L2", CLEAN, "M2")], "--as", "shop")
    assert done.exit_code == 3
    assert [r["id"] for r in results] == ["L1"]
    assert [(r["line"], r["code"]) for r in refused] == [(2, "listing_unknown")]
    assert Submission.objects.get().by == "person:merchant"
    nobody, _, _ = run([row("L9", CLEAN)], "--as", "nobody")
    assert nobody.exit_code == 1
    assert Submission.objects.count() == 1
