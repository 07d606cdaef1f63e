"""
Transactions of the Ethereum family: written, signed and hashed here, so that a private key never leaves this machine. Pure.

Two kinds: `legacy` with the chain id in the signature (EIP-155), which every chain of the family takes, and type 2 with a base fee (EIP-1559). The signature is
OpenSSL's ECDSA on secp256k1 with RFC 6979 nonces; what is our own is only arithmetic on public values: RLP, the low half of s (EIP-2), and which of two points
a verifier has to take.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, utils

from pinzhi.ledger.anchoring.keccak import keccak256

FIELD = 2**256 - 2**32 - 977
ORDER = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
"""The field and the order of the group of secp256k1 (SEC 2, section 2.4.1)."""
_BASE = (
    0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
    0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8,
)
Item = bytes | Sequence["Item"]
_Point = tuple[int, int] | None


def number(value: int) -> bytes:
    """A number as RLP writes it: big-endian without leading zeros, empty for 0."""
    return value.to_bytes((value.bit_length() + 7) // 8, "big")


def rlp(item: Item) -> bytes:
    """Recursive length prefix (Ethereum yellow paper, appendix B)."""
    if isinstance(item, bytes):
        return item if len(item) == 1 and item[0] < 0x80 else _prefixed(0x80, item)
    return _prefixed(0xC0, b"".join(rlp(one) for one in item))


def _prefixed(kind: int, body: bytes) -> bytes:
    if len(body) < 56:
        return bytes([kind + len(body)]) + body
    length = number(len(body))
    return bytes([kind + 55 + len(length)]) + length + body


@dataclass(frozen=True, slots=True)
class Fee:
    """What one unit of gas may cost, in wei: `most` in all; `tip` of it for the block's maker, None on a chain without base fee (legacy)."""

    most: int
    tip: int | None = None

    def above(self, earlier: int) -> Fee:
        """At least an eighth and 1 wei above an earlier price: what nodes ask of a transaction that replaces another."""
        least = earlier + earlier // 8 + 1
        if self.most >= least:
            return self
        return Fee(least, None if self.tip is None else min(least, self.tip + self.tip // 8 + 1))


@dataclass(frozen=True, slots=True)
class Transaction:
    """A call (`to` has 20 bytes) or the making of a contract (`to` is empty); no value is ever sent."""

    chain_id: int
    nonce: int
    gas: int
    fee: Fee
    to: bytes
    data: bytes

    def _unsigned(self) -> tuple[bytes, list[Item]]:
        if self.fee.tip is None:
            head = [self.nonce, self.fee.most, self.gas]
            return b"", [*map(number, head), self.to, b"", self.data]
        head = [self.chain_id, self.nonce, self.fee.tip, self.fee.most, self.gas]
        return b"\x02", [*map(number, head), self.to, b"", self.data, []]

    def signed(self, account: Account) -> bytes:
        """The bytes for `eth_sendRawTransaction`."""
        kind, fields = self._unsigned()
        if kind:
            parity, r, s = account.sign(keccak256(kind + rlp(fields)))
            return kind + rlp([*fields, number(parity), number(r), number(s)])
        parity, r, s = account.sign(keccak256(rlp([*fields, number(self.chain_id), b"", b""])))
        return rlp([*fields, number(self.chain_id * 2 + 35 + parity), number(r), number(s)])


@dataclass(frozen=True, slots=True)
class Account:
    """A private key of 32 bytes. It never shows in a repr, a log line or an error."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        """Refuse what is no key of the curve."""
        if len(self.secret) != 32 or not 0 < int.from_bytes(self.secret, "big") < ORDER:
            raise ValueError("a key of secp256k1 has 32 bytes and lies between 1 and the order of the group")

    def _public(self) -> tuple[int, int]:
        numbers = self._key().public_key().public_numbers()
        return numbers.x, numbers.y

    def _key(self) -> ec.EllipticCurvePrivateKey:
        return ec.derive_private_key(int.from_bytes(self.secret, "big"), ec.SECP256K1())

    @property
    def address(self) -> bytes:
        """The 20 bytes by which the chain knows it."""
        x, y = self._public()
        return keccak256(x.to_bytes(32, "big") + y.to_bytes(32, "big"))[12:]

    def sign(self, digest: bytes) -> tuple[int, int, int]:
        """(parity, r, s) over a 32-byte digest, s in the lower half; the same digest gives the same signature."""
        algorithm = ec.ECDSA(utils.Prehashed(hashes.SHA256()), deterministic_signing=True)
        r, s = utils.decode_dss_signature(self._key().sign(digest, algorithm))
        s = min(s, ORDER - s)
        return _parity(digest, r, s, self._public()), r, s


def _parity(digest: bytes, r: int, s: int, public: tuple[int, int]) -> int:
    """
    Which of the two points with this r was meant: the last bit of y of e/s G + r/s Q, the point that every verifier computes (SEC 1, section 4.1.4).

    From it and the signature a chain recovers the public key, and so the sender. Public values only.
    """
    inverse = pow(s, -1, ORDER)
    u1, u2 = int.from_bytes(digest, "big") * inverse % ORDER, r * inverse % ORDER
    sums = (None, _BASE, public, _plus(_BASE, public))
    point: _Point = None
    for i in reversed(range(256)):
        point = _plus(_plus(point, point), sums[(u1 >> i & 1) + 2 * (u2 >> i & 1)])
    if point is None or point[0] % ORDER != r:
        raise ValueError("the signature is not of this key")
    return point[1] & 1


def _plus(a: _Point, b: _Point) -> _Point:
    if a is None or b is None:
        return a or b
    if a[0] == b[0]:
        if (a[1] + b[1]) % FIELD == 0:
            return None
        slope = 3 * a[0] * a[0] * pow(2 * a[1], -1, FIELD) % FIELD
    else:
        slope = (b[1] - a[1]) * pow(b[0] - a[0], -1, FIELD) % FIELD
    x = (slope * slope - a[0] - b[0]) % FIELD
    return x, (slope * (a[0] - x) - a[1]) % FIELD


def checksummed(address: bytes) -> str:
    """An address as people write it, with the checksum in its capitals (EIP-55)."""
    plain = address.hex()
    marks = keccak256(plain.encode()).hex()
    return "0x" + "".join(c.upper() if mark > "7" else c for c, mark in zip(plain, marks, strict=False))
