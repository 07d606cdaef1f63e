"""
Codes of single pieces: made in batches and read one by one, beside HMAC per code and Ed25519 per code in the same run. `python -m bench tracing_codes`.

Processor time of the thread, the best of several runs: the machine is shared.
"""

from __future__ import annotations

import base64
import hmac
from time import thread_time

import numpy as np
from bench.ledger import Row
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pinzhi.life.tracing.rules import codes
from pinzhi.life.tracing.rules.gs1.link import read
from pinzhi.life.tracing.tables import identifiers

GTIN, SECRET = "06901234567892", bytes(range(32))
GOAL = 5_000_000


def rate(count: int, call: object, runs: int = 5) -> float:
    """Things a second, the best run."""
    best = 1e9
    for _ in range(runs):
        start = thread_time()
        call()  # type: ignore[operator]
        best = min(best, thread_time() - start)
    return count / best


def per_code_hmac(count: int) -> None:
    """What most systems do: a key, a counter, HMAC-SHA-256, base 32, one at a time."""
    for i in range(count):
        base64.b32encode(hmac.digest(SECRET, GTIN.encode() + i.to_bytes(8), "sha256")[:10])


def run() -> list[Row]:
    keys = codes.derive(SECRET, GTIN, 1)
    digits = codes.derive(SECRET, GTIN, 1, codes.Form.DIGITS)
    made = codes.issue(keys, 0, 10_000_000)
    assert len(np.unique(made)) == 10_000_000, "ten million codes are all different"
    some = [c.decode() for c in made[:20_000].tolist()]
    ring = (codes.Epoch(1, codes.Form.LETTERS, SECRET, ""),)
    signer = Ed25519PrivateKey.generate()
    peer = rate(50_000, lambda: per_code_hmac(50_000), 3)
    signed = rate(5_000, lambda: [signer.sign(c.encode()) for c in some[:5_000]], 3)
    letters = rate(1_000_000, lambda: codes.issue(keys, 0, 1_000_000))
    made_digits = rate(1_000_000, lambda: codes.issue(digits, 0, 1_000_000))

    def reading() -> None:
        for code in some:
            codes.read(ring, GTIN, code)

    links = [f"https://id.gs1.org/01/{GTIN}/10/B1/21/{c}" for c in some[:5_000]]
    return [
        Row("codes made, letters (20 characters, tag of 60 bits)", "codes/s", letters, peer, "HMAC per code + base32"),
        Row("  the same beside signatures", "codes/s", letters, signed, "Ed25519 per code"),
        Row("  the same beside the goal", "codes/s", letters, GOAL, "goal T1"),
        Row("codes made, digits only", "codes/s", made_digits, peer, "HMAC per code + base32"),
        Row("codes read one by one, no storage", "codes/s", rate(20_000, reading), 0, ""),
        Row("Digital Links read", "links/s", rate(5_000, lambda: [read(identifiers(), u) for u in links]), 0, ""),
    ]
