"""A report or certificate of a batch whose owner lets everybody download it. Anything else does not exist here."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from pinzhi.catalogue import files, papers
from pinzhi.kernel.refusal import RefusedError


@require_safe
def file(_request: HttpRequest, paper_id: str) -> HttpResponse:
    """
    The bytes as they were handed in, to be saved: what a PDF can do besides being read is not for our address.

    No cache keeps them, because the owner may take them back.
    """
    try:
        card = papers.public_file(paper_id)
        body = files.body(card)
    except RefusedError:
        raise Http404 from None
    answer = HttpResponse(body, content_type=card.media_type)
    answer["Content-Disposition"] = f'attachment; filename="{card.sha256[:12]}.{card.kind}"'
    answer["Cache-Control"] = "no-store"
    answer["X-Robots-Tag"] = "noindex"
    return answer
