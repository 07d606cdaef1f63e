"""
A chain as its node tells it over JSON-RPC (`eth_*`, ethereum.github.io/execution-apis): Ethereum and its relatives, Hyperledger Besu, FISCO BCOS with its Web3
door. Ten calls and no library: everything that a node answers is judged before it is used.

Raises RefusedError: `chain_unreachable`, `chain_not_understood` (no JSON-RPC, or a value that is none), `chain_refused` (the node says no, in its words).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.anchoring.transactions import Fee
from pinzhi.ledger.asking import ask

MOST_BYTES = 1 << 22
"""Blocks are asked without their transactions, but some nodes list many hashes."""
_QUANTITY = re.compile(r"0x[0-9a-fA-F]{1,64}\Z")
_DATA = re.compile(r"0x(?:[0-9a-fA-F]{2})*\Z")


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of a transaction: whether it did what it should, in which block, the gas it took, and the contract that it made."""

    done: bool
    block: int
    gas: int
    contract: bytes


@dataclass(frozen=True, slots=True)
class Chain:
    """One node. `address` may carry an access key and is therefore never repeated; refusals name the host."""

    address: str
    seconds: float = 10.0

    def ask(self, method: str, *params: object) -> Any:
        """One call; the bare result."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()
        headers = {"Content-Type": "application/json"}
        said = ask("POST", self.address, body, headers=headers, seconds=self.seconds, most=MOST_BYTES)
        if said.status == 0:
            raise RefusedError.because(
                "chain_unreachable",
                f"the node {self.host} did not answer",
                "start the node or mend the address; nothing is lost, the anchor is tried again",
            )
        try:
            answer = json.loads(said.body)
        except ValueError:
            answer = None
        if not isinstance(answer, dict) or not ("error" in answer or "result" in answer):
            raise self._nonsense(method, f"status {said.status} without a JSON-RPC answer")
        if answer.get("error"):
            error = answer["error"]
            words = str(error.get("message", "") if isinstance(error, dict) else error)[:200]
            raise RefusedError.because(
                "chain_refused", f"{self.host} refuses {method}: {words}", "see docs/reference/ledger.md"
            )
        return answer["result"]

    @property
    def host(self) -> str:
        """Host and port of the node."""
        return urlsplit(self.address).netloc.rpartition("@")[2]

    def _nonsense(self, method: str, what: str) -> RefusedError:
        return RefusedError.because(
            "chain_not_understood",
            f"{self.host} answers {method} with {what}",
            "check that the address is the JSON-RPC door of a node",
        )

    def _quantity(self, method: str, value: object) -> int:
        if not isinstance(value, str) or not _QUANTITY.match(value):
            raise self._nonsense(method, "something that is no number")
        return int(value, 16)

    def _counted(self, method: str, value: object) -> int:
        """A number that the database can hold."""
        if (number := self._quantity(method, value)) >= 1 << 63:
            raise self._nonsense(method, "a number beyond all blocks")
        return number

    def _data(self, method: str, value: object) -> bytes:
        if not isinstance(value, str) or not _DATA.match(value):
            raise self._nonsense(method, "something that is no bytes")
        return bytes.fromhex(value[2:])

    def number(self, method: str, *params: object) -> int:
        """A call that answers with a number."""
        return self._quantity(method, self.ask(method, *params))

    def chain_id(self) -> int:
        """Which chain this is."""
        return self.number("eth_chainId")

    def height(self) -> int:
        """The number of the newest block."""
        return self._counted("eth_blockNumber", self.ask("eth_blockNumber"))

    def nonce(self, account: bytes) -> int:
        """How many transactions of an account stand in blocks: the number of its next one, which takes the place of one that waits."""
        return self.number("eth_getTransactionCount", _hex(account), "latest")

    def balance(self, account: bytes) -> int:
        """What an account has, in wei."""
        return self.number("eth_getBalance", _hex(account), "latest")

    def code(self, contract: bytes) -> bytes:
        """The code at an address, empty where there is none."""
        return self._data("eth_getCode", self.ask("eth_getCode", _hex(contract), "latest"))

    def view(self, contract: bytes, data: bytes, block: int | None = None) -> bytes:
        """A reading call, at the newest block or at an older one."""
        at = "latest" if block is None else hex(block)
        return self._data("eth_call", self.ask("eth_call", {"to": _hex(contract), "data": _hex(data)}, at))

    def gas(self, sender: bytes, to: bytes, data: bytes) -> int:
        """What a transaction will take, by the node's own trial of it. Raises RefusedError(`chain_refused`) where the contract says no."""
        call = {"from": _hex(sender), "data": _hex(data)} | ({"to": _hex(to)} if to else {})
        return self.number(
            "eth_estimateGas", call, "latest"
        )  # not on top of what waits: a replacement is tried as if alone

    def fee(self, *, legacy: bool) -> Fee:
        """
        The present price: twice the base fee (enough for six full blocks to come) and a tip; the node's own price where the chain has no base fee, or where
        `legacy` asks for it.
        """
        block = None if legacy else self.ask("eth_getBlockByNumber", "latest", False)
        if not isinstance(block, dict) or block.get("baseFeePerGas") is None:
            return Fee(self.number("eth_gasPrice"))
        base = self._quantity("eth_getBlockByNumber", block["baseFeePerGas"])
        try:
            tip = self.number("eth_maxPriorityFeePerGas")
        except RefusedError as no:
            if no.refusal.code != "chain_refused":
                raise
            tip = max(0, self.number("eth_gasPrice") - base)
        return Fee(2 * base + tip, tip)

    def send(self, raw: bytes) -> bytes:
        """Hand in a signed transaction; gives the hash by which the node knows it."""
        return self._data("eth_sendRawTransaction", self.ask("eth_sendRawTransaction", _hex(raw)))

    def known(self, transaction: bytes) -> bool:
        """Whether the node has a transaction. Some (FISCO BCOS) tell of one only when it is in a block."""
        return self.ask("eth_getTransactionByHash", _hex(transaction)) is not None

    def receipt(self, transaction: bytes) -> Receipt | None:
        """What became of a transaction; None while it is in no block."""
        method = "eth_getTransactionReceipt"
        found = self.ask(method, _hex(transaction))
        if found is None:
            return None
        if not isinstance(found, dict) or "blockNumber" not in found:
            raise self._nonsense(method, "something that is no receipt")
        if found["blockNumber"] is None:
            return None
        return Receipt(
            self._quantity(method, found.get("status")) == 1,
            self._counted(method, found["blockNumber"]),
            self._counted(method, found.get("gasUsed")),
            self._data(method, found.get("contractAddress") or "0x"),
        )


def _hex(raw: bytes) -> str:
    return "0x" + raw.hex()
