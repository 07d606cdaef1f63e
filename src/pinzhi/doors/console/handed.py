"""Pictures and papers that came with a submission, so that nobody judges a picture by its number."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse

from pinzhi.catalogue import files
from pinzhi.doors.console.access import actor_of, staff
from pinzhi.kernel.refusal import RefusedError
from pinzhi.kernel.values import Text
from pinzhi.life.admission import handed
from pinzhi.life.admission.contracts import Listing
from pinzhi.life.admission.models import Submission
from pinzhi.life.admission.rules.naming import field_name

HIDDEN = frozenset({"group", "code", "check", "field", "picture", "submission"})
"""Evidence that only programs read, or that the page shows in another way."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture of a submission by its place (`image:0`), and the SHA-256 of its file; empty where it is named only and never was handed in."""

    submission: str
    place: str
    sha256: str
    named: str

    @property
    def name(self) -> Text:
        """«picture 1»."""
        return field_name(self.place)


def pictures(row: Submission, of: Listing) -> tuple[Picture, ...]:
    """All of them, in their order."""
    return tuple(Picture(row.pk, f"image:{n}", file_in(name), name) for n, name in enumerate(of.images))


def file_in(reference: str) -> str:
    """The SHA-256 in a reference to a file; empty in any other name."""
    found = files.REFERENCE.fullmatch(reference)
    return found[1] if found else ""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A picture that was seen before: the submission that shows it, its listing and merchant, and how that one stands."""

    row: Submission
    picture: str


def elsewhere(findings: Iterable[Mapping[str, Any]]) -> dict[str, Elsewhere]:
    """Place of a picture → where it was seen before, for the findings that name it. One query."""
    told = {f["field"]: f["evidence"] for f in findings if f["field"].startswith("image:")}
    rows = Submission.objects.in_bulk([e["submission"] for e in told.values() if e.get("submission")])
    return {
        place: Elsewhere(rows[e["submission"]], e.get("picture", ""))
        for place, e in told.items()
        if e.get("submission") in rows
    }


@staff
def show(request: HttpRequest, submission_id: str, sha256: str) -> HttpResponse:
    """A file of a submission: its preview with `?small=1`, else the file as it was handed in."""
    try:
        card = handed.file_of(submission_id, sha256, actor_of(request))
        given = handed.served(card, small=request.GET.get("small") == "1")
    except RefusedError:
        raise Http404 from None
    return HttpResponse(given.body, content_type=given.media_type, headers={"Content-Disposition": given.disposition})


def known(finding: Mapping[str, Any]) -> tuple[tuple[str, str], ...]:
    """What a finding was compared with, for a person: without the codes that only programs read, and without what is shown beside it."""
    picture, report = (finding["field"].startswith(f"{what}:") for what in ("image", "document"))
    hidden = HIDDEN | ({"transform", "merchant", "same"} if picture else set())
    shown = ((k, v) for k, v in finding["evidence"].items() if v and k not in hidden)
    return tuple(("ours" if report and k == "listing" else k, _share(k, v)) for k, v in shown)


def _share(name: str, value: str) -> str:
    """A likeness from 0 to 1 as hundredths; anything else as it is."""
    return f"{float(value):.0%}" if name in ("title_alike", "attributes_alike") else value
