"""Pictures and papers that come with the form: handed in first, then named in its lines and shown, so that the page works without scripts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import cast

from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext_lazy as _

from pinzhi.catalogue import files
from pinzhi.doors.merchant.access import actor_of, own
from pinzhi.kernel.refusal import RefusedError
from pinzhi.life.admission import handed
from pinzhi.people.roles import Actor

MOST = 20
"""Files of one form."""
PAPERS = ("report", "ccc", "sc", "business_licence", "trademark", "authorisation", "organic", "customs", "quarantine")
"""Kinds that the form offers for a file; any other is typed into the line."""
WRONG = {
    "file_too_large": _(
        "A file is too large. Save pictures with 2,000 pixels on the long side, scan papers at 200 to 300 dpi."
    ),
    "file_empty": _("A file is empty. Choose it again."),
    "file_type_unknown": _("A file is of a type that is not taken. Save pictures as JPEG or PNG, papers as PDF."),
    "picture_damaged": _("A picture breaks off or is damaged. Save it again."),
    "picture_too_large": _("A picture has too many pixels. Save it with 2,000 pixels on the long side."),
    "pdf_encrypted": _("A PDF opens with a password only. Send it without a password."),
    "files_of_owner": _("Your files have no more room. Send smaller ones, or ask the marketplace."),
    "files_not_writable": _("The file could not be kept. Try again later."),
}
"""What is said beside the field, by the code of the refusal."""


@dataclass(slots=True)
class Attached:
    """The form with the names of its files in its lines; how many were kept; by field what could not be."""

    values: dict[str, str]
    kept: int = 0
    wrong: dict[str, object] = field(default_factory=dict)


def attach(request: HttpRequest, by: Actor) -> Attached:
    """Hand in the files of a form. One bad file stops no other; the good ones are named in the lines and kept."""
    done = Attached(cast("dict[str, str]", request.POST.dict()))
    kind = done.values.get("paper_kind", "")
    for name, lines in (("picture_files", "images"), ("paper_files", "documents")):
        for one in request.FILES.getlist(name)[:MOST]:
            try:
                card = files.upload(_pieces(one), by)
            except RefusedError as no:
                done.wrong[name] = WRONG.get(no.refusal.code, no.refusal.reason)
                continue
            done.kept += 1
            if name == "picture_files" and card.kind == "pdf":
                done.wrong[name] = _("A PDF is no picture. Choose it as a paper.")
                continue
            line = (
                card.reference if lines == "images" else f"{kind if kind in PAPERS else 'report'}, , , {card.reference}"
            )
            before = done.values.get(lines, "").rstrip()
            if card.reference not in before:
                done.values[lines] = f"{before}\n{line}".lstrip("\n")
    if getattr(request, "upload_stopped", False):
        done.wrong["picture_files"] = WRONG["file_too_large"]
    return done


@own
def show(request: HttpRequest, sha256: str) -> HttpResponse:
    """One of the merchant's own files: its preview with `?small=1`, else as it was handed in. Another's is not there."""
    card = files.own(sha256, files.merchant_owner(actor_of(request).merchant_id))
    if card is None:
        raise Http404
    try:
        given = handed.served(card, small=request.GET.get("small") == "1")
    except RefusedError:
        raise Http404 from None
    return HttpResponse(given.body, content_type=given.media_type, headers={"Content-Disposition": given.disposition})


def named(lines: str) -> list[str]:
    """The SHA-256 of every file that the lines of a field name, each once, in their order."""
    return list(dict.fromkeys(match[1] for match in files.REFERENCE.finditer(lines)))


def _pieces(one: UploadedFile) -> Iterable[bytes]:
    return one.chunks()
