"""
Files that the sides show. The bytes lie in the house's store of files under the name of who handed them in; nobody sees a file of a complaint that is not his.

Pictures go out drawn anew: without the place and the device that a phone writes into them. The original stays as evidence.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime

from PIL import Image, ImageOps

from pinzhi.catalogue import files as store
from pinzhi.catalogue.contracts import FileCard
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.complaints.contracts import Side
from pinzhi.life.complaints.figures import policy_in_force
from pinzhi.life.complaints.models import Complaint, Shown
from pinzhi.people.roles import Actor

HOUSE = Actor.system("complaints")
LONGEST = 1600
"""Pixels of the long side of a picture that goes out."""


def take_in(pieces: Iterable[bytes], owner: str) -> FileCard:
    """
    A file from somebody without an account, held under the name of his form (`draft:…`) or complaint (`complaint:…`).

    Raises RefusedError as `catalogue.files.upload`.
    """
    return store.upload(pieces, HOUSE, owner=owner)


def new_ones(row: Complaint | None, side: Side, files: Sequence[str], owner: str, now: datetime) -> list[str]:
    """
    Of the files that a side names, those that it has not shown in this complaint before.

    Raises RefusedError(`file_unknown`, `too_many_files`).
    """
    wanted = list(dict.fromkeys(files))
    if not wanted:
        return []
    known: set[str] = set()
    if row is not None:
        known = set(Shown.objects.filter(complaint=row, side=side.value).values_list("sha256", flat=True))
    new = [sha for sha in wanted if sha not in known]
    most = policy_in_force(now).desk.photos
    if len(known) + len(new) > most:
        raise RefusedError.because(
            "too_many_files",
            f"at most {most} files of one side are taken",
            "choose the most telling ones",
            field="files",
        )
    for sha in new:
        if store.own(sha, owner) is None:
            raise RefusedError.because("file_unknown", "there is no such file", "add the file again", field="files")
    return new


def out(shown: Shown) -> tuple[bytes, str]:
    """Bytes and media type of a file that goes out. Raises RefusedError(`file_unknown`, `file_lost`, `file_damaged`)."""
    card = store.own(shown.sha256, shown.owner)
    if card is None:
        raise RefusedError.because(
            "file_unknown", "there is no such file", "look at the complaint again", field="files"
        )
    content = store.body(card)
    return (content, card.media_type) if card.kind == "pdf" else (drawn_anew(content), "image/jpeg")


def drawn_anew(content: bytes) -> bytes:
    """A picture as JPEG without anything but its pixels, upright, at most `LONGEST` on its long side."""
    with Image.open(io.BytesIO(content)) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
        upright.thumbnail((LONGEST, LONGEST))
        made = io.BytesIO()
        upright.save(made, "JPEG", quality=85, optimize=True)
    return made.getvalue()
