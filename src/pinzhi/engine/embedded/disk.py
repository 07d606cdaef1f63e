"""Durability of files: a file is safe when its bytes and the entry in its folder have been flushed, in that order."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def flush_folder(folder: Path) -> None:
    """Make the entries of `folder` durable."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def flush_file(path: Path) -> None:
    """Make the bytes of `path` durable."""
    fd = os.open(path, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


def flush_tree(folder: Path) -> None:
    """Make everything under `folder` durable, deepest first."""
    for base, _, files in os.walk(folder, topdown=False):
        for name in files:
            flush_file(Path(base) / name)
        flush_folder(Path(base))


def put_if_absent(path: Path, content: bytes) -> None:
    """Write a whole file durably under a name that must not exist. Raises FileExistsError."""
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        fd = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
        try:
            left = memoryview(content)
            while left:
                left = left[os.write(fd, left) :]  # a disk that fills up takes a part first and refuses the rest
            os.fsync(fd)
        finally:
            os.close(fd)
        os.link(unfinished, path)
    finally:
        unfinished.unlink(missing_ok=True)
    flush_folder(path.parent)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold an exclusive lock among all processes of this machine; it dies with its holder."""
    fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)
