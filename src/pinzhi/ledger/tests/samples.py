"""A small signed log in memory, and witnesses, for the tests of this room."""

import hashlib

from pinzhi.kernel.canon import canonical
from pinzhi.ledger import tiles, tree
from pinzhi.ledger.audit import StoredLog
from pinzhi.ledger.bundle import Link, Proof
from pinzhi.ledger.checkpoint import COSIGNATURE, Checkpoint, Signature, SignerKey, VerifierKey

ORIGIN = "example.com/log"
LOG = SignerKey(ORIGIN, bytes(range(32)))
STRANGER = SignerKey(ORIGIN, bytes(range(7, 39)))


def said(i):
    return {
        "fact": "SignalRaised",
        "subject": f"listing:L-{i}",
        "payload": {"observed": i, "cause": "电池漏液"},
        "at": "2026-05-03T08:00:00+00:00",
    }


def nonce(i):
    return hashlib.sha256(b"nonce %d" % i).digest()[:16]


def commitment(i):
    return hashlib.sha256(nonce(i) + canonical(said(i))).digest()


class SmallLog:
    """`size` entries with their tiles and a signed checkpoint at each of `signed`."""

    def __init__(self, size, signed=()):
        self.commitments = [commitment(i) for i in range(size)]
        self.hashes = [tree.leaf_hash(c) for c in self.commitments]
        grown = tiles.grow(tree.Edge(), {}, self.hashes)
        self.edge, self.tiles = grown.edge, grown.tiles
        self.node = tiles.TileReader(lambda level, index: self.tiles.get((level, index)))
        self.checkpoints = [(n, self.root(n), self.point(n).signed([LOG]).raw()) for n in signed]

    def root(self, n):
        return tree.root_of(self.hashes[:n])

    def point(self, n):
        return Checkpoint(ORIGIN, n, self.root(n))

    def proof(self, index, n, *, since=(), signers=(LOG,), witnesses=()):
        note = self.point(n).signed(signers).with_signatures(witnesses)
        links = tuple(Link(a, n, tree.consistency_proof(a, n, self.node)) for a in since)
        return Proof(
            said(index), nonce(index), index, tree.inclusion_proof(index, n, self.node), note.raw().decode(), links
        )

    def stored(self, **changed):
        """As the auditor gets it; `changed` replaces parts."""
        parts = {
            "origin": ORIGIN,
            "size": len(self.commitments),
            "leaves": list(enumerate(self.commitments)),
            "covered": self.edge.size,
            "edge": self.edge.packed(),
            "rows": sorted((level, index, row) for (level, index), row in self.tiles.items()),
            "checkpoints": list(self.checkpoints),
            **changed,
        }
        rows = parts.pop("rows")
        return StoredLog(
            tiles=lambda at: iter([(i, row) for level, i, row in rows if level == at]), tile_count=len(rows), **parts
        )


def cosign(name, seed, text, at=1_700_000_000):
    """A witness key and its cosignature over a checkpoint text."""
    inner = SignerKey(name, seed)
    key = VerifierKey(name, COSIGNATURE, inner.verifier.public)
    return key, Signature(
        name, key.key_id, at.to_bytes(8, "big") + inner.sign(f"cosignature/v1\ntime {at}\n{text}".encode()).signature
    )
