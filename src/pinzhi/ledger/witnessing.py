"""
A witness on disk: its key, the logs that it knows, and what it cosigned last for each of them.

    witness.key      its private keys, one a line, 0600, made once; a second one is added to change over to another algorithm
    logs             one public key a line, of the logs that it cosigns for
    <sha256 of the origin>.checkpoint     the last cosigned checkpoint, whole or not at all

What is remembered is flushed before the cosignature leaves the house, and looking and remembering are one step under a lock: a witness that is killed or asked
twice at once never signs two histories.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from pinzhi.kernel.refusal import RefusedError
from pinzhi.ledger.checkpoint import COSIGNATURE, LOG_TYPES, Checkpoint, Note, VerifierKey
from pinzhi.ledger.tree import ProofError
from pinzhi.ledger.witness import Answer, Cosigner, answer, read_submission

KEY, LOGS = "witness.key", "logs"


class Witness:
    """The witness of one folder: its name and its keys. `Witness.open` makes key and folder where there are none."""

    def __init__(self, folder: Path, cosigners: tuple[Cosigner, ...]) -> None:
        self.folder, self.cosigners = folder, cosigners

    @property
    def name(self) -> str:
        """The name that all its keys have."""
        return self.cosigners[0].name

    @classmethod
    def open(cls, folder: Path, name: str = "", algorithm: int = COSIGNATURE) -> Witness:
        """
        The witness of a folder; with a name it is made where it does not exist, with a key of `algorithm`.

        Raises RefusedError: `witness_missing`, `witness_named_otherwise`, `key_readable_by_others`, and ProofError(`bad_key`).
        """
        path = folder / KEY
        if not path.exists():
            if not name:
                raise RefusedError.because(
                    "witness_missing", f"there is no witness in {folder}", "give it a name with --name to make one"
                )
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            with _held(folder):
                if not path.exists():
                    _write(path, Cosigner(name, secrets.token_bytes(32), algorithm).line() + "\n")
        if path.stat().st_mode & 0o077:
            raise RefusedError.because(
                "key_readable_by_others", f"{path} can be read by other users of this machine", f"chmod 600 {path}"
            )
        cosigners = _keys(path)
        if name not in ("", cosigners[0].name):
            raise RefusedError.because(
                "witness_named_otherwise",
                f"the witness here is {cosigners[0].name}",
                "a witness keeps its name for life",
            )
        return cls(folder, cosigners)

    def with_key(self, algorithm: int) -> Witness:
        """
        The same witness with a key of this algorithm too; it is made where there is none. From then on it answers with a cosignature of each key.

        Raises ProofError(`algorithm_missing`).
        """
        path = self.folder / KEY
        with _held(self.folder):
            known = _keys(path)
            if all(c.algorithm != algorithm for c in known):
                known = (*known, Cosigner(self.name, secrets.token_bytes(32), algorithm))
                _write(path, "".join(f"{c.line()}\n" for c in known))
        return Witness(self.folder, known)

    def logs(self) -> tuple[VerifierKey, ...]:
        """The logs that it cosigns for."""
        path = self.folder / LOGS
        lines = path.read_text("utf-8").split("\n") if path.exists() else []
        return tuple(VerifierKey.parse(line) for line in lines if line.strip())

    def know(self, line: str) -> VerifierKey:
        """Cosign for one more log (its public key as a line). Raises ProofError(`bad_key`, …)."""
        key = VerifierKey.parse(line.strip())
        if key.algorithm not in LOG_TYPES or key in [c.verifier for c in self.cosigners]:
            raise ProofError.of("bad_key", "this is the key of a witness, not of a log", "ask the log for its key")
        with _held(self.folder):
            known = self.logs()
            if key not in known:
                _write(self.folder / LOGS, "".join(f"{k.line()}\n" for k in (*known, key)))
        return key

    def last(self, origin: str) -> Checkpoint | None:
        """What was cosigned last for a log."""
        path = self._path(origin)
        return Checkpoint.parse(Note.parse(path.read_bytes()).text) if path.exists() else None

    def last_note(self, origin: str) -> bytes | None:
        """The same as it was signed."""
        path = self._path(origin)
        return path.read_bytes() if path.exists() else None

    def _path(self, origin: str) -> Path:
        return self.folder / f"{sha256(origin.encode()).hexdigest()}.checkpoint"

    def add_checkpoint(self, body: bytes, at: int) -> Answer:
        """Answer a request, and remember what was cosigned before answering."""
        try:
            submission = read_submission(body)
            origin = Checkpoint.parse(Note.parse(submission.checkpoint).text).origin
        except ProofError as no:
            return Answer(400, f"{no.refusal.reason}\n")
        with _held(self.folder):
            said = answer(submission, self.logs(), self.last(origin), self.cosigners, at)
            if said.cosigned is not None:
                _write(self._path(origin), said.cosigned.raw().decode())
        return said


def _keys(path: Path) -> tuple[Cosigner, ...]:
    lines = [line for line in path.read_text("utf-8").split("\n") if line.strip()]
    found = tuple(Cosigner.parse(line.strip()) for line in lines)
    if len({c.name for c in found}) != 1:
        raise ProofError.of("bad_key", f"{path} holds no keys of one witness", "restore the key file from its backup")
    return found


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _write(path: Path, text: str) -> None:
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
