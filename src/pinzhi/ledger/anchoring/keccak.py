"""
Keccak-256, the hash of Ethereum. Pure.

Not SHA3-256: the two share the permutation and differ in one padding byte (FIPS 202 appended two bits after Ethereum had chosen), and neither `hashlib` nor
`cryptography` offers the older padding. Only public data is hashed here, a few hundred bytes per anchor, so that speed and timing do not matter.
"""

from __future__ import annotations

RATE = 136
"""Bytes absorbed per permutation for an output of 256 bits."""
KECCAK, SHA3 = 0x01, 0x06
"""Padding bytes; the second is FIPS 202's, for comparison with hashlib."""
_MASK = (1 << 64) - 1


def _round_constants() -> tuple[int, ...]:
    """The 24 constants of iota, by the shift register of FIPS 202, section 3.2.5."""
    found, register = [], 1
    for _ in range(24):
        constant = 0
        for j in range(7):
            if register & 1:
                constant |= 1 << ((1 << j) - 1)
            register = (register << 1) ^ (0x171 if register & 0x80 else 0)
        found.append(constant)
    return tuple(found)


def _offsets() -> tuple[int, ...]:
    """The 25 rotations of rho (FIPS 202, section 3.2.2), lane (x, y) at x + 5 y."""
    found, x, y = [0] * 25, 1, 0
    for t in range(24):
        found[x + 5 * y] = (t + 1) * (t + 2) // 2 % 64
        x, y = y, (2 * x + 3 * y) % 5
    return tuple(found)


_CONSTANTS, _OFFSETS = _round_constants(), _offsets()


def _turn(lane: int, by: int) -> int:
    return ((lane << by) | (lane >> (64 - by))) & _MASK


def _permute(lanes: list[int]) -> list[int]:
    """Keccak-f[1600]."""
    for constant in _CONSTANTS:
        columns = [lanes[x] ^ lanes[x + 5] ^ lanes[x + 10] ^ lanes[x + 15] ^ lanes[x + 20] for x in range(5)]
        mixed = [columns[x - 1] ^ _turn(columns[(x + 1) % 5], 1) for x in range(5)]
        moved = [0] * 25
        for y in range(5):
            for x in range(5):
                at = x + 5 * y
                moved[y + 5 * ((2 * x + 3 * y) % 5)] = _turn(lanes[at] ^ mixed[x], _OFFSETS[at])
        lanes = [
            moved[x + 5 * y] ^ (~moved[(x + 1) % 5 + 5 * y] & moved[(x + 2) % 5 + 5 * y] & _MASK)
            for y in range(5)
            for x in range(5)
        ]
        lanes[0] ^= constant
    return lanes


def keccak256(data: bytes, *, padding: int = KECCAK) -> bytes:
    """The 32-byte hash."""
    padded = bytearray(data) + bytes(RATE - len(data) % RATE)
    padded[len(data)] = padding
    padded[-1] |= 0x80
    lanes = [0] * 25
    for start in range(0, len(padded), RATE):
        for i in range(RATE // 8):
            lanes[i] ^= int.from_bytes(padded[start + 8 * i : start + 8 * i + 8], "little")
        lanes = _permute(lanes)
    return b"".join(lane.to_bytes(8, "little") for lane in lanes[:4])
