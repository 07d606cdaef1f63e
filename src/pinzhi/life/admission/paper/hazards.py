"""What a PDF can do besides being read: scripts, programs, files inside. Found by the names in its objects, packed or not, spelled out or escaped."""

from __future__ import annotations

import re
import zlib

ACTIVE = ("JavaScript", "JS", "Launch", "RichMedia", "XFA", "SubmitForm", "ImportData", "GoToE")
ATTACHED = ("EmbeddedFile", "EmbeddedFiles")
_STREAM = re.compile(rb"(<<(?:(?!endobj|stream).){0,4096}?>>)\s*stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_NAME = re.compile(rb"/((?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){1,40})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
MOST = 8 * 1024 * 1024
"""Bytes to which a packed object stream is unpacked at most; a larger one is cut, and its names after the cut are not seen."""


def _plain(name: bytes) -> str:
    return _ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), name).decode("latin-1")


def hazards(body: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """(active things, attachments) by their names."""
    outside: list[bytes] = []
    at = 0
    for match in _STREAM.finditer(body):
        outside.append(body[at : match.start(2)])
        at = match.end(2)
        head = _NAME.findall(match[1])
        if b"ObjStm" in head or b"ObjStm" in {_plain(n).encode() for n in head}:
            try:
                outside.append(zlib.decompressobj().decompress(match[2], MOST))
            except zlib.error:
                outside.append(match[2])
    outside.append(body[at:])
    names = {_plain(n) for piece in outside for n in _NAME.findall(piece)}
    return tuple(n for n in ACTIVE if n in names), tuple(n for n in ATTACHED if n in names)
