"""The contract on four kinds of chain: only its operator writes, sizes only grow, a root is for ever; through our own JSON-RPC adapter over HTTP."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import pytest

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.anchoring import contract as contracts
from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.contract import Contract, anchor_call, compiled, origin_hash, prepare, selector, send
from pinzhi.ledger.anchoring.tests.chains import OPERATOR, STRANGER, Evm, anvil, deployed, door, foreign, receipt
from pinzhi.ledger.anchoring.transactions import Account, Fee

ROOT = Path(__file__).parents[5]
LOG = origin_hash("example.com/log")
OTHER = origin_hash("example.com/other")


def root(size):
    return hashlib.sha256(b"root %d" % size).digest()


def code(no):
    return no.value.refusal.code


@pytest.fixture(scope="module", params=["py-evm", "py-evm without base fee", "anvil london", "anvil prague"])
def chain(request):
    """(a chain, whether it has a base fee)."""
    if request.param.startswith("py-evm"):
        base_fee = request.param == "py-evm"
        with door(Evm(base_fee=base_fee)) as address:
            yield Chain(address)
    else:
        with anvil("--hardfork", request.param.split()[1]) as address:
            yield Chain(address)


@pytest.fixture(scope="module")
def ours(chain):
    return deployed(chain)


def write(ours, size, which=LOG, account=OPERATOR, what=None, *, legacy=False):
    made = prepare(ours.chain, account, ours.address, anchor_call(which, size, what or root(size)), legacy=legacy)
    send(ours.chain, made)
    return receipt(ours.chain, made.hash)


def test_the_shipped_code_is_what_the_source_compiles_to():
    foreign("vyper", "vyper")
    done = subprocess.run(
        [sys.executable, ROOT / "tools" / "contract.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_shipped_code_is_of_the_shipped_source_and_its_functions_are_those_that_we_call():
    folder = Path(contracts.__file__).parent
    document = json.loads((folder / "anchor.json").read_text())
    assert document["source_sha256"] == hashlib.sha256((folder / "anchor.vy").read_bytes()).hexdigest()
    assert compiled().runtime in compiled().making
    signatures = {
        f"{e['name']}({','.join(i['type'] for i in e['inputs'])})": e["stateMutability"]
        for e in document["abi"]
        if e["type"] == "function"
    }
    assert signatures == {
        "anchor(bytes32,uint64,bytes32)": "nonpayable",
        "latest(bytes32)": "view",
        "operator()": "view",
        "root_at(bytes32,uint64)": "view",
    }
    assert all(b"\x63" + selector(s).lstrip(b"\0") in compiled().runtime for s in signatures)


def test_a_root_is_written_once_by_its_operator_for_a_size_that_grows(ours):
    assert ours.operator == OPERATOR.address
    assert (ours.latest(LOG), ours.root_at(LOG, 10)) == (0, None)
    first = write(ours, 10)
    assert first.done
    assert (ours.latest(LOG), ours.root_at(LOG, 10), ours.root_at(LOG, 9)) == (10, root(10), None)
    later = write(ours, 300)
    assert (ours.latest(LOG), ours.root_at(LOG, 300), ours.root_at(LOG, 10)) == (300, root(300), root(10))
    assert ours.latest(OTHER) == 0
    assert first.gas <= 75_000
    assert later.gas <= 60_000, "goal T12"
    with pytest.raises(RefusedError) as no:
        write(ours, 300, what=root(1))
    assert (code(no), "size must grow" in no.value.refusal.reason) == ("chain_refused", True)
    with pytest.raises(RefusedError):
        write(ours, 299)
    with pytest.raises(RefusedError) as no:
        write(ours, 301, account=STRANGER)
    assert "operator only" in no.value.refusal.reason
    with pytest.raises(RefusedError) as no:
        write(ours, 301, what=bytes(32))
    assert "root is empty" in no.value.refusal.reason
    assert (ours.latest(LOG), ours.root_at(LOG, 300), ours.root_at(LOG, 301)) == (300, root(300), None)


def test_a_refused_write_that_is_sent_all_the_same_changes_nothing(ours):
    """Not only the node's trial says no, the contract does: sent with gas that was never tried."""
    from pinzhi.ledger.anchoring.transactions import Transaction

    write(ours, 5, OTHER)
    chain = ours.chain
    for account, size in ((OPERATOR, 5), (OPERATOR, 4), (STRANGER, 6)):
        call = anchor_call(OTHER, size, root(1))
        fee = chain.fee(legacy=True)
        raw = Transaction(chain.chain_id(), chain.nonce(account.address), 100_000, fee, ours.address, call).signed(
            account
        )
        chain.send(raw)
        assert not receipt(chain, contracts.keccak256(raw)).done
    assert (ours.latest(OTHER), ours.root_at(OTHER, 5), ours.root_at(OTHER, 6)) == (5, root(5), None)


def test_a_legacy_transaction_is_taken_everywhere(ours):
    third = origin_hash("example.com/legacy")
    assert ours.chain.fee(legacy=True).tip is None
    assert write(ours, 7, third, legacy=True).done
    assert ours.root_at(third, 7) == root(7)


def test_what_is_not_our_contract_is_not_taken_for_it(chain):
    with pytest.raises(RefusedError) as no:
        Contract.at(chain, b"\x77" * 20)
    assert code(no) == "contract_missing"
    # A maker that returns one byte of code, STOP: PUSH1 1 PUSH1 0 RETURN over empty memory.
    made = prepare(chain, OPERATOR, b"", bytes.fromhex("60016000f3"), legacy=False)
    send(chain, made)
    with pytest.raises(RefusedError) as no:
        Contract.at(chain, receipt(chain, made.hash).contract)
    assert code(no) == "contract_of_others"


def test_an_account_without_money_is_named_before_anything_is_sent(chain, ours):
    poor = Account(b"\x33" * 32)
    with pytest.raises(RefusedError) as no:
        prepare(chain, poor, b"", compiled().making, legacy=False)
    assert code(no) == "account_empty"
    assert "0x" in no.value.refusal.reason
    assert chain.nonce(poor.address) == 0


def test_the_same_transaction_twice_is_one(ours):
    fourth = origin_hash("example.com/twice")
    made = prepare(ours.chain, OPERATOR, ours.address, anchor_call(fourth, 3, root(3)), legacy=False)
    before = ours.chain.nonce(OPERATOR.address)
    send(ours.chain, made)
    assert receipt(ours.chain, made.hash).done
    send(ours.chain, made)
    assert ours.chain.nonce(OPERATOR.address) == before + 1


def test_a_replacement_pays_an_eighth_more():
    assert Fee(100, 2).above(100) == Fee(113, 3)
    assert Fee(200, 2).above(100) == Fee(200, 2)
    assert Fee(100).above(100) == Fee(113)
