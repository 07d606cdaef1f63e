"""What a file is by its first bytes, and how large its picture will be, before anything unpacks it."""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from pathlib import Path

from pinzhi.kernel.refusal import RefusedError

KINDS = {".pdf": "pdf", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}
_HEAD = 1024


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that may be opened: its kind by content, its bytes, its SHA-256."""

    kind: str
    body: bytes
    sha256: str


def kind_of(head: bytes) -> str:
    """`pdf`, `png`, `jpeg` or the name of something else that is often sent instead; empty for anything unknown."""
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if b"%PDF-" in head[:_HEAD]:
        return "pdf"
    others = (
        (b"PK\x03\x04", "zip"),
        (b"\xd0\xcf\x11\xe0", "office"),
        (b"GIF8", "gif"),
        (b"II*\x00", "tiff"),
        (b"MM\x00*", "tiff"),
        (b"BM", "bmp"),
        (b"\x1f\x8b", "gzip"),
        (b"<", "html"),
    )
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if head[4:8] == b"ftyp":
        return "heic"
    return next((name for magic, name in others if head.startswith(magic)), "")


def pixels(kind: str, body: bytes) -> tuple[int, int]:
    """(width, height) that a PNG or JPEG says it has; (0, 0) where its head is cut off."""
    if kind == "png":
        return struct.unpack(">II", body[16:24]) if len(body) >= 24 and body[12:16] == b"IHDR" else (0, 0)
    at = 2
    while at + 9 < len(body):
        if body[at] != 0xFF:
            return 0, 0
        marker, length = body[at + 1], int.from_bytes(body[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack(">HH", body[at + 5 : at + 9])
            return width, height
        at += 2 + length if marker != 0xFF else 1
    return 0, 0


def sniff(path: str | Path, *, most_bytes: int, most_pixels: int) -> Seen:
    """
    The file, if it may be opened.

    Raises RefusedError with `report_not_readable`, `report_empty`, `report_too_large`, `report_type_unknown`, `report_type_wrong`, `picture_too_large`,
    `picture_damaged`.
    """
    place = Path(path)
    try:
        size = place.stat().st_size
        if place.is_dir():
            raise IsADirectoryError(21, "is a directory")
        if size > most_bytes:
            raise RefusedError.because(
                "report_too_large",
                f"{place.name} has {size / 1048576:,.0f} MiB, more than {most_bytes // 1048576} MiB are not read",
                "scan it at 200 to 300 dpi in grey, or give the laboratory's own PDF",
                field="file",
            )
        body = place.read_bytes()
    except OSError as why:
        raise RefusedError.because(
            "report_not_readable", f"{place.name}: {why.strerror}", "check the name and the permissions", field="file"
        ) from why
    if not body.strip(b"\0 \r\n\t"):
        raise RefusedError.because("report_empty", f"{place.name} is empty", "send the file again", field="file")
    kind = kind_of(body[:_HEAD])
    if kind not in KINDS.values():
        is_it = f"is {kind}" if kind else "is no PDF, PNG or JPEG"
        raise RefusedError.because(
            "report_type_unknown", f"{place.name} {is_it}", "save it as PDF, PNG or JPEG", field="file"
        )
    said = KINDS.get(place.suffix.lower())
    if said != kind:
        raise RefusedError.because(
            "report_type_wrong",
            f"{place.name} is {kind.upper()} by its content, not {place.suffix or 'what its name says (it has no extension)'}",
            f"name it .{ {'jpeg': 'jpg'}.get(kind, kind) } and send it again, if it is the file that was meant",
            field="file",
        )
    if kind != "pdf":
        width, height = pixels(kind, body)
        if width * height == 0:
            raise RefusedError.because(
                "picture_damaged", f"{place.name} breaks off or is damaged", "save the picture again", field="file"
            )
        if width * height > most_pixels:
            raise RefusedError.because(
                "picture_too_large",
                f"{place.name} has {width} x {height} pixels; more than {most_pixels // 1_000_000} million are not unpacked",
                "scale it down to 200 to 300 dpi",
                field="file",
            )
    return Seen(kind, body, hashlib.sha256(body).hexdigest())
