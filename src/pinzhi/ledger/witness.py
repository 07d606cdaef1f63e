"""
What a witness does (c2sp.org/tlog-witness, c2sp.org/tlog-cosignature). Pure.

A witness remembers, for each log that it knows, the last checkpoint that it cosigned. It cosigns a new one only where a consistency proof shows that the log
has grown from the remembered one: so that a log which tells two histories finds no quorum for the second.

    old <size>
    <base64 hash>…
    (empty line)
    <checkpoint>
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pinzhi.ledger import mldsa
from pinzhi.ledger.checkpoint import (
    COSIGNATURE,
    MLDSA44,
    WITNESS_TYPES,
    Checkpoint,
    Note,
    Signature,
    VerifierKey,
    check_name,
    cosigned_message,
    decimal,
    open_checkpoint,
    private_line,
    public_of,
    read_private,
    timed_text,
    tobase64,
    unbase64,
)
from pinzhi.ledger.tree import ProofError, verify_consistency

MOST_HASHES = 63
MAX_REQUEST_BYTES = 1 << 16
SIZE_TYPE = "text/x.tlog.size"
TEXT_TYPE = "text/plain; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Cosigner:
    """The private half of a witness's key, Ed25519 or ML-DSA-44: it signs a time with the checkpoint. `seed` is secret."""

    name: str
    seed: bytes = field(repr=False)
    algorithm: int = COSIGNATURE

    def __post_init__(self) -> None:
        """Refuse what could not sign."""
        check_name(self.name)
        if len(self.seed) != 32 or self.algorithm not in WITNESS_TYPES:
            raise ProofError.of("bad_key", "the seed of a witness has 32 bytes", "restore the key file from its backup")

    @property
    def verifier(self) -> VerifierKey:
        """The public half, of a type of cosignatures."""
        return VerifierKey(self.name, self.algorithm, public_of(self.algorithm, self.seed))

    def cosign(self, text: str, at: int) -> Signature:
        """A cosignature over a checkpoint's text at a time in seconds since 1970."""
        if self.algorithm == MLDSA44:
            signed = mldsa.sign(self.seed, cosigned_message(self.name, text, at))
        else:
            signed = Ed25519PrivateKey.from_private_bytes(self.seed).sign(timed_text(text, at))
        return Signature(self.name, self.verifier.key_id, at.to_bytes(8, "big") + signed)

    def line(self) -> str:
        """The secret form. For the key file only."""
        return private_line(self.name, self.verifier.key_id, self.algorithm, self.seed)

    @classmethod
    def parse(cls, line: str) -> Cosigner:
        """Read the secret form. Raises ProofError(`bad_key`, `unknown_algorithm`) without repeating the line."""
        name, key_id, algorithm, seed = read_private(line, WITNESS_TYPES)
        key = cls(name, seed, algorithm)
        if key_id != key.verifier.key_id.hex():
            raise ProofError.of("bad_key", "the key id does not belong to this key", "restore the key file")
        return key


@dataclass(frozen=True, slots=True)
class Submission:
    """A request to cosign: the size of the tree before, the proof from it, the checkpoint as it came."""

    old: int
    proof: tuple[bytes, ...]
    checkpoint: bytes


def read_submission(body: bytes) -> Submission:
    """Read a request. Raises ProofError(`bad_request`, `bad_number`, `bad_base64`)."""
    head, gap, checkpoint = body.partition(b"\n\n")
    if not gap or len(body) > MAX_REQUEST_BYTES:
        raise ProofError.of("bad_request", "a request is an old size, proof lines, an empty line and a checkpoint")
    try:
        first, *hashes = head.decode("ascii").split("\n")
    except UnicodeDecodeError as why:
        raise ProofError.of("bad_request", "the lines before the checkpoint are not ASCII") from why
    if not first.startswith("old ") or len(hashes) > MOST_HASHES:
        raise ProofError.of("bad_request", f"the first line is `old <size>`, at most {MOST_HASHES} hashes follow")
    proof = tuple(unbase64(line, "a hash of the proof") for line in hashes)
    return Submission(decimal(first[4:], "the old size"), proof, checkpoint)


def write_submission(old: int, proof: Sequence[bytes], checkpoint: str) -> bytes:
    """The request that `read_submission` reads."""
    return "".join([f"old {old}\n", *(f"{tobase64(h)}\n" for h in proof), "\n", checkpoint]).encode()


@dataclass(frozen=True, slots=True)
class Answer:
    """What the witness says: HTTP status, body, content type; and the checkpoint that it remembers from now on, where it cosigned."""

    status: int
    body: str
    content_type: str = TEXT_TYPE
    cosigned: Note | None = None


def answer(
    submission: Submission, logs: Sequence[VerifierKey], last: Checkpoint | None, cosigners: Sequence[Cosigner], at: int
) -> Answer:
    """
    Judge a request. `logs` are the keys that are trusted, `last` the checkpoint that was cosigned last for its origin, `cosigners` the keys of this witness.

    200 with a cosignature of each key (of ML-DSA-44 keys only where the checkpoint has no extension lines, which they do not cover); 400 not readable, or an
    old size above the new one; 403 no trusted signature; 404 unknown log; 409 another old size (the body is
    the size that is remembered) or another root of the same size; 422 the proof does not lead from the old tree to the new one.
    """
    try:
        origin = Checkpoint.parse(Note.parse(submission.checkpoint).text).origin
    except ProofError as no:
        return Answer(400, f"{no.refusal.reason}\n")
    mine = [k for k in logs if k.name == origin]
    if not mine:
        return Answer(404, "this witness does not know the log\n")
    try:
        point, _ = open_checkpoint(submission.checkpoint, mine)
    except ProofError as no:
        return Answer(403, f"{no.refusal.reason}\n")
    refused = _refused(submission, point, last)
    if refused is not None:
        return refused
    note = Note.parse(submission.checkpoint)
    able = [c for c in cosigners if not (point.extensions and c.algorithm == MLDSA44)]
    if not able:
        return Answer(422, "this witness signs with ML-DSA-44 only, which does not cover extension lines\n")
    made = [c.cosign(note.text, at) for c in able]
    kept = Note(note.text, tuple(s for s in note.signatures if any(k.key_id == s.key_id for k in mine)))
    return Answer(200, "".join(s.line() for s in made), TEXT_TYPE, kept.with_signatures(made))


def _refused(submission: Submission, point: Checkpoint, last: Checkpoint | None) -> Answer | None:
    """The answer to a signed checkpoint that cannot be cosigned; None where it can."""
    known = last.size if last else 0
    if submission.old > point.size:
        return Answer(400, "the old size is above the size of the checkpoint\n")
    if submission.old != known or (last is not None and point.size == known and point.root != last.root):
        return Answer(409, f"{known}\n", SIZE_TYPE)
    wrong = _inconsistent(submission, point, last)
    return Answer(422, f"{wrong}\n") if wrong else None


def _inconsistent(submission: Submission, point: Checkpoint, last: Checkpoint | None) -> str:
    """Why the new tree is not shown to begin with the remembered one; empty where it is."""
    if last is None or last.size == 0:
        return "the proof from nothing must be empty" if submission.proof else ""
    try:
        verify_consistency(last.size, point.size, submission.proof, last.root, point.root)
    except ProofError as no:
        return no.refusal.reason
    return ""
