"""
Files by their SHA-256 in a folder: `ab/abcd…`. Written aside, flushed, renamed: a name that exists holds the whole file, whenever the process was killed.

Who may have a file is no matter of this store; the rooms above keep the rows of ownership, and write them after the bytes are durable.
"""

from __future__ import annotations

import hashlib
import os
import re
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from pinzhi.engine.embedded.disk import flush_folder
from pinzhi.engine.ports import Arrived
from pinzhi.kernel import clock
from pinzhi.kernel.refusal import RefusedError

UNFINISHED = ".new-"
NAME = re.compile(r"[0-9a-f]{64}")


def open_files() -> BlobFolder:
    """The files of this installation."""
    return BlobFolder(Path(settings.FILES))


class BlobFolder:
    """The embedded `ports.BlobStore`."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def path(self, sha256: str) -> Path:
        """Where a file lies, or would. Raises ValueError for what is no SHA-256 in small letters: a name from outside never becomes a path."""
        if not NAME.fullmatch(sha256):
            raise ValueError("a file is named by its SHA-256")
        return self.root / sha256[:2] / sha256

    def holds(self, sha256: str) -> bool:
        """Whether the bytes are here."""
        return self.path(sha256).is_file()

    @contextmanager
    def arriving(self, pieces: Iterable[bytes], *, most_bytes: int) -> Iterator[Arrived]:
        """
        Take the pieces of a file; it is not kept before `keep` is said, and is gone afterwards if it never is.

        Raises RefusedError(`file_too_large`) at the first byte too many, (`file_empty`), and (`files_not_writable`) where the disk says no.
        """
        aside = self.root / f"{UNFINISHED}{uuid.uuid4().hex}"
        with _told():
            self.root.mkdir(parents=True, exist_ok=True, mode=0o700)
            fd = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            try:
                arrived = _written(fd, pieces, most_bytes, aside)
            finally:
                os.close(fd)
            yield arrived
        finally:
            aside.unlink(missing_ok=True)

    def keep(self, arrived: Arrived) -> None:
        """Keep a file that has arrived; durable when it returns. Bytes that are here already stay as they are."""
        place = self.path(arrived.sha256)
        if place.is_file():
            return
        with _told():
            if not place.parent.is_dir():
                place.parent.mkdir(exist_ok=True, mode=0o700)
                flush_folder(self.root)
            arrived.path.replace(place)
            flush_folder(place.parent)

    def read(self, sha256: str) -> bytes:
        """The bytes, held against their name. Raises RefusedError(`file_lost`, `file_damaged`): the disk no longer holds what was acknowledged."""
        try:
            body = self.path(sha256).read_bytes()
        except FileNotFoundError as why:
            raise RefusedError.because(
                "file_lost", f"file {sha256[:12]}… is not in the store", "put the folder of files back from a backup"
            ) from why
        if hashlib.sha256(body).hexdigest() != sha256:
            raise RefusedError.because(
                "file_damaged", f"file {sha256[:12]}… has changed on the disk", "put it back from a backup"
            )
        return body

    def sweep(self, *, older_than: float = 86_400.0) -> int:
        """Remove what a killed process left half written more than `older_than` seconds ago; how many."""
        swept, before = 0, clock.now().timestamp() - older_than
        for left in self.root.glob(f"{UNFINISHED}*"):
            if left.stat().st_mtime < before:
                left.unlink(missing_ok=True)
                swept += 1
        return swept


def _written(fd: int, pieces: Iterable[bytes], most_bytes: int, aside: Path) -> Arrived:
    digest, size = hashlib.sha256(), 0
    for piece in pieces:
        size += len(piece)
        if size > most_bytes:
            raise RefusedError.because(
                "file_too_large",
                f"the file has more than {most_bytes // 2**20} MiB",
                "save pictures with 2,000 pixels on the long side, scan papers at 200 to 300 dpi",
                field="file",
            )
        digest.update(piece)
        left = memoryview(piece)
        with _told():
            while left:
                left = left[os.write(fd, left) :]
    if not size:
        raise RefusedError.because("file_empty", "the file is empty", "choose the file again", field="file")
    with _told():
        os.fsync(fd)
    return Arrived(digest.hexdigest(), size, aside)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except OSError as why:
        raise RefusedError.because(
            "files_not_writable",
            f"the folder of files cannot be written ({why.strerror})",
            "tell the operator; send the file again",
        ) from why
