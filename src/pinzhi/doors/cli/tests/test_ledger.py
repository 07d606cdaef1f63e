"""`pinzhi ledger`: what a person types, what comes out, and that `pinzhi-verify` believes it."""

import json
from datetime import timedelta

import pytest
from click.testing import CliRunner

from pinzhi.decisions.models import DecisionRow
from pinzhi.decisions.tests.samples import T0, issued
from pinzhi.doors.cli.chores import sign_log
from pinzhi.doors.cli.main import main
from pinzhi.kernel import clock
from pinzhi.ledger import store, verify
from pinzhi.ledger.models import SignedCheckpoint

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def key_folder(tmp_path, settings):
    settings.LEDGER_KEYS = tmp_path / "keys"
    return settings.LEDGER_KEYS


def pinzhi(line, status=0):
    done = CliRunner().invoke(main, ["ledger", *line.split()])
    assert done.exit_code == status, (done.output, done.exception)
    return done


def test_from_a_decision_to_a_verdict_on_another_machine(tmp_path):
    row = issued()
    kept = tmp_path / "kept"
    kept.write_text(pinzhi("checkpoint").stdout)
    issued(source="monitoring:S2", at=T0 + timedelta(hours=1))
    pinzhi(f"prove --decision {row.id} --since {kept} --out {tmp_path / 'p.json'}")
    pinzhi("checkpoint")
    pinzhi(f"prove 3 --since {kept} --format tlog --out {tmp_path / 'p.tlog-proof'}")
    (tmp_path / "policy").write_text(pinzhi("policy").stdout)
    with_old = ["--policy", str(tmp_path / "policy"), "--checkpoint", str(kept)]
    assert verify.run([str(tmp_path / "p.tlog-proof"), *with_old]) == 0
    assert verify.run([str(tmp_path / "p.json"), "--policy", str(tmp_path / "policy")]) == 0
    audited = json.loads(pinzhi(f"audit --policy {tmp_path / 'policy'} --checkpoint {kept} --json").stdout)
    assert (audited["valid"], audited["size"], audited["older_checkpoints"], audited["findings"]) == (True, 4, 1, [])


def test_standard_output_is_the_proof_itself(tmp_path):
    issued()
    (tmp_path / "p").write_text(pinzhi("prove 0").stdout)
    (tmp_path / "t").write_text(pinzhi("prove 0 --format tlog").stdout)
    (tmp_path / "policy").write_text(pinzhi("policy").stdout)
    assert verify.run([str(tmp_path / "p"), str(tmp_path / "t"), "--policy", str(tmp_path / "policy")]) == 0
    assert json.loads(pinzhi("prove 0 --json").stdout)["index"] == 0


def test_refusals_and_wrong_usage():
    issued()
    assert "leaf_unknown" in pinzhi("prove 99", 1).stderr
    assert "leaf_unknown" in pinzhi("prove --decision nobody", 1).stderr
    assert json.loads(pinzhi("prove 99 --json", 1).stdout)["refused"]["code"] == "leaf_unknown"
    pinzhi("prove", 2)
    pinzhi("prove 0 --decision x", 2)
    pinzhi("prove -- -1", 2)


def test_the_audit_names_what_it_finds_and_exits_1():
    row = issued()
    pinzhi("checkpoint")
    assert "the ledger is whole" in pinzhi("audit").stdout
    DecisionRow.objects.filter(pk=row.id).update(effect="ban")
    done = pinzhi("audit", 1)
    assert "value_changed" in done.stdout
    assert "与账本的承诺不符" in done.stdout
    assert json.loads(pinzhi("audit --json", 1).stdout)["valid"] is False


def test_keys_are_listed_rotated_and_retired():
    assert "no keys yet" in pinzhi("keys").stdout
    issued()
    pinzhi("checkpoint")
    (old,) = json.loads(pinzhi("keys --json").stdout)["keys"]
    assert "last_key" in pinzhi(f"keys --retire {old['id']}", 1).stderr
    assert [k["state"] for k in json.loads(pinzhi("keys --rotate --json").stdout)["keys"]] == ["signing", "signing"]
    assert len(pinzhi("checkpoint").stdout.split("\n\u2014 ")) == 3
    assert [k["state"] for k in json.loads(pinzhi(f"keys --retire {old['id']} --json").stdout)["keys"]] == [
        "retired",
        "signing",
    ]
    assert len(json.loads(pinzhi("policy --json").stdout)["logs"]) == 1
    assert len(json.loads(pinzhi("policy --all --json").stdout)["logs"]) == 2
    assert "the ledger is whole" in pinzhi("audit").stdout


def test_the_worker_signs_once_a_second_at_most():
    with clock.frozen_at(T0):
        assert sign_log() == 0
        issued()
        assert sign_log() == 2
        issued(source="monitoring:S2")
        assert sign_log() == 0
    with clock.frozen_at(T0 + timedelta(seconds=1)):
        assert sign_log() == 2
        assert sign_log() == 0
    assert (SignedCheckpoint.objects.count(), store.latest().size) == (2, 4)
