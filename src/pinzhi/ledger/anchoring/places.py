"""
Where checkpoints are anchored: the file of PINZHI_ANCHORS.

    [[chain]]                                  # a contract on a chain that speaks Ethereum's JSON-RPC
    name = "sepolia"
    address = "https://node.example.org/"      # the node's JSON-RPC door
    chain_id = 11155111
    contract = "0x…"                           # what `pinzhi ledger anchor --deploy` printed
    confirmations = 3                          # blocks, its own among them, before it counts
    legacy = false                             # true for chains without base fee (FISCO BCOS, old Besu)
    hours = 1                                  # how often

    [[authority]]                              # a time-stamp authority (RFC 3161)
    name = "tsa"
    address = "https://tsa.example.org/"
    roots = "tsa-roots.pem"                    # whom we believe; beside this file
    hours = 24

The key that signs for a chain lies beside the log's own, `keys/anchor-<name>.key`, 64 hexadecimal digits, mode 0600.
"""

from __future__ import annotations

import re
import secrets
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.anchoring.transactions import Account, checksummed
from pinzhi.ledger.keys import write_once

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,39}\Z")
_ADDRESS = re.compile(r"0x[0-9a-fA-F]{40}\Z")
_WEB = re.compile(r"https?://[^\s/]+")
MOST_CONFIRMATIONS = 10_000


@dataclass(frozen=True, slots=True)
class ChainPlace:
    """A contract on a chain. `contract` is empty before it was made."""

    name: str
    address: str
    chain_id: int
    contract: bytes
    confirmations: int
    legacy: bool
    every: timedelta


@dataclass(frozen=True, slots=True)
class AuthorityPlace:
    """A time-stamp authority, and the file of certificates that we believe."""

    name: str
    address: str
    roots: Path
    every: timedelta


Place = ChainPlace | AuthorityPlace


def read_places(raw: str, folder: Path) -> tuple[Place, ...]:
    """Read the file; names of other files are beside it, in `folder`. Raises RefusedError(`bad_anchors`) with the place and the value."""
    try:
        document = tomllib.loads(raw)
    except tomllib.TOMLDecodeError as why:
        raise _no(f"the file of anchors is no TOML: {why}") from why
    for word, tables in document.items():
        if word not in ("chain", "authority") or not isinstance(tables, list):
            raise _no(f"«{word}» is neither a [[chain]] nor an [[authority]]")
    found: list[Place] = [
        *(_chain(_Table(t)) for t in document.get("chain", ())),
        *(_authority(_Table(t), folder) for t in document.get("authority", ())),
    ]
    names = [p.name for p in found]
    if twice := [n for n in names if names.count(n) > 1]:
        raise _no(f"the name {twice[0]} is there twice")
    return tuple(found)


def _no(reason: str) -> RefusedError:
    return RefusedError.because(
        "bad_anchors", reason, "mend the file of PINZHI_ANCHORS; docs/reference/ledger.md has one"
    )


class _Table:
    """One table while it is read: every value is taken once and judged, and none may be left over."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.left = dict(values) if isinstance(values, Mapping) else {}
        self.name = str(self.left.get("name", "without name"))

    def take(self, word: str, kind: type, default: Any = None) -> Any:
        value = self.left.pop(word, default)
        if type(value) is not kind:  # True is no number
            raise self.no(word, "is missing" if value is None else f"is not of the type {kind.__name__}")
        return value

    def no(self, word: str, what: str) -> RefusedError:
        return _no(f"the place «{self.name[:40]}»: {word} {what}")

    def named(self) -> str:
        name: str = self.take("name", str)
        if not _NAME.match(name):
            raise self.no("name", "is lower-case letters, digits and hyphens, at most 40")
        return name

    def web(self) -> str:
        address: str = self.take("address", str)
        if not _WEB.match(address):
            raise self.no("address", "begins with http:// or https:// and a host")
        return address

    def every(self, default: int) -> timedelta:
        hours = self.left.pop("hours", default)
        if type(hours) not in (int, float) or not 0.01 <= hours <= 8784:
            raise self.no("hours", "lies between 0.01 and 8784")
        return timedelta(hours=hours)

    def end(self) -> None:
        if self.left:
            raise self.no(next(iter(self.left)), "is not a word of this table")


def _chain(table: _Table) -> ChainPlace:
    contract = table.take("contract", str, "")
    if contract and not _good_address(contract):
        raise table.no("contract", "is not an address (0x and 40 digits, capitals as printed)")
    place = ChainPlace(
        table.named(),
        table.web(),
        table.take("chain_id", int),
        bytes.fromhex(contract[2:]),
        table.take("confirmations", int, 1),
        table.take("legacy", bool, default=False),
        table.every(1),
    )
    if not 1 <= place.confirmations <= MOST_CONFIRMATIONS:
        raise table.no("confirmations", f"lies between 1 and {MOST_CONFIRMATIONS}")
    if not 1 <= place.chain_id < 1 << 63:
        raise table.no("chain_id", "is a positive number")
    table.end()
    return place


def _good_address(text: str) -> bool:
    """All small letters, or the capitals of EIP-55: a mistyped digit is then found."""
    return bool(_ADDRESS.match(text)) and (text == text.lower() or text == checksummed(bytes.fromhex(text[2:])))


def _authority(table: _Table, folder: Path) -> AuthorityPlace:
    place = AuthorityPlace(table.named(), table.web(), folder / table.take("roots", str), table.every(24))
    table.end()
    return place


def account(folder: Path, name: str, *, may_create: bool = False) -> Account:
    """
    The account that signs for a chain; made once where `may_create`.

    Raises RefusedError: `anchor_key_missing`, `key_readable_by_others`, `bad_key` (without repeating it).
    """
    path = folder / f"anchor-{name}.key"
    if not path.exists():
        if not may_create:
            raise RefusedError.because(
                "anchor_key_missing",
                f"there is no key {path.name} in the key folder",
                "restore it from its backup, or make key and contract with `pinzhi ledger anchor --deploy`",
            )
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_once(path, secrets.token_bytes(32).hex())
    if path.stat().st_mode & 0o077:
        raise RefusedError.because(
            "key_readable_by_others", f"{path.name} can be read by other users of this machine", f"chmod 600 {path}"
        )
    try:
        return Account(bytes.fromhex(path.read_text("utf-8").strip().removeprefix("0x")))
    except ValueError as why:
        raise RefusedError.because(
            "bad_key", f"{path.name} does not hold 64 hexadecimal digits of a key", "restore it from its backup"
        ) from why
