"""
ML-DSA-44 (FIPS 204), a signature that quantum computers are not known to break, from the `cryptography` package. Pure.

Not every build of that package has it: releases before 48 have not, nor have builds on an OpenSSL without it. A signature that cannot be judged here is
neither right nor wrong: it is refused with what to install (`algorithm_missing`), never counted and never passed over.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm

from pinzhi.ledger.tree import ProofError

PUBLIC_BYTES = 1312
SIGNATURE_BYTES = 2420
SEED_BYTES = 32

T = TypeVar("T")


def _missing() -> ProofError:
    return ProofError.of(
        "algorithm_missing",
        "ML-DSA-44 signatures cannot be made or verified with the `cryptography` package that is installed here",
        "install `cryptography` 48 or newer from its wheels (pip install -U 'cryptography>=48')",
    )


def _with(use: Callable[[Any], T]) -> T:
    try:
        from cryptography.hazmat.primitives.asymmetric import mldsa

        return use(mldsa)
    except (ImportError, UnsupportedAlgorithm) as why:
        raise _missing() from why


def available() -> bool:
    """Whether this machine can make and verify them."""
    try:
        public_of(bytes(SEED_BYTES))
    except ProofError:
        return False
    return True


def public_of(seed: bytes) -> bytes:
    """The public key of a seed of 32 bytes. Raises ProofError(`algorithm_missing`), as the others here do."""
    return _with(lambda m: bytes(m.MLDSA44PrivateKey.from_seed_bytes(seed).public_key().public_bytes_raw()))


def sign(seed: bytes, message: bytes) -> bytes:
    """A signature without context. Hedged: the same message gives another signature each time."""
    return _with(lambda m: bytes(m.MLDSA44PrivateKey.from_seed_bytes(seed).sign(message)))


def verify(public: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature is the key's over the message."""

    def use(m: Any) -> bool:
        try:
            m.MLDSA44PublicKey.from_public_bytes(public).verify(signature, message)
        except InvalidSignature:
            return False
        return True

    return _with(use)
