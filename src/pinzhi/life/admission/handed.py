"""
Files that came with a listing, for whoever has to look at them.

    file_of(submission, sha256, by)    the card of a file that the submission names; nobody else's
    served(card, small=True)           what a browser is given: the file as it was handed in, or a small JPEG that is drawn anew from its pixels
"""

from __future__ import annotations

import io
from dataclasses import dataclass

from pinzhi.catalogue import files
from pinzhi.catalogue.contracts import FileCard
from pinzhi.engine.embedded.blobs import open_files
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission.decoding import decode_as, need_pictures
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.queries import mine
from pinzhi.life.admission.stored import listing_from
from pinzhi.people.roles import Actor

LONG_SIDE = 320
"""Pixels of a preview."""
QUALITY = 80


def file_of(submission_id: str, sha256: str, by: Actor) -> FileCard:
    """A picture or paper that the submission names. Raises RefusedError(`file_unknown`): one that is not there and one of somebody else sound the same."""
    row = Submission.objects.filter(mine(by), pk=submission_id).first()
    reference = f"{files.PREFIX}{sha256}"
    if row is not None:
        of = listing_from(row.snapshot)
        if reference in {*of.images, *(d.path for d in of.documents)}:
            card = files.own(sha256, files.merchant_owner(of.merchant_id))
            if card is not None:
                return card
    raise RefusedError.because("file_unknown", "there is no such file", "go back to the page that names it")


@dataclass(frozen=True, slots=True)
class Served:
    """Bytes with their type. `disposition`: a paper is saved, never opened in the page: what a PDF can do besides being read is not for our address."""

    body: bytes
    media_type: str
    disposition: str


def served(card: FileCard, *, small: bool) -> Served:
    """A file for a browser. What is no picture, or cannot be decoded here, is given whole. Raises RefusedError(`file_lost`, `file_damaged`)."""
    drawn = _preview(card) if small else None
    if drawn is not None:
        return Served(drawn, "image/jpeg", "inline")
    how = "attachment" if card.kind == "pdf" else "inline"
    return Served(files.body(card), card.media_type, f'{how}; filename="{card.sha256[:12]}.{card.kind}"')


def _preview(card: FileCard) -> bytes | None:
    if card.kind == "pdf":
        return None
    try:
        need_pictures()
        pixels = decode_as(open_files().path(card.sha256), card.kind, card.sha256[:12])
    except (RefusedError, OSError):
        return None
    from PIL import Image

    small, out = Image.fromarray(pixels), io.BytesIO()
    small.thumbnail((LONG_SIDE, LONG_SIDE))
    small.save(out, "JPEG", quality=QUALITY)
    return out.getvalue()
