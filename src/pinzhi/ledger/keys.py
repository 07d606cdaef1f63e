"""
The log's signing keys on disk: made once, mode 0600, flushed to the disk before they are used.

One file per key, `log-0001.key`, `log-0002.key`, …, in the form `PRIVATE+KEY+…` that other tools of the C2SP family read. Every key in the folder signs, so a
rotation is: `rotate` (old and new both sign), publish the new public key, wait until everyone trusts it, `retire` the old one. A retired key leaves its
public half as `log-0001.vkey`: what it signed can still be verified, and its private half is gone.
"""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path

from pinzhi.kernel.refusal import Refusal, RefusedError
from pinzhi.ledger.checkpoint import ED25519, SignerKey, VerifierKey

_NAME = re.compile(r"log-([0-9]{4})\.(key|vkey)\Z")


def signers(folder: Path, origin: str, *, may_create: bool) -> tuple[SignerKey, ...]:
    """
    The keys that sign for `origin`, oldest first. Makes the first one if there is none and `may_create`.

    Raises RefusedError: `key_missing` (a log that has signed before has lost its keys), `key_readable_by_others`, `origin_changed`, and ProofError(`bad_key`).
    """
    found = tuple(_read(path) for path in _files(folder, "key"))
    if not found:
        if not may_create or _files(folder, "vkey"):
            raise RefusedError(
                Refusal(
                    "key_missing",
                    "this log has signed checkpoints before, but its signing key is not in the key folder",
                    "restore the key folder from its backup; only if it is lost for good, run `pinzhi ledger keys --rotate` and publish the new key",
                )
            )
        found = (_create(folder, 1, origin),)
    for key in found:
        if key.name != origin:
            raise RefusedError(
                Refusal(
                    "origin_changed",
                    f"the keys are for the log {key.name}, the settings say {origin}",
                    "set PINZHI_ORIGIN back: a log keeps its name for life; a new log needs a new key folder and an empty ledger",
                )
            )
    return found


def ring(folder: Path) -> tuple[tuple[VerifierKey, bool], ...]:
    """The public halves of all keys that this log has or had, oldest first, each with whether it still signs."""
    by_number = {_number(p): (VerifierKey.parse(p.read_text("utf-8").strip()), False) for p in _files(folder, "vkey")}
    by_number.update({_number(p): (_read(p).verifier, True) for p in _files(folder, "key")})
    return tuple(by_number[n] for n in sorted(by_number))


def verifiers(folder: Path) -> tuple[VerifierKey, ...]:
    """The public halves of `ring`."""
    return tuple(key for key, _ in ring(folder))


def rotate(folder: Path, origin: str, algorithm: int = ED25519) -> VerifierKey:
    """
    Add a key; from now on both sign. Gives the public half, which must be published before the old key is retired.

    A rotation may change the algorithm: readers who know only the old key go on with that. Raises ProofError(`algorithm_missing`), and then adds nothing.
    """
    numbers = [_number(p) for ending in ("key", "vkey") for p in _files(folder, ending)]
    return _create(folder, max(numbers, default=0) + 1, origin, algorithm).verifier


def retire(folder: Path, key_id: str) -> VerifierKey:
    """
    Let a key go: its public half stays, its private half is deleted.

    Raises RefusedError: `no_such_key`, `last_key` (a log without a signing key can not go on).
    """
    files = _files(folder, "key")
    for path in files:
        key = _read(path).verifier
        if key.key_id.hex() == key_id:
            if len(files) == 1:
                raise RefusedError(Refusal("last_key", "this is the only signing key", "rotate first, then retire"))
            write_once(path.with_suffix(".vkey"), key.line())
            path.unlink()
            _sync(folder)
            return key
    raise RefusedError(Refusal("no_such_key", f"no signing key has the id {key_id}", "`pinzhi ledger keys` lists them"))


def _files(folder: Path, ending: str) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(p for p in folder.iterdir() if (m := _NAME.match(p.name)) and m[2] == ending)


def _number(path: Path) -> int:
    return int(path.stem.removeprefix("log-"))


def _read(path: Path) -> SignerKey:
    if path.stat().st_mode & 0o077:
        raise RefusedError(
            Refusal(
                "key_readable_by_others", f"{path.name} can be read by other users of this machine", f"chmod 600 {path}"
            )
        )
    return SignerKey.parse(path.read_text("utf-8").strip())


def _create(folder: Path, number: int, origin: str, algorithm: int = ED25519) -> SignerKey:
    """Make key `number`, or read it if another process was faster."""
    line = SignerKey(origin, secrets.token_bytes(32), algorithm).line()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    path = folder / f"log-{number:04d}.key"
    write_once(path, line)
    return _read(path)


def write_once(path: Path, line: str) -> None:
    """A whole file or none: written and flushed under another name, then linked; an existing file wins."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(fd, "w", encoding="utf-8") as out:
            out.write(line + "\n")
            out.flush()
            os.fsync(out.fileno())
        try:
            os.link(draft, path)
        except FileExistsError:
            return
    finally:
        draft.unlink()
    _sync(path.parent)


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
