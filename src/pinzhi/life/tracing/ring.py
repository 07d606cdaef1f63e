"""
The ring of secrets and the book of ranges on disk: what codes are made from, and which serials were given out.

    <home>/keys/codes/epoch-03.key     one secret, mode 0600, flushed before it is used
    <home>/keys/codes/ranges.ndjson    one line a range that was given out by the command line, appended and flushed before the codes are shown

A rotation makes a new epoch; the old ones go on being read. A revoked epoch is read, and its codes are no longer valid. The command line gives out the
upper half of the serials, the house (which keeps its ranges in the database) the lower half: the two never meet.
"""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.tracing.rules.codes import MOST_DIGIT_EPOCHS, MOST_EPOCHS, SERIALS, Epoch, Form

_NAME = re.compile(r"epoch-([0-9]{2})\.key\Z")
BOOK = "ranges.ndjson"


@dataclass(frozen=True, slots=True)
class Range:
    """Serials `first` to `first + count - 1` of a GTIN in an epoch, for a batch."""

    gtin: str
    epoch: int
    first: int
    count: int
    batch: str
    on: str

    def holds(self, gtin: str, epoch: int, serial: int) -> bool:
        """Whether a serial lies in it."""
        return (gtin, epoch) == (self.gtin, self.epoch) and 0 <= serial - self.first < self.count


def ring(folder: Path) -> tuple[Epoch, ...]:
    """
    Every epoch of the folder, oldest first.

    Raises RefusedError: `code_key_readable_by_others`, `code_key_unreadable`.
    """
    if not folder.is_dir():
        return ()
    return tuple(_read(path) for path in sorted(p for p in folder.iterdir() if _NAME.match(p.name)))


def current(folder: Path, form: Form, today: date) -> Epoch:
    """The newest epoch of a form that is not revoked; the first one is made."""
    usable = [e for e in ring(folder) if e.form is form and not e.revoked]
    return usable[-1] if usable else rotate(folder, form, today)


def rotate(folder: Path, form: Form, today: date) -> Epoch:
    """
    Make the next epoch. From now on new codes are made with it; older codes go on being valid.

    Raises RefusedError(`epochs_used_up`): the first character of a code has no further value.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _held(folder):
        number = max((e.number for e in ring(folder)), default=-1) + 1
        if number >= (MOST_DIGIT_EPOCHS if form is Form.DIGITS else MOST_EPOCHS):
            raise RefusedError.because(
                "epochs_used_up",
                f"a code of {form.value} cannot show epoch {number}",
                "begin a new ring in another folder, under another host name of the codes",
            )
        epoch = Epoch(number, form, secrets.token_bytes(32), today.isoformat())
        _write(folder / f"epoch-{number:02d}.key", epoch)
    return epoch


def revoke(folder: Path, number: int, today: date) -> Epoch:
    """
    Say that a secret is known to others: its codes are no longer valid. Saying it again changes nothing.

    Raises RefusedError(`no_such_epoch`).
    """
    with _held(folder) if folder.is_dir() else _nothing():
        found = next((e for e in ring(folder) if e.number == number), None)
        if found is None:
            raise RefusedError.because(
                "no_such_epoch", f"there is no epoch {number}", "`pinzhi tracing keys` lists them"
            )
        if found.revoked:
            return found
        gone = Epoch(found.number, found.form, found.secret, found.made_on, today.isoformat())
        _write(folder / f"epoch-{number:02d}.key", gone)
        return gone


def ranges(folder: Path) -> Iterator[Range]:
    """The book, oldest first. A last line that a crash cut short was never answered for, and is passed over."""
    path = folder / BOOK
    if not path.exists():
        return
    with path.open(encoding="utf-8") as book:
        for line in book:
            if line.endswith("\n"):
                yield Range(**json.loads(line))


def allocate(folder: Path, epoch: Epoch, gtin: str, count: int, batch: str, today: date) -> Range:
    """
    Give out the next serials of the upper half, and flush the line before answering.

    Raises RefusedError(`serials_used_up`).
    """
    half = SERIALS[epoch.form] // 2
    with _held(folder):
        given = [r for r in ranges(folder) if (r.gtin, r.epoch) == (gtin, epoch.number)]
        first = max((r.first + r.count for r in given), default=half)
        if first + count > 2 * half:
            raise RefusedError.because(
                "serials_used_up",
                f"{2 * half - first} serials of {gtin} are left in epoch {epoch.number}",
                "`pinzhi tracing keys --rotate` begins a new epoch",
                field="count",
            )
        new = Range(gtin, epoch.number, first, count, batch, today.isoformat())
        _append(folder / BOOK, {name: getattr(new, name) for name in Range.__slots__})
    return new


def _append(path: Path, row: dict[str, object]) -> None:
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(fd, "r+b") as out:
        kept = out.read()
        whole = kept.rfind(b"\n") + 1
        out.truncate(whole)
        out.seek(whole)
        out.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
        out.flush()
        os.fsync(out.fileno())
    _sync(path.parent)


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    """One process at a time."""
    fd = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


@contextmanager
def _nothing() -> Iterator[None]:
    yield


def _write(path: Path, epoch: Epoch) -> None:
    """A whole file or none."""
    said = {"form": epoch.form.value, "secret": epoch.secret.hex(), "made_on": epoch.made_on, "revoked": epoch.revoked}
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    fd = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(fd, "w", encoding="utf-8") as out:
        json.dump(said, out)
        out.flush()
        os.fsync(out.fileno())
    draft.replace(path)
    _sync(path.parent)


def _read(path: Path) -> Epoch:
    if path.stat().st_mode & 0o077:
        raise RefusedError.because(
            "code_key_readable_by_others",
            f"{path.name} can be read by other users of this machine",
            f"chmod 600 {path}",
        )
    try:
        said = json.loads(path.read_text("utf-8"))
        number = int(path.name[6:8])
        return Epoch(number, Form(said["form"]), bytes.fromhex(said["secret"]), said["made_on"], said["revoked"])
    except (ValueError, KeyError, TypeError) as why:
        raise RefusedError.because(
            "code_key_unreadable", f"{path.name} is no key of codes", "restore the key folder from its backup"
        ) from why


def _sync(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
