"""
Our contract on a chain: reading it, and the transactions that make and feed it (`anchor.vy`; compiled in `anchor.json` by `tools/contract.py`).

Before anything is believed or written, the code at the address is compared with ours: another contract could let somebody change a root afterwards.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.anchoring.chain import Chain
from pinzhi.ledger.anchoring.keccak import keccak256
from pinzhi.ledger.anchoring.transactions import Account, Transaction, checksummed, number, rlp

SPARE = 5
"""A fifth more gas than the node's trial took: the block may differ from the one tried on. What is not used is not paid."""
LEAST_GAS = 21_000
"""What any transaction takes (yellow paper, G_transaction)."""
_NONE = bytes(32)


@dataclass(frozen=True, slots=True)
class Compiled:
    """The contract's code: what makes it, and what then stands at its address before the 32 bytes of its operator."""

    making: bytes
    runtime: bytes


@cache
def compiled() -> Compiled:
    """The shipped code."""
    document = json.loads(Path(__file__).with_name("anchor.json").read_text("utf-8"))
    return Compiled(bytes.fromhex(document["bytecode"][2:]), bytes.fromhex(document["runtime"][2:]))


def address_of(sender: bytes, nonce: int) -> bytes:
    """Where the contract of a transaction without recipient will stand (yellow paper, section 7)."""
    return keccak256(rlp([sender, number(nonce)]))[12:]


def selector(signature: str) -> bytes:
    """The four bytes that name a function."""
    return keccak256(signature.encode())[:4]


def origin_hash(origin: str) -> bytes:
    """How the contract names a log: SHA-256 of its origin line, without the newline."""
    return sha256(origin.encode()).digest()


def _word(value: int) -> bytes:
    return value.to_bytes(32, "big")


def anchor_call(origin: bytes, size: int, root: bytes) -> bytes:
    """The call that writes a root."""
    return selector("anchor(bytes32,uint64,bytes32)") + origin + _word(size) + root


@dataclass(frozen=True, slots=True)
class Contract:
    """Our contract at an address, as the node tells it. Make it with `at`."""

    chain: Chain
    address: bytes
    operator: bytes

    @classmethod
    def at(cls, chain: Chain, address: bytes) -> Contract:
        """Raises RefusedError: `contract_missing`, `contract_of_others` (the code is not ours), and those of the chain."""
        code = chain.code(address)
        if not code:
            raise RefusedError.because(
                "contract_missing",
                f"there is no contract at {checksummed(address)} on chain {chain.chain_id()}",
                "check contract and address, or make one with `pinzhi ledger anchor --deploy`",
            )
        runtime = compiled().runtime
        if len(code) != len(runtime) + 32 or not code.startswith(runtime):
            raise RefusedError.because(
                "contract_of_others",
                f"the code at {checksummed(address)} is not that of our contract",
                "make one with `pinzhi ledger anchor --deploy`",
            )
        return cls(chain, address, code[-20:])

    def latest(self, origin: bytes) -> int:
        """The largest size that was written for a log, 0 before the first."""
        return int.from_bytes(self._read(selector("latest(bytes32)") + origin), "big")

    def root_at(self, origin: bytes, size: int, block: int | None = None) -> bytes | None:
        """The root that was written for a log at a size, now or as of a block; None where none was."""
        root = self._read(selector("root_at(bytes32,uint64)") + origin + _word(size), block)
        return None if root == _NONE else root

    def _read(self, data: bytes, block: int | None = None) -> bytes:
        raw = self.chain.view(self.address, data, block)
        if len(raw) != 32:
            raise RefusedError.because(
                "chain_not_understood",
                f"{self.chain.host} answers a reading of the contract with {len(raw)} bytes, not 32",
                "check that the node has the state of the newest blocks",
            )
        return raw


@dataclass(frozen=True, slots=True)
class Prepared:
    """A signed transaction that was not sent yet, its hash and number, and the price that it offers for a unit of gas."""

    raw: bytes
    hash: bytes
    nonce: int
    price: int


def prepare(chain: Chain, account: Account, to: bytes, data: bytes, *, legacy: bool, above: int = 0) -> Prepared:
    """
    Sign a transaction with the next number of the account, so that of two for one purpose the chain takes one. `above` is the price of one that it replaces.

    Raises RefusedError: `account_empty`, and those of the chain.
    """
    sender = account.address
    fee = chain.fee(legacy=legacy)
    fee = fee.above(above) if above else fee
    has = chain.balance(sender)
    # Asked before the trial: with an empty account some nodes refuse that in words of their own.
    _must_pay(sender, has, LEAST_GAS * fee.most, "more than")
    gas = chain.gas(sender, to, data)
    gas += gas // SPARE
    _must_pay(sender, has, gas * fee.most, "up to")
    nonce = chain.nonce(sender)
    raw = Transaction(chain.chain_id(), nonce, gas, fee, to, data).signed(account)
    return Prepared(raw, keccak256(raw), nonce, fee.most)


def _must_pay(sender: bytes, has: int, costs: int, bound: str) -> None:
    if has < costs:
        raise RefusedError.because(
            "account_empty",
            f"the account {checksummed(sender)} has {has} wei, the transaction costs {bound} {costs}",
            "send it some of the chain's money",
        )


def send(chain: Chain, prepared: Prepared) -> bytes:
    """
    Hand it in; gives the hash by which the node knows it. A node that says no but has it (it was sent before) is content.

    Raises RefusedError of the chain.
    """
    try:
        return chain.send(prepared.raw)
    except RefusedError as no:
        if no.refusal.code != "chain_refused" or not chain.known(prepared.hash):
            raise
        return prepared.hash
