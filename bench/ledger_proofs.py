"""
A proof that is carried away: how large, and how quickly it is judged offline. `python -m bench ledger_proofs`.

The log has 2^30 entries (the path to the root is made up from random siblings, the root follows from it), the checkpoint is cosigned by three witnesses, and
the reader's policy asks for all three.
"""

from __future__ import annotations

import os
import time

from bench.ledger import Row

DEEP = 30
TRIES = 500
WITNESSES = ("regulator", "laboratory", "consumers")


def run() -> list[Row]:
    """Make the proof, judge it, change one bit of it and see it refused."""
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
    witnesses = [Cosigner(f"{name}.example/w", bytes([n]) * 32) for n, name in enumerate(WITNESSES)]
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
    return [
        Row("proof file, 2^30 entries, three witnesses", "bytes", len(raw), 4096, "goal"),
        Row("the same, judged offline, median", "ms", took[TRIES // 2] * 1000, 5, "goal"),
    ]
