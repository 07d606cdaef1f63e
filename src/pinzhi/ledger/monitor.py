"""
Watching a log from outside: has it only grown since the last look, and did it show every witness the same history?

Reads the log over HTTP as c2sp.org/tlog-tiles serves it (checkpoint, tiles) and, where they say it, what the witnesses cosigned last. Two checkpoints that a
trusted key signed and that cannot both be prefixes of one tree are the proof of a fork: they are kept as they were received.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger import tree
from pinzhi.ledger.checkpoint import Checkpoint
from pinzhi.ledger.tiles import WIDTH, Place, TileReader, hashes_at, path_of
from pinzhi.ledger.tree import ProofError
from pinzhi.ledger.trust import TrustPolicy

Fetch = Callable[[str], bytes]
"""Gives what an address under the log's prefix holds; raises RefusedError(`log_unreachable`)."""


@dataclass(frozen=True, slots=True)
class Fork:
    """A signed checkpoint that does not belong to the history that the log shows: whose it is, why, and its bytes."""

    held_by: str
    reason: str
    note: bytes


@dataclass(frozen=True, slots=True)
class Look:
    """What one look found: the newest checkpoint and its bytes, the witnesses that confirmed it, and the forks."""

    point: Checkpoint
    note: bytes
    witnesses: tuple[str, ...]
    forks: tuple[Fork, ...]


def look(fetch: Fetch, policy: TrustPolicy, held: Sequence[tuple[str, bytes]]) -> Look:
    """
    Fetch the newest checkpoint, and hold every checkpoint in `held` ((by whom, bytes): one's own last, those of witnesses) against it.

    Raises RefusedError: those of `TrustPolicy.believe` for the newest one, `log_unreachable`, `log_shrunk` where the newest is smaller than one's own last.
    """
    note = fetch("checkpoint")
    believed = policy.believe(note)
    newest = believed.point
    trusting = TrustPolicy(policy.logs)
    forks = []
    for held_by, raw in held:
        try:
            old = trusting.believe(raw).point
        except ProofError:
            continue  # not signed by the log: whoever holds it was lied to by somebody else
        reason = _contradiction(old, newest, fetch)
        if reason:
            forks.append(Fork(held_by, reason, raw))
    return Look(newest, note, believed.witnesses, tuple(forks))


def _contradiction(old: Checkpoint, newest: Checkpoint, fetch: Fetch) -> str:
    """Why two signed checkpoints cannot be of one history; empty where they can."""
    first, second = sorted((old, newest), key=lambda c: c.size)
    if first.size == 0:
        return ""
    try:
        proof = (
            ()
            if first.size == second.size
            else tree.consistency_proof(first.size, second.size, _reader(fetch, second.size))
        )
        tree.verify_consistency(first.size, second.size, proof, first.root, second.root)
    except ProofError as no:
        return no.refusal.reason
    return ""


def _reader(fetch: Fetch, size: int) -> TileReader:
    """Complete subtrees of a tree of `size` leaves, from the log's tiles."""

    def tile(level: int, index: int) -> bytes | None:
        width = min(WIDTH, hashes_at(level, size) - index * WIDTH)
        if width <= 0:
            return None
        return fetch(f"tile/{level}/{path_of(Place(index, width))}")

    return TileReader(tile)


def unreachable(address: str) -> RefusedError:
    """The refusal of a log that does not answer."""
    return RefusedError.because(
        "log_unreachable",
        f"{address} gives no answer",
        "check the address; a log that stays silent is itself a finding",
    )
