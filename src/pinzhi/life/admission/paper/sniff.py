"""Whether a file may be read as a paper: by its first bytes, and by how large its picture will be, before anything unpacks it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from pinzhi.catalogue.filetypes import HEAD, kind_of, pixels
from pinzhi.kernel.refusal import RefusedError

KINDS = {".pdf": "pdf", ".png": "png", ".jpg": "jpeg", ".jpeg": "jpeg"}


@dataclass(frozen=True, slots=True)
class Seen:
    """A file that may be opened: its kind by content, its bytes, its SHA-256."""

    kind: str
    body: bytes
    sha256: str


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
    kind = kind_of(body[:HEAD])
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
