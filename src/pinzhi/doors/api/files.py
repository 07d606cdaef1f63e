"""Files: hand in a picture or a paper, read what is known of an own one. Named in a listing as `file:<sha256>`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from django.conf import settings
from django.http import HttpRequest
from ninja import Path, Query, Router, Schema
from pydantic import AwareDatetime, Field

from pinzhi.catalogue import files
from pinzhi.catalogue.contracts import FileCard
from pinzhi.catalogue.filetypes import MEDIA
from pinzhi.doors.api import schemas as s
from pinzhi.doors.api.access import BearerToken, Scope, actor
from pinzhi.doors.api.answers import ERRORS
from pinzhi.doors.api.problems import not_found
from pinzhi.kernel.refusal import RefusedError

PIECE = 256 * 1024
ANYTHING = ("", "application/octet-stream")
BODY = {
    "requestBody": {
        "required": True,
        "content": {media: {"schema": {"type": "string", "format": "binary"}} for media in MEDIA.values()},
    }
}
router = Router(tags=["listings"], auth=BearerToken(Scope.LISTINGS))
Sha256 = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]
Owner = Annotated[
    s.SubjectId | None, Query(description="the merchant whose file it is; a merchant's token leaves it out")
]


class FileOut(Schema):
    """A file as it is known."""

    reference: str = Field(
        description="how `images` and `documents[].path` of a listing name it", examples=["file:9f86…"]
    )
    sha256: str
    media_type: str = Field(description="by its content")
    bytes: int
    width: int = Field(description="pixels; 0 for a PDF")
    height: int
    said: list[str] = Field(description="what a PDF can do besides being read: scripts, programs, files inside")
    at: AwareDatetime
    fresh: bool = Field(description="false when this owner had handed in the same bytes before")


def _document(card: FileCard) -> dict[str, Any]:
    return {
        "reference": card.reference,
        "sha256": card.sha256,
        "media_type": card.media_type,
        "bytes": card.bytes,
        "width": card.width,
        "height": card.height,
        "said": list(card.said),
        "at": card.at,
        "fresh": card.fresh,
    }


def _pieces(request: HttpRequest) -> Iterator[bytes]:
    """The body in pieces, never whole in memory. Raises RefusedError(`length_missing`, `file_too_large`, `body_damaged`)."""
    length = request.headers.get("Content-Length", "")
    if not length.isdigit():
        raise RefusedError.because(
            "length_missing", "the request says not how long it is", "send Content-Length, not a chunked body"
        )
    if int(length) > settings.FILE_BYTES:
        raise RefusedError.because(
            "file_too_large",
            f"the file has more than {settings.FILE_BYTES // 2**20} MiB",
            "save pictures with 2,000 pixels on the long side, scan papers at 200 to 300 dpi",
            field="file",
        )
    left = int(length)
    while left:
        piece = request.read(min(PIECE, left))
        if not piece:
            raise RefusedError.because("body_damaged", "the body is shorter than Content-Length says", "send it again")
        left -= len(piece)
        yield piece


def _owner(merchant_id: str | None) -> str:
    """The owner asked for; empty for the caller's own."""
    return files.merchant_owner(merchant_id) if merchant_id else ""


@router.post("/files", response={200: FileOut, **ERRORS}, operation_id="upload_file", openapi_extra=BODY)
def upload(request: HttpRequest, merchant_id: Owner = None) -> dict[str, Any]:
    """
    Hand in a picture (JPEG, PNG, WebP) or a paper (PDF, or a picture of it): the body is the file itself, `Content-Type` what it is.

    What it is, its content says; a type that differs is refused. Durable when answered; the same bytes again are the same file.
    """
    by = actor(request)
    said = (request.content_type or "").lower()
    card = files.upload(_pieces(request), by, owner=_owner(merchant_id), media_type="" if said in ANYTHING else said)
    return _document(card)


@router.get("/files/{sha256}", response={200: FileOut, **ERRORS}, operation_id="file")
def file(request: HttpRequest, sha256: Sha256, merchant_id: Owner = None) -> dict[str, Any]:
    """What is known of a file of one's own. Another's is not there."""
    by = actor(request)
    own = files.merchant_owner(by.merchant_id) if by.merchant_id else ""
    asked = _owner(merchant_id) or own
    found = files.own(sha256, asked) if not own or asked == own else None
    if found is None:
        raise not_found("file")
    return _document(found)
