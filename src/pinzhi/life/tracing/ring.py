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
import threading
from bisect import bisect_right, insort
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
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
    Every epoch of the folder, oldest first. Kept in memory while the files are the same.

    Raises RefusedError: `code_key_readable_by_others`, `code_key_unreadable`.
    """
    try:
        marks = tuple(
            (entry.name, *_mark(entry.stat()))
            for entry in sorted(os.scandir(folder), key=_name)
            if _NAME.match(entry.name)
        )
    except (FileNotFoundError, NotADirectoryError):
        return ()
    known = _RINGS.get(folder)
    if known is None or known[0] != marks:
        known = _RINGS[folder] = marks, tuple(_read(folder / str(mark[0])) for mark in marks)
    return known[1]


def _name(entry: os.DirEntry[str]) -> str:
    return entry.name


def _mark(of: os.stat_result) -> tuple[int, ...]:
    """What changes when a file is written, replaced or opened to others. Keys are replaced as whole files, so that their inode changes in any case."""
    return of.st_ino, of.st_mtime_ns, of.st_ctime_ns, of.st_size, of.st_mode


_RINGS: dict[Path, tuple[tuple[tuple[object, ...], ...], tuple[Epoch, ...]]] = {}
"""The last reading of each folder with the marks of its files. A thread that reads at the same time writes the same."""


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
    with path.open("rb") as book:
        for line in book:
            if line.endswith(b"\n"):
                yield Range(**json.loads(line))


@dataclass(slots=True)
class _Book:
    """The book as it was read: how far, the ranges of every GTIN and epoch by their first serial, and which file it was."""

    inode: int = 0
    written: int = 0
    read: int = 0
    tail: bytes = b""
    held: dict[tuple[str, int], list[Range]] = field(default_factory=dict)


_BOOKS: dict[Path, _Book] = {}
_TAIL = 256
_reading = threading.Lock()


def held(folder: Path, gtin: str, epoch: int, serial: int) -> Range | None:
    """
    The range of the book that a serial was given out in; None for a serial that nobody gave out. In memory: what was appended since is read, and nothing else.

    A book that is another file, or shorter, or differs where its reading ended, is read anew.
    """
    path = folder / BOOK
    with _reading:
        known = _up_to_date(path)
        mine = known.held.get((gtin, epoch), ())
        at = bisect_right(mine, serial, key=lambda r: r.first) - 1
    return mine[at] if at >= 0 and mine[at].holds(gtin, epoch, serial) else None


def _up_to_date(path: Path) -> _Book:
    known = _BOOKS.setdefault(path, _Book())
    try:
        seen = path.stat()
        if (seen.st_ino, seen.st_mtime_ns, seen.st_size) == (known.inode, known.written, known.read):
            return known
        with path.open("rb") as book:
            start = max(0, known.read - _TAIL)
            book.seek(start)
            grown = seen.st_ino == known.inode and seen.st_size > known.read
            if not grown or book.read(known.read - start) != known.tail:
                known = _BOOKS[path] = _Book(seen.st_ino)
                book.seek(0)
            fresh = book.read()
    except FileNotFoundError:
        _BOOKS[path] = _Book()
        return _BOOKS[path]
    whole = fresh[: fresh.rfind(b"\n") + 1]
    for line in whole.splitlines():
        one = Range(**json.loads(line))
        insort(known.held.setdefault((one.gtin, one.epoch), []), one, key=lambda r: r.first)
    known.read += len(whole)
    known.written = seen.st_mtime_ns
    known.tail = (known.tail + whole)[-_TAIL:][-min(_TAIL, known.read) :]
    return known


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
