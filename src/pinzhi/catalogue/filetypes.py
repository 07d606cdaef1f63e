"""What a file is by its first bytes, how large its picture will be, and what a PDF says it can do: read from the bytes, nothing is unpacked."""

from __future__ import annotations

import re
import struct

MEDIA = {"pdf": "application/pdf", "png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
"""Kinds that are taken, and what they are called on the wire."""
OTHERS = (
    (b"PK\x03\x04", "zip"),
    (b"\xd0\xcf\x11\xe0", "office"),
    (b"GIF8", "gif"),
    (b"II*\x00", "tiff"),
    (b"MM\x00*", "tiff"),
    (b"BM", "bmp"),
    (b"\x1f\x8b", "gzip"),
    (b"<", "html"),
)
"""What is often sent instead."""
HEAD = 1024
ACTIVE = ("JavaScript", "JS", "Launch", "RichMedia", "XFA", "SubmitForm", "ImportData", "EmbeddedFile", "EmbeddedFiles")
_NAME = re.compile(rb"/((?:[A-Za-z0-9]|#[0-9A-Fa-f]{2}){1,40})")
_ESCAPE = re.compile(rb"#([0-9A-Fa-f]{2})")
_ENDS_LINES = frozenset({0xC4, 0xC8, 0xCC})  # markers between the start-of-frame ones that are none


def kind_of(head: bytes) -> str:
    """`pdf`, `png`, `jpeg`, `webp` or the name of something else that is often sent instead; empty for anything unknown."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if b"%PDF-" in head[:HEAD]:
        return "pdf"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return "heic"
    return next((name for magic, name in OTHERS if head.startswith(magic)), "")


def pixels(kind: str, body: bytes) -> tuple[int, int]:
    """(width, height) that a PNG, JPEG or WebP says it has; (0, 0) where its head is cut off."""
    if kind == "png":
        return struct.unpack(">II", body[16:24]) if len(body) >= 24 and body[12:16] == b"IHDR" else (0, 0)
    if kind == "webp":
        return _webp(body)
    at = 2
    while at + 9 < len(body):
        if body[at] != 0xFF:
            return 0, 0
        marker, length = body[at + 1], int.from_bytes(body[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in _ENDS_LINES:
            height, width = struct.unpack(">HH", body[at + 5 : at + 9])
            return width, height
        at += 2 + length if marker != 0xFF else 1
    return 0, 0


def _webp(body: bytes) -> tuple[int, int]:
    """RFC 9649: lossy (14 bits each), lossless (14 bits each, packed), extended (24 bits each)."""
    if len(body) < 30:
        return 0, 0
    match body[12:16]:
        case b"VP8 " if body[23:26] == b"\x9d\x01\x2a":
            width, height = struct.unpack("<HH", body[26:30])
            return width & 0x3FFF, height & 0x3FFF
        case b"VP8L" if body[20] == 0x2F:
            bits = int.from_bytes(body[21:25], "little")
            return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
        case b"VP8X":
            return int.from_bytes(body[24:27], "little") + 1, int.from_bytes(body[27:30], "little") + 1
    return 0, 0


def names(body: bytes) -> frozenset[str]:
    """The names in plain view in a PDF, spelled out or escaped. What is packed in object streams is not seen here; readers of papers look there too."""
    found = set(_NAME.findall(body))
    return frozenset(_ESCAPE.sub(lambda m: bytes([int(m[1], 16)]), name).decode("latin-1") for name in found)
