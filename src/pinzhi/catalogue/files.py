"""
Files that somebody handed in: pictures and papers, by the SHA-256 of their bytes, each row one owner.

    card = upload(pieces, by)                  # a merchant's own; `owner=` for the house
    card = own(sha256, owner)                  # None when this owner has no such file
    found = owned(["file:…", …], owner)        # many at once
    body(card)                                 # the bytes, held against their name

The bytes are durable before the row is written: a kill in between leaves bytes that nobody owns, never a row without bytes. Names of files are not kept: people
write personal data into them.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db.models import Sum

from pinzhi.catalogue.contracts import FileCard
from pinzhi.catalogue.filetypes import ACTIVE, HEAD, MEDIA, kind_of, names, pixels
from pinzhi.catalogue.models import File
from pinzhi.engine.embedded.blobs import open_files
from pinzhi.engine.ports import Arrived
from pinzhi.kernel.refusal import RefusedError
from pinzhi.people.acts import act, permit
from pinzhi.people.roles import Actor

LARGEST = 60_000_000
"""Pixels of a picture; an A4 page at 600 dpi has 35 million."""
PREFIX = "file:"
REFERENCE = re.compile(r"file:([0-9a-f]{64})")
_OPENS = "import sys, pypdfium2; pypdfium2.PdfDocument(sys.argv[1])"
_SECONDS = 20


def merchant_owner(merchant_id: str) -> str:
    """The owner's name of a merchant's files."""
    return f"merchant:{merchant_id}"


def upload(
    pieces: Iterable[bytes], by: Actor, *, owner: str = "", media_type: str = "", now: datetime | None = None
) -> FileCard:
    """
    Take a file in. The same bytes of the same owner are the same file (`fresh` is False then).

    `media_type` is what the sender says it is; empty when nobody said. Raises RefusedError: `not_permitted`, `owner_unknown`, `owner_missing`,
    `file_too_large`, `file_empty`,
    `file_type_unknown`, `file_type_differs`, `picture_too_large`, `picture_damaged`, `pdf_encrypted`, `files_of_owner`, `files_not_writable`.
    """
    permit("catalogue.upload", by)
    mine = _owner(by, owner)
    store = open_files()
    with store.arriving(pieces, most_bytes=settings.FILE_BYTES) as arrived:
        kind, width, height, said = inspect(arrived, media_type)
        known = own(arrived.sha256, mine)
        if known is not None and store.holds(arrived.sha256):
            return known
        _check_room(mine, arrived.bytes)
        store.keep(arrived)
    with act("catalogue.upload", by, now=now) as a:
        _check_room(mine, arrived.bytes)
        row, fresh = File.objects.get_or_create(
            owner=mine,
            sha256=arrived.sha256,
            defaults={
                "kind": kind,
                "bytes": arrived.bytes,
                "width": width,
                "height": height,
                "said": list(said),
                "at": a.now,
                "act": a.id,
            },
        )
        a.note = f"file:{arrived.sha256[:16]} {kind} {arrived.bytes}"
    return _card(row, fresh=fresh)


def own(sha256: str, owner: str) -> FileCard | None:
    """A file of this owner. Another owner's sounds like none."""
    row = File.objects.filter(owner=owner, sha256=sha256).first()
    return None if row is None else _card(row, fresh=False)


def owned(references: Iterable[str], owner: str) -> dict[str, FileCard]:
    """Reference (`file:<sha256>`) → card, of those that this owner has."""
    wanted = {match[1] for match in map(REFERENCE.fullmatch, references) if match}
    rows = File.objects.filter(owner=owner, sha256__in=sorted(wanted))
    return {f"{PREFIX}{row.sha256}": _card(row, fresh=False) for row in rows}


def check_owned(references: Iterable[tuple[str, str]], owner: str) -> None:
    """
    That every (field, reference) which begins with `file:` names a file of this owner; other names are none of ours.

    Raises RefusedError(`file_unknown`) at the first that does not: another owner's file sounds like none.
    """
    asked = [(field, reference) for field, reference in references if reference.startswith(PREFIX)]
    known = owned((reference for _, reference in asked), owner) if asked else {}
    for field, reference in asked:
        if reference not in known:
            raise RefusedError.because(
                "file_unknown",
                f"there is no such file of this merchant: {reference[:30]}",
                "hand the file in first, then name it as the answer says: file:<sha256>",
                field=field,
            )


def body(card: FileCard) -> bytes:
    """The bytes. Raises RefusedError(`file_lost`, `file_damaged`)."""
    return open_files().read(card.sha256)


def _card(row: File, *, fresh: bool) -> FileCard:
    return FileCard(
        sha256=row.sha256,
        owner=row.owner,
        kind=row.kind,
        media_type=MEDIA[row.kind],
        bytes=row.bytes,
        width=row.width,
        height=row.height,
        said=tuple(row.said),
        at=row.at,
        fresh=fresh,
    )


def _owner(by: Actor, asked: str) -> str:
    """Whose file it will be. Outsiders own what they send; whoever works for the house says for whom."""
    mine = merchant_owner(by.merchant_id) if by.merchant_id else ""
    if by.outside and (not mine or asked not in ("", mine)):
        raise RefusedError.because("owner_unknown", "there is no such owner of files", "leave the owner out")
    if not re.fullmatch(r"[a-z]+:[^\x00]{1,128}", asked or mine):
        raise RefusedError.because(
            "owner_missing", "nobody owns this file", "say for which merchant it is", field="merchant_id"
        )
    return asked or mine


def _check_room(owner: str, more: int) -> None:
    most: int = settings.FILES_OF_ONE_OWNER
    held = File.objects.filter(owner=owner).aggregate(n=Sum("bytes"))["n"] or 0
    if held + more > most:
        raise RefusedError.because(
            "files_of_owner",
            f"the files of one owner come to {most // 2**20:,} MiB at most",
            "send smaller pictures, or ask the marketplace for more room",
            field="file",
        )


def inspect(arrived: Arrived, media_type: str = "") -> tuple[str, int, int, tuple[str, ...]]:
    """(kind, width, height, what a PDF says it can do besides being read) of a file that has arrived. Raises RefusedError as `upload` says."""
    content = arrived.path.read_bytes()
    kind = kind_of(content[:HEAD])
    if kind not in MEDIA:
        what = f"is {kind}" if kind else "is none that we know"
        raise RefusedError.because(
            "file_type_unknown",
            f"by its content the file {what}; {', '.join(k.upper() for k in MEDIA)} are taken",
            "save pictures as JPEG or PNG, papers as PDF",
            field="file",
        )
    if media_type and media_type != MEDIA[kind]:
        raise RefusedError.because(
            "file_type_differs",
            f"by its content the file is {MEDIA[kind]}, not what it was sent as",
            f"send it as {MEDIA[kind]}, if it is the file that was meant",
            field="file",
        )
    if kind == "pdf":
        return kind, 0, 0, _pdf(arrived, content)
    width, height = pixels(kind, content)
    if width * height == 0:
        raise RefusedError.because(
            "picture_damaged", "the picture breaks off or is damaged", "save the picture again", field="file"
        )
    if width * height > LARGEST:
        raise RefusedError.because(
            "picture_too_large",
            f"{width} x {height} pixels; more than {LARGEST // 1_000_000} million are not unpacked",
            "save it with 2,000 pixels on the long side",
            field="file",
        )
    return kind, width, height, ()


def _pdf(arrived: Arrived, content: bytes) -> tuple[str, ...]:
    found = names(content)
    if "Encrypt" in found and not _opens_without_password(arrived):
        raise RefusedError.because(
            "pdf_encrypted", "the PDF opens with a password only", "send it without a password", field="file"
        )
    return tuple(name for name in ACTIVE if name in found)


def _opens_without_password(arrived: Arrived) -> bool:
    """Many laboratories forbid changes with an owner's password: such a PDF opens for everybody. Tried in a process of its own, by the clock."""
    command = [sys.executable, "-I", "-c", _OPENS, str(arrived.path)]
    try:
        return subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False
