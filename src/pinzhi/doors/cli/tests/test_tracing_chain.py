"""`pinzhi tracing capture | trace | recall` as an operator sees them."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pinzhi.doors.cli.main import main
from pinzhi.ledger import verify
from pinzhi.life.tracing.models import Event, Recall
from pinzhi.life.tracing.tests.chains import FACTORY, GTIN, PALLET, document, lot, made, packed, seen, unit

pytestmark = pytest.mark.django_db


def run(*arguments, code=0):
    result = CliRunner().invoke(main, ["tracing", *arguments], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return result


def answer(*arguments, code=0):
    return json.loads(run(*arguments, "--json", code=code).stdout)


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "events.json"
    path.write_bytes(
        document(
            made(1, [unit("A1"), unit("A2")], "L7"), packed(2, [unit("A1")]), seen(3, [PALLET], "shipping", FACTORY)
        )
    )
    return str(path)


def test_a_document_is_taken_in_traced_and_called_back_in_a_drill(file, tmp_path):
    (taken,) = answer("capture", file)
    assert (taken["accepted"], taken["duplicate"], taken["refused"], taken["errors"]) == (3, 0, 0, [])
    found = answer("trace", unit("A1"), "--proofs", str(tmp_path / "proofs"))
    assert [e["step"] for e in found["events"]] == ["commissioning", "packing", "shipping"]
    assert found["lot"] == lot("L7")
    assert len(found["proofs"]) == 3
    table = answer("recall", "--batch", f"{GTIN}/L7", "--drill")
    assert {k: table[k] for k in ("made", "sold", "located", "notified", "returned", "under_way", "unaccounted")} == {
        "made": 2, "sold": 0, "located": 1, "notified": 0, "returned": 0, "under_way": 1, "unaccounted": 0,
    }  # fmt: skip
    assert Recall.objects.get().drill


def test_the_proof_of_an_event_verifies_offline(file, tmp_path):
    run("capture", file)
    (first, *_) = answer("trace", unit("A1"), "--proofs", str(tmp_path / "proofs"))["proofs"]
    policy = tmp_path / "policy"
    policy.write_text(CliRunner().invoke(main, ["ledger", "policy"], catch_exceptions=False).stdout)
    assert verify.run([first, "--policy", str(policy)]) == 0
    changed = tmp_path / "changed.json"
    changed.write_text(
        Path(first).read_text(encoding="utf-8").replace('"owner": ""', '"owner": "M9"'), encoding="utf-8"
    )
    assert changed.read_text(encoding="utf-8") != Path(first).read_text(encoding="utf-8")
    assert verify.run([str(changed), "--policy", str(policy)]) != 0


def test_a_bad_event_is_shown_with_its_place_in_both_languages(tmp_path):
    path = tmp_path / "bad.json"
    path.write_bytes(document(made(1, [unit("A1")]), made(2, [unit("A2")]) | {"bizStep": "nonsense"}))
    said = run("capture", str(path), code=1).stdout
    assert "1 stored, 0 known, 1 refused" in said
    assert "CBV 中没有「nonsense」" in said
    assert answer("capture", str(path), "--all-or-nothing", code=1)[0]["accepted"] == 0
    assert Event.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("capture", "/nowhere/x.json"), "file_unreadable"),
        (("trace", "https://id.gs1.org/01/06901234567892/21/none"), "thing_unknown"),
        (("recall", "--batch", "nix", "--drill"), "batch_unknown"),
    ],
)
def test_what_is_not_there_is_refused_in_one_line(arguments, code):
    result = CliRunner().invoke(main, ["tracing", *arguments], catch_exceptions=False)
    assert result.exit_code == 1
    assert code in result.output
    assert "Traceback" not in result.output


def test_a_recall_is_a_persons():
    result = CliRunner().invoke(main, ["tracing", "recall", "--batch", "L7", "--reason", "x"])
    assert result.exit_code == 2
    assert "--as" in result.output


def test_goods_without_a_gtin_are_numbered(settings):
    from pinzhi.catalogue import actions as catalogue
    from pinzhi.catalogue.contracts import BatchEntry, ListingEntry, MerchantEntry
    from pinzhi.kernel.values import Kind
    from pinzhi.people.roles import Actor

    house = Actor.system("test")
    catalogue.register_entries(Kind.MERCHANT, [MerchantEntry("M1", "一号店")], house)
    catalogue.register_entries(Kind.LISTING, [ListingEntry("L1", "M1", category="手工", title="手工竹篮")], house)
    catalogue.register_entries(Kind.BATCH, [BatchEntry("B1", "M1", listing_id="L1")], house)
    assert "PINZHI_GS1_PREFIX" in run("number", "B1", code=1).output
    settings.GS1_PREFIX = "6912345"
    assert answer("number", "B1")["gtin"] == answer("number", "B1")["gtin"] == "06912345000000"
