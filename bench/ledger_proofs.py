"""
A proof that is carried away: how large, and how quickly it is judged offline. `python -m bench ledger_proofs`.

The log has 2^30 entries (the path to the root is made up from random siblings, the root follows from it), the checkpoint is cosigned by three witnesses, and
the reader's policy asks for all three: once with Ed25519, once with ML-DSA-44, whose signatures are 38 times as long.
"""

from __future__ import annotations

import os
import time

from bench.ledger import Row

DEEP = 30
TRIES = 500
WITNESSES = ("regulator", "laboratory", "consumers")


def run() -> list[Row]:
    """Make the proofs, judge them, change one bit of each and see it refused."""
    from pinzhi.ledger.checkpoint import COSIGNATURE, MLDSA44

    said = "proof file, 2^30 entries, three witnesses"
    size, took = _judged(COSIGNATURE)
    large, longer = _judged(MLDSA44)
    return [
        Row(said, "bytes", size, 4096, "goal"),
        Row("the same, judged offline, median", "ms", took * 1000, 5, "goal"),
        Row(f"{said} with ML-DSA-44", "bytes", large, size, "Ed25519"),
        Row("the same, judged offline, median", "ms", longer * 1000, took * 1000, "Ed25519"),
    ]


def _judged(algorithm: int) -> tuple[int, float]:
    """Bytes of a proof and the median of seconds to judge it."""
    from pinzhi.kernel.clock import now
    from pinzhi.ledger import tree
    from pinzhi.ledger.bundle import Proof, check, read_proof
    from pinzhi.ledger.checkpoint import Checkpoint, SignerKey
    from pinzhi.ledger.trust import Group, TrustPolicy
    from pinzhi.ledger.witness import Cosigner

    what = {"kind": "event", "ref": "0" * 64, "at": "2026-11-26T00:00:00+00:00"}
    what["value"] = {"hash": f"ni:///sha-256;{'0' * 64}?ver=CBV2.0", "owner": "M1", "error": False}  # type: ignore[assignment]
    siblings = tuple(os.urandom(32) for _ in range(DEEP))
    bare = Proof(what, b"n" * 16, 0, siblings, "")
    root = bare.leaf()
    for sibling in siblings:
        root = tree.node_hash(root, sibling)
    signer = SignerKey("pinzhi.example/log", b"s" * 32)
    witnesses = [Cosigner(f"{name}.example/w", bytes([n]) * 32, algorithm) for n, name in enumerate(WITNESSES)]
    note = Checkpoint(signer.name, 1 << DEEP, root).signed((signer,))
    at = int(now().timestamp())
    note = note.with_signatures(w.cosign(note.text, at) for w in witnesses)
    proof = Proof(what, b"n" * 16, 0, siblings, note.raw().decode())
    policy = TrustPolicy(
        (signer.verifier,),
        {w.name: w.verifier for w in witnesses},
        {"all": Group(len(witnesses), tuple(w.name for w in witnesses))},
        "all",
    )
    raw = proof.tlog().encode()
    took = []
    for _ in range(TRIES):
        begin = time.perf_counter()
        good = check(read_proof(raw), policy).valid
        took.append(time.perf_counter() - begin)
        assert good is True
    changed = Proof(what, b"n" * 16, 0, (bytes(32), *siblings[1:]), proof.checkpoint)
    assert check(changed, policy).valid is False
    took.sort()
    return len(raw), took[TRIES // 2]
