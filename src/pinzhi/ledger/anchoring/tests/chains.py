"""Chains for the tests: py-evm behind a JSON-RPC door of ours, and a real node (anvil) where `tools/chain_node.py` has fetched it. Loopback only."""

import ast
import contextlib
import json
import re
import socket
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.contract import Contract, compiled, prepare, send
from pinzhi.ledger.anchoring.keccak import keccak256
from pinzhi.ledger.anchoring.transactions import Account

OPERATOR, STRANGER = Account(b"\x11" * 32), Account(b"\x22" * 32)
ETHER = 10**18
NODE = Path(__file__).parents[5] / "var" / "npm" / "chain" / "anvil"


def foreign(module, package):
    """A package of the tests; skips where it is not installed. Some raise the limit of recursion for the whole process when imported: it is put back."""
    limit = sys.getrecursionlimit()
    try:
        return pytest.importorskip(module, reason=f"{package} is not installed: make setup-test")
    finally:
        sys.setrecursionlimit(limit)


class Evm:
    """py-evm as a node: blocks at once, or where `by_hand`, when `mine` says so. `base_fee=False` hides the base fee, as chains without one do."""

    def __init__(self, *, base_fee=True, by_hand=False):
        tester = foreign("eth_tester", "eth-tester")
        self.tester = tester.EthereumTester(tester.PyEVMBackend())
        self.by_hand, self.waiting = by_hand, {}
        self.base_fee, self.lock, self.asked, self.fails = base_fee, threading.Lock(), [], {}
        for account in (OPERATOR, STRANGER):
            self.anvil_set_balance("0x" + account.address.hex(), hex(10 * ETHER))

    def mine(self, blocks=1):
        """Blocks with what waits, the newest first: of two with one number the later takes effect."""
        from eth_utils.exceptions import ValidationError

        made = 0
        for raw in reversed(self.waiting.values()):
            with contextlib.suppress(ValidationError):
                self.tester.send_raw_transaction(raw)
                made += 1
        self.waiting.clear()
        self.tester.mine_blocks(max(0, blocks - made))

    def answer(self, method, params):
        """The result of a call. Raises ValueError where the EVM says no; the door turns it into an error."""
        from eth_tester.exceptions import BlockNotFound, TransactionFailed, TransactionNotFound, ValidationError
        from eth_utils.exceptions import ValidationError as InvalidError

        self.asked.append(method)
        does = getattr(self, re.sub("[A-Z]", lambda c: f"_{c[0].lower()}", method), None)
        if method in self.fails or does is None:
            raise ValueError(self.fails.get(method, f"the method {method} does not exist"))
        try:
            said = does(*params)
        except (BlockNotFound, TransactionNotFound):
            return None
        except TransactionFailed as why:
            raise ValueError(f"execution reverted: {_words(why)}") from why
        except (ValidationError, InvalidError) as why:
            raise ValueError(f"invalid: {why}") from why
        return hex(said) if isinstance(said, int) else said

    def anvil_set_balance(self, account, wei):
        """As anvil calls it; here it is given by one who was born rich."""
        rich = self.tester.get_accounts()[0]
        self.tester.send_transaction({"from": rich, "to": account, "value": int(wei, 16), "gas": 21000})

    def eth_chain_id(self):
        return self.tester.backend.chain.chain_id

    def eth_block_number(self):
        return self.tester.get_block_by_number("latest")["number"]

    def eth_get_transaction_count(self, account, at):
        return self.tester.get_nonce(account, at)

    def eth_get_balance(self, account, at):
        return self.tester.get_balance(account, at)

    def eth_get_code(self, account, at):
        return self.tester.get_code(account, at)

    def eth_call(self, call, at):
        return self.tester.call(self._call(call), self._block(at))

    def eth_estimate_gas(self, call, at):
        return self.tester.estimate_gas(self._call(call), self._block(at))

    def eth_gas_price(self):
        return 2 * 10**9

    def eth_max_priority_fee_per_gas(self):
        return 10**9

    def eth_get_block_by_number(self, at, _whole):
        block = self.tester.get_block_by_number(at)
        return {"number": hex(block["number"])} | (
            {"baseFeePerGas": hex(block["base_fee_per_gas"])} if self.base_fee else {}
        )

    def eth_send_raw_transaction(self, raw):
        if not self.by_hand:
            return self.tester.send_raw_transaction(raw)
        name = "0x" + keccak256(bytes.fromhex(raw[2:])).hex()
        self.waiting[name] = raw
        return name

    def eth_get_transaction_by_hash(self, name):
        if name in self.waiting:
            return {"hash": name}
        return {"hash": self.tester.get_transaction_by_hash(name)["hash"]}

    def eth_get_transaction_receipt(self, name):
        got = self.tester.get_transaction_receipt(name)
        if got["block_number"] is None:
            return None
        return {
            "status": hex(got["status"]),
            "blockNumber": hex(got["block_number"]),
            "gasUsed": hex(got["gas_used"]),
            "contractAddress": got["contract_address"] or None,
        }

    def _call(self, call):
        return {"from": self.tester.get_accounts()[1], "gas": 1_000_000, **call}

    def _block(self, at):
        return at if at == "latest" else int(at, 16)


def _words(why):
    """The sentence of an assertion, out of `Error(string)`."""
    raw = ast.literal_eval(str(why))
    return raw[68 : 68 + int.from_bytes(raw[36:68], "big")].decode()


@contextlib.contextmanager
def door(evm):
    """The address of a JSON-RPC server over it."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.headers["Content-Type"] == "application/json"
            try:
                with evm.lock:
                    said = {"result": evm.answer(asked["method"], asked["params"])}
            except ValueError as why:
                said = {"error": {"code": 3, "message": f"{why}"}}
            body = json.dumps({"jsonrpc": "2.0", "id": asked["id"], **said}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextlib.contextmanager
def anvil(*options):
    """The address of a real node of its own, with both accounts funded. Skips where it was not fetched."""
    if not NODE.is_file():
        pytest.skip("the node anvil is not here: python tools/chain_node.py")
    port = free_port()
    node = subprocess.Popen([NODE, "--port", str(port), "--silent", *options])
    try:
        chain = Chain(f"http://127.0.0.1:{port}/")
        for _ in range(400):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        for account in (OPERATOR, STRANGER):
            chain.ask("anvil_setBalance", "0x" + account.address.hex(), hex(10 * ETHER))
        yield chain.address
    finally:
        node.terminate()
        node.wait(timeout=20)


def receipt(chain, transaction):
    """What became of a transaction; a node may take a moment to make its block."""
    for _ in range(500):
        if (found := chain.receipt(transaction)) is not None:
            return found
        time.sleep(0.02)
    raise AssertionError("the transaction is in no block")


def deployed(chain, account=OPERATOR, *, legacy=False, mine=lambda: None):
    """Our contract, made on a chain."""
    made = prepare(chain, account, b"", compiled().making, legacy=legacy)
    send(chain, made)
    mine()
    return Contract.at(chain, receipt(chain, made.hash).contract)
