"""`pinzhi ledger anchor`: contract made, tree anchored, everything compared, from the command line to a real chain."""

import base64
import hashlib
import json

import pytest
from click.testing import CliRunner

from pinzhi.decisions.tests.samples import issued
from pinzhi.doors.cli import chores, ledger_anchor
from pinzhi.doors.cli.main import main
from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.contract import Contract
from pinzhi.ledger.anchoring.tests.chains import ETHER, Evm, anvil, door, free_port
from pinzhi.ledger.models import Anchor, Leaf

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=["py-evm", "anvil"])
def address(request):
    if request.param == "py-evm":
        with door(Evm()) as address:
            yield address
    else:
        with anvil() as address:
            yield address


@pytest.fixture
def places(tmp_path, settings, monkeypatch):
    """Writes the file of places."""
    settings.LEDGER_KEYS = tmp_path / "keys"
    settings.LEDGER_ANCHORS = str(tmp_path / "anchors.toml")
    monkeypatch.setattr(ledger_anchor, "LOOK", 0.05)

    def write(address, chain_id, more=""):
        text = f'[[chain]]\nname = "dev"\naddress = "{address}"\nchain_id = {chain_id}\n{more}\n'
        (tmp_path / "anchors.toml").write_text(text)

    return write


def pinzhi(line, status=0):
    done = CliRunner().invoke(main, ["ledger", "anchor", *line.split()])
    assert done.exit_code == status, (done.output, done.exception)
    return done


def funded(address, account):
    """Money for an account, from one that the chain was born with."""
    Chain(address).ask("anvil_setBalance", account, hex(ETHER))


def test_from_no_contract_to_anchors_that_agree_and_one_that_does_not(address, places, settings):
    chain = Chain(address)
    places(address, chain.chain_id())
    issued()
    assert "contract_unset" in pinzhi("--now", 1).stderr
    poor = json.loads(pinzhi("--deploy dev --json", 1).stdout)["refused"]
    assert poor["code"] == "account_empty"
    account = next(word for word in poor["reason"].split() if word.startswith("0x"))
    funded(address, account)
    made = json.loads(pinzhi("--deploy dev --json").stdout)
    assert (made["place"], made["operator"], made["chain_id"]) == ("dev", account, chain.chain_id())
    places(address, chain.chain_id(), f'contract = "{made["contract"]}"')
    assert "contract_set" in pinzhi("--deploy dev", 1).stderr

    (done,) = json.loads(pinzhi("--now --json").stdout)["places"]
    assert (done["anchored"]["size"], done["under_way"]) == (2, None)
    issued(source="monitoring:S2")
    pinzhi("--now")
    (again,) = json.loads(pinzhi("--now --json").stdout)["places"]
    assert (again["anchored"]["size"], Anchor.objects.count()) == (4, 2)
    assert again["anchored"]["gas"] <= 60_000, "goal T12"
    assert again["anchored"]["transaction"].startswith("0x")
    assert again["anchored"]["root"][:16] in pinzhi("").stdout

    agreed = json.loads(pinzhi("--check --json").stdout)
    assert agreed == {"valid": True, "compared": 2, "under_way": 0, "not_named": 0, "findings": []}
    folder = settings.LEDGER_KEYS.parent / "handed over"
    written = CliRunner().invoke(main, ["ledger", "anchor", "--export", str(folder), "--json"])
    assert json.loads(written.stdout)["files"] == ["2.txt", "2.checkpoint", "4.txt", "4.checkpoint", "anchors.json"]
    told = json.loads((folder / "anchors.json").read_text())
    assert [a["size"] for a in told["anchors"]] == [2, 4]
    origin, size, root = (folder / "4.txt").read_text().split()
    assert hashlib.sha256(origin.encode()).hexdigest() == told["origin_sha256"]
    at = Contract.at(chain, bytes.fromhex(made["contract"][2:]))
    assert at.root_at(bytes.fromhex(told["origin_sha256"]), int(size)) == base64.b64decode(root)
    Leaf.objects.filter(index=0).update(commitment=b"\x09" * 32)
    differs = pinzhi("--check", 1)
    assert "anchor_not_ours" in differs.stdout
    assert "按现有条目重算" in differs.stdout


def test_wrong_usage_and_refusals(places, settings):
    file, settings.LEDGER_ANCHORS = settings.LEDGER_ANCHORS, ""
    for line in ("", "--now", "--check"):
        assert "no_places" in pinzhi(line, 1).stderr
    settings.LEDGER_ANCHORS = file
    assert "anchors_unreadable" in pinzhi("--check", 1).stderr
    places(f"http://127.0.0.1:{free_port()}/", 7)
    pinzhi("--now --check", 2)
    pinzhi("--now --deploy dev", 2)
    pinzhi("--check --export x", 2)
    assert "file_not_writable" in pinzhi("--export /dev/null/x", 1).stderr
    assert "no_such_chain" in pinzhi("--deploy other", 1).stderr
    assert "chain_unreachable" in pinzhi("--deploy dev", 1).stderr
    places(f"http://127.0.0.1:{free_port()}/", 7, 'contract = "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"')
    issued()
    (there,) = json.loads(pinzhi("--now --json", 1).stdout)["places"]
    assert (there["anchored"], there["under_way"]["trouble"]) == (None, "chain_unreachable")
    assert json.loads(pinzhi("--check --json", 1).stdout)["findings"][0]["code"] == "chain_unreachable"


def test_the_worker_goes_on_whatever_the_file_says(places, settings, caplog):
    chores._anchored.clear()
    settings.LEDGER_ANCHORS = settings.LEDGER_ANCHORS + ".not-there"
    assert chores.anchor_checkpoints() == 0
    assert "anchors_unreadable" in caplog.text
    assert chores.anchor_checkpoints in chores.ASIDE
